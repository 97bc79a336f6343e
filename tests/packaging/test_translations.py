"""The catalog tool on a small program of its own."""

from __future__ import annotations

import gettext
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

PROGRAM = """
from wizard.text import _, ngettext
def show(count):
    return _("Hello, <b>{name}</b>"), ngettext("{count} core", "{count} cores", count)
"""


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    path = CHECKOUT / "packaging" / "translations.py"
    spec = importlib.util.spec_from_file_location("translations_under_test", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    folder = tmp_path / "resources" / "translations"
    folder.mkdir(parents=True)
    (tmp_path / "wizard").mkdir()
    (tmp_path / "wizard" / "page.py").write_text(PROGRAM, encoding="utf-8")
    for name, value in {
        "CHECKOUT": tmp_path,
        "SOURCES": tmp_path / "wizard",
        "CAUSES": tmp_path / "resources" / "causes",
        "FOLDER": folder,
        "TEMPLATE": folder / "wizard.pot",
    }.items():
        monkeypatch.setattr(module, name, value)
    return module


def translate(tool: ModuleType, **texts: str) -> None:
    path = tool.po_file("az")
    text = path.read_text(encoding="utf-8")
    hello = texts.get("hello", "Salam, <b>{name}</b>")
    one, many = texts.get("one", "{count} nüvə"), texts.get("many", "{count} nüvə")
    text = text.replace(
        'msgid "Hello, <b>{name}</b>"\nmsgstr ""',
        f'msgid "Hello, <b>{{name}}</b>"\nmsgstr "{hello}"',
    )
    text = text.replace('msgstr[0] ""', f'msgstr[0] "{one}"')
    text = text.replace('msgstr[1] ""', f'msgstr[1] "{many}"')
    path.write_text(text, encoding="utf-8")


def test_a_whole_catalog_passes_and_is_what_gettext_reads(tool: ModuleType) -> None:
    tool.update(["az"])
    translate(tool)
    tool.update(["az"])
    assert tool.check(["az"]) == []
    with tool.po_file("az").with_suffix(".mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)
    assert catalog.gettext("Hello, <b>{name}</b>") == "Salam, <b>{name}</b>"
    assert catalog.ngettext("{count} core", "{count} cores", 8) == "{count} nüvə"


def test_the_first_page_s_messages_stand_in_a_file_of_their_own(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(tool, "FIRST_PAGE", ("wizard/page.py",))
        tool.update(["az"])
        translate(tool)
        tool.update(["az"])
        assert tool.check(["az"]) == []
        with tool.po_file("az").with_name("first.mo").open("rb") as file:
            catalog = gettext.GNUTranslations(file)
        assert catalog.gettext("Hello, <b>{name}</b>") == "Salam, <b>{name}</b>"
        assert catalog.ngettext("{count} core", "{count} cores", 8) == "{count} nüvə"
    assert [one for one in tool.check(["az"]) if "first.mo: out of date" in one]
    tool.update(["az"])
    with tool.po_file("az").with_name("first.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)
    assert catalog.gettext("Hello, <b>{name}</b>") == "Hello, <b>{name}</b>"


def test_a_second_update_changes_no_byte(tool: ModuleType) -> None:
    files = [tool.TEMPLATE, tool.po_file("az"), tool.po_file("az").with_suffix(".mo")]
    tool.update(["az"])
    translate(tool)
    tool.update(["az"])
    before = [file.read_bytes() for file in files]
    tool.update(["az"])
    assert [file.read_bytes() for file in files] == before
    assert b"POT-Creation-Date" not in before[0] + before[1]


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"hello": ""}, "not translated"),
        ({"many": ""}, "not translated"),
        ({"hello": "Salam, <b>{ad}</b>"}, "has ['ad'], not ['name']"),
        ({"hello": "Salam, <b>{name</b>"}, "expected '}'"),
        ({"hello": "Salam, {name}"}, "other tags"),
        ({"hello": "Salam, <b>{name}</b> "}, "ends with a space"),
        ({"many": "{say} nüvə"}, "has ['say'], not ['count']"),
    ],
)
def test_a_bad_translation_is_named(tool: ModuleType, texts: dict[str, str], problem: str) -> None:
    tool.update(["az"])
    translate(tool, **texts)
    tool.update(["az"])
    found = tool.check(["az"])
    assert len(found) == 1
    assert problem in found[0]
    assert found[0].startswith("resources/translations/az/LC_MESSAGES/wizard.po: ")


def test_what_is_out_of_date_is_named(tool: ModuleType) -> None:
    tool.update(["az"])
    translate(tool)
    tool.update(["az"])
    (tool.SOURCES / "page.py").write_text(PROGRAM.replace("Hello", "Good day"), encoding="utf-8")
    found = tool.check(["az"])
    assert any(one.startswith("resources/translations/wizard.pot: out of date") for one in found)
    assert any("'Good day, <b>{name}</b>': not translated" in one for one in found)
    tool.update(["az"])
    text = tool.po_file("az").read_text(encoding="utf-8")
    assert "Good day" in text
    assert "Hello" not in text
    assert "fuzzy" not in text
    assert "Salam" not in text


def test_a_stale_compiled_catalog_and_a_missing_language_are_named(tool: ModuleType) -> None:
    tool.update(["az"])
    translate(tool)
    assert [one for one in tool.check(["az"]) if "wizard.mo: out of date" in one]
    assert [one for one in tool.check(["az", "tr"]) if "LANGUAGES offers tr" in one]


def test_line_ends_of_windows_are_no_change(tool: ModuleType) -> None:
    tool.update(["az"])
    translate(tool)
    tool.update(["az"])
    for file in (tool.TEMPLATE, tool.po_file("az")):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert tool.check(["az"]) == []


@pytest.mark.parametrize("call", ['_(f"{size} GB")', '_("a" + name)', 'ngettext("a", f"{b}", 2)'])
def test_a_message_that_no_catalog_can_have_is_named(tool: ModuleType, call: str) -> None:
    (tool.SOURCES / "other.py").write_text(f"x = 1\ny = {call}\n", encoding="utf-8")
    tool.update(["az"])
    assert "wizard/other.py:2: the message must be one plain string" in tool.check(["az"])


def test_the_texts_of_the_causes_are_collected_and_their_signals_are_not(
    tool: ModuleType, tmp_path: Path
) -> None:
    folder = tmp_path / "resources" / "causes"
    folder.mkdir()
    (folder / "x.json").write_text(
        '{"title": "T", "why": "W.", "fix": ["One.", "Two."], "told": [{"text": "Seen: {torch}."}],'
        ' "signals": [{"words": ["no module named torch"]}]}',
        encoding="utf-8",
    )
    found = {message.id for message in tool.collect() if message.id}
    assert {"T", "W.", "One.", "Two.", "Seen: {torch}."} <= found
    assert "no module named torch" not in found
