"""The states that are shown are the states that they are called."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from wizard.advice.recommend import recommend
from wizard.course.callouts import marks, with_marks
from wizard.course.pictures import Photographer, Picture
from wizard.course.played import Show
from wizard.course.scenes import Scene, fits, scenes
from wizard.detection.description import load_machine
from wizard.paths import resource_folder
from wizard.state import PAGE_IDS

SCENES = {scene.id: scene for scene in scenes()}


def show_of(scene: Scene) -> Show:
    name = scene.machine or "t4-windows"
    return Show(load_machine(resource_folder("machines") / f"{name}.json"))


@pytest.fixture
def photographer(qapp: QApplication) -> Photographer:
    return Photographer(qapp)


def pictures_of(photographer: Photographer, *names: str) -> Iterator[Picture]:
    shown = [(SCENES[name], show_of(SCENES[name])) for name in names]
    return photographer.pictures(iter(shown), "en", "light")


def words_of(widget: QWidget) -> str:
    return "\n".join(item.text() for item in widget.findChildren(QLabel) if item.isVisible())


def test_ids_and_files_are_unique_and_in_the_order_of_the_wizard() -> None:
    files = [scene.file_name for scene in scenes()]
    assert len(files) == len(set(files)) > 30
    numbers = [int(name[:2]) for name in files]
    assert numbers == sorted(numbers) and set(numbers) == set(range(1, len(PAGE_IDS) + 1))
    assert SCENES["verify-true"].file_name == "05-verify-true.png"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("computer-looking", "Looking at your computer"),
        ("computer-no-driver", "not installed yet"),
        ("computer-old-driver", "566.36"),
        ("computer-no-nvidia", "Google Colab"),
        ("environment-missing", "is not on this computer yet"),
        ("environment-no-conda", "conda is not installed yet"),
        ("install-command", "The command for your computer"),
        ("install-driver-first", "First: update the NVIDIA driver"),
        ("install-asked", "This is what runs, and nothing else"),
        ("install-offline", "The server does not answer"),
        ("install-running", "1.9 GB / 3.0 GB"),
        ("install-failed", "The server cannot be reached"),
        ("install-done", "PyTorch is installed."),
        ("verify-waiting", "Not checked yet."),
        ("verify-running", "Checking…"),
        ("verify-true", "PyTorch really computes on the GPU."),
        ("verify-cpu-only-build", "PyTorch was installed without CUDA"),
        ("verify-stopped", "You stopped the check."),
        ("verify-on-cpu", "PyTorch works on the processor"),
        ("benchmark-half-way", "Measuring…"),
        ("benchmark-done", "Measured."),
        ("finish-not-complete", "Not complete yet"),
        ("finish-complete", "Setup complete"),
        ("finish-on-cpu", "Ready, on the CPU"),
    ],
)
def test_a_state_shows_its_words(photographer: Photographer, name: str, words: str) -> None:
    for picture in pictures_of(photographer, name):
        assert words in words_of(picture.window)
        assert picture.window.ribbon.isVisible()
        assert "simulated" in words_of(picture.window.ribbon)


def test_the_same_scene_gives_the_same_pixels(photographer: Photographer) -> None:
    names = ("install-looking", "verify-running", "benchmark-half-way")
    first = [picture.image for picture in pictures_of(photographer, *names)]
    second = [picture.image for picture in pictures_of(photographer, *names)]
    assert first == second


def test_a_scale_makes_more_pixels_of_the_same_window(qapp: QApplication) -> None:
    one = next(pictures_of(Photographer(qapp), "welcome")).image
    three = next(pictures_of(Photographer(qapp, 3.0), "welcome")).image
    assert three.width() == 3 * one.width() and three.height() == 3 * one.height()


def test_marks_stand_beside_what_they_name_and_are_explained(photographer: Photographer) -> None:
    for picture in pictures_of(photographer, "verify-true", "install-command", "welcome"):
        found = marks(picture.scene.id, picture.window)
        assert len(found) >= 3
        assert all(0 <= mark.at.x() <= picture.window.width() for mark in found)
        marked = with_marks(picture.image, found)
        assert marked.width() == picture.image.width()
        assert marked.height() > picture.image.height() + 26 * len(found)
    for picture in pictures_of(photographer, "install-stopped"):
        assert marks(picture.scene.id, picture.window) == ()
        assert with_marks(picture.image, ()) is picture.image


@pytest.mark.parametrize(
    ("machine", "there", "not_there"),
    [
        ("t4-windows", "verify-true", "computer-no-driver"),
        ("nvidia-no-driver", "computer-no-driver", "verify-true"),
        ("rtx5070-desktop-old-driver", "install-driver-first", "verify-true"),
        ("no-gpu", "verify-on-cpu", "verify-true"),
    ],
)
def test_a_machine_meets_its_own_states(machine: str, there: str, not_there: str) -> None:
    here = load_machine(resource_folder("machines") / f"{machine}.json")
    verdict = recommend(here).verdict
    met = {scene.id for scene in scenes() if fits(scene, here, verdict)}
    assert there in met and not_there not in met
