"""What pages and buttons are called, so that sentences name them as they stand on the screen."""

from __future__ import annotations

from wizard.text import _


def page_title(page: str) -> str:
    """The short name of a page, for the rail, for sentences and for buttons that lead to it."""
    return {
        "welcome": _("Welcome"),
        "computer": _("Computer"),
        "environment": _("Environment"),
        "install": _("Install"),
        "verify": _("Verify"),
        "benchmark": _("Benchmark"),
        "finish": _("Finish"),
    }[page]


def scan_again() -> str:
    """The button of the page Computer, without the mark of its key."""
    return _("&Scan again").replace("&", "")
