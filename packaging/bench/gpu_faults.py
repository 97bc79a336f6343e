"""Faults of a real card, injected for real: each row counts what ended otherwise than it should."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rows import BENCH, CHECKOUT, BenchError, Row, own_environment

FREED_SECONDS = 20.0
DETECT_SECONDS = 15.0
LOG: Path | None = None
"""A file that gets what every call said, one JSON object a line."""


@dataclass(frozen=True)
class Said:
    """What a call of the command line gave."""

    code: int
    events: list[dict[str, Any]]
    last: str
    """The last line on standard error."""
    traceback: bool
    seconds: float

    @property
    def findings(self) -> list[str]:
        told = self.events[-1].get("findings", []) if self.events else []
        return [str(finding["code"]) for finding in told]


def wizard(*arguments: str, **variables: str) -> Said:
    """One call of the command line in a home of its own; ``variables`` are set besides."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "wizard", *arguments],
            env=own_environment(home) | {"GPU_WIZARD_LANGUAGE": "en"} | variables,
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=400,
            check=False,
        )
        seconds = time.perf_counter() - began
    last = (done.stderr.strip().splitlines() or [""])[-1]
    said = Said(done.returncode, _objects(done.stdout), last, "Traceback" in done.stderr, seconds)
    if LOG is not None:
        with LOG.open("a", encoding="utf-8") as log:
            called = {"arguments": arguments, "variables": variables}
            log.write(json.dumps({**called, **asdict(said), "stderr": done.stderr[-4000:]}) + "\n")
    return said


def _objects(text: str) -> list[dict[str, Any]]:
    """One document, or one object a line."""
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def detected(**variables: str) -> dict[str, Any]:
    said = wizard("detect", "--json", **variables)
    if said.code != 0 or not said.events or not said.events[0]["gpus"]:
        raise BenchError(f"detect saw no card: {said.last}")
    return said.events[0]


def published_machine() -> dict[str, Any]:
    """The machine without what is private, named after its card."""
    code = (
        "import json\n"
        "from wizard.detection.survey import survey\n"
        "from wizard.report.publishable import published\n"
        "print(json.dumps(published(survey()).machine.to_json()))\n"
    )
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=own_environment(home),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    if done.returncode != 0:
        raise BenchError(done.stderr.strip()[-200:])
    return {**json.loads(done.stdout), "environments": [], "conda_installations": []}


def rows() -> list[Row]:
    """Every fault; a problem is said in words."""
    seen: list[Row] = []
    for name, fault in FAULTS.items():
        print(f"    {name} …", file=sys.stderr, flush=True)
        try:
            problems = fault()
        except Exception as error:  # the other faults are to be tried all the same
            problems = [f"{type(error).__name__}: {error}"]
        seen.append(Row(name, 0.0, float(len(problems)), "wrong", "; ".join(problems)))
    return seen


def _full_memory() -> list[str]:
    with _program("gpu_work.py", "fill") as holder:
        assert holder.stdout is not None
        told = json.loads(holder.stdout.readline())
        measured = wizard("benchmark", "--python", sys.executable, "--seconds", "15", "--json")
        verified = wizard("verify", "--python", sys.executable, "--json")
    problems = _not(measured.code in (0, 1), f"benchmark ended with {measured.code}")
    problems += _not(not measured.traceback, f"benchmark: {measured.last}")
    samples = [event for event in measured.events if event.get("event") == "sample"]
    problems += _not(any(e["device"] == "cpu" for e in samples), "the CPU was not measured")
    notes = {event.get("code") for event in measured.events if event.get("event") == "note"}
    sizes = [event["size"] for event in samples if event["device"] != "cpu"]
    # The next size of three float32 matrices would have needed more than is left.
    smaller = bool(sizes) and 3 * 4 * (2 * max(sizes)) ** 2 > 0.5 * told["left"]
    said = "out_of_memory" in notes or bool(measured.findings) or smaller
    problems += _not(said, f"nothing was said; sizes on the GPU {sizes}, left {told['left']}")
    problems += _not(verified.code in (0, 1), f"verify ended with {verified.code}")
    problems += _not(not verified.traceback, f"verify: {verified.last}")
    problems += _not("unexpected_error" not in verified.findings, f"verify: {verified.findings}")
    return problems


def _two_at_once() -> list[str]:
    from concurrent.futures import ThreadPoolExecutor

    call = ("benchmark", "--python", sys.executable, "--seconds", "12", "--json")
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: wizard(*call), range(2)))
    return [
        problem
        for said in both
        for problem in _not(said.code == 0, f"ended with {said.code}: {said.last}")
        + _not(any(e.get("device") == "cuda:0" for e in said.events), "no point of the GPU")
    ]


def _killed_in_a_kernel() -> list[str]:
    before = _used_memory()
    command = [sys.executable, str(CHECKOUT / "wizard" / "target"), "benchmark"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:
            event = json.loads(line)
            on_gpu = event.get("device") == "cuda:0" and event.get("size", 0) >= 4096
            if event.get("event") == "status" and on_gpu:
                time.sleep(0.2)
                child.send_signal(signal.SIGKILL)
                break
        child.wait()
    until = time.monotonic() + FREED_SECONDS
    while _used_memory() > before + 200 * 2**20:
        if time.monotonic() > until:
            return [f"{_used_memory() - before} bytes of the GPU's memory are still held"]
        time.sleep(0.5)
    after = wizard("verify", "--python", sys.executable, "--json")
    return _not(after.code == 0, f"verify afterwards ended with {after.code}: {after.findings}")


def _used_memory() -> int:
    import pynvml

    pynvml.nvmlInit()
    try:
        return int(pynvml.nvmlDeviceGetMemoryInfo(pynvml.nvmlDeviceGetHandleByIndex(0)).used)
    finally:
        pynvml.nvmlShutdown()


def _hidden(value: str) -> list[str]:
    """CUDA_VISIBLE_DEVICES names no card: not ready, and that is the first thing said."""
    said = wizard("verify", "--python", sys.executable, "--json", CUDA_VISIBLE_DEVICES=value)
    problems = _not(said.code == 1, f"ended with {said.code}")
    return problems + _not(
        said.findings[:1] == ["cuda_visible_devices"], f"findings {said.findings}"
    )


def _by_uuid() -> list[str]:
    uuid = str(detected()["gpus"][0]["uuid"])
    said = wizard("verify", "--python", sys.executable, "--json", CUDA_VISIBLE_DEVICES=uuid)
    return _not(said.code == 0, f"ended with {said.code}: {said.findings}")


def _with_nvidia_smi(script: str | None) -> list[str]:
    """Another program of that name in front, or none at all; the card has to be seen as before."""
    expected = detected()["gpus"]
    with tempfile.TemporaryDirectory() as folder:
        path = folder
        if script is not None:
            program = Path(folder) / "nvidia-smi"
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
            path = os.pathsep.join((folder, os.environ.get("PATH", "")))
        began = time.perf_counter()
        seen = detected(PATH=path)["gpus"]
        took = time.perf_counter() - began
    problems = _not(seen == expected, f"seen {seen}, not {expected}")
    return problems + _not(took < DETECT_SECONDS, f"it took {took:.1f} s")


_PRETENDING = """
import importlib.util, sys


class Finder:
    def find_spec(self, name, path=None, target=None):
        if name != "torch.cuda":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def pretend(module):
            execute(module)
            module.{answer}

        spec.loader.exec_module = pretend
        return spec


sys.meta_path.insert(0, Finder())
"""


def _pretending(answer: str) -> list[str]:
    """PyTorch says something else of the card or of itself: the build does not serve the card."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sitecustomize.py").write_text(_PRETENDING.format(answer=answer))
        path = os.pathsep.join((folder, own_environment(folder)["PYTHONPATH"]))
        said = wizard("verify", "--python", sys.executable, "--json", PYTHONPATH=path)
    return _not_served(said)


def _translated_only() -> list[str]:
    """The driver has to leave every kernel that was made for this card aside: there is none left.

    `CUDA_FORCE_PTX_JIT`, CUDA Programming Guide: machine code in the program is not used.
    """
    return _not_served(
        wizard("verify", "--python", sys.executable, "--json", CUDA_FORCE_PTX_JIT="1")
    )


def _not_served(said: Said) -> list[str]:
    problems = _not(said.code == 1, f"ended with {said.code}: {said.last}")
    fitting = {"arch_too_old_for_build", "arch_too_new"}
    return problems + _not(bool(fitting & set(said.findings[:1])), f"findings {said.findings}")


FAULTS: Mapping[str, Callable[[], list[str]]] = {
    "99 % of the GPU's memory is taken": _full_memory,
    "two benchmarks at once": _two_at_once,
    "the child is killed in the middle of a kernel": _killed_in_a_kernel,
    "CUDA_VISIBLE_DEVICES is empty": lambda: _hidden(""),
    "CUDA_VISIBLE_DEVICES=7": lambda: _hidden("7"),
    "CUDA_VISIBLE_DEVICES is the card's UUID": _by_uuid,
    "PyTorch calls the card a 5.0": lambda: _pretending(
        "get_device_capability = lambda device=None: (5, 0)"
    ),
    "PyTorch has kernels of 12.0 alone": lambda: _pretending("get_arch_list = lambda: ['sm_120']"),
    "no kernel for the card may be used": _translated_only,
    "nvidia-smi is missing": lambda: _with_nvidia_smi(None),
    "nvidia-smi hangs": lambda: _with_nvidia_smi("exec sleep 600"),
    "nvidia-smi prints rubbish": lambda: _with_nvidia_smi("head -c 100000 /dev/urandom"),
}


def _not(held: bool, problem: str) -> list[str]:
    return [] if held else [problem]


@contextmanager
def _program(name: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A program of the bench beside this one; it ends when its standard input is closed."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        child = subprocess.Popen(
            [sys.executable, str(BENCH / name), *arguments],
            env=own_environment(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield child
        finally:
            child.communicate(timeout=60)
