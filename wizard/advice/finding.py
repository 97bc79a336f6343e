"""Why something did not work and what helps, as a frozen value."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from wizard.advice.recommendation import Spelling


@dataclass(frozen=True)
class Finding:
    code: str
    """A failure code, such as ``cpu_only_build``."""
    title: str
    why: str
    """Why it is so on this machine, with the values seen."""
    fix: str
    """The next step, one plain sentence or more."""
    commands: tuple[Spelling, ...] = ()
    source: str = ""
    steps: tuple[str, ...] = ()
    """The same as ``fix``, step by step, where there are several."""
    installs: bool = False
    """Installing PyTorch again helps; the wizard can do that."""

    def to_json(self) -> dict[str, object]:
        return asdict(self)
