"""The bench: its verdicts, and its programs for real where that takes a second."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest

bench = importlib.import_module("bench")
measures = importlib.import_module("measures")
rows = importlib.import_module("rows")


def test_a_goal_is_met_up_to_its_figure_and_not_without_one() -> None:
    assert bench.Row("a", 1.5, 1.5, "x").met
    assert not bench.Row("a", 1.5, 1.51, "x").met
    assert not bench.Row("a", 1.5, None, "x", "why").met


def test_the_ratio_is_of_medians() -> None:
    seen = {"wizard": [0.2, 9.0, 0.3], "bare": [0.1, 0.2, 7.0]}
    row = measures._ratio("first painted page", 1.5, seen, "s", 3)
    assert row.measured == pytest.approx(1.5)
    assert row.met
    assert "0.300 s" in row.detail
    assert "0.200 s" in row.detail


@pytest.mark.parametrize(("measured", "code"), [(10.0, 0), (51.0, 1), (None, 1)])
def test_a_missed_goal_ends_with_1(
    measured: float | None,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = bench.Row("longest stall", 50.0, measured, "ms")
    monkeypatch.setattr(bench, "MEASURES", {"stalls": (lambda: [row], row)})
    monkeypatch.setattr(sys, "argv", ["bench", "--json"])
    assert bench.main() == code
    answer = json.loads(capsys.readouterr().out)
    assert answer["met"] is (code == 0)
    assert answer["rows"][0]["measured"] == measured
    monkeypatch.setattr(sys, "argv", ["bench"])
    assert bench.main() == code
    assert ("MISSED" in capsys.readouterr().out) is (code == 1)
    monkeypatch.setattr(sys, "argv", ["bench", "--markdown"])
    assert bench.main() == code
    assert ("missed |" in capsys.readouterr().out) is (code == 1)


def test_what_cannot_be_measured_is_a_missed_goal_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow() -> None:
        raise subprocess.TimeoutExpired("stall.py", 400)

    (row,) = bench.measured(slow, bench.Row("longest stall", 50.0, None, "ms"))
    assert not row.met
    assert "timed out" in row.detail
    with pytest.raises(rows.BenchError, match="ended with 3: ouch"):
        rows.run_program("-c", "import sys; sys.exit(print('ouch', file=sys.stderr) or 3)")


@pytest.mark.parametrize("kind", ["bare", "wizard"])
def test_a_start_tells_time_and_memory_and_loads_nothing_heavy(kind: str) -> None:
    seen = json.loads(rows.run_program("start.py", kind, clock=True))
    assert 0.01 < seen["seconds"] < 60
    assert 10 * 2**20 < seen["rss"] < 2**30
    assert seen["early"] == []


def test_detection_is_measured() -> None:
    assert 0 < float(rows.run_program("-c", measures._SURVEY)) < 30


def test_imports_are_told_by_package() -> None:
    told = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:      1000 |       1000 |   json.decoder\n"
        "import time:      2000 |       3000 | json\n"
        "import time:      9000 |       9000 |     PySide6.QtCore\n"
        "import time:      4000 |       4000 | wizard.app\n"
        "painted\n"
        "import time:    500000 |     500000 | psutil\n"
    )
    seconds, packages = measures.import_times(told)
    assert seconds == pytest.approx(0.016)
    assert packages == [("PySide6", 0.009), ("wizard", 0.004), ("standard library", 0.003)]


def test_the_happy_path_ends_with_setup_complete() -> None:
    seen = json.loads(rows.run_program("window.py", "path", clock=True))
    assert (seen["page"], seen["completion"]) == ("finish", "complete")
    assert 0 < seen["after_first_page"] < seen["seconds"] < 60


def test_fifty_environments_are_shown() -> None:
    seen = json.loads(rows.run_program("window.py", "environments", clock=True))
    assert seen["shown"] == 50
