"""Answers as plain text for a console: the same facts and sentences as the pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from wizard.text import _, number, significant, speed

if TYPE_CHECKING:
    from wizard.advice.finding import Finding
    from wizard.advice.recommendation import Command, Recommendation, Spelling
    from wizard.checks import Check
    from wizard.detection.machine import Machine
    from wizard.jobs.benchmark import Summary
    from wizard.jobs.events import Sample, Training

_SIGNS = {
    "good": "✓",
    "passed": "✓",
    "warning": "!",
    "bad": "✗",
    "failed": "✗",
    "skipped": "–",
}


def simulated_line() -> str:
    return _("SIMULATED: this is a machine described in a file, not this computer.")


def machine_lines(machine: Machine) -> list[str]:
    """What was found, with the next step where something is missing."""
    from wizard.advice.computer import assess

    lines = [simulated_line(), ""] if machine.simulated else []
    lines += [_("Computer: {name}").format(name=machine.name), ""]
    found = assess(machine, None)
    width = max((len(line.title) for line in found), default=0)
    for line in found:
        sign = _SIGNS.get(line.state, " ")
        lines.append(f"{sign} {line.title.ljust(width)}  {line.value}".rstrip())
        for sentence in (line.sentence, line.next_step, line.link):
            if sentence:
                lines.append(f"  {'':{width}}  {sentence}")
    lines += ["", *_environment_lines(machine)]
    return lines


def _environment_lines(machine: Machine) -> list[str]:
    if not machine.environments:
        return [_("No Python environment was found.")]
    rows = [
        (env.name, f"Python {env.python or '?'}", f"PyTorch {env.torch or '–'}", env.prefix)
        for env in machine.environments
    ]
    return [_("Environments:"), *(f"  {row}" for row in table(rows))]


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with their columns below each other, two spaces apart."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def recommendation_lines(recommendation: Recommendation, machine: Machine) -> list[str]:
    """What to type and why, for the shell of the machine's operating system."""
    system = machine.os.system
    lines = [simulated_line(), ""] if recommendation.simulated else []
    lines += [verdict_sentence(recommendation), *_already_there(recommendation), ""]
    lines += _driver_lines(recommendation, machine)
    lines += [_steps_heading(recommendation, machine)]
    told: set[str] = set()
    for place, step in enumerate(recommendation.steps, start=1):
        lines += _step_lines(place, step, system, "" if step.note in told else step.note)
        told.add(step.note)
    if recommendation.primary.words:
        lines += ["", _("What the words mean:")]
        rows = [(word.word, word.meaning) for word in recommendation.primary.words]
        lines += [f"  {row}" for row in table(rows)]
    if recommendation.reasons:
        lines += ["", _("Why:")]
        lines += [
            f"  • {reason.text}" + (f" ({reason.source})" if reason.source else "")
            for reason in recommendation.reasons
        ]
    if recommendation.alternatives:
        lines += ["", _("Other ways:")]
        for command in recommendation.alternatives:
            lines += _alternative_lines(command, system)
    return lines


def _already_there(recommendation: Recommendation) -> list[str]:
    """Before commands are typed: a PyTorch that may do as it is."""
    there = next((r.text for r in recommendation.reasons if r.code == "torch_already_there"), None)
    return [there] if there else []


def _driver_lines(recommendation: Recommendation, machine: Machine) -> list[str]:
    """The way to the driver, where that comes first."""
    from wizard.advice.driver_ways import driver_sentence, driver_way
    from wizard.advice.nvidia import read_cards

    driver = recommendation.driver
    if recommendation.verdict not in ("update_driver", "install_driver"):
        return []
    if driver is None:  # another one would not help
        return [recommendation.reasons[0].text, ""]
    way = driver_way(machine, read_cards(machine))
    return [driver_sentence(driver), way.step, way.link, ""]


def _steps_heading(recommendation: Recommendation, machine: Machine) -> str:
    from wizard.advice.command import prompt_name

    prompt = prompt_name(machine)
    if recommendation.verdict in ("update_driver", "install_driver"):
        heading = _("After that, type in {prompt}:")
    elif _already_there(recommendation):
        heading = _("If it does not pass, type in {prompt}:")
    elif len(recommendation.steps) == 1:
        heading = _("Type this command in {prompt}:")
    else:
        heading = _("Type these commands in {prompt}, one after the other:")
    return heading.format(prompt=prompt)


def verdict_sentence(recommendation: Recommendation) -> str:
    """What this computer can do, in one sentence."""
    match recommendation.verdict:
        case "install":
            return _("PyTorch can run on the GPU of this computer.")
        case "update_driver":
            if any(reason.code == "driver_too_new" for reason in recommendation.reasons):
                return _("Install an older NVIDIA driver first; then PyTorch can run on the GPU.")
            return _("Update the NVIDIA driver first; then PyTorch can run on the GPU.")
        case "install_driver" if recommendation.driver is None:
            return _("The NVIDIA card must answer first; then PyTorch can run on the GPU.")
        case "install_driver":
            return _("Install the NVIDIA driver first; then PyTorch can run on the GPU.")
        case _:
            return _other_verdict({reason.code for reason in recommendation.reasons})


_NO_SYSTEM = ("musl", "glibc_too_old", "windows_too_old", "macos_too_old", "arch_not_supported")


def _other_verdict(codes: set[str]) -> str:
    """The same where no CUDA build covers the computer; the reasons' codes say why."""
    sentences = {
        "apple_mps": _("PyTorch can run on this Mac's own GPU, without CUDA."),
        "amd_rocm": _("PyTorch can run on this AMD card, with AMD's ROCm instead of CUDA."),
        "amd_windows": _("PyTorch can run on this AMD card, with AMD's ROCm instead of CUDA."),
        "intel_xpu": _("PyTorch can run on these Intel graphics, with a build of its own."),
        "not_all_gpus_covered": _("PyTorch can run on some of the NVIDIA cards of this computer."),
        "driver_too_new": _("PyTorch can run on some of the NVIDIA cards of this computer."),
        **dict.fromkeys(_NO_SYSTEM, _("There is no PyTorch for this system; see below.")),
        "jetson": _("PyTorch will run on the processor; for this Jetson there is one from NVIDIA."),
        "gpu_too_old": _("PyTorch will run on the processor: the graphics card is too old for it."),
        "windows_arm": _("PyTorch will run on the processor, the slower way; see below."),
        "no_nvidia_gpu": _("PyTorch will run on the processor: there is no NVIDIA card for CUDA."),
    }
    found = (sentence for code, sentence in sentences.items() if code in codes)
    return next(found, _("PyTorch will run on the processor of this computer."))


def _step_lines(place: int, command: Command, system: str, note: str) -> list[str]:
    lines = [
        f"  {place}. {command.title}".rstrip(),
        f"     {note}",
        f"     {spelled(command.text, system)}",
    ]
    return lines if note else [lines[0], lines[2]]


def _alternative_lines(command: Command, system: str) -> list[str]:
    title = command.title or command.route
    lines = [f"  {title}", f"     {spelled(command.text, system)}"]
    return [*lines, f"     {command.note}"] if command.note else lines


def spelled(text: Spelling, system: str) -> str:
    """The command for the shell that a course taker opens: Anaconda Prompt is cmd."""
    return text.cmd if system == "windows" else text.bash


def check_line(check: Check) -> str:
    """One check as it ends: sign, state in a word, title, what was seen."""
    from wizard.text.checks import check_title, reason_sentence, value_text

    words = {"passed": _("passed"), "failed": _("FAILED"), "skipped": _("skipped")}
    width = max(len(word) for word in words.values())
    parts = [f"{_SIGNS[check.state]} {words[check.state].ljust(width)}  {check_title(check.id)}"]
    if value := value_text(check):
        parts.append(value)
    if check.reason and (sentence := reason_sentence(check.reason)):
        parts.append(sentence)
    return " · ".join(parts)


def finding_lines(findings: Iterable[Finding], system: str, sign: str = "✗") -> list[str]:
    """What is wrong, why, and what helps; the root cause first."""
    lines: list[str] = []
    for finding in findings:
        lines += ["", f"{sign} {finding.title}", f"  {finding.why}"]
        if finding.steps:
            lines.append("  " + _("What to do:"))
            lines += [f"    {number}. {step}" for number, step in enumerate(finding.steps, start=1)]
        elif finding.fix:
            lines.append("  " + _("What to do: {fix}").format(fix=finding.fix))
        lines += [f"     {spelled(command, system)}" for command in finding.commands]
        if finding.source:
            lines.append(f"  {finding.source}")
    return lines


def ready_line(ready: str | None) -> str:
    if ready == "gpu":
        return _("Ready: PyTorch runs on the GPU.")
    if ready == "cpu":
        return _("Ready, on the CPU: PyTorch works; there is no GPU it can use.")
    return _("Not ready yet.")


def sample_line(sample: Sample) -> str:
    """One point of the matrix product."""
    return _("matrix product {size} × {size}, {device}, {dtype}: {speed} GFLOP/s").format(
        size=sample.size,
        device=sample.device,
        dtype=sample.dtype,
        speed=significant(sample.gflops),
    )


def training_line(training: Training) -> str:
    """The training step."""
    return _("training step, {device}, {dtype}: {speed} tokens per second").format(
        device=training.device,
        dtype=training.dtype,
        speed=significant(training.tokens_per_second),
    )


def summary_lines(summary: Summary) -> list[str]:
    """What the figures say together."""
    lines: list[str] = []
    if summary.cpu_gflops is not None:
        lines.append(_("CPU, best: {speed}").format(speed=speed(summary.cpu_gflops)))
    if summary.gpu_gflops is not None:
        lines.append(_("GPU, best: {speed}").format(speed=speed(summary.gpu_gflops)))
    if summary.speedup is not None and summary.speedup_size is not None:
        lines.append(
            _("The GPU is {times} times as fast as the CPU at size {size}.").format(
                times=number(summary.speedup, 1), size=summary.speedup_size
            )
        )
    if summary.training_speedup is not None:
        lines.append(
            _("In the training step the GPU is {times} times as fast.").format(
                times=number(summary.training_speedup, 1)
            )
        )
    return lines
