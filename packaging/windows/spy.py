"""Runs in the Wine of the test and answers questions: windows and their texts, clicks, registry.

One JSON object a line on standard input, one a line back. The installer's pages are ordinary
Windows dialogs: what they say can be read and what they ask can be answered without a guess where
something is on the screen, and without waiting longer than it takes.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import subprocess
import sys
from ctypes import wintypes
from typing import Any

user32: Any = ctypes.windll.user32  # type: ignore[attr-defined]
winreg: Any = importlib.import_module("winreg")
kernel32: Any = ctypes.windll.kernel32  # type: ignore[attr-defined]
user32.SendMessageTimeoutW.argtypes = [
    wintypes.HWND,
    wintypes.UINT,
    ctypes.c_size_t,
    ctypes.c_void_p,
    wintypes.UINT,
    wintypes.UINT,
    ctypes.c_void_p,
]
_CALLBACK = ctypes.WINFUNCTYPE(ctypes.c_int, wintypes.HWND, ctypes.c_void_p)  # type: ignore[attr-defined]

_WM_CLOSE, _WM_GETTEXT, _WM_COMMAND = 0x10, 0x0D, 0x111
_BM_CLICK = 0xF5
_ABORT_IF_HUNG = 2
_HIVES = {"HKCU": winreg.HKEY_CURRENT_USER, "HKLM": winreg.HKEY_LOCAL_MACHINE}
_KINDS = {"str": winreg.REG_SZ, "int": winreg.REG_DWORD, "bytes": winreg.REG_BINARY}
_KINDS |= {"list": winreg.REG_MULTI_SZ}


def windows() -> list[dict[str, Any]]:
    """Every visible top-level window with the texts in it."""
    found: list[dict[str, Any]] = []
    for handle in _each(user32.EnumWindows):
        if not user32.IsWindowVisible(handle):
            continue
        parts = [
            {"id": user32.GetDlgCtrlID(part), "kind": _class(part), "text": _text(part)}
            for part in _each(user32.EnumChildWindows, handle)
            if user32.IsWindowVisible(part)
        ]
        process = wintypes.DWORD()
        user32.GetWindowThreadProcessId(handle, ctypes.byref(process))
        found.append(
            {
                "handle": handle,
                "kind": _class(handle),
                "title": _text(handle),
                "process": process.value,
                "parts": parts,
            }
        )
    return found


def _each(function: Any, *first: int) -> list[int]:
    found: list[int] = []

    def keep(handle: int, _data: object) -> int:
        found.append(handle)
        return 1

    function(*first, _CALLBACK(keep), 0)
    return found


def _class(handle: int) -> str:
    name = ctypes.create_unicode_buffer(256)
    user32.GetClassNameW(handle, name, 256)
    return name.value


def _text(handle: int) -> str:
    text = ctypes.create_unicode_buffer(4096)
    result = ctypes.c_size_t()
    user32.SendMessageTimeoutW(
        handle, _WM_GETTEXT, 4096, text, _ABORT_IF_HUNG, 2000, ctypes.byref(result)
    )
    return text.value


def press(handle: int, number: int) -> None:
    """What a click on a button of a dialog sends."""
    user32.PostMessageW(handle, _WM_COMMAND, number, 0)


def toggle(handle: int, text: str) -> bool:
    """Click the check box with that text."""
    for part in _each(user32.EnumChildWindows, handle):
        if user32.IsWindowVisible(part) and _text(part) == text:
            user32.SendMessageW(part, _BM_CLICK, 0, 0)
            return True
    return False


def close(handle: int) -> None:
    user32.PostMessageW(handle, _WM_CLOSE, 0, 0)


def read_key(hive: str, key: str) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    try:
        with winreg.OpenKey(_HIVES[hive], key) as opened:
            for index in range(winreg.QueryInfoKey(opened)[1]):
                name, value, _kind = winreg.EnumValue(opened, index)
                values[name] = value
    except FileNotFoundError:
        return None
    return values


def write_key(hive: str, key: str, values: dict[str, Any]) -> None:
    with winreg.CreateKey(_HIVES[hive], key) as opened:
        for name, value in values.items():
            winreg.SetValueEx(opened, name, 0, _KINDS[type(value).__name__], value)


def open_file(path: str) -> None:
    """What a double click does."""
    os.startfile(path)  # type: ignore[attr-defined]  # noqa: S606


def call(line: str) -> int:
    """Run a command line as it stands: NSIS wants `_?=FOLDER` without quotation marks."""
    return subprocess.call(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def held(name: str) -> bool:
    """Whether some process holds a mutex of that name."""
    handle = kernel32.OpenMutexW(0x100000, 0, ctypes.c_wchar_p(name))
    if handle:
        kernel32.CloseHandle(ctypes.c_void_p(handle))
    return bool(handle)


def language() -> int:
    return kernel32.GetUserDefaultUILanguage()


def folder(number: int) -> str:
    """A folder of the user's by its number (0x10 desktop, 0x02 programs of the start menu)."""
    path = ctypes.create_unicode_buffer(1024)
    ctypes.windll.shell32.SHGetFolderPathW(None, number, None, 0, path)  # type: ignore[attr-defined]
    return path.value


def main() -> None:
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    answers = {
        each.__name__: each
        for each in (
            windows,
            press,
            toggle,
            close,
            read_key,
            write_key,
            open_file,
            call,
            held,
            language,
            folder,
        )
    }
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        name, *words = json.loads(line)
        try:
            answer: Any = answers[name](*words)
        except Exception as error:  # the one who asked decides what that means
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
