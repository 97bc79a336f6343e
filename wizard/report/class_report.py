"""A class at a glance: the JSON reports of a folder in one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from wizard.causes.knowledge import load
from wizard.report.allowed import Allowed
from wizard.report.html import page
from wizard.report.reading import as_list, as_object, read_report
from wizard.report.svg import bar_plot
from wizard.text import _, from_data, ngettext, significant

_MOST = 1e9
"""Times; a larger figure was never measured."""
_LONGEST = 200
_ALLOWED = Allowed(())
"""A report comes from another computer; its names are not known here."""
_BARS = 60
"""More bars than that nobody compares; the table has them all."""


@dataclass(frozen=True)
class Student:
    """One report, as far as a teacher asks."""

    name: str
    """The file's name without its ending."""
    ready: str | None
    """``gpu``, ``cpu`` or None."""
    verified: bool
    finding: str
    """The title of the root cause; empty where there is none."""
    code: str
    card: str
    driver: str
    torch: str
    speedup: float | None
    simulated: bool


@dataclass(frozen=True)
class Unread:
    """A file that is no report, and why."""

    name: str
    reason: str


def read_folder(folder: Path) -> tuple[list[Student], list[Unread]]:
    """Every JSON file below a folder; one that is damaged or foreign costs only itself.

    Raises:
        OSError: the folder cannot be read.
    """
    students: list[Student] = []
    unread: list[Unread] = []
    if not folder.is_dir():
        raise NotADirectoryError(20, _("no such folder"), str(folder))
    for path in sorted(folder.rglob("*.json"), key=lambda path: path.name.casefold()):
        name = str(path.relative_to(folder).with_suffix(""))
        try:
            students.append(_student(name, read_report(path)))
        except (OSError, ValueError, RecursionError, TypeError, AttributeError) as error:
            # Of the system's errors the reason alone: its text names the teacher's own folders.
            said = str(getattr(error, "strerror", None) or error)
            reason = said.splitlines()[0][:120] if said else type(error).__name__
            unread.append(Unread(name, reason))
    return students, unread


def _student(name: str, report: dict[str, Any]) -> Student:
    machine, verification = as_object(report["machine"]), as_object(report.get("verification"))
    code, finding = _stuck_on(verification, as_object(report.get("recommendation")))
    ready = verification.get("ready")
    summary = as_object(as_object(report.get("benchmark")).get("summary"))
    speedup = summary.get("speedup")
    cards = [as_object(gpu) for gpu in as_list(machine.get("gpus"))]
    named = [gpu for gpu in cards if gpu.get("vendor") == "nvidia"] or cards
    return Student(
        name=name,
        ready=ready if ready in ("gpu", "cpu") else None,
        verified=bool(verification),
        finding=finding,
        code=code,
        card=", ".join(_ALLOWED.product(_text(gpu.get("name"))) for gpu in named[:2]),
        driver=_ALLOWED.version(_text(as_object(machine.get("nvidia_driver")).get("version")))
        or "",
        torch=_ALLOWED.version(_text(verification.get("torch"))) or "",
        speedup=float(speedup)
        if isinstance(speedup, (int, float))
        and not isinstance(speedup, bool)
        and 0 < speedup < _MOST
        else None,
        simulated=report.get("simulated") is True,
    )


#: What stands in the way before anything was checked, by the verdict of the advice.
_BEFORE = {"install_driver": "driver_missing", "update_driver": "driver_too_old"}


def _stuck_on(verification: dict[str, Any], advice: dict[str, Any]) -> tuple[str, str]:
    """Code and title of the root cause, in the teacher's language where the code is known."""
    findings = as_list(verification.get("findings"))
    first = as_object(findings[0]) if findings else {}
    code, title = _text(first.get("code")), _ALLOWED.sentence(_text(first.get("title")))
    if not verification:
        code = _BEFORE.get(str(advice.get("verdict")), "")
    cause = load().get(code)
    return code, title if cause is None else from_data(cause.title)


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def class_html(students: list[Student], unread: list[Unread]) -> str:
    """One page: who is ready, who is stuck on what, and how fast the cards are."""
    title = _("The class at a glance")
    ready = sum(student.ready is not None for student in students)
    words = ngettext(
        "{ready} of {count} student is ready",
        "{ready} of {count} students are ready",
        len(students),
    ).format(ready=ready, count=len(students))
    parts = [f"<h1>{escape(title)}</h1>", f'<p class="state">{escape(words)}</p>']
    stuck = Counter(student.finding for student in students if student.finding)
    if stuck:
        rows = "".join(
            f'<tr><td class="number">{count}</td><td>{escape(finding)}</td></tr>'
            for finding, count in stuck.most_common()
        )
        parts.append(_card(_("What they are stuck on"), f"<table>{rows}</table>"))
    parts.append(_card(_("Everybody"), _table(students)))
    fast = [student for student in students if student.speedup]
    fast.sort(key=lambda student: -(student.speedup or 0))
    if fast:
        bars = [
            (f"{student.name} · {student.card}", student.speedup or 0.0, student.simulated)
            for student in fast[:_BARS]
        ]
        parts.append(_card(_("Speed-up of the GPU against the CPU"), bar_plot(bars)))
    if unread:
        rows = "".join(
            f"<tr><td>{escape(each.name)}</td><td>{escape(each.reason)}</td></tr>"
            for each in unread
        )
        parts.append(_card(_("Files that could not be read"), f"<table>{rows}</table>"))
    return page(title, "".join(parts), wide=True)


def _card(title: str, body: str) -> str:
    return f'<section class="card"><h2>{escape(title)}</h2>{body}</section>'


def _table(students: Iterable[Student]) -> str:
    heads = (_("Student"), _("State"), _("Stuck on"), _("Graphics card"), _("Driver"), "PyTorch")
    names = (*heads, _("Speed-up"))
    head = "".join(f'<th class="whole">{escape(each)}</th>' for each in names)
    rows: list[str] = []
    for student in students:
        tone, state = _state(student)
        ribbon = " · " + _("simulated") if student.simulated else ""
        speedup = "" if student.speedup is None else f"{significant(student.speedup)}×"
        cells = (student.finding, student.card + ribbon)
        versions = (student.driver, student.torch)
        rows.append(
            f'<tr><td>{escape(student.name)}</td><td class="{tone}">{escape(state)}</td>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            + "".join(f'<td class="whole">{escape(each)}</td>' for each in versions)
            + f'<td class="number">{escape(speedup)}</td></tr>'
        )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _state(student: Student) -> tuple[str, str]:
    if student.ready == "gpu":
        return "good", "✓ " + _("ready, GPU")
    if student.ready == "cpu":
        return "good", "✓ " + _("ready, CPU")
    if not student.verified:
        return "skipped", "– " + _("not checked yet")
    return "bad", "✗ " + _("not ready")
