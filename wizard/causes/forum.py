"""A text for a forum or the teacher: what was read, then the end of the log, nothing private."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.causes.anonymous import without_private
from wizard.causes.facts import Facts
from wizard.printable import printable
from wizard.text import _
from wizard.text.facts import fact_title, fact_value

_LINES, _WIDTH = 60, 400
_BEFORE, _READ = 40, 2000
"""Lines before those, and characters of a line, that are read as well: a key may begin there."""
_MOST = 400_000
"""Characters that are looked at: the rest of a long log is not shown anyway."""


def forum_text(text: str, facts: Facts, names: Iterable[str] | None = None) -> str:
    """Ready to be shown and pasted; ``names`` as in `without_private`."""
    names = None if names is None else tuple(names)
    lines = [f"{title}: {value}" for title, value in facts_shown(facts)]
    end = text if len(text) <= _MOST else text[-_MOST:].partition("\n")[2]
    said = [line.rstrip() for line in end.splitlines() if line.strip()]
    # Cleaned before it is cut to what is shown: half a key would not be known for one.
    read = "\n".join(_whole_words(line) for line in said[-_LINES - _BEFORE :])
    shown = [line[:_WIDTH] for line in without_private(read, names).splitlines()[-_LINES:]]
    left_out = len(said) - len(shown)
    if left_out > 0:
        shown = [f"[… {left_out}]", *shown]
    head = without_private("\n".join(lines), names)
    # What is sent is what is seen: no mark in it hides a part or turns its direction.
    return printable("\n".join([head, "", "```", *shown, "```"]))


def how_to_ask() -> str:
    """Who can help, and what to look at before the text is sent."""
    return _(
        "Ask your teacher or a forum. This text is ready for that; names, private "
        "folders, addresses and keys are taken out. Read it once before you send it."
    )


def _whole_words(line: str) -> str:
    """The line, or its first words where it is too long to be read whole."""
    if len(line) <= _READ:
        return line
    words = line[:_READ].rpartition(" ")[0]
    return f"{words} […]".lstrip()


def facts_shown(facts: Facts) -> list[tuple[str, str]]:
    """(title, value) of what was read, for people."""
    return [
        (title, fact_value(name, value))
        for name, value in facts.shown()
        if (title := fact_title(name))
    ]
