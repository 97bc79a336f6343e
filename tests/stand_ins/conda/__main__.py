"""``python HERE ROOT ARGUMENTS…``: answers and acts like the conda of an installation.

Real where it counts: the order of what appears on the disk, the words, the exit codes, the rules
about environments. How it behaves is read from ``ROOT/stand-in.json`` at every start.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from conda_failures import FailureError, from_system
from conda_layout import CALLS, PIP, SETTINGS, pip_lies_in
from conda_session import Session


def main(root: Path, words: list[str]) -> int:
    settings = json.loads((root / SETTINGS).read_text("utf-8"))
    call = {"argv": words, "pid": os.getpid(), "at": time.time(), "env": dict(os.environ)}
    with (root / CALLS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(call) + "\n")
    pip_lies_in(Path((root / PIP).read_text("utf-8")))
    session = Session(root, settings, words)
    _listen(settings["ignore_sigterm"])
    try:
        return session.run()
    except FailureError as failure:
        return _report(failure, session.json)
    except OSError as error:
        return _report(from_system(error, session.target), session.json)
    except KeyboardInterrupt:
        return _report(FailureError("CondaError", "KeyboardInterrupt"), session.json)
    finally:
        session.end_children()


def _report(failure: FailureError, as_json: bool) -> int:
    if as_json:
        print(json.dumps(failure.document, indent=2, sort_keys=True), flush=True)
    else:
        sys.stderr.write(failure.text)
    return failure.exit_code


def _listen(ignored: int) -> None:
    """Conda ends at a signal while it downloads and links, too: with a message and 1."""
    left = ignored

    def told(number: int, _frame: object) -> None:
        nonlocal left
        if left != 0:
            left -= 1
            return
        name = signal.Signals(number).name
        raise FailureError("CondaSignalInterrupt", f"Signal interrupt {name}")

    signal.signal(signal.SIGTERM, told)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
