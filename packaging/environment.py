"""Makes `.venv` in the checkout with the exact packages of the committed lock."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import system_libraries
from messages import SetupError, say

CHECKOUT = Path(__file__).resolve().parents[1]
VENV = CHECKOUT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")

RUN_LOCK = CHECKOUT / "packaging" / "requirements.txt"
HASHED_LOCK = CHECKOUT / "packaging" / "requirements-hashed.txt"
DEV_LOCK = CHECKOUT / "packaging" / "requirements-dev.txt"
CUDA_LOCK = CHECKOUT / "packaging" / "constraints-cuda.txt"

_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
_STAMP = VENV / "wizard-stamp"
_UNFINISHED = VENV / "wizard-unfinished"
_PIP_LOG = VENV / "pip.log"
_LEAST_FREE_GIB = 2.0  # `.venv` with a CPU build of PyTorch is 1.5 GiB

_NETWORK_WORDS = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ConnectionReset"
    r"|ConnectionRefused|Connection broken|RemoteDisconnected|Network is unreachable|ProxyError"
    r"|name resolution|getaddrinfo|There was a problem confirming the ssl certificate"
)
_NO_SPACE_WORDS = re.compile(r"No space left on device|Errno 28|WinError 112|Errno 122")
_IN_USE_WORDS = re.compile(r"WinError (5|32)\b|Permission denied|Errno 13|Errno 30|Read-only file")
_LONG_PATH_WORDS = re.compile(r"Windows Long Path|WinError 206")
_NO_WHEEL_WORDS = re.compile(r"No matching distribution found for (\S+)")


def ensure(*, dev: bool) -> None:
    """Make the environment or bring it up to date; nothing but two short reads when it is.

    Raises:
        SetupError: it could not be done; the message says why and what helps.
    """
    wanted = _wanted(dev)
    if wanted in _finished() and PYTHON.exists():
        return
    _check_disk()
    _make_venv()
    say("Installing the packages of the lock into .venv; the first time takes some minutes.")
    try:
        _UNFINISHED.touch()
        _STAMP.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(error) from error
    install = ("install", "--only-binary", ":all:")
    # pip compares hashes for all of a file or for none, and PyTorch's differ from index to index.
    _pip(*install, "--no-deps", "--require-hashes", "-r", str(HASHED_LOCK))
    _pip(*install, "-r", str(DEV_LOCK if dev else RUN_LOCK))
    _add_project()
    _STAMP.write_text("\n".join({_wanted(False), wanted}), encoding="ascii")
    _UNFINISHED.unlink()


def _add_project() -> None:
    """Put the checkout on the environment's path and `gpu-setup-wizard` among its scripts.

    An editable install would need a build backend, and would copy the resources. The path is
    relative: the checkout may be moved, and letters such as ə do not depend on the code page in
    which Python 3.11 and 3.12 read the file.
    """
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV)}))
    here = os.path.relpath(CHECKOUT, packages)
    (packages / "gpu-setup-wizard.pth").write_text(here + "\n", encoding="ascii")
    if os.name == "nt":
        text = '@"%~dp0python.exe" -P -m wizard %*\n'
        (SCRIPTS / "gpu-setup-wizard.cmd").write_text(text, encoding="ascii")
    else:
        text = '#!/bin/sh\nexec "$(dirname "$0")/python" -P -m wizard "$@"\n'
        (SCRIPTS / "gpu-setup-wizard").write_text(text, encoding="ascii")
        (SCRIPTS / "gpu-setup-wizard").chmod(0o755)


def _wanted(dev: bool) -> str:
    """What the environment must have been made from: this Python, the lock and this program."""
    digest = hashlib.sha256(f"{_VERSION} {platform.machine()}".encode())
    for file in (RUN_LOCK, HASHED_LOCK, CUDA_LOCK, *([DEV_LOCK] if dev else []), Path(__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _finished() -> list[str]:
    try:
        return _STAMP.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []


def _check_disk() -> None:
    free_gib = shutil.disk_usage(CHECKOUT).free / 2**30
    if free_gib < _LEAST_FREE_GIB and not _finished():
        raise SetupError(
            f"The disk of {CHECKOUT} has {free_gib:.1f} GB free. The wizard's packages need "
            f"{_LEAST_FREE_GIB:.0f} GB, and about 8 GB with PyTorch's CUDA libraries on Linux.\n"
            "Free some space, or put the folder on another disk, and start this command again."
        )


def _make_venv() -> None:
    """A `.venv` of this Python that starts; a half-made one or one of another Python goes."""
    reason = _why_remake()
    if reason is None:
        return
    if VENV.exists():
        if not (VENV / "pyvenv.cfg").exists() and any(
            entry != _UNFINISHED for entry in VENV.iterdir()
        ):
            raise SetupError(
                f"{VENV} is in the way: it is not a Python environment. Move it elsewhere and "
                "start this command again."
            )
        say(f"Making .venv again: {reason}.")
        try:
            shutil.rmtree(VENV)
        except OSError as error:
            raise _unwritable(error) from error
    try:
        VENV.mkdir()
        _UNFINISHED.touch()
    except OSError as error:
        raise _unwritable(error) from error
    say("Making a Python environment in .venv.")
    if not _venv_made() and not (_venv_module_installed() and _venv_made()):
        raise SetupError(_VENV_FAILED.format(python=sys.executable, package=_venv_package()))


_VENV_FAILED = """{python} could not make an environment; its own words are above.
On Debian and Ubuntu the module lies in a package of its own:
    sudo apt install {package}
Elsewhere, install Python from https://www.python.org/downloads/ and start this command with it."""


def _venv_package() -> str:
    return f"python{_VERSION}-venv"


def _venv_made() -> bool:
    command = [sys.executable, "-m", "venv", str(VENV)]
    return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0


def _venv_module_installed() -> bool:
    """Whether a missing venv module could be installed; only tried for the system's own Python."""
    if sys.base_prefix != "/usr":
        return False
    return system_libraries.apt_install([_venv_package()])


def _why_remake() -> str | None:
    if not VENV.exists():
        return "there is none"
    if _UNFINISHED.exists():
        return "it was left half-made"
    if not PYTHON.exists():
        return "its Python is gone"
    program = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    made_for = subprocess.run(
        [str(PYTHON), "-c", program], capture_output=True, text=True, check=False
    )
    if made_for.returncode != 0:
        return "its Python does not start"
    if made_for.stdout.strip() != _VERSION:
        return f"it is of Python {made_for.stdout.strip()}, and this is Python {_VERSION}"
    return None


def _pip(*arguments: str) -> None:
    """Run pip in the environment, heard on standard error; its settings are the user's own."""
    _PIP_LOG.unlink(missing_ok=True)
    environment = dict(os.environ, PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"):
        environment.pop(name, None)
    command = [str(PYTHON), "-m", "pip", "--no-input", "--log", str(_PIP_LOG), *arguments]
    done = subprocess.run(command, stdout=sys.stderr, env=environment, cwd=CHECKOUT, check=False)
    if done.returncode != 0:
        try:
            log = _PIP_LOG.read_text(encoding="utf-8", errors="replace")
        except OSError:
            log = ""
        raise SetupError(explain_pip_failure(log))


def explain_pip_failure(log: str) -> str:
    """What stopped pip, as far as its log tells, and what helps."""
    again = "start this command again: what was downloaded is kept."
    if _NO_SPACE_WORDS.search(log):
        return (
            "The disk is full. PyTorch with its CUDA libraries needs about 8 GB, twice that while "
            f"it is being installed. Free some space and {again}"
        )
    if _LONG_PATH_WORDS.search(log):
        return (
            f"Windows allows 260 characters for a path, and {CHECKOUT} is too long a start. Move "
            "the folder somewhere short, such as C:\\wizard, and start this command again."
        )
    if "CERTIFICATE_VERIFY_FAILED" in log:
        return (
            "The package index could not be trusted: its certificate was refused. Check the date "
            "of this computer; in a company or school network, ask for its proxy's certificate."
        )
    if _NETWORK_WORDS.search(log):
        return f"The package index could not be reached. Check the internet connection and {again}"
    if _IN_USE_WORDS.search(log):
        return (
            f"A file in {VENV} could not be written. Close the wizard and every program that uses "
            f"this folder, check that the folder is yours, and {again}"
        )
    if "DO NOT MATCH THE HASHES" in log:
        return (
            "A downloaded package is not the one of the lock: it was damaged on the way, or the "
            f"package index offers another. Its name is above; {again}"
        )
    missing = _NO_WHEEL_WORDS.search(log)
    if missing:
        return (
            f"{missing[1]} is not offered ready-made for this computer ({platform.machine()}, "
            f"Python {platform.python_version()}). PyTorch is offered for 64-bit Windows, Linux "
            "(glibc 2.34 or newer, such as Debian 12) and macOS 14 on Apple silicon."
        )
    return f"pip could not install the packages; its own words are above, all of them in {_PIP_LOG}"


def _unwritable(error: OSError) -> SetupError:
    return SetupError(
        f"{VENV} could not be written ({error.strerror or error}). Put the folder where you may "
        "write, such as your home folder, and start this command again."
    )
