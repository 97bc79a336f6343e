"""Whole machines with what must be true of the answer, each with why and from where.

``published.jsonl`` are computers of real owners, ``composed.jsonl`` what the facts page and known
reports describe. Both say what an expert would answer; none was written from the program's answer.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from wizard.advice.recommend import recommend
from wizard.detection.machine import machine_from_json

FOLDER = Path(__file__).parent / "machines_answered"
CASES = [
    json.loads(line)
    for name in ("published", "composed")
    for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
]


def cuda_of(answer: dict[str, Any]) -> int | None:
    words = " ".join(answer["primary"]["argv"])
    found = re.search(r"cuda-version=(\d+)", words) or re.search(r"whl/cu(\d\d)", words)
    return int(found[1]) if found else None


def misses(expected: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """What is not as expected, one phrase each."""
    driver = answer["driver"] or {}
    others = " // ".join(" ".join(each["argv"]) for each in answer["alternatives"])
    said = " ".join(each["text"] for each in answer["reasons"])
    codes = [each["code"] for each in answer["reasons"]]
    steps = [" ".join(each["argv"]) for each in answer["steps"]]
    primary = " ".join(answer["primary"]["argv"])
    tests = {
        "verdict": lambda want: answer["verdict"] in want,
        "cuda": lambda want: cuda_of(answer) == want,
        "newenv": lambda _want: answer["environment"]["action"] == "create",
        "nodrv": lambda _want: not driver,
        "branch": lambda want: driver.get("branch") == want,
        "drvneed": lambda want: str(driver.get("needed", "")).startswith(str(want)),
        "alt": lambda want: want in others,
        "noalt": lambda want: want not in others,
        "must": lambda want: want in primary,
        "mention": lambda want: any(each in said for each in want),
        "note": lambda want: want in json.dumps(answer, ensure_ascii=False),
        "step": lambda want: any(want in each for each in steps),
        "mustnotreason": lambda want: want not in codes,
        "firstreason": lambda want: codes[:1] == [want],
        "page": lambda want: any(want in each["source"] for each in answer["reasons"]),
    }
    return [f"{key}: {want}" for key, want in expected.items() if not tests[key](want)]


@pytest.mark.parametrize("case", CASES, ids=[each["name"] for each in CASES])
def test_a_machine_is_answered_as_an_expert_would(case: dict[str, Any]) -> None:
    answer = recommend(machine_from_json(case["machine"])).to_json()
    missed = misses(case["expected"], answer)
    assert not missed, f"{missed}; {case['why']} [{case['source']}]; got {answer['verdict']}"


def test_there_are_many_and_each_expects_something() -> None:
    assert len(CASES) >= 150
    assert all(each["expected"].get("verdict") and each["source"] for each in CASES)


PROBLEMS = (
    *("no_devices_found", "driver_not_loaded", "gpu_lost", "driver_permission", "nvml_mismatch"),
    *("nvml_error", "wsl2_cuda", "nvidia_card_switched_off"),
)


@pytest.mark.parametrize("code", PROBLEMS)
def test_with_a_problem_on_every_card_install_is_never_said(code: str) -> None:
    for case in CASES:
        problem = {"code": code, "detail": "as a probe heard it"}
        described = machine_from_json({**case["machine"], "problems": [problem]})
        cards = described.nvidia_gpus
        silent = [gpu for gpu in cards if gpu.compute_capability is None]
        if not cards or (silent and len(silent) < len(cards)):
            continue
        got = recommend(described)
        assert got.verdict != "install", (case["name"], code)
        if got.verdict in ("install_driver", "update_driver") and not described.os.wsl:
            assert {code, "driver_too_new"} & {r.code for r in got.reasons[:2]}, case["name"]
