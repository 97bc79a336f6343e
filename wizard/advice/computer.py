"""The Computer page's lines: what is there, what is missing, and the next step. Pure functions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from wizard import text
from wizard.advice import accelerators, catalog, gpu_names, nvidia, reasons, versions
from wizard.advice.catalog import COLAB_URL
from wizard.advice.driver_ways import driver_way
from wizard.advice.nvidia import Card
from wizard.advice.recommendation import Reason
from wizard.advice.systems import is_windows_arm, nothing_runs, platform_of
from wizard.advice.troubles import hides_the_card, trouble_of
from wizard.detection.machine import Gpu, Machine
from wizard.text import _
from wizard.text.names import scan_again

State = Literal["good", "warning", "bad", "info", "busy"]

DISK_NEEDED_GIB = 10.0
"""The download, its cache and the environment together."""
_DISK_WARNING_GIB = 15.0
_DISK_BAD_GIB = 8.0
_MEMORY_WARNING_GIB = 7.0
_GPU_MEMORY_WARNING_GIB = 3.5

_GRAPHICS_PROBES = frozenset({"nvml", "nvidia_smi", "display_adapters"})
_DRIVER_PROBES = frozenset({"nvml", "nvidia_smi"})


@dataclass(frozen=True)
class Line:
    """One line of the check list; empty texts are left out."""

    id: str
    """``gpu`` (then ``gpu2``…), ``driver``, ``os``, ``cpu``, ``memory``, ``disk``."""
    state: State
    title: str
    value: str = ""
    sentence: str = ""
    next_step: str = ""
    link: str = ""
    link_text: str = ""


def colab_steps() -> tuple[str, ...]:
    """How to borrow a T4 GPU from Google Colab."""
    return (
        _("Open Google Colab and sign in with a Google account."),
        _("In the menu choose Runtime, then Change runtime type."),
        _("Choose T4 GPU as the hardware accelerator and press Save."),
        _("Run: import torch; print(torch.cuda.is_available()) – PyTorch is there already."),
    )


def assess(machine: Machine, answered: Collection[str] | None = None) -> tuple[Line, ...]:
    """A line for each part of the computer.

    ``answered`` holds the probes that have answered so far; a line whose probes have not is
    ``busy``. None: the survey has ended.
    """
    done = answered is None
    known = frozenset(answered or ())
    lines: list[Line] = []
    if machine.nvidia_gpus or done or known >= _GRAPHICS_PROBES:
        lines += _gpu_lines(machine)
    else:
        lines.append(Line("gpu", "busy", _("Graphics card")))
    if machine.nvidia_driver or done or known >= _DRIVER_PROBES:
        if machine.nvidia_gpus or machine.nvidia_driver:
            lines.append(_driver_line(machine))
    else:
        lines.append(Line("driver", "busy", _("NVIDIA driver")))
    if done or "system" in known:
        lines += [_os_line(machine), _cpu_line(machine), _memory_line(machine), _disk_line(machine)]
    else:
        titles = (("os", _("Operating system")), ("cpu", _("Processor")))
        titles = (*titles, ("memory", _("Memory")), ("disk", _("Free disk space")))
        lines += [Line(id_, "busy", title) for id_, title in titles]
    return tuple(lines)


def _gpu_lines(machine: Machine) -> list[Line]:
    if machine.os.system == "macos" or not machine.nvidia_gpus:
        lines = _hidden_card(machine)
        if not lines:
            lines = _other_graphics(machine)
        elif machine.gpus:  # the next pages are about the hidden card
            plain = {"next_step": "", "link": "", "link_text": ""}
            lines += [replace(line, **plain) for line in _other_graphics(machine)]
        return [
            replace(line, id=f"gpu{at}" if at > 1 else "gpu") for at, line in enumerate(lines, 1)
        ]
    cards = {id(card.gpu): card for card in nvidia.read_cards(machine)}
    trouble = trouble_of(machine, machine.nvidia_gpus)
    lines: list[Line] = []
    for gpu in machine.nvidia_gpus:
        name = "gpu" if not lines else f"gpu{len(lines) + 1}"
        line = _nvidia_line(name, cards[id(gpu)], machine)
        not_asked = line.state == "good" or cards[id(gpu)].capability is None
        if not_asked and trouble is not None and gpu in trouble.gpus:
            sentence = _("CUDA could run on this card, but its driver does not drive it now.")
            line = replace(line, state="warning", sentence=sentence)
        elif line.state == "good" and nvidia.is_forgotten(machine, cards[id(gpu)]):
            sentence = _("CUDA could run on this card, but the driver is too new for it.")
            line = replace(line, state="warning", sentence=sentence)
        elif line.state == "good" and machine.nvidia_driver is None:
            line = replace(line, sentence=_("CUDA runs on this card, once it has its driver."))
        lines.append(line)
    lines = _beside_a_better_card(machine, lines)
    hidden = next((p for p in machine.problems if p.code == "cuda_visible_devices"), None)
    if hidden is not None:
        sentence = reasons.cuda_visible_devices(hidden.detail).text
        lines[0] = replace(lines[0], state="warning", sentence=sentence)
    return lines


def _beside_a_better_card(machine: Machine, lines: list[Line]) -> list[Line]:
    """A card that is too old is no reason to worry where another one does the work."""
    cards = nvidia.read_cards(machine)
    usable = {id(card.gpu) for card in cards if _no_way(machine, card) is None}
    if not usable:
        return lines
    sentence = _("PyTorch does not use this card; your other card does the work.")
    return [
        line if id(gpu) in usable else Line(line.id, "info", line.title, line.value, sentence)
        for gpu, line in zip(machine.nvidia_gpus, lines, strict=True)
    ]


def _hidden_card(machine: Machine) -> list[Line]:
    """A card that is there, though nothing on this computer shows it."""
    if not hides_the_card(machine):
        return []
    why = reasons.problems(machine)[0].text
    step = _("Then press “{button}”.").format(button=scan_again())
    return [Line("gpu", "bad", _("Graphics card"), _("NVIDIA card, hidden"), why, step)]


def _nvidia_line(line_id: str, card: Card, machine: Machine) -> Line:
    title, value = _("Graphics card"), _gpu_value(card)
    unusable = _no_way(machine, card)
    if unusable is not None:
        step = _cpu_step()
        return Line(line_id, "warning", title, value, unusable.text, step, COLAB_URL, _colab())
    if card.capability is None:
        sentence = _(
            "The wizard does not know this card; the verification will show what it can do."
        )
        return Line(line_id, "warning", title, value, sentence)
    memory = card.gpu.memory_gib
    if memory is not None and memory < _GPU_MEMORY_WARNING_GIB:
        sentence = _("CUDA runs on it. With {size} of its own memory only small models fit.")
        return Line(line_id, "warning", title, value, sentence.format(size=text.gib(memory)))
    return Line(line_id, "good", title, value, _("CUDA runs on this card."))


def _no_way(machine: Machine, card: Card) -> Reason | None:
    """Why no current build can use this card; None where one can."""
    if (why := nothing_runs(machine)) is not None:
        return why
    if accelerators.is_own_of_nvidia(machine, card):
        return None
    if is_windows_arm(machine):
        return reasons.windows_arm()
    if card.capability is None or _has_build(card, machine):
        return None
    return reasons.no_kernels(card.name, card.capability)


def _gpu_value(card: Card) -> str:
    parts = [gpu_names.name_of_card(card.gpu) or _("a card without a name")]
    if card.capability is not None:
        capability = versions.spelled(card.capability)
        parts.append(_("compute capability {capability}").format(capability=capability))
    if card.gpu.memory_gib is not None:
        parts.append(text.gib(card.gpu.memory_gib))
    count = card.gpu.cuda_cores or gpu_names.cuda_cores(card.gpu.name)
    if count:
        cores = text.ngettext("{count} CUDA core", "{count} CUDA cores", count)
        parts.append(cores.format(count=text.grouped(count)))
    return " · ".join(parts)


def _other_graphics(machine: Machine) -> list[Line]:
    title = _("Graphics card")
    if not machine.gpus:
        sentence = _("No graphics card was found. PyTorch works on the processor, only slower.")
        return [
            Line("gpu", "warning", title, _("none"), sentence, _cpu_step(), COLAB_URL, _colab())
        ]
    # Beside a card with a build of its own, the processor's graphics need no word.
    routed = [gpu for gpu in machine.gpus if accelerators.route_of(machine, gpu) is not None]
    lines: list[Line] = []
    for gpu in routed or machine.gpus:
        name = "gpu" if not lines else f"gpu{len(lines) + 1}"
        lines.append(_other_line(name, machine, gpu))
    return lines


def _other_line(line_id: str, machine: Machine, gpu: Gpu) -> Line:
    title = _("Graphics card")
    value = gpu.name or _("a card without a name")
    if gpu.memory_gib is not None and gpu.memory_gib >= 1:  # less is borrowed from the processor's
        value = f"{value} · {text.gib(gpu.memory_gib)}"
    route = accelerators.route_of(machine, gpu)
    if route == "apple_mps":
        sentence = _("Apple's own GPU: PyTorch uses it without CUDA, as the device “mps”.")
        step = _("Go on: the next pages set up the build for it.")
        return Line(line_id, "good", title, value, sentence, step)
    if route is not None:
        sentences = {
            "amd_linux": _("CUDA runs on NVIDIA cards only; PyTorch has a ROCm build for AMD."),
            "amd_windows": _(
                "CUDA runs on NVIDIA cards only; AMD has its own PyTorch for this card."
            ),
            "intel_xpu": _(
                "CUDA runs on NVIDIA cards only; PyTorch has a build for Intel graphics."
            ),
        }
        step = _("Go on: the next pages set up the build for it.")
        link = catalog.load().routes[route].page
        return Line(line_id, "info", title, value, sentences[route], step, link, _page())
    sentence = _("CUDA runs on NVIDIA cards only. PyTorch works on the processor, only slower.")
    return Line(line_id, "warning", title, value, sentence, _cpu_step(), COLAB_URL, _colab())


def _driver_line(machine: Machine) -> Line:
    title = _("NVIDIA driver")
    driver, cards = machine.nvidia_driver, nvidia.read_cards(machine)
    system = nvidia.driver_system(machine)
    usable = [card for card in cards if _no_way(machine, card) is None]
    if driver is None:
        return _no_driver_line(machine, tuple(usable) or cards, helps=bool(usable))
    version = versions.driver_text(driver.version) or _("unknown")
    cuda = driver.cuda or catalog.load().cuda_of_driver(driver.version, system)
    value = version
    if cuda is not None:
        value = _("{driver} · allows CUDA up to {cuda}").format(driver=version, cuda=cuda)
    platform = platform_of(machine)
    if platform is None or not usable:
        return Line("driver", "info", title, value)
    answer = nvidia.answer(machine, platform, None)
    if answer is None:
        return Line("driver", "info", title, value)
    way = driver_way(machine, tuple(usable))
    if answer.verdict in ("update_driver", "install_driver"):
        sentence = answer.reasons[0].text
        if answer.driver is None:
            step = _("Then press “{button}”.").format(button=scan_again())
            return Line("driver", "bad", title, value, sentence, step)
        return Line("driver", "bad", title, value, sentence, way.step, way.link, way.link_text)
    if any(reason.code == "driver_too_new" for reason in answer.reasons):
        sentence = answer.reasons[0].text
        return Line("driver", "info", title, value, sentence, way.step, way.link, way.link_text)
    if answer.driver is None:
        return Line("driver", "good", title, value, _("New enough for your card."))
    update = next((r.text for r in answer.reasons if r.code.startswith("driver_update")), "")
    return Line("driver", "good", title, value, update, "", way.link, way.link_text)


def _no_driver_line(machine: Machine, cards: tuple[Card, ...], *, helps: bool) -> Line:
    title, value = _("NVIDIA driver"), _("not found")
    if not helps:
        sentence = _("PyTorch runs on the processor here; a driver would not change that.")
        return Line("driver", "info", title, value, sentence)
    way = driver_way(machine, cards)
    problems = reasons.problems(machine)
    if problems:
        sentence = problems[0].text
        step = _("Then press “{button}”.").format(button=scan_again())
    else:
        sentence = _("The NVIDIA driver is not installed yet; PyTorch needs it to use the card.")
        step = way.step
    return Line("driver", "bad", title, value, sentence, step, way.link, way.link_text)


def _has_build(card: Card, machine: Machine) -> bool:
    platform = platform_of(machine)
    if platform is None or card.capability is None:
        return platform is not None
    hardware = nvidia.hardware_of(machine, platform, (card,))
    return bool(nvidia.usable_cards(hardware, (card.capability,)))


def _os_line(machine: Machine) -> Line:
    os = machine.os
    names = {"windows": "Windows", "linux": "Linux", "macos": "macOS"}
    value = os.version
    if not value or (os.system != "linux" and not value.lower().startswith(os.system)):
        value = f"{names[os.system]} {value}".strip()
    if os.wsl:
        value += " (WSL)"
    bits = {"x86_64": _("64-bit"), "aarch64": _("Arm 64-bit"), "arm64": _("Arm 64-bit")}
    value += " · " + bits.get(os.arch, os.arch)
    if (why := nothing_runs(machine)) is not None:
        step = _("Borrow a T4 GPU from Google Colab.")
        return Line("os", "bad", _("Operating system"), value, why.text, step, COLAB_URL, _colab())
    if is_windows_arm(machine):
        return Line("os", "warning", _("Operating system"), value, reasons.windows_arm().text)
    return Line("os", "good", _("Operating system"), value)


def _cpu_line(machine: Machine) -> Line:
    cpu = machine.cpu
    parts = [cpu.name] if cpu.name else []
    if cpu.cores:
        cores = text.ngettext("{count} core", "{count} cores", cpu.cores)
        parts.append(cores.format(count=cpu.cores))
    if cpu.threads:
        threads = text.ngettext("{count} thread", "{count} threads", cpu.threads)
        parts.append(threads.format(count=cpu.threads))
    return Line(
        "cpu", "good" if parts else "info", _("Processor"), " · ".join(parts) or _("unknown")
    )


def _memory_line(machine: Machine) -> Line:
    title, memory = _("Memory"), machine.memory_gib
    if memory is None:
        return Line("memory", "info", title, _("unknown"))
    if memory < _MEMORY_WARNING_GIB:
        sentence = _("It works, but 8 GB or more is better.")
        step = _("Close other programs while you train.")
        return Line("memory", "warning", title, text.gib(memory), sentence, step)
    return Line("memory", "good", title, text.gib(memory))


def _disk_line(machine: Machine) -> Line:
    title, free = _("Free disk space"), machine.disk_free_gib
    if free is None:
        return Line("disk", "info", title, _("unknown"))
    value = text.disk(free)
    needed = _("PyTorch with CUDA needs about {size}.").format(size=text.disk(DISK_NEEDED_GIB))
    if free < _DISK_BAD_GIB:
        step = _("Free some space first: empty the recycle bin, or run conda clean --all.")
        return Line("disk", "bad", title, value, needed, step)
    if free < _DISK_WARNING_GIB:
        return Line(
            "disk", "warning", title, value, needed, _("It is just enough; free some space.")
        )
    return Line("disk", "good", title, value)


def _cpu_step() -> str:
    return _("Go on with the processor, or borrow a T4 GPU from Google Colab.")


def _colab() -> str:
    return _("Open Google Colab")


def _page() -> str:
    return _("Open the page")
