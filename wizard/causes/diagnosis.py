"""From a text and evidence to the causes, the root first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from wizard.advice.catalog import CatalogError
from wizard.advice.command import spell
from wizard.advice.finding import Finding
from wizard.advice.recommend import recommend
from wizard.causes.catalog_words import filled
from wizard.causes.conditions import all_hold, holds, stands
from wizard.causes.facts import Facts
from wizard.causes.gathering import gather
from wizard.causes.given import said_in
from wizard.causes.knowledge import Cause, Condition, load
from wizard.causes.likeness import most_like
from wizard.causes.pasted import Pasted
from wizard.detection.machine import MachineError, machine_from_json
from wizard.text import _, from_data

ENOUGH = 5
"""The score from which a cause is named."""
_SEEN, _LIKELY = 10, 6
"""The scores of conditions that hold."""
_UNMISTAKABLE = 9
_TOPIC = frozenset({"cuda", "gpu", "gpus", "nvidia", "driver", "torch", "pytorch"})
_TROUBLE = frozenset(
    {"false", "none", "assertionerror", "runtimeerror", "unavailable", "undetected"}
)
_FEW_WORDS = 6
_HARDWARE = frozenset(
    {
        *("nvidia", "amd", "intel", "gpus", "no_nvidia_card", "only_amd", "only_intel"),
        *("driver_there", "driver", "capability", "system"),
    }
)
_MOST = 4
"""Findings; more than that helps nobody."""


@dataclass(frozen=True)
class Diagnosis:
    findings: tuple[Finding, ...]
    """The root cause first; empty where nothing was recognised."""
    facts: Facts
    """What could be read all the same."""


@dataclass(frozen=True)
class Match:
    """A cause that was recognised and how surely."""

    cause: Cause
    score: float


def diagnose(
    text: str,
    system: str | None = None,
    evidence: Mapping[str, object] | None = None,
    *,
    guess: bool = True,
    said_only: bool = False,
    without: frozenset[str] = frozenset(),
) -> Diagnosis:
    """The causes in a pasted text of any size and form; evidence outranks it.

    Where nothing is recognised, a story in somebody's own words may be like a known one; that is
    said to be a guess. ``guess=False`` leaves that out. With ``said_only``, evidence excludes
    causes but is none by itself. ``without``: codes that cannot be.

    Raises:
        KnowledgeError: the program's own causes are damaged.
    """
    pasted = Pasted("\n".join([text, *said_in(evidence or {})]))
    facts = gather(pasted, system, evidence)
    commands = _Commands(evidence)
    found = tuple(
        commands.added(finding_of(match.cause, facts), match.cause)
        for match in ranked(pasted, facts, said_only=said_only, without=without)
    )
    if not found and guess and (cause := _guessed(text, facts)) is not None:
        finding = finding_of(cause, facts)
        words = _("No known error stands in this text; by its words it is most likely this.")
        found = (commands.added(replace(finding, why=f"{words} {finding.why}"), cause),)
    return Diagnosis(found, facts)


def _guessed(text: str, facts: Facts) -> Cause | None:
    """What the story is most like, where nothing that is known speaks against it."""
    code = most_like(text)
    cause = None if code is None else load().get(code)
    if cause is None or any(holds(condition, facts) for condition in cause.unless):
        return None
    elsewhere = cause.systems and facts.system is not None and facts.system not in cause.systems
    return None if elsewhere else cause


class _Commands:
    """The commands for the machine that the evidence describes, where it describes one."""

    def __init__(self, evidence: Mapping[str, object] | None) -> None:
        self._evidence = evidence

    def added(self, finding: Finding, cause: Cause) -> Finding:
        """With what installs PyTorch there, where that is what helps."""
        if cause.install == "no" or finding.commands or self._evidence is None:
            return finding
        try:
            steps = recommend(machine_from_json(dict(self._evidence))).steps
        except (MachineError, CatalogError):
            return finding  # parts of a machine are evidence, too
        return replace(finding, commands=tuple(step.text for step in steps))


def ranked(
    pasted: Pasted,
    facts: Facts,
    *,
    said_only: bool = False,
    without: frozenset[str] = frozenset(),
) -> list[Match]:
    """The causes that are recognised, the root first; see `diagnose`."""
    found = [
        Match(cause, score)
        for cause in load().values()
        if cause.code not in without
        and (score := score_of(cause, pasted, facts, said_only=said_only)) >= ENOUGH
    ]
    sure = {
        code
        for match in found
        if match.score >= _UNMISTAKABLE
        for code in match.cause.hides_when_sure
    }
    found = [match for match in found if match.cause.code not in sure]
    found.sort(key=lambda match: (-(match.score + match.cause.root), match.cause.code))
    hidden = _explained(found)
    shown = [match for match in found if match.cause.code not in hidden]
    exact = [match for match in shown if not match.cause.general]
    return exact[:_MOST] or shown[:1]


def _explained(found: list[Match]) -> set[str]:
    """What need not be said beside the rest; of two that explain each other, the later one."""
    hides = {match.cause.code: set(match.cause.hides) for match in found}
    earlier: set[str] = set()
    explained: set[str] = set()
    for code, others in hides.items():
        explained |= {
            other
            for other in others & set(hides)
            if not (other in earlier and code in hides[other])
        }
        earlier.add(code)
    return explained


def score_of(cause: Cause, pasted: Pasted, facts: Facts, *, said_only: bool = False) -> float:
    """0 where it is excluded or not recognised."""
    if any(holds(condition, facts) for condition in cause.unless):
        return 0
    scores = sorted(
        (signal.score for signal in cause.signals if stands(signal, pasted, facts)), reverse=True
    )
    if cause.systems and facts.system is not None and facts.system not in cause.systems:
        # Said of another system: only a text that can be of no other outweighs that.
        return scores[0] if scores and scores[0] >= _UNMISTAKABLE else 0
    noticed = cause.code in facts.problems and facts.observed.get("ending", "done") == "done"
    held = [conditions for conditions in cause.when if all_hold(conditions, facts)]
    if (noticed or held) and (scores or not said_only):
        # Beside a pasted text, a fact that the text does not speak of is only a likely reason.
        spoken_of = bool(scores) or bool(facts.observed) or not pasted.vocabulary
        if spoken_of or noticed or _is_topic(pasted) or not all(map(_of_hardware, held)):
            scores.insert(0, _SEEN if spoken_of else _LIKELY)
    if not scores:
        return 0
    # More signs of the same make it surer, never as sure as a better sign.
    return scores[0] + min(0.9, 0.3 * (len(scores) - 1))


def _of_hardware(conditions: tuple[Condition, ...]) -> bool:
    """Whether they tell only what the computer is: no fault by itself."""
    return all(condition.fact in _HARDWARE for condition in conditions)


def _is_topic(pasted: Pasted) -> bool:
    """Whether a text asks why the GPU is not used."""
    words = pasted.vocabulary
    return len(words) <= _FEW_WORDS or bool(words & _TOPIC and words & _TROUBLE)


def finding_of(cause: Cause, facts: Facts) -> Finding:
    """The cause in the language in use, with the values of this computer."""
    values = facts.values()
    told = next((t for t in cause.told if all(name in values for name in t.facts)), None)
    why = filled(from_data(cause.why))
    if told is not None:
        why = f"{why} {from_data(told.text).format(**values)}"
    elif "said" in values:
        why = f"{why} " + _("It said: {line}").format(line=values["said"])
    steps = tuple(filled(from_data(step)) for step in cause.fix)
    return Finding(
        cause.code,
        from_data(cause.title),
        why,
        " ".join(steps),
        tuple(spell(argv) for argv in cause.commands),
        cause.source,
        steps if len(steps) > 1 else (),
        installs=cause.install != "no",
    )
