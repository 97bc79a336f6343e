from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.checks import Check
from wizard.jobs.events import (
    CheckStarted,
    Device,
    Done,
    Info,
    LogLine,
    Note,
    Sample,
    Status,
    Training,
    parse_line,
)

EVENTS = [
    ({"event": "start", "id": "devices"}, CheckStarted("devices")),
    (
        {
            "event": "check",
            "id": "cuda_available",
            "state": "passed",
            "value": True,
            "seconds": 0.5,
        },
        Check("cuda_available", "passed", True, 0.5),
    ),
    (
        {
            "event": "check",
            "id": "x",
            "state": "failed",
            "value": {"a": [1]},
            "reason": "r",
            "detail": "d",
        },
        Check("x", "failed", {"a": [1]}, None, "r", "d"),
    ),
    (
        {"event": "info", "torch": "2", "threads": 4, "devices": [{"id": "cpu", "name": "C"}]},
        Info("2", 4, (Device("cpu", "C"),)),
    ),
    (
        {"event": "status", "kind": "matmul", "device": "cpu", "dtype": "float32", "size": 64},
        Status("matmul", "cpu", "float32", 64),
    ),
    (
        {
            "event": "sample",
            "device": "cuda:0",
            "dtype": "float32",
            "size": 2048,
            "seconds": 0.25,
            "gflops": 68,
        },
        Sample("matmul", "cuda:0", "float32", 2048, 0.25, 68.0, 1),
    ),
    (
        {
            "event": "training",
            "device": "cpu",
            "dtype": "float32",
            "tokens_per_second": 1,
            "seconds": 2,
            "tokens": 3,
            "repeats": 4,
        },
        Training("cpu", "float32", 1.0, 2.0, 3, 4),
    ),
    (
        {"event": "note", "code": "out_of_memory", "device": "cuda:0", "size": 8192},
        Note("out_of_memory", "cuda:0", 8192),
    ),
    (
        {"event": "note", "code": "x", "device": "cpu", "size": 2048, "kind": "training"},
        Note("x", "cpu", 2048, "training"),
    ),
    ({"event": "done"}, Done(True)),
    ({"event": "done", "complete": False}, Done(False)),
]


@pytest.mark.parametrize(("data", "event"), EVENTS)
def test_every_event_is_read(data: dict[str, object], event: object) -> None:
    assert parse_line(json.dumps(data)) == event


@pytest.mark.parametrize(("data", "_event"), EVENTS)
def test_an_event_with_a_needed_field_missing_is_log(
    data: dict[str, object], _event: object
) -> None:
    optional = {"value", "seconds", "reason", "detail", "complete"}
    if data["event"] in ("sample", "training"):
        optional = set()
    if data["event"] == "note":
        optional = {"kind"}  # a recording of before has none
    for name in set(data) - optional - {"event"}:
        line = json.dumps({key: value for key, value in data.items() if key != name})
        assert parse_line(line) == LogLine(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        '{"event"',
        '{"event": 7}',
        '{"event": "check", "id": "x", "state": "perhaps"}',
        '{"event": "check", "id": 3, "state": "passed"}',
        '{"event": "check", "id": "x", "state": "passed", "seconds": NaN}',
        '{"event": "check", "id": "x", "state": "passed", "value": ' + "[" * 100_000,
        '{"event": "status", "kind": "m", "device": "d", "dtype": "f", "size": -1}',
        '{"event": "status", "kind": "m", "device": "d", "dtype": "f", "size": ' + "9" * 5000 + "}",
        '{"event": "sample", "device": "cpu", "dtype": "f", "size": 1, "seconds": 0, "gflops": 1}',
        '{"event": "sample", "device": "c", "dtype": "", "size": 1, "seconds": 1, "gflops": 9e999}',
        '{"event": "info", "torch": "2", "threads": 1, "devices": [3]}',
        '["event"]',
    ],
)
def test_anything_else_is_log(line: str) -> None:
    assert parse_line(line) == LogLine(line)


def test_text_that_could_not_be_shown_is_made_showable() -> None:
    event = parse_line('{"event": "start", "id": "\\ud800"}')
    assert isinstance(event, CheckStarted)
    assert event.id.encode("utf-8")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(sorted({name for data, _event in EVENTS for name in data}))
kinds = st.sampled_from(sorted({str(data["event"]) for data, _event in EVENTS}))


@given(kinds, st.dictionaries(names, json_values))
def test_no_object_raises(kind: str, data: dict[str, object]) -> None:
    line = json.dumps({"event": kind, **{k: v for k, v in data.items() if k != "event"}})
    event = parse_line(line)
    if isinstance(event, LogLine):
        assert event.text == line


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert parse_line(text) == LogLine(text)
    assert isinstance(parse_line('{"event"' + text), LogLine)


@pytest.mark.parametrize(("data", "event"), EVENTS)
def test_an_event_counts_with_its_run_s_nonce_alone(data: dict[str, object], event: object) -> None:
    signed = json.dumps({**data, "nonce": "c0ffee"})
    assert parse_line(signed, "c0ffee") == event
    assert parse_line(signed) == event, "of a recording"
    for line in (json.dumps(data), signed.replace("c0ffee", "c0ffef"), signed.replace('"c0', '["')):
        assert parse_line(line, "c0ffee") == LogLine(line)
