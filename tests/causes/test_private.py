"""What is private does not leave a text, in whatever form a tool prints it; the rest stays."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from private_forms import FORMS, HARMLESS, KEYS, NAMES, Form, made

from wizard.causes.anonymous import without_private
from wizard.causes.diagnosis import diagnose
from wizard.causes.forum import forum_text
from wizard.report.allowed import Allowed


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.what)
def test_what_is_private_goes(form: Form) -> None:
    clean = without_private(form.text, NAMES)
    for planted in form.gone:
        assert planted not in clean, clean
    for word in form.kept:
        assert word in clean, clean


@pytest.mark.parametrize("line", HARMLESS)
def test_what_helps_stays(line: str) -> None:
    assert without_private(line, NAMES) == line


def forum(text: str, *names: str) -> str:
    return forum_text(text, diagnose(text, guess=False).facts, names or NAMES)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.what)
def test_nor_does_it_reach_a_forum(form: Form) -> None:
    ready = forum(f"zorp\n{form.text}\nzorp 42")
    assert "zorp 42" in ready
    for planted in form.gone:
        assert planted not in ready, ready


def test_a_key_that_begins_before_the_lines_that_are_shown() -> None:
    key = [made(str(line), 50) for line in range(90)]
    mark = "PRIVATE KEY"
    text = "\n".join([f"-----BEGIN {mark}-----", *key, f"-----END {mark}-----", "the error"])
    ready = forum(text)
    assert "the error" in ready
    assert not [line for line in key[-59:] if line in ready]


@pytest.mark.parametrize("place", range(380, 402, 3))
def test_a_key_at_the_edge_of_a_line(place: int) -> None:
    for key in KEYS.values():
        assert key[:12] not in forum("x" * place + " " + key)
        assert key[:12] not in forum("x" * (1600 + place) + " " + key)
    assert forum("x" * 5000).count("x") == 0


def test_what_is_copied_is_what_is_seen() -> None:
    ready = forum("one\u202etwo\x1b[8mthree\u2066four")
    assert "\u202e" not in ready
    assert "\x1b" not in ready
    assert "\u2066" not in ready


def test_the_first_name_of_the_home_is_a_name_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for home in ("/home/Kamran Həsənov", "/srv/Users/Kamran Həsənov"):
        monkeypatch.setenv("HOME", home)
        monkeypatch.setenv("USERPROFILE", home)
        clean = without_private("/data/kamran_env D:\\Work\\Həsənov\\x zorp")
        assert "kamran" not in clean
        assert "Həsənov" not in clean
        assert "zorp" in clean


# Any name, any token, anywhere -------------------------------------------------------------------

_LETTERS = "abcdefgxyzəöüçşğıİЖжαñé0189"
_TOKENS = st.sampled_from(sorted(KEYS.values()))
_HOMES = st.sampled_from(
    [
        "/home/{}",
        "/Users/{}",
        "C:\\Users\\{}",
        "C:\\\\Users\\\\{}",
        "/mnt/c/Users/{}",
        "%2Fhome%2F{}",
    ]
)
_AROUND = st.text(alphabet=" /\\:;,.'\"()[]=@-_~%ab1\n", max_size=12)


@st.composite
def people(draw: st.DrawFn) -> str:
    """What somebody can be called: parts with dots, dashes or spaces between."""
    part = st.text(alphabet=_LETTERS, min_size=5, max_size=12)
    parts = draw(st.lists(part, min_size=1, max_size=3))
    return draw(st.sampled_from([".", "-", "_", " "])).join(parts)


def spelled(name: str) -> list[str]:
    """As programs write the same name."""
    composed = unicodedata.normalize("NFC", name)
    decomposed = unicodedata.normalize("NFD", name)
    escaped = composed.encode("ascii", "backslashreplace").decode()
    return [composed, decomposed, quote(composed), escaped, composed.upper(), composed.lower()]


@settings(max_examples=300, derandomize=True, deadline=None)
@given(people(), st.integers(0, 5), _AROUND, _AROUND)
def test_a_name_that_is_known_never_leaves(name: str, form: int, before: str, after: str) -> None:
    written = spelled(name)[form]
    clean = without_private(f"{before}{written}{after}", (name,))
    assert written.casefold() not in clean.casefold(), clean


@settings(max_examples=300, derandomize=True, deadline=None)
@given(people(), _HOMES, _AROUND.filter(lambda text: text[-1:] not in ("\\", "%")))
def test_the_home_of_somebody_unknown_never_leaves(name: str, home: str, before: str) -> None:
    path = home.format(name) + home[-3] + "file.txt"
    clean = without_private(f"{before}{path}", ())
    assert name.casefold() not in clean.casefold(), clean


@settings(max_examples=300, derandomize=True, deadline=None)
@given(_TOKENS, _AROUND.filter(lambda text: not text[-1:].isalnum() and text[-1:] != "_"), _AROUND)
def test_a_token_never_leaves(token: str, before: str, after: str) -> None:
    clean = without_private(f"{before}{token}{after}", ())
    assert token not in clean
    assert token[-12:] not in clean, clean


@settings(max_examples=100, derandomize=True, deadline=None)
@given(people(), _TOKENS, _HOMES, st.text(alphabet=_LETTERS + " \n", max_size=30))
def test_nor_through_a_forum_or_a_report(name: str, token: str, home: str, noise: str) -> None:
    text = f"{noise}\ntoken={token} {home.format(name)}/x {name}\n{noise}"
    ready = forum(text, name)
    assert name.casefold() not in ready.casefold()
    assert token not in ready
    assert Allowed((name,)).sentence(text) == without_private(text, (name,))
    assert Allowed((name,)).path(home.format(name)).casefold().count(name.casefold()) == 0
