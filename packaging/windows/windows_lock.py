"""Finds the Windows packages of the installer anew: `python3 packaging/dev.py lock`.

uv resolves the runtime dependencies of pyproject.toml as Windows itself would (pip judges markers
for the system it runs on), once for each Python that may be built in, in the versions of the
general lock. What they agree on stands once; where they differ, a marker says which Python gets
which version. Every line has the hashes of its files, and there is no PyTorch: that belongs to the
user's environments.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

WINDOWS = Path(__file__).resolve().parent
PROJECT = WINDOWS.parents[1] / "pyproject.toml"
LOCK = WINDOWS / "requirements.txt"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

_PLATFORM = "x86_64-pc-windows-msvc"
_HEADER = """\
# What the Windows installer carries, resolved for 64-bit Windows.
# Made by `python3 packaging/dev.py lock`, never by hand.
"""
_NAME = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "held.txt").write_text(_general_lock(), encoding="utf-8")
        venv.create(folder / "venv", with_pip=True)
        python = next((folder / "venv").glob("[bS]*/python*"))
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
        pins = {version: _resolve(python, folder / "held.txt", version) for version in PYTHONS}
    LOCK.write_text(_HEADER + merged(pins), encoding="utf-8", newline="\n")
    return 0


def _general_lock() -> str:
    """What developers and other systems run with: the installer is not to be something else."""
    text = (WINDOWS.parent / "requirements.txt").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if _NAME.match(line)) + "\n"


def _resolve(python: Path, held: Path, version: str) -> dict[str, str]:
    """The pinned packages for one Python: name to the whole entry, hashes included."""
    command = [python, "-m", "uv", "pip", "compile", "--quiet", "--no-build", "--no-header"]
    command += ["--python-platform", _PLATFORM, "--python-version", version, "--generate-hashes"]
    command += ["--no-annotate", "-c", held, PROJECT]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    entries = re.split(r"\n(?=[a-z0-9])", output.strip())
    return {entry.split("==")[0]: entry for entry in entries}


def merged(pins: dict[str, dict[str, str]]) -> str:
    """One list for all Pythons; ``pins`` has the entries of each, by its version."""
    lines: list[str] = []
    for name in sorted({name for entries in pins.values() for name in entries}):
        having: dict[str, list[str]] = {}
        for version, entries in pins.items():
            if name in entries:
                having.setdefault(entries[name], []).append(version)
        for entry, versions in having.items():
            if len(versions) == len(pins):
                lines.append(entry)
                continue
            marker = " or ".join(f"python_version == '{version}'" for version in versions)
            lines.append(_NAME.sub(rf"\1==\2 ; {marker}", entry, count=1))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
