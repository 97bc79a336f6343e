"""What a wizard that was cut off leaves behind."""

from __future__ import annotations

from wizard.installation import journal, ownership
from wizard.installation.values import Plan


def leave_half_made(plan: Plan) -> None:
    """Its note, its mark in the folder, and half of the files."""
    assert journal.begin(plan) is None
    assert ownership.claim(plan, journal.mark_of(plan))
    (plan.folder / "bin").mkdir()
    (plan.folder / "bin" / "half").write_bytes(bytes(1000))
