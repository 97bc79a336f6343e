"""The words of an installation: its questions, how far it is, and what state it left."""

from __future__ import annotations

from wizard.installation.values import (
    Condition,
    Ended,
    Forecast,
    ItemId,
    Phase,
    Plan,
    Preflight,
    Progress,
    StepStarted,
)
from wizard.text import _, ngettext, number

_MB, _GB = 10**6, 10**9  # as conda, pip and the shops count


def size(count: int) -> str:
    """Bytes as a person reads them: 470 B, 1.4 MB, 2.9 GB."""
    if count >= _GB:
        return _("{size} GB").format(size=number(count / _GB, 0 if count >= 100 * _GB else 1))
    if count >= 100_000:
        return _("{size} MB").format(size=number(count / _MB, 0 if count >= 100 * _MB else 1))
    if count >= 1000:
        return _("{size} KB").format(size=number(count / 1000, 0 if count >= 10_000 else 1))
    return _("{size} B").format(size=number(count, 0))


def duration(seconds: float) -> str:
    """About how long, without false precision: 40 s, 3 min, 1 h 20 min."""
    if seconds < 50:
        return _("{count} s").format(count=max(5, round(seconds / 5) * 5))
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return _("{count} min").format(count=minutes)
    hours, rest = divmod(minutes, 60)
    return _("{hours} h {minutes} min").format(hours=hours, minutes=rest)


def item_title(item: ItemId) -> str:
    """What a question of the preflight is about."""
    return {
        "program": _("The program that installs"),
        "environment": _("The environment"),
        "running": _("Other installations"),
        "connection": _("Connection"),
        "changes": _("What would be installed"),
        "disk": _("Room on the disk"),
        "permission": _("Right to write"),
        "path": _("Folder names"),
    }[item]


def phase_title(phase: Phase) -> str:
    return {
        "preparing": _("Finding out which packages fit together…"),
        "downloading": _("Downloading"),
        "unpacking": _("Unpacking"),
        "linking": _("Putting the packages into the environment"),
        "waiting": _("Waiting for the next try"),
    }[phase]


def step_text(started: StepStarted) -> str:
    """Which step of how many it is."""
    return _("Step {place} of {count}: {title}").format(
        place=started.index + 1, count=started.count, title=started.step.title
    )


def progress_text(progress: Progress) -> str:
    """The line below the bar, such as ``1.8 / 2.9 GB · 12 MB/s · about 3 min left``."""
    parts: list[str] = []
    if progress.phase == "waiting":
        if progress.total:
            parts.append(f"{size(progress.done)} / {size(progress.total)}")
        if progress.seconds_left is not None:
            parts.append(
                _("try {count} in {time}").format(
                    count=progress.tries, time=duration(progress.seconds_left)
                )
            )
        return " · ".join(parts)
    if progress.phase == "downloading":
        if progress.total is None:
            parts.append(size(progress.done) if progress.done else "")
        else:
            parts.append(f"{size(progress.done)} / {size(progress.total)}")
        if progress.bytes_per_second:
            speed = size(int(progress.bytes_per_second))
            parts.append(_("{size} a second").format(size=speed))
        if progress.seconds_left is not None:
            left = duration(progress.seconds_left)
            parts.append(_("about {time} left").format(time=left))
        if progress.tries > 1:
            parts.append(_("try {count}").format(count=progress.tries))
    elif progress.total:
        parts.append(
            ngettext(
                "{done} of {total} package", "{done} of {total} packages", progress.total
            ).format(done=progress.done, total=progress.total)
        )
    return " · ".join(part for part in parts if part)


def preflight_summary(preflight: Preflight) -> str:
    """What it comes to in one line: how much to download, and what becomes of what is there."""
    forecast = preflight.forecast
    if forecast is None:
        return _("Nothing has been changed yet.")
    if forecast.nothing_to_do:
        return _("Everything that this command installs is there already.")
    parts = [download_text(forecast)]
    if preflight.disk_bytes:
        parts.append(_("about {size} on the disk").format(size=size(preflight.disk_bytes)))
    count = len(forecast.changes)
    if count:
        parts.append(
            ngettext(
                "{count} package that is there changes",
                "{count} packages that are there change",
                count,
            ).format(count=count)
        )
    elif not preflight.plan.creates:
        parts.append(_("what is there stays as it is"))
    return " · ".join(parts)


def download_text(forecast: Forecast) -> str:
    count = len(forecast.packages)
    packages = ngettext("{count} package", "{count} packages", count).format(count=count)
    known = forecast.download_bytes
    if known is None:
        return _("{packages}, size not known").format(packages=packages)
    if known == 0:
        return _("{packages}, nothing to download").format(packages=packages)
    words = _("{packages}, {size} to download").format(
        packages=packages, size=size(max(0, known - forecast.begun_bytes))
    )
    if forecast.begun_bytes:
        words += " · " + _("{size} already downloaded").format(size=size(forecast.begun_bytes))
    return words


def left_sentence(ended: Ended | None) -> str:
    """How an earlier installation came to be unfinished."""
    if ended == "cancelled":
        return _("You stopped the last installation.")
    if ended == "failed":
        return _("The last installation did not succeed.")
    return _("The last installation was cut off: the wizard or the computer ended.")


def deleting_sentence(plan: Plan) -> str:
    """What goes before something half made can be made anew."""
    return _("Deleting removes only the folder that this wizard began: {folder}").format(
        folder=plan.prefix
    )


def removal_sentence(folder: str, files: int, count: int) -> str:
    """What deleting takes away; ``count`` in bytes."""
    return _("{folder}: {files}, {size}. You can't undo this.").format(
        folder=folder,
        files=ngettext("{count} file", "{count} files", files).format(count=files),
        size=size(count),
    )


def condition_sentence(condition: Condition, plan: Plan) -> str:
    """What state the environment is in, and what that means for the user."""
    name = plan.name
    if condition.state == "absent":
        return _("The environment {name} is not there; nothing was left behind.").format(name=name)
    if condition.state == "half_made":
        return _("The environment {name} is half made and cannot be used as it is.").format(
            name=name
        )
    if condition.state == "without_torch":
        return _(
            "The environment {name} is in order, with Python {python}, but PyTorch is not in it."
        ).format(name=name, python=condition.python or "?")
    if condition.state == "damaged":
        return _("The environment {name} is damaged: files of {packages} are missing.").format(
            name=name, packages=", ".join(condition.missing[:3]) or "?"
        )
    return _("The environment {name} is in order, with PyTorch {torch}.").format(
        name=name, torch=condition.torch or "?"
    )


def place_text(file: str, line: int | None, until: int | None = None) -> str:
    """Where a setting stands: a file and its line or lines; a variable's name alone."""
    if not line:
        return file
    if until is not None:
        return _("{file}, lines {first} to {last}").format(file=file, first=line, last=until)
    return _("{file}, line {line}").format(file=file, line=line)
