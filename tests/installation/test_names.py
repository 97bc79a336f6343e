"""Names of environments: conda's rules, and never a shell's meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.installation.names import name_problem


@pytest.mark.parametrize("name", ["llm_50gun", "torch-2.13", "İşıq", "dərs", "a" * 100, "_x", "50"])
def test_what_conda_takes_is_taken(name: str) -> None:
    assert name_problem(name, windows=False) is None
    assert name_problem(name, windows=True) is None


@pytest.mark.parametrize(
    "name",
    ["", " ", "my env", "a/b", "a:b", "a#b", "base", "ROOT", "-n", "..", "a\tb", "a\n", "x" * 101],
)
def test_what_conda_refuses_is_refused_with_a_sentence(name: str) -> None:
    problem = name_problem(name, windows=False)
    assert problem
    assert problem.endswith(".")


@pytest.mark.parametrize("name", ["CON", "nul", "com1", "aux.x", "a.", "a\\b", "a|b", 'a"b', "a?"])
def test_what_windows_cannot_store_is_refused_there(name: str) -> None:
    assert name_problem(name, windows=True)


@given(st.text(max_size=120))
def test_a_name_that_is_taken_is_one_word_of_one_folder(name: str) -> None:
    if name_problem(name, windows=False) is None:
        assert name.isprintable()
        assert "/" not in name
        assert not name.startswith("-")
        assert not set(name) & set(" :#")
