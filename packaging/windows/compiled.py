"""Python modules as bytecode that is the same in every build and never checked at the start."""

from __future__ import annotations

import importlib.util
import marshal
from importlib._bootstrap_external import _code_to_hash_pyc  # type: ignore[attr-defined]
from pathlib import Path


def module(source: bytes, name: str) -> bytes:
    """One module; ``name`` is what a traceback calls it.

    The hash of the source is not checked when it is loaded: there is no source beside it.
    """
    code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    # Twice through marshal: the references in the first pass depend on what else is alive.
    code = marshal.loads(marshal.dumps(code))  # noqa: S302  (our own, made a line above)
    digest = importlib.util.source_hash(source)
    return bytes(_code_to_hash_pyc(code, digest, False))


def folder(root: Path) -> None:
    """Put the bytecode in the place of every module below a folder."""
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root).as_posix()
        path.with_suffix(".pyc").write_bytes(module(path.read_bytes(), name))
        path.unlink()
