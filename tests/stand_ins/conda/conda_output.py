"""What conda prints in plain mode, line for line as in the recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from conda_layout import Package, dist, subdir


def say(text: str, end: str = "\n") -> None:
    print(text, end=end, flush=True)


def human(size: int) -> str:
    if size >= 2**30:
        return f"{size / 2**30:.2f} GB"
    if size >= 2**20:
        return f"{size / 2**20:.1f} MB"
    return f"{size / 2**10:.0f} KB" if size >= 2**10 else f"{size} B"


def print_plan(
    prefix: Path,
    specs: Sequence[str],
    fetch: Sequence[Package],
    unlink: Sequence[Package],
    link: Sequence[Package],
    removing: bool = False,
) -> None:
    say(f"\n## Package Plan ##\n\n  environment location: {prefix}\n")
    if specs:
        say("  removed specs:" if removing else "  added / updated specs:")
        say("".join(f"    - {spec}\n" for spec in sorted(specs)))
    if fetch:
        say("\nThe following packages will be downloaded:\n")
        say("    package                    |            build\n    " + "-" * 27 + "|" + "-" * 17)
        for package in sorted(fetch, key=dist):
            name = f"{package['name']}-{package['version']}"
            size = human(package["size"])
            say(f"    {name:27}|{package['build']:>17} {size:>14}  conda-forge")
        say("    " + "-" * 60)
        say(f"    {'Total:':>45} {human(sum(p['size'] for p in fetch)):>14}\n")
    before = {package["name"]: package for package in unlink}
    after = {package["name"]: package for package in link}
    _section("The following NEW packages will be INSTALLED:", [
        f"  {name:18} {_where(package)} " for name, package in after.items() if name not in before
    ])  # fmt: skip
    _section("The following packages will be REMOVED:", [
        f"  {name}-{package['version']}-{package['build']}"
        for name, package in before.items() if name not in after
    ])  # fmt: skip
    both = [(before[name], after[name]) for name in before if name in after]
    for title, up in (("UPDATED", True), ("DOWNGRADED", False)):
        _section(f"The following packages will be {title}:", [
            f"  {old['name']:18} {_spelled(old)} --> {_spelled(new)} "
            for old, new in both if (_number(old) <= _number(new)) is up
        ])  # fmt: skip
    say("\n")


def _section(title: str, lines: Sequence[str]) -> None:
    if lines:
        say(f"{title}\n")
        say("\n".join(sorted(lines)) + "\n")


def _where(package: Package) -> str:
    return f"conda-forge/{subdir(package)}::{dist(package)}"


def _spelled(package: Package) -> str:
    return f"{package['version']}-{package['build']}"


def _number(package: Package) -> list[int]:
    return [int(part) for part in str(package["version"]).split(".") if part.isdigit()]
