"""conda's own account of why it ended: its JSON error object, or the errors among its output.

What conda prints beside it (the plan's tables, progress, the report on itself) names many packages
and says nothing of the failure, so it is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

_NAME = (
    r"[A-Z][A-Za-z]{2,60}?"
    r"(?:Error|Exception|Exit|Interrupt|NotFound|Channel|Denied|NotAllowed)"
)
#: ``CondaHTTPError: HTTP 404``, ``ruamel.yaml.parser.ParserError: while``; pip's ``ERROR:``.
_HEAD = re.compile(rf"(?:[\w.]{{1,80}}\.)?({_NAME}|ERROR): ?(.*)")
#: Errors that conda shows without a name: Python's own words, or their repr.
_BARE = re.compile(rf"({_NAME})\((['\"].*)\)|(\(['\"].*\))|(\[(?:Errno|WinError) \d+\] .*)")
_TABLE = re.compile(
    r"\s+\S+\s+(?:\S+\s+-->\s+)?\S+/\S+::\S+.*|\s+\S+\s+\|\s+\S.*|\s+-+(?:\|-+)?\s*"
    r"|\s+[+~-] \S+  .*"
)
_PROGRESS = re.compile(
    r"(?:Collecting package metadata|Solving environment|Downloading and Extracting Packages"
    r"|Preparing transaction|Verifying transaction|Executing transaction|Rolling back)\b.*"
    r"|\S+ +\| [^|]*\| [^|]*\|.*%.*|[$#] .*|#|\[exited .*"
    r"|Retrying \(Retry\(.*|Retrieving notices.*|Found conflicts!.*|This can take several minutes.*"
)
_REPORT = "ERROR REPORT"
_TRACEBACK = "Traceback (most recent call last):"
_FIELD = re.compile(r'^ {2}"(\w{1,40})": ("(?:[^"\\]|\\.)*")', re.MULTILINE)
_STATUS = re.compile(
    r"\bHTTP (?P<conda>\d{3}) (?P<words>[\w ]{0,40}?) ?for (?:url|channel [^<\n]{1,200})"
    r" ?<(?P<url>[^>\s]{1,500})"
    r"|\bHTTP error (?P<pip>\d{3}) while getting (?P<of>\S{1,500})"
    r"|\b(?P<requests>\d{3}) (?:Client|Server) Error: (?P<said>[\w ]{1,40})"
    r" for url: (?P<at>\S{1,500})"
)
_OLD_CHANNEL = re.compile(r"channel url: (\S{1,500})\s+error code: (\d{3})")
_ITEM = re.compile(r"^\s*- (.+?)\s*$", re.MULTILINE)
_MOST = 20
_WIDEST = 400
"""No row of a table is longer; a longer line is not tried against the patterns."""


@dataclass(frozen=True)
class Answer:
    """How a server answered, where that is the error."""

    status: int
    """Of HTTP; 0 where no answer came at all."""
    words: str
    url: str

    @property
    def is_package(self) -> bool:
        """Whether a package was asked for, not the index of a channel."""
        return self.url.split("#")[0].endswith((".conda", ".tar.bz2", ".whl"))


@dataclass(frozen=True)
class CondaError:
    """One error as conda told it."""

    name: str
    """The class, such as ``CondaHTTPError``; empty where it was not said."""
    message: str
    fields: Mapping[str, object] = field(default_factory=dict[str, object])
    """The JSON object's own; empty where text was printed."""

    @property
    def head(self) -> str:
        """The line that names it, for people who search for it."""
        line = " ".join(self.message.split("\n", 1)[0].split())
        said = line if line.startswith(f"{self.name}(") else f"{self.name}: {line}".lstrip(": ")
        # What is missing stands in lines of their own below the message.
        return " ".join([said, *self.items[:6]]) if line.endswith(":") else said

    @property
    def summary(self) -> str:
        """Conda's own, where it gives one."""
        guidance = self.fields.get("guidance")
        given = cast("dict[str, object]", guidance) if isinstance(guidance, dict) else {}
        return str(given.get("summary", ""))

    @property
    def items(self) -> tuple[str, ...]:
        """What its first list names."""
        listed = self.fields.get("packages")
        if isinstance(listed, list):
            return tuple(str(each) for each in cast("list[object]", listed))
        before = re.split(r"\n\s*\n(?!\s*- )", self.message, maxsplit=1)[0]
        return tuple(_ITEM.findall(before))

    @property
    def answer(self) -> Answer | None:
        """The server's, where it was one."""
        told = f"{self.message}\n{self.fields.get('caused_by', '')}"
        found, old = _STATUS.search(told), _OLD_CHANNEL.search(told)
        if found is not None:
            words = found["words"] or found["said"] or ""
            url = found["url"] or found["of"] or found["at"] or ""
            return Answer(int(found["conda"] or found["pip"] or found["requests"]), words, url)
        return Answer(int(old[2]), "", old[1]) if old else None


@dataclass(frozen=True)
class Account:
    """What an output says of the failure."""

    errors: tuple[CondaError, ...]
    rest: str
    """Every line that is neither an error nor known to say nothing of one."""
    traceback: str = ""
    """The frames of Python's tracebacks: where in conda it happened."""

    @property
    def text(self) -> str:
        """The error part, to be searched for what it means."""
        told = [
            f"{error.name}: {error.message}\n{error.fields.get('caused_by', '')}\n{error.summary}"
            for error in self.errors
        ]
        return "\n".join([*told, self.rest])

    @property
    def head(self) -> str:
        """The first error's own line, else the last line that says anything."""
        lines = [line.strip() for line in self.rest.splitlines() if line.strip(' {}[](),"')]
        return self.errors[0].head if self.errors else lines[-1] if lines else ""

    def named(self, *names: str) -> CondaError | None:
        return next((error for error in self.errors if error.name in names), None)

    @property
    def answer(self) -> Answer | None:
        return next((error.answer for error in self.errors if error.answer), None)


def read_account(output: str) -> Account:
    """Of standard output, standard error, or one after the other; never fails."""
    document, output = _document(output)
    frames = [str(document.get("traceback", ""))]
    blocks, rest = _blocks(output, frames)
    errors = [_of_document(document)] if document else []
    seen = {(error.name, error.head) for error in errors}
    for error in blocks:
        if (error.name, error.head) not in seen and len(errors) < _MOST:
            seen.add((error.name, error.head))
            errors.append(error)
    return Account(tuple(errors), rest, "\n".join(frames))


def _document(output: str) -> tuple[dict[str, object], str]:
    """The last JSON object that tells of an error, and the output without it."""
    for found in reversed(list(re.finditer(r"^\{", output, re.MULTILINE))[-_MOST:]):
        try:
            value, end = json.JSONDecoder().raw_decode(output, found.start())
        except (ValueError, RecursionError):
            # Cut off, or a line of it was too long to be kept: its fields one by one.
            end, value = len(output), _fields(output[found.start() :])
        if isinstance(value, dict) and "error" in value:
            return cast("dict[str, object]", value), output[: found.start()] + output[end:]
    return {}, output


def _fields(text: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in _FIELD.findall(text):
        try:
            found.setdefault(name, json.loads(value))
        except ValueError:
            continue
    return found


def _of_document(document: Mapping[str, object]) -> CondaError:
    name = str(document.get("exception_name", ""))
    message = str(document.get("message") or document["error"])
    return CondaError(name, message.removeprefix(f"{name}: "), document)


def _blocks(output: str, frames: list[str]) -> tuple[list[CondaError], str]:
    errors: list[CondaError] = []
    rest: list[str] = []
    block: list[str] | None = None
    for line in _telling(output, frames):
        start = _started(line)
        if start is not None:
            block = [start.message]
            errors.append(start)
        elif block is not None and len(block) < 60:
            block.append(line)
            errors[-1] = CondaError(errors[-1].name, "\n".join(block).rstrip())
        else:
            rest.append(line)
    return errors, "\n".join(rest)


def _started(line: str) -> CondaError | None:
    """The error that begins with a line."""
    head = _HEAD.fullmatch(line)
    if head is not None:
        return CondaError(head[1], head[2])
    bare = _BARE.fullmatch(line)
    if bare is None:
        return None
    return CondaError(bare[1] or "", bare[2] or bare[3] or bare[4])


def _telling(output: str, frames: list[str]) -> Iterator[str]:
    """The lines that may tell of an error; those of tracebacks go to ``frames``."""
    in_plan, in_report, error_comes = False, False, False
    for line, is_error in _behind_tracebacks(output, frames):
        in_report = in_report or _REPORT in line
        if in_report:
            error_comes = is_error or (error_comes and line != "")
            if error_comes:
                yield line
        elif line == "## Package Plan ##":
            in_plan = True
        elif in_plan and (not line or line[0] == " " or line.startswith("The following")):
            continue
        elif len(line) > _WIDEST or not (_PROGRESS.fullmatch(line) or _TABLE.fullmatch(line)):
            in_plan = False
            yield line


def _behind_tracebacks(output: str, frames: list[str]) -> Iterator[tuple[str, bool]]:
    """All other lines, and whether one names the error behind a traceback."""
    traceback = -1
    for raw in output.replace("\r", "\n").split("\n"):
        line = raw.rstrip()
        indent = len(line) - len(line.lstrip())
        if line.lstrip() == _TRACEBACK:
            traceback = indent
        elif traceback >= 0 and (not line or indent > traceback):
            frames.append(line)
        else:
            is_error, traceback = traceback >= 0, -1
            yield (line.lstrip() if is_error else line), is_error
