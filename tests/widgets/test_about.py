"""The box that says what this program is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from wizard import __version__
from wizard.widgets import about


def test_it_names_the_version_and_what_it_runs_with(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert __version__ in about.about_lines()[0]
    assert not any("comes from" in line for line in about.about_lines())
    info = {"python": "3.11.7", "runtime": "panda3d 1.10.14"}
    monkeypatch.setattr(about, "build_info", lambda: info)
    lines = about.about_lines()
    assert "3.11.7" in lines[1]
    assert any("panda3d 1.10.14" in line for line in lines)
    parent = QWidget()
    parent.show()
    box = about.show_about(parent, lambda _job: None)  # comes back at once: the window goes on
    assert any("MIT" in part.text() for part in box.findChildren(QLabel))
    assert about.show_about(parent, lambda _job: None) is box
    box.shut.click()
    assert not box.isVisible()
    other = about.show_about(parent, lambda _job: None)
    QTest.keyClick(other, Qt.Key.Key_Escape)
    assert not other.isVisible()
