"""Short ways to describe a machine for a test."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.detection.machine import (
    Conda,
    Driver,
    Environment,
    Gpu,
    Machine,
    OperatingSystem,
    Problem,
)

COURSE = Environment("llm_50gun", "/home/u/miniforge3/envs/llm_50gun", "3.12.4")
CONDA = Conda("25.9.1", "miniforge", "/home/u/miniforge3")


def nvidia(name: str, capability: str | None = None, *, mig: bool = False) -> Gpu:
    return Gpu("nvidia", name, capability, mig=mig)


def machine(
    gpus: Sequence[Gpu] = (),
    driver: str | None = None,
    system: str = "linux",
    *,
    arch: str = "x86_64",
    wsl: bool = False,
    environments: tuple[Environment, ...] = (COURSE,),
    conda: Conda | None = CONDA,
    problems: tuple[str, ...] = (),
    cuda: str | None = None,
) -> Machine:
    return Machine(
        name="test",
        os=OperatingSystem(system, "", arch, wsl),  # type: ignore[arg-type]
        gpus=tuple(gpus),
        nvidia_driver=None if driver is None else Driver(driver, cuda),
        conda=conda,
        environments=environments,
        problems=tuple(Problem(code) for code in problems),
    )
