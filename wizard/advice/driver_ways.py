"""How one gets the NVIDIA driver: by NVIDIA's page on Windows, by the distribution on Linux."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.advice import catalog, nvidia, versions
from wizard.advice.nvidia import Card
from wizard.advice.recommendation import DriverAdvice
from wizard.detection.machine import Machine
from wizard.text import _

#: Each distribution's own page about the driver, by the first word of its name.
_DISTRIBUTIONS = {
    "ubuntu": (
        "Ubuntu",
        "https://documentation.ubuntu.com/server/how-to/graphics/install-nvidia-drivers/",
    ),
    "debian": ("Debian", "https://wiki.debian.org/NvidiaGraphicsDrivers"),
    "fedora": ("Fedora", "https://rpmfusion.org/Howto/NVIDIA"),
}


@dataclass(frozen=True)
class DriverWay:
    step: str
    link: str
    link_text: str


def driver_sentence(driver: DriverAdvice) -> str:
    """Which driver is there, and which one is needed."""
    number = versions.driver(driver.installed or "")
    if driver.installed is None:
        said = _("No NVIDIA driver works here yet; {needed} or newer is needed.")
    elif catalog.beyond(driver.branch, number):
        said = _("Your driver is {installed}; one of the {needed} series is needed.")
    elif number >= versions.parse(driver.needed):
        said = _("Your driver {installed} is new enough, but it has to be installed again.")
    else:
        said = _("Your driver is {installed}; {needed} or newer is needed.")
    return said.format(installed=driver.installed, needed=driver.needed)


def driver_way(machine: Machine, cards: tuple[Card, ...]) -> DriverWay:
    """The next step to a driver for these cards, and the page that helps."""
    branch = catalog.last_branch(tuple(c.capability for c in cards if c.capability is not None))
    facts = catalog.load()
    from_nvidia = _("Get the driver from NVIDIA")
    if machine.os.wsl:
        return DriverWay(_wsl_step(branch), facts.driver_download("wsl", branch), from_nvidia)
    if machine.os.system == "windows":
        return DriverWay(
            _windows_step(branch), facts.driver_download("windows", branch), from_nvidia
        )
    arm = machine.os.arch != "x86_64"
    if arm and any(card.capability in facts.tegra for card in cards):
        step = _("A Jetson's driver comes with NVIDIA's JetPack: install JetPack 6 or newer.")
        return DriverWay(step, facts.driver_download("jetson"), _("Get JetPack from NVIDIA"))
    return _linux_way(machine, branch)


def _windows_step(branch: int | None) -> str:
    if branch is None:
        return _("Install the newest driver for your card, restart, then scan again.")
    return _(
        "Install a driver of the {branch} series, the last one for this card. Restart, then scan "
        "again."
    ).format(branch=branch)


def _wsl_step(branch: int | None) -> str:
    if branch is None:
        return _("Install the newest NVIDIA driver in Windows (not inside Linux), then scan again.")
    return _(
        "Install an NVIDIA driver of the {branch} series in Windows (not inside Linux), then scan "
        "again."
    ).format(branch=branch)


def _linux_way(machine: Machine, branch: int | None) -> DriverWay:
    word = (machine.os.version.split() or [""])[0].lower()
    name, page = _DISTRIBUTIONS.get(word, ("", ""))
    if name == "Ubuntu":
        # It chooses the branch by the card.
        step = _(
            "Type sudo ubuntu-drivers install in a terminal: it chooses the driver for your card. "
            "Restart, then scan again."
        )
    elif branch is None:
        step = _(
            "Install the NVIDIA driver the way your Linux offers it, restart, then scan again."
        )
    else:
        step = _(
            "Install the NVIDIA driver the way your Linux offers it, in the {branch} series: the "
            "last one for this card. Restart, then scan again."
        ).format(branch=branch)
    if name:
        return DriverWay(step, page, _("How to install it on {name}").format(name=name))
    system = nvidia.driver_system(machine)
    link = catalog.load().driver_download(system, branch)
    return DriverWay(step, link, _("Get the driver from NVIDIA"))
