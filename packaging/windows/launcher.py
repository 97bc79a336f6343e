"""Compiles the small programs that start the wizard, and `python3.dll` where it is missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import closure
from messages import SetupError

SOURCES = Path(__file__).resolve().parent / "launcher"
COMPILER = "x86_64-w64-mingw32-gcc"
RESOURCES = "x86_64-w64-mingw32-windres"
RUNNING_NAME = "Local\\GPUSetupWizardIsOpen"
"""The installer asks Windows for this name; `installer/setup.nsi` has it too."""

WINDOW_PROGRAM = "gpu-setup-wizard.exe"
CONSOLE_PROGRAM = "gpu-setup-wizard-cli.exe"

# Nothing of the day or of this computer may get into the file.
_SAME_BYTES = ["-Wl,--no-insert-timestamp", "-Wl,--build-id=none", "-s"]
_SAFE = ["-Wl,--dynamicbase", "-Wl,--nxcompat", "-Wl,--high-entropy-va"]


def build(tree: Path, work: Path, icon: Path, version: str, tag: str) -> None:
    """Both programs into the tree, and for the tests a plain interpreter into `work`."""
    work.mkdir(parents=True, exist_ok=True)
    shutil.copy(icon, work / "app.ico")
    _program(tree / WINDOW_PROGRAM, work, version, tag, ["-DWINDOWED", "-mwindows"])
    _program(tree / CONSOLE_PROGRAM, work, version, tag, ["-mconsole"])
    _program(work / "python.exe", work, version, tag, ["-DPLAIN", "-mconsole"])


def _program(out: Path, work: Path, version: str, tag: str, flags: list[str]) -> None:
    numbers = ",".join([*(part for part in version.split(".") if part.isdigit()), "0", "0", "0"])
    resource = work / f"{out.stem}.res.o"
    header = work / "version.h"
    header.write_text(
        f"#define VERSION_NUMBERS {','.join(numbers.split(',')[:4])}\n"
        f'#define VERSION_TEXT "{version}"\n#define FILE_NAME "{out.name}"\n',
        encoding="ascii",
    )
    script = work / f"{out.stem}.rc"
    source = (SOURCES / "launcher.rc").read_text(encoding="utf-8")
    script.write_text('#include "version.h"\n' + source, encoding="utf-8")
    # One include for each folder, relative: windres has no way with spaces in a path.
    for name in ("words.h", "launcher.manifest"):
        shutil.copy(SOURCES / name, work / name)
    _call([RESOURCES, script.name, "-O", "coff", "-o", resource.name], work)
    shutil.copy(SOURCES / "launcher.c", work / "launcher.c")
    defines = [
        f'-DPYTHON_DLL=L"python{tag}.dll"',
        '-DRUNNING_NAME=L"' + RUNNING_NAME.replace("\\", "\\\\") + '"',
    ]
    command = [COMPILER, "-Os", "-municode", "-Wall", "-Wextra", "-Werror", *defines, *flags]
    command += ["launcher.c", resource.name, "-o", str(out.resolve()), *_SAFE, *_SAME_BYTES]
    _call(command, work)


def build_stable_abi(library: Path, work: Path) -> bytes:
    """`python3.dll`: everything it exports is forwarded to the DLL of the version."""
    work.mkdir(parents=True, exist_ok=True)
    target = library.stem
    lines = [f"  {name} = {target}.{name}" for name in closure.exports(library)]
    definition = work / "python3.def"
    text = "LIBRARY python3.dll\nEXPORTS\n" + "\n".join(lines) + "\n"
    definition.write_text(text, encoding="ascii")
    out = work / "python3.dll"
    flags = ["-shared", "-nostdlib", "-Wl,--entry=0", *_SAFE, *_SAME_BYTES]
    _call([COMPILER, *flags, definition.name, "-o", out.name], work)
    return out.read_bytes()


def _call(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetupError(f"{command[0]} failed:\n{done.stderr}")
