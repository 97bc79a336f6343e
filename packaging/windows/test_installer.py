"""Tries the Windows installer under Wine: `python3 packaging/dev.py installer-test`.

One story, in the order of a user's life: a download that was cut short, an old Windows, the first
installation, an update, also while the program is open, the wizard itself, another folder, and the
end. What is promised is asserted by files, registry and texts of windows, never by an exit code
alone. Photographs are left in `build/windows/photos`.

Ends with 0 where everything held, 1 where not, 3 where it cannot be tried on this computer.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

WINDOWS = Path(__file__).resolve().parent
sys.path.insert(0, str(WINDOWS.parent))  # messages, system_libraries

import build_installer as building  # noqa: E402  (after the path)
import closure  # noqa: E402  (after the path)
import downloads  # noqa: E402  (after the path)
import launcher  # noqa: E402  (after the path)
import nsis  # noqa: E402  (after the path)
import system_libraries  # noqa: E402  (after the path)
from messages import SetupError, say  # noqa: E402  (after the path)
from wine_box import Box, files_below  # noqa: E402  (after the path)

PRODUCT = "GPU Setup Wizard"
ENTRY = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\GPUSetupWizard"
OLDER = "0.0.9"
ELSEWHERE = "C:\\Kurs qovluğu\\Dərslər İşığı ə ğ ş"
TOOLS = {
    "wine": "wine wine64",
    "wineserver": "wine wine64",
    "Xvfb": "xvfb",
    "import": "imagemagick",
    "localedef": "libc-bin",
}
_LOCALE_SOURCE = Path("/usr/share/i18n/locales/az_AZ")
#: How Wine is told that Windows speaks Azerbaijani, and glibc's name for the same.
_AZERI, _AZERI_FOLDER = "az_AZ.UTF-8@latin", "az_AZ.utf8@latin"
_DESKTOP, _START_MENU = 0x10, 0x02
_NEXT, _CANCEL, _OK, _RETRY, _YES, _NO = 1, 2, 1, 4, 6, 7


class Language:
    """A language of the installer: how it is asked for, and words of its pages to know it by."""

    def __init__(self, code: str, number: int, welcome: str, folder: str, finish: str) -> None:
        self.code = code
        self.number = number
        self.welcome = welcome
        self.folder = folder
        self.finish = finish


AZERBAIJANI = Language(
    "az", 1068, "addım-addım", "aşağıdakı qovluğa", "Başlat menyusunda tapacaqsınız"
)
OTHERS = (
    Language("en", 1033, "step by step", "in the following folder", "in the start menu"),
    Language("tr", 1055, "adım adım", "aşağıdaki dizinde", "Başlat menüsünde bulabilirsiniz"),
    Language("ru", 1049, "шаг за шагом", "в указанную папку", "в меню «Пуск»"),
)


class Trial:
    """The story; every method that starts with a number is a step of it."""

    def __init__(self, box: Box, setup: Path, older: Path, tree: Path) -> None:
        self.box = box
        self.setup = setup
        self.older = older
        self.tree = tree
        self.version = setup.name.split("-")[3]
        self.home = box.user / "AppData" / "Local" / "Programs" / PRODUCT
        self.settings = box.user / "AppData" / "Local" / "gpu-setup-wizard"
        self.figures: dict[str, float] = {}

    # What is asked again and again

    def entry(self) -> dict[str, Any] | None:
        return self.box.ask("read_key", "HKCU", ENTRY)

    def version_there(self) -> str | None:
        entry = self.entry()
        return None if entry is None else entry["DisplayVersion"]

    def program(self, name: str = "gpu-setup-wizard-cli.exe", home: Path | None = None) -> str:
        return self.box.windows_path((home or self.home) / name)

    def check_files(self, home: Path) -> None:
        """Every file of the tree is there as it is, and nothing else but the uninstaller."""
        # The user's own Python runs the verification from here and leaves its bytecode.
        cached = home / "Lib" / "site-packages" / "wizard" / "target" / "__pycache__"
        paths = [path for path in files_below(home) if path.parent != cached]
        there = {path.relative_to(home).as_posix(): path for path in paths}
        wanted = {path.relative_to(self.tree).as_posix(): path for path in files_below(self.tree)}
        assert set(there) - set(wanted) == {"uninstall.exe"}, set(there) - set(wanted)
        assert not set(wanted) - set(there), set(wanted) - set(there)
        for name, path in wanted.items():
            assert there[name].read_bytes() == path.read_bytes(), name

    def check_registered(self, home: Path, version: str) -> None:
        entry = self.entry()
        place = self.box.windows_path(home)
        assert entry is not None, "no entry under Apps"
        assert entry["DisplayName"] == PRODUCT
        assert entry["DisplayVersion"] == version
        assert entry["Publisher"] == "The GPU Setup Wizard developers"
        assert entry["InstallLocation"] == place, entry
        assert entry["DisplayIcon"] == f"{place}\\gpu-setup-wizard.exe"
        assert entry["UninstallString"] == f'"{place}\\uninstall.exe"'
        assert entry["QuietUninstallString"] == f'"{place}\\uninstall.exe" /S'
        assert entry["NoModify"] == entry["NoRepair"] == 1
        assert 80_000 < entry["EstimatedSize"] < 200_000, entry
        self.check_shortcut(_START_MENU, home)

    def shortcut(self, folder: int) -> Path | None:
        """A shortcut of the program in one of the user's folders."""
        path = self.box.ask("folder", folder) + f"\\{PRODUCT}.lnk"
        here = self.box.prefix / "dosdevices" / path[:2].lower() / path[3:].replace("\\", "/")
        return here if here.exists() else None

    def check_shortcut(self, folder: int, home: Path) -> None:
        """It leads to the program there. Wine writes the whole path in its old code page only."""
        path = self.shortcut(folder)
        assert path is not None, "there is no shortcut"
        data = path.read_bytes()
        place = self.box.windows_path(home)
        for text in (place, "gpu-setup-wizard.exe", *place.split("\\")[1:]):
            assert text.encode("utf-16-le") in data, f"{text} is not in the shortcut"

    def install(self, setup: Path, words: str = "") -> float:
        """Silently. NSIS wants `/D=FOLDER` as the last word and without quotation marks."""
        began = time.monotonic()
        code = self.box.ask("call", f'"{self.box.windows_path(setup)}" /S {words}')
        assert code == 0, f"{setup.name} {words} ended with {code}"
        return time.monotonic() - began

    def uninstall(self) -> int:
        """Silently and waited for, from a copy: a program cannot delete its own file."""
        shutil.copy(self.home / "uninstall.exe", self.box.drive / "un.exe")
        return self.box.ask("call", f"C:\\un.exe /S _?={self.box.windows_path(self.home)}")

    def wizard_window(self) -> dict[str, Any]:
        def find(seen: list[dict[str, Any]]) -> dict[str, Any] | None:
            return next((each for each in seen if each["kind"].startswith("Qt")), None)

        return self.box.wait_for(find, "the wizard's window")

    def close_wizard(self, window: dict[str, Any]) -> None:
        """As a user does, and wait until its process has ended, too."""
        self.box.ask("close", window["handle"])
        self.gone(window)
        self.box.wait_for(
            lambda _seen: not self.box.ask("held", launcher.RUNNING_NAME) or None,
            "the end of the wizard's process",
        )

    def gone(self, window: dict[str, Any]) -> None:
        handle = window["handle"]
        self.box.wait_for(
            lambda seen: all(each["handle"] != handle for each in seen) or None,
            f"the end of {window['title']!r}",
        )

    def refused(self, arguments: list[str], text: str, photo: str, *, wait: bool = True) -> int:
        """Start a setup that says no: the code it ends with once its one sentence was read."""
        process = self.box.start(*arguments)
        if wait:
            box = self.box.dialog(text)
            self.box.photo(photo)
            self.box.ask("press", box["handle"], _CANCEL if "Retry" in photo else _OK)
        process.wait(timeout=180)
        return process.returncode

    # The story

    def step_01_nothing_foreign_is_inside(self) -> None:
        """Every DLL is shipped or Windows' own; Wine's stand-ins are in neither."""
        assert closure.missing(self.tree) == {}
        names = {path.name.lower() for path in files_below(self.tree)}
        foreign = {"icuuc.dll", "mscms.dll", "ucrtbase.dll", "python.exe", "opengl32sw.dll"}
        assert not names & foreign, names & foreign
        assert not any(name.startswith("api-ms-") for name in names)
        assert not (self.tree / "Lib" / "site-packages" / "torch").exists()
        target = self.tree / "Lib" / "site-packages" / "wizard" / "target"
        source = building.CHECKOUT / "wizard" / "target"
        assert {path.name for path in target.iterdir()} == {
            path.name for path in source.glob("*.py")
        }
        licences = {path.name for path in (self.tree / "licences").iterdir()}
        needed = {"Python.txt", "Qt-and-PySide6.txt", "LGPL-3.0.txt", "GPL-3.0.txt", "README.txt"}
        needed |= {"numpy-LICENSE.txt", "Microsoft-C-runtime.txt", "GPU-Setup-Wizard.txt"}
        assert needed <= licences, needed - licences
        folders = [path for path in self.tree.rglob("*") if path.is_dir()]
        assert all(any(folder.iterdir()) for folder in folders), "an empty folder is never removed"
        information = json.loads((self.tree / "build-info.json").read_text("utf-8"))
        parts = json.loads((self.tree / "sbom.cdx.json").read_text("utf-8"))["components"]
        assert parts[0]["version"] == information["python"]
        assert parts[0]["description"].startswith(information["runtime"])

    def step_02_a_download_cut_short(self) -> None:
        short = self.box.root / "kəsilmiş-setup.exe"
        data = self.setup.read_bytes()
        short.write_bytes(data[: len(data) * 3 // 5])
        assert self.box.wine(short, "/S").code == 2
        process = self.box.start(short)
        said = self.box.dialog("integrity", "the sentence about a damaged setup")
        self.box.photo("02-cut-short")
        self.box.ask("press", said["handle"], _OK)
        process.wait(timeout=180)
        assert process.returncode == 2, process.returncode
        assert not self.home.exists()
        assert self.entry() is None
        short.unlink()

    def step_03_an_older_windows(self) -> None:
        """A kind sentence in the user's language; a silent call has a code for it."""
        name = "old-windows-setup.exe"
        path = self.box.root / name
        path.symlink_to(self.setup)
        key = rf"Software\Wine\AppDefaults\{name}"
        self.box.ask("write_key", "HKCU", key, {"Version": "win81"})
        self.box.add_locale("az_AZ", _AZERI_FOLDER)
        process = self.box.start(path, locale=_AZERI)
        said = self.box.dialog("1903", "the sentence about Windows 10 1903")
        assert any("Windows-u yeniləyin" in part["text"] for part in said["parts"]), said
        self.box.photo("03-older-windows-az")
        self.box.ask("press", said["handle"], _OK)
        process.wait(timeout=180)
        assert process.returncode == 10, process.returncode
        assert self.box.wine(path, "/S").code == 10
        assert not self.home.exists()
        assert self.entry() is None

    def step_04_silent_installation(self) -> None:
        self.figures["silent install, s"] = self.install(self.older)
        self.check_files(self.home)
        self.check_registered(self.home, OLDER)
        assert self.shortcut(_DESKTOP) is None, "nobody asked for an icon"

    def step_05_command_line(self) -> None:
        """What labs and scripts use, into pipes."""
        told = json.loads((self.tree / "build-info.json").read_text("utf-8"))
        said = self.box.wine(self.program(), "--version")
        assert said.code == 0, said.err
        words = " ".join(said.out.split())
        assert told["runtime"] in words, words
        assert f"Python {told['python']}" in words, words
        done = self.box.wine(self.program(), "detect", "--json")
        machine = json.loads(done.out)
        assert done.code == 0, done.err
        assert machine["os"]["system"] == "windows", machine
        described = self.box.root / "T4 maşını ə.json"
        shutil.copy(building.CHECKOUT / "resources" / "machines" / "t4-windows.json", described)
        place = self.box.windows_path(described)
        done = self.box.wine(self.program(), "recommend", "--machine", place, "--json")
        assert done.code == 0, done.err
        assert json.loads(done.out)["verdict"] == "install", done.out
        pasted = "Ошибка: [WinError 126] Error loading torch\\lib\\fbgemm.dll".encode("utf-16")
        done = self.box.wine(self.program(), "diagnose", "--json", stdin=pasted)
        assert done.code == 1, done.err
        assert json.loads(done.out)["findings"], done.out
        assert self.box.wine(self.program(), "--nonsense").code == 2
        # The verification runs in a Python of the user's, with the files that lie there for it.
        python = "C:\\spy\\python.exe"
        done = self.box.wine(self.program(), "verify", "--python", python, "--json")
        lines = [json.loads(line) for line in done.out.splitlines()]
        assert done.code == 1, done.err
        assert any(line["event"] == "check" for line in lines), done.out
        assert lines[-1]["findings"][0]["code"] == "torch_missing", lines[-1]

    def step_06_every_page(self) -> None:
        """The installed wizard, on Qt's platform for Windows, photographs itself."""
        folder = self.box.root / "selftest ə"
        folder.mkdir()
        file = folder / "a.txt"
        program = self.program("gpu-setup-wizard.exe")
        done = self.box.wine(program, "--selftest", self.box.windows_path(file), "--lang", "az")
        told = json.loads(file.read_text("utf-8"))
        for name in told.get("pictures", []):
            shutil.copy(folder / name, self.box.photos / f"06-{name[2:]}")
        assert done.code == 0, told
        assert told["ok"], told
        assert told["platform"] == "windows", told
        assert len(told["pictures"]) == 7, told
        assert told["plot"], "pyqtgraph was not used"
        assert told["stray_windows"] == [], told
        self.figures["self-test, s"] = done.seconds
        self.figures["first page inside it, s"] = told["first_page_seconds"]

    def step_07_update_while_it_is_open(self) -> None:
        """Asked about, not broken: silently an exit code, else a question that can be answered."""
        self.settings.mkdir(exist_ok=True)
        state = {"schema": 1, "language": "az", "page": "install", "visited": ["welcome"]}
        (self.settings / "state.json").write_text(json.dumps(state), "utf-8")
        self.box.start(self.program("gpu-setup-wizard.exe"))
        window = self.wizard_window()
        self.box.photo("07-open")
        assert self.box.wine(self.setup, "/S").code == 11
        assert self.version_there() == OLDER, "nothing may have changed"
        self.check_files(self.home)
        assert self.uninstall() == 11
        self.check_files(self.home)
        self.walk(AZERBAIJANI, window)
        assert self.version_there() == self.version
        self.check_files(self.home)
        self.check_registered(self.home, self.version)
        self.check_shortcut(_DESKTOP, self.home)  # the icon that was ticked
        kept = json.loads((self.settings / "state.json").read_text("utf-8"))
        assert (kept["language"], kept["page"]) == ("az", "install"), "settings were not kept"

    def walk(self, language: Language, opened: dict[str, Any] | None = None) -> None:
        """Through the installer's pages, each photographed; the wizard starts at the end."""
        name = f"07-{language.code}"
        if language is AZERBAIJANI:  # chosen from Windows; the others are asked for
            process = self.box.start(self.setup, locale=_AZERI)
        else:
            process = self.box.start(self.setup, f"/LANG={language.number}")
        if opened is not None:
            question = self.box.dialog("GPU Setup Wizard açıqdır", "the question about the program")
            self.box.photo(f"{name}-0-is-open")
            self.close_wizard(opened)
            self.box.ask("press", question["handle"], _RETRY)
        page = self.box.dialog(language.welcome)
        self.box.photo(f"{name}-1-welcome")
        self.box.ask("press", page["handle"], _NEXT)
        page = self.box.dialog(language.folder)
        self.box.photo(f"{name}-2-folder")
        self.box.ask("press", page["handle"], _NEXT)
        time.sleep(1.0)
        self.box.photo(f"{name}-3-installing")
        page = self.box.dialog(language.finish)
        start, icon = self.tick_boxes(page)
        if opened is None:
            self.box.ask("toggle", page["handle"], start)
        else:
            self.box.ask("toggle", page["handle"], icon)
        self.box.photo(f"{name}-4-finish")
        self.box.ask("press", page["handle"], _NEXT)
        process.wait(timeout=180)
        assert process.returncode == 0, process.returncode
        if opened is not None:
            window = self.wizard_window()
            self.box.photo(f"{name}-5-started-at-the-end")
            self.close_wizard(window)

    def tick_boxes(self, page: dict[str, Any]) -> tuple[str, str]:
        """The texts of the two boxes on the last page, once both are there: it is made in parts."""
        numbers = (1, 2, 3)  # Finish, Cancel, Back

        def both(seen: list[dict[str, Any]]) -> tuple[str, str] | None:
            texts = [
                part["text"]
                for window in seen
                if window["handle"] == page["handle"]
                for part in window["parts"]
                if part["kind"] == "Button" and part["id"] not in numbers and part["text"]
            ]
            return (texts[0], texts[1]) if len(texts) == 2 else None

        return self.box.wait_for(both, "the second box of the last page")

    def step_08_pages_in_the_other_languages(self) -> None:
        """Each a repair of the same version, too."""
        for language in OTHERS:
            self.walk(language)
        self.check_files(self.home)
        self.check_shortcut(_DESKTOP, self.home)  # an update does not take the icon away

    def step_09_pieces_of_windows(self) -> None:
        """From the portable folder, with a plain interpreter beside it."""
        home = self.portable()
        done = self.box.wine(
            self.program("python.exe", home), self.box.windows_path(WINDOWS / "windows_pieces.py")
        )
        answers = [json.loads(line) for line in done.out.splitlines()]
        for answer in answers:
            say(f"          {answer['piece'].replace('_', ' ')}: {answer['wrong'] or 'ok'}")
        assert done.code == 0, done.err
        assert len(answers) == 10, done.err
        assert not [answer for answer in answers if answer["wrong"]]

    def portable(self) -> Path:
        """The folder of the portable ZIP, unpacked where its user put it."""
        home = self.box.drive / "Portativ alət ə"
        if not home.exists():
            shutil.copytree(self.tree, home)
            shutil.copy(building.BUILD / "launcher" / "python.exe", home)
        return home

    def step_10_first_page(self) -> None:
        """Against a bare window in the same prefix, with the same Python and Qt."""
        script = self.box.windows_path(WINDOWS / "first_paint.py")
        python = self.program("python.exe", self.portable())
        best: dict[str, float] = {}
        for _round in range(3):
            for which in ("bare", "wizard"):
                done = self.box.wine(python, script, which)
                assert done.code == 0, done.err
                best[which] = min(best.get(which, 1e9), float(done.out))
        self.figures["first page: a bare window, s"] = best["bare"]
        self.figures["first page: the wizard, s"] = best["wizard"]
        self.figures["first page: times the bare window"] = best["wizard"] / best["bare"]

    def step_11_another_folder(self) -> None:
        """The installed version moves there; what somebody put beside it stays."""
        (self.home / "qeydlərim.txt").write_text("mine", "utf-8")
        self.install(self.setup, f"/D={ELSEWHERE}")
        elsewhere = self.box.drive / ELSEWHERE[3:].replace("\\", "/")
        self.check_files(elsewhere)
        self.check_registered(elsewhere, self.version)
        assert [path.name for path in files_below(self.home)] == ["qeydlərim.txt"]
        shutil.rmtree(self.home)
        done = self.box.wine(self.program(home=elsewhere), "--version")
        assert done.code == 0, done.err
        self.home = elsewhere

    def step_12_uninstalling(self) -> None:
        """With its question, in Azerbaijani: everything goes but the user's environments."""
        env = self.settings / "llm_50gun"
        env.mkdir()
        (env / "pyvenv.cfg").write_text("version = 3.12.4\n")
        (self.settings / "logs").mkdir(exist_ok=True)
        (self.settings / "logs" / "error.txt").write_text("x")
        process = self.box.start(self.program("uninstall.exe"), "/LANG=1068")
        page = self.box.dialog("Silinəcək qovluq")
        self.box.photo("12-uninstall-1-confirm")
        self.box.ask("press", page["handle"], _NEXT)
        question = self.box.dialog("mühitlər hər halda qalır", "the question about settings")
        self.box.photo("12-uninstall-2-settings")
        self.box.ask("press", question["handle"], _YES)
        page = self.box.dialog("Silinmə uğurla başa çatdı")
        self.box.photo("12-uninstall-3-done")
        self.box.ask("press", page["handle"], _NEXT)
        process.wait(timeout=180)
        self.gone(page)
        self.check_nothing_left()
        assert [path.name for path in self.settings.iterdir()] == ["llm_50gun"]

    def step_13_silent_uninstalling(self) -> None:
        """Settings stay unless they are named. The icon on the desktop starts the wizard.

        In a folder with plain letters: Wine resolves a shortcut by its path in the old code page.
        """
        self.home = self.box.drive / "Course tools" / PRODUCT
        self.install(self.setup, f"/DESKTOPICON /D={self.box.windows_path(self.home)}")
        self.check_shortcut(_DESKTOP, self.home)
        began = time.monotonic()
        self.box.ask("open_file", self.box.ask("folder", _DESKTOP) + f"\\{PRODUCT}.lnk")
        window = self.wizard_window()
        self.figures["double click to window, s"] = time.monotonic() - began
        self.box.photo("13-started-by-its-icon")
        self.close_wizard(window)
        (self.settings / "state.json").write_text("{}")
        began = time.monotonic()
        assert self.uninstall() == 0
        self.figures["silent uninstall, s"] = time.monotonic() - began
        self.check_nothing_left()
        assert (self.settings / "state.json").exists()

    def check_nothing_left(self) -> None:
        assert not self.home.exists(), sorted(self.home.rglob("*"))[:5]
        assert self.entry() is None
        assert self.shortcut(_START_MENU) is None
        assert self.shortcut(_DESKTOP) is None
        assert not [each for each in self.box.ask("windows") if PRODUCT in each["title"]], (
            "something is still open"
        )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py installer-test", description=__doc__)
    parser.add_argument("--only", metavar="WORD", help="steps with this in their name")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        _find_tools()
        work = building.BUILD / "trial"
        made = building.build(building.options(["--fast", "--out", str(work)]))
        older = work / f"GPU-Setup-Wizard-{OLDER}-setup.exe"
        nsis.make(building.BUILD / "tree", building.BUILD, older, version=OLDER, fast=True)
    except downloads.NotHereError as error:
        say(f"\nThe installer cannot be tried on this computer. {error}")
        return 3
    except SetupError as error:
        say(f"\n{error}")
        return 1
    passed, failed = _tell_story(made, older, options.only)
    say(f"\nthe whole: {time.monotonic() - began:.0f} s; photographs in build/windows/photos")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def _tell_story(setup: Path, older: Path, only: str | None) -> tuple[int, int]:
    passed = failed = 0
    with Box(building.BUILD, building.BUILD / "photos") as box:
        trial = Trial(box, setup, older, building.BUILD / "tree")
        box.start_spy(trial.tree, building.BUILD / "launcher" / "python.exe")
        # A font with all letters, for the photographs; Windows' own is not to be had here.
        fonts = {"Segoe UI": "DejaVu Sans", "Tahoma": "DejaVu Sans", "MS Shell Dlg": "DejaVu Sans"}
        box.ask("write_key", "HKCU", r"Software\Wine\Fonts\Replacements", fonts)
        steps = sorted(name for name in dir(trial) if name.startswith("step_"))
        for name in steps:
            if only and only not in name:
                continue
            start = time.monotonic()
            step: Callable[[], None] = getattr(trial, name)
            try:
                step()
                passed += 1
                wrong = ""
            except Exception:
                failed += 1
                wrong = traceback.format_exc()
            title = name[5:].replace("_", " ")
            say(f"{time.monotonic() - start:6.1f} s   {title}: {'FAILED' if wrong else 'ok'}")
            if wrong:
                box.photo(f"failed-{name}")
                say(wrong)
                break  # every step stands on the one before
        for what, value in trial.figures.items():
            say(f"{value:8.2f}   {what}")
    return passed, failed


def _find_tools() -> None:
    missing = {name: package for name, package in TOOLS.items() if shutil.which(name) is None}
    if not _LOCALE_SOURCE.exists():
        missing["the locale az_AZ"] = "locales"
    if missing:
        packages = sorted({each for group in missing.values() for each in group.split()})
        for pause in (0, 20, 60):  # a registry that is busy for a moment is no reason to give up
            time.sleep(pause)
            if system_libraries.apt_install(packages) or os.geteuid() != 0:
                break
        missing = {name: each for name, each in missing.items() if not _there(name)}
    if missing:
        raise downloads.NotHereError(
            f"It needs {', '.join(missing)}. On Debian 12:\n    sudo apt-get install "
            + " ".join(sorted({each for group in missing.values() for each in group.split()}))
        )


def _there(name: str) -> bool:
    return _LOCALE_SOURCE.exists() if name.startswith("the locale") else bool(shutil.which(name))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
