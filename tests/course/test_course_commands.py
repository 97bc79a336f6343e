"""``screenshots`` and ``handout`` as a teacher calls them."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

PROJECT = Path(__file__).resolve().parents[2]
MACHINES = PROJECT / "resources" / "machines"


def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wizard", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=PROJECT,
        timeout=120,
    )


class Pictures(HTMLParser):
    """The pictures a page shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.files: list[str] = []
        self.without_words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            values = dict(attrs)
            self.files.append(values.get("src") or "")
            if not values.get("alt"):
                self.without_words.append(values.get("src") or "")


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.png"))
    }


def test_pictures_are_named_for_the_course_and_the_same_when_made_again(tmp_path: Path) -> None:
    scenes = ("welcome", "verify-true", "install-looking", "finish-complete")
    asked = ("--lang", "az", "tr", "--theme", "light", "dark", "--scene", *scenes)
    for folder in ("a", "b"):
        done = call("screenshots", "--out", tmp_path / folder, *asked, "--callouts")
        assert done.returncode == 0, done.stderr
        assert "16" in done.stdout
    first, second = files_of(tmp_path / "a"), files_of(tmp_path / "b")
    assert first == second and len(first) == 16
    assert "day-04/az/light/05-verify-true.png" in first
    sheet = Pictures((tmp_path / "a" / "index.html").read_text("utf-8"))
    assert sorted(sheet.files) == sorted(first) and not sheet.without_words


def test_machines_and_scale_that_were_asked_for(tmp_path: Path) -> None:
    done = call(
        *("screenshots", "--out", tmp_path, "--lang", "en", "--theme", "light", "--scale", "2"),
        *("--machine", MACHINES / "no-gpu.json", MACHINES / "rtx4060-laptop.json"),
        *("--scene", "verify-true", "verify-on-cpu", "welcome"),
    )
    assert done.returncode == 0, done.stderr
    assert sorted(files_of(tmp_path)) == [
        "day-04/en/light/no-gpu/01-welcome.png",
        "day-04/en/light/no-gpu/05-verify-on-cpu.png",
        "day-04/en/light/rtx4060-laptop/01-welcome.png",
        "day-04/en/light/rtx4060-laptop/05-verify-true.png",
    ]
    shown = QImage(str(tmp_path / "day-04/en/light/no-gpu/01-welcome.png"))
    assert shown.width() == 2000


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("--out", "x", "--lang", "de"), 2, "'de'"),
        (("--out", "x", "--theme", "pink"), 2, "'pink'"),
        (("--out", "x", "--scale", "9"), 2, "9"),
        (("--out", "x", "--scene", "nowhere"), 2, "nowhere"),
        (("--out", "x", "--machine", "missing.json"), 2, "missing.json"),
        ((), 2, "--out"),
    ],
)
def test_a_wrong_call_is_one_clear_line(
    tmp_path: Path, arguments: tuple[str, ...], code: int, named: str
) -> None:
    done = call("screenshots", *arguments)
    assert done.returncode == code
    assert done.stdout == "" and named in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", "utf-8")
    done = call("screenshots", "--out", tmp_path / "file", "--lang", "en", "--scene", "welcome")
    assert done.returncode == 2
    assert "file" in done.stderr and "Traceback" not in done.stderr


def test_a_page_that_is_not_its_own_is_not_replaced(tmp_path: Path) -> None:
    """``--out`` named a folder, not the start page of a web site in it."""
    index = tmp_path / "index.html"
    index.write_text("<main>a site</main>")
    done = call("screenshots", "--out", tmp_path, "--lang", "en", "--scene", "welcome")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert index.read_text() == "<main>a site</main>"
    assert list(tmp_path.iterdir()) == [index]


def test_the_handout_follows_the_course(tmp_path: Path) -> None:
    done = call("handout", "--out", tmp_path, "--lang", "az", "en")
    assert done.returncode == 0, done.stderr
    for language in ("az", "en"):
        page = (tmp_path / f"day-04.{language}.html").read_text("utf-8")
        text = (tmp_path / f"day-04.{language}.md").read_text("utf-8")
        sections = re.findall(r"^## (.*)$", text, re.MULTILINE)
        assert [each[:2] for each in sections[:4]] == ["1.", "2.", "3.", "4."]
        assert len(sections) == 6
        pictures = Pictures(page)
        assert len(pictures.files) == 10 and not pictures.without_words
        for file in pictures.files:
            assert (tmp_path / file).is_file()
            assert f"]({file})" in text
        assert "conda activate llm_50gun" in text and "print(torch.cuda.is_available())" in text
        commands = re.findall(r"\| `(conda install [^`]*)` \|", text)
        assert len(commands) == 8
        assert all("--override-channels -c conda-forge" in each for each in commands)
    assert "sürücü" in (tmp_path / "day-04.az.md").read_text("utf-8")
