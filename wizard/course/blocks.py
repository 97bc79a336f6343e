"""A text for students as blocks, written out as HTML or as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Heading:
    level: int
    """1 to 4."""
    words: str


@dataclass(frozen=True)
class Paragraph:
    words: str
    note: bool = False
    """Set apart, as a remark."""


@dataclass(frozen=True)
class Items:
    words: tuple[str, ...]
    numbered: bool = True


@dataclass(frozen=True)
class Code:
    text: str
    language: str = "bash"


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """A cell that begins and ends with a backtick is code."""


@dataclass(frozen=True)
class Illustration:
    file: str
    """Beside the page, with ``/`` between its parts."""
    caption: str


@dataclass(frozen=True)
class Link:
    words: str
    address: str


Block = Heading | Paragraph | Items | Code | Table | Illustration | Link


def as_html(blocks: Iterable[Block]) -> str:
    """The body of a page."""
    return "\n".join(_html(block) for block in blocks)


def as_markdown(blocks: Iterable[Block]) -> str:
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def _html(block: Block) -> str:
    match block:
        case Heading(level, words):
            return f"<h{level}>{escape(words)}</h{level}>"
        case Paragraph(words, note):
            body = f"<p>{escape(words)}</p>"
            return f'<section class="card warning">{body}</section>' if note else body
        case Items(words, numbered):
            kind = "ol" if numbered else "ul"
            return f"<{kind}>" + "".join(f"<li>{escape(w)}</li>" for w in words) + f"</{kind}>"
        case Code(text):
            return f"<pre>{escape(text)}</pre>"
        case Table(head, rows):
            top = "".join(f"<th>{escape(words)}</th>" for words in head)
            body = "".join(
                "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>"
                for row in rows
            )
            return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
        case Illustration(file, caption):
            shown = escape(caption, quote=True)
            return (
                f'<figure><img src="{escape(file, quote=True)}" alt="{shown}">'
                f"<figcaption>{escape(caption)}</figcaption></figure>"
            )
        case Link(words, address):
            return f'<p><a href="{escape(address, quote=True)}">{escape(words)}</a></p>'


def _cell(cell: str) -> str:
    if len(cell) > 2 and cell[0] == cell[-1] == "`":
        return f"<code>{escape(cell[1:-1])}</code>"
    return escape(cell)


def _markdown(block: Block) -> str:
    match block:
        case Heading(level, words):
            return f"{'#' * level} {_plain(words)}"
        case Paragraph(words, note):
            return ("> " if note else "") + _plain(words)
        case Items(words, numbered):
            return "\n".join(
                f"{f'{place}.' if numbered else '-'} {_plain(each)}"
                for place, each in enumerate(words, start=1)
            )
        case Code(text, language):
            return f"```{language}\n{text}\n```"
        case Table(head, rows):
            lines = [head, tuple(":---" for _each in head), *rows]
            return "\n".join(
                "| " + " | ".join(_in_table(cell) for cell in row) + " |" for row in lines
            )
        case Illustration(file, caption):
            return f"![{_plain(caption)}]({file})"
        case Link(words, address):
            return f"[{_plain(words)}]({address})"


def _in_table(cell: str) -> str:
    if len(cell) > 2 and cell[0] == cell[-1] == "`":
        return cell.replace("|", "\\|")
    return cell if cell.startswith(":-") else _plain(cell).replace("|", "\\|")


#: What Markdown would take for its own: names such as llm_50gun and torch.__version__ stay as is.
_SIGNS = re.compile(r"([\\`*_\[\]<>])")


def _plain(words: str) -> str:
    return _SIGNS.sub(r"\\\1", words)
