"""Files of the program's own and of the user's: read within bounds, written whole."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

_PRIVATE, _PRIVATE_FOLDER, _AS_ANY_FILE = 0o600, 0o700, 0o666


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of a file, of ``most`` at the most.

    Raises:
        OSError: it cannot be read, is larger, or is none: a pipe never ends, a device is endless.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return data


def private_folder(path: Path) -> None:
    """Make a folder that only its owner can look into, also where it is there already.

    Raises:
        OSError: it cannot be made.
    """
    path.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # somebody else's, or on a drive without such rights
        path.chmod(_PRIVATE_FOLDER)


def private_opener(name: str, flags: int) -> int:
    """For `open`: a file that only its owner can read."""
    return os.open(name, flags, _PRIVATE)


def write_private(path: Path, text: str) -> str | None:
    """`write_whole` into a `private_folder`."""
    try:
        private_folder(path.parent)
    except OSError as error:
        return str(error)
    return write_whole(path, text)


def write_whole(path: Path, text: str) -> str | None:
    """Write a file of the program's own; an error comes back as its text.

    A path that is no UTF-8 has lone surrogates in it; they are written as JSON escapes them, and
    read again as the same.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text, _PRIVATE)
    except OSError as error:
        return str(error)
    return None


def write_document(path: Path, text: str) -> None:
    """Write a file that the user asked for, through a link as well, into a folder that is there.

    Raises:
        OSError: it cannot be written; names the file.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():  # a folder says so; a pipe just takes it
            target.write_text(text, "utf-8", "backslashreplace")
        else:
            _replace(target, text, _AS_ANY_FILE)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def check_document(path: Path) -> None:
    """See whether `write_document` could write a file; nothing is changed.

    Raises:
        OSError: it cannot be written; names the file.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if not target.exists() or target.is_file():
            _try_folder(target.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def check_folder(path: Path) -> None:
    """Make a folder for files, where it is not there, and see whether it takes any.

    Raises:
        OSError: it cannot be made or written to; names the folder.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        _try_folder(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def _try_folder(folder: Path) -> None:
    """By a file that is gone at once: what a drive says of itself is not always true."""
    trial = folder / f".trial-{os.urandom(4).hex()}"
    with trial.open("x"):
        pass
    trial.unlink()


def _replace(path: Path, text: str, mode: int) -> None:
    """Through a temporary file and a rename: a power cut leaves the old one or the new one."""
    temporary = path.with_name(f".{path.stem[:32]}-{os.urandom(4).hex()}")
    try:
        with open(
            temporary,
            "x",
            encoding="utf-8",
            errors="backslashreplace",
            opener=lambda name, flags: os.open(name, flags, mode),
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if mode == _AS_ANY_FILE and path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
