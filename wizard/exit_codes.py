"""Exit codes in words: signals, and what Windows ends a process with."""

from __future__ import annotations

import contextlib
import os
import signal

# https://learn.microsoft.com/openspecs/windows_protocols/ms-erref (NTSTATUS values)
_NTSTATUS = {
    0xC0000005: "STATUS_ACCESS_VIOLATION",
    0xC0000017: "STATUS_NO_MEMORY",
    0xC000001D: "STATUS_ILLEGAL_INSTRUCTION",
    0xC000007B: "STATUS_INVALID_IMAGE_FORMAT",
    0xC00000FD: "STATUS_STACK_OVERFLOW",
    0xC0000135: "STATUS_DLL_NOT_FOUND",
    0xC0000139: "STATUS_ENTRYPOINT_NOT_FOUND",
    0xC000013A: "STATUS_CONTROL_C_EXIT",
    0xC0000142: "STATUS_DLL_INIT_FAILED",
    0xC0000374: "STATUS_HEAP_CORRUPTION",
    0xC0000409: "STATUS_STACK_BUFFER_OVERRUN",
    0xC06D007E: "delay-loaded DLL not found",
    0xC06D007F: "delay-loaded function not found",
}


def exit_name(code: int) -> str:
    """``SIGKILL`` for -9, ``0xC0000135 STATUS_DLL_NOT_FOUND`` for a Windows status, else digits.

    ``139 SIGSEGV``: so a shell between tells of a signal (POSIX: 128 and its number).
    """
    if code < 0:
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"
    if os.name == "posix" and 128 < code <= 128 + signal.NSIG:
        with contextlib.suppress(ValueError):
            return f"{code} {signal.Signals(code - 128).name}"
    if code >= 0xC0000000:
        return f"0x{code:08X} {_NTSTATUS.get(code, '')}".rstrip()
    return str(code)
