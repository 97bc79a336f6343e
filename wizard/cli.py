"""The command line's front door: parse, ask, print. Without a subcommand the window opens.

Every subcommand needs no screen and no Qt. What a subcommand needs is imported in it: the first
answer has to come at once.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard import text
from wizard.cli_about import (
    described,
    environment_of,
    machine_of,
    this_computer,
)
from wizard.cli_files import writable_file
from wizard.cli_output import (
    OutputFullError,
    flush_output,
    print_document,
    print_json,
    print_lines,
    reader_has_gone,
    results_said,
    say,
    silence,
    speak_utf8,
)
from wizard.cli_parser import (
    FAILED,
    INTERRUPTED,
    NOT_READY,
    READY,
    CallError,
    Run,
    make_parser,
    wanted_language,
)
from wizard.cli_signals import ended_as_by_ctrl_c
from wizard.paths import APP_NAME
from wizard.text import _
from wizard.the_course import COURSE_ENVIRONMENT

_RESULT_DUE = frozenset({"verify", "check", "benchmark", "install"})
"""With ``--json`` these end with exactly one event named ``result``, whatever happens."""

if TYPE_CHECKING:
    from wizard.advice.recommendation import Recommendation
    from wizard.detection.machine import Environment, Machine
    from wizard.jobs.verification import VerificationResult


def main(argv: list[str] | None = None) -> int:
    """Run one call; returns the exit code of the contract. Never raises, never a traceback."""
    arguments = sys.argv[1:] if argv is None else argv
    speak_utf8()
    said_before = results_said()
    try:
        code = _to_the_end(arguments, said_before)
        flush_output()
        return code
    except OutputFullError as error:
        assert sys.stdout is not None
        silence(sys.stdout)
        line = _("{program}: standard output is full; the answer could not be written to it.")
        _complain(line.format(program=APP_NAME), error)
        return FAILED
    except KeyboardInterrupt:  # again, while the last words were said
        return INTERRUPTED


def _to_the_end(arguments: Sequence[str], said_before: int) -> int:
    """Run it; whatever happens on the way is its exit code, a line, and where one is due a result.

    Raises:
        OutputFullError: nothing more can be said.
        KeyboardInterrupt: a second one.
    """
    try:
        return _run(arguments)
    except SystemExit as end:  # argparse's --help and --version
        ended, code, detail = "refused", end.code if isinstance(end.code, int) else READY, ""
        if code == READY:
            return code
    except CallError as error:
        _complain(f"{APP_NAME}: {error}", error)
        code, detail = error.code, str(error)
        ended = "failed" if code == FAILED else "wrong_call"
    except KeyboardInterrupt:
        ended, code, detail = "cancelled", INTERRUPTED, ""
    except OutputFullError:
        raise
    except Exception as error:
        detail = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        line = _("{program}: something went wrong inside the program ({error}).").format(
            program=APP_NAME, error=detail
        )
        _complain(line, error)
        ended, code = "failed", FAILED
    if results_said() == said_before and _is_result_due(arguments):
        nothing = {"event": "result", "ready": None, "findings": []}
        print_json({**nothing, "ended": ended, "detail": detail})
    return code


def _is_result_due(arguments: Sequence[str]) -> bool:
    """Told by the words alone: they may be what is wrong."""
    command = next((word for word in arguments if word in _runs()), "")
    return command in _RESULT_DUE and "--json" in arguments


def _complain(line: str, error: Exception) -> None:
    """One line on standard error; a program without a console has another way to say it."""
    say(line)
    if sys.stderr is None:
        from wizard.windowless import tell

        tell(line, error)


def _run(arguments: Sequence[str]) -> int:
    text.set_language(wanted_language(arguments) or text.system_language())
    if arguments:
        options = _parsed(arguments)
    else:  # a double click: the window must come at once, and there is nothing to parse
        options = argparse.Namespace(run=_window, theme=None, page=None, selftest=None)
    command: Run = options.run
    if command is _window:  # it is closed, and asks what is to become of its work
        return command(options)
    with ended_as_by_ctrl_c():
        return command(options)


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The call; argparse itself prints the help, and whoever reads that may have enough."""
    try:
        return make_parser(_runs()).parse_args(arguments)
    except OSError as error:
        if sys.stdout is None or not reader_has_gone(error):
            raise
        silence(sys.stdout)
        raise SystemExit(READY) from None


def _runs() -> dict[str, Run]:
    """What carries out each subcommand; the window is the one without a name."""
    return {
        "": _window,
        "detect": _detect,
        "recommend": _recommend,
        "verify": _verify,
        "benchmark": _benchmark,
        "check": _check,
        "class-report": _class_report,
        "screenshots": _screenshots,
        "handout": _handout,
        "install": _install,
        "diagnose": _diagnose,
        "catalog": _catalog,
    }


# The subcommands ---------------------------------------------------------------------------------


def _window(options: argparse.Namespace) -> int:
    told = described(options)
    if sys.platform == "linux" and not _has_screen():
        # Qt would end the process with a core dump.
        raise CallError(
            _("There is no screen for the window. Try: {command}").format(
                command=f"{APP_NAME} check"
            ),
            FAILED,
        )
    if options.selftest is not None:
        from wizard.selftest import run_selftest

        language = getattr(options, "lang", None)
        file = Path(options.selftest)
        return run_selftest(file, told, language=language, theme=options.theme)
    gc.disable()  # nothing made on the way to the first page is garbage; the window enables it
    # What needs no Qt comes before it: PySide6 reads the source of all that is imported after it.
    import platformdirs  # noqa: F401

    import wizard.runs
    import wizard.text.names
    import wizard.widgets.tokens  # noqa: F401

    try:
        from wizard.app import run_window
    except ImportError as error:
        raise CallError(
            _("The window cannot start: {error}. Without it: {command}").format(
                error=str(error).splitlines()[0], command=f"{APP_NAME} check"
            ),
            FAILED,
        ) from None
    return run_window(
        told,
        language=getattr(options, "lang", None),
        theme=options.theme,
        page=options.page,
    )


def _has_screen() -> bool:
    from wizard.screen import has_screen

    return has_screen()


def _detect(options: argparse.Namespace) -> int:
    machine = machine_of(options)
    if options.json:
        print_document(machine.to_json())
    else:
        from wizard.report.plain import machine_lines

        print_lines(machine_lines(machine))
    return READY


def _recommend(options: argparse.Namespace) -> int:
    if getattr(options, "machine", None) == "-":
        from wizard.cli_lines import recommend_lines

        source = None if sys.stdin is None else sys.stdin.buffer
        return recommend_lines(source, options.env)
    from wizard.advice.recommend import recommend

    machine = machine_of(options)
    answer = recommend(machine, options.env)
    if options.json:
        print_document(answer.to_json())
    else:
        from wizard.report.plain import recommendation_lines

        print_lines(recommendation_lines(answer, machine))
    return READY


def _verify(options: argparse.Namespace) -> int:
    told = described(options)
    real = this_computer()
    env = environment_of(options, real)
    if told is not None:
        from wizard.report.plain import simulated_line

        say(simulated_line())
    result = _run_verification(env, told or real, as_json=options.json)
    if options.json:
        print_json(result.to_json())
    else:
        from wizard.report.plain import finding_lines, ready_line

        print_lines(["", ready_line(result.ready), *finding_lines(result.findings, real.os.system)])
    return _verification_code(result)


def _run_verification(env: Environment, machine: Machine, as_json: bool) -> VerificationResult:
    """Verify, with each check printed as it ends."""
    from wizard.checks import Check
    from wizard.jobs.verification import run_verification

    if not as_json:
        print_lines([_("Checking {python}").format(python=env.executable), ""])

    def show(event: object) -> None:
        if not isinstance(event, Check):
            return
        if as_json:
            print_json(event.to_json())
        else:
            from wizard.report.plain import check_line

            print_lines([check_line(event)])

    return run_verification(Path(env.executable or ""), machine, show)


def _verification_code(result: VerificationResult) -> int:
    if result.ready is not None:
        return READY
    crashed = result.kind == "exited" and bool(result.exit_name) and not result.exit_name.isdigit()
    return NOT_READY if result.kind == "exited" and not crashed else FAILED


def _benchmark(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from wizard.jobs.benchmark import run_benchmark, summarize
    from wizard.jobs.events import Info, Note, Sample, Training
    from wizard.report.document import benchmark_part
    from wizard.report.plain import finding_lines, sample_line, summary_lines, training_line

    real = this_computer()
    env = environment_of(options, real)
    names = {Info: "info", Sample: "sample", Training: "training", Note: "note"}

    def show(event: object) -> None:
        if options.json:
            if isinstance(event, (Info, Sample, Training, Note)):
                print_json({"event": names[type(event)], **asdict(event)})
        elif isinstance(event, Sample):
            print_lines([sample_line(event)])
        elif isinstance(event, Training):
            print_lines([training_line(event)])

    if not options.json:
        print_lines([_("Measuring with {python}").format(python=env.executable), ""])
    result = run_benchmark(Path(env.executable or ""), show, seconds=options.seconds)
    summary = summarize(result) if result.samples else None
    if options.json:
        print_json({"event": "result", **benchmark_part(result, summary)})
    else:
        from wizard.text.measured import note_sentences

        lines = [*(summary_lines(summary) if summary else []), *note_sentences(result.notes)]
        print_lines(["", *lines, *finding_lines(result.findings, real.os.system)])
    if result.kind != "exited" or not result.samples:
        return FAILED
    return NOT_READY if result.findings else READY


def _diagnose(options: argparse.Namespace) -> int:
    from wizard.cli_diagnose import run

    return run(options)


def _class_report(options: argparse.Namespace) -> int:
    from wizard.cli_report import class_report

    return class_report(options)


def _screenshots(options: argparse.Namespace) -> int:
    from wizard.cli_course import screenshots

    return screenshots(options)


def _handout(options: argparse.Namespace) -> int:
    from wizard.cli_course import handout

    return handout(options)


def _install(options: argparse.Namespace) -> int:
    from wizard.cli_install import run

    return run(options, this_computer)


def _catalog(options: argparse.Namespace) -> int:
    from wizard.cli_catalog import run

    return run(options)


def _check(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from wizard.advice.recommend import recommend

    told = described(options)
    for name in options.report or ():
        writable_file(name)
    real = this_computer()
    env = environment_of(options, real)
    machine = told or real
    wanted = env.name if env.kind == "conda" else None
    if told is None and options.python is not None:
        machine = replace(machine, environments=(*machine.environments, env))
        wanted = env.prefix  # the commands are to run in the Python that was asked for
    answer = recommend(machine, wanted)
    if options.json:
        from wizard.jobs.verification import run_verification

        result = run_verification(Path(env.executable or ""), machine, lambda _event: None)
        report = _reported(options, machine, answer, result)
        findings = report["verification"]["findings"]
        print_json({"event": "result", "ready": result.ready, "findings": findings, **report})
        return _verification_code(result)
    from wizard.report.plain import (
        finding_lines,
        machine_lines,
        ready_line,
        recommendation_lines,
    )

    print_lines([*machine_lines(machine), ""])
    print_lines([*recommendation_lines(answer, machine), ""])
    if env.kind == "wizard" and options.env is None and options.python is None:
        said = _("There is no environment {name} yet, so the Python of this wizard is checked.")
        print_lines([said.format(name=COURSE_ENVIRONMENT)])
    result = _run_verification(env, machine, as_json=False)
    print_lines(["", ready_line(result.ready), *finding_lines(result.findings, real.os.system)])
    if options.report is not None:
        _reported(options, machine, answer, result)
    return _verification_code(result)


def _reported(
    options: argparse.Namespace,
    machine: Machine,
    answer: Recommendation,
    result: VerificationResult,
) -> dict[str, Any]:
    """The report without what is private; written to the files that are named."""
    from wizard.report.publishable import published
    from wizard.report.saving import save_report

    for name in options.report or ():
        problem = save_report(Path(name), machine, answer, result)
        if problem is not None:
            raise CallError(problem)
    return published(machine, answer, result).document()
