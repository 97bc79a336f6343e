"""What a computer is, as frozen values, to and from the machine description JSON.

The form of the file is fixed by the command line contract: fields may be added, never renamed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Literal, cast, get_args

import msgspec
from msgspec import Meta

from wizard.detection.values import Capability, Version

SCHEMA = 1

System = Literal["windows", "linux", "macos"]
Vendor = Literal["nvidia", "amd", "intel", "apple", "other"]
EnvironmentKind = Literal["conda", "venv", "python", "wizard"]

Amount = Annotated[float, Meta(ge=0, lt=1e9)]
Count = Annotated[int, Meta(gt=0, lt=10**9)]
_Some = Meta(max_length=10_000)
"""More environments or problems no computer has."""


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
    cores: Count | None = None
    """Physical cores."""
    threads: Count | None = None
    """Logical processors."""


@dataclass(frozen=True)
class Gpu:
    vendor: Vendor
    name: str
    compute_capability: Capability | None = None
    """NVIDIA's ``major.minor``, such as ``7.5``; None where nothing reported it."""
    memory_gib: Amount | None = None
    cuda_cores: Count | None = None
    uuid: str | None = None
    pci_id: str | None = None
    """``vendor:device`` in hexadecimal, such as ``10de:1eb8``."""
    mig: bool = False
    bus_id: str | None = None
    """The card's place on the PCI bus, such as ``0000:65:00.0``."""
    power_limit_w: Amount | None = None
    """Watts that the driver allows: what a laptop's maker set tells fast from slow."""


@dataclass(frozen=True)
class Driver:
    version: Version
    cuda: Capability | None = None
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
    prefix: str = ""
    python: Version | None = None
    torch: str | None = None
    """PyTorch's version with its build suffix, such as ``2.13.0+cu130``."""
    kind: EnvironmentKind = "conda"
    executable: str | None = None
    """The interpreter; None where it is missing."""
    torch_build: str | None = None
    """conda's build string, such as ``cuda129_mkl_py312_h123_302``."""
    torch_channel: str | None = None
    torch_metapackage: str | None = None
    """A package such as ``pytorch-cpu`` that keeps conda on one kind of build; None without one."""


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
    memory_gib: Amount | None = None
    disk_free_gib: Amount | None = None
    gpus: Annotated[tuple[Gpu, ...], Meta(max_length=256)] = ()
    """Every graphics device, also one seen on the PCI bus without a working driver."""
    nvidia_driver: Driver | None = None
    conda: Conda | None = None
    """The installation whose commands are shown; the first of ``conda_installations``."""
    conda_installations: Annotated[tuple[Conda, ...], _Some] = ()
    environments: Annotated[tuple[Environment, ...], _Some] = ()
    problems: Annotated[tuple[Problem, ...], _Some] = ()
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
    """Read a machine description; unknown fields are ignored, and null is a field left out.

    Raises:
        MachineError: a field is missing or has the wrong type or value.
    """
    if not isinstance(data, dict):
        raise MachineError(f"machine: expected an object, got {_short(data)}")
    given = _without_nulls(cast("dict[str, object]", data))
    if (schema := given.get("schema", SCHEMA)) != SCHEMA:
        raise MachineError(f"schema: expected {SCHEMA}, got {_short(schema)}")
    given = {"name": "unnamed machine", **given, "simulated": True}
    try:
        return msgspec.convert(given, Machine, dec_hook=_value)
    except msgspec.ValidationError as error:
        raise MachineError(_in_words(str(error), given)) from None


def _value(form: type[Version], given: object) -> object:
    """A field that is more than JSON's text.

    Raises:
        ValueError: it is not of its form; msgspec adds the path.
    """
    if isinstance(given, str):
        return form(given)
    raise ValueError(f"a version such as {form.example}")


def _without_nulls(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields that have a value, also those of the objects and lists of objects among them."""
    return {
        name: [_present(item) for item in cast("list[object]", value)]
        if isinstance(value, list)
        else _present(value)
        for name, value in fields.items()
        if value is not None
    }


def _present(value: object) -> object:
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, object]", value)
    return {name: field for name, field in fields.items() if field is not None}


#: What a field's value has to be, where msgspec's own words would not help; by the field's name.
_EXPECTED = {
    "system": "one of " + ", ".join(get_args(System)),
    "vendor": "one of " + ", ".join(get_args(Vendor)),
    "kind": "one of " + ", ".join(get_args(EnvironmentKind)),
    **dict.fromkeys(("memory_gib", "disk_free_gib"), "a number of GiB"),
    "power_limit_w": "a number of watts",
    **dict.fromkeys(("cores", "threads", "cuda_cores"), "a whole number above 0"),
}
_KINDS_OF_JSON = {"object": "an object", "array": "a list", "str": "text", "bool": "true or false"}


def _in_words(error: str, given: Mapping[str, object]) -> str:
    """The library's error as ``gpus[0].name: what is wrong``, with the value that was given."""
    said, _, place = error.partition(" - at `$")
    path = place.rstrip("`").lstrip(".")
    if missing := re.search(r"missing required field `(\w+)`", said):
        return f"{path}.{missing[1]}: missing".lstrip(".")
    value: object = given
    for name, index in re.findall(r"(\w+)|\[(\d+)\]", path):
        if isinstance(value, dict):
            value = cast("Mapping[str, object]", value).get(name)
        elif isinstance(value, list):
            value = cast("list[object]", value)[int(index)]
    if most := re.search(r"length <= (\d+)", said):
        return f"{path}: expected at most {most[1]}, got {len(cast('list[object]', value))}"
    kind = re.search(r"Expected `(\w+)", said)
    of_kind = _KINDS_OF_JSON.get(kind[1] if kind else "", said)
    field = path.rpartition(".")[2]
    expected = _EXPECTED.get(field, of_kind)
    return f"{path}: expected {expected}, got {_short(value)}"


def _short(value: object) -> str:
    """A value for an error line: never more than a line, whatever came in."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
