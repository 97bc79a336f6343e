"""The logs of earlier runs: the last ones are kept."""

from __future__ import annotations

import os
from pathlib import Path

from wizard.jobs.run_log import KEPT_LOGS, RunLog


def test_the_oldest_go_and_not_the_first_by_name(tmp_path: Path) -> None:
    """A clock that was put back gives a new log an old name."""
    for place in range(KEPT_LOGS):
        path = tmp_path / f"verify-2026010{place}-000000-0.log"
        path.touch()
        os.utime(path, ns=(0, (KEPT_LOGS - place) * 10**9))
    (tmp_path / "benchmark-20200101-000000-0.log").touch()
    with RunLog("verify", tmp_path) as log:
        log.write("new")
    kept = {path.name for path in tmp_path.glob("verify-*.log")}
    assert log.path is not None
    assert log.path.name in kept
    assert len(kept) == KEPT_LOGS
    assert f"verify-2026010{KEPT_LOGS - 1}-000000-0.log" not in kept
    assert (tmp_path / "benchmark-20200101-000000-0.log").exists()
