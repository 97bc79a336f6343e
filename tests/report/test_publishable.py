"""What a report may say: every text of every value is attacked, and nothing planted comes out."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from pathlib import Path
from typing import Any

import pytest
from test_pages import machine, measured, verified

from wizard.advice.finding import Finding
from wizard.advice.recommend import recommend
from wizard.causes.evidence import Ending
from wizard.checks import Check
from wizard.detection.machine import Conda, Driver, Environment, Machine, Problem
from wizard.jobs.verification import VerificationResult
from wizard.report.allowed import Allowed, kind_of_error, link
from wizard.report.html import report_html
from wizard.report.publishable import published

TOKEN = "az-12345678-1234-1234-1234-123456789abc"
WORD = "Gizlisoz"
"""A word without any form: only a field that does not leave keeps it."""
PLANTED = (
    f"https://conda.anaconda.org/t/{TOKEN}/x /home/leyla7/x C:\\Users\\leyla7\\x 0324518012345 "
    "85.132.44.7 leyla7@mail.example.az \\\\srv-dc01\\homes\\x"
)
SECRETS = (TOKEN[3:], "leyla7", "0324518012345", "85.132", "srv-dc01", "mail.example")

#: Names of products, and sentences of the program's own, which are cleaned.
_PRODUCTS_AND_SENTENCES = {
    "Gpu": {"name"},
    "Cpu": {"name"},
    "OperatingSystem": {"version"},
    "Device": {"name"},
    "Finding": {"title", "why", "fix", "steps", "source"},
    "Spelling": {"cmd", "powershell", "bash"},
    "Command": {"argv", "title", "note"},
    "DriverAdvice": {"download"},
    "Word": {"word", "meaning"},
    "Reason": {"text", "code", "source"},
    "VerificationResult": {"device_names"},
    # One plain word, and what only the program itself says.
    "Environment": {"name"},
    "EnvironmentChoice": {"name"},
    "Problem": {"code"},
}


def planted(value: Any, what: str, *, everywhere: bool) -> Any:
    """The same value with ``what`` in each field that may hold any text."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        if isinstance(value, tuple):
            return tuple(planted(each, what, everywhere=everywhere) for each in value)
        return value
    hints = typing.get_type_hints(type(value), localns=_known_types())
    spared = () if everywhere else _PRODUCTS_AND_SENTENCES.get(type(value).__name__, ())
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        inner, hint = getattr(value, field.name), hints[field.name]
        if _is_text(hint) and field.name not in spared:
            changes[field.name] = f"{inner or ''}{what}"
        elif hint == tuple[str, ...] and field.name not in spared:
            changes[field.name] = (*inner, what)
        elif hint is object:
            changes[field.name] = {"version": what, "file": what, "name": "T4", what: [what]}
        elif hint == Path | None:
            changes[field.name] = Path("/" + what)
        else:
            changes[field.name] = planted(inner, what, everywhere=everywhere)
    return dataclasses.replace(value, **changes)


def _is_text(hint: object) -> bool:
    if isinstance(hint, types.UnionType):
        return str in typing.get_args(hint)
    return hint is str


def _known_types() -> dict[str, Any]:
    return {"Finding": Finding, "Ending": Ending}


def a_machine() -> Machine:
    here = machine()
    home = "/home/x/miniforge3"
    return dataclasses.replace(
        here,
        name="a-name",
        conda=Conda("26.8.0", "miniforge", home, f"{home}/bin/conda"),
        conda_installations=(Conda("26.8.0", "miniforge", home, f"{home}/bin/conda"),),
        environments=(
            Environment("llm_50gun", f"{home}/envs/x", "3.12.4", "2.13.0", "conda", "/x", "b", "c"),
        ),
        problems=(Problem("nvml_mismatch", ""),),
        nvidia_driver=here.nvidia_driver or Driver("581.57", "13.0"),
    )


FINDING = Finding("torch_broken", "t", "w", "f", steps=("a", "b"), source="https://pytorch.org/x")


def outputs(what: str, *, everywhere: bool) -> str:
    here = a_machine()
    parts = [
        planted(part, what, everywhere=everywhere)
        for part in (here, recommend(here), verified(FINDING), measured())
    ]
    shown = published(*parts, names=())
    return report_html(shown) + json.dumps(shown.document(), ensure_ascii=False)


def test_no_form_of_a_secret_leaves_by_any_field() -> None:
    text = outputs(" " + PLANTED, everywhere=True)
    for secret in SECRETS:
        assert secret not in text
    assert "conda.anaconda.org" in text  # so that something was planted where sentences are


def test_no_word_leaves_but_as_a_product_or_in_a_sentence() -> None:
    for what in (WORD, f" {WORD}", f"/{WORD}/x", f"\\{WORD}", f"+{WORD} ", f"={WORD}"):
        assert WORD not in outputs(what, everywhere=False), what


def test_a_report_keeps_what_a_teacher_asks() -> None:
    shown = published(a_machine(), recommend(a_machine()), verified(), measured(), names=())
    text = json.dumps(shown.document())
    for word in ("RTX 5070", "2.13.0+cu130", "/home/USER/miniforge3", "llm_50gun", "26.8.0"):
        assert word in text, word
    assert shown.machine.nvidia_driver == a_machine().nvidia_driver
    assert shown.benchmark is not None
    assert shown.benchmark.samples == measured().samples


@pytest.mark.parametrize(
    ("text", "version"),
    [
        *((each, each) for each in ("2.13.0+cu130", "2.9.1.post2", "3.14.0rc1", "581.57", "12.0")),
        *((each, each) for each in ("2.14.0.dev20261101+cpu", "2.8.0a0+5228986c39.nv25.06")),
        ("2.13.0+leyla", "2.13.0"),
        ("581.57 leyla", "581.57"),
        ("leyla", None),
    ],
)
def test_a_version_is_numbers_and_known_builds(text: str, version: str | None) -> None:
    assert Allowed(()).version(text) == version


def test_an_environment_is_called_by_one_plain_word_that_is_nobody() -> None:
    allowed = Allowed(("leyla",))
    names = ("llm_50gun", ".venv", "leyla-env", "my thesis", "a/b")
    assert [allowed.name(each) for each in names] == ["llm_50gun", ".venv", "X", "X", "X"]


def test_values_of_the_computer_are_exchanged_once_the_longest_first() -> None:
    allowed = Allowed(())
    for value, instead in (("my", "X"), ("/d/my/bin", "/X/my/bin"), ("X", "Y")):
        allowed.exchange(value, instead)
    assert allowed.sentence("/d/my/bin of my, mypy") == "/X/my/bin of X, mypy"


@pytest.mark.parametrize("host", ["gpu", "pytorch", "conda", "nvidia", "Python", "pip", "cuda"])
def test_a_computer_called_like_a_word_of_the_command_does_not_spoil_it(host: str) -> None:
    here = dataclasses.replace(machine(), name=host)
    answer = recommend(here)
    assert "conda install" in answer.primary.text.bash
    shown = published(here, answer, names=(host,)).recommendation
    assert shown is not None
    assert shown.primary.text == answer.primary.text
    assert [reason.text for reason in shown.reasons] == [reason.text for reason in answer.reasons]


def failing(said: str) -> VerificationResult:
    """What the verification finds where PyTorch does not load."""
    from wizard.causes.verified import from_verification

    result = verified()
    checks = tuple(
        dataclasses.replace(c, state="failed", reason="torch_broken", detail=said)
        if c.id == "torch_import"
        else c
        for c in result.checks
    )
    here = dataclasses.replace(a_machine(), problems=())
    found = from_verification(here, result.python, checks, result.ending)
    return dataclasses.replace(result, checks=checks, findings=found, ready=None)


def test_what_another_program_said_is_told_by_its_kind() -> None:
    said = f"OSError: [WinError 126] {WORD} could not be loaded"
    result = failing(said)
    assert WORD in result.findings[0].why  # so that the report has something to leave out
    here = dataclasses.replace(a_machine(), problems=())
    shown = published(here, None, result, names=())
    text = report_html(shown) + json.dumps(shown.document())
    assert WORD not in text
    assert "OSError [WinError 126]" in text
    assert shown.verification is not None
    assert [each.code for each in shown.verification.findings] == [
        each.code for each in result.findings
    ]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/leyla/miniforge3/envs/llm_50gun", "/home/USER/miniforge3/envs/llm_50gun"),
        ("C:\\Users\\Leyla Q\\miniforge3\\python.exe", "C:\\Users\\USER\\miniforge3\\python.exe"),
        ("D:/Firma/leyla/.venv/Scripts/python.exe", "D:/X/X/.venv/Scripts/python.exe"),
        ("\\\\srv\\homes\\leyla\\miniforge3", "\\\\X\\X\\X\\miniforge3"),
        ("/opt/conda/lib/python3.12/site-packages", "/opt/conda/lib/python3.12/site-packages"),
        ("/home/users/home/x", "/home/USER/USER/USER"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_path_keeps_the_folders_of_every_computer(path: str, shown: str) -> None:
    assert Allowed(()).path(path) == shown


def test_links_lead_to_hosts_that_the_program_names() -> None:
    assert link("https://pytorch.org/get-started") == "https://pytorch.org/get-started"
    for address in (
        "https://conda.firma.az/t/x",
        "http://pytorch.org/x",
        "https://u:p@pytorch.org/",
    ):
        assert link(address) == ""


def test_an_error_is_told_by_its_name_alone() -> None:
    assert kind_of_error("ImportError: DLL load failed for Leyla") == "ImportError"
    assert kind_of_error("something of Leyla") == ""


def test_a_check_of_an_unknown_kind_says_nothing() -> None:
    value = {"x": WORD, "version": "2.1", WORD: {"name": "T4"}}
    odd = Check("interpreter", "failed", value, 0.1, f"{WORD}", WORD)
    result = dataclasses.replace(verified(), checks=(odd, dataclasses.replace(odd, id=WORD)))
    text = json.dumps(published(a_machine(), None, result, names=()).document())
    assert WORD not in text
    assert '"2.1"' in text
