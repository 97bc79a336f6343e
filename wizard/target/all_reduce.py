"""Do all GPUs add up together? One process a GPU, as training on several of them works.

The processes find each other through a file in a folder of their own, so no port is needed. Nothing
here waits without an end: a group that does not answer within its limit is ended, all of it.
"""

# ruff: noqa: B905  (zip has no strict= in Python 3.8)
from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .protocol import NONCE, shortened

GROUP_SECONDS = 120.0
PAIR_SECONDS = 60.0
PAIRS_SECONDS = 240.0
"""For all rounds of pairs together; what is left then stays untried, and is said."""
MIB = {"nccl": 64, "gloo": 16}
_GRACE = 3.0
"""Seconds the others get to say something when one has failed, or to end when all is said."""
_KEPT = 2000
"""Characters of what one process printed."""

Pair = Tuple[str, str]


class Outcome(NamedTuple):
    """What one group came to; without a ``reason`` the sum was right on every device."""

    reason: Optional[str]
    detail: str
    size: int = 0
    """Bytes that each device put in."""
    seconds: float = 0.0
    """Of one all-reduce: the median of the slowest process."""

    @property
    def gb_per_second(self) -> float:
        """Algorithm bandwidth: the bytes of one device's share by the seconds of one all-reduce."""
        return self.size / self.seconds / 1e9 if self.seconds else 0.0


class Answer(NamedTuple):
    """The answer of all devices together, and of each pair where that was not good."""

    outcome: Outcome
    value: Dict[str, Any]
    detail: str


def backend_of(torch: Any) -> Optional[str]:
    """``nccl`` where the build has it, else ``gloo`` (Windows), else None."""
    distributed = getattr(torch, "distributed", None)
    if distributed is None or not distributed.is_available():
        return None
    if distributed.is_nccl_available():
        return "nccl"
    has_gloo = getattr(distributed, "is_gloo_available", lambda: True)
    return "gloo" if has_gloo() else None


def examine(
    names: Dict[str, str],
    backend: str,
    group_seconds: float = GROUP_SECONDS,
    pair_seconds: float = PAIR_SECONDS,
) -> Answer:
    """The sum over all devices; where that fails, of every pair, so that the bad one is named.

    ``names`` has each device's name by its id.
    """
    devices = list(names)
    outcome = run_group(devices, backend, group_seconds)
    value: Dict[str, Any] = {"backend": backend, "devices": devices}
    if outcome.reason is None:
        value.update(
            bytes=outcome.size,
            seconds=outcome.seconds,
            gb_per_second=round(outcome.gb_per_second, 3),
        )
        return Answer(outcome, value, "")
    tried: Dict[Pair, Outcome] = {}
    if len(devices) == 2:
        tried[(devices[0], devices[1])] = outcome
    else:
        tried = _try_pairs(devices, backend, pair_seconds)
    bad = {pair: each for pair, each in tried.items() if each.reason is not None}
    value["failed_pairs"] = [list(pair) for pair in bad]
    value["passed_pairs"] = [list(pair) for pair in tried if pair not in bad]
    told = [f"{_named(names, pair)}: {each.detail}" for pair, each in bad.items()]
    if len(devices) > 2:
        if not bad:
            told.insert(0, "Every pair works by itself; all together do not.")
        told.append(f"All {len(devices)}: {outcome.detail}")
        untried = len(devices) * (len(devices) - 1) // 2 - len(tried)
        if untried:
            told.append(f"Pairs not tried for lack of time: {untried}")
    return Answer(outcome, value, shortened("\n".join(told), 6000))


def _named(names: Dict[str, str], pair: Pair) -> str:
    return " and ".join(f"{names[each]} ({each})" for each in pair)


def _try_pairs(devices: List[str], backend: str, limit: float) -> Dict[Pair, Outcome]:
    """Every pair, those of a round side by side, as far as the time allows."""
    tried: Dict[Pair, Outcome] = {}
    end = time.monotonic() + PAIRS_SECONDS
    for pairs in rounds(devices):
        if time.monotonic() + limit > end:
            break
        sys.stderr.write("all_reduce: " + ", ".join("+".join(pair) for pair in pairs) + "\n")
        sys.stderr.flush()  # also a sign of life to who watches for silence

        def run(pair: Pair) -> None:
            tried[pair] = run_group(list(pair), backend, limit)

        threads = [threading.Thread(target=run, args=(pair,)) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return tried


def rounds(devices: List[str]) -> Iterator[List[Pair]]:
    """Every pair once, in rounds in which no device is in two pairs."""
    ring: List[Optional[str]] = [*devices, *([None] if len(devices) % 2 else [])]
    place = {device: at for at, device in enumerate(devices)}
    half = len(ring) // 2
    for _ in range(len(ring) - 1):
        found: List[Pair] = []
        for one, other in zip(ring[:half], reversed(ring[half:])):
            if one is not None and other is not None:
                found.append((one, other) if place[one] < place[other] else (other, one))
        yield found
        ring.insert(1, ring.pop())


def run_group(devices: List[str], backend: str, limit: float) -> Outcome:
    """One process a device, ended within ``limit`` seconds whatever they do. Never raises."""
    try:
        folder = tempfile.mkdtemp(prefix="all-reduce-")
    except OSError as error:
        return Outcome("unexpected_error", f"{type(error).__name__}: {error}")
    members: List[_Member] = []
    try:
        for rank in range(len(devices)):
            # One by one: if one cannot start, those before it have to be ended.
            members.append(_Member(devices, rank, backend, folder, limit))  # noqa: PERF401
        _wait(members, time.monotonic() + limit)
        return _judged(members, limit)
    except OSError as error:
        return Outcome("unexpected_error", f"{type(error).__name__}: {error}")
    finally:
        for member in members:
            member.end()
        shutil.rmtree(folder, ignore_errors=True)


class _Member:
    """One process of a group, and what it said."""

    def __init__(
        self, devices: List[str], rank: int, backend: str, folder: str, limit: float
    ) -> None:
        self.device = devices[rank]
        self.answer: Optional[Dict[str, Any]] = None
        self._said = ""
        nonce = os.urandom(16).hex()
        self._start = json.dumps({"event": "rank", "nonce": nonce})[:-1].encode("ascii")
        command = [sys.executable, str(Path(__file__).absolute().parent), "all_reduce_rank"]
        command += ["--devices", ",".join(devices), "--rank", str(rank), "--folder", folder]
        command += ["--backend", backend, "--seconds", f"{limit:g}", "--mib", str(MIB[backend])]
        self._process = subprocess.Popen(  # held open, standard input tells that we are there
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"NCCL_DEBUG": "WARN", **os.environ, NONCE: nonce},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._readers = [
            threading.Thread(target=self._hear, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._keep, args=(self._process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def exit_code(self) -> Optional[int]:
        return self._process.poll()

    @property
    def said(self) -> str:
        """The end of what it printed besides its answer."""
        return self._said.strip()

    @property
    def failed(self) -> bool:
        """It ended without an answer, or its answer is an error."""
        if self.answer is None:
            # Its last line may still be under way through the pipe.
            return self.exit_code is not None and not self._readers[0].is_alive()
        return "reason" in self.answer

    def _hear(self, pipe: IO[bytes]) -> None:
        for line in pipe:
            if line.startswith(self._start):  # a whole line: the channel writes no other
                self.answer = json.loads(line)
            else:
                self._pass_on(line)

    def _keep(self, pipe: IO[bytes]) -> None:
        for line in pipe:
            self._pass_on(line)

    def _pass_on(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        self._said = (self._said + text)[-_KEPT:]
        sys.stderr.write(f"[{self.device}] {text}")

    def end(self) -> None:
        """End it, gently where it has said all; nothing of it is left but what it printed."""
        if self.answer is not None and not self.failed:
            self._wait(_GRACE)
        if self.exit_code is None:
            self._process.kill()
            self._wait(5)
        for reader in self._readers:
            reader.join(2)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None and not any(each.is_alive() for each in self._readers):
                pipe.close()

    def _wait(self, seconds: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)


def _wait(members: List[_Member], deadline: float) -> None:
    """Until all have answered, or one has failed and the others had their moment."""
    failing = False
    while time.monotonic() < deadline:
        if all(each.answer is not None or each.failed for each in members):
            return
        if not failing and any(each.failed for each in members):
            failing = True
            deadline = min(deadline, time.monotonic() + _GRACE)
        time.sleep(0.02)


def _judged(members: List[_Member], limit: float) -> Outcome:
    """The worst that happened: who died explains the errors of the others, these who hangs."""
    found: List[Tuple[str, str]] = []
    for member in members:
        if member.answer is None and member.failed:
            told = f"{member.device} ended with exit code {member.exit_code}"
            found.append(("child_died", _with_words(told, member.said)))
    for member in members:
        if member.answer is not None and "reason" in member.answer:
            told = f"{member.device}: {member.answer.get('detail', '')}"
            found.append((str(member.answer["reason"]), told))
    silent = [each for each in members if each.answer is None and not each.failed]
    if silent and not found:
        told = f"no answer within {limit:g} s from " + ", ".join(each.device for each in silent)
        found.append(("child_hung", _with_words(told, silent[0].said)))
    if found:
        # The lines of all: whoever waited for the one that failed says so, too.
        return Outcome(found[0][0], "\n".join(told for _, told in found))
    answers = [member.answer for member in members if member.answer is not None]
    slowest = max(float(each["seconds"]) for each in answers)
    return Outcome(None, "", int(answers[0]["bytes"]), slowest)


def _with_words(told: str, said: str) -> str:
    return f"{told}\n{said}" if said else told
