"""The design tokens and the stylesheet as their files have them. No Qt: read before it is there."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from wizard.paths import resource_folder

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def read_tokens() -> dict[str, Any]:
    """Colours by scheme and role, and the ``radius`` in pixels (``resources/styles/tokens.json``).

    Raises:
        OSError, ValueError: the file is not there or not JSON: the program is not whole.
    """
    return json.loads((resource_folder("styles") / "tokens.json").read_text("utf-8"))


def fill_stylesheet(values: Mapping[str, str]) -> str:
    """``wizard.qss`` with each ``@name`` replaced; a KeyError for a name without a value."""
    template = (resource_folder("styles") / "wizard.qss").read_text("utf-8")
    return re.sub(r"@(\w+)", lambda found: values[found.group(1)], template)
