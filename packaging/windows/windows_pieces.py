"""What only exists on Windows, tried by the installed modules on a Windows prepared for it.

`test_installer.py` runs it with a plain interpreter beside the program, in Wine. One JSON line a
piece: its name, and what was wrong or nothing.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

winreg: Any = importlib.import_module("winreg")
kernel32: Any = ctypes.windll.kernel32  # type: ignore[attr-defined]
ROOT = Path("C:\\Dərslər İşığı ə ğ ş")
CONDA = ROOT / "Mini forge 3"
MACHINE, USER = winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_CURRENT_USER
_ADAPTER = r"SYSTEM\CurrentControlSet\Enum\PCI\VEN_10DE&DEV_28A0&SUBSYS_0&REV_A1\4&1&0&0008"
_DISPLAY = "{4d36e968-e325-11ce-bfc1-08002be10318}"
_CLASS = rf"SYSTEM\CurrentControlSet\Control\Class\{_DISPLAY}\0042"
_FILE_SYSTEM = r"SYSTEM\CurrentControlSet\Control\FileSystem"
_PEP514 = r"SOFTWARE\Python\ContinuumAnalytics\Test"
HOLD_THE_LOCK = "hold-the-lock"
_UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Miniforge3 test"


def write(root: int, key: str, **values: object) -> None:
    kinds = {str: winreg.REG_SZ, int: winreg.REG_DWORD, list: winreg.REG_MULTI_SZ}
    with winreg.CreateKey(root, key) as opened:
        for name, value in values.items():
            kind = kinds.get(type(value), winreg.REG_BINARY)
            winreg.SetValueEx(opened, name.replace("__", ""), 0, kind, value)  # type: ignore[arg-type]


def make_conda(root: Path) -> None:
    """As much of an installation as is looked at without starting it."""
    for name in (
        "conda-meta",
        "condabin",
        "Scripts",
        "envs/llm_50gun/conda-meta",
        "envs/llm_50gun/Lib/site-packages",
    ):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "conda-meta" / "history").write_text("")
    (root / "Scripts" / "conda.exe").write_bytes(b"")
    (root / "python.exe").write_bytes(b"")
    record = {"name": "conda", "version": "25.9.1", "channel": "conda-forge", "build": "py312_0"}
    (root / "conda-meta" / "conda-25.9.1-py312_0.json").write_text(json.dumps(record))
    env = root / "envs" / "llm_50gun"
    (env / "conda-meta" / "history").write_text("")
    (env / "python.exe").write_bytes(b"")
    record = {"name": "python", "version": "3.12.11", "channel": "conda-forge", "build": "h0"}
    (env / "conda-meta" / "python-3.12.11-h0.json").write_text(json.dumps(record))


# The pieces --------------------------------------------------------------------------------------


def conda_by_pep_514() -> None:
    """The registry alone leads to a conda in a folder with spaces and letters."""
    from wizard.detection.probes.conda import probe_conda

    assert not probe_conda().installations, "the prefix was not empty"
    make_conda(CONDA)
    write(USER, rf"{_PEP514}\InstallPath", __=str(CONDA), ExecutablePath=str(CONDA / "python.exe"))
    try:
        _expect_conda()
    finally:
        winreg.DeleteKey(USER, rf"{_PEP514}\InstallPath")


def conda_by_its_uninstaller() -> None:
    uninstaller = f'"{CONDA / "Uninstall-Miniforge3.exe"}" /S'
    write(MACHINE, _UNINSTALL, DisplayName="Miniforge3 25.9.1", UninstallString=uninstaller)
    try:
        _expect_conda()
    finally:
        winreg.DeleteKey(MACHINE, _UNINSTALL)


def _expect_conda() -> None:
    from wizard.detection.probes.conda import probe_conda

    answer = probe_conda()
    [conda] = answer.installations
    assert Path(conda.root) == CONDA, conda
    assert conda.version == "25.9.1", conda
    names = {env.name: env.python for env in answer.environments}
    assert names.get("llm_50gun") == "3.12.11", names


def display_adapters() -> None:
    """A card by its registry entries alone: name, memory, driver; and Windows' own list."""
    from wizard.detection.probes.display_adapters import probe_display_adapters
    from wizard.detection.probes.windows_adapters import windows_adapters
    from wizard.detection.probes.windows_registry import WindowsRegistry, present_pci_devices

    place = rf"{_DISPLAY}\0042"
    write(MACHINE, _ADAPTER, ClassGUID=_DISPLAY, Driver=place, CompatibleIDs=["PCI\\CC_030000"])
    write(
        MACHINE,
        _CLASS,
        DriverDesc="NVIDIA GeForce RTX 4060 Laptop GPU",
        DriverVersion="32.0.15.8129",
        MatchingDeviceId="PCI\\VEN_10DE&DEV_28A0",
    )
    memory = "HardwareInformation.qwMemorySize"
    with winreg.CreateKey(MACHINE, _CLASS) as opened:
        winreg.SetValueEx(opened, memory, 0, winreg.REG_QWORD, 8 * 2**30)
    answer = windows_adapters(WindowsRegistry(), None)
    [card] = [gpu for gpu in answer.gpus if gpu.vendor == "nvidia"]
    assert card.name == "NVIDIA GeForce RTX 4060 Laptop GPU", card
    assert card.memory_gib == 8.0, card
    assert answer.driver is not None
    assert answer.driver.version == "581.29", answer.driver
    present = present_pci_devices()
    assert present is None or all("\\" in name for name in present), present
    probe_display_adapters()  # whatever Windows says, it is an answer


def whole_survey() -> None:
    """Everything at once, as the second page asks for it."""
    from wizard.detection.survey import survey

    machine = survey()
    assert machine.os.system == "windows", machine.os
    assert machine.memory_gib, machine
    assert machine.cpu.threads, machine


def long_path_setting() -> None:
    from wizard.installation import places

    deep = str(ROOT / ("x" * 120))
    for allowed in (1, 0):
        write(MACHINE, _FILE_SYSTEM, LongPathsEnabled=allowed)
        assert places.long_paths_allowed() is bool(allowed)
        finding = places.path_problem(deep, windows=True)
        long = finding is not None and finding.code == "long_path"
        assert long is not bool(allowed), (allowed, finding)


def code_pages() -> None:
    """Words of a console in whatever code page: no error, and what is ASCII survives."""
    from wizard.causes.decoding import decoded
    from wizard.child_process import run

    outcome = run(["cmd", "/c", "echo", "Dərslər İşığı torch"], timeout=60)
    assert outcome.ok, outcome
    assert "torch" in outcome.stdout, outcome
    sentence = "Belirtilen modül bulunamadı. [WinError 126] torch_python.dll"
    for encoding in ("cp857", "cp1254", "utf-16", "utf-8-sig"):
        text = decoded(sentence.encode(encoding, "replace"))
        assert "[WinError 126] torch_python.dll" in text, (encoding, text)
    assert kernel32.GetACP() == 65001, "the manifest asks for UTF-8"


def anaconda_prompt() -> None:
    """A console with the environment active: its activation is called with its folder."""
    from wizard.detection.machine import Conda, Environment
    from wizard.detection.values import Version
    from wizard.installation.prompt import open_prompt

    marker = ROOT / "activated.txt"
    script = CONDA / "Scripts" / "activate.bat"
    script.write_bytes(
        b"@echo off\r\n"
        b'if not exist "%~1\\conda-meta" exit 1\r\n'
        b'echo %CONDA_SHLVL%.> "%~dp0..\\..\\activated.txt"\r\n'
        b"exit 0\r\n"
    )
    prefix = CONDA / "envs" / "llm_50gun"
    env = Environment(
        name="llm_50gun",
        prefix=str(prefix),
        python=Version("3.12.11"),
        torch=None,
        kind="conda",
        executable=str(prefix / "python.exe"),
    )
    conda = Conda(version="25.9.1", distribution="miniforge", root=str(CONDA), executable=None)
    finding = open_prompt(env, conda)
    assert finding is None, finding
    until = time.monotonic() + 90
    while not marker.exists():
        assert time.monotonic() < until, "the activation was not called with the environment"
        time.sleep(0.1)


def short_names() -> None:
    """A folder by its 8.3 name is the same folder."""
    from wizard.detection.probes.conda import probe_conda
    from wizard.detection.probes.python import inspect_python

    short = ctypes.create_unicode_buffer(512)
    kernel32.GetShortPathNameW(str(CONDA), short, 512)
    assert "~" in short.value, f"no 8.3 name: {short.value!r}"
    os.environ["CONDA_EXE"] = str(Path(short.value) / "Scripts" / "conda.exe")
    write(USER, rf"{_PEP514}\InstallPath", __=str(CONDA), ExecutablePath=str(CONDA / "python.exe"))
    try:
        answer = probe_conda()
    finally:
        winreg.DeleteKey(USER, rf"{_PEP514}\InstallPath")
        del os.environ["CONDA_EXE"]
    roots = [conda.root for conda in answer.installations]
    assert len(roots) == 1, roots
    env = inspect_python(Path(short.value) / "envs" / "llm_50gun" / "python.exe")
    assert getattr(env, "python", None) == "3.12.11", env


def saved_progress() -> None:
    """The state file, written whole and read back, in a home with letters of all kinds."""
    from wizard.paths import user_data_folder
    from wizard.state import SetupState, load_state, save_state

    folder = user_data_folder() / "trial"
    assert "ə" in str(folder), folder
    state = SetupState(language="az").visit("install")
    assert save_state(folder, state) is None
    assert save_state(folder, state) is None, "a second time, over the first"
    assert load_state(folder).state == state
    shutil.rmtree(folder)


def one_installation_at_a_time() -> None:
    """Its lock keeps another process out, and one that was killed leaves none behind."""
    from wizard.installation.one_at_a_time import lock_path, only_one

    with only_one() as alone:
        assert alone
        with _another("no") as other:
            other.wait(60)
    with _another("yes") as other:
        with only_one() as alone:
            assert not alone, "two at once"
        other.kill()
        other.wait(60)
    with only_one() as alone:
        assert alone, "the killed one still keeps others out"
    assert not lock_path().exists()


def _another(expected: str) -> subprocess.Popen[str]:
    """A second interpreter that wants the lock too; ``yes``: it got it, and keeps it."""
    other = subprocess.Popen(
        [sys.executable, __file__, HOLD_THE_LOCK], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    said = other.stdout.readline().strip()
    assert said == expected, said
    return other


def hold_the_lock() -> None:
    from wizard.installation.one_at_a_time import only_one

    with only_one() as alone:
        print("yes" if alone else "no", flush=True)
        if alone:
            time.sleep(600)


PIECES: tuple[Callable[[], None], ...] = (
    conda_by_pep_514,
    conda_by_its_uninstaller,
    display_adapters,
    whole_survey,
    long_path_setting,
    code_pages,
    anaconda_prompt,
    short_names,
    saved_progress,
    one_installation_at_a_time,
)


def main() -> int:
    importlib.import_module("wizard_start").use_bundle()  # as in the program
    if HOLD_THE_LOCK in sys.argv:
        hold_the_lock()
        return 0
    ROOT.mkdir(exist_ok=True)
    for piece in PIECES:
        wrong = ""
        try:
            piece()
        except Exception:
            wrong = traceback.format_exc()
        print(json.dumps({"piece": piece.__name__, "wrong": wrong}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
