"""Files cut off at every byte, with bytes changed, and saved where there is no room."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from fault_tools import PATIENCE, OpenWindow, described
from half_made import leave_half_made
from PySide6.QtWidgets import QLabel

from wizard import text
from wizard.advice.catalog import read_catalog
from wizard.catalog.reading import CatalogError
from wizard.causes.knowledge import KnowledgeError, load_from
from wizard.files import read_bounded, write_document, write_whole
from wizard.installation import downloads, journal, ownership
from wizard.installation.removal import Removal, look
from wizard.installation.values import Plan, Step
from wizard.paths import resource_folder
from wizard.state import (
    FILE_NAME,
    BenchmarkRecord,
    ChosenEnvironment,
    Loaded,
    SetupState,
    VerificationRecord,
    WindowPlace,
    load_state,
    save_state,
    with_others,
)

STATE = SetupState(
    language="az",
    theme="dark",
    page="verify",
    visited=("welcome", "verify"),
    environment=ChosenEnvironment("Dərslər", "/x/Dərslər İşığı", "/x/python"),
    pythons=("/x/python",),
    command_copied=True,
    verification=VerificationRecord("/x/python", "gpu", "2.13.0", ("RTX",), ("a",), True, 1.7e9),
    benchmark=BenchmarkRecord("/x/python", 100.0, 9000.5, 90.0, 40.0, True, 1.7e9),
    window=WindowPlace(1, 2, 900, 700, True),
)
WRONG = (
    *(None, True, -1, 10**400, 1e308, float("inf"), float("nan"), "", "x", "\0", "\ud800"),
    *([], {}, [1], {"a": 1}),
)


def every_change(document: Any, values: tuple[object, ...] = WRONG) -> Iterator[Any]:
    """The document with each part of it replaced by each value, and each field left out."""
    yield from values
    inner = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in list(inner):
        changes = list(values)
        if isinstance(value, (dict, list)):
            changes = list(every_change(value, values))
        for change in changes:
            copy = document.copy()
            copy[key] = change
            yield copy
        if isinstance(document, dict):
            yield {name: each for name, each in document.items() if name != key}


# state.json --------------------------------------------------------------------------------------


def test_the_state_cut_at_every_byte(tmp_path: Path) -> None:
    """Damaged: set aside whole, under a name of its own, and said; never half of it believed."""
    assert save_state(tmp_path, STATE) is None
    path = tmp_path / FILE_NAME
    data = path.read_bytes()
    assert load_state(tmp_path).state == STATE
    for length in range(len(data)):
        path.write_bytes(data[:length])
        loaded = load_state(tmp_path)
        assert loaded.state == SetupState()
        assert loaded.problem
        assert loaded.set_aside is not None
        assert loaded.set_aside.read_bytes() == data[:length]
        assert not path.exists()
    assert len(list(tmp_path.iterdir())) == len(data)  # none took another's place


def test_the_state_with_every_part_of_another_kind(tmp_path: Path) -> None:
    save_state(tmp_path, STATE)
    path = tmp_path / FILE_NAME
    document = json.loads(path.read_bytes())
    for changed in every_change(document):
        path.write_text(json.dumps(changed), "utf-8")
        loaded = load_state(tmp_path)
        assert (loaded.problem == "") == path.exists()
        folder = tmp_path / "again"
        assert save_state(folder, loaded.state) is None
        again = load_state(folder)
        assert again.state == loaded.state
        for kept in tmp_path.glob("state-damaged-*"):
            kept.unlink()


def test_the_state_with_bytes_changed(tmp_path: Path) -> None:
    save_state(tmp_path, STATE)
    path = tmp_path / FILE_NAME
    data, chance = path.read_bytes(), random.Random(0)
    for _turn in range(400):
        changed = bytearray(data)
        for _byte in range(chance.randrange(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        path.write_bytes(changed)
        loaded = load_state(tmp_path)
        assert save_state(tmp_path / "again", loaded.state) is None
        for kept in tmp_path.glob("state-damaged-*"):
            kept.unlink()


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no UTF-8")
def test_a_folder_whose_name_is_no_text_is_remembered(tmp_path: Path) -> None:
    prefix = os.fsdecode(b"/home/\xff\xfe/envs")
    state = SetupState(environment=ChosenEnvironment("x", prefix, prefix + "/python"))
    assert save_state(tmp_path, state) is None
    assert load_state(tmp_path).state == state


@pytest.mark.parametrize("content", [b"", b"{", b'{"schema": 1}\xff', b"[" * 99999, b"\0" * 999])
def test_a_window_with_a_damaged_state_says_so(
    open_window: OpenWindow, home: Path, content: bytes
) -> None:
    (home / "data").mkdir()
    (home / "data" / FILE_NAME).write_bytes(content)
    window = open_window()
    assert "damaged" in _words(window.notice)
    (kept,) = (home / "data").glob("state-damaged-*")
    assert kept.read_bytes() == content


def _words(widget: Any) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def within(function: Callable[[], object]) -> object:
    """Its answer; one that never comes is a failure, not a test that hangs."""
    found: list[object] = []
    asker = threading.Thread(target=lambda: found.append(function()), daemon=True)
    asker.start()
    asker.join(PATIENCE)
    assert found, "no answer"
    return found[0]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among its files")
@pytest.mark.parametrize("what", ["a pipe", "a link to a pipe", "a device", "a folder"])
def test_a_state_that_is_no_file(tmp_path: Path, what: str) -> None:
    path = tmp_path / FILE_NAME
    _no_file(path, what)
    loaded = cast("Loaded", within(lambda: load_state(tmp_path)))
    assert loaded.problem
    assert loaded.set_aside is not None
    assert save_state(tmp_path, STATE) is None
    assert load_state(tmp_path).state == STATE


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among its files")
@pytest.mark.parametrize("what", ["a pipe", "a link to a pipe", "a device", "a folder"])
def test_a_journal_that_is_no_file(home: Path, what: str) -> None:
    path = journal.journal_path()
    path.parent.mkdir(parents=True)
    _no_file(path, what)
    assert within(lambda: [journal.unfinished(), journal.someone_at_it()]) == [None, False]
    state_of_other = within(lambda: with_others(STATE, SetupState(), path.parent))
    assert state_of_other == STATE


def _no_file(path: Path, what: str) -> None:
    if what == "a folder":
        path.mkdir()
    elif what == "a device":
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo(path if what == "a pipe" else path.with_name("pipe"))
        if what != "a pipe":
            path.symlink_to("pipe")


def test_more_than_a_state_can_hold_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    save_state(tmp_path, STATE)
    size = path.stat().st_size
    assert read_bounded(path, size) == path.read_bytes()
    with pytest.raises(OSError, match="too large"):
        read_bounded(path, size - 1)
    with path.open("ab") as file:
        file.write(b" " * 2**23)
    assert load_state(tmp_path).set_aside is not None


# The journal -------------------------------------------------------------------------------------


def a_plan(folder: Path) -> Plan:
    python = str(folder / "bin" / "python")
    step = Step("install", "pip", (python, "-m", "pip", "install", "torch"), "Install PyTorch")
    return Plan("pip", "llm_50gun", str(folder), True, (step,), None)


def test_the_journal_cut_at_every_byte(home: Path, tmp_path: Path) -> None:
    """Nothing to act upon: never a folder deleted, or an installation refused, by half a file."""
    plan = a_plan(tmp_path / "llm_50gun")
    leave_half_made(plan)
    path = journal.journal_path()
    data = path.read_bytes()
    whole = journal.unfinished()
    assert whole is not None
    assert whole.plan == plan
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert journal.unfinished() is None
        assert not journal.someone_at_it()
        journal.note_step(0)
        assert not isinstance(look(plan), Removal)
    assert (plan.folder / "bin" / "half").is_file()
    journal.dismiss()


def test_the_journal_with_every_part_of_another_kind(home: Path, tmp_path: Path) -> None:
    from wizard.detection.machine import Conda

    plan = a_plan(tmp_path / "llm_50gun")
    plan = Plan(**{**vars(plan), "conda": Conda("26.8.0", "miniforge", "/opt/conda", "/x/conda")})
    leave_half_made(plan)
    mark = (plan.folder / ownership.MARK).read_bytes()
    path = journal.journal_path()
    document = json.loads(path.read_bytes())
    found = 0
    for changed in every_change(document):
        path.write_text(json.dumps(changed), "utf-8")
        (plan.folder / ownership.MARK).write_bytes(mark)
        journal.someone_at_it()
        left = journal.unfinished()
        if left is not None:
            found += 1
            assert left.plan.folder
            assert 0 <= left.step < len(left.plan.steps)
            time.localtime(left.began)
            journal.end("cancelled")
            look(left.plan)
    assert found > 10
    assert (plan.folder / "bin" / "half").is_file()
    journal.dismiss()


# Translations, catalog, causes -------------------------------------------------------------------


@pytest.mark.parametrize("language", ["az", "tr", "ru"])
def test_a_translation_cut_anywhere_is_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    place = f"{language}/LC_MESSAGES/wizard.mo"
    data = (resource_folder("translations") / place).read_bytes()
    monkeypatch.setattr(text, "resource_folder", lambda _name: tmp_path)
    chance = random.Random(0)
    lengths = {*range(40), *(chance.randrange(len(data)) for _turn in range(50)), len(data) - 1}
    for number, length in enumerate(sorted(lengths)):
        # Another folder for each: what was read once is remembered by its path.
        file = tmp_path / str(number) / place
        file.parent.mkdir(parents=True)
        file.write_bytes(data[:length])
        folder = tmp_path / str(number)
        monkeypatch.setattr(text, "resource_folder", lambda _name, folder=folder: folder)
        text.set_language(language)
        assert text._("&Next") == "&Next"
        assert text.ngettext("{count} core", "{count} cores", 2) == "{count} cores"
        assert text.language() == language


@pytest.mark.parametrize("language", ["az", "tr", "ru"])
def test_the_first_page_s_own_translation_cut_anywhere_costs_no_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """The complete catalog has its messages, too."""
    place = Path(language, "LC_MESSAGES")
    whole = resource_folder("translations") / place
    data = (whole / text.FIRST).read_bytes()
    text.set_language(language)
    wanted = text._("&Next"), text.ngettext("{count} core", "{count} cores", 2)
    assert wanted[0] != "&Next"
    chance = random.Random(0)
    for length in sorted({*range(40), *(chance.randrange(len(data)) for _turn in range(20))}):
        folder = tmp_path / str(length)
        shutil.copytree(whole, folder / place)
        (folder / place / text.FIRST).write_bytes(data[:length])
        monkeypatch.setattr(text, "resource_folder", lambda _name, folder=folder: folder)
        text.set_language(language)
        assert (text._("&Next"), text.ngettext("{count} core", "{count} cores", 2)) == wanted


@pytest.mark.parametrize(
    "name", sorted(path.name for path in resource_folder("catalog").glob("*.json"))
)
def test_a_catalog_cut_anywhere_names_its_file(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "catalog"
    shutil.copytree(resource_folder("catalog"), folder)
    data = (folder / name).read_bytes()
    chance = random.Random(name)
    for length in {0, 1, *(chance.randrange(len(data)) for _turn in range(12))}:
        (folder / name).write_bytes(data[:length].rstrip())
        if name == "gpus.json":
            continue  # read by itself, below
        with pytest.raises(CatalogError, match=name):
            read_catalog(folder)


def test_the_list_of_cards_cut_anywhere_names_its_file(tmp_path: Path) -> None:
    from wizard.catalog.cards import load_from

    data = (resource_folder("catalog") / "gpus.json").read_bytes().rstrip()
    path = tmp_path / "gpus.json"
    chance = random.Random(0)
    for length in (0, 1, *(chance.randrange(len(data)) for _turn in range(50))):
        path.write_bytes(data[:length])
        with pytest.raises(CatalogError, match=r"gpus\.json"):
            load_from(tmp_path)


def test_a_cause_cut_anywhere_names_its_file(tmp_path: Path) -> None:
    chance = random.Random(0)
    for path in sorted(resource_folder("causes").glob("*.json")):
        data = path.read_bytes().rstrip()
        for length in {0, len(data) - 1, *(chance.randrange(len(data)) for _turn in range(6))}:
            (tmp_path / path.name).write_bytes(data[:length])
            with pytest.raises(KnowledgeError, match=path.name):
                load_from(tmp_path)
        (tmp_path / path.name).unlink()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("catalog/pytorch.json", ["recommend", "--machine", "resources/machines/t4-colab.json"]),
        ("causes/offline.json", ["diagnose", "resources/machines/t4-colab.json"]),
        ("translations/az/LC_MESSAGES/wizard.mo", ["detect", "--lang", "az"]),
    ],
)
def test_a_program_with_a_damaged_file_says_one_line(
    tmp_path: Path, file: str, words: list[str]
) -> None:
    """A whole copy of the program, as a broken download would leave it."""
    package = resource_folder("catalog").parent.parent
    for name in ("wizard", "resources"):
        shutil.copytree(
            package / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("__pycache__", "pictures"),
        )
    path = tmp_path / "resources" / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    ended = subprocess.run(
        [sys.executable, "-m", "wizard", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in ended.stderr
    if file.startswith("translations"):
        assert ended.returncode == 0
        return
    assert ended.returncode == 3
    assert len(ended.stderr.splitlines()) == 1
    assert path.name in ended.stderr


# No room, no right, no folder --------------------------------------------------------------------


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A drive of its own without a byte or a name left on it."""
    folder = tmp_path / "full"
    folder.mkdir()
    mount = shutil.which("mount")
    options = "size=64k,nr_inodes=8"
    words = [str(mount), "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if mount is None or subprocess.run(words, capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here")
    with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    for number in range(9):
        with contextlib.suppress(OSError):
            (folder / str(number)).touch()
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_no_room_keeps_the_old_state(full: Path) -> None:
    for number in range(2):
        (full / str(number)).unlink()
    old = json.dumps({"schema": 1, "page": "install"})
    (full / "filler").write_bytes(b"")
    (full / FILE_NAME).write_text(old)
    with contextlib.suppress(OSError), (full / "filler").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    problem = save_state(full, STATE)
    assert problem is not None
    assert "28" in problem or "No space" in problem
    assert (full / FILE_NAME).read_text() == old
    assert not list(full.glob(".*"))


def test_no_room_is_said_in_the_window_and_nothing_stops(
    open_window: OpenWindow, full: Path
) -> None:
    window = open_window(folder=full)
    window.go_to("finish")
    assert "could not be saved" in _words(window.notice)
    assert window.session.state.page == "finish"


def test_no_room_for_a_temporary_folder_deletes_no_other(
    full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is deleted after a step is what was made for it, never the system's own folder."""
    import tempfile
    import threading

    from wizard.installation.run import run_install

    monkeypatch.setattr(tempfile, "tempdir", str(full))
    precious = full / "filler"
    plan = a_plan(full / "llm_50gun")
    with pytest.raises(OSError, match="28"):
        downloads.make_folder(plan)
    result = run_install(plan, None, lambda _event: None, threading.Event())
    assert result.kind == "failed"
    assert result.findings[0].fix
    assert precious.stat().st_size > 0


@pytest.mark.parametrize("what", ["a file", "a loop", "a device"])
def test_a_data_folder_that_is_none(open_window: OpenWindow, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "data"
    if what == "a file":
        folder.write_text("x")
    elif what == "a loop":
        folder.symlink_to(folder)
    else:
        folder.symlink_to("/dev/null")
    window = open_window(folder=folder)
    window.go_to("computer")
    assert "could not be saved" in _words(window.notice)


NO_HOME = """
import pathlib, sys
import platformdirs
def none(*_words, **_options):
    raise RuntimeError("could not determine the home directory")
platformdirs.user_data_path = pathlib.Path.home = none
from wizard.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="every user of Windows has a home")
def test_a_user_without_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs with a number for a user: all is said that can be said."""
    (tmp_path / "torch").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "torch"))  # PyTorch leaves an empty folder there

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", NO_HOME, *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)

    files = [str(tmp_path / name) for name in ("me.html", "me.json")]
    checked = call("check", "--report", files[0], "--report", files[1])
    assert (checked.returncode, checked.stderr) == (0, "")
    assert (tmp_path / "me.json").exists()
    tried = call("install", "--dry-run", "--without-conda")
    assert tried.returncode == 1
    assert "went wrong" not in tried.stderr
    assert "The folder cannot be written to" in tried.stdout
    assert "already something" not in tried.stdout
    shown = call("--selftest", str(tmp_path / "self.json"))
    assert shown.returncode == 0, (tmp_path / "self.json").read_text()
    hidden = [path for path in tmp_path.iterdir() if path.name.startswith((".", "~"))]
    assert hidden == []
    assert Path(os.devnull).is_char_device()


def test_a_data_folder_that_vanishes_comes_again(open_window: OpenWindow, home: Path) -> None:
    window = open_window()
    window.go_to("computer")
    shutil.rmtree(home / "data")
    window.go_to("install")
    assert load_state(home / "data").state.page == "install"


@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_a_data_folder_that_is_read_only(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(mode)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("root writes everywhere")
        assert save_state(folder, STATE)
    finally:
        folder.chmod(0o700)


def test_a_report_that_cannot_be_written_is_said(open_window: OpenWindow, tmp_path: Path) -> None:
    window = open_window("no-gpu", page="finish")
    page: Any = window.page("finish")
    for target in (tmp_path / "none" / "x.html", tmp_path, Path("/dev/full"), Path("/dev/null/x")):
        page.save_report(target)
        assert "could not be saved" in page.saved.text()


# What the user asked for -------------------------------------------------------------------------


@pytest.fixture
def no_rename(monkeypatch: pytest.MonkeyPatch) -> None:
    """The power is cut just before the end."""

    def cut(_self: Path, _target: object) -> None:
        raise OSError(5, "cut off")

    monkeypatch.setattr(Path, "replace", cut)


def test_a_report_that_is_cut_off_leaves_the_old_one(tmp_path: Path, no_rename: None) -> None:
    from wizard.report.saving import save_report

    for name in ("me.html", "me.json"):
        (tmp_path / name).write_text("old")
    data = tmp_path / "me.json"
    problem = save_report(tmp_path / "me.html", described("no-gpu"), data=data)
    assert problem is not None
    assert "me.html" in problem
    assert "cut off" in problem
    assert {path.name for path in tmp_path.iterdir()} == {"me.html", "me.json"}
    assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}


def test_a_class_s_page_that_is_cut_off_leaves_the_old_one(tmp_path: Path, no_rename: None) -> None:
    from wizard.cli import main

    page = tmp_path / "class.html"
    page.write_text("old")
    assert main(["class-report", str(tmp_path), "--out", str(page)]) == 2
    assert page.read_text() == "old"
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.skipif(sys.platform == "win32", reason="modes, links and pipes")
def test_a_document_is_written_as_any_program_would(tmp_path: Path) -> None:
    """Others may read a new one, an old one keeps its mode, a link stays, a long name has room."""
    plain, link = tmp_path / "plain.html", tmp_path / "link.html"
    write_document(plain, "one")
    other = tmp_path / "other"
    other.touch()
    assert plain.stat().st_mode == other.stat().st_mode
    plain.chmod(0o640)
    link.symlink_to("plain.html")
    write_document(link, "two")
    assert link.is_symlink()
    assert plain.read_text() == "two"
    assert plain.stat().st_mode & 0o777 == 0o640
    write_document(tmp_path / f"{'ə' * 120}.html", "three")
    write_document(Path("/dev/null"), "four")
    assert Path("/dev/null").is_char_device()
    with pytest.raises(OSError, match="none"):
        write_document(tmp_path / "none" / "x.html", "five")


@pytest.mark.parametrize("words", ["", "x" * 10**6, "ə" * 10**5, "\0", "\ud800"])
def test_what_is_written_whole_is_whole(tmp_path: Path, words: str) -> None:
    path = tmp_path / "file.json"
    write: Callable[[Path, str], str | None] = write_whole
    assert write(path, words) is None
    assert path.read_bytes() == words.encode("utf-8", "backslashreplace")
    assert list(tmp_path.iterdir()) == [path]
