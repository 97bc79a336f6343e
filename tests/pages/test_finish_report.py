"""The report from the finish page: saved beside its JSON, private, and told when it cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from wizard.pages.finish import FinishPage
from wizard.window import MainWindow

OpenWindow = Callable[..., MainWindow]


def page_of(window: MainWindow) -> FinishPage:
    window.go_to("finish")
    page = window.page("finish")
    assert isinstance(page, FinishPage)
    return page


def test_a_page_and_its_json(open_window: OpenWindow, tmp_path: Path) -> None:
    page = page_of(open_window("rtx5070-desktop"))
    target = tmp_path / "hesabat ə.html"
    page.save_report(target)
    assert "Saved as" in page.saved.text()
    text = target.read_text("utf-8")
    assert 'class="ribbon"' in text, "this computer is simulated"
    document = json.loads(target.with_suffix(".json").read_text("utf-8"))
    assert document["simulated"] is True
    assert document["machine"]["gpus"][0]["name"] == "NVIDIA GeForce RTX 5070"


def test_what_cannot_be_written_is_said(open_window: OpenWindow, tmp_path: Path) -> None:
    page = page_of(open_window("no-gpu"))
    page.save_report(tmp_path / "no folder" / "r.html")
    assert "could not be saved" in page.saved.text()
