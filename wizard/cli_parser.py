"""The parser of the command line: what can be asked, and how a wrong call is said."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from wizard import __version__, text
from wizard.build_info import takes_newer_facts, version_line
from wizard.paths import APP_NAME
from wizard.text import _

READY, NOT_READY, WRONG_CALL, FAILED, INTERRUPTED = 0, 1, 2, 3, 130

Run = Callable[[argparse.Namespace], int]

_PAGES = ("welcome", "computer", "environment", "install", "verify", "benchmark", "finish")
_LONGEST_BENCHMARK = 3600.0


class CallError(Exception):
    """A call that cannot be carried out: one line for the user, and the exit code."""

    def __init__(self, message: str, code: int = WRONG_CALL) -> None:
        super().__init__(message)
        self.code = code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line instead of the usage and a line."""
        raise CallError(message)


def wanted_language(arguments: Sequence[str]) -> str | None:
    """``--lang`` before the parser is made: its own texts are translated too."""
    for place, word in enumerate(arguments):
        if word == "--lang" and place + 1 < len(arguments):
            return arguments[place + 1]
        if word.startswith("--lang="):
            return word.partition("=")[2]
    return None


def make_parser(runs: Mapping[str, Run]) -> argparse.ArgumentParser:
    """The parser; ``runs`` has a function for each subcommand, and for "" (the window)."""
    parser = _Parser(
        prog=APP_NAME,
        description=_("Get PyTorch to run on this computer's GPU, step by step."),
        allow_abbrev=False,
    )
    parser.set_defaults(run=runs[""])
    parser.add_argument("--version", action="version", version=version_line(APP_NAME, __version__))
    _add_machine(parser)
    _add_language(parser)
    parser.add_argument(
        "--theme", choices=("system", "light", "dark"), help=_("the window's colours")
    )
    parser.add_argument("--page", choices=_PAGES, help=_("the page to open the window with"))
    # For the test of an installation: every page shown once, pictures, one line, and the end.
    parser.add_argument("--selftest", metavar="FILE", help=argparse.SUPPRESS)
    commands = parser.add_subparsers(metavar=_("COMMAND"), title=_("commands without a window"))

    detect = _command(commands, runs, "detect", _("show what this computer is"))
    _add_machine(detect)

    recommend = _command(commands, runs, "recommend", _("show what to type, and why"))
    _add_machine(recommend, _("a machine description (JSON); - reads one a line"))
    recommend.add_argument(
        "--env", metavar=_("NAME"), help=_("the conda environment the commands are for")
    )

    verify = _command(commands, runs, "verify", _("check that PyTorch really works"))
    _add_machine(verify)
    _add_python(verify)

    benchmark = _command(commands, runs, "benchmark", _("measure the CPU against the GPU"))
    _add_python(benchmark)
    benchmark.add_argument(
        "--seconds", type=_seconds, default=30.0, help=_("about how long to measure (30)")
    )

    diagnose = _command(commands, runs, "diagnose", _("say what a pasted error means"))
    diagnose.add_argument(
        "file", nargs="?", metavar=_("FILE"), help=_("a file with the text; - or nothing: stdin")
    )
    diagnose.add_argument(
        "--jsonl", action="store_true", help=_("one report a line (JSON) in, one answer a line out")
    )

    install = _command(commands, runs, "install", _("install what is recommended, after asking"))
    _add_machine(install)
    install.add_argument("--env", metavar=_("NAME"), help=_("the environment to install into"))
    install.add_argument(
        "--dry-run", action="store_true", help=_("only show what would be done; touch nothing")
    )
    install.add_argument("--yes", action="store_true", help=_("do not ask back"))
    install.add_argument(
        "--without-conda",
        action="store_true",
        help=_("make a private environment with a Python that is there"),
    )

    check = _command(commands, runs, "check", _("detect, recommend and verify in one report"))
    _add_machine(check)
    _add_python(check)
    check.add_argument(
        "--report",
        action="append",
        metavar=_("FILE"),
        help=_(
            "also write it to this file, as JSON if its name ends so, else as a page; repeatable"
        ),
    )

    _add_catalog(commands, runs)
    _add_course(commands, runs)
    class_report = commands.add_parser(
        "class-report",
        help=_("the reports of a class in one page"),
        description=_("the reports of a class in one page"),
        allow_abbrev=False,
    )
    class_report.set_defaults(run=runs["class-report"])
    _add_language(class_report)
    class_report.add_argument("folder", metavar=_("FOLDER"), help=_("a folder with JSON reports"))
    class_report.add_argument(
        "--out", metavar=_("FILE"), required=True, help=_("the page to write (HTML)")
    )
    return parser


def _add_catalog(commands: argparse._SubParsersAction[_Parser], runs: Mapping[str, Run]) -> None:
    """Updating is not spoken of where the program was built without an address for it."""
    facts = _command(commands, runs, "catalog", _("show which facts the wizard has, and their age"))
    shown = takes_newer_facts()
    facts.add_argument(
        "what",
        nargs="?",
        choices=("show", "update"),
        default="show",
        metavar="update",
        help=_("take newer facts, if there are any") if shown else argparse.SUPPRESS,
    )
    facts.add_argument(
        "--from",
        dest="source",
        metavar=_("FILE_OR_URL"),
        help=_("a file or an address to take them from") if shown else argparse.SUPPRESS,
    )


def _add_course(commands: argparse._SubParsersAction[_Parser], runs: Mapping[str, Run]) -> None:
    """The two that make course material."""
    meaning = _("write pictures of every page in every state, for a course")
    shots = _picture_command(commands, runs, "screenshots", meaning)
    shots.add_argument(
        "--theme", nargs="+", choices=("light", "dark"), help=_("the themes; else both")
    )
    shots.add_argument(
        "--machine",
        nargs="+",
        metavar=_("FILE"),
        default=[],
        help=_("machine descriptions (JSON); else the course's and those that suit a state"),
    )
    shots.add_argument(
        "--scene", nargs="+", metavar=_("NAME"), default=[], help=_("only these states")
    )
    meaning = _("write day 4 of the course as a page, with pictures and today's commands")
    page = _picture_command(commands, runs, "handout", meaning)
    page.add_argument(
        "--theme", choices=("light", "dark"), default="light", help=_("the pictures' theme")
    )


def _picture_command(
    commands: argparse._SubParsersAction[_Parser], runs: Mapping[str, Run], name: str, meaning: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=meaning, description=meaning, allow_abbrev=False)
    parser.set_defaults(run=runs[name])
    parser.add_argument("--out", metavar=_("FOLDER"), required=True, help=_("where they go"))
    parser.add_argument(
        "--lang", nargs="+", choices=tuple(text.LANGUAGES), help=_("the languages of the pictures")
    )
    parser.add_argument("--scale", type=_scale, default=1.0, help=_("1 to 3 (1)"))
    parser.add_argument("--callouts", action="store_true", help=_("with numbers and a legend"))
    return parser


def _scale(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = 0.0
    if not 1 <= value <= 3:
        raise argparse.ArgumentTypeError(
            _("{value} is not a number from 1 to 3").format(value=word[:40])
        )
    return value


def _command(
    commands: argparse._SubParsersAction[_Parser], runs: Mapping[str, Run], name: str, meaning: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=meaning, description=meaning, allow_abbrev=False)
    parser.set_defaults(run=runs[name])
    parser.add_argument("--json", action="store_true", help=_("answer with JSON"))
    _add_language(parser)
    return parser


def _add_machine(parser: argparse.ArgumentParser, meaning: str = "") -> None:
    # SUPPRESS: a subcommand's unused option must not undo one given before the subcommand.
    parser.add_argument(
        "--machine",
        metavar=_("FILE"),
        default=argparse.SUPPRESS,
        help=meaning or _("a machine description (JSON) to use instead of this computer"),
    )


def _add_language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang",
        choices=tuple(text.LANGUAGES),
        default=argparse.SUPPRESS,
        help=_("the language of the texts"),
    )


def _add_python(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--env", metavar=_("NAME"), help=_("the environment to use"))
    which.add_argument("--python", metavar=_("PATH"), help=_("the Python to use"))


def _seconds(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = -1.0
    if not 1 <= value <= _LONGEST_BENCHMARK:
        raise argparse.ArgumentTypeError(
            _("{value} is not a number of seconds from 1 to {most}").format(
                value=word[:40], most=int(_LONGEST_BENCHMARK)
            )
        )
    return value
