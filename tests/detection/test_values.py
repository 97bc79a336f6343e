"""Versions and capabilities: numbers to compare that keep their text."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.advice import versions
from wizard.detection.values import Capability, Version

_numbers = st.lists(st.integers(0, 999_999), min_size=1, max_size=4)


@given(_numbers, _numbers)
def test_order_is_that_of_the_numbers(a: list[int], b: list[int]) -> None:
    first, second = (Version(".".join(map(str, each))) for each in (a, b))
    assert (first < second, first <= second) == (a < b, a <= b)
    assert (first > second, first >= second) == (a > b, a >= b)
    assert first.numbers == tuple(a) == versions.parse(first)


def test_order_is_not_that_of_the_letters() -> None:
    assert Capability("9.0") < Capability("12.0") and "9.0" > "12.0"
    assert Version("550.54.15") < "1000.1" and max(Version("99.9"), Version("100.0")) == "100.0"


@given(_numbers)
def test_the_text_stays_and_a_copy_is_the_same(numbers: list[int]) -> None:
    text = ".".join(f"{number:02d}" for number in numbers)
    version = Version(text)
    assert str(version) == text == f"{version}" and json.dumps(version) == json.dumps(text)
    for again in (copy.deepcopy(version), pickle.loads(pickle.dumps(version))):
        assert again == version and again.numbers == version.numbers
        assert type(again) is Version


@pytest.mark.parametrize(
    "text", ["", ".", "1.", ".1", "1..2", "a", "1.2a", "-1.0", "1 2", "٣.٤", "1234567", "1.2\n"]
)
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(ValueError, match="a version such as"):
        Version(text)


@pytest.mark.parametrize("text", ["7", "7.5.0", "7.", "N/A"])
def test_what_is_no_pair(text: str) -> None:
    with pytest.raises(ValueError, match=r"a version such as 7\.5"):
        Capability(text)


def test_the_beginning_of_a_text() -> None:
    assert Version.at_start("3.14.0rc1") == "3.14.0"
    assert Version.at_start("N/A") is None
    assert Capability.at_start("12.4 (open)") == "12.4"
    assert Capability("7.5").pair == (7, 5)
