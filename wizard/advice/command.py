"""How one command is typed in each shell, and what each of its words means."""

from __future__ import annotations

import re
import shlex

from wizard.advice.recommendation import Command, Route, Spelling
from wizard.advice.words import explain
from wizard.detection.machine import Environment, Machine, System
from wizard.text import _

_CMD_PLAIN = re.compile(r"[\w@+=:.,/\\~*?-]+")
_CMD_SPECIAL = re.compile(r'([()%!^"<>&|])')
#: PowerShell takes the curly quotes for straight ones.
_POWERSHELL_SINGLE = re.compile("(['\u2018\u2019\u201a\u201b])")
_POWERSHELL_PLAIN = re.compile(r"[\w+=:./\\~*?][\w@#+=:./\\~*?-]*|--?[A-Za-z][\w-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def spell(argv: tuple[str, ...] | list[str]) -> Spelling:
    """The command line for cmd, PowerShell and bash, quoted where the shell needs it.

    Raises:
        ValueError: the command is empty or a word holds a line break or another control
            character, which no interactive shell can be given in one line.
    """
    words = tuple(argv)
    if not can_be_spelled(words):
        raise ValueError("a command needs words without control characters")
    return _spell(words)


def can_be_spelled(words: tuple[str, ...]) -> bool:
    return bool(words) and not any(_CONTROL.search(word) for word in words)


def _spell(words: tuple[str, ...]) -> Spelling:
    powershell = [_quote_powershell(word) for word in words]
    if powershell[0].startswith("'"):
        powershell.insert(0, "&")  # a quoted word alone is a value, not a call
    return Spelling(
        cmd=" ".join(_quote_cmd(word) for word in words),
        powershell=" ".join(powershell),
        bash=shlex.join(words),
    )


def _quote_cmd(word: str) -> str:
    """Quoted for the program (Microsoft's C rules), then shielded from cmd itself."""
    if _CMD_PLAIN.fullmatch(word):
        return word
    # Backslashes count double before a quotation mark and at the end.
    inner = re.sub(r'(\\*)"', r'\1\1\\"', word)
    inner = re.sub(r"(\\+)$", r"\1\1", inner)
    quoted = f'"{inner}"'
    if any(mark in word for mark in '"%!'):
        # Quotation marks do not shield these: every special character gets a caret instead.
        return _CMD_SPECIAL.sub(r"^\1", quoted)
    return quoted


def _quote_powershell(word: str) -> str:
    if _POWERSHELL_PLAIN.fullmatch(word):
        return word
    return "'" + _POWERSHELL_SINGLE.sub(r"\1\1", word) + "'"


def make(route: Route, argv: tuple[str, ...], title: str = "", note: str = "") -> Command:
    """A command with its spellings and the meaning of its words, in the language in use."""
    return Command(route, argv, spell(argv), explain(argv), title, note)


def spelling_for(spelling: Spelling, system: System) -> str:
    """The spelling for the terminal that the course uses: Anaconda Prompt is cmd."""
    return spelling.cmd if system == "windows" else spelling.bash


def prompt_name(machine: Machine) -> str:
    """The window that knows conda, as the start menu calls it; the course's name where unsure."""
    if machine.os.system != "windows":
        return _("the terminal")
    # Where there is no conda yet, Miniforge is what the wizard has people install.
    miniforge = machine.conda is None or machine.conda.distribution == "miniforge"
    return "Miniforge Prompt" if miniforge else "Anaconda Prompt"


def activation(environment: Environment, system: System) -> str:
    """The command that makes an environment the current one; "" where there is none."""
    if environment.kind == "conda":
        name = environment.name if named_by_prefix(environment) else environment.prefix
        return spelling_for(spell(("conda", "activate", name)), system)
    if environment.kind == "python" or not environment.prefix:
        return ""
    prefix = environment.prefix.rstrip("/\\")
    if system == "windows":
        return spell((f"{prefix}\\Scripts\\activate.bat",)).cmd
    return spell(("source", f"{prefix}/bin/activate")).bash


def called(made: Command, tool: str) -> Command:
    """The same command for ``tool``, which takes conda's words (micromamba)."""
    if tool == "conda" or made.argv[0] != "conda":
        return made
    return make(made.route, (tool, *made.argv[1:]), made.title, made.note)


def named_by_prefix(environment: Environment) -> bool:
    """Whether ``-n NAME`` finds this conda environment: it lies in a folder ``envs``."""
    parts = re.split(r"[/\\]+", environment.prefix.rstrip("/\\"))
    return not environment.prefix or parts[-2:] == ["envs", environment.name]
