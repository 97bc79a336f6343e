"""The preflight and the installation as threads of the window."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject

from wizard.detection.machine import Machine
from wizard.installation.preflight import run_preflight
from wizard.installation.run import run_install
from wizard.installation.values import Forecast, InstallResult, Plan, Preflight
from wizard.jobs.threads import TargetJob


class PreflightJob(TargetJob):
    """``ended`` carries a `Preflight`."""

    def __init__(self, plan: Plan, machine: Machine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plan = plan
        self._machine = machine

    def _work(self, tell: Callable[[object], None], cancelled: threading.Event) -> Preflight:
        return run_preflight(self._plan, self._machine, tell, cancelled)


class InstallJob(TargetJob):
    """``ended`` carries an `InstallResult`."""

    def __init__(
        self, plan: Plan, forecast: Forecast | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._plan = plan
        self._forecast = forecast

    def _work(self, tell: Callable[[object], None], cancelled: threading.Event) -> InstallResult:
        return run_install(self._plan, self._forecast, tell, cancelled)
