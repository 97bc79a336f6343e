"""Qt's bindings give back every reference to True, False and None that they take, and no more."""

from __future__ import annotations

import pytest
import references
from PySide6.QtWidgets import QApplication


@pytest.mark.skipif(not references.COUNTED, reason="never freed since Python 3.12")
def test_nothing_takes_a_reference_away(qapp: QApplication) -> None:
    assert references.taken() == {}
