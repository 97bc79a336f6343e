"""What the launcher runs: the wizard, or a sentence and a file where it cannot even be loaded."""

import sys

sys.frozen = True  # type: ignore[attr-defined]  # this is a program, not a Python to install into


def _complain(error: BaseException) -> None:
    """Say it where somebody looks: a program without a console has nothing but a message box."""
    import ctypes
    import os
    import traceback
    from pathlib import Path

    details = "".join(traceback.format_exception(error))
    path = Path(os.environ.get("LOCALAPPDATA", "."), "gpu-setup-wizard", "logs", "start.txt")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(details, encoding="utf-8")
    except OSError:
        path = None
    words = f"GPU Setup Wizard cannot start: {type(error).__name__}: {error}".splitlines()[0]
    if path is not None:
        words += f"\n\n{path}"
    if sys.stderr is not None:
        print(words, file=sys.stderr)
    else:
        ctypes.windll.user32.MessageBoxW(None, words, "GPU Setup Wizard", 0x10010)  # type: ignore[attr-defined]


def _start() -> int:
    try:
        from wizard.cli import main
    except BaseException as error:
        _complain(error)
        return 3
    return main()


if __name__ == "__main__":
    sys.exit(_start())
