"""Reading a saved report again; it comes from another computer and is not trusted."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any, cast

from wizard.files import read_bounded
from wizard.paths import APP_NAME
from wizard.text import _

_MAX_BYTES = 16 * 2**20


def read_report(path: Path) -> dict[str, Any]:
    """The document of a JSON report of this program; its parts can still be anything.

    Raises:
        OSError: it cannot be read.
        ValueError: it is none; the text says why.
    """
    try:
        data: object = json.loads(read_bounded(path, _MAX_BYTES).decode("utf-8-sig"))
    except OSError as error:
        reasons = {errno.EINVAL: _("not a report"), errno.EFBIG: _("too large")}
        if error.errno in reasons:
            raise ValueError(reasons[error.errno]) from None
        raise
    except (ValueError, RecursionError):
        raise ValueError(_("damaged: not whole JSON")) from None
    if not isinstance(data, dict):
        raise ValueError(_("not a report"))
    report = cast("dict[str, Any]", data)
    named = as_object(report.get("program")).get("name") == APP_NAME
    if not named or not isinstance(report.get("machine"), dict):
        raise ValueError(_("not a report of this program"))
    return report


def as_object(value: object) -> dict[str, Any]:
    """The object that is there, or an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """The list that is there, or an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []
