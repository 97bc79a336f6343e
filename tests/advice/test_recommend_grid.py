"""Every machine of a wide grid against the judge, which knows the facts and not the program."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import judge
from judge import Computer
from machines import machine, nvidia

from wizard.advice.recommend import recommend
from wizard.advice.recommendation import Recommendation
from wizard.detection.machine import Environment

OLD_CARDS = ("5.0", "5.2", "6.0", "6.1", "7.0")
NEW_CARDS = ("7.5", "8.0", "8.6", "8.9", "9.0", "10.0", "12.0")
DRIVERS = {
    "linux": (
        *("470.256.02", "520.61.05", "525.60.13", "535.104.05", "545.23.08", "550.54.15"),
        *("560.35.03", "570.26", "575.57.08", "580.65.06", "580.95.05"),
    ),
    "windows": (
        *("472.12", "522.06", "528.33", "531.14", "537.13", "546.12", "551.78"),
        *("566.36", "570.65", "576.57", "580.88", "581.42"),
    ),
}
NEWER_DRIVERS = {"linux": ("590.48.01", "595.71.05"), "windows": ("591.44", "596.36")}
PYTHONS = tuple(f"3.{minor}" for minor in range(9, 16))


def computers() -> Iterator[Computer]:
    for system, card in itertools.product(("linux", "windows"), (*OLD_CARDS, *NEW_CARDS)):
        drivers = DRIVERS[system] if card in OLD_CARDS else DRIVERS[system] + NEWER_DRIVERS[system]
        for driver, python in itertools.product(drivers, PYTHONS):
            yield Computer(system, (card,), driver, python)


def answer(computer: Computer) -> Recommendation:
    env = Environment("llm_50gun", "/c/envs/llm_50gun", f"{computer.python}.4")
    cards = [nvidia("NVIDIA card", card) for card in computer.cards]
    return recommend(
        machine(
            cards,
            computer.driver,
            computer.system,
            arch=computer.arch,
            wsl=computer.wsl,
            environments=(env,),
        )
    )


def in_its_environment(computer: Computer, got: Recommendation) -> Computer:
    """The same computer with the Python that the answer uses."""
    python = got.environment.python
    return Computer(
        computer.system, computer.cards, computer.driver, python, computer.arch, computer.wsl
    )


def test_the_whole_grid_is_answered_rightly() -> None:
    wrong: list[str] = []
    count = 0
    for computer in computers():
        count += 1
        got = answer(computer)
        judged = in_its_environment(computer, got)
        complaints = [
            judge.judge(c.argv, judged) for c in got.alternatives if "cpu" not in c.argv[-1]
        ]
        if judge.a_build_works(computer):
            complaints.append(judge.judge(got.primary.argv, judged))
            complaints.append("" if got.verdict == "install" else f"verdict {got.verdict}")
        else:
            complaints = _complaints_of_an_update(computer, got)
        wrong += [f"{computer}: {text}" for text in complaints if text]
    assert count >= 1575
    assert not wrong, f"{len(wrong)} of {count}:\n" + "\n".join(wrong[:20])


def _complaints_of_an_update(computer: Computer, got: Recommendation) -> list[str]:
    """No current build works: the driver must be updated, and then the command must work."""
    if got.verdict != "update_driver" or got.driver is None:
        return [f"verdict {got.verdict}"]
    updated = Computer(computer.system, computer.cards, got.driver.needed, got.environment.python)
    today = in_its_environment(computer, got)
    return [
        judge.judge(got.primary.argv, updated),
        *[
            judge.judge(command.argv, today)
            for command in got.alternatives
            if "whl/cu" in " ".join(command.argv) or command.route == "pytorch-channel"
        ],
    ]


def test_an_environment_is_never_made_over_one_that_exists() -> None:
    for computer in computers():
        got = answer(computer)
        suits = (3, 10) <= judge.number(computer.python) <= (3, 14)
        assert (got.environment.action == "use") == suits, computer
        if got.environment.action == "create":
            assert got.environment.name != "llm_50gun"
            assert got.steps[0].argv[:2] == ("conda", "create")
            assert got.steps[0].argv[3] == got.environment.name
            assert {"python=3.12", "pip", "--override-channels"} <= set(got.steps[0].argv)
        assert got.primary in got.steps


def test_the_judge_refuses_what_the_facts_call_broken() -> None:
    def pip(tag: str, *packages: str) -> list[str]:
        index = f"https://download.pytorch.org/whl/{tag}"
        return ["python", "-m", "pip", "install", *packages, "--index-url", index]

    old = Computer("windows", ("5.2",), "581.42", "3.12")
    assert "no kernels" in judge.judge(pip("cu126", "torch==2.8.0", "torchvision==0.23.0"), old)
    assert not judge.judge(pip("cu126", "torch", "torchvision"), old)
    blackwell = Computer("linux", ("12.0",), "580.95.05", "3.12")
    assert "no kernels" in judge.judge(pip("cu126", "torch"), blackwell)
    assert not judge.judge(pip("cu128", "torch", "torchvision"), blackwell)
    pascal = Computer("linux", ("6.1",), "580.95.05", "3.12")
    assert "no kernels" in judge.judge(pip("cu130", "torch"), pascal)
    assert "no wheel" in judge.judge(
        pip("cu126", "torch"), Computer("linux", ("6.1",), "580.95.05", "3.15")
    )
    course = "conda install pytorch torchvision torchaudio pytorch-cuda=12.1 -c pytorch -c nvidia"
    assert not judge.judge(course.split(), pascal)
    assert "no kernels" in judge.judge(course.split(), blackwell)
    no_build = Computer("linux", ("7.5",), "580.95.05", "3.13")
    assert "no build for Python" in judge.judge(course.split(), no_build)
    plain = "conda install -c conda-forge pytorch torchvision"
    assert "terms" in judge.judge(plain.split(), pascal)
