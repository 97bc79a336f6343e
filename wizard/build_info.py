"""What an installed program is built from: its Python and where that came from."""

from __future__ import annotations

import json
import sys
from pathlib import Path

FILE_NAME = "build-info.json"
FACTS_ADDRESS, FACTS_KEY = "facts_url", "facts_key"
"""Fields: where newer facts are, and the public key (Base64) that they are signed for."""


def build_info(folder: Path | None = None) -> dict[str, str]:
    """The file beside an installed program; empty in a checkout and in a plain `pip install`."""
    if folder is None:
        if not getattr(sys, "frozen", False):
            return {}
        folder = Path(sys.executable).parent
    try:
        data: object = json.loads((folder / FILE_NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {str(key): str(value) for key, value in data.items()}


def takes_newer_facts() -> bool:
    """Whether the program was built with an address for newer facts."""
    return {FACTS_ADDRESS, FACTS_KEY} <= build_info().keys()


def version_line(program: str, version: str, folder: Path | None = None) -> str:
    """What `--version` says: the program, and for an installed one its Python and its source."""
    info = build_info(folder)
    if "python" not in info:
        return f"{program} {version}"
    return f"{program} {version} (Python {info['python']}, {info.get('runtime', '?')})"
