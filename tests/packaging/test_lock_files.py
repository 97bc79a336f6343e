"""The lock: exact versions, all that pyproject.toml asks for, and no place of anybody's own."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parents[2]
FILES = ("requirements.txt", "requirements-dev.txt", "constraints-cuda.txt")
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

LINUX = {"sys_platform": "linux", "platform_machine": "x86_64"}
SYSTEMS = (
    LINUX,
    {"sys_platform": "win32", "platform_machine": "AMD64"},
    {"sys_platform": "darwin", "platform_machine": "arm64"},
)


def lines(name: str) -> list[str]:
    text = (CHECKOUT / "packaging" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def pins(name: str) -> list[Requirement]:
    return [Requirement(line) for line in lines(name) if not line.startswith("-")]


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_one_exact_version(name: str) -> None:
    for pin in pins(name):
        assert re.fullmatch(r"==[0-9][0-9A-Za-z.+]*", str(pin.specifier)), pin
        assert pin.url is None
    assert {line for line in lines(name) if line.startswith("-")} <= {
        "-c constraints-cuda.txt",
        "-r requirements.txt",
    }


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system["sys_platform"])
def test_the_lock_holds_what_the_project_asks_for(minor: int, system: dict[str, str]) -> None:
    where = {**system, "python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0"}
    locked: dict[str, str] = {}
    for pin in [*pins("requirements.txt"), *pins("requirements-dev.txt")]:
        if pin.marker is None or pin.marker.evaluate(where):
            assert canonicalize_name(pin.name) not in locked, f"{pin.name} is there twice"
            locked[canonicalize_name(pin.name)] = str(pin.specifier).removeprefix("==")
    extras = PROJECT["optional-dependencies"]
    for line in [*PROJECT["dependencies"], *extras["torch"], *extras["dev"], "hatchling>=1.27"]:
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate(where):
            continue
        assert locked[canonicalize_name(wanted.name)] in wanted.specifier, line
    assert locked["torch"] == "2.13.0"


def test_all_of_a_run_but_pytorch_has_hashes() -> None:
    """PyTorch's wheels differ from index to index."""
    text = (CHECKOUT / "packaging" / "requirements-hashed.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z])", text.split("\n", 2)[2])
    for entry in entries:
        assert re.fullmatch(r"[^\\\n]+( \\\n    --hash=sha256:[0-9a-f]{64})+\n?", entry), entry
    hashed = [entry.split(" \\\n")[0] for entry in entries]
    run = [line for line in lines("requirements.txt") if not line.startswith(("-", "torch=="))]
    assert hashed == run


def test_a_run_needs_no_tool_of_a_developer() -> None:
    run = {canonicalize_name(pin.name) for pin in pins("requirements.txt")}
    dev = {
        canonicalize_name(Requirement(line).name)
        for line in PROJECT["optional-dependencies"]["dev"]
    }
    assert not run & dev


def test_cuda_packages_come_only_with_a_torch_that_asks_for_them() -> None:
    """A requirement would bring gigabytes to a PC with a CPU build; a constraint does not."""
    required = [pin.name for name in FILES[:2] for pin in pins(name)]
    assert not [name for name in required if re.match(r"cuda-|triton|nvidia-(?!ml-py)", name)]
    assert any(pin.name.startswith("nvidia-cudnn") for pin in pins("constraints-cuda.txt"))
