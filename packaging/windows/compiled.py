"""Python modules as bytecode that is the same in every build and never checked at the start."""

from __future__ import annotations

import importlib.util
import marshal
from importlib._bootstrap_external import _code_to_hash_pyc  # type: ignore[attr-defined]
from pathlib import Path

_PYC_HEADER = 16


def module(source: bytes, name: str) -> bytes:
    """One module; ``name`` is what a traceback calls it.

    The hash of the source is not checked when it is loaded: there is no source beside it.
    """
    code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    # Twice through marshal: the references in the first pass depend on what else is alive.
    code = marshal.loads(marshal.dumps(code))  # noqa: S302  (our own, made a line above)
    digest = importlib.util.source_hash(source)
    return bytes(_code_to_hash_pyc(code, digest, False))


def bundle(root: Path, package: str, left_out: str) -> bytes:
    """A package's modules in one piece: name to (whether a package, bytecode).

    They are taken out of the folder; those below ``left_out`` stay there as they are.
    """
    modules: dict[str, tuple[bool, bytes]] = {}
    for path in sorted((root / package).rglob("*.py")):
        inside = path.relative_to(root)
        if inside.as_posix().startswith(left_out + "/"):
            continue
        is_package = path.name == "__init__.py"
        parts = inside.parent.parts if is_package else inside.with_suffix("").parts
        pyc = module(path.read_bytes(), inside.as_posix())
        modules[".".join(parts)] = (is_package, pyc[_PYC_HEADER:])
        path.unlink()
    # One code after the other, so that nothing is shared between them.
    return marshal.dumps(modules, 2)


def folder(root: Path, left_out: str) -> None:
    """Put the bytecode in the place of every module below a folder, but not below ``left_out``."""
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name.startswith(left_out + "/"):
            continue
        path.with_suffix(".pyc").write_bytes(module(path.read_bytes(), name))
        path.unlink()
