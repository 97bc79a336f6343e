"""A whole set of pictures: languages, themes and machines, one file each, and a contact sheet."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.advice.recommend import recommend
from wizard.course.played import Show, load_show
from wizard.course.scenes import Scene, fits, scenes
from wizard.detection.description import load_machine
from wizard.paths import APP_NAME, resource_folder
from wizard.the_course import COURSE_DAY

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from wizard.widgets.theme import Scheme

COURSE_MACHINE = "t4-windows"
"""The sample whose pictures the course shows: it speaks of a T4."""


@dataclass(frozen=True)
class Wanted:
    """What pictures are asked for."""

    out: Path
    languages: tuple[str, ...]
    themes: tuple[Scheme, ...]
    machines: tuple[Path, ...] = ()
    """Machine files; none: the course's machine, and the sample that suits a state best."""
    scale: float = 1.0
    callouts: bool = False
    only: frozenset[str] = frozenset()
    """Ids of scenes; empty: all."""


@dataclass(frozen=True)
class Taken:
    """A picture that was written."""

    file: str
    """Below the folder, with ``/`` between its parts."""
    language: str
    theme: str
    caption: str
    machine: str
    recorded: bool
    legend: tuple[str, ...] = ()
    width: int = 0
    """In device-independent pixels."""


def take(wanted: Wanted) -> Iterator[Taken]:
    """Write every picture; each is told of when it is there.

    Raises:
        MachineError: a machine file cannot be read.
        OSError: a picture cannot be written.
    """
    from wizard.course.callouts import marks, with_marks
    from wizard.course.pictures import Photographer, save

    chosen = tuple(_chosen(wanted))
    photographer = Photographer(application(), wanted.scale)
    for language in wanted.languages:
        for theme in wanted.themes:
            where = f"day-{COURSE_DAY:02d}/{language}/{theme}/"
            sets = iter([(scene, show) for scene, show, _folder in chosen])
            pictures = photographer.pictures(sets, language, theme)
            for picture, (scene, show, folder) in zip(pictures, chosen, strict=True):
                found = marks(scene.id, picture.window) if wanted.callouts else ()
                file = where + folder + scene.file_name
                save(with_marks(picture.image, found), wanted.out / file)
                yield Taken(
                    file,
                    language,
                    theme,
                    scene.caption(),
                    show.machine.name,
                    show.recorded,
                    tuple(mark.words for mark in found),
                    picture.window.width(),
                )


def _chosen(wanted: Wanted) -> Iterator[tuple[Scene, Show, str]]:
    """Each scene with the machine that shows it, and the folder of its pictures."""
    asked = [scene for scene in scenes() if not wanted.only or scene.id in wanted.only]
    if not wanted.machines:
        shows: dict[str, Show] = {}
        for scene in asked:
            name = scene.machine or COURSE_MACHINE
            if name not in shows:
                shows[name] = _show(resource_folder("machines") / f"{name}.json")
            yield scene, shows[name], ""
        return
    for path in wanted.machines:
        show = _show(path)
        verdict = recommend(show.machine).verdict
        name = path.parent.name if path.stem == "machine" else path.stem
        folder = f"{name}/" if len(wanted.machines) > 1 else ""
        for scene in asked:
            if fits(scene, show.machine, verdict):
                yield scene, show, folder


def _show(path: Path) -> Show:
    return load_show(load_machine(path), path.parent)


def application() -> QApplication:
    """The one application of the process, on a platform without a screen where there is none."""
    if sys.platform.startswith("linux"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QApplication.setStyle("Fusion")
    return QApplication([APP_NAME])


def scene_ids() -> Sequence[str]:
    return [scene.id for scene in scenes()]
