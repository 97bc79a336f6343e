"""What a program without a console says when its window does not come: a file and a message box."""

from __future__ import annotations

import sys
import traceback

from wizard.files import write_private
from wizard.paths import user_data_folder
from wizard.text import _

_ERROR_IN_FRONT = 0x10010  # MB_ICONERROR | MB_SETFOREGROUND


def tell(line: str, error: BaseException | None = None) -> None:
    """Say it where somebody without a console finds it; nothing where there is standard error."""
    if sys.stderr is not None:
        return
    details = "" if error is None else "".join(traceback.format_exception(error))
    path = user_data_folder() / "logs" / "start.txt"
    if write_private(path, f"{line}\n\n{details}") is None:
        line += "\n\n" + _("The details are in {file}.").format(file=path)
    show_box(line)


def show_box(line: str) -> None:
    """Windows' own message box: it needs nothing of what may have failed."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, line, _("GPU Setup Wizard"), _ERROR_IN_FRONT)
