#!/usr/bin/env python3
"""The developer's commands; `python3 packaging/dev.py` alone lists them.

This file is read by whatever `python3` there is, also by one that is too old for the rest, so it
keeps to words that every Python understands: no f-strings, no annotations, ASCII only.
"""

import os
import subprocess
import sys

OLDEST = 11
NEWEST = 14


def fitting_python():
    """The command of a Python 3.11 to 3.14 that starts on this computer, or None."""
    for minor in range(NEWEST, OLDEST - 1, -1):
        commands = [["python3." + str(minor)]]
        if os.name == "nt":
            commands.insert(0, ["py", "-3." + str(minor)])
        for command in commands:
            try:
                output = subprocess.check_output(
                    # Unpacking would be a syntax error to an old Python, which reads this file too.
                    command + ["-c", "import sys; print(sys.version_info[1])"],  # noqa: RUF005
                    stderr=subprocess.STDOUT,
                )
            except (OSError, subprocess.CalledProcessError):
                continue
            if output.strip() == str(minor).encode("ascii"):
                return command
    return None


def main():
    version = sys.version_info
    if version[0] == 3 and OLDEST <= version[1] <= NEWEST:
        from commands import main as run_command

        return run_command(sys.argv[1:])
    here = str(version[0]) + "." + str(version[1])
    command = fitting_python()
    if command is None:
        sys.stderr.write(
            "This is Python " + here + ". The wizard needs Python 3.11, 3.12, 3.13 or 3.14.\n"
            "Install one from https://www.python.org/downloads/ and start this command with it.\n"
        )
        return 3
    sys.stderr.write("This is Python " + here + "; going on with " + " ".join(command) + ".\n")
    try:
        return subprocess.call(command + sys.argv)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
