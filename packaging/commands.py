"""The commands: each makes the environment it needs, then starts."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import environment
import system_libraries
from environment import CHECKOUT, PYTHON
from messages import SetupError, say

USAGE = """Usage: python3 packaging/dev.py COMMAND

  run [ARGUMENT …]      the wizard; with a subcommand (detect, recommend, verify, …) no window
  test [ARGUMENT …]     every check and test; with arguments only pytest, which gets them
  bench [--json] [--only NAME …]   the measured goals of speed and memory; 1 where one is missed
  bench-gpu [--out FOLDER] …       what only an NVIDIA card can show; 3 where there is none
  translate             collect the messages, bring every catalog up to date and compile it
  lock [--keep]         find the versions of the lock anew, or keep those that are there
  catalog refresh | names | key | sign …   the facts: what the sources say, and a signed set
  installer [--fast] [--portable] [--python-embed ZIP]   the Windows installer, into `dist`
  installer-test        build it and try it under Wine; 3 where that cannot be done here

Each makes .venv in this folder first, or brings it up to date."""

#: Its script has the folder's name in it, and so would not outlive a move; there is no `-m`.
_LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def main(arguments: list[str]) -> int:
    """The exit code of a command; 2 for a call that is wrong, 3 where it could not be prepared."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # an old console must not fail on a letter of a path
            reconfigure(errors="replace")
    commands = {"run": run, "test": test, "bench": bench, "translate": translate, "lock": lock}
    commands |= {"installer": installer, "installer-test": installer_test, "bench-gpu": bench_gpu}
    commands["catalog"] = catalog
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if arguments else 2
    command = commands.get(arguments[0])
    if command is None:
        say(f"There is no command {arguments[0]!r}.\n\n{USAGE}")
        return 2
    try:
        return command(arguments[1:])
    except SetupError as error:
        say(f"\n{error}")
        return 3
    except KeyboardInterrupt:
        return 130


def run(arguments: list[str]) -> int:
    window = opens_window(arguments)
    if window:
        system_libraries.check_display()
    environment.ensure(dev=False)
    if window or arguments[0] in ("screenshots", "handout"):
        system_libraries.ensure(screen=window)
    # -P: a folder named wizard where the user stands must not be taken for the program.
    return _become([str(PYTHON), "-P", "-m", "wizard", *arguments])


def opens_window(arguments: list[str]) -> bool:
    """Whether the wizard will show its window: it does where no subcommand is named."""
    words = iter(arguments)
    for word in words:
        if word in ("--machine", "--lang", "--theme", "--page", "--selftest"):
            next(words, None)
        elif not word.startswith("-") or word in ("-h", "--help", "--version"):
            return False
    return True


def test(arguments: list[str]) -> int:
    environment.ensure(dev=True)
    system_libraries.ensure(screen=False)
    if not arguments:
        system_libraries.ensure_test_programs()
    python = str(PYTHON)
    checks = {
        "ruff check": [python, "-m", "ruff", "check"],
        "ruff format": [python, "-m", "ruff", "format", "--check"],
        "pyright": [python, "-m", "pyright"],
        "import contracts": [python, "-c", _LINT_IMPORTS],
        "translations": [python, str(CHECKOUT / "packaging" / "translations.py"), "check"],
        # Three at a time, also on two cores: many wait for children. Those that measure or need the
        # computer to themselves come after.
        "pytest": [python, "-m", "pytest", "-n", "3", "--dist", "worksteal", "-m", "not alone"],
        "pytest, alone": [python, "-m", "pytest", "-m", "alone"],
    }
    if arguments:
        checks = {"pytest": [python, "-m", "pytest", *arguments]}
    results: dict[str, tuple[int, float]] = {}
    for name, command in checks.items():
        say(f"\n── {name}")
        start = time.monotonic()
        code = subprocess.call(command, cwd=CHECKOUT, env=_child_environment())
        results[name] = (code, time.monotonic() - start)
    say("\n── summary")
    for name, (code, seconds) in results.items():
        say(f"{name:18}{seconds:7.1f} s   {'ok' if code == 0 else f'FAILED (exit {code})'}")
    failed = next((code for code, _ in results.values() if code), 0)
    return failed if failed >= 0 else 128 - failed  # ended by a signal, as a shell spells it


def bench(arguments: list[str]) -> int:
    environment.ensure(dev=True)
    system_libraries.ensure(screen=False)
    return _become([str(PYTHON), str(CHECKOUT / "packaging" / "bench" / "bench.py"), *arguments])


def bench_gpu(arguments: list[str]) -> int:
    environment.ensure(dev=True)
    return _become([str(PYTHON), str(CHECKOUT / "packaging" / "bench" / "gpu.py"), *arguments])


def translate(arguments: list[str]) -> int:
    environment.ensure(dev=True)
    script = str(CHECKOUT / "packaging" / "translations.py")
    return _become([str(PYTHON), script, "update", *arguments])


def lock(arguments: list[str]) -> int:
    packaging = CHECKOUT / "packaging"
    code = subprocess.call([sys.executable, str(packaging / "lock.py"), *arguments])
    # The installer carries the same versions, as Windows gets them.
    return code or _become([sys.executable, str(packaging / "windows" / "windows_lock.py")])


def catalog(arguments: list[str]) -> int:
    environment.ensure(dev=False)
    script = CHECKOUT / "packaging" / "develop" / "facts_command.py"
    return _become([str(PYTHON), str(script), *arguments])


def installer(arguments: list[str]) -> int:
    """Qt draws the installer's pictures, so it runs in the developer's environment."""
    return _in_windows_folder("build_installer.py", arguments)


def installer_test(arguments: list[str]) -> int:
    return _in_windows_folder("test_installer.py", arguments)


def _in_windows_folder(script: str, arguments: list[str]) -> int:
    environment.ensure(dev=True)
    system_libraries.ensure(screen=False)
    path = CHECKOUT / "packaging" / "windows" / script
    # Unordered things must come out in one order, for the same bytes in every build.
    os.environ.update(PYTHONHASHSEED="0", PYTHONUTF8="1")
    return _become([str(PYTHON), str(path), *arguments])


def _child_environment() -> dict[str, str]:
    return dict(
        os.environ,
        PYTHONUTF8="1",
        QT_QPA_PLATFORM="offscreen",
        PYRIGHT_PYTHON_IGNORE_WARNINGS="1",
    )


def _become(command: list[str]) -> int:
    """Go on as that program: its exit code and the signals it gets are its own."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606  (an argument vector; no shell is wanted)
    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the child got it as well and ends in its own way
