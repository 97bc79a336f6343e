"""The folder that is installed: the launcher, CPython, the packages, the wizard.

Binary files are kept by what is really imported, starting from the modules that the wizard uses;
of modules in Python, only what is no part of a running program is left out.
"""

from __future__ import annotations

import ast
import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import closure
import compiled
import cpython
import downloads
import launcher
from messages import SetupError

WINDOWS = Path(__file__).resolve().parent
CHECKOUT = WINDOWS.parents[1]

#: Modules of Qt that are loaded: the wizard's own, and those that pyqtgraph always imports.
QT_MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtOpenGL", "QtOpenGLWidgets")
#: Plugins are found by their folder, not by an import.
QT_PLUGINS = (
    "platforms/qwindows.dll",
    "styles/qmodernwindowsstyle.dll",
    "imageformats/qico.dll",
    "imageformats/qsvg.dll",
    "imageformats/qjpeg.dll",
    "iconengines/qsvgicon.dll",
)
#: The C runtime has its place beside the program, once.
_C_RUNTIME = (
    "vcruntime140.dll",
    "vcruntime140_1.dll",
    "msvcp140.dll",
    "msvcp140_1.dll",
    "msvcp140_2.dll",
)
#: Folders of packages that no running program reads.
_LEFT_OUT = (
    "cffi",  # PyNaCl is compiled: it needs _cffi_backend alone
    "pycparser",
    "numpy/f2py",
    "numpy/_core/include",
    "numpy/_core/lib",
    "numpy/_pyinstaller",
    "numpy/doc",
    "pyqtgraph/examples",
    "pyqtgraph/opengl",
    "pyqtgraph/jupyter",
    "PySide6/qml",
    "PySide6/doc",
    "PySide6/include",
    "PySide6/glue",
    "PySide6/typesystems",
    "PySide6/metatypes",
    "PySide6/scripts",
    "PySide6/QtAsyncio",
    "PySide6/resources",
    "PySide6/translations",
    "PySide6/support",
    "shiboken6/include",
)
_NO_USE = (
    ".pyi",
    ".lib",
    ".exe",
    ".h",
    ".pxd",
    ".pyx",
    ".typed",
    ".c",
    ".a",
    ".def",
    ".po",
    ".pot",
)

_BUILD_INFO = "build-info.json"


def build(
    root: Path,
    work: Path,
    runtime: cpython.Runtime,
    wheels: Iterable[downloads.Wheel],
    project: downloads.Wheel,
    icon: Path,
    told: Mapping[str, str],
) -> None:
    """Make the whole folder anew; ``told`` is what `wizard.build_info` is to know besides.

    Raises:
        SetupError: something that is imported would be missing on the user's computer.
    """
    shutil.rmtree(root, ignore_errors=True)
    packages = root / "Lib" / "site-packages"
    packages.mkdir(parents=True)
    for wheel in (*wheels, project):
        downloads.unpack(wheel, packages)
    _check_qt_modules(packages / "wizard", packages / "pyqtgraph")
    _move_c_runtime(packages, root)
    for folder in _LEFT_OUT:
        shutil.rmtree(packages / folder, ignore_errors=True)
    for folder in [*packages.rglob("tests"), *packages.rglob("__pycache__")]:
        shutil.rmtree(folder, ignore_errors=True)
    for path in packages.rglob("*"):
        if path.is_file() and path.name.endswith(_NO_USE):
            path.unlink()
    _move_licences(packages, root / "licences")
    shutil.copy(WINDOWS / "payload" / "wizard_start.py", packages)
    _add_runtime(root, work, runtime)
    _keep_what_is_imported(root, packages)
    # What runs in the user's environments is for other Pythons, 3.8 and newer.
    bundle = compiled.bundle(packages, "wizard", left_out="wizard/target")
    (packages / "wizard.bundle").write_bytes(bundle)
    compiled.folder(packages, left_out="wizard/target")
    launcher.build(root, work, icon, project.version, runtime.tag)
    info = {
        "version": project.version,
        "python": runtime.version,
        "runtime": runtime.source,
        "runtime_sha256": runtime.sha256,
        **told,
    }
    text = json.dumps(info, indent=1, ensure_ascii=True) + "\n"
    (root / _BUILD_INFO).write_text(text, encoding="ascii", newline="\n")
    _remove_empty_folders(root)
    if missing := closure.missing(root):
        names = "\n".join(f"    {name}: {', '.join(users[:3])}" for name, users in missing.items())
        raise SetupError(
            "These libraries are imported, but neither carried along nor known to be part of "
            f"Windows 10 1903 ({closure.SYSTEM_LIST.name}):\n{names}"
        )


def _add_runtime(root: Path, work: Path, runtime: cpython.Runtime) -> None:
    for name, data in runtime.files.items():
        if name == "LICENSE.txt":
            (root / "licences").mkdir(exist_ok=True)
            (root / "licences" / "Python.txt").write_bytes(data)
        elif name.lower() not in _C_RUNTIME:
            (root / name).write_bytes(data)
    if not (root / "python3.dll").exists():
        forwarders = launcher.build_stable_abi(root / f"python{runtime.tag}.dll", work)
        (root / "python3.dll").write_bytes(forwarders)
    library = f"python{runtime.tag}.zip"
    (root / library).write_bytes(_stored(runtime.library))
    # Nothing of the computer's other Pythons gets in: no variables, no user's packages.
    path = f"{library}\r\n.\r\nLib\\site-packages\r\n"
    (root / f"python{runtime.tag}._pth").write_bytes(path.encode("ascii"))


def _stored(files: dict[str, bytes]) -> bytes:
    """A ZIP without compression: the installer packs it better, and it is read faster."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), files[name])
    return data.getvalue()


def _check_qt_modules(*folders: Path) -> None:
    """Every module of Qt that the wizard names has to be among those that are carried."""
    named: set[str] = set()
    for path in folders[0].rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "PySide6":
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6."):
                named.add((node.module or "").split(".")[1])
    if unknown := named - set(QT_MODULES):
        raise SetupError(
            f"The wizard imports {', '.join(sorted(unknown))} of Qt, which the installer does not "
            f"carry: add it to QT_MODULES in {Path(__file__).name}."
        )


def _move_c_runtime(packages: Path, root: Path) -> None:
    for name in _C_RUNTIME:
        shutil.move(packages / "PySide6" / name, root / name)
        (packages / "shiboken6" / name).unlink(missing_ok=True)


def _keep_what_is_imported(root: Path, packages: Path) -> None:
    """Of the libraries in Qt's folders keep those that something leads to."""
    qt = packages / "PySide6"
    roots = [qt / f"{name}.pyd" for name in QT_MODULES]
    roots += [qt / "plugins" / name for name in QT_PLUGINS]
    # Other packages are small: all of their modules stay, and lead to their own libraries.
    roots += [
        path
        for path in root.rglob("*")
        if closure.is_program(path) and qt not in path.parents and path.suffix != ".dll"
    ]
    roots += list(root.glob("python3*.dll"))
    absent = [path.name for path in roots if not path.exists()]
    if absent:
        raise SetupError(f"The wheels do not have what is wanted: {', '.join(absent)}")
    libraries = {path.name.lower(): path for path in root.rglob("*.dll")}
    libraries |= {path.name.lower(): path for path in root.rglob("*.pyd")}
    kept = closure.needed(roots, libraries)
    for path in root.rglob("*"):
        if closure.is_program(path) and path not in kept:
            path.unlink()


def _move_licences(packages: Path, target: Path) -> None:
    """Every package's own licence texts, and those that belong to the whole, in one folder."""
    target.mkdir(exist_ok=True)
    for info in sorted(packages.glob("*.dist-info")):
        name = info.name.split("-")[0]
        for path in sorted(info.rglob("*")):
            inside = path.relative_to(info).as_posix()
            word = path.name.upper().startswith(("LICEN", "COPYING", "NOTICE"))
            if path.is_file() and word:
                flat = inside.removeprefix("licenses/").replace("/", "-")
                shutil.copy(path, target / f"{name}-{flat}")
        # What is installed stays readable for tools that make an inventory of a computer.
        for path in sorted(info.rglob("*"), reverse=True):
            if path.is_file() and path.name != "METADATA":
                path.unlink()
    for path in sorted((WINDOWS / "licences").iterdir()):
        shutil.copy(path, target / path.name)
    shutil.copy(CHECKOUT / "LICENSE", target / "GPU-Setup-Wizard.txt")


def _remove_empty_folders(root: Path) -> None:
    for folder, _folders, _files in os.walk(root, topdown=False):
        if not any(Path(folder).iterdir()):
            Path(folder).rmdir()
