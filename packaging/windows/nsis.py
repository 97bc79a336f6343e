"""Compiles the installer: lists of the files, then makensis."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from messages import SetupError

SCRIPT = Path(__file__).resolve().parent / "installer" / "setup.nsi"


SIGN = "WIZARD_SIGN"
"""A variable with a command that signs the file behind it; without it nothing is signed."""


def sign(*paths: Path) -> None:
    """Sign programs where there is something to sign with.

    Raises:
        SetupError: there is, and it could not.
    """
    command = shlex.split(os.environ.get(SIGN, ""))
    for path in paths if command else ():
        done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SetupError(f"{path.name} could not be signed:\n{done.stderr[-2000:]}")


def make(tree: Path, build: Path, out: Path, *, version: str, fast: bool) -> None:
    """The installer of a folder; ``fast`` leaves out the compression.

    Raises:
        SetupError: makensis said no; its own words are in the message.
    """
    lists = build / "lists"
    lists.mkdir(parents=True, exist_ok=True)
    (lists / "files.nsh").write_text(_install_lines(tree), encoding="utf-8", newline="\n")
    (lists / "files-away.nsh").write_text(_remove_lines(tree), encoding="utf-8", newline="\n")
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file())
    numbers = [part for part in version.split(".") if part.isdigit()]
    values = {
        "VERSION": version,
        "NUMBERS": ".".join([*numbers, "0", "0", "0", "0"][:4]),
        "PICTURES": str(build / "pictures"),
        "LISTS": str(lists),
        "OUT": str(out.resolve()),
        "KILOBYTES": str(size // 1024),
    }
    if fast:
        values["FAST"] = "1"
    if signer := os.environ.get(SIGN):
        values["SIGN"] = signer
    command = ["makensis", "-V2", "-WX", "-INPUTCHARSET", "UTF8", "-NOCD"]
    command += [f"-D{name}={value}" for name, value in values.items()]
    done = subprocess.run(
        [*command, str(SCRIPT)], capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        raise SetupError(f"makensis failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


def _install_lines(tree: Path) -> str:
    lines: list[str] = []
    for folder in sorted([tree, *(path for path in tree.rglob("*") if path.is_dir())]):
        files = sorted(path for path in folder.iterdir() if path.is_file())
        if files:
            lines.append(f'SetOutPath "{_installed(folder, tree)}"')
            lines += [f'File "{path}"' for path in files]
    return "\n".join(lines) + "\n"


def _remove_lines(tree: Path) -> str:
    """By name, never a whole folder: whatever somebody put beside the program is theirs."""
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    folders = sorted((path for path in tree.rglob("*") if path.is_dir()), reverse=True)
    lines = [f'Delete "{_installed(path, tree)}"' for path in files]
    lines += [f'RMDir "{_installed(path, tree)}"' for path in folders]
    return "\n".join(lines) + "\n"


def _installed(path: Path, tree: Path) -> str:
    inside = path.relative_to(tree).as_posix().replace("/", "\\").replace("$", "$$")
    return "$INSTDIR" if inside == "." else f"$INSTDIR\\{inside}"
