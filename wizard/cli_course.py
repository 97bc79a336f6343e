"""``screenshots`` and ``handout`` on the command line."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from wizard import text
from wizard.cli_files import writable_folder
from wizard.cli_output import print_lines, say
from wizard.cli_parser import FAILED, READY, CallError
from wizard.files import write_document
from wizard.text import _, ngettext, number


def screenshots(options: argparse.Namespace) -> int:
    """Write the pictures and their contact sheet."""
    from wizard.course.contact_sheet import contact_sheet
    from wizard.course.shooting import Taken, Wanted, scene_ids, take
    from wizard.detection.machine import MachineError
    from wizard.report.saving import is_overview

    unknown = sorted(set(options.scene) - set(scene_ids()))
    if unknown:
        raise CallError(
            _("There is no scene {name}. There are: {names}").format(
                name=unknown[0], names=", ".join(scene_ids())
            )
        )
    spoken = text.language()
    out = writable_folder(options.out)
    index = out / "index.html"
    if index.exists() and not is_overview(index):
        said = _("{file} already exists and wasn't made by this program: choose another folder")
        raise CallError(said.format(file=index))
    wanted = Wanted(
        out,
        tuple(dict.fromkeys(options.lang or text.LANGUAGES)),
        tuple(dict.fromkeys(options.theme or ("light", "dark"))),
        tuple(Path(name) for name in options.machine),
        options.scale,
        options.callouts,
        frozenset(options.scene),
    )
    began = time.monotonic()
    taken: list[Taken] = []
    try:
        for each in take(wanted):
            taken.append(each)
            say(each.file)
        text.set_language(spoken)
        write_document(index, contact_sheet(taken))
    except MachineError as error:
        raise CallError(str(error)) from None
    except OSError as error:
        raise CallError(f"{error.filename or out}: {error.strerror or error}", FAILED) from None
    said = ngettext(
        "{count} picture in {seconds} s: {file}",
        "{count} pictures in {seconds} s: {file}",
        len(taken),
    )
    seconds = number(time.monotonic() - began, 1)
    print_lines([said.format(count=len(taken), seconds=seconds, file=index)])
    return READY


def handout(options: argparse.Namespace) -> int:
    """Write day 4 as HTML and as Markdown, with its pictures."""
    from wizard.course.blocks import Illustration, as_html, as_markdown
    from wizard.course.handout import PICTURES
    from wizard.course.handout import handout as blocks_of
    from wizard.course.shooting import Wanted, take
    from wizard.report.html import page

    out, spoken = writable_folder(options.out), text.language()
    languages = tuple(dict.fromkeys(options.lang or (spoken,)))
    wanted = Wanted(
        out, languages, (options.theme,), (), options.scale, options.callouts, frozenset(PICTURES)
    )
    written: list[str] = []
    try:
        taken = list(take(wanted))
        for language in languages:
            text.set_language(language)
            mine = {Path(each.file).stem[3:]: each for each in taken if each.language == language}
            blocks = blocks_of(lambda scene: Illustration(mine[scene].file, mine[scene].caption))  # noqa: B023
            for name, words in (
                (f"day-04.{language}.html", page(_("Day 4"), as_html(blocks), pictures=True)),
                (f"day-04.{language}.md", as_markdown(blocks)),
            ):
                write_document(out / name, words)
                written.append(str(out / name))
    except OSError as error:
        raise CallError(f"{error.filename or out}: {error.strerror or error}", FAILED) from None
    finally:
        text.set_language(spoken)
    print_lines(written)
    return READY
