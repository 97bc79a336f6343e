"""What Windows' registry names: Pythons after PEP 514 and installed condas; a stand-in for it."""

from __future__ import annotations

from detection_fakes import FakeRegistry

from wizard.detection.probes.windows_programs import registered_condas, registered_pythons
from wizard.detection.probes.windows_registry import WindowsRegistry

UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"


USER = FakeRegistry(
    {
        r"SOFTWARE\Python\PythonCore\3.12\InstallPath": {
            "": r"C:\Users\Əli\AppData\Local\Programs\Python\Python312",
            "ExecutablePath": r"C:\Users\Əli\AppData\Local\Programs\Python\Python312\python.exe",
        },
        r"SOFTWARE\Python\PyLauncher\x\InstallPath": {"": r"C:\Windows"},
        r"SOFTWARE\Python\ContinuumAnalytics\Anaconda3-64\InstallPath": {"": r"D:\sci\conda"},
        UNINSTALL + r"\Miniforge3 24.7.1 (Python 3.12.4 64-bit)": {
            "DisplayName": "Miniforge3 24.7.1 (Python 3.12.4 64-bit)",
            "UninstallString": '"D:\\my forge\\Uninstall-Miniforge3.exe"',
        },
        UNINSTALL + r"\Other": {"DisplayName": "Anacondas of the Amazon? No: Notepad++"},
    }
)
MACHINE = FakeRegistry(
    {
        UNINSTALL + r"\Anaconda3": {
            "DisplayName": "Anaconda3 2024.10",
            "InstallLocation": r"C:\ProgramData\anaconda3",
            "UninstallString": r"C:\ProgramData\anaconda3\Uninstall-Anaconda3.exe /S",
        },
        UNINSTALL + r"\Miniconda3": {
            "DisplayName": "Miniconda3 py312",
            "UninstallString": r"C:\tools\mini conda\Uninstall-Miniconda3.exe /S",
        },
        UNINSTALL + r"\Broken": {"DisplayName": "Miniforge3", "UninstallString": 7},
        r"SOFTWARE\Python\PythonCore\3.9\InstallPath": {"": None},
    }
)


def test_pythons() -> None:
    assert registered_pythons((USER, MACHINE)) == [
        r"C:\Users\Əli\AppData\Local\Programs\Python\Python312\python.exe",
        r"D:\sci\conda\python.exe",
    ]


def test_condas_by_their_python_and_by_their_uninstaller() -> None:
    found = registered_condas((USER, MACHINE))
    assert r"D:\sci\conda" in found
    assert r"D:\my forge" in found
    assert r"C:\ProgramData\anaconda3" in found
    assert r"C:\tools\mini conda" in found


def test_elsewhere_the_registry_is_empty() -> None:
    assert registered_condas((WindowsRegistry(of_user=True), WindowsRegistry())) == []
