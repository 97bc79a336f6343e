"""Times of files and the portable ZIP; the same folder gives the same bytes."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

#: 2026-01-01, unless the builder says otherwise: the day of the build is nobody's input.
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "1767225600"))
_ZIP_TIME = (2026, 1, 1, 0, 0, 0)


def set_times(root: Path) -> None:
    """The installer keeps the files' times; they are all the same."""
    for path in [*root.rglob("*"), root]:
        os.utime(path, (EPOCH, EPOCH))


def portable(root: Path, out: Path, top: str) -> None:
    """The folder as a ZIP that is unpacked and started, under one folder of its own."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(f"{top}/{path.relative_to(root).as_posix()}", _ZIP_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
