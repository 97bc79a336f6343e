"""How a finding looks: what is wrong, why on this machine, what to do, with copy buttons."""

from __future__ import annotations

from wizard.advice.command import spelling_for
from wizard.advice.finding import Finding
from wizard.detection.machine import System
from wizard.text import _
from wizard.widgets.copy_box import CopyBox
from wizard.widgets.parts import Card, Tone, label, link_button


def finding_card(finding: Finding, system: System, *, tone: Tone = "bad") -> Card:
    """``system`` is the operating system whose shell the commands are written for."""
    card = Card(finding.title, tone=tone)
    card.add(label(finding.why))
    if finding.fix:
        card.add(label(_("What to do: {fix}").format(fix=finding.fix), "strong"))
    for command in finding.commands:
        card.add(CopyBox(spelling_for(command, system), _("Command that helps")))
    if finding.source.startswith("https://"):
        card.add(link_button(_("Source"), finding.source))
    return card
