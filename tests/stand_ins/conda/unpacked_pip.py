"""The pip that comes with this Python, unpacked and compiled once for all that tests make.

Out of its wheel, or where PYTHONDONTWRITEBYTECODE is set, Python would compile it anew at every
start: a second of work each time.
"""

from __future__ import annotations

import atexit
import ensurepip
import functools
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# Made at once: a test has a folder for temporary files of its own, which goes with it.
_folder = Path(tempfile.mkdtemp(prefix="wizard-tests-pip-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)


@functools.cache
def unpacked_pip() -> Path:
    """A folder for ``sys.path``; it goes when this process ends."""
    for wheel in Path(ensurepip.__file__).with_name("_bundled").glob("pip-*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(_folder)
    subprocess.run([sys.executable, "-m", "compileall", "-q", _folder], check=True)
    return _folder
