"""The only place that starts a process: time limits, decoding, and ending the whole tree.

`run` collects what a short tool prints; `stream` hands over the lines of a long one as they come.
Trouble with a process is an `Outcome`, never an exception. No child and nothing that it started
outlives this process, whoever dies and how: a group of its own and `wizard.sweeper`, on Windows a
job object.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from wizard.awake import AwakeClock
from wizard.exit_codes import exit_name
from wizard.sweeper import SCRIPT, VARIABLE, Watched
from wizard.text import _
from wizard.windows_job import CREATE_SUSPENDED, WindowsJob

if TYPE_CHECKING:
    import psutil

Kind = Literal["exited", "timed_out", "cancelled", "not_started"]
Stream = Literal["stdout", "stderr"]

MAX_OUTPUT = 16 * 2**20
"""Bytes kept of each stream by `run`; the rest is read and dropped."""
MAX_LINE = 2**16
"""Characters; `stream` hands over a longer line in pieces."""

_TICK = 0.05
"""Seconds between looks at the clock, at `cancelled` and at the child."""
_TICK_TOLD = 0.1
"""Seconds between two calls of ``on_tick``."""
_GENTLE = 1.0
"""Seconds a child has to end by itself before it is killed."""
_DRAIN = 0.5
"""Seconds to read what is left once the child has ended; a daemon may hold the pipe for ever."""


@dataclass(frozen=True)
class Outcome:
    """How a child ended."""

    kind: Kind
    exit_code: int | None
    """None where it never started; a negative signal number where a signal ended it (POSIX)."""
    stdout: str
    stderr: str
    detail: str
    """What went wrong in technical words, such as the system's error; empty where nothing did."""
    seconds: float

    @property
    def ok(self) -> bool:
        return self.kind == "exited" and self.exit_code == 0

    @property
    def exit_name(self) -> str:
        """The exit code as people search for it; empty where there is none."""
        return "" if self.exit_code is None else exit_name(self.exit_code)


def run(
    argv: Sequence[str | Path],
    *,
    timeout: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    cancelled: threading.Event | None = None,
) -> Outcome:
    """Run a tool to its end and keep what it printed, at most `MAX_OUTPUT` bytes a stream.

    ``timeout`` is in seconds; ``env`` replaces the environment (None: this process's own).
    """
    kept: dict[Stream, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}

    def collect(stream: Stream, data: bytes) -> None:
        kept[stream] += data[: MAX_OUTPUT - len(kept[stream])]

    child = _Child(argv, env, cwd, hold_stdin=False)
    ended = child.drive(collect, timeout=timeout, silence=None, cancelled=cancelled)
    cut = any(len(data) >= MAX_OUTPUT for data in kept.values())
    return Outcome(
        ended.kind,
        ended.exit_code,
        _text(kept["stdout"]),
        _text(kept["stderr"]),
        ended.detail or (_("its output was too long and was cut") if cut else ""),
        ended.seconds,
    )


def stream(
    argv: Sequence[str | Path],
    on_line: Callable[[Stream, str], None],
    *,
    timeout: float,
    silence: float | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    cancelled: threading.Event | None = None,
    hold_stdin: bool = True,
    gentle: float = _GENTLE,
    on_start: Callable[[int], None] | None = None,
    on_tick: Callable[[], None] | None = None,
) -> Outcome:
    """Run a program and hand over its lines as they come, in the calling thread.

    With ``hold_stdin`` the child's standard input stays open until the end, so that a child that
    watches it can tell when this process has gone; else a question finds it closed. ``on_start``
    gets the process id, ``on_tick`` is called about ten times a second, both in this thread.
    ``timeout``, ``silence`` (nothing printed at all) and ``gentle`` (to end by itself when it
    must) are in seconds.
    A line longer than `MAX_LINE` comes in pieces; a carriage return ends a line too. The
    outcome's own ``stdout`` and ``stderr`` are empty.
    """
    lines = {name: _Lines(name, on_line) for name in ("stdout", "stderr")}
    child = _Child(argv, env, cwd, hold_stdin=hold_stdin, gentle=gentle)
    if on_start is not None and child.pid is not None:
        on_start(child.pid)
    ended = child.drive(
        lambda name, data: lines[name].feed(data),
        timeout=timeout,
        silence=silence,
        cancelled=cancelled,
        on_tick=on_tick,
    )
    for splitter in lines.values():
        splitter.close()
    return ended


def start_detached(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    new_console: bool = False,
) -> str | None:
    """Start a program that goes on without this one, such as a terminal; returns what went wrong.

    ``new_console`` gives it a window of its own on Windows, and its words as they are: cmd reads
    them by rules of its own.
    """
    words = [str(part) for part in argv]
    flag = "CREATE_NEW_CONSOLE" if new_console else "DETACHED_PROCESS"
    try:
        process = subprocess.Popen(
            " ".join(words) if new_console and sys.platform == "win32" else words,
            stdin=None if new_console else subprocess.DEVNULL,
            stdout=None if new_console else subprocess.DEVNULL,
            stderr=None if new_console else subprocess.DEVNULL,
            env=dict(env),
            cwd=cwd,
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, flag, 0),
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return str(error) or type(error).__name__
    # Nobody waits for its end, but somebody has to take note of it.
    threading.Thread(target=process.wait, name="detached", daemon=True).start()
    return None


def _start_sweeper() -> int | None:
    """The shell of `wizard.sweeper`: the writing end of its pipe; None where it cannot start."""
    read, write = os.pipe()
    try:
        # The packaged program's libraries are none of the shell's: of the environment, PATH alone.
        subprocess.run(
            ["/bin/sh", "-c", SCRIPT, "sweeper", VARIABLE],
            stdin=read,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": os.environ.get("PATH") or os.defpath},
            start_new_session=True,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        os.close(write)
        return None
    finally:
        os.close(read)
    os.set_blocking(write, False)
    return write


_live: set[_Child] = set()
_closing = threading.Event()


def end_all(within: float = 4.0) -> bool:
    """End every child that this process has running, whichever thread waits for it.

    For the end of the program: a probe's thread may sit on a tool that hangs. ``within`` is in
    seconds; returns whether all are gone.
    """
    _closing.set()
    try:
        deadline = time.monotonic() + within
        while _live and time.monotonic() < deadline:
            time.sleep(_TICK)
        return not _live
    finally:
        _closing.clear()


def _text(data: bytes | bytearray) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


class _Lines:
    """Cuts a byte stream into lines of text, whatever the bytes are."""

    def __init__(self, name: Stream, on_line: Callable[[Stream, str], None]) -> None:
        self._name: Stream = name
        self._on_line = on_line
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes, final: bool = False) -> None:
        text = self._rest + self._decoder.decode(data, final)
        # A "\r" at the very end may be the first half of "\r\n".
        held = "\r" if text.endswith("\r") and not final else ""
        text = text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n")
        *complete, rest = text.split("\n")
        for line in complete:
            self._hand_over(line)
        while len(rest) > MAX_LINE:
            self._on_line(self._name, rest[:MAX_LINE])
            rest = rest[MAX_LINE:]
        self._rest = rest + held

    def close(self) -> None:
        self.feed(b"", final=True)
        if self._rest:
            self._hand_over(self._rest)
            self._rest = ""

    def _hand_over(self, line: str) -> None:
        for start in range(0, max(len(line), 1), MAX_LINE):
            self._on_line(self._name, line[start : start + MAX_LINE])


class _Child:
    """One started process, its readers and its whole tree."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        env: Mapping[str, str] | None,
        cwd: Path | None,
        *,
        hold_stdin: bool,
        gentle: float = _GENTLE,
    ) -> None:
        self._began = time.monotonic()
        self._clock = AwakeClock()  # from here on: a computer can fall asleep while it starts, too
        self._gentle = gentle
        self._error = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._job = WindowsJob.create()
        self._watched = Watched(_start_sweeper)
        # Bounded: a child that prints faster than it is read has to wait.
        self._chunks: queue.Queue[tuple[Stream, bytes]] = queue.Queue(maxsize=64)
        self._stop = threading.Event()
        self._readers: list[threading.Thread] = []
        self._tree: list[psutil.Process] = []
        _live.add(self)  # before it starts: `end_all` must not miss one that is just starting
        try:
            self._process = subprocess.Popen(
                [str(part) for part in argv],
                stdin=subprocess.PIPE if hold_stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(os.environ if env is None else env)
                | {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}
                | self._watched.variables,
                cwd=cwd,
                bufsize=0,
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)
                | (CREATE_SUSPENDED if self._job is not None else 0),
            )
            self._watched.started(self._process.pid)
            if self._job is not None:
                self._job.take(self._process.pid)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            self._error = str(error) or type(error).__name__
            if self._process is not None:  # it sleeps, and cannot be woken
                self._process.kill()
                self._process = None
            self._let_go(sweep=False)
            return
        self._read("stdout", self._process.stdout)
        self._read("stderr", self._process.stderr)

    @property
    def pid(self) -> int | None:
        """None where it never started."""
        return None if self._process is None else self._process.pid

    def drive(
        self,
        sink: Callable[[Stream, bytes], None],
        *,
        timeout: float,
        silence: float | None,
        cancelled: threading.Event | None,
        on_tick: Callable[[], None] | None = None,
    ) -> Outcome:
        """Give the output to ``sink`` until the child ends or must; always ends the whole tree."""
        process = self._process
        if process is None:
            return self._outcome("not_started", None, self._error)
        kind: Kind = "cancelled"
        detail = ""
        try:
            kind, detail = self._pump(process, sink, timeout, silence, cancelled, on_tick)
        finally:
            self._end_tree(process)
            self._drain(sink)
            self._close(process)
            # Whoever came to his end may leave a daemon behind; whoever had to end may not.
            self._let_go(sweep=kind != "exited")
        # What was ended from here says nothing by its exit code.
        return self._outcome(kind, process.returncode if kind == "exited" else None, detail)

    def _let_go(self, *, sweep: bool) -> None:
        if self._job is not None:
            self._job.close()
        self._watched.ended(sweep=sweep)
        _live.discard(self)

    def _outcome(self, kind: Kind, exit_code: int | None, detail: str) -> Outcome:
        return Outcome(kind, exit_code, "", "", detail, time.monotonic() - self._began)

    def _read(self, name: Stream, pipe: IO[bytes] | None) -> None:
        if pipe is None:
            return
        reader = threading.Thread(
            target=self._read_all, args=(name, pipe.fileno()), name=f"child {name}", daemon=True
        )
        self._readers.append(reader)
        reader.start()

    def _read_all(self, name: Stream, descriptor: int) -> None:
        with contextlib.suppress(OSError):
            while not self._stop.is_set():
                if not _readable(descriptor):
                    continue
                data = os.read(descriptor, 2**16)
                self._put(name, data)
                if not data:
                    return

    def _put(self, name: Stream, data: bytes) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(queue.Full):
                self._chunks.put((name, data), timeout=_TICK)
                return

    def _pump(
        self,
        process: subprocess.Popen[bytes],
        sink: Callable[[Stream, bytes], None],
        timeout: float,
        silence: float | None,
        cancelled: threading.Event | None,
        on_tick: Callable[[], None] | None,
    ) -> tuple[Kind, str]:
        clock = self._clock
        heard = ticked = clock.now()
        deadline = self._began + timeout
        open_pipes = len(self._readers)
        while True:
            now = clock.now()
            if on_tick is not None and now - ticked >= _TICK_TOLD:
                ticked = now
                on_tick()
            if _closing.is_set() or (cancelled is not None and cancelled.is_set()):
                return "cancelled", ""
            if now >= deadline:
                return "timed_out", _("no end after {seconds} s").format(seconds=f"{timeout:g}")
            if silence is not None and now - heard >= silence:
                return "timed_out", _("nothing printed for {seconds} s").format(
                    seconds=f"{silence:g}"
                )
            if open_pipes == 0 and _has_ended(process, _TICK):
                return "exited", ""
            try:
                name, data = self._chunks.get(timeout=_TICK if open_pipes else 0)
            except queue.Empty:
                if process.poll() is not None:
                    return "exited", ""  # something it started holds the pipes
                continue
            if data:
                heard = clock.now()
                sink(name, data)
            else:
                open_pipes -= 1

    def _end_tree(self, process: subprocess.Popen[bytes]) -> None:
        """Ask, then kill; also what the child left behind."""
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        tree: list[psutil.Process] = []
        if process.poll() is None:
            tree = _descendants(process)
            _signal_group(process, hard=False)
            _signal(tree, hard=False)
            if not _has_ended(process, self._gentle):
                tree += [each for each in _descendants(process) if each not in tree]
        if self._job is not None:
            self._job.close()
        _signal_group(process, hard=True)
        _signal(tree, hard=True)
        if process.poll() is None:
            process.kill()
        _has_ended(process, _GENTLE)

    def _drain(self, sink: Callable[[Stream, bytes], None]) -> None:
        """Hand over what was printed before the end; a pipe still open after a while is left."""
        until = time.monotonic() + _DRAIN
        while time.monotonic() < until:
            alive = any(reader.is_alive() for reader in self._readers)
            try:
                name, data = self._chunks.get(timeout=0.01 if alive else 0)
            except queue.Empty:
                if not alive:
                    return
                continue
            sink(name, data)

    def _close(self, process: subprocess.Popen[bytes]) -> None:
        self._stop.set()
        for reader in self._readers:
            reader.join(_GENTLE)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None and not any(reader.is_alive() for reader in self._readers):
                pipe.close()


def _readable(descriptor: int) -> bool:
    """Wait a moment for data or the end; on Windows a pipe cannot be waited for, only read."""
    if sys.platform == "win32":
        return True
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(_TICK * 1000))


def _has_ended(process: subprocess.Popen[bytes], within: float) -> bool:
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        return False
    return True


def _descendants(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    # Imported late: most tools end by themselves, and this only serves the others.
    import psutil

    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        return []


def _signal(tree: list[psutil.Process], *, hard: bool) -> None:
    if not tree:
        return
    import psutil

    for each in tree:
        with contextlib.suppress(psutil.Error):
            # On Windows both are the same: nothing gentler reaches a child without a window.
            each.kill() if hard else each.terminate()


def _signal_group(process: subprocess.Popen[bytes], *, hard: bool) -> None:
    """The child leads its own session: its group holds all that did not leave it."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL if hard else signal.SIGTERM)
