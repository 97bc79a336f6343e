"""Read-only access to the registry, small enough for a test to stand in for it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from typing import Protocol


class Registry(Protocol):
    def values(self, key: str) -> Mapping[str, object]:
        """All values of a key below the root; empty where it cannot be read."""
        ...

    def subkeys(self, key: str) -> tuple[str, ...]:
        """Names of the keys below a key; empty where it cannot be read."""
        ...


class WindowsRegistry:
    """The registry of this computer, 64-bit view; empty on other systems."""

    def __init__(self, *, of_user: bool = False) -> None:
        """``of_user``: HKEY_CURRENT_USER instead of HKEY_LOCAL_MACHINE."""
        self._of_user = of_user

    def values(self, key: str) -> Mapping[str, object]:
        found: dict[str, object] = {}
        if sys.platform == "win32":
            import winreg

            access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
            with (
                contextlib.suppress(OSError),
                winreg.OpenKey(self._root(), key, 0, access) as handle,
            ):
                index = 0
                while True:  # ends with the OSError after the last value
                    name, value, _kind = winreg.EnumValue(handle, index)
                    found[name] = value
                    index += 1
        return found

    def subkeys(self, key: str) -> tuple[str, ...]:
        names: list[str] = []
        if sys.platform == "win32":
            import winreg

            access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
            with (
                contextlib.suppress(OSError),
                winreg.OpenKey(self._root(), key, 0, access) as handle,
            ):
                while True:  # ends with the OSError after the last key
                    names.append(winreg.EnumKey(handle, len(names)))
        return tuple(names)

    def _root(self) -> int:
        if sys.platform != "win32":
            return 0
        import winreg

        return winreg.HKEY_CURRENT_USER if self._of_user else winreg.HKEY_LOCAL_MACHINE


def device_problem(instance: str) -> int:
    """Device Manager's code for a present device, such as 43; 0 where it has none.

    The same number as WMI's ConfigManagerErrorCode, without starting WMI (cfgmgr32.h,
    CM_Get_DevNode_Status).
    """
    if sys.platform != "win32":
        return 0
    import ctypes

    try:
        manager = ctypes.WinDLL("cfgmgr32")
        node, status, problem = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_ulong()
        if manager.CM_Locate_DevNodeW(ctypes.byref(node), ctypes.c_wchar_p(instance), 0):
            return 0
        if manager.CM_Get_DevNode_Status(ctypes.byref(status), ctypes.byref(problem), node, 0):
            return 0
    except (OSError, AttributeError):
        return 0
    return problem.value if status.value & _HAS_PROBLEM else 0


_HAS_PROBLEM = 0x400
_FILTER_ENUMERATOR = 0x1
_FILTER_PRESENT = 0x100


def present_pci_devices() -> tuple[str, ...] | None:
    """Instance ids of the PCI devices that are in the computer now; None where Windows won't say.

    The registry alone also lists cards that were taken out (cfgmgr32.h, CM_Get_Device_ID_ListW).
    """
    if sys.platform != "win32":
        return None
    import ctypes

    try:
        manager = ctypes.WinDLL("cfgmgr32")
        flags = _FILTER_ENUMERATOR | _FILTER_PRESENT
        size = ctypes.c_ulong()
        if manager.CM_Get_Device_ID_List_SizeW(ctypes.byref(size), "PCI", flags):
            return None
        buffer = ctypes.create_unicode_buffer(size.value)
        if manager.CM_Get_Device_ID_ListW("PCI", buffer, size, flags):
            return None
    except (OSError, AttributeError):
        return None
    return tuple(name for name in buffer[:].split("\0") if name) or None
