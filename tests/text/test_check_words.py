from __future__ import annotations

import re

import pytest

from wizard.checks import CHECK_IDS, Check
from wizard.jobs.target_run import TARGET
from wizard.text.checks import check_meaning, check_title, reason_sentence, value_text


@pytest.mark.parametrize("check_id", CHECK_IDS)
def test_every_check_has_words(check_id: str) -> None:
    assert check_title(check_id)
    assert check_meaning(check_id).endswith((".", "?"))


def test_every_reason_that_can_be_given_has_a_sentence() -> None:
    sources = [
        TARGET / "verify.py",
        TARGET / "accelerator.py",
        TARGET.parent / "jobs" / "verification.py",
    ]
    text = "\n".join(source.read_text("utf-8") for source in sources)
    given = set(re.findall(r'(?:Skipped|Failed)\(\s*"(\w+)"', text))
    for first, second in re.findall(
        r'(?:reason =|reason=|return) "(\w+)"(?: if .* else "(\w+)")?', text
    ):
        given |= {first, second}
    codes = {code for code in given if "_" in code}
    assert {"torch_missing", "cpu_build", "out_of_memory", "torchvision_mismatch"} <= codes
    codes |= {"smaller_sizes", "ptx_only", "bfloat16_not_supported"}
    codes |= {"not_reached", "child_hung", "child_died", "cancelled"}
    assert [code for code in sorted(codes) if not reason_sentence(code)] == []


def test_an_unknown_reason_has_no_sentence() -> None:
    assert reason_sentence("made_up") == ""


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (
            Check("interpreter", "passed", {"version": "3.12.4", "bits": 64}),
            "Python 3.12.4, 64 bit",
        ),
        (Check("torch_version", "passed", {"version": "2.13.0+cu130"}), "2.13.0+cu130"),
        (Check("cuda_available", "passed", True), "True"),
        (Check("cuda_available", "failed", False), "False"),
        (
            Check("devices", "passed", [{"name": "Tesla T4", "memory_gib": 15.0}]),
            "Tesla T4, 15.0 GB",
        ),
        (Check("devices", "passed", [{"name": "Apple GPU", "memory_gib": None}]), "Apple GPU"),
        (Check("devices", "passed", [{"name": "A"}] * 4), "A and 3 more"),
        (
            Check("capability", "passed", {"cuda:0": {"capability": "7.5", "kernel": "sm_75"}}),
            "7.5 → sm_75",
        ),
        (
            Check("capability", "failed", {"cuda:0": {"capability": "12.0", "kernel": None}}),
            "12.0",
        ),
        (Check("torchvision", "passed", "0.28.0"), "0.28.0"),
        (Check("all_reduce", "passed", {"gb_per_second": 187.4}), "187 GB/s"),
        (Check("all_reduce", "failed", {"failed_pairs": [["cuda:0", "cuda:1"]]}), ""),
        (Check("gpu_matmul", "passed", {"cuda:0": 3e-7}), ""),
        (Check("interpreter", "failed", None), ""),
        (Check("devices", "passed", {"odd": 1}), ""),
        (Check("capability", "passed", [1]), ""),
    ],
)
def test_values_are_shown_short(check: Check, text: str) -> None:
    assert value_text(check) == text
