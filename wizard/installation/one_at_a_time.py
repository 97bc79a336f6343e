"""One installation at a time: a lock that the system takes back when its process ends, however."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

from wizard.paths import user_data_folder

FILE_NAME = "installation.lock"


def lock_path() -> Path:
    return user_data_folder() / FILE_NAME


@contextlib.contextmanager
def only_one() -> Iterator[bool]:
    """Whether no other wizard of this user is installing, and none begins until the end of this.

    The journal tells of another one too, but two that begin at once both find none there. Where no
    file can be made, as on a drive that is read-only, the journal has to do.
    """
    path = lock_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        yield True
        return
    ours = False
    try:
        ours = _lock(handle) and _is_still(path, handle)
        yield ours
    finally:
        if sys.platform == "win32":  # an open file cannot be deleted there
            os.close(handle)
        if ours:
            with contextlib.suppress(OSError):
                path.unlink()
        if sys.platform != "win32":
            os.close(handle)


def _lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a drive that knows no locks
        return True
    return True


def _is_still(path: Path, handle: int) -> bool:
    """Whether the file is the one of that name: another wizard may have just deleted its own."""
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(handle), path.stat())
    return False
