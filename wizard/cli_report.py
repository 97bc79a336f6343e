"""``class-report`` on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from wizard.cli_output import print_lines
from wizard.cli_parser import NOT_READY, READY, CallError
from wizard.files import write_document
from wizard.text import _


def class_report(options: argparse.Namespace) -> int:
    """Ends with 1 where nobody's report could be read."""
    from wizard.report.class_report import class_html, read_folder

    try:
        students, unread = read_folder(Path(options.folder))
    except OSError as error:
        raise CallError(f"{options.folder}: {error.strerror or error}") from None
    _write(Path(options.out), class_html(students, unread))
    ready = sum(student.ready is not None for student in students)
    said = _("{count} reports, {ready} ready, {unread} files that could not be read: {file}")
    print_lines(
        [said.format(count=len(students), ready=ready, unread=len(unread), file=options.out)]
    )
    return READY if students else NOT_READY


def _write(file: Path, words: str) -> None:
    try:
        write_document(file, words)
    except OSError as error:
        raise CallError(f"{file}: {error.strerror or error}") from None
