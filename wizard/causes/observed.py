"""What a verification saw, as facts that the causes' conditions ask for.

``ending`` is ``done``, ``not_started``, ``timed_out``, ``died`` or ``garbage``. The names of checks
hold the reason for which a check failed; ``gpu_check`` and ``cpu_check`` that of the first of their
kind. Names that end with ``said`` hold what a check or the process said, for people.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import cast

from wizard.advice import catalog, versions
from wizard.advice.nvidia import driver_system
from wizard.causes.evidence import Seen, first_line, last_line
from wizard.causes.facts import Facts
from wizard.causes.pasted import Pasted
from wizard.checks import GPU_KERNEL_CHECK_IDS
from wizard.text import _
from wizard.text.checks import check_title
from wizard.text.details import detail_text

_CPU_CHECKS = ("cpu_matmul", "cpu_convolution", "cpu_training_step")


def facts_of(seen: Seen) -> Facts:
    """All that was seen, where the process came to its end; else of the process alone."""
    system = "wsl2" if seen.machine.os.wsl else seen.machine.os.system
    if _ending(seen) != "done":
        return Facts(system=system, observed=_process(seen))
    machine = seen.machine
    version = seen.value("torch_version")
    cuda, torch = version.get("cuda"), version.get("version")
    device = _unserved_device(seen)
    names = tuple(gpu.name for gpu in machine.nvidia_gpus)
    build = None
    if torch:
        build = "cuda" if isinstance(cuda, str) else "rocm" if version.get("hip") else "cpu"
    return Facts(
        system=system,
        gpus=names,
        nvidia=bool(names),
        amd=any(gpu.vendor == "amd" for gpu in machine.gpus),
        intel=any(gpu.vendor == "intel" for gpu in machine.gpus),
        driver=versions.parse(machine.nvidia_driver.version) if machine.nvidia_driver else (),
        driver_there=machine.nvidia_driver is not None if names else None,
        torch=versions.parse(str(torch).partition("+")[0]) if torch else (),
        build=build,
        torch_cuda=versions.parse(cuda) if isinstance(cuda, str) else (),
        capability=versions.capability(str(device.get("capability"))) if device else None,
        kernels=_kernels(device),
        problems=tuple(problem.code for problem in machine.problems),
        observed=_checks(seen),
    )


def text_of(seen: Seen) -> Pasted:
    """What was said on the way, for the signals."""
    # What the build lacks explains every kernel that does not run, whatever each of them says.
    lacking = seen.reason("capability") or "no_kernel_image" in map(
        seen.reason, GPU_KERNEL_CHECK_IDS
    )
    failed = [check for check in seen.checks.values() if check.state == "failed"]
    told = [
        check
        for check in failed
        if check.reason == "no_kernel_image" or check.id not in GPU_KERNEL_CHECK_IDS
    ]
    details = [check.detail for check in (told if lacking else failed)]
    return Pasted("\n".join([*details, *seen.ending.log_tail]))


def _ending(seen: Seen) -> str:
    ending = seen.ending
    # The Windows launcher of a venv whose base Python is gone ends with 103.
    launcher = ending.exit_code == 103 and "No Python" in "\n".join(ending.log_tail)
    if ending.kind == "not_started" or launcher:
        return "not_started"
    if ending.kind == "timed_out":
        return "timed_out"
    if ending.kind == "exited" and not ending.done and ending.exit_code != 0:
        return "died"
    return "done" if ending.done else "garbage"


def _process(seen: Seen) -> dict[str, str]:
    ending = seen.ending
    outside = _("end of Python") if ending.spoke else _("start of Python")
    during = check_title(ending.during) if ending.during else outside
    fatal = [line for line in ending.log_tail if line.startswith("Fatal Python error")]
    said = first_line("\n".join(fatal)) or last_line("\n".join(ending.log_tail[:-1]))
    name = ending.exit_name
    memory = name == "SIGKILL" or "NO_MEMORY" in name or "MemoryError" in said
    return _known(
        ending=_ending(seen),
        exit=name.split()[-1] if name else "",
        exit_shown=name,
        during=during,
        last_words=said,
        said=detail_text(ending.detail or said or last_line("\n".join(ending.log_tail))),
        memory_kill="yes" if memory else "",
        illegal_instruction="yes" if name == "SIGILL" or "ILLEGAL_INSTRUCTION" in name else "",
        python_path=seen.python,
    )


def _checks(seen: Seen) -> dict[str, str]:
    failed = next((check for check in seen.checks.values() if check.state == "failed"), None)
    gpu = next((name for name in GPU_KERNEL_CHECK_IDS if seen.reason(name)), "")
    cpu = next((name for name in _CPU_CHECKS if seen.reason(name)), "")
    version = seen.value("torch_version")
    cuda_detail = seen.detail("cuda_available")
    here = seen.environment
    package = (here.torch_build or "") if here is not None and here.kind == "conda" else ""
    elsewhere = next((e for e in seen.machine.environments if e.torch and e is not here), None)
    hiding = re.search(r"CUDA_VISIBLE_DEVICES=\S*", cuda_detail)
    found_driver = bool(re.search(r"found version \d", cuda_detail))
    return _known(
        ending="done",
        python_path=seen.python,
        failed_check="" if failed is None else failed.id,
        said="" if failed is None else _named(seen, failed.id),
        bits_check=seen.reason("interpreter") or "",
        torch_import=seen.reason("torch_import") or "",
        import_said=detail_text(first_line(seen.detail("torch_import"))),
        import_file=str(seen.value("torch_import").get("file") or ""),
        cuda_available=seen.reason("cuda_available") or "",
        cuda_said=detail_text(first_line(cuda_detail)),
        hidden_by_variable=hiding[0] if hiding else "",
        driver_words="yes" if found_driver else "",
        accelerator=cuda_detail.upper(),
        capability_check=seen.reason("capability") or "",
        # What the build lacks explains every kernel that does not run.
        gpu_check="" if seen.reason("capability") else seen.reason(gpu) or "",
        gpu_said=_named(seen, gpu) if gpu else "",
        cpu_check=seen.reason(cpu) or "",
        cpu_said=_named(seen, cpu) if cpu else "",
        torchvision=seen.reason("torchvision") or "",
        vision_said=detail_text(first_line(seen.detail("torchvision"))),
        elsewhere="" if elsewhere is None else f"{elsewhere.name} ({elsewhere.torch})",
        installed=" ".join(filter(None, (str(version.get("version") or ""), package))),
        conda_cpu_build="yes" if "cpu" in package else "",
        needed_driver=_needed_driver(seen),
        torch_outside=_outside(seen),
    )


def _known(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _named(seen: Seen, name: str) -> str:
    return f"{check_title(name)}: {detail_text(first_line(seen.detail(name)))}"


def _needed_driver(seen: Seen) -> str:
    cuda = seen.value("torch_version").get("cuda")
    major = versions.parse(cuda)[:1] if isinstance(cuda, str) else ()
    needed = catalog.load().driver_for(major, driver_system(seen.machine))
    return versions.spelled(needed) if needed else "?"


def _unserved_device(seen: Seen) -> dict[str, object]:
    """The first device for which the build has no kernel."""
    if seen.reason("capability") != "capability_not_in_build":
        return {}
    for each in seen.value("capability").values():
        device = cast("dict[str, object]", each) if isinstance(each, dict) else {}
        if device and not device.get("kernel"):
            return device
    return {}


def _kernels(device: dict[str, object]) -> tuple[tuple[int, int], ...]:
    names = device.get("kernels")
    words = [str(name) for name in cast("list[object]", names)] if isinstance(names, list) else []
    found = [re.match(r"sm_(\d{2,3})", word) for word in words]
    return tuple(sorted((int(f[1][:-1]), int(f[1][-1])) for f in found if f))


def _outside(seen: Seen) -> str:
    """Where PyTorch was taken from, if something leads out of the environment that runs."""
    file = seen.value("torch_version").get("file")
    prefix = seen.value("interpreter").get("prefix")
    if not isinstance(file, str) or not isinstance(prefix, str) or seen.machine.simulated:
        return ""
    folder = Path(prefix)
    is_environment = (folder / "pyvenv.cfg").is_file() or (folder / "conda-meta").is_dir()
    led_out = is_environment and seen.value("torch_version").get("leak") is not None
    path = PureWindowsPath if seen.machine.os.system == "windows" else PurePosixPath
    return file if led_out and path(prefix) not in path(file).parents else ""
