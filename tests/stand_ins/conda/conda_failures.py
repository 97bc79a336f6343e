"""How conda fails: its own words for each cause, recorded where a recording exists."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).resolve().parents[2] / "recordings" / "conda"

#: These stop the solver; the others can come at any stage.
RECORDED = {
    "package_missing": "install-package-missing.json",
    "unsatisfiable": "install-unsatisfiable.json",
    "no_cuda_driver": "create-no-cuda-driver.json",
    "offline": "install-offline.json",
}


@dataclass
class FailureError(Exception):
    """What conda prints, as JSON and as text, before it ends with 1."""

    name: str
    message: str
    more: dict[str, Any] = field(default_factory=dict[str, Any])
    before: str = ""
    """On standard error before the message, in plain mode."""
    exit_code: int = 1
    bare: bool = False
    """An error of Python's own, which conda shows without its name."""

    @property
    def text(self) -> str:
        shown = self.message if self.bare else f"{self.name}: {self.message}"
        return f"{self.before}\n{shown}\n\n"

    @property
    def document(self) -> dict[str, Any]:
        data = {
            "caused_by": "None",
            "error": f"{self.name}: {self.message}",
            "exception_name": self.name,
            "exception_type": f"<class 'conda.exceptions.{self.name}'>",
            "message": self.message,
        }
        return data | self.more


def recorded(cause: str) -> FailureError:
    data = json.loads((RECORDINGS / RECORDED[cause]).read_text("utf-8"))
    before = ""
    if cause == "offline":
        before = (RECORDINGS / "install-offline.stderr.txt").read_text("utf-8")
        before = before[: before.index("\nCondaHTTPError")]
    return FailureError(data["exception_name"], data["message"], data, before)


def missing(spec: str) -> FailureError:
    """The recording, with another package's name."""
    failure = recorded("package_missing")
    more = json.loads(json.dumps(failure.more).replace("pytorch-cuda=99", spec))
    return FailureError(failure.name, more["message"], more)


def not_an_environment(prefix: Path) -> FailureError:
    message = f"Not a conda environment: {prefix}"
    return FailureError("EnvironmentLocationNotFound", message, {"location": str(prefix)})


def not_writable(prefix: Path) -> FailureError:
    message = (
        "The current user does not have write permissions to the target environment.\n"
        f"  environment location: {prefix}\n  uid: {os.geteuid()}\n  gid: {os.getegid()}\n"
    )
    more = {"environment_location": str(prefix)}
    return FailureError("EnvironmentNotWritableError", message, more)


def make(  # noqa: C901  (one case for each cause)
    cause: str, stage: str, prefix: Path, file: Path, package: str
) -> FailureError:
    """The failure of a cause while ``package``, downloaded to ``file``, is handled at a stage."""
    if cause in RECORDED:
        return recorded(cause)
    linking = (
        "ERROR conda.core.link:_execute(1070): An error occurred while installing package "
        f"'conda-forge/linux-64::{package}'.\n"
        if stage == "linking"
        else ""
    )
    url = f"https://conda.anaconda.org/conda-forge/linux-64/{file.name}"
    match cause:
        case "tos":
            return terms_of_service()
        case "disk_full" if stage == "downloading":
            # conda's download says the number only.
            message = f"Failed to write to {file}.partial\n  errno: 28"
            return FailureError("CondaError", message)
        case "disk_full":
            return _system("[Errno 28] No space left on device", linking)
        case "no_permission" if stage == "solving":
            return not_writable(prefix)
        case "no_permission":
            return _system(f"[Errno 13] Permission denied: '{prefix}/bin/python'", linking)
        case "file_locked":
            path = f"{prefix}\\Lib\\site-packages\\torch\\lib\\torch_cuda.dll"
            return _system(
                "[WinError 32] The process cannot access the file because it is being used by "
                f"another process: {path!r}",
                linking,
            )
        case "ssl":
            message = (
                "Encountered an SSL error. Most likely a certificate verification issue.\n\n"
                "Exception: HTTPSConnectionPool(host='conda.anaconda.org', port=443): Max retries "
                "exceeded with url: /conda-forge/linux-64/current_repodata.json.zst (Caused by "
                "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] "
                "certificate verify failed: unable to get local issuer certificate "
                "(_ssl.c:1000)')))\n"
            )
            return FailureError("CondaSSLError", message)
        case "corrupt_archive":
            message = (
                f"Error with archive {file}.  You probably need to delete and re-download or "
                "re-create this file.  Message was:\n\nfailed with error: Bad magic number"
            )
            shown = f"InvalidArchiveError({message!r})"
            return FailureError("InvalidArchiveError", shown, bare=True)
        case "checksum":
            message = (
                "Conda detected a mismatch between the expected content and downloaded content\n"
                f"for url '{url}'.\n  download saved to: {file}\n"
                "  expected sha256: 06b6ce18512816c3\n  actual sha256: 614d81ffa445ea1b\n"
            )
            return FailureError("ChecksumMismatchError", message)
        case "connection_lost":
            message = (
                f"HTTP 000 CONNECTION FAILED for url <{url}>\nElapsed: -\n\n"
                "An HTTP error occurred when trying to retrieve this URL.\n"
                "HTTP errors are often intermittent, and a simple retry will get you on your way.\n"
            )
            return FailureError("CondaHTTPError", message, {"status_code": "000", "url": url})
        case "cut":  # recorded: conda does not try again by itself
            words = "IncompleteRead(9000000 bytes read, 31002810 more expected)"
            return _system(f"('Connection broken: {words}', {words})", "")
        case "too_many_requests":
            shown = f"HTTP 429 Too Many Requests for url <{url}>\nElapsed: 00:06.112405\n"
            details = "\n<<HTTPS 429 Too Many Requests\n< Retry-After: 0\n\n"
            return FailureError("CondaHTTPError", shown, {"response_details": details})
        case "lock":
            return FailureError("LockError", "Failed to acquire lock.")
    raise ValueError(f"no such failure: {cause}")


def from_system(error: OSError, prefix: Path) -> FailureError:
    """What conda says of an error that the system really made."""
    if isinstance(error, PermissionError) and not os.access(prefix, os.W_OK):
        return not_writable(prefix)
    return _system(str(error), "")


def terms_of_service() -> FailureError:
    channels = ["https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r"]
    message = (
        "Terms of Service have not been accepted for the following channels. Please accept or "
        "remove them before proceeding:\n"
        + "".join(f"    - {channel}\n" for channel in channels)
        + "\nTo accept these channels' Terms of Service, run the following commands:\n"
        + "".join(
            f"    conda tos accept --override-channels --channel {channel}\n"
            for channel in channels
        )
        + "\nFor information on safely removing channels from your conda configuration,\n"
        "please see the official documentation:\n\n"
        "    https://www.anaconda.com/docs/tools/working-with-conda/channels\n"
    )
    more = {"channels": channels}
    return FailureError("CondaToSNonInteractiveError", message, more)


def _system(message: str, before: str) -> FailureError:
    return FailureError("CondaMultiError", message, {"errors": [message]}, before, bare=True)
