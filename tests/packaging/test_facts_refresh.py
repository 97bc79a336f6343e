"""`dev.py catalog refresh`: what the sources say; a source that is not understood is refused."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from wizard.advice.catalog import read_catalog
from wizard.paths import resource_folder

DEVELOP = Path(__file__).resolve().parents[2] / "packaging" / "develop"
sys.path.insert(0, str(DEVELOP))

command = importlib.import_module("facts_command")
refreshing = importlib.import_module("facts_refresh")
sources = importlib.import_module("facts_sources")

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings" / "catalog"
TODAY = "2026-12-24"

Read = Callable[[str], bytes]
PYPI = sources.PYPI_FILES.format(name="torch")
NEWEST = sources.PYPI_PROJECT.format(name="torch")
VISION = sources.PYPI_PROJECT.format(name="torchvision")
CONDA = sources.CONDA_FORGE.format(folder="linux-64")


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    folder = tmp_path / "catalog"
    shutil.copytree(resource_folder("catalog"), folder)
    return folder


def recorded(changes: dict[str, bytes | None] | None = None) -> Read:
    """The copies; ``changes`` have other answers, None for an address that does not answer."""
    read = sources.from_recordings(RECORDINGS)

    def answer(address: str) -> bytes:
        if changes is None or address not in changes:
            return read(address)
        given = changes[address]
        if given is None:
            raise sources.SourceError(f"{address}: cannot be read: timed out")
        return given

    return answer


def changed(address: str, *pairs: tuple[str, str]) -> dict[str, bytes | None]:
    """A copy with other words in it."""
    text = recorded()(address).decode()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return {address: text.encode()}


def with_a_new_torch(version: str = "2.16.0") -> dict[str, bytes | None]:
    """PyPI a release later: the wheels of 2.15.0 once more, under another number and day."""
    document = json.loads(recorded()(PYPI))
    document["files"] += [
        {
            **file,
            "filename": file["filename"].replace("2.15.0", version),
            "upload-time": "2026-12-22T10:00:00Z",
        }
        for file in document["files"]
        if file["filename"].startswith("torch-2.15.0-")
    ]
    newest = changed(NEWEST, ('"version": "2.15.0"', f'"version": "{version}"'))
    return {PYPI: json.dumps(document).encode()} | newest


def test_every_copy_says_where_it_is_from() -> None:
    told = json.loads((RECORDINGS / "sources.json").read_bytes())
    files = {path.name for path in RECORDINGS.iterdir()} - {"sources.json"}
    assert {entry["file"] for entry in told.values()} == files
    assert all(entry["how"].startswith(("recorded", "made by hand")) for entry in told.values())
    for entry in told.values():
        made = b"Made by hand" in (RECORDINGS / entry["file"]).read_bytes()[:400]
        assert made == entry["how"].startswith("made"), entry


def test_the_catalog_says_what_the_sources_say(catalog: Path) -> None:
    found = refreshing.refresh(catalog, recorded(), TODAY)
    assert found.changes == []
    assert found.refused == []
    # The copy of PyTorch's index is older than the catalog; nothing else is open.
    assert all(sources.PYTORCH_INDEX in line for line in found.questions), found.questions


def test_a_new_torch_is_a_row_with_its_torchvision(catalog: Path) -> None:
    found = refreshing.refresh(catalog, recorded(with_a_new_torch()), TODAY)
    (line,) = found.changes
    assert PYPI in line
    assert "torch 2.16.0 of 2026-12-22 is new: Python 3.11-3.15, torchvision 0.29.2, " in line
    assert "glibc 2.28, cu132 on Linux" in line
    found.files["pytorch.json"].save()
    row = json.loads((catalog / "pytorch.json").read_bytes())["releases"][0]
    assert row == {
        "version": "2.16.0",
        "date": "2026-12-22",
        "python": "3.11-3.15",
        "torchvision": "0.29.2",
        "torchaudio": None,
        "certainty": "C",
        "source": "pypi",
        "glibc": "2.28",
        "default": "cu132",
    }
    assert "2.16.0" in read_catalog(catalog).releases


def test_only_what_changed_is_another_line(catalog: Path) -> None:
    before = (catalog / "pytorch.json").read_text("utf-8").splitlines()
    found = refreshing.refresh(catalog, recorded(with_a_new_torch()), TODAY)
    after = found.files["pytorch.json"].text().splitlines()
    assert len(after) == len(before) + 1
    new = [line for line in after if line not in before]
    assert len(new) == 2, "the row, and the day of its source"


def test_a_torch_without_its_torchvision_is_a_question(catalog: Path) -> None:
    answers = with_a_new_torch() | changed(VISION, ("torch>=2.14.0", "torch==2.15.0"))
    found = refreshing.refresh(catalog, recorded(answers), TODAY)
    assert found.changes == []
    assert any("2.16.0 is new; the newest torchvision, 0.29.2" in line for line in found.questions)


def test_a_row_that_pypi_contradicts_is_corrected(catalog: Path) -> None:
    path = catalog / "pytorch.json"
    text = path.read_text("utf-8")
    old = '"version": "2.14.1", "date": "2026-09-30", "python": "3.10-3.14"'
    assert old in text
    path.write_text(text.replace(old, old.replace("3.14", "3.13")), "utf-8")
    found = refreshing.refresh(catalog, recorded(), TODAY)
    assert found.changes == [f"torch 2.14.1: python 3.10-3.13 → 3.10-3.14 ({PYPI})"]
    assert found.files["pytorch.json"].text().count(old) == 1


def test_withdrawn_wheels_do_not_count(catalog: Path) -> None:
    document = json.loads(recorded()(PYPI))
    for file in document["files"]:
        if file["filename"].startswith("torch-2.14.1-"):
            file["yanked"] = "broken"
    answers: dict[str, bytes | None] = {PYPI: json.dumps(document).encode()}
    found = refreshing.refresh(catalog, recorded(answers), TODAY)
    assert any("torch 2.14.1 is not offered any more" in line for line in found.questions)
    assert found.changes == []


def test_a_new_cuda_build_is_a_question_and_a_cpu_build_a_row(catalog: Path) -> None:
    page = recorded()(sources.PYTORCH_INDEX)
    links = "".join(
        f'<a href="/whl/{variant}/torch-2.15.0%2B{variant}-cp312-cp312-{tag}.whl#sha256=0">x</a>'
        for variant in ("cu134", "cpu")
        for tag in ("manylinux_2_28_x86_64", "win_amd64", "win_arm64")
    )
    path = catalog / "pytorch.json"
    row = '    {"release": "2.15.0", "platform": "windows-x86_64", "variant": "cpu"'
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(row)), "utf-8")
    answers: dict[str, bytes | None] = {sources.PYTORCH_INDEX: page + links.encode()}
    found = refreshing.refresh(catalog, recorded(answers), TODAY)
    assert found.changes == [
        f"torch 2.15.0+cpu for windows-x86_64 is new ({sources.PYTORCH_INDEX})"
    ]
    asked = [line for line in found.questions if "cu134" in line]
    assert len(asked) == 2
    assert all("kernels have to be read" in line for line in asked)
    found.files["pytorch.json"].save()
    platforms = {
        build.platform
        for build in read_catalog(catalog).pip
        if build.release == "2.15.0" and build.variant == "cpu"
    }
    assert "windows-x86_64" in platforms


def test_a_newer_pytorch_of_conda_forge_is_a_question(catalog: Path) -> None:
    answers = changed(CONDA, ("2.13.0", "2.15.0"))
    found = refreshing.refresh(catalog, recorded(answers), TODAY)
    asked = [line for line in found.questions if "conda-forge" in line]
    assert len(asked) == 3, "CUDA 12, CUDA 13 and the CPU"
    assert all("2.15.0" in line and "here it is 2.13.0" in line for line in asked)
    assert found.changes == []


def test_a_build_that_conda_forge_no_longer_has_is_a_question(catalog: Path) -> None:
    answers = changed(CONDA, ("cuda129", "cuda140"))
    found = refreshing.refresh(catalog, recorded(answers), TODAY)
    assert any("has a build with CUDA 14 for linux-x86_64" in line for line in found.questions)
    assert any("no build with CUDA 12 for linux-x86_64" in line for line in found.questions)


def test_a_python_that_conda_forge_dropped_is_a_change(catalog: Path) -> None:
    answers = changed(CONDA, ("mkl_py310", "mkl_py311"))
    found = refreshing.refresh(catalog, recorded(answers), TODAY)
    assert len(found.changes) == 3
    assert all("python 3.10-3.14 → 3.11-3.14" in line for line in found.changes)
    found.files["conda.json"].save()
    read_catalog(catalog)


def test_a_new_cuda_toolkit_is_a_row(catalog: Path) -> None:
    new = "<tr><td>CUDA 14.0 GA</td><td>&gt;=640.10</td><td>N/A</td></tr>\n<tr>"
    answers = changed(sources.CUDA_NOTES, ("<tbody>\n<tr>", f"<tbody>\n{new}"))
    found = refreshing.refresh(catalog, recorded(answers), TODAY)
    assert found.changes == [f"CUDA 14.0 is new: linux 640.10, windows none ({sources.CUDA_NOTES})"]
    assert any("CUDA 14 is a new major version" in line for line in found.questions)
    found.files["drivers.json"].save()
    assert read_catalog(catalog).toolkits[0].cuda == "14.0"


def test_a_driver_that_nvidia_corrected_is_a_change(catalog: Path) -> None:
    answers = changed(sources.CUDA_NOTES, ("&gt;=570.26<", "&gt;=570.27<"))
    found = refreshing.refresh(catalog, recorded(answers), TODAY)
    assert found.changes == [f"CUDA 12.8: linux 570.26 → linux 570.27 ({sources.CUDA_NOTES})"]


@pytest.mark.parametrize(
    "address", [PYPI, NEWEST, VISION, sources.PYTORCH_INDEX, CONDA, sources.CUDA_NOTES]
)
@pytest.mark.parametrize(
    "answer", [None, b"", b"<html>Sign in</html>", b"[]", b'{"files": [{}], "info": {}}']
)
def test_a_source_that_is_not_understood_is_named_and_the_others_go_on(
    catalog: Path, address: str, answer: bytes | None
) -> None:
    answers: dict[str, bytes | None] = {address: answer}
    found = refreshing.refresh(catalog, recorded(answers), TODAY)
    assert len(found.refused) == 1
    assert address in found.refused[0]
    assert found.changes == []
    for name, file in found.files.items():
        assert file.rows is not None
        assert json.loads(file.text())["schema"] == 1, name
    assert address in found.markdown()


@pytest.mark.parametrize(
    ("address", "old", "new"),
    [
        (CONDA, "cuda129_mkl_py310", "fancy129_310"),
        (sources.CUDA_NOTES, "&gt;=570.26<", "R570 or newer<"),
        (VISION, "torch>=2.14.0", "pytorch>=2.14.0"),
        (PYPI, '"upload-time"', '"uploaded"'),
        (NEWEST, "cuda-toolkit[", "cuda-everything["),
    ],
)
def test_a_source_in_another_form_is_refused(
    catalog: Path, address: str, old: str, new: str
) -> None:
    found = refreshing.refresh(catalog, recorded(changed(address, (old, new))), TODAY)
    assert len(found.refused) == 1
    assert address in found.refused[0]


@pytest.mark.parametrize(
    ("clauses", "version", "fits"),
    [
        (("==2.15.0",), "2.15.0", True),
        (("==2.15",), "2.15.0", True),
        (("==2.15.0",), "2.15.1", False),
        ((">=2.14.0", "<2.16"), "2.15.9", True),
        ((">=2.14.0", "<2.16"), "2.16.0", False),
        (("!=2.15.0",), "2.15.0", False),
        ((), "2.15.0", True),
    ],
)
def test_what_a_requirement_admits(clauses: tuple[str, ...], version: str, fits: bool) -> None:
    assert sources.admits(clauses, version) is fits


def test_a_requirement_that_is_not_known_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="~="):
        sources.admits(("~=2.15",), "2.15.0")


# The command -------------------------------------------------------------------------------------


def run(catalog: Path, *arguments: str | Path) -> int:
    return command.main(["--catalog", str(catalog), *map(str, arguments)])


def test_it_only_shows_what_it_would_change(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in catalog.iterdir()}
    summary = tmp_path / "summary.md"
    assert run(catalog, "refresh", "--recordings", RECORDINGS, "--summary", summary) == 1
    assert capsys.readouterr().out.rstrip("\n") == summary.read_text("utf-8").rstrip("\n")
    assert {path.name: path.read_bytes() for path in catalog.iterdir()} == before


def test_it_writes_what_the_program_can_read(catalog: Path) -> None:
    assert run(catalog, "refresh", "--recordings", RECORDINGS, "--write") == 1
    read_catalog(catalog)
    told = json.loads((catalog / "conda.json").read_bytes())
    assert told["collected"] == date.today().isoformat(), "all was compared, and nothing is open"
    told = json.loads((catalog / "pytorch.json").read_bytes())
    assert told["sources"]["pypi"]["date"] == date.today().isoformat()


def test_whoever_looked_at_the_rest_says_so(catalog: Path) -> None:
    for name in ("drivers.json", "routes.json"):
        document = (catalog / name).read_text("utf-8")
        told = json.loads(document)["collected"]
        (catalog / name).write_text(document.replace(told, "2026-01-01", 1), "utf-8")
    before = "2026-01-01"
    run(catalog, "refresh", "--recordings", RECORDINGS, "--write")
    assert json.loads((catalog / "drivers.json").read_bytes())["collected"] == before
    arguments = ("refresh", "--recordings", RECORDINGS, "--write")
    run(catalog, *arguments, "--looked-at", "drivers.json", "routes.json")
    for name in ("drivers.json", "routes.json"):
        assert json.loads((catalog / name).read_bytes())["collected"] > before


def test_a_missing_copy_is_exit_code_3(catalog: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    shutil.copytree(RECORDINGS, few)
    told = json.loads((few / "sources.json").read_bytes())
    del told[PYPI]
    (few / "sources.json").write_text(json.dumps(told))
    assert run(catalog, "refresh", "--recordings", few) == 3


def test_what_the_program_could_not_read_is_not_written(
    catalog: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in catalog.iterdir()}

    def refuse(_folder: Path) -> None:
        raise ValueError("pytorch.json: no")

    monkeypatch.setattr(command, "_read_all", refuse)
    assert run(catalog, "refresh", "--recordings", RECORDINGS, "--write") == 3
    assert "nothing was changed" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in catalog.iterdir()} == before
