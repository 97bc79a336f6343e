"""``class-report`` on the command line."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from wizard.cli_files import writable_file
from wizard.cli_output import print_lines
from wizard.cli_parser import NOT_READY, READY, CallError
from wizard.files import write_document
from wizard.text import _


def class_report(options: argparse.Namespace) -> int:
    """Ends with 1 where nobody's report could be read."""
    from wizard.report.class_report import class_html, read_folder

    folder = Path(options.folder)
    out = writable_file(options.out)
    _check_place(out, folder)
    try:
        students, unread = read_folder(folder)
    except OSError as error:
        raise CallError(f"{options.folder}: {error.strerror or error}") from None
    _write(out, class_html(students, unread))
    ready = sum(student.ready is not None for student in students)
    said = _("{count} reports, {ready} ready, {unread} files that could not be read: {file}")
    print_lines(
        [said.format(count=len(students), ready=ready, unread=len(unread), file=options.out)]
    )
    return READY if students else NOT_READY


def _check_place(out: Path, folder: Path) -> None:
    """A student's report, or any other file among them, is not replaced by the class's page."""
    from wizard.report.saving import is_overview

    place = Path(os.path.realpath(out))
    if Path(os.path.realpath(folder)) not in place.parents:
        return
    if place.suffix.lower() == ".json":
        said = _("{file} would be mistaken for a report: choose a name that ends with .html")
        raise CallError(said.format(file=out))
    if place.is_file() and not is_overview(place):
        said = _("{file} already exists and isn't a class page: choose another name")
        raise CallError(said.format(file=out))


def _write(file: Path, words: str) -> None:
    try:
        write_document(file, words)
    except OSError as error:
        raise CallError(f"{file}: {error.strerror or error}") from None
