"""Why the verification did not pass, the root cause first.

Each rule looks at what was seen (checks, how the child ended, the machine) and gives a finding or
nothing. Evidence outranks text; of texts only numbers, file names and class names are matched,
because sentences are localized.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import cast

from wizard.advice.catalog_rows import CatalogError
from wizard.advice.driver_ways import driver_way
from wizard.advice.evidence import Ending, Seen, first_line, last_line, numbers
from wizard.advice.finding import Finding
from wizard.advice.finding_words import words
from wizard.advice.install_again import HELPS, advice_for, steps_for
from wizard.advice.nvidia import read_cards
from wizard.checks import Check
from wizard.detection.machine import Machine, OperatingSystem
from wizard.text import _
from wizard.text.checks import check_title
from wizard.text.details import detail_text
from wizard.text.names import page_title

_Rule = Callable[[Seen], Finding | None]


def from_verification(
    machine: Machine, python: str, checks: Iterable[Check], ending: Ending
) -> tuple[Finding, ...]:
    """The causes, the root first; empty where all is well or the user stopped it.

    The recommended command stands where installing anew is what helps.
    """
    if ending.kind == "cancelled":
        return ()
    seen = Seen(machine, python, {check.id: check for check in checks}, ending)
    found = next((one for rule in _PROCESS_RULES if (one := rule(seen))), None)
    if found is not None:
        return _with_commands(found, seen)
    findings = [one for rule in _CHECK_RULES if (one := rule(seen))]
    return tuple(each for one in findings for each in _with_commands(one, seen))


def from_benchmark(python: str, ending: Ending) -> tuple[Finding, ...]:
    """Why a benchmark ended early; the verification says more."""
    if ending.kind == "cancelled" or (ending.done and ending.exit_code == 0):
        return ()
    # The rules about the process look at nothing of the machine.
    nowhere = Machine("", OperatingSystem("linux"))
    seen = Seen(nowhere, python, {}, ending)
    text = "\n".join(ending.log_tail)
    if "ModuleNotFoundError" in text and "'torch'" in text:
        page = _("The page “{page}” shows the command that installs it.")
        fix = page.format(page=page_title("verify"))
        return (replace(_finding("torch_missing", _missing(python)), fix=fix),)
    found = next((one for rule in _PROCESS_RULES if (one := rule(seen))), None)
    return (found,) if found else (_finding("unexpected_error", last_line(text)),)


def _with_commands(finding: Finding, seen: Seen) -> tuple[Finding, ...]:
    """With the commands its text announces; after the driver, where no build runs without that."""
    if finding.code not in HELPS:
        return (finding,)
    try:
        advised = advice_for(finding.code, seen)
    except CatalogError:
        return (finding,)
    steps = steps_for(finding.code, advised, seen)
    whole = replace(finding, commands=tuple(step.text for step in steps))
    too_old = [r.text for r in advised.reasons if r.code.startswith("driver_too_old")]
    if advised.verdict != "update_driver" or not too_old:
        return (whole,)
    return (_driver_finding("driver_too_old", too_old[0], seen.machine), whole)


def _finding(code: str, why: str) -> Finding:
    told = words(code)
    return Finding(code, told.title, why, told.fix, (), told.source)


# The process itself


def _interpreter_missing(seen: Seen) -> Finding | None:
    ending = seen.ending
    # The Windows launcher of a venv whose base Python is gone ends with 103.
    launcher = ending.exit_code == 103 and "No Python" in "\n".join(ending.log_tail)
    if ending.kind != "not_started" and not launcher:
        return None
    return _finding(
        "interpreter_missing",
        _("{python} could not be started: {detail}").format(
            python=seen.python, detail=ending.detail or last_line("\n".join(ending.log_tail))
        ),
    )


def _hung(seen: Seen) -> Finding | None:
    if seen.ending.kind != "timed_out":
        return None
    return _finding(
        "child_hung",
        _("It was ended at “{check}”: {detail}.").format(
            check=_during(seen), detail=seen.ending.detail
        ),
    )


def _died(seen: Seen) -> Finding | None:
    ending = seen.ending
    if ending.kind != "exited" or ending.done or ending.exit_code == 0:
        return None
    why = _("It ended at “{check}” with {exit}.").format(check=_during(seen), exit=ending.exit_name)
    if ending.exit_name == "SIGKILL":
        why += " " + _("Linux does that to a program when the memory is used up.")
    elif ending.exit_name in ("SIGILL",) or "ILLEGAL_INSTRUCTION" in ending.exit_name:
        why += " " + _("The processor does not know an instruction that this build uses.")
    else:
        said = last_line("\n".join(ending.log_tail[:-1]))
        why += " " + _("Its last words: {line}").format(line=said) if said else ""
    code = _import_code("\n".join(ending.log_tail)) or "child_died"
    if "DLL_NOT_FOUND" in ending.exit_name:
        code = "vc_redist_missing"
    return _finding(code, why)


def _garbage(seen: Seen) -> Finding | None:
    if seen.ending.done:
        return None
    return _finding(
        "child_garbage",
        _("{python} ended without an answer that can be understood.").format(python=seen.python),
    )


# What the checks say


def _bits(seen: Seen) -> Finding | None:
    if seen.reason("interpreter") != "python_32bit":
        return None
    return _finding(
        "python_32bit",
        _("{python} is a {bits}-bit program; PyTorch exists for 64 bits only.").format(
            python=seen.python, bits=seen.value("interpreter").get("bits", 32)
        ),
    )


def _torch_missing(seen: Seen) -> Finding | None:
    if seen.reason("torch_import") != "torch_missing":
        return None
    here = seen.environment
    elsewhere = next((e for e in seen.machine.environments if e.torch and e is not here), None)
    if elsewhere is not None:
        return _finding(
            "wrong_env",
            _("{python} has no PyTorch, but the environment {name} has {version}.").format(
                python=seen.python, name=elsewhere.name, version=elsewhere.torch
            ),
        )
    return _finding("torch_missing", _missing(seen.python))


def _torch_broken(seen: Seen) -> Finding | None:
    if seen.reason("torch_import") != "torch_broken":
        return None
    detail = seen.detail("torch_import")
    code = _import_code(detail + "\n" + "\n".join(seen.ending.log_tail)) or "torch_broken"
    return _finding(code, _("It said: {line}").format(line=detail_text(first_line(detail))))


# Windows' sentences are localized; its numbers and the names of the files are not.
_IMPORT_TEXTS = (
    (r"libomp140|WinError 126\b.*fbgemm\.dll", "fbgemm_libomp140"),
    (r"WinError 126\b|vcruntime140|msvcp140|VCRUNTIME", "vc_redist_missing"),
    (r"WinError 1114\b", "vc_redist_old"),
    (r"WinError (127|182)\b", "dll_procedure_missing"),
    (r"WinError 1455\b", "paging_file_too_small"),
    (r"OMP: Error #15", "omp_duplicate"),
    (r"_ARRAY_API not found|numpy\.core\.multiarray failed", "numpy2_abi"),
)


def _import_code(text: str) -> str | None:
    return next((code for pattern, code in _IMPORT_TEXTS if re.search(pattern, text)), None)


def _driver_missing(seen: Seen) -> Finding | None:
    """Before the build: without a driver no build helps, and conda chooses the CPU's."""
    if not _no_cuda(seen) or not seen.machine.nvidia_gpus or seen.machine.nvidia_driver:
        return None
    if any(problem.code == "nvml_mismatch" for problem in seen.machine.problems):
        return _finding(
            "nvml_mismatch",
            _("{gpu} is in this computer, but its driver is waiting for a restart.").format(
                gpu=_gpu_name(seen)
            ),
        )
    return _driver_finding(
        "driver_missing",
        _("{gpu} is in this computer, but no NVIDIA driver answers.").format(gpu=_gpu_name(seen)),
        seen.machine,
    )


def _driver_finding(code: str, why: str, machine: Machine) -> Finding:
    """With the way to a driver that suits this system and card."""
    found = _finding(code, why)
    try:
        way = driver_way(machine, read_cards(machine))
    except CatalogError:
        return found
    return replace(found, fix=way.step, source=way.link)


def _cpu_build(seen: Seen) -> Finding | None:
    if seen.reason("cuda_available") != "cpu_build":
        return None
    version = seen.value("torch_version").get("version", "")
    here = seen.environment
    built = (here.torch_build or "") if here is not None else ""
    code = "cpu_only_build"
    if here is not None and here.kind == "conda" and "cpu" in built:
        code = "cpu_only_build_conda"
        version = f"{version} {built}"
    return _finding(
        code,
        _("Installed is {version}, a build for the processor; {gpu} cannot be used by it.").format(
            version=version, gpu=_gpu_name(seen)
        ),
    )


# NVIDIA's minimum for each major version of CUDA (facts: drivers); Windows, then Linux.
_NEEDED_DRIVER = {
    13: ("580", "580"),
    12: ("528.33", "525.60.13"),
    11: ("452.39", "450.80.02"),
}


def _driver_too_old(seen: Seen) -> Finding | None:
    driver = seen.machine.nvidia_driver
    cuda = seen.value("torch_version").get("cuda")
    if not _no_cuda(seen) or driver is None or not isinstance(cuda, str):
        return None
    needed = _NEEDED_DRIVER.get(numbers(cuda)[0])
    wanted = needed and needed[seen.machine.os.system != "windows"]
    told = re.search(r"found version (\d+)", seen.detail("cuda_available"))
    if told is None and (not wanted or numbers(driver.version) >= numbers(wanted)):
        return None
    return _driver_finding(
        "driver_too_old",
        _("The driver is {installed}; this PyTorch needs {needed} or newer (CUDA {cuda}).").format(
            installed=driver.version, needed=wanted or "?", cuda=cuda
        ),
        seen.machine,
    )


_CUDA_TEXTS = (
    (r"Error 804|forward compatibility", "forward_compat_804"),
    (r"version mismatch", "nvml_mismatch"),
    (r"CUDA unknown error", "cuda_unknown_error_uvm"),
    (r"CUDA_VISIBLE_DEVICES=", "cuda_visible_devices"),
)


def _cuda_not_available(seen: Seen) -> Finding | None:
    """The rest of the reasons, where neither driver nor build explains it."""
    reason = seen.reason("cuda_available")
    if reason == "accelerator_not_available":
        return _finding(
            reason,
            _("PyTorch looked for {kind} and found nothing.").format(
                kind=seen.detail("cuda_available").upper() or _("a graphics processor")
            ),
        )
    explained = any(rule(seen) for rule in (_driver_missing, _driver_too_old))
    if reason != "cuda_not_available" or explained:
        return None
    detail = seen.detail("cuda_available")
    code = next((code for pattern, code in _CUDA_TEXTS if re.search(pattern, detail)), reason)
    return _finding(code, _("PyTorch says: {line}").format(line=first_line(detail) or "False"))


def _capability(seen: Seen) -> Finding | None:
    if seen.reason("capability") != "capability_not_in_build":
        return None
    for each in seen.value("capability").values():
        if not isinstance(each, dict):
            continue
        device = cast("dict[str, object]", each)
        if device.get("kernel"):
            continue
        has, kernels = str(device.get("capability")), device.get("kernels")
        names = [str(name) for name in cast("list[object]", kernels or [])]
        numbers = [int(found) for name in names for found in re.findall(r"^sm_(\d+)", name)]
        too_old = bool(numbers) and int(has.replace(".", "") or 0) < min(numbers)
        return _finding(
            "arch_too_old_for_build" if too_old else "arch_too_new",
            _("The card has compute capability {has}; this build has kernels for {list}.").format(
                has=has, list=", ".join(names) or "-"
            ),
        )
    return None


def _kernels(seen: Seen) -> Finding | None:
    """One finding for the first GPU check that failed, unless the build explains it."""
    if seen.reason("capability"):
        return None
    codes = {"out_of_memory": "oom", "results_disagree": "gpu_results_disagree"}
    for name in ("gpu_matmul", "gpu_convolution", "gpu_training_step", "gpu_half_precision"):
        reason = seen.reason(name)
        if reason is None:
            continue
        code = codes.get(reason, "unexpected_error")
        if reason == "no_kernel_image":
            code = "arch_too_new"
        return _finding(code, _named(name, first_line(seen.detail(name))))
    return None


def _processor(seen: Seen) -> Finding | None:
    for name in ("cpu_matmul", "cpu_convolution", "cpu_training_step"):
        reason = seen.reason(name)
        if reason is not None:
            wrong = reason == "results_disagree"
            code = "cpu_results_disagree" if wrong else "unexpected_error"
            return _finding(code, _named(name, first_line(seen.detail(name))))
    return None


def _torchvision(seen: Seen) -> Finding | None:
    if seen.reason("torchvision") is None:
        return None
    return _finding(
        "torchvision_mismatch",
        _("With PyTorch {version} it said: {line}").format(
            version=seen.value("torch_version").get("version", ""),
            line=detail_text(first_line(seen.detail("torchvision"))),
        ),
    )


def _anything_else(seen: Seen) -> Finding | None:
    """A failed check that no rule has a better word for."""
    known = any(rule(seen) for rule in _CHECK_RULES[:-1])
    failed = next((check for check in seen.checks.values() if check.state == "failed"), None)
    if known or failed is None:
        return None
    return _finding("unexpected_error", _named(failed.id, first_line(failed.detail)))


_PROCESS_RULES: tuple[_Rule, ...] = (_interpreter_missing, _hung, _died, _garbage)
_CHECK_RULES: tuple[_Rule, ...] = (
    _bits,
    _torch_missing,
    _torch_broken,
    _driver_missing,
    _cpu_build,
    _driver_too_old,
    _cuda_not_available,
    _capability,
    _kernels,
    _processor,
    _torchvision,
    _anything_else,
)


def _no_cuda(seen: Seen) -> bool:
    return seen.reason("cuda_available") in ("cpu_build", "cuda_not_available")


def _missing(python: str) -> str:
    return _("{python} has no module named torch.").format(python=python)


def _named(name: str, line: str) -> str:
    return f"{check_title(name)}: {detail_text(line)}"


def _during(seen: Seen) -> str:
    during = seen.ending.during
    return check_title(during) if during else _("start of Python")


def _gpu_name(seen: Seen) -> str:
    return ", ".join(gpu.name for gpu in seen.machine.nvidia_gpus) or _("the graphics card")
