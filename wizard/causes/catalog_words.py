"""Facts of the catalog that causes name: ``@name`` in a condition, ``{name}`` in a sentence."""

from __future__ import annotations

from wizard.advice import catalog, versions
from wizard.advice.versions import Version

NAMES = frozenset(
    {
        *("oldest_card", "newest_cuda", "newest_cuda_card", "older_cuda", "older_torch"),
        *("new_card_torch", "new_card_cuda", "channel_end", "new_python"),
    }
)


def versions_by_name() -> dict[str, Version]:
    """What the names stand for.

    Raises:
        CatalogError: the program's own catalog is damaged.
    """
    facts = catalog.load()
    oldest = facts.widest[0]
    newest = facts.newest_generation
    pinned = [build for build in facts.pip if build.certain and _holds(build.kernels, oldest)]
    return {
        "oldest_card": oldest,
        "newest_cuda": (facts.newest_cuda,),
        "newest_cuda_card": facts.first_kernel(facts.newest_cuda) or oldest,
        "older_cuda": facts.cudas_with(oldest)[:1],
        "older_torch": facts.releases[pinned[0].release].number[:2],
        "new_card_torch": versions.parse(newest.first_torch or ""),
        "new_card_cuda": versions.parse(newest.first_cuda or ""),
        "channel_end": versions.parse(facts.channel[0].version),
        "new_python": versions.parse(facts.new_python),
    }


def _holds(kernels: str, card: versions.Capability) -> bool:
    return versions.covers(versions.kernels(kernels), card)


def resolved(value: object) -> object:
    """The version that a condition's ``@name`` stands for; any other value as it is."""
    if isinstance(value, str) and value.startswith("@"):
        return versions_by_name()[value[1:]]
    return value


def filled(sentence: str) -> str:
    """A sentence with the catalog's facts in their places."""
    if "{" not in sentence:
        return sentence
    for name, version in versions_by_name().items():
        sentence = sentence.replace("{" + name + "}", versions.spelled(version))
    return sentence
