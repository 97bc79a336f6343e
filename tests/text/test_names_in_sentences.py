"""What a sentence calls a button or a page is what stands on it, in every language."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from wizard.paths import resource_folder
from wizard.text import LANGUAGES

_QUOTES = {"ru": "«»"}


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_quoted_names_are_the_names_on_the_screen(language: str) -> None:
    path = resource_folder("translations") / language / "LC_MESSAGES" / "wizard.po"
    with path.open("rb") as file:
        messages = {str(m.id): str(m.string) for m in read_po(file) if isinstance(m.id, str)}
    names = {english.replace("&", ""): said.replace("&", "") for english, said in messages.items()}
    wrong: list[str] = []
    count = 0
    for english, said in messages.items():
        for quoted in re.findall("“([^”{}]+)”", english):
            if quoted in names:
                count += 1
                opening, closing = _QUOTES.get(language, "“”")
                if opening + names[quoted] + closing not in said:
                    wrong.append(f"{said!r} does not name {names[quoted]!r}")
    assert count >= 3 and wrong == []
