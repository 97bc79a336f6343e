"""A Windows job object: when its handle closes, or this process ends, all it holds ends with it."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE = 0x2000
_JOB_OBJECT_EXTENDED_LIMIT_INFORMATION = 9
_SET_QUOTA_TERMINATE_AND_RESUME = 0x0901

CREATE_SUSPENDED = 0x4
"""The flag with which a process is made that `WindowsJob.take` is to hold."""


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
    """Holds one process and everything it starts, from its first instruction on."""

    def __init__(self, kernel32: Any, handle: int) -> None:
        self._kernel32 = kernel32
        self._handle = handle

    @classmethod
    def create(cls) -> WindowsJob | None:
        """An empty job; None on other systems and where Windows refuses."""
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
        if not done:
            job.close()
            return None
        return job

    def take(self, pid: int) -> None:
        """Hold a process that was made with `CREATE_SUSPENDED`, and let it run.

        One that Windows does not let into the job runs outside of it.

        Raises:
            OSError: it cannot be woken.
        """
        process = self._kernel32.OpenProcess(_SET_QUOTA_TERMINATE_AND_RESUME, False, pid)
        if not process:
            raise OSError("OpenProcess")
        try:
            self._kernel32.AssignProcessToJobObject(self._handle, process)
            # `subprocess` has closed the handle of its thread, which `ResumeThread` would need.
            status = _ntdll().NtResumeProcess(process)
        finally:
            self._kernel32.CloseHandle(process)
        if status < 0:
            raise OSError(f"NtResumeProcess 0x{status & 0xFFFFFFFF:08X}")

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


def _ntdll() -> Any:
    ntdll: Any = getattr(ctypes, "WinDLL")("ntdll")  # noqa: B009  (absent on other systems)
    ntdll.NtResumeProcess.argtypes = [ctypes.c_void_p]
    ntdll.NtResumeProcess.restype = ctypes.c_long
    return ntdll
