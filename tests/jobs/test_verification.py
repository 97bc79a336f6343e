"""The verification with real children: real PyTorch, broken ones, and a stand-in for a GPU."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from wizard.checks import CHECK_IDS, GPU_CHECK_IDS, Check
from wizard.detection.machine import Driver, Gpu, Machine
from wizard.jobs.events import CheckStarted, Event, LogLine
from wizard.jobs.verification import VerificationResult, expected_accelerator, run_verification

Make = Callable[..., Path]
HERE = Path(sys.executable)


def verify(
    python: Path, machine: Machine, **limits: float
) -> tuple[VerificationResult, list[Event]]:
    events: list[Event] = []
    result = run_verification(python, machine, events.append, **limits)  # type: ignore[arg-type]
    assert tuple(check.id for check in result.checks) == CHECK_IDS
    assert {e.id for e in events if isinstance(e, Check)} == set(CHECK_IDS)
    assert psutil.Process().children(recursive=True) == []
    return result, events


def states(result: VerificationResult) -> dict[str, str]:
    return {check.id: check.state for check in result.checks}


def reasons(result: VerificationResult) -> dict[str, str | None]:
    return {check.id: check.reason for check in result.checks}


def codes(result: VerificationResult) -> list[str]:
    return [finding.code for finding in result.findings]


def test_a_cpu_machine_is_ready_on_the_cpu(cpu_machine: Machine) -> None:
    result, events = verify(HERE, cpu_machine)
    assert (result.ready, result.findings, result.kind) == ("cpu", (), "exited")
    assert result.expected == "auto"
    assert result.torch_version is not None
    assert all(states(result)[name] == "skipped" for name in GPU_CHECK_IDS)
    assert all(reasons(result)[name] == "no_gpu_expected" for name in GPU_CHECK_IDS)
    assert all(states(result)[name] == "passed" for name in CHECK_IDS if name.startswith("cpu_"))
    spoken = [e.id for e in events if isinstance(e, (CheckStarted, Check))]
    assert spoken == [name for name in CHECK_IDS for _ in range(2)]


@pytest.mark.usefixtures("cpu_build")
def test_a_cpu_build_beside_an_nvidia_card_is_not_ready(nvidia_machine: Machine) -> None:
    result, _events = verify(HERE, nvidia_machine)
    cuda = next(check for check in result.checks if check.id == "cuda_available")
    assert (cuda.state, cuda.value, cuda.reason) == ("failed", False, "cpu_build")
    assert result.ready is None
    assert codes(result) == ["cpu_only_build"]
    assert result.torch_version is not None
    assert result.torch_version in result.findings[0].why


@pytest.mark.usefixtures("cpu_build")
def test_a_missing_driver_comes_before_the_build(nvidia_machine: Machine) -> None:
    result, _events = verify(HERE, replace(nvidia_machine, nvidia_driver=None))
    assert codes(result) == ["driver_missing", "cpu_only_build"]


def test_an_environment_without_torch(cpu_machine: Machine, environment: Make) -> None:
    python = environment()
    result, _events = verify(python, cpu_machine)
    assert states(result)["interpreter"] == "passed"
    assert reasons(result)["torch_import"] == "torch_missing"
    assert reasons(result)["cpu_matmul"] == "torch_not_imported"
    assert (result.ready, codes(result)) == (None, ["torch_missing"])
    assert str(python) in result.findings[0].why


@pytest.mark.parametrize(
    ("torch", "code"),
    [
        ("raise ImportError('libtorch_cpu.so: undefined symbol: iJIT')", "torch_broken"),
        (
            "raise OSError('[WinError 126] Göstərilən modul tapılmadı. Error loading "
            '"C:\\\\env\\\\Lib\\\\site-packages\\\\torch\\\\lib\\\\c10.dll"\')',
            "vc_redist_missing",
        ),
        ("raise OSError('[WinError 1114] 动态链接库 c10.dll')", "vc_redist_old"),
        ("import no_such_module_at_all", "torch_broken"),
        ("raise SystemExit(3)", "torch_broken"),
        ("", "torch_broken"),
    ],
)
def test_a_torch_that_does_not_load(
    cpu_machine: Machine, environment: Make, torch: str, code: str
) -> None:
    result, _events = verify(environment(torch), cpu_machine)
    assert reasons(result)["torch_import"] == "torch_broken"
    assert (result.ready, codes(result)) == (None, [code])


def test_a_torch_that_hangs(cpu_machine: Machine, environment: Make) -> None:
    result, _events = verify(environment("import time; time.sleep(999)"), cpu_machine, silence=1.5)
    assert result.kind == "timed_out"
    assert reasons(result)["torch_import"] == "child_hung"
    assert reasons(result)["cpu_matmul"] == "not_reached"
    assert (result.ready, codes(result)) == (None, ["child_hung"])


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_torch_that_dies(cpu_machine: Machine, environment: Make) -> None:
    result, _events = verify(environment("import os; os.kill(os.getpid(), 9)"), cpu_machine)
    check = result.checks[1]
    assert (check.state, check.reason) == ("failed", "child_died")
    assert codes(result) == ["child_died"]
    assert "SIGKILL" in result.findings[0].why


def test_a_crash_leaves_its_place_in_the_log(cpu_machine: Machine, environment: Make) -> None:
    torch = "import ctypes; ctypes.string_at(0)"
    result, _events = verify(environment(torch), cpu_machine)
    assert codes(result) == ["child_died"]
    assert any("torch" in line and "__init__.py" in line for line in result.log_tail)


def test_a_program_that_prints_garbage(
    cpu_machine: Machine, program: Callable[[str], Path]
) -> None:
    code = (
        "import sys\n"
        'sys.stdout.buffer.write(b\'\\xff\\xfe{"event": "check"}\\n{"event"\\n\' * 9)\n'
        "sys.stdout.write('x' * 3_000_000)"
    )
    result, events = verify(program(code), cpu_machine)
    assert (result.ready, codes(result)) == (None, ["child_garbage"])
    assert result.log_path is not None
    assert result.log_path.stat().st_size > 3_000_000
    assert sum(len(e.text) for e in events if isinstance(e, LogLine)) > 3_000_000


def test_what_libraries_print_does_not_disturb(cpu_machine: Machine, environment: Make) -> None:
    torch = (
        "import os, sys, threading\n"
        "os.write(1, b'\\xff' + b'y' * 2_000_000)\n"
        'print(\'{"event": "done"}\')\n'
        "threading.Thread(target=lambda: [os.write(1, b'noise ') for _ in range(5000)]).start()\n"
        "raise ImportError('said')"
    )
    result, _events = verify(environment(torch), cpu_machine)
    assert codes(result) == ["torch_broken"]
    assert "said" in result.findings[0].why
    assert all(check.reason != "not_reached" for check in result.checks)
    assert result.log_path is not None
    assert '{"event": "done"}' in result.log_path.read_text("utf-8")


def test_an_interpreter_that_was_deleted(cpu_machine: Machine, environment: Make) -> None:
    python = environment()
    python.unlink()
    result, _events = verify(python, cpu_machine)
    assert (result.kind, result.ready) == ("not_started", None)
    assert codes(result) == ["interpreter_missing"]
    assert str(python) in result.findings[0].why


def test_stopping(cpu_machine: Machine, environment: Make) -> None:
    cancelled = threading.Event()

    def on_event(event: Event) -> None:
        if event == CheckStarted("torch_import"):
            cancelled.set()

    result = run_verification(
        environment("import time; time.sleep(999)"), cpu_machine, on_event, cancelled
    )
    assert (result.kind, result.ready, result.findings) == ("cancelled", None, ())
    assert reasons(result)["torch_import"] == "cancelled"


def test_files_of_the_user_do_not_shadow_the_checks(
    cpu_machine: Machine, environment: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor do the checks shadow the user's: a torch may well import a module named ``protocol``."""
    for name in ("verify", "protocol", "numerics", "wizard"):
        (tmp_path / f"{name}.py").write_text("MINE = True\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    torch = (
        "import verify, protocol, wizard\n"
        "assert verify.MINE and protocol.MINE and wizard.MINE\n"
        "raise ImportError('all mine')"
    )
    result, _events = verify(environment(torch), cpu_machine)
    assert "all mine" in result.checks[1].detail


@pytest.mark.parametrize("version", ["3.8", "3.13"])
def test_other_pythons_run_the_checks(version: str, cpu_machine: Machine) -> None:
    # HOME is the test's own; the interpreters lie in the real one.
    import pwd

    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    found = sorted(home.glob(f".pyenv/versions/{version}.*/bin/python"))
    if not found:
        pytest.skip(f"no Python {version} on this machine")
    result, _events = verify(found[0], cpu_machine)
    assert result.checks[0].fields["version"].startswith(version)  # type: ignore[union-attr]
    assert codes(result) == ["torch_missing"]


# A stand-in does the GPU's work from here on: this shows what is made of a card's answers, not
# that a card works.


def test_stand_in_gpu_that_works(nvidia_machine: Machine, stand_in: Make) -> None:
    result, _events = verify(stand_in("works"), nvidia_machine)
    assert (result.ready, result.findings) == ("gpu", ())
    assert (result.torch_version, result.device_names) == ("2.13.0+cu130", ("Stand-in 0",))
    alone = [name for name in GPU_CHECK_IDS if name != "all_reduce"]
    assert all(states(result)[name] == "passed" for name in alone)
    assert reasons(result)["all_reduce"] == "one_gpu"


@pytest.mark.usefixtures("cpu_build")
def test_two_stand_in_gpus_add_up(nvidia_machine: Machine, stand_in: Make) -> None:
    result, events = verify(stand_in("pair"), nvidia_machine)
    assert (result.ready, result.findings) == ("gpu", ())
    check = next(check for check in result.checks if check.id == "all_reduce")
    assert (check.state, check.reason) == ("passed", None)
    assert (check.fields["backend"], check.fields["devices"]) == ("gloo", ["cuda:0", "cuda:1"])
    assert check.fields["gb_per_second"] > 0  # type: ignore[operator]
    logged = [event.text for event in events if isinstance(event, LogLine)]
    assert "[cuda:1] all have joined" in logged


@pytest.mark.usefixtures("cpu_build")
def test_a_stand_in_gpu_that_does_not_add_up_is_named(
    nvidia_machine: Machine, stand_in: Make
) -> None:
    result, _events = verify(stand_in("link_lies"), nvidia_machine)
    assert reasons(result)["all_reduce"] == "results_disagree"
    check = next(check for check in result.checks if check.id == "all_reduce")
    assert check.fields["failed_pairs"] == [["cuda:1", "cuda:2"]]
    passed = check.fields["passed_pairs"]
    assert isinstance(passed, list)
    assert sorted(passed) == [["cuda:0", "cuda:1"], ["cuda:0", "cuda:2"]]
    assert (result.ready, codes(result)) == (None, ["unexpected_error"])
    assert "Stand-in 1 (cuda:1) and Stand-in 2 (cuda:2)" in result.findings[0].why


@pytest.mark.parametrize(
    ("mode", "code", "failed"),
    [
        ("driver", "driver_too_old", "cuda_available"),
        ("new", "arch_too_new", "gpu_matmul"),
        ("old", "arch_too_old_for_build", "gpu_matmul"),
        ("wrong", "gpu_results_disagree", "gpu_convolution"),
        ("noisy", "gpu_results_disagree", "gpu_matmul"),
        ("broken", "unexpected_error", "gpu_matmul"),
    ],
)
def test_stand_in_gpu_that_does_not(
    nvidia_machine: Machine, stand_in: Make, mode: str, code: str, failed: str
) -> None:
    result, _events = verify(stand_in(mode), nvidia_machine)
    assert states(result)[failed] == "failed"
    assert states(result)["cpu_matmul"] == "passed"
    assert (result.ready, codes(result)) == (None, [code])
    assert result.findings[0].title
    assert result.findings[0].fix
    if mode == "noisy":
        matmul = next(check for check in result.checks if check.id == "gpu_matmul")
        assert set(matmul.fields) == {"cuda:0", "cuda:1"}
        assert reasons(result)["all_reduce"] == "after_failure"
        assert matmul.detail.startswith("cuda:1")


def test_stand_in_gpu_that_a_variable_hides(
    nvidia_machine: Machine, stand_in: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    result, _events = verify(stand_in("hidden"), nvidia_machine)
    assert (result.ready, codes(result)) == (None, ["cuda_visible_devices"])


def test_stand_in_gpu_that_only_ptx_serves(nvidia_machine: Machine, stand_in: Make) -> None:
    result, _events = verify(stand_in("ptx"), nvidia_machine)
    assert reasons(result)["capability"] == "ptx_only"
    assert result.ready == "gpu"


def test_stand_in_gpu_with_little_memory(nvidia_machine: Machine, stand_in: Make) -> None:
    result, _events = verify(stand_in("full"), nvidia_machine)
    assert reasons(result)["gpu_matmul"] == "smaller_sizes"
    assert result.ready == "gpu"


def test_stand_in_gpu_that_kills_the_process(nvidia_machine: Machine, stand_in: Make) -> None:
    result, _events = verify(stand_in("crash"), nvidia_machine)
    assert reasons(result)["gpu_matmul"] == "child_died"
    assert codes(result) == ["child_died"]
    assert "GPU" in result.findings[0].why


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        ("7.5", "cuda"),
        (None, "cuda"),
        ("5.0", "cuda"),
        ("3.7", "auto"),
        ("3.5", "cpu"),
        ("2.1", "cpu"),
    ],
)
def test_what_is_expected_of_an_nvidia_card(
    cpu_machine: Machine, capability: str | None, expected: str
) -> None:
    machine = replace(cpu_machine, gpus=(Gpu("nvidia", "a card", capability),))
    assert expected_accelerator(machine) == expected
    assert expected_accelerator(replace(machine, nvidia_driver=Driver("580.1"))) == expected


def test_an_old_card_is_known_by_its_name_where_no_tool_told_its_capability(
    cpu_machine: Machine,
) -> None:
    machine = replace(cpu_machine, gpus=(Gpu("nvidia", "NVIDIA GeForce GT 710"),))
    assert expected_accelerator(machine) == "cpu"


def test_other_cards_are_not_expected_to_do_cuda(cpu_machine: Machine) -> None:
    for vendor in ("amd", "intel", "apple", "other"):
        machine = replace(cpu_machine, gpus=(Gpu(vendor, "a card"),))  # type: ignore[arg-type]
        assert expected_accelerator(machine) == "auto"
