"""Finds the versions of the lock anew: `python3 packaging/dev.py lock`.

uv resolves pyproject.toml for Python 3.11 to 3.14 on Windows, Linux and macOS in one go. Four
files come of it: what a run needs, the same with hashes, what a developer needs besides, and the
CUDA packages of PyTorch's Linux build. The last are constraints: pip takes exactly those where the
build of torch that it finds asks for them, and none for a CPU build. Both builds are torch 2.13.0,
so PyTorch alone has no hashes; every other wheel of a run is the same everywhere.

`--keep` takes the versions of the lock that is there, for all that is still asked for.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PACKAGING = Path(__file__).resolve().parent

#: Versions that are known good; a newer one is taken by editing this line.
HELD = "PySide6-Essentials==6.11.2\n"
#: The build backend, for the test that builds the wheel; pyproject.toml asks for the same.
BUILD = "hatchling>=1.27\n"
#: PyTorch is not offered for Macs with an Intel processor nor for Windows on ARM.
TORCH_MARKER = (
    "(sys_platform != 'darwin' or platform_machine == 'arm64')"
    " and (sys_platform != 'win32' or platform_machine == 'AMD64')"
)
_CUDA = re.compile(r"(cuda-|triton|nvidia-(?!ml-py))")
_HEADER = "# {what}\n# Made by `python3 packaging/dev.py lock`, never by hand.\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py lock")
    parser.add_argument("--keep", action="store_true", help="add and drop, but change no version")
    keep = parser.parse_args().keep
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "held.txt").write_text(HELD + (_present() if keep else ""), encoding="utf-8")
        venv.create(folder / "venv", with_pip=True)
        python = next((folder / "venv").glob("[bS]*/python*"))
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
        hashed = _resolve(python, folder, ["torch"], "--generate-hashes")
        dev = _resolve(python, folder, ["torch", "dev"])
    run = [entry.split(" \\\n")[0].rstrip() for entry in hashed]
    cuda = [line for line in run if _CUDA.match(line)]
    both = {line.split("==")[0] for line in run}
    lines = [
        f"{line} ; {TORCH_MARKER}" if line.startswith("torch==") else line
        for line in run
        if line not in cuda
    ]
    _write("requirements.txt", "What the wizard runs with.", ["-c constraints-cuda.txt", *lines])
    _write(
        "requirements-hashed.txt",
        "The same without PyTorch, with the SHA-256 of every file that may be taken for it.",
        [entry for entry in hashed if not (_CUDA.match(entry) or entry.startswith("torch=="))],
    )
    _write(
        "requirements-dev.txt",
        "What the tests and the bench need besides.",
        ["-r requirements.txt", *(line for line in dev if line.split("==")[0] not in both)],
    )
    _write("constraints-cuda.txt", "Only where PyTorch's build for CUDA asks for them.", cuda)
    return 0


def _present() -> str:
    """The pins of the lock that is there."""
    names = ("requirements.txt", "requirements-dev.txt", "constraints-cuda.txt")
    text = "".join((PACKAGING / name).read_text(encoding="utf-8") for name in names)
    return "".join(line + "\n" for line in text.splitlines() if re.match(r"[a-z0-9.-]+==", line))


def _resolve(python: Path, folder: Path, extras: list[str], *options: str) -> list[str]:
    """The pins, an entry each, sorted by name; with hashes, an entry has several lines."""
    command = [python, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--no-build"]
    command += ["--python-version", "3.11", "--no-header", "--no-annotate", *options]
    command += ["-c", folder / "held.txt", PACKAGING.parent / "pyproject.toml"]
    if "dev" in extras:
        (folder / "build.in").write_text(BUILD, encoding="utf-8")
        command.append(folder / "build.in")
    for extra in extras:
        command += ["--extra", extra]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [entry for entry in re.split(r"\n(?=\S)", output.rstrip()) if "==" in entry]


def _write(name: str, what: str, lines: list[str]) -> None:
    text = _HEADER.format(what=what) + "\n".join(lines) + "\n"
    (PACKAGING / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
