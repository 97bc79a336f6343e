"""How a finding looks: what is wrong, why on this machine, what to do, with copy buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from wizard.advice.command import spelling_for
from wizard.advice.finding import Finding
from wizard.detection.machine import System
from wizard.pages.page import page_title
from wizard.text import _
from wizard.widgets.copy_box import CopyBox
from wizard.widgets.parts import Card, Tone, button, label, link_button, row
from wizard.widgets.theme import XS, S


def finding_card(
    finding: Finding,
    system: System,
    *,
    tone: Tone = "bad",
    on_install: Callable[[], None] | None = None,
    next_step: bool = False,
) -> Card:
    """``system`` is the operating system whose shell the commands are written for.

    ``on_install`` leads to the page that installs, where that helps; ``next_step`` says that this
    is what to press next.
    """
    card = Card(finding.title, tone=tone)
    card.add(label(finding.why))
    if finding.steps:
        card.add(label(_("What to do:"), "strong"))
        card.add(_numbered(finding.steps))
    elif finding.fix:
        card.add(label(_("What to do: {fix}").format(fix=finding.fix), "strong"))
    for command in finding.commands:
        card.add(CopyBox(spelling_for(command, system), _("Command that helps")))
    links: list[QWidget | int] = []
    if finding.installs and on_install is not None:
        kind = "primary" if next_step else "outline"
        words = _("Go to: {page}").format(page=page_title("install"))
        links.append(button(words, on_install, kind=kind))
    if finding.source.startswith("https://"):
        links.append(link_button(_("Source"), finding.source))
    if links:
        card.add(row(*links, 1))
    return card


def _numbered(steps: tuple[str, ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(S)
    grid.setVerticalSpacing(XS)
    grid.setColumnStretch(1, 1)
    top = Qt.AlignmentFlag.AlignTop
    for number, step in enumerate(steps, start=1):
        grid.addWidget(label(f"{number}.", "strong", wrap=False), number, 0, top)
        grid.addWidget(label(step), number, 1, top)
    return grid
