"""A connection that breaks in the middle: tried again, counted, and given up with figures."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from conda_stand_in import StandIn
from conftest_types import MakePlan

from wizard.installation import connection
from wizard.installation.connection import Patience, asked_to_wait, what_broke
from wizard.installation.forecast import ask_conda
from wizard.installation.run import run_install
from wizard.installation.values import Forecast, InstallResult, Plan, Progress
from wizard.text.installation import progress_text

RECORDINGS = Path(__file__).resolve().parent.parent / "recordings" / "conda"


@pytest.mark.parametrize(
    ("said", "downloading", "broken"),
    [
        # conda 26.7.1, 23.11 and 4.14, recorded
        (
            "('Connection broken: IncompleteRead(9000000 bytes read, 31 more expected)', I",
            True,
            "cut",
        ),
        ("CondaError: Downloaded bytes did not match Content-Length\n  url: x", True, "cut"),
        (
            "(\"Connection broken: ConnectionResetError(104, 'Connection reset by peer')\"",
            False,
            "cut",
        ),
        ("CondaHTTPError: HTTP 000 CONNECTION FAILED for url <https://x/y.conda>", True, "cut"),
        (
            "CondaHTTPError: HTTP 000 CONNECTION FAILED for url <https://x/repodata.json>",
            False,
            None,
        ),
        ("CondaHTTPError: HTTP 503 Service Unavailable for url <https://x/y.conda>", True, "cut"),
        ("CondaHTTPError: HTTP 503 Service Unavailable for url <https://x/y>", False, "cut"),
        ("CondaHTTPError: HTTP 500 Internal Server Error for url <https://x/y>", False, "cut"),
        ("CondaHTTPError: HTTP 429 Too Many Requests for url <https://x/y>", False, "busy"),
        ("CondaHTTPError: HTTP 404 Not Found for url <https://x/y.conda>", True, None),
        ("ChecksumMismatchError: Conda detected a mismatch", True, None),
        # pip 23.2.1 and 26
        ("pip._vendor.urllib3.exceptions.ProtocolError: ('Connection broken: Incom", True, "cut"),
        ("ERROR: HTTP error 429 while getting https://x/torch.whl", True, "busy"),
        ("ERROR: No matching distribution found for torch", True, None),
        ("ERROR: Wheel 'torch' located at /tmp/torch-2.13.0.whl is invalid.", True, "cut"),
        ("ERROR: Wheel 'torch' located at /tmp/torch-2.13.0.whl is invalid.", False, None),
        # a full disk, whatever else went before
        ("('Connection broken: x')\nOSError: [Errno 28] No space left on device", True, None),
        ("", True, None),
    ],
)
def test_what_is_worth_another_try(said: str, downloading: bool, broken: str | None) -> None:
    assert what_broke(said, downloading=downloading) == broken


def test_the_server_says_how_long_to_wait() -> None:
    assert asked_to_wait("\n<<HTTPS 429\n< Retry-After: 17\n< Date: x\n") == 17.0
    assert asked_to_wait('"response_details": "\\n< Retry-After: 9\\n"') == 9.0
    assert asked_to_wait("\n< Retry-After: 99999\n") == 300.0
    assert asked_to_wait("\n< Retry-After: Fri, 27 Nov 2026 17:34:42 GMT\n") == 0.0


def test_patience_ends_only_where_nothing_comes_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PAUSES", (1.0, 2.0))
    patience, far = Patience(), 0
    for count in range(2, 30):  # each try brings something
        far += 10**6
        assert patience.pause("cut", far) == 1.0
        assert patience.tries == count
    assert patience.pause("cut", far) == 2.0
    assert patience.pause("cut", far) is None
    assert Patience().pause("cut", 0, wanted=40.0) == 40.0


def carry_out(
    conda: StandIn, plan: Plan, on_event: Callable[[object], None] = lambda _event: None
) -> InstallResult:
    forecast = ask_conda(plan, None)
    assert isinstance(forecast, Forecast)
    forecast = Forecast(forecast.prefix, forecast.packages, (), (str(conda.package_cache),))
    return run_install(plan, forecast, on_event, threading.Event())


def test_a_line_that_breaks_again_and_again_brings_it_all_in_the_end(
    conda: StandIn, plan_for: MakePlan
) -> None:
    plan = plan_for(conda)
    conda.behave(cut_after=300_000)  # of 2.5 MB
    seen: list[Progress] = []
    result = carry_out(
        conda, plan, lambda event: seen.append(event) if isinstance(event, Progress) else None
    )
    assert result.kind == "done", result.findings
    waits = [progress for progress in seen if progress.phase == "waiting"]
    assert [wait.tries for wait in waits] == sorted(wait.tries for wait in waits)
    assert max(wait.tries for wait in waits) > 5  # more than any fixed number of tries
    install = [wait.done for wait in waits if wait.total == waits[-1].total]
    assert install == sorted(install)
    assert install[-1] > install[0] > 0
    assert "try" in progress_text(waits[0])
    # It went on from what was there: no byte came twice.
    assert sum("install" in call for call in conda.calls if "--dry-run" not in call) <= 10


def test_given_up_it_says_how_far_it_came_and_goes_on_from_there(
    conda: StandIn, plan_for: MakePlan
) -> None:
    conda.add_environment("llm_50gun")
    plan = plan_for(conda)
    conda.behave(fail="cut", fail_at="downloading")
    result = carry_out(conda, plan)
    assert result.kind == "failed"
    (finding,) = result.findings
    assert finding.code == "download_broken"
    # 750 of the 1500 KB of the largest archive, and all others
    assert "The connection broke at 1.2 MB of 1.9 MB." in finding.why
    assert "tried 6 times" in finding.why
    partial = next(conda.package_cache.glob("*.partial"))
    assert partial.stat().st_size == 750_000
    conda.behave(fail=None)
    again = carry_out(conda, plan)
    assert again.kind == "done"
    assert not partial.exists()


def test_a_server_that_asks_to_wait_gets_its_time(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    conda.behave(fail="too_many_requests", fail_at="downloading", fail_times=2)
    assert carry_out(conda, plan).kind == "done"
    conda.behave(fail_times=None, fail_at="solving")
    busy = plan_for(conda, "other")
    result = run_install(busy, None, lambda _event: None, threading.Event())
    assert [finding.code for finding in result.findings] == ["rate_limited"]
    assert "conda.anaconda.org" in result.findings[0].why


def test_the_dry_run_is_asked_again_too(conda: StandIn, plan_for: MakePlan) -> None:
    plan = plan_for(conda)
    conda.behave(fail="too_many_requests", fail_times=2)
    said: list[str] = []
    assert isinstance(ask_conda(plan, None, said.append), Forecast)
    assert len(said) == 2
    assert "asks to wait" in said[0]


def test_who_stops_during_a_pause_stops_at_once(
    conda: StandIn, plan_for: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PAUSES", (3600.0,))
    plan = plan_for(conda)
    conda.behave(fail="cut", fail_at="downloading")
    cancelled = threading.Event()

    def on_event(event: object) -> None:
        if isinstance(event, Progress) and event.phase == "waiting":
            cancelled.set()

    assert run_install(plan, None, on_event, cancelled).kind == "cancelled"
