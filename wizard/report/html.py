"""The report as one self-contained page: light and dark, printed on two sheets of A4."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wizard import __version__, text
from wizard.paths import resource_folder
from wizard.printable import printable
from wizard.report.svg import speed_plot
from wizard.text import _, significant, speed
from wizard.text.checks import check_title, reason_sentence, value_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.advice.finding import Finding
    from wizard.advice.recommendation import Recommendation
    from wizard.detection.machine import Machine
    from wizard.jobs.benchmark import BenchmarkResult
    from wizard.jobs.verification import VerificationResult
    from wizard.report.publishable import Published

_SIGNS = {"passed": ("good", "✓"), "failed": ("bad", "✗"), "skipped": ("skipped", "–")}


def report_html(parts: Published) -> str:
    """The page in the language in use."""
    machine, verification, benchmark = parts.machine, parts.verification, parts.benchmark
    title = _("GPU setup: report")
    cards = [
        f"<h1>{escape(title)}</h1>",
        _dated(),
        _state_card(verification),
        _machine_card(machine),
    ]
    if verification is not None:
        cards += [_finding_card(finding) for finding in verification.findings]
        cards.append(_checks_card(verification))
    if benchmark is not None and benchmark.samples:
        cards.append(_benchmark_card(benchmark))
    if parts.recommendation is not None:
        cards.append(_command_card(parts.recommendation))
    ribbon = ""
    if machine.simulated:
        words = _("Simulated machine: {name}").format(name=machine.name)
        ribbon = f'<div class="ribbon">{escape(words)}</div>'
    return page(title, "".join(cards), ribbon=ribbon)


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""No script runs, and nothing is asked of any server, whatever got into a page."""


def page(
    title: str, body: str, *, ribbon: str = "", wide: bool = False, pictures: bool = False
) -> str:
    """A whole document around ``body``, which is HTML already.

    ``pictures`` lie beside the page; without it, a page has none.
    """
    policy = _POLICY + ("; img-src 'self' file:" if pictures else "")
    style = (resource_folder("styles") / "report.css").read_text("utf-8")
    kind = ' class="wide"' if wide else ""
    footer = escape(_("Made by the GPU Setup Wizard {version}").format(version=__version__))
    return printable(
        f'<!DOCTYPE html>\n<html lang="{text.language()}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>\n{style}</style></head><body>{ribbon}"
        f"<main{kind}>{body}<footer>{footer}</footer></main></body></html>\n"
    )


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Two columns: what it is, and its value."""
    return (
        "<table>"
        + "".join(
            f'<tr><td class="name">{escape(name)}</td><td>{escape(value)}</td></tr>'
            for name, value in rows
        )
        + "</table>"
    )


def _dated() -> str:
    from datetime import datetime

    now = datetime.now().astimezone()
    return f'<p class="muted">{now:%Y-%m-%d %H:%M}</p>'


def _card(body: str, title: str = "", tone: str = "") -> str:
    heading = f"<h2>{escape(title)}</h2>" if title else ""
    return f'<section class="card {tone}">{heading}{body}</section>'


def _state_card(verification: VerificationResult | None) -> str:
    if verification is None:
        return ""
    from wizard.report.plain import ready_line

    tone = "good" if verification.ready else "bad"
    words = f'<div class="state">{escape(ready_line(verification.ready))}</div>'
    return _card(words + f'<p class="muted">{escape(verification.python)}</p>', tone=tone)


def _machine_card(machine: Machine) -> str:
    from wizard.advice.computer import assess

    return _card(
        table((line.title, line.value) for line in assess(machine, None) if line.value),
        _("The computer"),
    )


def _finding_card(finding: Finding) -> str:
    steps = finding.steps or ((finding.fix,) if finding.fix else ())
    body = f"<p>{escape(finding.why)}</p>"
    if steps:
        body += "<ol>" + "".join(f"<li>{escape(step)}</li>" for step in steps) + "</ol>"
    body += "".join(f"<pre>{escape(command.bash)}</pre>" for command in finding.commands)
    if finding.source.startswith("https://"):
        body += f'<p class="small"><a href="{escape(finding.source)}">{escape(_("Source"))}</a></p>'
    return _card(body, finding.title, "bad")


def _checks_card(verification: VerificationResult) -> str:
    words = {"passed": _("passed"), "failed": _("FAILED"), "skipped": _("skipped")}
    rows: list[str] = []
    for check in verification.checks:
        tone, sign = _SIGNS[check.state]
        value = value_text(check) or (reason_sentence(check.reason) if check.reason else "")
        rows.append(
            f'<tr><td class="{tone} whole">{sign} {escape(words[check.state])}</td>'
            f"<td>{escape(check_title(check.id))}</td><td>{escape(value)}</td></tr>"
        )
    return _card(f"<table>{''.join(rows)}</table>", _("The checks"))


def _benchmark_card(benchmark: BenchmarkResult) -> str:
    from wizard.jobs.benchmark import summarize

    summary = summarize(benchmark)
    curves: dict[str, tuple[str, list[tuple[int, float]]]] = {
        "cpu": ("CPU", []),
        "gpu": ("GPU", []),
        "tf32": (_("GPU, TF32"), []),
        "half": (_("GPU, half precision"), []),
    }
    on_gpu = {"float32": "gpu", "tf32": "tf32"}
    for sample in benchmark.samples:
        style = "cpu" if sample.device == "cpu" else on_gpu.get(sample.dtype, "half")
        if style != "cpu" or sample.dtype == "float32":
            curves[style][1].append((sample.size, sample.gflops))
    speeds = (
        (_("GPU, matrix product"), summary.gpu_gflops),
        (_("CPU, matrix product"), summary.cpu_gflops),
    )
    times = (
        (_("Speed-up"), summary.speedup),
        (_("Speed-up of a training step"), summary.training_speedup),
    )
    rows = [(name, speed(value)) for name, value in speeds if value]
    rows += [(name, f"{significant(value)}×") for name, value in times if value]
    return _card(speed_plot(curves) + table(rows), _("The benchmark"))


def _command_card(recommendation: Recommendation) -> str:
    reasons = "".join(f"<li>{escape(reason.text)}</li>" for reason in recommendation.reasons)
    commands = "".join(f"<pre>{escape(step.text.bash)}</pre>" for step in recommendation.steps)
    return _card(f"{commands}<ol>{reasons}</ol>", _("The command for this computer, and why"))
