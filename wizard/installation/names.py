"""Which names conda takes for an environment; a name is never given to a shell."""

from __future__ import annotations

import re

from wizard.text import _

_FORBIDDEN = "/ :#"
"""conda's own rule (``conda.base.context.validate_prefix_name``)."""
_WINDOWS_FORBIDDEN = '\\<>"|?*'
_WINDOWS_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_LONGEST = 100


def name_problem(name: str, *, windows: bool) -> str | None:
    """Why no environment can have this name, as a sentence; None where it can.

    Letters of every language are fine, so is a dot inside; what Windows cannot store is refused
    there only.
    """
    if not name.strip():
        return _("The name is empty.")
    if name.casefold() in ("base", "root"):
        return _("{name} is conda's own environment; the wizard leaves it alone.").format(name=name)
    forbidden = _FORBIDDEN + (_WINDOWS_FORBIDDEN if windows else "")
    wrong = next((mark for mark in name if mark in forbidden or not mark.isprintable()), None)
    if wrong is not None:
        shown = _("a space") if wrong == " " else (wrong if wrong.isprintable() else repr(wrong))
        return _("{mark} is not allowed in the name of an environment.").format(mark=shown)
    if name.startswith("-"):
        return _("The name of an environment cannot begin with a hyphen.")
    if name in (".", "..") or len(name) > _LONGEST:
        return _("This name cannot be that of a folder.")
    if windows and (name.endswith(".") or _WINDOWS_DEVICES.fullmatch(name)):
        return _("Windows keeps this name for itself.")
    return None
