"""How old the facts are, and how asking for newer ones ended, in a sentence."""

from __future__ import annotations

from datetime import date

from wizard.text import _, ngettext


def facts_line(collected: date, today: date) -> str:
    """The day on which the facts were collected, and how long ago that is."""
    days = max((today - collected).days, 0)
    if days == 0:
        return _("The facts about PyTorch and drivers are of today.")
    words = ngettext(
        "The facts about PyTorch and drivers are of {date}: {count} day old.",
        "The facts about PyTorch and drivers are of {date}: {count} days old.",
        days,
    )
    return words.format(date=collected.isoformat(), count=days)


def origin_line(downloaded: bool) -> str:
    """Where the facts that count come from."""
    if downloaded:
        return _("They were downloaded since the wizard was installed.")
    return _("They came with the wizard.")


def update_line(day: date, *, changed: bool) -> str:
    """What asking for newer facts brought."""
    words = (
        _("Newer facts, of {date}, are here. They count from the next start on.")
        if changed
        else _("There are no newer facts than those of {date}, which the wizard has.")
    )
    return words.format(date=day.isoformat())
