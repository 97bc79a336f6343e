"""Pythons and condas that Windows' registry names: PEP 514 and the list of installed programs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PureWindowsPath

from wizard.detection.probes.windows_registry import Registry, WindowsRegistry

_PYTHON = r"SOFTWARE\Python"
_UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
_CONDA_NAME = re.compile(r"^(?:miniforge|miniconda|anaconda|mambaforge)", re.IGNORECASE)
_FIRST_WORD = re.compile(r'^\s*(?:"(?P<quoted>[^"]+)"|(?P<plain>.+?\.exe))', re.IGNORECASE)


def both_hives() -> tuple[Registry, ...]:
    """The user's own programs first, then those of the computer."""
    return WindowsRegistry(of_user=True), WindowsRegistry()


def registered_pythons(registries: Iterable[Registry]) -> list[str]:
    """Interpreters that installers registered (PEP 514); conda's are among them."""
    found: list[str] = []
    for registry in registries:
        for company in registry.subkeys(_PYTHON):
            if company.lower() == "pylauncher":
                continue
            for tag in registry.subkeys(f"{_PYTHON}\\{company}"):
                values = registry.values(f"{_PYTHON}\\{company}\\{tag}\\InstallPath")
                executable, folder = values.get("ExecutablePath"), values.get("")
                if isinstance(executable, str) and executable:
                    found.append(executable)
                elif isinstance(folder, str) and folder:
                    found.append(str(PureWindowsPath(folder) / "python.exe"))
    return list(dict.fromkeys(found))


def registered_condas(registries: Iterable[Registry]) -> list[str]:
    """Folders of conda installations, by their Python and by their uninstaller."""
    registries = tuple(registries)
    found = [str(PureWindowsPath(python).parent) for python in registered_pythons(registries)]
    for registry in registries:
        for program in registry.subkeys(_UNINSTALL):
            values = registry.values(f"{_UNINSTALL}\\{program}")
            name = values.get("DisplayName")
            if not isinstance(name, str) or not _CONDA_NAME.match(name):
                continue
            place, uninstaller = values.get("InstallLocation"), values.get("UninstallString")
            if isinstance(place, str) and place:
                found.append(place)
            elif isinstance(uninstaller, str) and (first := _FIRST_WORD.match(uninstaller)):
                # ROOT\\Uninstall-Miniforge3.exe
                path = PureWindowsPath(first["quoted"] or first["plain"])
                found.append(str(path.parent))
    return list(dict.fromkeys(found))
