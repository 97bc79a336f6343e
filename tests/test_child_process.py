"""Real children that do what bad children do; after each, nothing of them is left."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard import child_process
from wizard.child_process import MAX_LINE, Outcome, end_all, run, stream
from wizard.exit_codes import exit_name

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals and sessions are POSIX's")
PATIENCE = 60.0
ODD_NAME = "Dərslər İşığı ə ğ ş"


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    threads = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= threads
    assert psutil.Process().children(recursive=True) == []


def python(code: str, **options: object) -> Outcome:
    return run([sys.executable, "-c", code], **{"timeout": PATIENCE, **options})  # type: ignore[arg-type]


def lines_of(code: str, **options: object) -> tuple[Outcome, list[tuple[str, str]]]:
    seen: list[tuple[str, str]] = []
    outcome = stream(
        [sys.executable, "-c", code],
        lambda name, line: seen.append((name, line)),
        **{"timeout": PATIENCE, **options},  # type: ignore[arg-type]
    )
    return outcome, seen


def gone(pid: int) -> bool:
    """Whether a process ends within a moment; one that was not our child may still be reaped."""
    try:
        process = psutil.Process(pid)
        return process.status() == psutil.STATUS_ZOMBIE or process.wait(PATIENCE) is None
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False


def test_output_and_exit_code_come_back() -> None:
    outcome = python("import sys; print('bir'); print('iki', file=sys.stderr); sys.exit(3)")
    assert (outcome.kind, outcome.exit_code, outcome.exit_name) == ("exited", 3, "3")
    assert (outcome.stdout, outcome.stderr, outcome.ok) == ("bir\n", "iki\n", False)
    assert python("").ok


@pytest.mark.parametrize(
    "argv", [["/no/such/program"], ["."], [""], ["a\0b"], [sys.executable, "a\0b"]]
)
def test_what_cannot_start_is_an_outcome(argv: list[str]) -> None:
    outcome = run(argv, timeout=PATIENCE)
    assert outcome.kind == "not_started"
    assert outcome.exit_code is None
    assert outcome.detail


def test_a_missing_working_folder_is_an_outcome(tmp_path: Path) -> None:
    assert python("", cwd=tmp_path / "gone").kind == "not_started"


@posix_only
def test_a_signal_has_its_name() -> None:
    outcome = python("import os; os.kill(os.getpid(), 9)")
    assert (outcome.kind, outcome.exit_name, outcome.ok) == ("exited", "SIGKILL", False)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0xC0000135, "0xC0000135 STATUS_DLL_NOT_FOUND"),
        (0xC0000005, "0xC0000005 STATUS_ACCESS_VIOLATION"),
        (0xC0FFEE00, "0xC0FFEE00"),
        (1, "1"),
        (-200, "signal 200"),
        pytest.param(139, "139 SIGSEGV", marks=posix_only),
        (128, "128"),
        (255, "255"),
    ],
)
def test_exit_codes_are_named(code: int, name: str) -> None:
    assert exit_name(code) == name


@pytest.mark.parametrize("trap", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN);"])
def test_a_child_that_goes_on_is_ended(trap: str) -> None:
    outcome = python(
        f"import signal, time; {trap} print('x', flush=True); time.sleep(99)", timeout=1
    )
    assert outcome.kind == "timed_out"
    assert outcome.exit_code is None
    assert "1 s" in outcome.detail


def test_silence_has_a_limit_of_its_own() -> None:
    outcome, seen = lines_of("import time; print('x', flush=True); time.sleep(99)", silence=4.0)
    assert (outcome.kind, seen) == ("timed_out", [("stdout", "x")])
    assert "printed" in outcome.detail


def test_a_child_that_speaks_now_and_then_is_not_silent() -> None:
    code = "import time\nfor _ in range(6): print('x', flush=True); time.sleep(1)"
    outcome, seen = lines_of(code, silence=4.0)
    assert outcome.ok
    assert len(seen) == 6


def test_cancelling_ends_it_and_keeps_what_came() -> None:
    cancelled = threading.Event()
    seen: list[str] = []

    def on_line(_name: str, line: str) -> None:
        seen.append(line)
        cancelled.set()

    outcome = stream(
        [sys.executable, "-c", "import time; print('one', flush=True); time.sleep(99)"],
        on_line,
        timeout=PATIENCE,
        cancelled=cancelled,
    )
    assert (outcome.kind, seen) == ("cancelled", ["one"])


GRANDCHILD = (
    "import os, signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print(subprocess.Popen([sys.executable, '-c', 'import signal, time;"
    " signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(99)'],"
    " start_new_session={own}).pid, flush=True);"
)


@posix_only
@pytest.mark.parametrize("own", [False, True])
def test_the_whole_tree_ends_even_where_nobody_wants_to(own: bool) -> None:
    cancelled = threading.Event()
    pids: list[int] = []

    def on_line(_name: str, line: str) -> None:
        pids.append(int(line))
        cancelled.set()

    code = GRANDCHILD.format(own=own) + "time.sleep(99)"
    outcome = stream([sys.executable, "-c", code], on_line, timeout=PATIENCE, cancelled=cancelled)
    assert outcome.kind == "cancelled"
    assert gone(pids[0])


@posix_only
def test_a_grandchild_that_holds_the_pipe_holds_nobody_up() -> None:
    outcome, seen = lines_of(GRANDCHILD.format(own=False) + "sys.exit(4)")
    assert (outcome.kind, outcome.exit_code) == ("exited", 4)
    assert gone(int(seen[0][1]))


@posix_only
def test_a_daemon_that_left_and_holds_the_pipe_holds_nobody_up() -> None:
    outcome, seen = lines_of(GRANDCHILD.format(own=True) + "sys.exit(0)")
    assert outcome.ok
    assert outcome.seconds < 5
    psutil.Process(int(seen[0][1])).kill()  # out of reach by design: it left the session
    assert gone(int(seen[0][1]))


def test_megabytes_without_a_newline_come_in_pieces() -> None:
    size = 3 * 2**20 + 1
    outcome, seen = lines_of(f"import sys; sys.stdout.write('x' * {size})")
    assert outcome.ok
    assert max(len(line) for _, line in seen) <= MAX_LINE
    assert sum(len(line) for _, line in seen) == size


def test_collected_output_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "MAX_OUTPUT", 1000)
    outcome = python("import sys; sys.stdout.write('x' * 5_000_000)")
    assert (outcome.exit_code, len(outcome.stdout)) == (0, 1000)
    assert outcome.detail == "its output was too long and was cut"


def test_what_is_no_utf8_is_replaced_and_the_rest_is_kept() -> None:
    code = "import sys; sys.stdout.buffer.write(b'\\xff\\xfe a\\nb \\xc7\\n')"
    outcome, seen = lines_of(code)
    assert outcome.ok
    assert seen == [("stdout", "\ufffd\ufffd a"), ("stdout", "b \ufffd")]
    assert "\ufffd a" in python(code).stdout


def test_letters_survive_the_borders_of_reads() -> None:
    outcome, seen = lines_of("import sys; sys.stdout.write('aə' * 200_000)")
    assert outcome.ok
    assert "".join(line for _, line in seen) == "aə" * 200_000


def test_every_kind_of_line_end_ends_a_line() -> None:
    code = "import sys; sys.stdout.buffer.write(b'a\\r\\nb\\rc\\n\\nd')"
    assert [line for _, line in lines_of(code)[1]] == ["a", "b", "c", "", "d"]


def test_a_child_that_closes_its_output_early_is_waited_for() -> None:
    code = "import os, time; os.close(1); time.sleep(0.3); os.write(2, b'later'); os._exit(7)"
    outcome, seen = lines_of(code)
    assert (outcome.exit_code, seen) == (7, [("stderr", "later")])


def test_a_child_that_closes_all_output_still_has_its_time_limit() -> None:
    outcome = python("import os, time; os.close(1); os.close(2); time.sleep(99)", timeout=1)
    assert outcome.kind == "timed_out"


def test_standard_input_is_empty() -> None:
    assert python("import sys; print(repr(sys.stdin.read()))").stdout == "''\n"


def test_children_speak_utf8_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONUTF8", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C")
    code = "import os, sys; print(sys.stdout.encoding, sys.flags.utf8_mode, 'ə')"
    assert python(code).stdout == "utf-8 1 ə\n"


def test_names_with_spaces_and_letters_work(tmp_path: Path) -> None:
    folder = tmp_path / ODD_NAME
    folder.mkdir()
    script = folder / "proqram ı.py"
    script.write_text("import os, sys; print(os.getcwd()); print(sys.argv[1])", encoding="utf-8")
    outcome = run([sys.executable, script, ODD_NAME], timeout=PATIENCE, cwd=folder)
    assert outcome.stdout.splitlines() == [str(folder), ODD_NAME]


def test_a_reader_that_raises_leaves_nothing_behind() -> None:
    def on_line(_name: str, _line: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stream(
            [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(99)"],
            on_line,
            timeout=PATIENCE,
        )


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_lines_do_not_depend_on_how_the_bytes_arrive(chunks: list[bytes]) -> None:
    def lines(parts: list[bytes]) -> list[str]:
        seen: list[str] = []
        splitter = child_process._Lines("stdout", lambda _name, line: seen.append(line))
        for part in parts:
            splitter.feed(part)
        splitter.close()
        return seen

    whole = b"".join(chunks)
    wanted = whole.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert lines(chunks) == lines([whole]) == (wanted if wanted[-1] else wanted[:-1])


def test_the_end_of_the_program_ends_every_child() -> None:
    outcomes: list[Outcome] = []
    program = "import time\ntime.sleep(600)"
    waiting = threading.Thread(
        target=lambda: outcomes.append(run([sys.executable, "-c", program], timeout=600)),
        daemon=True,
    )
    waiting.start()
    deadline = time.monotonic() + PATIENCE
    while not psutil.Process().children() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert psutil.Process().children()
    assert end_all()
    waiting.join(PATIENCE)
    assert [outcome.kind for outcome in outcomes] == ["cancelled"]
    assert not psutil.Process().children()
    assert run([sys.executable, "-c", "print(1)"], timeout=60).stdout.strip() == "1", "and goes on"
