"""Environments that are really broken, and what the verification and the paste box make of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "installation"))

from broken_environments import (
    codes,
    cut_short,
    lend_packages,
    make_venv,
    mirror_torch,
    packages_of,
    said_by,
    verified,
    without_root_rights,
)
from wheel_folder import make_wheel  # pyright: ignore[reportMissingImports]

from wizard.causes.diagnosis import diagnose
from wizard.causes.evidence import Ending
from wizard.causes.verified import from_verification
from wizard.checks import CHECK_IDS, Check
from wizard.detection.machine import Machine, OperatingSystem
from wizard.exit_codes import exit_name
from wizard.jobs.verification import VerificationResult

Make = Callable[..., Path]
HERE = Path(sys.executable)
ODD_NAME = "Dərslər İşığı ə ğ ş"
LESSON = "import torch\nx = torch.ones(3)\nprint(x)\n"
"""A student's first program, saved as torch.py."""

posix = pytest.mark.skipif(os.name != "posix", reason="links and signals are POSIX's")
linux = pytest.mark.skipif(sys.platform != "linux", reason="names and limits are Linux's")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the user's own, with odd letters."""
    own = tmp_path / "layihə" / ODD_NAME
    own.mkdir(parents=True)
    return own


@pytest.fixture
def mirrored(environment: Make) -> Path:
    """The Python of an environment in which the real PyTorch lies, to be taken apart."""
    python = environment()
    lend_packages(packages_of(python))
    mirror_torch(packages_of(python))
    return python


def pasted(text: str) -> list[str]:
    """The codes of what is found in a text."""
    return [finding.code for finding in diagnose(text, system=None, evidence=None).findings]


def log_of(result: VerificationResult) -> str:
    assert result.log_path is not None
    return result.log_path.read_text("utf-8")


# Nothing is broken ---------------------------------------------------------------------------


@posix
def test_a_healthy_environment_has_no_findings(mirrored: Path, cpu_machine: Machine) -> None:
    result = verified(mirrored, cpu_machine)
    assert (result.ready, codes(result)) == ("cpu", [])
    assert pasted(log_of(result)) == []


# PyTorch is missing, or not the one that is needed ---------------------------------------------


def test_no_torch(environment: Make, nvidia_machine: Machine) -> None:
    python = environment()
    result = verified(python, nvidia_machine)
    assert (result.ready, codes(result)) == (None, ["torch_missing"])
    assert str(python) in result.findings[0].why


@pytest.mark.usefixtures("cpu_build")
@posix
def test_a_cpu_build_beside_an_nvidia_card(mirrored: Path, nvidia_machine: Machine) -> None:
    result = verified(mirrored, nvidia_machine)
    assert (result.ready, codes(result)) == (None, ["cpu_only_build"])


@posix
def test_a_torchvision_of_another_build(mirrored: Path, cpu_machine: Machine) -> None:
    vision = packages_of(mirrored) / "torchvision"
    vision.mkdir()
    (vision / "__init__.py").write_text(
        "import torch\n"
        "__version__ = '0.15.2'\n"
        "raise RuntimeError('operator torchvision::nms does not exist')\n",
        encoding="utf-8",
    )
    result = verified(mirrored, cpu_machine)
    assert (result.ready, codes(result)) == (None, ["torchvision_mismatch"])
    assert "torchvision::nms" in result.findings[0].why


# Files of the user's own -----------------------------------------------------------------------

SHADOWS = {
    "torch": {"torch.py": LESSON},
    "random": {"random.py": 'print("hi")\n'},
    "both": {"torch.py": LESSON, "random.py": 'print("hi")\n'},
}


def save(folder: Path, files: dict[str, str]) -> None:
    for name, source in files.items():
        (folder / name).write_text(source, encoding="utf-8")


def test_files_in_the_working_folder_do_not_disturb_the_verification(
    folder: Path, cpu_machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(folder, SHADOWS["both"])
    monkeypatch.chdir(folder)
    result = verified(HERE, cpu_machine)
    assert (result.ready, codes(result)) == ("cpu", [])


@pytest.mark.parametrize(("files", "guilty"), [("torch", "torch.py"), ("random", "random.py")])
def test_files_on_pythonpath_hide_modules(
    folder: Path, cpu_machine: Machine, monkeypatch: pytest.MonkeyPatch, files: str, guilty: str
) -> None:
    save(folder, SHADOWS[files])
    monkeypatch.setenv("PYTHONPATH", str(folder))
    result = verified(HERE, cpu_machine)
    assert result.ready is None
    assert codes(result)[:1] == ["module_shadowed"]
    assert str(folder / guilty) in result.findings[0].why


@pytest.mark.parametrize("files", SHADOWS)
def test_the_traceback_of_a_shadowed_module(folder: Path, files: str) -> None:
    save(folder, SHADOWS[files])
    said = said_by([HERE, "-c", "import torch; print(torch.cuda.is_available())"], folder)
    assert pasted(said)[:1] == ["module_shadowed"], said


@pytest.mark.parametrize("files", ["random", "both"])
def test_the_traceback_of_a_shadowed_script(folder: Path, files: str) -> None:
    """The student starts the file itself, not ``python -c``."""
    save(folder, {**SHADOWS[files], "lesson.py": LESSON})
    said = said_by([HERE, "torch.py" if files == "both" else "lesson.py"], folder)
    assert pasted(said)[:1] == ["module_shadowed"], said


# Parts that do not fit together, or are not there ----------------------------------------------

OLD_EXTENSION = """
import traceback
import numpy.core._multiarray_umath as found_by_import_array
try:
    found_by_import_array._ARRAY_API  # what import_array() of a NumPy 1.x module asks for
except ImportError:
    try:
        raise AttributeError("_ARRAY_API not found") from None
    except AttributeError:
        traceback.print_exc()
raise ImportError("numpy.core.multiarray failed to import")
"""


def test_numpy_2_beside_a_module_for_numpy_1(environment: Make, cpu_machine: Machine) -> None:
    """The well-known text is printed by the real NumPy 2."""
    python = environment(OLD_EXTENSION)
    lend_packages(packages_of(python))
    result = verified(python, cpu_machine)
    assert "A module that was compiled using NumPy 1.x cannot be run in" in log_of(result)
    assert (result.ready, codes(result)) == (None, ["numpy2_abi"])
    said = said_by([python, "-c", "import torch"], python.parent)
    assert pasted(said)[:1] == ["numpy2_abi"], said


@linux
@pytest.mark.parametrize("library", ["libtorch_cpu.so", "libc10.so"])
def test_a_library_that_is_not_there(mirrored: Path, cpu_machine: Machine, library: str) -> None:
    (packages_of(mirrored) / "torch" / "lib" / library).unlink()
    result = verified(mirrored, cpu_machine)
    assert result.ready is None
    assert codes(result)[:1] == ["torch_broken"]
    assert library in result.findings[0].why


@linux
@pytest.mark.parametrize("library", ["libc10.so", "libtorch_python.so"])
@pytest.mark.parametrize("size", [0, 10_000])
def test_a_library_of_which_only_the_beginning_is_there(
    mirrored: Path, cpu_machine: Machine, library: str, size: int
) -> None:
    cut_short(packages_of(mirrored) / "torch" / "lib" / library, size)
    result = verified(mirrored, cpu_machine)
    assert result.ready is None
    assert codes(result)[:1] in (["torch_broken"], ["child_died"])
    assert library in result.findings[0].why or result.exit_name in ("SIGBUS", "SIGSEGV")
    if result.findings[0].code == "child_died":
        assert result.exit_name in result.findings[0].why


# A card that a variable hides ------------------------------------------------------------------


@pytest.mark.parametrize("value", ["-1", "7"])
def test_a_variable_that_hides_the_card(
    nvidia_machine: Machine, stand_in: Make, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    result = verified(stand_in("hidden"), nvidia_machine)
    assert (result.ready, codes(result)) == (None, ["cuda_visible_devices"])


# Processes that end ----------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("name", ["SIGSEGV", "SIGILL", "SIGABRT"])
def test_a_torch_that_ends_the_process(environment: Make, cpu_machine: Machine, name: str) -> None:
    python = environment(f"import os, signal\nos.kill(os.getpid(), signal.{name})\n")
    result = verified(python, cpu_machine)
    assert (result.ready, codes(result)) == (None, ["child_died"])
    assert name in result.findings[0].why


@posix
def test_the_system_ends_the_process_for_its_memory(
    environment: Make, cpu_machine: Machine
) -> None:
    """As the kernel does when the memory is used up."""
    python = environment("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    result = verified(python, cpu_machine)
    assert (result.ready, codes(result)) == (None, ["child_died"])
    assert "SIGKILL" in result.findings[0].why
    assert "memory" in result.findings[0].why


@linux
def test_python_runs_out_of_memory(environment: Make, cpu_machine: Machine) -> None:
    python = environment(
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))\n"
        "everything = bytearray(2**31)\n"
    )
    result = verified(python, cpu_machine)
    assert result.ready is None
    assert len(result.findings) > 0
    assert "MemoryError" in result.findings[0].why


@linux
def test_the_real_torch_where_memory_is_short(mirrored: Path, cpu_machine: Machine) -> None:
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**28, 2**28))\n"
    (packages_of(mirrored) / "sitecustomize.py").write_text(limit, encoding="utf-8")
    result = verified(mirrored, cpu_machine)
    assert result.ready is None
    assert len(result.findings) > 0
    assert "libtorch_cpu.so: failed to map segment" in result.findings[0].why


def test_windows_ends_python_because_a_dll_is_missing() -> None:
    code = 0xC0000135
    ending = Ending("exited", code, exit_name(code), "", False, True, "torch_import")
    begun = {
        "interpreter": Check("interpreter", "passed", {"bits": 64}),
        "torch_import": Check("torch_import", "failed", reason="child_died"),
    }
    checks = [begun.get(n, Check(n, "skipped", reason="not_reached")) for n in CHECK_IDS]
    windows = Machine("a PC", OperatingSystem("windows"))
    findings = from_verification(windows, rf"C:\{ODD_NAME}\python.exe", checks, ending)
    assert [finding.code for finding in findings][:1] == ["vc_redist_missing"]
    assert "0xC0000135" in findings[0].why


# Another PyTorch in front ----------------------------------------------------------------------


@posix
def test_another_torch_on_pythonpath(
    environment: Make, folder: Path, nvidia_machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = environment("__version__ = '2.13.0+cu130'\n")
    lend_packages(packages_of(python))
    leaking = mirror_torch(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    result = verified(python, nvidia_machine)
    assert result.ready is None
    assert codes(result)[:1] == ["torch_elsewhere"]
    assert str(leaking) in result.findings[0].why


@posix
def test_another_torch_in_the_user_site(
    tmp_path: Path, folder: Path, nvidia_machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It serves every environment with the system's packages that has no torch of its own."""
    python = make_venv(tmp_path / ODD_NAME, "--system-site-packages")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    lend_packages(packages)
    leaking = mirror_torch(packages)
    monkeypatch.setenv("PYTHONUSERBASE", str(folder))
    result = verified(python, nvidia_machine)
    assert result.ready is None
    assert codes(result)[:1] == ["torch_elsewhere"]
    assert str(leaking) in result.findings[0].why


# What pip says ---------------------------------------------------------------------------------


@pytest.fixture
def read_only(environment: Make) -> Iterator[Path]:
    """The Python of an environment with pip that nobody may write to."""
    python = environment()
    lend_packages(packages_of(python))
    folders = [python.parent, packages_of(python)]
    for each in folders:
        each.chmod(0o555)
    yield python
    for each in folders:
        each.chmod(0o755)


@posix
def test_pip_may_not_write(read_only: Path, folder: Path) -> None:
    make_wheel(folder, "kicik", "1.0")
    install = [read_only, "-m", "pip", "install", "--no-index", "--find-links", folder, "kicik"]
    said = said_by(without_root_rights(install), folder)
    if not said:
        pytest.skip("root cannot give up its rights here")
    assert "Permission denied" in said
    assert pasted(said)[:1] == ["no_permission"], said


@pytest.mark.parametrize("options", [("--retries", "1"), ("--retries", "0", "-vv")])
def test_pip_behind_a_proxy_that_refuses(folder: Path, options: tuple[str, ...]) -> None:
    """Without a retry, pip says only with ``-vv`` that it reached nobody."""
    said = said_by(
        [
            *(HERE, "-m", "pip", "download", "torch==9.9", "--no-input"),
            *("--index-url", "https://download.pytorch.org/whl/cpu"),
            *("--proxy", "http://127.0.0.1:9", "--timeout", "2", *options),
        ],
        folder,
    )
    assert "ProxyError" in said
    assert pasted(said)[:1] == ["offline"], said
