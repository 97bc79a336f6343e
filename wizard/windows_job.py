"""A Windows job object: when its handle closes, or this process ends, all it holds ends with it."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE = 0x2000
_JOB_OBJECT_EXTENDED_LIMIT_INFORMATION = 9
_PROCESS_TERMINATE_AND_SET_QUOTA = 0x0101


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class _ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class WindowsJob:
    """Holds one process and everything it starts from then on."""

    def __init__(self, kernel32: Any, handle: int) -> None:
        self._kernel32 = kernel32
        self._handle = handle

    @classmethod
    def holding(cls, pid: int) -> WindowsJob | None:
        """A job with that process in it; None on other systems and where Windows refuses."""
        if sys.platform != "win32":
            return None
        kernel32 = _kernel32()
        handle = kernel32.CreateJobObjectW(None, None)
        if not handle:
            return None
        job = cls(kernel32, handle)
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = _JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
        done = kernel32.SetInformationJobObject(
            handle,
            _JOB_OBJECT_EXTENDED_LIMIT_INFORMATION,
            ctypes.byref(limits),
            ctypes.sizeof(limits),
        )
        process = kernel32.OpenProcess(_PROCESS_TERMINATE_AND_SET_QUOTA, False, pid) if done else 0
        held = bool(process) and bool(kernel32.AssignProcessToJobObject(handle, process))
        if process:
            kernel32.CloseHandle(process)
        if not held:
            job.close()
            return None
        return job

    def close(self) -> None:
        """End everything in the job; safe to call again."""
        handle, self._handle = self._handle, 0
        if handle:
            self._kernel32.CloseHandle(handle)


def _kernel32() -> Any:
    """The system library with the types of its arguments set: a handle is a pointer, not an int."""
    kernel32: Any = getattr(ctypes, "WinDLL")("kernel32", use_last_error=True)  # noqa: B009  (absent on other systems)
    handle, flag, dword = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32
    kernel32.CreateJobObjectW.argtypes = [ctypes.c_void_p, ctypes.c_wchar_p]
    kernel32.CreateJobObjectW.restype = handle
    kernel32.SetInformationJobObject.argtypes = [handle, flag, ctypes.c_void_p, dword]
    kernel32.SetInformationJobObject.restype = flag
    kernel32.OpenProcess.argtypes = [dword, flag, dword]
    kernel32.OpenProcess.restype = handle
    kernel32.AssignProcessToJobObject.argtypes = [handle, handle]
    kernel32.AssignProcessToJobObject.restype = flag
    kernel32.CloseHandle.argtypes = [handle]
    kernel32.CloseHandle.restype = flag
    return kernel32
