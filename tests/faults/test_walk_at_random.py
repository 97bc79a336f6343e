"""10,000 steps without a plan: ``WIZARD_WALK_STEPS=10000 WIZARD_WALK_SEED=1 … -k walk``.

A Qt warning, an error that nobody caught, or anything left running fails it; the seed and the last
steps are printed.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
import references
from fault_tools import described
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from quick_jobs import QuickJobs, a_computer
from walker import Walker

from wizard import links
from wizard.state import load_state

STEPS = int(os.environ.get("WIZARD_WALK_STEPS", "60"))
SEED = int(os.environ.get("WIZARD_WALK_SEED", "0"))


# Only the offscreen platform says this, of popups and of windows with a minimum size.
@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
@pytest.mark.parametrize("machine", ["rtx5070-desktop", "no-gpu"])
def test_a_walk_without_a_plan(
    qapp: QApplication,
    qtbot: QtBot,
    qtlog: object,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    machine: str,
) -> None:
    chance = random.Random(SEED)
    QuickJobs(a_computer(described(machine)), random.Random(SEED + 1)).install(monkeypatch)
    folder = home / ".local" / "share" / "gpu-setup-wizard"
    before = _after_a_short_walk(qapp, home, tmp_path, monkeypatch)
    walker = Walker(qapp, folder, chance)
    walker.stay_inside(monkeypatch, tmp_path)
    with qtbot.captureExceptions() as errors:
        for step in range(STEPS):
            walker.step()
            told = [each for each in qtlog.records if not each.ignored]  # type: ignore[attr-defined]
            if errors or told:
                words = errors or [each.message for each in told]
                pytest.fail(f"seed {SEED}, step {step}: {words}\n" + "\n".join(walker.history))
        walker.end()
        qapp.processEvents()
    assert not errors
    assert references.lost(before, but=STEPS) == {}, f"after {STEPS} steps"
    hosts = [link.split("/")[2] for link in walker.opened_links]
    assert all(link.startswith("https://") for link in walker.opened_links)
    assert set(hosts) <= links.known_hosts()
    loaded = load_state(folder)
    assert not loaded.problem
    assert loaded.state.visited


def _after_a_short_walk(
    qapp: QApplication, home: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, ...]:
    """The references there are once everything has been imported and shown."""
    with monkeypatch.context() as patch:
        walker = Walker(qapp, home / "short walk", random.Random(0))
        walker.stay_inside(patch, elsewhere)
        for _ in range(15):
            walker.step()
        walker.end()
    return references.counts()
