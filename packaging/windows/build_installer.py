"""Builds the Windows installer: `python3 packaging/dev.py installer`.

    wheels of the lock, a Windows CPython, the wizard's wheel
      → a folder with everything → the installer, the portable ZIP, the SBOM

Runs in the developer's environment (Qt draws the pictures). The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

WINDOWS = Path(__file__).resolve().parent
sys.path.insert(0, str(WINDOWS.parent))  # messages, system_libraries

import archive  # noqa: E402  (after the path)
import cpython  # noqa: E402  (after the path)
import downloads  # noqa: E402  (after the path)
import launcher  # noqa: E402  (after the path)
import nsis  # noqa: E402  (after the path)
import pictures  # noqa: E402  (after the path)
import sbom  # noqa: E402  (after the path)
import system_libraries  # noqa: E402  (after the path)
import tree  # noqa: E402  (after the path)
from messages import SetupError, say  # noqa: E402  (after the path)

from wizard.build_info import FACTS_ADDRESS, FACTS_KEY  # noqa: E402  (after the path)
from wizard.catalog.signed import public_key  # noqa: E402  (after the path)

CHECKOUT = WINDOWS.parents[1]
BUILD = CHECKOUT / "build" / "windows"
DIST = CHECKOUT / "dist"

TOOLS = {
    "makensis": "nsis",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32",
    "x86_64-w64-mingw32-windres": "binutils-mingw-w64-x86-64",
}


def main(arguments: list[str]) -> int:
    try:
        build(options(arguments))
    except SetupError as error:
        say(f"\n{error}")
        return 3
    return 0


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="dev.py installer", description="Build the Windows installer."
    )
    parser.add_argument(
        "--python-embed", type=Path, metavar="ZIP", help="python.org's embeddable archive"
    )
    parser.add_argument("--fast", action="store_true", help="no compression: for tests only")
    parser.add_argument("--portable", action="store_true", help="also make the portable ZIP")
    parser.add_argument("--out", type=Path, default=DIST, metavar="FOLDER", help="(dist)")
    parser.add_argument("--version", default=None, help="another number, to try an update")
    parser.add_argument("--facts-url", metavar="URL", help="where newer facts are, with https")
    parser.add_argument(
        "--facts-key", metavar="BASE64", help="what they are signed for (dev.py catalog key)"
    )
    asked = parser.parse_args(arguments)
    facts_source(asked)
    return asked


def facts_source(asked: argparse.Namespace) -> dict[str, str]:
    """Where the program takes newer facts from; empty: it says nothing of updating.

    Raises:
        SetupError: one is given without the other, or is none.
    """
    if not asked.facts_url and not asked.facts_key:
        return {}
    if not (asked.facts_url or "").startswith("https://"):
        raise SetupError("--facts-url has to be an address that begins with https://.")
    try:
        public_key(asked.facts_key or "")
    except ValueError as error:
        raise SetupError(f"--facts-key is no public key: {error}.") from error
    return {FACTS_ADDRESS: asked.facts_url, FACTS_KEY: asked.facts_key}


def build(asked: argparse.Namespace) -> Path:
    """Everything; returns the installer."""
    _find_tools()
    began = time.monotonic()

    def told(what: str) -> None:
        say(f"{time.monotonic() - began:6.1f} s   {what}")

    downloads.add_tools(BUILD / "tools")
    wheels = downloads.fetch_wheels(BUILD / "wheels")
    told(f"{len(wheels)} wheels of the lock")
    if asked.python_embed is not None:
        runtime = cpython.from_embeddable(asked.python_embed)
    else:
        runtime = cpython.from_wheel(BUILD / "runtime")
    told(f"Windows CPython {runtime.version}, {runtime.source}")
    project = downloads.build_project_wheel(BUILD / "project")
    pictures.draw_all(BUILD / "pictures")
    archive.set_times(BUILD / "pictures")
    told(f"the wizard's wheel {project.version}, its icon and pictures")
    root = BUILD / "tree"
    icon = BUILD / "pictures" / "app.ico"
    tree.build(root, BUILD / "launcher", runtime, wheels, project, icon, facts_source(asked))
    nsis.sign(root / launcher.WINDOW_PROGRAM, root / launcher.CONSOLE_PROGRAM)
    version = asked.version or project.version
    sbom_text = sbom.document(project, wheels, runtime)
    (root / "sbom.cdx.json").write_text(sbom_text, encoding="utf-8", newline="\n")
    archive.set_times(root)
    files = [path for path in root.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    told(f"the folder: {len(files)} files, {size / 1e6:.1f} MB")

    asked.out.mkdir(parents=True, exist_ok=True)
    name = f"GPU-Setup-Wizard-{version}"
    (asked.out / f"{name}-sbom.cdx.json").write_text(sbom_text, encoding="utf-8", newline="\n")
    made = [asked.out / f"{name}-setup.exe"]
    nsis.make(root, BUILD, made[0], version=version, fast=asked.fast)
    told(f"{made[0].name}: {made[0].stat().st_size / 1e6:.1f} MB")
    if asked.portable:
        made.append(asked.out / f"{name}-portable.zip")
        archive.portable(root, made[1], f"GPU Setup Wizard {version}")
        told(f"{made[1].name}: {made[1].stat().st_size / 1e6:.1f} MB")
    sums = "".join(f"{downloads.sha256(path)}  {path.name}\n" for path in made)
    (asked.out / "SHA256SUMS.txt").write_text(sums, encoding="ascii", newline="\n")
    say(sums.strip())
    return made[0]


def _find_tools() -> None:
    """The compiler and the installer's compiler; on Debian as root they are installed."""
    missing = {tool: package for tool, package in TOOLS.items() if shutil.which(tool) is None}
    if missing:
        system_libraries.apt_install(sorted(set(missing.values())))
        missing = {tool: package for tool, package in missing.items() if not shutil.which(tool)}
    if missing:
        raise downloads.NotHereError(
            f"The Windows installer is built with {', '.join(missing)}. On Debian and Ubuntu:\n"
            f"    sudo apt-get install {' '.join(sorted(set(missing.values())))}"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
