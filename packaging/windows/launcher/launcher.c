/* Starts the wizard: a small program with an icon that loads Python from its own folder.
 *
 * Three are made of this file: the one with a window (WINDOWED), the one for a console, and, for the
 * tests of the installer only, a plain interpreter (PLAIN), which is never shipped. Python is loaded
 * by its whole path, so that neither PATH nor the current folder can put another one in its place,
 * and so that a folder with half its files gets a sentence instead of Windows' own riddle.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "words.h"

#define LONGEST 32768 /* characters of a path that Windows takes at most */

typedef int (*PyMain)(int, wchar_t **);

static int complain(int text, const wchar_t *detail, DWORD error)
{
    wchar_t title[128], sentence[1024], whole[2048];
    HINSTANCE self = GetModuleHandleW(NULL);
    LoadStringW(self, WORDS_TITLE, title, 128);
    LoadStringW(self, text, sentence, 1024);
    swprintf(whole, 2048, L"%ls\n\n%.300ls (%lu)", sentence, detail, error);
#ifdef WINDOWED
    MessageBoxW(NULL, whole, title, MB_OK | MB_ICONERROR | MB_SETFOREGROUND);
#else
    fwprintf(stderr, L"%ls: %ls\n", title, whole);
#endif
    return 3; /* the program could not do it */
}

static int start(int argc, wchar_t **argv)
{
    static wchar_t folder[LONGEST], library[LONGEST];
    DWORD length = GetModuleFileNameW(NULL, folder, LONGEST);
    wchar_t *last = length && length < LONGEST ? wcsrchr(folder, L'\\') : NULL;
    if (last == NULL)
        return complain(WORDS_INCOMPLETE, L"GetModuleFileNameW", GetLastError());
    last[1] = 0;
    /* The installer asks for this name to know whether the wizard is open. It ends with the process. */
#ifndef PLAIN
    CreateMutexW(NULL, FALSE, RUNNING_NAME);
#endif
    /* The current folder is no place to load libraries from. */
    SetDllDirectoryW(L"");
    swprintf(library, LONGEST, L"%ls%ls", folder, PYTHON_DLL);
    HMODULE python = LoadLibraryExW(library, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (python == NULL)
        return complain(WORDS_INCOMPLETE, library, GetLastError());
    PyMain py_main = (PyMain)(void *)GetProcAddress(python, "Py_Main");
    if (py_main == NULL)
        return complain(WORDS_INCOMPLETE, L"Py_Main", GetLastError());
#ifdef PLAIN
    return py_main(argc, argv);
#else
    /* -B: nothing is written beside the program. The module is in Lib\site-packages. */
    static wchar_t *before[] = {L"-B", L"-X", L"utf8", L"-m", L"wizard_start"};
    int count = (int)(sizeof before / sizeof *before);
    wchar_t **words = calloc((size_t)(argc + count + 1), sizeof *words);
    if (words == NULL)
        return complain(WORDS_INCOMPLETE, L"calloc", ERROR_NOT_ENOUGH_MEMORY);
    words[0] = argv[0];
    for (int i = 0; i < count; i++)
        words[1 + i] = before[i];
    for (int i = 1; i < argc; i++)
        words[count + i] = argv[i];
    return py_main(argc + count, words);
#endif
}

#ifdef WINDOWED
int WINAPI wWinMain(HINSTANCE self, HINSTANCE before, PWSTR line, int show)
{
    (void)self, (void)before, (void)line, (void)show;
    return start(__argc, __wargv);
}
#else
int wmain(int argc, wchar_t **argv)
{
    return start(argc, argv);
}
#endif
