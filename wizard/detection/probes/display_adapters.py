"""List the graphics devices of the computer without asking any vendor's driver."""

from __future__ import annotations

import sys

from wizard.detection.answers import GraphicsAnswer


def probe_display_adapters(system: str = sys.platform) -> GraphicsAnswer:
    """The graphics devices that this operating system lists."""
    if system == "win32":
        from wizard.detection.probes.windows_adapters import windows_adapters
        from wizard.detection.probes.windows_registry import (
            WindowsRegistry,
            device_problem,
            present_pci_devices,
        )

        return windows_adapters(WindowsRegistry(), present_pci_devices(), device_problem)
    if system == "darwin":
        from wizard.detection.probes.macos_adapters import macos_adapters

        return macos_adapters()
    from wizard.detection.probes.linux_adapters import linux_adapters

    return linux_adapters()
