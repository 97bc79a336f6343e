"""The types of the fixtures."""

from __future__ import annotations

from typing import Protocol

from conda_stand_in import StandIn

from wizard.installation.values import Plan


class MakePlan(Protocol):
    def __call__(
        self, conda: StandIn, env: str | None = None, *, gpu: bool = True, route: str | None = None
    ) -> Plan: ...
