"""What holds for any machine: found with invented ones."""

from __future__ import annotations

import dataclasses
import shlex

import judge
from hypothesis import given, settings
from hypothesis import strategies as st
from judge import Computer
from machines import machine, nvidia

from wizard.advice.recommend import recommend
from wizard.advice.recommendation import Recommendation
from wizard.detection.machine import (
    Conda,
    Driver,
    Environment,
    Gpu,
    Machine,
    MachineError,
    OperatingSystem,
    Problem,
    machine_from_json,
)

CAPABILITIES = (
    *("2.1", "3.5", "3.7", "5.0", "5.2", "5.3", "6.0", "6.1", "6.2", "7.0", "7.2", "7.5", "8.0"),
    *("8.6", "8.7", "8.9", "9.0", "10.0", "10.3", "11.0", "12.0", "12.1", "13.0", "0.0"),
)
NAMES = ("Tesla T4", "NVIDIA GeForce GTX 1060 6GB", "RTX 5070", "GT 710", "AMD Radeon RX 7900 XT")
PROBLEMS = (
    *("nvml_mismatch", "secure_boot", "mig", "no_devices_found", "driver_not_loaded", "gpu_lost"),
    *("driver_permission", "nvml_error", "wsl2_cuda", "nvidia_card_switched_off"),
)
words = st.text(max_size=12)
versions = st.lists(st.integers(0, 999), min_size=1, max_size=4).map(
    lambda parts: ".".join(str(part) for part in parts)
)
gpus = st.builds(
    Gpu,
    vendor=st.sampled_from(["nvidia", "nvidia", "amd", "intel", "apple", "other"]),
    name=st.sampled_from(NAMES) | words,
    compute_capability=st.none() | st.sampled_from(CAPABILITIES),
    mig=st.booleans(),
)
environments = st.builds(
    Environment,
    name=st.sampled_from(["llm_50gun", "base", "llm_50gun_py312", "x y"]) | words,
    prefix=st.sampled_from(["", "/a b/envs/llm_50gun", "C:\\x"]) | words,
    python=st.none() | st.sampled_from([f"3.{minor}.1" for minor in range(7, 17)]) | versions,
    torch=st.none() | st.sampled_from(["2.5.1", "2.13.0+cu130"]),
    kind=st.sampled_from(["conda", "conda", "venv", "python", "wizard"]),
    executable=st.none() | words,
)
machines = st.builds(
    Machine,
    name=words,
    os=st.builds(
        OperatingSystem,
        system=st.sampled_from(["windows", "linux", "macos"]),
        version=words,
        arch=st.sampled_from(["x86_64", "aarch64", "arm64", "i686"]) | words,
        wsl=st.booleans(),
        libc=st.sampled_from([None, "glibc 2.17", "glibc 2.39", "musl 1.2"]) | words,
    ),
    gpus=st.lists(gpus, max_size=4).map(tuple),
    nvidia_driver=st.none() | st.builds(Driver, version=versions | words),
    conda=st.none() | st.just(Conda()),
    environments=st.lists(environments, max_size=4).map(tuple),
    problems=st.lists(st.builds(Problem, st.sampled_from(PROBLEMS), words), max_size=2).map(tuple),
)


@given(machines, st.none() | words | st.sampled_from(["llm_50gun", "base", "x y"]))
@settings(max_examples=400, deadline=None)
def test_any_machine_has_an_answer_that_holds_together(
    any_machine: Machine, env: str | None
) -> None:
    got = recommend(any_machine, env)
    assert got.primary in got.steps
    assert got.reasons and all(r.source.startswith("https://") for r in got.reasons)
    for command in (*got.steps, *got.alternatives):
        assert tuple(shlex.split(command.text.bash)) == command.argv
        assert " ".join(word.word for word in command.words) == " ".join(command.argv)
        assert all(word.meaning for word in command.words)
    if got.environment.action == "create":
        assert got.steps[0].argv[:2] == ("conda", "create")
        taken = {known.name.casefold() for known in any_machine.environments}
        assert got.environment.name.casefold() not in taken | {"base", "root"}
    else:
        assert got.environment.name in {known.name for known in any_machine.environments}
    if not any_machine.nvidia_gpus:
        assert got.driver is None, "no driver is advised where there is no NVIDIA card"


@given(machines, st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_of_the_cards_does_not_matter(any_machine: Machine, dice: object) -> None:
    cards = list(any_machine.gpus)
    dice.shuffle(cards)  # type: ignore[attr-defined]
    other = dataclasses.replace(any_machine, gpus=tuple(cards))
    assert recommend(other) == recommend(any_machine)


CARDS = tuple(c for c in CAPABILITIES if (5, 0) <= judge.number(c) <= (12, 1) and c != "11.0")
DRIVERS = ("450.80.02", "470.82", "525.60.13", "535.54", "560.28", "570.65", "580.65.06", "595.45")


@given(
    st.lists(st.sampled_from(CARDS), min_size=1, max_size=3),
    st.sampled_from(DRIVERS),
    st.sampled_from(DRIVERS),
    st.integers(10, 14),
    st.integers(10, 14),
    st.sampled_from(["windows", "linux"]),
)
@settings(max_examples=300, deadline=None)
def test_a_newer_driver_or_python_never_makes_a_working_answer_worse(
    cards: list[str], driver: str, other: str, python: int, newer_python: int, system: str
) -> None:
    old, new = sorted((driver, other), key=judge.number)
    low, high = sorted((python, newer_python))

    def ask(number: str, minor: int) -> Recommendation:
        env = Environment("llm_50gun", "/c/envs/llm_50gun", f"3.{minor}.1")
        found = [nvidia("card", card) for card in cards]
        return recommend(machine(found, number, system, environments=(env,)))

    before = ask(old, low)
    for after, number in ((ask(new, low), new), (ask(old, high), old), (ask(new, high), new)):
        if before.verdict != "install":
            continue
        if judge.number(number) >= (590,) and min(map(judge.number, cards)) < (7, 5):
            assert after.verdict != "install", "R590 dropped the older of the cards"
            continue
        assert after.verdict == "install"
        assert after.primary.argv[-1] >= before.primary.argv[-1], "the CUDA never goes down"
        computer = Computer(system, tuple(cards), number, after.environment.python)
        assert not judge.judge(after.primary.argv, computer)


@given(st.lists(st.sampled_from(CARDS), min_size=1, max_size=3), st.sampled_from(DRIVERS))
@settings(max_examples=200, deadline=None)
def test_install_promises_every_card(cards: list[str], driver: str) -> None:
    for arch in ("x86_64", "aarch64"):
        got = recommend(machine([nvidia("card", card) for card in cards], driver, arch=arch))
        if got.verdict == "install":
            computer = Computer("linux", tuple(cards), driver, "3.12", arch)
            assert not judge.judge(got.primary.argv, computer)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["os", "gpus", "nvidia_driver", "environments", "conda", "name"]),
        json_values
        | st.just({"system": "linux"})
        | st.just([{"vendor": "nvidia", "name": "T4", "compute_capability": "7.5"}]),
    )
)
@settings(max_examples=200, deadline=None)
def test_any_description_gets_an_answer_or_one_line(data: dict[str, object]) -> None:
    try:
        described = machine_from_json(data)
    except MachineError as error:
        message = str(error)
    else:
        message = "fine"
        assert recommend(described).to_line()
    assert message and "\n" not in message
