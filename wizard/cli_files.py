"""Files that a call names to be written: refused before any work where that is impossible."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from wizard.cli_parser import CallError
from wizard.files import check_document, check_folder


def writable_file(name: str) -> Path:
    """The file, which can be written.

    Raises:
        CallError: it cannot.
    """
    return _checked(name, check_document)


def writable_folder(name: str) -> Path:
    """The folder, made where it was not there, into which files can be written.

    Raises:
        CallError: they cannot.
    """
    return _checked(name, check_folder)


def _checked(name: str, check: Callable[[Path], object]) -> Path:
    if not name or "\0" in name:
        raise CallError(f"{name!r}: {os.strerror(errno.EINVAL)}")
    try:
        check(Path(name))
    except OSError as error:
        raise CallError(f"{name}: {error.strerror or error}") from None
    return Path(name)
