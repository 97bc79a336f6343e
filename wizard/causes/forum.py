"""A text for a forum or the teacher: what was read, then the end of the log, nothing private."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.causes.anonymous import without_private
from wizard.causes.facts import Facts
from wizard.text.facts import fact_title, fact_value

_LINES = 60
_WIDTH = 400
_MOST = 400_000
"""Characters that are looked at: the rest of a long log is not shown anyway."""


def forum_text(text: str, facts: Facts, names: Iterable[str] | None = None) -> str:
    """Ready to be pasted; ``names`` as in `without_private`."""
    lines = [f"{title}: {value}" for title, value in facts_shown(facts)]
    said = [line.rstrip()[:_WIDTH] for line in text[-_MOST:].splitlines() if line.strip()]
    left_out = len(said) - _LINES
    if left_out > 0:
        said = [f"[… {left_out}]", *said[-_LINES:]]
    joined = "\n".join([*lines, "", "```", *said, "```"])
    return without_private(joined, names)


def facts_shown(facts: Facts) -> list[tuple[str, str]]:
    """(title, value) of what was read, for people."""
    return [
        (title, fact_value(name, value))
        for name, value in facts.shown()
        if (title := fact_title(name))
    ]
