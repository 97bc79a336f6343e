"""Finds the versions of the lock anew: `python3 packaging/dev.py lock`.

uv resolves pyproject.toml for Python 3.11 to 3.14 on Windows, Linux and macOS in one go. Three
files come of it: what a run needs, what a developer needs besides, and the CUDA packages of
PyTorch's Linux build. The last are constraints: pip takes exactly those where the build of torch
that it finds asks for them, and none for a CPU build. There are no hashes, because both builds are
torch 2.13.0.
"""

from __future__ import annotations

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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "venv", with_pip=True)
        python = next((folder / "venv").glob("[bS]*/python*"))
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
        run = _resolve(python, folder, ["torch"])
        dev = _resolve(python, folder, ["torch", "dev"])
    cuda = [line for line in run if _CUDA.match(line)]
    both = {line.split("==")[0] for line in run}
    lines = [
        f"{line} ; {TORCH_MARKER}" if line.startswith("torch==") else line
        for line in run
        if line not in cuda
    ]
    _write("requirements.txt", "What the wizard runs with.", ["-c constraints-cuda.txt", *lines])
    _write(
        "requirements-dev.txt",
        "What the tests and the bench need besides.",
        ["-r requirements.txt", *(line for line in dev if line.split("==")[0] not in both)],
    )
    _write("constraints-cuda.txt", "Only where PyTorch's build for CUDA asks for them.", cuda)
    return 0


def _resolve(python: Path, folder: Path, extras: list[str]) -> list[str]:
    """The pins, a line each, sorted by name."""
    (folder / "held.txt").write_text(HELD, encoding="utf-8")
    command = [python, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--no-build"]
    command += ["--python-version", "3.11", "--no-header", "--no-annotate"]
    command += ["-c", folder / "held.txt", PACKAGING.parent / "pyproject.toml"]
    if "dev" in extras:
        (folder / "build.in").write_text(BUILD, encoding="utf-8")
        command.append(folder / "build.in")
    for extra in extras:
        command += ["--extra", extra]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line for line in output.splitlines() if "==" in line]


def _write(name: str, what: str, lines: list[str]) -> None:
    text = _HEADER.format(what=what) + "\n".join(lines) + "\n"
    (PACKAGING / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
