"""``diagnose`` on the command line: a pasted text in, the causes out, the root first."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, cast

from wizard.causes.decoding import decoded
from wizard.causes.diagnosis import Diagnosis, diagnose
from wizard.cli_output import print_document, print_json, print_lines
from wizard.cli_parser import NOT_READY, READY, WRONG_CALL, CallError
from wizard.text import _

_MOST_BYTES = 256 * 2**20
_MOST_LINE = 64 * 2**20
_END = 16 * 2**20
"""Bytes of a text's beginning, and of its end at least: a diagnosis looks at no more of it."""


def run(options: argparse.Namespace) -> int:
    """Ends with 1 where a cause is found, as a check that does not pass; see the contract."""
    if options.jsonl:
        return _lines(options)
    if options.file in (None, "-") and sys.stdin is not None and sys.stdin.isatty():
        print_lines([_("Paste the text, then press Ctrl+D (on Windows Ctrl+Z and Enter).")])
    text = decoded(_bytes(options.file, _ends))
    found = diagnose(text)
    if options.json:
        print_document(_document(found, text))
    else:
        _print(found, text)
    return NOT_READY if found.findings else READY


def _whole(file: BinaryIO) -> bytes:
    return file.read(_MOST_BYTES)


def _ends(file: BinaryIO) -> bytes:
    """Beginning and end; what is left out between is a multiple of `_END`, so no character."""
    start, end, seen = file.read(_END), bytearray(), 0
    if len(start) < _END:
        return start  # not asked again: in a terminal, the end would have to be typed again
    while seen < _MOST_BYTES and (more := file.read(2**20)):
        seen += len(more)
        end += more
        while len(end) > 2 * _END:
            del end[:_END]
    return start + end


def _bytes(name: str | None, read: Callable[[BinaryIO], bytes] = _whole) -> bytes:
    if name in (None, "-"):
        return read(sys.stdin.buffer) if sys.stdin is not None else b""
    try:
        with Path(cast(str, name)).open("rb") as file:
            return read(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CallError(f"{name}: {reason}") from None


def _lines(options: argparse.Namespace) -> int:
    """One report a line in, one answer a line out; a bad line costs only its own answer."""
    code = READY
    for number, line in enumerate(_bytes(options.file).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            text, system, evidence = _report(line)
        except ValueError as error:
            code = WRONG_CALL
            print_json({"error": f"line {number}: {error}"})
            continue
        print_json(_document(diagnose(text, system, evidence), text))
    return code


def _report(line: bytes) -> tuple[str, str | None, Mapping[str, object] | None]:
    """Text, system and evidence of one line.

    Raises:
        ValueError: it is no such object; the message names the field.
    """
    if len(line) > _MOST_LINE:
        raise ValueError("too long")
    try:
        data: object = json.loads(decoded(line))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(data, dict):
        raise ValueError("expected an object")
    fields = cast("dict[str, object]", data)
    text, system, evidence = fields.get("text"), fields.get("os"), fields.get("evidence")
    if not isinstance(text, str):
        raise ValueError("text: expected a text")
    if system is not None and not isinstance(system, str):
        raise ValueError("os: expected a text")
    if evidence is not None and not isinstance(evidence, dict):
        raise ValueError("evidence: expected an object")
    return text, system, cast("dict[str, object] | None", evidence)


def _document(found: Diagnosis, text: str) -> dict[str, object]:
    """Where nothing is recognised: with a text to ask others, nothing private in it."""
    from wizard.causes.forum import forum_text

    return {
        "findings": [finding.to_json() for finding in found.findings],
        "facts": dict(found.facts.shown()),
        "forum": None if found.findings or not text.strip() else forum_text(text, found.facts),
    }


def _print(found: Diagnosis, text: str) -> None:
    from wizard.causes.forum import facts_shown, forum_text, how_to_ask
    from wizard.report.plain import finding_lines

    facts = [f"  {title}: {value}" for title, value in facts_shown(found.facts)]
    if found.findings:
        system = "windows" if sys.platform == "win32" else "linux"
        lines = finding_lines(found.findings, system)
        if any(finding.installs for finding in found.findings):
            lines += ["", _("The command for this computer: gpu-setup-wizard recommend")]
    else:
        lines = [_("No known cause was recognised in this text."), ""]
        lines.append(_("This was read:") if facts else _("It says nothing about the computer."))
    if facts:
        lines += ["", *facts] if found.findings else facts
    if not found.findings and text.strip():
        ready = forum_text(text, found.facts)
        lines += ["", how_to_ask(), "", _("Text for a forum"), "", ready]
    print_lines(lines)
