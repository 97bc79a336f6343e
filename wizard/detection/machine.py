"""What a computer is, as frozen values, to and from the machine description JSON.

The form of the file is fixed by the command line contract: fields may be added, never renamed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Literal, cast, get_args

SCHEMA = 1
_MOST_GPUS, _MOST_ITEMS = 256, 10_000
"""Of cards, and of environments or problems; no computer has so many."""

System = Literal["windows", "linux", "macos"]
Vendor = Literal["nvidia", "amd", "intel", "apple", "other"]
EnvironmentKind = Literal["conda", "venv", "python", "wizard"]

_SYSTEMS = get_args(System)
_VENDORS, _KINDS = get_args(Vendor), get_args(EnvironmentKind)


class MachineError(ValueError):
    """A machine description that cannot be read; the message names the field and what is wrong."""


@dataclass(frozen=True)
class OperatingSystem:
    system: System
    version: str = ""
    arch: str = "x86_64"
    """What the system says, such as ``aarch64``; there may be no build for it."""
    wsl: bool = False
    libc: str | None = None
    """The C library of a Linux with its version: ``glibc 2.39``, ``musl 1.2``."""


@dataclass(frozen=True)
class Cpu:
    name: str = ""
    cores: int | None = None
    """Physical cores."""
    threads: int | None = None
    """Logical processors."""


@dataclass(frozen=True)
class Gpu:
    vendor: Vendor
    name: str
    compute_capability: str | None = None
    """NVIDIA's ``major.minor``, such as ``7.5``; None where nothing reported it."""
    memory_gib: float | None = None
    cuda_cores: int | None = None
    uuid: str | None = None
    pci_id: str | None = None
    """``vendor:device`` in hexadecimal, such as ``10de:1eb8``."""
    mig: bool = False
    bus_id: str | None = None
    """The card's place on the PCI bus, such as ``0000:65:00.0``."""
    power_limit_w: float | None = None
    """Watts that the driver allows: what a laptop's maker set tells fast from slow."""


@dataclass(frozen=True)
class Driver:
    version: str
    cuda: str | None = None
    """The highest CUDA this driver allows; not an installed toolkit."""


@dataclass(frozen=True)
class Conda:
    version: str | None = None
    distribution: str = "unknown"
    root: str = ""
    executable: str | None = None

    @property
    def tool(self) -> str:
        """How its commands are called: ``conda``, or ``micromamba`` where there is only that."""
        name = re.split(r"[/\\]", self.executable or "")[-1].lower().removesuffix(".exe")
        return "micromamba" if name == "micromamba" else "conda"


@dataclass(frozen=True)
class Environment:
    name: str
    prefix: str
    python: str | None = None
    torch: str | None = None
    """PyTorch's version with its build suffix, such as ``2.13.0+cu130``."""
    kind: EnvironmentKind = "conda"
    executable: str | None = None
    """The interpreter; None where it is missing."""
    torch_build: str | None = None
    """conda's build string, such as ``cuda129_mkl_py312_h123_302``."""
    torch_channel: str | None = None


@dataclass(frozen=True)
class Problem:
    """Something a probe noticed; ``code`` is one of the failure codes where there is one."""

    code: str
    detail: str = ""


@dataclass(frozen=True)
class Machine:
    name: str
    os: OperatingSystem
    cpu: Cpu = field(default_factory=Cpu)
    memory_gib: float | None = None
    disk_free_gib: float | None = None
    gpus: tuple[Gpu, ...] = ()
    """Every graphics device, also one seen on the PCI bus without a working driver."""
    nvidia_driver: Driver | None = None
    conda: Conda | None = None
    """The installation whose commands are shown; the first of ``conda_installations``."""
    conda_installations: tuple[Conda, ...] = ()
    environments: tuple[Environment, ...] = ()
    problems: tuple[Problem, ...] = ()
    simulated: bool = False
    """True where the description was read from a file instead of this computer."""

    @property
    def nvidia_gpus(self) -> tuple[Gpu, ...]:
        return tuple(gpu for gpu in self.gpus if gpu.vendor == "nvidia")

    def environment(self, name: str) -> Environment | None:
        """The environment of that name, or None."""
        return next((env for env in self.environments if env.name == name), None)

    def to_json(self) -> dict[str, object]:
        return {"schema": SCHEMA, **asdict(self)}


def machine_from_json(data: object) -> Machine:
    """Read a machine description; unknown fields are ignored.

    Raises:
        MachineError: a field is missing or has the wrong type or value.
    """
    top = _Fields(data, "")
    schema = top.get("schema", SCHEMA)
    if schema != SCHEMA:
        raise MachineError(f"schema: expected {SCHEMA}, got {_short(schema)}")
    driver = top.optional_object("nvidia_driver")
    conda = top.optional_object("conda")
    return Machine(
        name=top.text("name", "unnamed machine"),
        os=_operating_system(top.object("os")),
        cpu=_cpu(top.optional_object("cpu")),
        memory_gib=top.number("memory_gib"),
        disk_free_gib=top.number("disk_free_gib"),
        gpus=tuple(_gpu(item) for item in top.objects("gpus", _MOST_GPUS)),
        nvidia_driver=None if driver is None else _driver(driver),
        conda=None if conda is None else _conda(conda),
        conda_installations=tuple(_conda(item) for item in top.objects("conda_installations")),
        environments=tuple(_environment(item) for item in top.objects("environments")),
        problems=tuple(
            Problem(item.text("code"), item.text("detail", "")) for item in top.objects("problems")
        ),
        simulated=True,
    )


def _operating_system(fields: _Fields) -> OperatingSystem:
    return OperatingSystem(
        system=cast(System, fields.choice("system", _SYSTEMS)),
        version=fields.text("version", ""),
        arch=fields.text("arch", "x86_64"),
        wsl=fields.flag("wsl"),
        libc=fields.optional_text("libc"),
    )


def _cpu(fields: _Fields | None) -> Cpu:
    if fields is None:
        return Cpu()
    return Cpu(fields.text("name", ""), fields.count("cores"), fields.count("threads"))


def _gpu(fields: _Fields) -> Gpu:
    return Gpu(
        vendor=cast(Vendor, fields.choice("vendor", _VENDORS)),
        name=fields.text("name"),
        compute_capability=fields.version("compute_capability", parts=2),
        memory_gib=fields.number("memory_gib"),
        cuda_cores=fields.count("cuda_cores"),
        uuid=fields.optional_text("uuid"),
        pci_id=fields.optional_text("pci_id"),
        mig=fields.flag("mig"),
        bus_id=fields.optional_text("bus_id"),
        power_limit_w=fields.number("power_limit_w", "watts"),
    )


def _driver(fields: _Fields) -> Driver:
    version = fields.version("version")
    if version is None:
        raise MachineError(f"{fields.path('version')}: missing")
    return Driver(version, fields.version("cuda", parts=2))


def _conda(fields: _Fields) -> Conda:
    return Conda(
        version=fields.optional_text("version"),
        distribution=fields.text("distribution", "unknown"),
        root=fields.text("root", ""),
        executable=fields.optional_text("executable"),
    )


def _environment(fields: _Fields) -> Environment:
    return Environment(
        name=fields.text("name"),
        prefix=fields.text("prefix", ""),
        python=fields.version("python"),
        torch=fields.optional_text("torch"),
        kind=cast(EnvironmentKind, fields.choice("kind", _KINDS, "conda")),
        executable=fields.optional_text("executable"),
        torch_build=fields.optional_text("torch_build"),
        torch_channel=fields.optional_text("torch_channel"),
    )


@lru_cache(maxsize=4096)
def _is_version(text: str, parts: int | None) -> bool:
    numbers = text.split(".")
    digits = all(n.isascii() and n.isdigit() and len(n) <= 6 for n in numbers)
    return digits and (parts is None or len(numbers) == parts)


def _short(value: object) -> str:
    """A value for an error line: never more than a line, whatever came in."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


class _Fields:
    """Typed access to one JSON object; every error names the field's path."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, dict):
            raise MachineError(f"{where or 'machine'}: expected an object, got {_short(data)}")
        self._data = cast(Mapping[str, object], data)
        self._where = where

    def path(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def get(self, name: str, default: object = None) -> object:
        return self._data.get(name, default)

    def _wrong(self, name: str, expected: str, value: object) -> MachineError:
        return MachineError(f"{self.path(name)}: expected {expected}, got {_short(value)}")

    def text(self, name: str, default: str | None = None) -> str:
        value = self._data.get(name)
        if value is None:
            if default is None:
                raise MachineError(f"{self.path(name)}: missing")
            return default
        if not isinstance(value, str):
            raise self._wrong(name, "text", value)
        return value

    def optional_text(self, name: str) -> str | None:
        value = self._data.get(name)
        return None if value is None else self.text(name)

    def number(self, name: str, unit: str = "GiB") -> float | None:
        value = self._data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
            raise self._wrong(name, f"a number of {unit}", value)
        return float(value)

    def count(self, name: str) -> int | None:
        value = self._data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**9:
            raise self._wrong(name, "a whole number above 0", value)
        return value

    def flag(self, name: str) -> bool:
        value = self._data.get(name, False)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false", value)
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        value = self._data.get(name, default)
        if value is None:
            raise MachineError(f"{self.path(name)}: missing")
        if not isinstance(value, str) or value not in allowed:
            raise self._wrong(name, "one of " + ", ".join(allowed), value)
        return value

    def version(self, name: str, parts: int | None = None) -> str | None:
        """Numbers with dots, such as ``7.5``; ``parts`` is how many there must be."""
        value = self._data.get(name)
        if value is None:
            return None
        if isinstance(value, str) and _is_version(value, parts):
            return value
        raise self._wrong(name, "a version such as 7.5" if parts else "a version", value)

    def object(self, name: str) -> _Fields:
        if self._data.get(name) is None:
            raise MachineError(f"{self.path(name)}: missing")
        return _Fields(self._data[name], self.path(name))

    def optional_object(self, name: str) -> _Fields | None:
        return None if self._data.get(name) is None else self.object(name)

    def objects(self, name: str, most: int = _MOST_ITEMS) -> list[_Fields]:
        value = self._data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(name, "a list", value)
        items = cast(list[object], value)
        if len(items) > most:
            raise MachineError(f"{self.path(name)}: expected at most {most}, got {len(items)}")
        return [_Fields(item, f"{self.path(name)}[{i}]") for i, item in enumerate(items)]
