"""Tries a finished installer on a real Windows: `python packaging/windows/try_release.py SETUP`.

The release workflow runs it on a fresh Windows; anybody can run it on theirs. Silent installation,
the command line, the self-test with a picture of every page, silent removal. It asserts files and
the registry, never an exit code alone. Standard library only. The pictures are left in PICTURES.

    try_release.py SETUP [PICTURES]
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PRODUCT = "GPU Setup Wizard"
ENTRY = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\GPUSetupWizard"
_TIME_LIMIT = 300


def main(arguments: list[str]) -> int:
    if sys.platform != "win32":
        print("This tries an installer on Windows; elsewhere: packaging/dev.py installer-test")
        return 3
    setup = Path(arguments[0]).resolve()
    pictures = Path(arguments[1] if len(arguments) > 1 else "pictures").resolve()
    pictures.mkdir(parents=True, exist_ok=True)
    home = Path(os.environ["LOCALAPPDATA"]) / "Programs" / PRODUCT

    seconds = _call(f'"{setup}" /S')
    assert (home / "gpu-setup-wizard.exe").is_file(), "it is not installed"
    entry = registered()
    assert entry is not None, "there is no entry under Apps"
    assert entry["InstallLocation"] == str(home), entry
    assert shortcut().is_file(), "there is no entry in the start menu"
    print(f"installed in {seconds:.1f} s, version {entry['DisplayVersion']}")

    console = str(home / "gpu-setup-wizard-cli.exe")
    version = _output(console, "--version")
    assert entry["DisplayVersion"] in version, version
    print(" ".join(version.split()))
    assert json.loads(_output(console, "detect", "--json"))["os"]["system"] == "windows"

    line = pictures / "selftest.txt"
    line.unlink(missing_ok=True)
    seconds = _call(f'"{home / "gpu-setup-wizard.exe"}" --selftest "{line}"')
    told = json.loads(line.read_text("utf-8"))
    print(f"self-test in {seconds:.1f} s: {told}")
    assert told["ok"], told
    assert told["platform"] == "windows", told
    assert len(told["pictures"]) == 7, told
    assert told["stray_windows"] == [], told

    # `_?=` makes it wait; it cannot delete the file it runs from, then.
    seconds = _call(f'"{home / "uninstall.exe"}" /S _?={home}')
    left = [path.name for path in home.rglob("*")] if home.exists() else []
    assert left in ([], ["uninstall.exe"]), left
    assert registered() is None, "the entry under Apps is still there"
    assert not shortcut().exists(), "the entry in the start menu is still there"
    print(f"uninstalled in {seconds:.1f} s")
    return 0


def shortcut() -> Path:
    start = Path(os.environ["APPDATA"]) / "Microsoft" / "Windows" / "Start Menu" / "Programs"
    return start / f"{PRODUCT}.lnk"


def registered() -> dict[str, Any] | None:
    winreg: Any = importlib.import_module("winreg")
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, ENTRY) as opened:
            count = winreg.QueryInfoKey(opened)[1]
            return {
                name: value
                for name, value, _ in (winreg.EnumValue(opened, i) for i in range(count))
            }
    except FileNotFoundError:
        return None


def _call(line: str) -> float:
    """A command line as it stands; the seconds it took."""
    began = time.monotonic()
    code = subprocess.run(line, timeout=_TIME_LIMIT, check=False).returncode
    assert code == 0, f"{line} ended with {code}"
    return time.monotonic() - began


def _output(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, timeout=_TIME_LIMIT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode("utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
