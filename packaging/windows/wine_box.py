"""A Windows to try the installer in: Wine with its own prefix, home and screen, gone afterwards.

What Wine 8 lacks is put into this prefix and nowhere else (`stand_ins`).
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import downloads

WINDOWS = Path(__file__).resolve().parent
USER = "Əli Dərslər İşığı ə ğ ş"
PATIENCE = float(os.environ.get("WIZARD_PATIENCE", "180"))
"""Seconds to wait for anything: two busy cores, a cold disk. What is wrong is said long before."""

#: Microsoft's universal C runtime, which NumPy's newer wheels do not start without.
_RUNTIME_WHEEL = "pynsist==2.8"
_RUNTIME_SHA256 = "7d3e8343c10cdbfb262ab63201a62d38ed86f4f2d0cffc2677c9917793d800a6"
_RUNTIME_FILE = "nsist/msvcrt/x64/ucrtbase.dll"

#: The stand-ins before Wine's own; the C runtime of the program is the one it carries.
_OVERRIDES = (
    "mscoree,mshtml,winedbg.exe=;icuuc,ucrtbase=n,b;"
    "vcruntime140,vcruntime140_1,msvcp140,msvcp140_1,msvcp140_2=n"
)
_Answer = TypeVar("_Answer")


class Done:
    """How a program ended."""

    def __init__(self, code: int, out: bytes, err: bytes, seconds: float) -> None:
        self.code = code
        self.out = out.decode("utf-8", "replace").replace("\r\n", "\n")
        self.err = err.decode("utf-8", "replace").replace("\r\n", "\n")
        self.seconds = seconds


class Box:
    """Wine with a user whose name has spaces and letters that no old code page has together."""

    def __init__(self, work: Path, photos: Path) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="wizard-wine-"))
        self.photos = photos
        self._work = work
        self._screen: subprocess.Popen[bytes] | None = None
        self._spy: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes] = queue.Queue()
        self.prefix = self.root / "prefix"
        self.drive = self.prefix / "drive_c"
        self.home = self.root / "home"
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("WINE", "QT_", "PYTHON", "LC_", "LANG", "XDG_", "PIP_"))
        }
        self.env |= {
            "HOME": str(self.home),
            "USER": USER,
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": _OVERRIDES,
            "LANG": "C.UTF-8",
            "LOCPATH": str(self.root / "locales"),
        }

    @property
    def user(self) -> Path:
        return self.drive / "users" / USER

    # Making and ending

    def __enter__(self) -> Box:
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _start(self) -> None:
        self.home.mkdir()
        shutil.rmtree(self.photos, ignore_errors=True)
        self.photos.mkdir(parents=True)
        reader, writer = os.pipe()
        self._screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x960x24", "-nolisten", "tcp"],
            pass_fds=[writer],
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        with os.fdopen(reader) as answer:
            self.env["DISPLAY"] = f":{answer.readline().strip()}"
        made = self.wine("winecfg", "-v", "win10")
        if not (self.drive / "windows" / "system32").is_dir():
            raise RuntimeError(f"Wine could not make its prefix: {made.err[-800:]}")
        self._add_stand_ins()

    def _add_stand_ins(self) -> None:
        system = self.drive / "windows" / "system32"
        compiler = ["x86_64-w64-mingw32-gcc", "-shared", "-O1", "-o", str(system / "icuuc.dll")]
        subprocess.run([*compiler, str(WINDOWS / "stand_ins" / "icuuc.c")], check=True)
        wheel = downloads.fetch_one(_RUNTIME_WHEEL, _RUNTIME_SHA256, self._work / "stand-ins")
        with zipfile.ZipFile(wheel) as archive:
            (system / "ucrtbase.dll").write_bytes(archive.read(_RUNTIME_FILE))

    def _end(self) -> None:
        if self._spy is not None and self._spy.stdin is not None:
            with contextlib.suppress(OSError):
                self._spy.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired, OSError):
            subprocess.run(["wineserver", "-k"], env=self.env, timeout=30, check=False)
            subprocess.run(["wineserver", "-w"], env=self.env, timeout=30, check=False)
        for process in (self._spy, self._screen):
            if process is not None:
                process.kill()
                process.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    # Programs. Wine's files are no good as standard streams: pipes are.

    def start(
        self, *words: str | Path, locale: str | None = None, cwd: Path | None = None
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["wine", *map(str, words)],
            env=self.env | ({"LC_ALL": locale} if locale else {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            start_new_session=True,
        )

    def wine(self, *words: str | Path, stdin: bytes = b"", locale: str | None = None) -> Done:
        """Run a program to its end; one that takes too long is ended and has the code -9."""
        began = time.monotonic()
        process = self.start(*words, locale=locale)
        try:
            out, err = process.communicate(stdin, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
        return Done(process.returncode, out, err, time.monotonic() - began)

    # The spy

    def start_spy(self, tree: Path, interpreter: Path) -> None:
        """A plain Python of its own, so that nothing is added to the program under test."""
        home = self.drive / "spy"
        home.mkdir()
        for path in tree.iterdir():
            if path.is_file() and path.suffix in {".dll", ".pyd", ".zip", "._pth"}:
                shutil.copy(path, home)
        for path in tree.glob("*._pth"):
            shutil.copy(path, home)
        shutil.copy(interpreter, home / "python.exe")
        shutil.copy(WINDOWS / "spy.py", home)
        self._spy = self.start("C:\\spy\\python.exe", "C:\\spy\\spy.py")
        threading.Thread(target=self._listen, daemon=True).start()
        answer = self._answers.get(timeout=PATIENCE)
        if answer.strip() != b'"ready"':
            raise RuntimeError(f"the spy does not start: {answer!r}")

    def _listen(self) -> None:
        assert self._spy is not None
        assert self._spy.stdout is not None
        for line in self._spy.stdout:
            self._answers.put(line)
        self._answers.put(b"null")

    def ask(self, *question: object) -> Any:
        assert self._spy is not None
        assert self._spy.stdin is not None
        self._spy.stdin.write(json.dumps(question).encode() + b"\n")
        self._spy.stdin.flush()
        answer = json.loads(self._answers.get(timeout=PATIENCE))
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{question[0]}: {answer['error']}")
        return answer

    def windows(self) -> list[dict[str, Any]]:
        return self.ask("windows")

    def wait_for(
        self, find: Callable[[list[dict[str, Any]]], _Answer | None], what: str
    ) -> _Answer:
        """Look at the windows until something is found among them."""
        until = time.monotonic() + PATIENCE
        while True:
            seen = self.windows()
            found = find(seen)
            if found is not None:
                return found
            if time.monotonic() > until:
                self.photo("waited-in-vain")
                titles = [f"{each['kind']} {each['title']!r}" for each in seen]
                raise AssertionError(f"{what} did not come; there are {titles}")
            time.sleep(0.2)

    def dialog(self, text: str, what: str = "") -> dict[str, Any]:
        """The dialog in which that text stands, once it is there."""

        def find(seen: list[dict[str, Any]]) -> dict[str, Any] | None:
            for window in seen:
                if window["kind"] == "#32770" and any(
                    text in part["text"] for part in window["parts"]
                ):
                    return window
            return None

        return self.wait_for(find, what or f"a dialog with {text!r}")

    def photo(self, name: str) -> Path:
        """The whole screen; every photograph can be looked at afterwards."""
        path = self.photos / f"{name}.png"
        time.sleep(0.3)  # what is there in words is not painted yet
        subprocess.run(
            ["import", "-window", "root", str(path)], env=self.env, check=True, timeout=60
        )
        return path

    # Files, as Windows calls them

    def windows_path(self, path: Path) -> str:
        """A file of the box under `C:`, any other under `Z:`."""
        if path.is_relative_to(self.drive):
            return "C:\\" + str(path.relative_to(self.drive)).replace("/", "\\")
        return "Z:" + str(path).replace("/", "\\")

    def add_locale(self, source: str, name: str) -> None:
        """A locale for Wine to take its language from; the system need not have it."""
        folder = self.root / "locales" / name
        folder.parent.mkdir(exist_ok=True)
        # It warns about things that nobody here asks for, and ends with 1 then.
        command = ["localedef", "--quiet", "-c", "-i", source, "-f", "UTF-8", str(folder)]
        subprocess.run(command, stderr=subprocess.DEVNULL, check=False)
        if not (folder / "LC_CTYPE").exists():
            raise RuntimeError(f"localedef could not make {name}")


def files_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
