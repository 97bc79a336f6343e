"""What a story without an error's name is most like: the examples of the causes, by their words.

People often tell in their own words what happened. No signal can know all of them, but most such
stories share rare words with one that is known. This is a guess, and is said to be one; it is made
only of prose that complains, never of a log, and only where nothing was recognised.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from wizard.paths import resource_folder

_HEALTHY = ""
_NEIGHBOURS = 7
_LEAST, _LEAD = 0.3, 1.6
"""The similarity that counts, and how far it has to be ahead of the next cause's."""
_LEAST_KNOWN = 6
"""Words that the memory has to know of a story, and half of all."""
_CAUTION = 1.5
"""Times that a healthy neighbour counts: a wrong guess is worse than none."""
_MOST_WORDS, _MOST_CHARACTERS = 220, 2500
_PLAIN_SHARE = 0.55
"""Of a story's words, those that are words and no code, numbers or paths."""

_WORDS = re.compile(r"[^\W\d_]{2,}|\d+(?:\.\d+)*")
_PLAIN = re.compile(r"[^\W\d_]+(?:'[a-z]+)?[.,;:!?']?")
_SOMEBODY = re.compile(
    r"(?<![\w./\\-])(?:i|i'm|i've|my|me|we|you|your|please|how|why|what|when|after|but|because"
    r"|still|even|tried|try|want|need|help|instead|я|мне|почему|как|ben|benim|bende|neden|nasıl"
    r"|mən|məndə|niyə|necə)(?![\w./\\-])|[?？我请]",
    re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"error|fail|can't|can ?not|couldn't|could not|unable|not found|n't\b|false|problem|issue|wrong"
    r"|crash|stuck|why|blocked|missing|refus|denied|no such|invalid|incompatib|\bnot?\b|no longer"
    r"|only|need|\bне\b|\bнет\b|ошибк|hata|xəta|işləm|çalışm|\byox\b|\byok\b|不|无法|erreur|fehler",
    re.IGNORECASE,
)
_FINE = re.compile(
    r"successfully installed|\bepoch|\bloss[ =:]|\btrue\b|already satisfied|already installed"
    r"|\bdone\b|works? (?:fine|now|great)|\bpassed\b|100 ?%|\bit/s|thank you",
    re.IGNORECASE,
)


def most_like(text: str) -> str | None:
    """The code of the cause whose known stories are most like this one; None where none is."""
    return _memory().ask(text) if is_complaint(text) else None


def is_complaint(text: str) -> bool:
    """Whether somebody tells of trouble in words, and not a program in lines."""
    if len(text) > _MOST_CHARACTERS:
        return False
    words = text.split()
    plain = sum(_PLAIN.fullmatch(word) is not None for word in words)
    if not words or len(words) > _MOST_WORDS or plain < _PLAIN_SHARE * len(words):
        return False
    return bool(_SOMEBODY.search(text) and _TROUBLE.search(text) and not _FINE.search(text))


class Story(NamedTuple):
    """A text and the codes that are right for it; none: it is healthy."""

    text: str
    codes: tuple[str, ...]


class Memory:
    """Stories and their codes; a new one is compared with each by the words they share."""

    def __init__(self, stories: Iterable[Story]) -> None:
        known = [(_terms(story.text), next(iter(story.codes), _HEALTHY)) for story in stories]
        counts = Counter(term for terms, _code in known for term in terms)
        self._weights = {term: math.log(len(known) / count) for term, count in counts.items()}
        self._codes = [code for _terms_of_it, code in known]
        self._lengths = [self._length(terms) for terms, _code in known]
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for place, (terms, _code) in enumerate(known):
            for term in terms:
                self._places[term].append(place)

    def ask(self, text: str, *, without: int | None = None) -> str | None:
        """The code that the nearest stories agree on; ``without`` leaves one of them out."""
        words = set(_WORDS.findall(text.lower()))
        known = sum(word in self._weights for word in words)
        if known < _LEAST_KNOWN or 2 * known < len(words):
            return None  # another language, or another subject
        terms = {term for term in _terms(text) if term in self._weights}
        length = self._length(terms)
        shared: Counter[int] = Counter()
        for term in terms:
            for place in self._places[term]:
                shared[place] += self._weights[term] ** 2  # type: ignore[assignment]
        near = sorted(
            ((weight / length / self._lengths[place], place) for place, weight in shared.items()),
            reverse=True,
        )
        votes: defaultdict[str, float] = defaultdict(float)
        for similarity, place in [each for each in near if each[1] != without][:_NEIGHBOURS]:
            code = self._codes[place]
            votes[code] += similarity * (_CAUTION if code == _HEALTHY else 1)
        ranking = sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))
        if not ranking:
            return None
        code, first = ranking[0]
        second = ranking[1][1] if len(ranking) > 1 else 0.0
        return code if code and first >= _LEAST and first >= _LEAD * second else None

    def _length(self, terms: set[str]) -> float:
        return math.sqrt(sum(self._weights[term] ** 2 for term in terms)) or 1.0


def known_stories() -> list[Story]:
    """The examples of every cause, and the reports beside them."""
    folder = resource_folder("causes")
    stories: list[Story] = []
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text("utf-8"))
        texts = [each["text"] for each in data["examples"] if each.get("text")]
        stories += [Story(text, (data["code"],)) for text in texts]
    for line in (folder / "reports.jsonl").read_text("utf-8").splitlines():
        report = json.loads(line)
        stories.append(Story(report["text"], tuple(report["codes"])))
    return stories


@lru_cache(maxsize=1)
def _memory() -> Memory:
    return Memory(known_stories())


def _terms(text: str) -> set[str]:
    """Words and pairs of neighbours, lower case."""
    words = _WORDS.findall(text.lower())
    return {*words, *(f"{first} {second}" for first, second in pairwise(words))}
