"""Writing a file so that a power cut leaves the old one or the new one, never a half."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> str | None:
    """Write through a temporary file and a rename; an error comes back as its text.

    A path that is no UTF-8 has lone surrogates in it; they are written as JSON escapes them, and
    read again as the same.
    """
    # Imported late: most starts write nothing.
    import tempfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        return str(error)
    return None
