"""What the target programs say, in the language of the window."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import wizard.target.verify as target
from wizard.text import set_language
from wizard.text.details import detail_text


@pytest.fixture(autouse=True)
def azerbaijani() -> Iterator[None]:
    set_language("az")
    yield
    set_language("en")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("no PyTorch in _NamespacePath(['/x/torch'])", "['/x/torch']"),
        ("cuda:0: error 0.0132, at most 0.001 allowed", "cuda:0: "),
        ("error nan, at most 0.001 allowed", "nan"),
        ("cuda:1: kept [0, 1, 2]", "[0, 1, 2]"),
        ("cuda:0: out of memory above size 512", "512"),
    ],
)
def test_their_sentences_are_translated_with_the_values(said: str, kept: str) -> None:
    shown = detail_text(said)
    assert shown != said and kept in shown and "{" not in shown
    assert not re.search(r"\b(error|allowed|kept|size|in)\b", shown)


@pytest.mark.parametrize("line", ["", "RuntimeError: CUDA error: no kernel image", "{x} in y"])
def test_what_others_say_stays(line: str) -> None:
    assert detail_text(line) == line


def test_every_sentence_of_the_program_is_known() -> None:
    """Each text that the program puts together from words and values is among those above."""
    source = ast.parse(Path(target.__file__).read_text("utf-8"))
    said = [
        "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
        for node in ast.walk(source)
        if isinstance(node, ast.JoinedStr)
    ]
    sentences = [text for text in said if re.search(r"[a-z]+ [a-z]+|kept", text)]
    assert len(sentences) >= 5
    unknown = [
        text for text in sentences if detail_text(text.replace("kept 7", "kept [7]")) == text
    ]
    assert unknown == []
