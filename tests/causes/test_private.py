"""What is private does not leave a text, in whatever form a tool prints it; the rest stays."""

from __future__ import annotations

import pytest
from private_forms import FORMS, HARMLESS, NAMES, Form

from wizard.causes.anonymous import without_private


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.what)
def test_what_is_private_goes(form: Form) -> None:
    clean = without_private(form.text, NAMES)
    for planted in form.gone:
        assert planted not in clean, clean
    for word in form.kept:
        assert word in clean, clean


@pytest.mark.parametrize("line", HARMLESS)
def test_what_helps_stays(line: str) -> None:
    assert without_private(line, NAMES) == line
