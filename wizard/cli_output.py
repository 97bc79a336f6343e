"""How the command line speaks: lines for people, JSON for programs, always UTF-8."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence

from wizard.printable import printable, printable_json


def speak_utf8() -> None:
    """UTF-8 on every console and pipe; what cannot be said is replaced, not an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def print_document(data: Mapping[str, object]) -> None:
    print(printable_json(json.dumps(data, ensure_ascii=False, indent=2)))


def print_json(data: Mapping[str, object]) -> None:
    print(printable_json(json.dumps(data, ensure_ascii=False)), flush=True)


def print_lines(lines: Sequence[str]) -> None:
    print(printable("\n".join(lines)), flush=True)


def say(line: str) -> None:
    if sys.stderr is not None:
        print(printable(line), file=sys.stderr, flush=True)
