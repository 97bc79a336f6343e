"""Message catalogs: collected from wizard/, brought up to date, checked and compiled with Babel.

`update` is `python3 packaging/dev.py translate`; `check` is part of `dev.py test`. A language is
begun by adding it to `LANGUAGES` in wizard/text/__init__.py. Files hold no dates and no line
numbers, so that they change only where a message does.
"""

from __future__ import annotations

import ast
import io
import json
import re
import string
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

CHECKOUT = Path(__file__).resolve().parents[1]
FOLDER = CHECKOUT / "resources" / "translations"
TEMPLATE = FOLDER / "wizard.pot"
SOURCES = CHECKOUT / "wizard"
CAUSES = CHECKOUT / "resources" / "causes"

KEYWORDS = {"_": None, "ngettext": (1, 2)}
FIRST_PAGE = (
    "wizard/app.py",
    "wizard/pages/page.py",
    "wizard/pages/welcome.py",
    "wizard/text/names.py",
    "wizard/way.py",
    "wizard/widgets/segments.py",
    "wizard/widgets/step_rail.py",
    "wizard/window.py",
)
"""What speaks before the first page is there; its messages stand in a small file of their own."""
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
_UNUSED_HEADERS = re.compile(
    rb'^"(Project-Id-Version|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By'
    rb"|Report-Msgid-Bugs-To): .*\n",
    re.MULTILINE,
)
_MOST_LINES = 30
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def main(arguments: list[str]) -> int:
    if arguments not in (["update"], ["check"]):
        print("Usage: translations.py update | check", file=sys.stderr)
        return 2
    sys.path.insert(0, str(CHECKOUT))
    from wizard.text import LANGUAGES

    languages = [code for code in LANGUAGES if code != "en"]
    if arguments == ["update"]:
        update(languages)
    problems = check(languages)
    for problem in problems[:_MOST_LINES]:
        print(problem, file=sys.stderr)
    if len(problems) > _MOST_LINES:
        print(f"… and {len(problems) - _MOST_LINES} more", file=sys.stderr)
    if not problems:
        print(f"{len(collect())} messages, complete in {', '.join(languages)}.")
    return 1 if problems else 0


def collect() -> Catalog:
    """Every message of the program, in the order of files and lines."""
    catalog = Catalog(charset="utf-8", fuzzy=False, header_comment="")
    for path in sorted(SOURCES.rglob("*.py")):
        name = path.relative_to(CHECKOUT).as_posix()
        found = extract_from_file("python", path, KEYWORDS, ["Translators:"])
        for line, message, comments, context in found:
            catalog.add(message, None, [(name, line)], auto_comments=comments, context=context)
    for path in sorted(CAUSES.glob("*.json")):
        name = path.relative_to(CHECKOUT).as_posix()
        for message in texts_of(json.loads(path.read_text("utf-8"))):
            catalog.add(message, None, [(name, 1)])
    return catalog


def texts_of(cause: dict[str, Any]) -> Iterator[str]:
    """What a cause says to the user; its signals are searched for, not read."""
    yield from (cause["title"], cause["why"])
    yield from (told["text"] for told in cause.get("told", ()))
    yield from cause["fix"]


def po_file(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "wizard.po"


def update(languages: list[str]) -> None:
    """Write the template and every catalog; what is translated stays, what is gone goes."""
    template = collect()
    FOLDER.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(_po_text(template))
    for language in languages:
        path = po_file(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        catalog = _updated(language, template)
        path.write_bytes(_po_text(catalog))
        for compiled, content in _compiled(path, catalog):
            compiled.write_bytes(content)


def check(languages: list[str]) -> list[str]:
    """What is wrong with the catalogs, a line each; empty where they are up to date and whole."""
    template = collect()
    stale = f"out of date: run `python3 {Path('packaging', 'dev.py').as_posix()} translate`"
    problems = [*_not_collectable()]
    if _read(TEMPLATE) != _po_text(template):
        problems.append(f"{_short(TEMPLATE)}: {stale}")
    for language in languages:
        path = po_file(language)
        if not path.exists():
            problems.append(f"{_short(path)}: missing; LANGUAGES offers {language}")
            continue
        catalog = _updated(language, template)
        if _read(path) != _po_text(catalog):
            problems.append(f"{_short(path)}: {stale}")
        problems += [
            f"{_short(compiled)}: {stale}"
            for compiled, content in _compiled(path, catalog)
            if not compiled.exists() or compiled.read_bytes() != content
        ]
        problems += [
            f"{_short(path)}: {_first(message)!r}: {problem}"
            for message in catalog
            if message.id
            for problem in message_problems(message, catalog.num_plurals)
        ]
    return problems


def message_problems(message: Message, plurals: int) -> Iterator[str]:
    """What is wrong with one translation."""
    originals = [message.id] if isinstance(message.id, str) else list(message.id)
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if message.fuzzy:
        yield "marked as uncertain"
    if len(strings) != (plurals if message.pluralizable else 1) or not all(strings):
        yield "not translated"
        return
    wanted = [_placeholders(text) for text in originals]
    for text in strings:
        try:
            placeholders = _placeholders(text)
        except ValueError as error:
            yield f"{text!r}: {error}"
            continue
        if placeholders not in wanted:
            yield f"{text!r}: has {placeholders or 'no placeholders'}, not {wanted[-1]}"
        if sorted(_TAG.findall(text)) not in [sorted(_TAG.findall(one)) for one in originals]:
            yield f"{text!r}: other tags than the original"
        if (text[:1].isspace(), text[-1:].isspace()) != (
            originals[0][:1].isspace(),
            originals[0][-1:].isspace(),
        ):
            yield f"{text!r}: begins or ends with a space where the original does not"


def _placeholders(text: str) -> list[str]:
    """The names in braces, with their format; a message without braces has none."""
    fields = string.Formatter().parse(text)
    return sorted({f"{name}:{form}" if form else name for _, name, form, _ in fields if name})


def _not_collectable() -> Iterator[str]:
    """Calls whose message is put together while the program runs, so that no catalog has it."""
    for path in sorted(SOURCES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            count = {"_": 1, "ngettext": 2}.get(node.func.id, 0)
            if any(isinstance(one, (ast.JoinedStr, ast.BinOp)) for one in node.args[:count]):
                yield f"{_short(path)}:{node.lineno}: the message must be one plain string"


def _updated(language: str, template: Catalog) -> Catalog:
    path = po_file(language)
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
        catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
    else:
        catalog = Catalog(locale=language)
        catalog.update(template, no_fuzzy_matching=True)
    catalog.fuzzy = False
    catalog.header_comment = ""
    catalog.creation_date = catalog.revision_date = _NO_DATE
    return catalog


def _po_text(catalog: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=100, include_lineno=False, ignore_obsolete=True)
    return _UNUSED_HEADERS.sub(b"", buffer.getvalue()).lstrip()


def _compiled(path: Path, catalog: Catalog) -> Iterator[tuple[Path, bytes]]:
    """The files that the program reads, with what is to stand in them."""
    from wizard.text import COMPLETE, FIRST

    first = Catalog(locale=catalog.locale, charset="utf-8", fuzzy=False, header_comment="")
    first.creation_date = first.revision_date = _NO_DATE
    for message in catalog:
        if message.id and {name for name, _line in message.locations} & {*FIRST_PAGE}:
            first[message.id] = message
    for name, part in ((COMPLETE, catalog), (FIRST, first)):
        buffer = io.BytesIO()
        write_mo(buffer, part)
        yield path.with_name(name), buffer.getvalue()


def _read(path: Path) -> bytes:
    """A text file's content; a checkout on Windows may have other line ends."""
    return path.read_bytes().replace(b"\r\n", b"\n") if path.exists() else b""


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _short(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
