"""Pasted text made comparable: whatever its size, quotes, wrapping, colours or code page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

MAX_CHARACTERS = 16 * 2**20
"""More is cut in the middle: errors stand at the beginning or at the end of a log."""

_ANSI = re.compile(r"\x1b(?:\[[0-9;?]{0,16}[@-~]|[()][A-Z0-9]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\))")
#: Everything that is no letter or digit separates words; what is left of a sentence is its words.
_SEPARATORS = {code: " " for code in range(0x80) if not chr(code).isalnum()} | {
    ord(sign): " "
    for sign in "\u00a0\u00ab\u00bb\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2022"
    "\u2026\u3002\uff0c\uff1a\uff1b\u3001\uff08\uff09\u300c\u300d\ufffd\u200b\ufeff\u2500\u2502\u250c\u2510\u2514"
    "\u2518\u251c\u2524\u252c\u2534\u253c\u2550\u2551\u00b4"
}


_WORD = re.compile(f"[^{re.escape(''.join(map(chr, _SEPARATORS)))}\\s]+")
_LEAST_WIDTH = 40
"""Shorter lines end where somebody wanted it, not at the edge of a window."""
_LONGEST = 200
_MOST_JOINED = 2000
_PIECE, _PIECE_WORDS = 100_000, 15_000
"""Characters and words that are worked on at a time; a few milliseconds each."""

#: Scripts that write words without spaces; an error's name among them is still a word.
_UNSPACED = re.compile("([\u2e80-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]+)")


@dataclass(frozen=True)
class Pasted:
    """A text and its words, lower case, separated by single spaces.

    Line breaks, quotes, table borders, colours and punctuation are all just separators, so a
    sentence is found however it was wrapped or decorated.
    """

    text: str

    @cached_property
    def plain(self) -> str:
        """The text without terminal colours, at most `MAX_CHARACTERS` of it."""
        text = self.text
        if len(text) > MAX_CHARACTERS:
            half = MAX_CHARACTERS // 2
            text = text[:half] + "\n" + text[-half:]
        if "\x1b" in text:
            text = _ANSI.sub("", text)
        if text.isascii():
            return text
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", text)
        return _UNSPACED.sub(lambda found: f" {found[1]} ", text)

    @cached_property
    def words(self) -> str:
        """With a space at both ends, so that ``" word "`` finds whole words only."""
        return f" {' '.join(self._parts)} "

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        return _set_of(self._parts)

    @cached_property
    def _pairs(self) -> frozenset[tuple[str, str]]:
        """Neighbouring words: whether a phrase is there is seldom worth a search of it all."""
        return _pairs_of(self._parts)

    @cached_property
    def _found(self) -> dict[str, bool]:
        """Phrases that were looked for: many causes ask for the same."""
        return {}

    @cached_property
    def _parts(self) -> list[str]:
        # "İ".lower() has two characters; casefold of "ß" too: neither stands in an error's words.
        return self._own_parts + _words_of(" ".join(_unwrapped(self.plain)))

    @cached_property
    def _own_parts(self) -> list[str]:
        return _words_of(self.plain)

    @cached_property
    def _end(self) -> int:
        """Where the text ends and the lines that were put together begin."""
        return sum(map(len, self._own_parts)) + len(self._own_parts) + 1

    def has(self, phrase: str) -> bool:
        """Whether the phrase's words stand there in this order; see `as_words`."""
        known = self._found.get(phrase)
        if known is None:
            known = self._found[phrase] = self._stands(phrase)
        return known

    def _stands(self, phrase: str) -> bool:
        words = phrase.split()
        if not self.vocabulary.issuperset(words):
            return False
        if not self._pairs.issuperset(pairwise(words)):
            return False
        return len(words) <= 2 or f" {phrase} " in self.words

    def last(self, phrase: str) -> int:
        """Where it stands last among the words of the text; -1 where it does not."""
        return self.words.rfind(f" {phrase} ", 0, self._end) if self.has(phrase) else -1

    def windows(self, phrase: str, reach: int) -> list[str]:
        """The words around each place of a phrase, ``reach`` characters to both sides."""
        if not self.has(phrase):
            return []
        found: list[str] = []
        at = self.words.find(f" {phrase} ")
        while at >= 0 and len(found) < 20:
            found.append(self.words[max(0, at - reach) : at + len(phrase) + 2 + reach])
            at = self.words.find(f" {phrase} ", at + len(phrase))
        return found


def _words_of(text: str) -> list[str]:
    words: list[str] = []
    for piece in _pieces(text):
        piece = piece.lower()
        # Each way is the quicker one for its kind of text; both give the same.
        words += piece.translate(_SEPARATORS).split() if piece.isascii() else _WORD.findall(piece)
    return words


def _pieces(text: str) -> Iterator[str]:
    """The text, cut between words: Python lets no other thread run within one call."""
    begin = 0
    while len(text) - begin > _PIECE:
        ends = [text.find(space, begin + _PIECE) for space in (" ", "\n")]
        end = min((each for each in ends if each >= 0), default=len(text))
        yield text[begin:end]
        begin = end
    yield text[begin:]


def _set_of(words: list[str]) -> frozenset[str]:
    found: set[str] = set()
    for begin in range(0, len(words), _PIECE_WORDS):
        found.update(words[begin : begin + _PIECE_WORDS])
    return frozenset(found)


def _pairs_of(words: list[str]) -> frozenset[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for begin in range(0, len(words), _PIECE_WORDS):
        found.update(pairwise(words[begin : begin + _PIECE_WORDS + 1]))
    return frozenset(found)


def _unwrapped(text: str) -> list[str]:
    """Lines that a console may have broken within a word, put together again.

    They are searched beside the text as it is, so that a line that really ended there loses
    nothing.
    """
    if "\n" not in text:
        return []
    joined: list[str] = []
    lines = text.split("\n")
    before, goes_on = "", False
    for line in map(str.rstrip, lines):
        if goes_on and line[:1].isalnum():
            if len(joined) >= _MOST_JOINED:
                break
            joined.append(f" {before[-_LONGEST:]}{line[:_LONGEST]}")
        before = line
        goes_on = len(line) >= _LEAST_WIDTH and line[-1].isalnum()
    return joined


def as_words(text: str) -> str:
    """A phrase as `Pasted` is searched for it: ``[WinError 126]`` is ``winerror 126``."""
    return " ".join(Pasted(text)._parts)
