"""What a report may say: it goes to a teacher, a forum, a class.

Every value is built anew of the fields that are named here, each of a kind of `Allowed`. A field
that is not named does not leave the computer, also one that a later version adds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from wizard.advice.finding import Finding
from wizard.advice.recommendation import (
    Command,
    DriverAdvice,
    EnvironmentChoice,
    Reason,
    Recommendation,
    Spelling,
    Word,
)
from wizard.causes.anonymous import own_names
from wizard.causes.knowledge import load
from wizard.checks import CHECK_IDS, Check
from wizard.detection.machine import (
    Conda,
    Cpu,
    Driver,
    Environment,
    Gpu,
    Machine,
    OperatingSystem,
    Problem,
)
from wizard.report.allowed import (
    Allowed,
    code,
    device,
    exit_name,
    kernel,
    kind_of_error,
    link,
    measurement,
    number_format,
)
from wizard.text.checks import reason_sentence

if TYPE_CHECKING:
    from wizard.jobs.benchmark import BenchmarkResult
    from wizard.jobs.events import Info
    from wizard.jobs.verification import VerificationResult

#: Of what a probe noticed: the words that change what is advised.
_DETAIL = re.compile(r"Secure Boot|CUDA_VISIBLE_DEVICES=(?:[\d,]|-1){0,40}(?![\w-])")
#: Of the facts of a verification: codes and numbers, and what stands for what was said.
_CODES = frozenset(
    {
        *("ending", "exit", "exit_shown", "during", "memory_kill", "illegal_instruction"),
        *("failed_check", "bits_check", "torch_import", "cuda_available", "capability_check"),
        *(
            "gpu_check",
            "cpu_check",
            "torchvision",
            "conda_cpu_build",
            "needed_driver",
            "driver_words",
        ),
    }
)
_ARCHS = frozenset(
    {*("x86_64", "aarch64", "arm64", "i386", "i686"), *("armv6l", "armv7l", "riscv64", "ppc64le")}
)
_METAPACKAGES = frozenset({"pytorch-cpu", "cpuonly", "pytorch-gpu", "pytorch-cuda"})
_LIBC = re.compile(r"(?:glibc|musl) [\d.]{1,12}")
_DISTRIBUTIONS = frozenset({"miniforge", "miniconda", "anaconda", "mambaforge", "micromamba"})
_PATHS = frozenset({"python_path", "import_file", "torch_outside"})
_SAID = frozenset(
    {"said", "last_words", "import_said", "cuda_said", "gpu_said", "cpu_said", "vision_said"}
)
#: Of the values of checks; what each device has stands beside these.
_WORDS: dict[str, Callable[[Allowed, str], str | None]] = {
    **dict.fromkeys(("version", "cuda", "hip", "capability"), Allowed.version),
    **dict.fromkeys(("kernel", "kernels"), lambda _allowed, text: kernel(text)),
    "name": Allowed.product,
}
_NUMBERS = frozenset(
    {"bits", "debug", "memory_gib", "float16", "bfloat16", "gb_per_second", "multiprocessors"}
)


@dataclass(frozen=True)
class Published:
    """A report's parts; all that is in them may be read by anybody."""

    machine: Machine
    recommendation: Recommendation | None
    verification: VerificationResult | None
    benchmark: BenchmarkResult | None

    def document(self) -> dict[str, object]:
        """The same for ``json.dumps``."""
        from wizard.report.document import report_document

        summary = None
        if self.benchmark is not None and self.benchmark.samples:
            from wizard.jobs.benchmark import summarize

            summary = summarize(self.benchmark)
        return report_document(
            self.machine, self.recommendation, self.verification, self.benchmark, summary
        )


def published(
    machine: Machine,
    recommendation: Recommendation | None = None,
    verification: VerificationResult | None = None,
    benchmark: BenchmarkResult | None = None,
    names: tuple[str, ...] | None = None,
) -> Published:
    """What of it a report may say.

    ``names`` are the words to look for (None: this user and this computer). A described machine
    keeps its name, which is nobody's.
    """
    hidden = own_names() if names is None else names
    allowed = Allowed(hidden if machine.simulated else (*hidden, machine.name))
    shown = _machine(machine, allowed)
    if verification is not None:
        allowed.exchange(verification.python, allowed.path(verification.python))
    return Published(
        shown,
        None if recommendation is None else _recommendation(recommendation, shown.name, allowed),
        None if verification is None else _verification(verification, machine, allowed),
        None if benchmark is None else _benchmark(benchmark, allowed),
    )


def _machine(machine: Machine, allowed: Allowed) -> Machine:
    gpus = tuple(_gpu(gpu, allowed) for gpu in machine.gpus)
    cpu = Cpu(allowed.product(machine.cpu.name), machine.cpu.cores, machine.cpu.threads)
    driver = machine.nvidia_driver
    system = machine.os
    if machine.simulated:
        name = allowed.product(machine.name)
    else:  # what the computer is, instead of what its owner calls it
        name = next((gpu.name for gpu in gpus), "") or cpu.name or "PC"
    return Machine(
        name=name,
        os=OperatingSystem(
            system.system,
            allowed.product(system.version),
            system.arch if system.arch in _ARCHS else "other",
            wsl=system.wsl,
            libc=system.libc if _LIBC.fullmatch(system.libc or "") else None,
        ),
        cpu=cpu,
        memory_gib=machine.memory_gib,
        disk_free_gib=machine.disk_free_gib,
        gpus=gpus,
        nvidia_driver=None if driver is None else Driver(driver.version, driver.cuda),
        conda=None if machine.conda is None else _conda(machine.conda, allowed),
        conda_installations=tuple(_conda(each, allowed) for each in machine.conda_installations),
        environments=tuple(_environment(each, allowed) for each in machine.environments),
        problems=tuple(_problem(each) for each in machine.problems),
        simulated=machine.simulated,
    )


def _gpu(gpu: Gpu, allowed: Allowed) -> Gpu:
    pci = gpu.pci_id or ""
    return Gpu(
        vendor=gpu.vendor,
        name=allowed.product(gpu.name),
        compute_capability=gpu.compute_capability,
        memory_gib=gpu.memory_gib,
        cuda_cores=gpu.cuda_cores,
        pci_id=pci if re.fullmatch(r"[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}", pci) else None,
        mig=gpu.mig,
        power_limit_w=gpu.power_limit_w,
    )


def _version(text: str | None, allowed: Allowed) -> str | None:
    return None if text is None else allowed.version(text)


def _path(text: str | None, allowed: Allowed) -> str | None:
    if text is None:
        return None
    shown = allowed.path(text)
    allowed.exchange(text, shown)
    return shown


def _conda(conda: Conda, allowed: Allowed) -> Conda:
    return Conda(
        version=_version(conda.version, allowed),
        distribution=conda.distribution if conda.distribution in _DISTRIBUTIONS else "unknown",
        root=_path(conda.root, allowed) or "",
        executable=_path(conda.executable, allowed),
    )


def _environment(env: Environment, allowed: Allowed) -> Environment:
    name = allowed.name(env.name)
    allowed.exchange(env.name, name)
    build = env.torch_build or ""
    channel = None if env.torch_channel is None else allowed.channel(env.torch_channel)
    allowed.exchange(env.torch_channel, channel)
    return Environment(
        name=name,
        prefix=_path(env.prefix, allowed) or "",
        python=env.python,
        torch=_version(env.torch, allowed),
        kind=env.kind,
        executable=_path(env.executable, allowed),
        torch_build=build if re.fullmatch(r"[a-z0-9_]{1,80}", build) else None,
        torch_channel=channel,
        torch_metapackage=env.torch_metapackage if env.torch_metapackage in _METAPACKAGES else None,
    )


def _problem(problem: Problem) -> Problem:
    found = _DETAIL.search(problem.detail)
    return Problem(code(problem.code), found[0] if found else "")


def _recommendation(answer: Recommendation, name: str, allowed: Allowed) -> Recommendation:
    driver = answer.driver
    choice = answer.environment
    return Recommendation(
        machine=name,
        verdict=answer.verdict,
        environment=EnvironmentChoice(
            choice.action, allowed.name(choice.name), allowed.version(choice.python) or ""
        ),
        primary=_command(answer.primary, allowed),
        alternatives=tuple(_command(each, allowed) for each in answer.alternatives),
        steps=tuple(_command(each, allowed) for each in answer.steps),
        driver=None
        if driver is None
        else DriverAdvice(
            _version(driver.installed, allowed),
            allowed.version(driver.needed) or "",
            link(driver.download),
            driver.branch,
        ),
        reasons=tuple(
            Reason(code(each.code), allowed.sentence(each.text), link(each.source))
            for each in answer.reasons
        ),
        simulated=answer.simulated,
    )


def _command(command: Command, allowed: Allowed) -> Command:
    return Command(
        route=command.route,
        argv=tuple(allowed.sentence(word) for word in command.argv),
        text=_spelling(command.text, allowed),
        words=tuple(
            Word(allowed.sentence(each.word), allowed.sentence(each.meaning))
            for each in command.words
        ),
        title=allowed.sentence(command.title),
        note=allowed.sentence(command.note),
    )


def _spelling(text: Spelling, allowed: Allowed) -> Spelling:
    return Spelling(*(allowed.sentence(each) for each in (text.cmd, text.powershell, text.bash)))


def _verification(
    result: VerificationResult, machine: Machine, allowed: Allowed
) -> VerificationResult:
    from wizard.causes.evidence import Ending
    from wizard.jobs.verification import VerificationResult

    told = _told(result, machine, allowed)
    torch = result.torch_version
    return VerificationResult(
        checks=tuple(_check(check, allowed) for check in result.checks if check.id in CHECK_IDS),
        ready=result.ready,
        findings=tuple(_finding(each, told, allowed) for each in result.findings),
        kind=result.kind,
        exit_name=exit_name(result.exit_name),
        detail="",
        log_path=None,
        log_tail=(),
        python=allowed.path(result.python),
        expected=result.expected,
        simulated=result.simulated,
        torch_version=_version(torch, allowed),
        device_names=tuple(allowed.product(name) for name in result.device_names),
        ending=Ending(
            result.ending.kind,
            result.ending.exit_code,
            exit_name(result.ending.exit_name),
            "",
            done=result.ending.done,
            spoke=result.ending.spoke,
            during=result.ending.during if result.ending.during in CHECK_IDS else None,
        ),
    )


def _told(
    result: VerificationResult, machine: Machine, allowed: Allowed
) -> dict[tuple[str, str], str]:
    """By code and reason of a finding: the same reason without what other programs said."""
    from wizard.causes.diagnosis import finding_of
    from wizard.causes.evidence import Seen
    from wizard.causes.observed import facts_of

    seen = Seen(machine, result.python, {check.id: check for check in result.checks}, result.ending)
    facts = facts_of(seen)
    safe = replace(facts, observed=_facts(facts.observed, allowed))
    told: dict[tuple[str, str], str] = {}
    for each in result.findings:
        cause = load().get(each.code)
        if cause is not None:
            told[each.code, finding_of(cause, facts).why] = finding_of(cause, safe).why
    return told


def _facts(observed: Mapping[str, str], allowed: Allowed) -> dict[str, str]:
    shown: dict[str, str] = {}
    for name, value in observed.items():
        if name in _CODES:
            shown[name] = allowed.sentence(value)
        elif name in _PATHS:
            shown[name] = allowed.path(value)
        elif name == "installed" and (version := allowed.version(value.split()[0])):
            shown[name] = version
        elif name in _SAID and (error := kind_of_error(value)):
            shown[name] = error
        elif name == "hidden_by_variable" and (hiding := _DETAIL.search(value)):
            shown[name] = hiding[0]
    return shown


def _finding(finding: Finding, told: dict[tuple[str, str], str], allowed: Allowed) -> Finding:
    why = told.get((finding.code, finding.why), finding.why)
    return Finding(
        code=finding.code if finding.code in load() else "other",
        title=allowed.sentence(finding.title),
        why=allowed.sentence(why),
        fix=allowed.sentence(finding.fix),
        commands=tuple(_spelling(each, allowed) for each in finding.commands),
        source=link(finding.source),
        steps=tuple(allowed.sentence(each) for each in finding.steps),
        installs=finding.installs,
    )


def _check(check: Check, allowed: Allowed) -> Check:
    known = check.reason is not None and reason_sentence(check.reason)
    reason = check.reason if known else None if check.reason is None else "other"
    return Check(check.id, check.state, _value(check.value, allowed), check.seconds, reason)


def _value(value: object, allowed: Allowed, field: str = "version") -> object:
    """Numbers, and words of the kind that the field has; of what an error said, nothing."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return _WORDS[field](allowed, value) if field in _WORDS else None
    if isinstance(value, (list, tuple)):
        return [_value(each, allowed, field) for each in cast("list[object]", value)]
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {
            name: _value(each, allowed, name)
            for name, each in fields.items()
            if name in _WORDS or name in _NUMBERS or device(name) == name
        }
    return None


def _benchmark(result: BenchmarkResult, allowed: Allowed) -> BenchmarkResult:
    from wizard.causes.diagnosis import finding_of
    from wizard.causes.facts import Facts
    from wizard.jobs.benchmark import BenchmarkResult
    from wizard.jobs.events import Note, Sample, Training

    # How it ended is not kept, so no finding is told with what was said.
    told = {
        (each.code, each.why): finding_of(cause, Facts()).why
        for each in result.findings
        if (cause := load().get(each.code)) is not None
    }
    return BenchmarkResult(
        samples=tuple(
            Sample(
                *(
                    measurement(each.kind),
                    device(each.device),
                    number_format(each.dtype),
                    each.size,
                ),
                *(each.seconds, each.gflops, each.repeats, each.latency),
            )
            for each in result.samples
        ),
        trainings=tuple(
            Training(
                *(device(each.device), number_format(each.dtype), each.tokens_per_second),
                *(each.seconds, each.tokens, each.repeats),
            )
            for each in result.trainings
        ),
        notes=tuple(
            Note(measurement(each.code), device(each.device), each.size, measurement(each.kind))
            for each in result.notes
        ),
        info=None if result.info is None else _info(result.info, allowed),
        stopped=result.stopped,
        complete=result.complete,
        findings=tuple(_finding(each, told, allowed) for each in result.findings),
        kind=result.kind,
        exit_name=exit_name(result.exit_name),
        log_path=None,
        log_tail=(),
        python=allowed.path(result.python),
    )


def _info(info: Info, allowed: Allowed) -> Info:
    from wizard.jobs.events import Device, Info

    devices = tuple(Device(device(each.id), allowed.product(each.name)) for each in info.devices)
    return Info(allowed.version(info.torch) or "", info.threads, devices)
