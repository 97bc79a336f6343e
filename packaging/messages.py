"""What the developer's commands say; always on standard error, so that JSON stays clean."""

from __future__ import annotations

import sys


class SetupError(Exception):
    """Something the user can mend; the message says what and how, and is all that is shown."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
