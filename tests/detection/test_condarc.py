"""conda's settings: which key stands where, and which line cannot be one."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.detection.condarc import Place, Settings, read_settings, search_path


def written(folder: Path, text: str | bytes, name: str = ".condarc") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def of(folder: Path, text: str | bytes) -> Settings:
    written(folder, text)
    return read_settings("", {}, folder)


def test_keys_with_their_lines_and_values(tmp_path: Path) -> None:
    settings = of(
        tmp_path,
        "# a comment\nchannels:\n- conda-forge\n- defaults  # more\n\nsolver: 'classic'\n"
        "pinned_packages: [pytorch=2.5,\n  numpy<2]\noffline: Yes\n",
    )
    file = str(tmp_path / ".condarc")
    channels = settings.of("channels")
    assert channels is not None
    assert (channels.place, channels.value) == (Place(file, 2), "- conda-forge - defaults")
    pinned = settings.of("pinned_packages")
    assert pinned is not None
    assert (pinned.place.line, pinned.value) == (7, "[pytorch=2.5, numpy<2]")
    offline = settings.of("offline")
    assert offline is not None
    assert offline.is_true
    assert settings.of("nothing", "experimental_solver") is None
    assert settings.odd == ()
    assert settings.files == (file,)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nchannels: [x\nb: c\n", 2),
        ("a: b\nchannels:\n\t- x\n", 3),
        ("offline true\n", 1),
        ("a: 1\nb c\nd: 2\n", 2),
        ("channels:\n  - a\n - b\n", 3),
        (b"a: b\nchannels: \xff\xfe\n", 2),
        ('a: b\nsolver: "x\nb: c\n', 2),
        ('a: "b" c\n', 1),
    ],
)
def test_a_line_that_cannot_be_read(tmp_path: Path, text: str | bytes, line: int) -> None:
    """Each of these is refused by conda 26.7.1, or makes it ignore the file."""
    assert of(tmp_path, text).odd[0] == Place(str(tmp_path / ".condarc"), line)


def test_the_order_of_conda(tmp_path: Path) -> None:
    root, home = tmp_path / "root", tmp_path / "home"
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg"), "CONDARC": str(tmp_path / "mine.yml")}
    written(root, "solver: a\n")
    written(home, "solver: c\n")
    written(home, "solver: b\nssl_verify: x\n", ".conda/condarc.d/school.yml")
    written(tmp_path, "offline: true\n", "mine.yml")
    settings = read_settings(str(root), environ, home)
    solver = settings.of("solver")
    assert solver is not None
    assert solver.value == "c"
    verify, offline = settings.of("ssl_verify"), settings.of("offline")
    assert verify is not None
    assert verify.place.file.endswith("school.yml")
    assert offline is not None
    assert offline.place.file == str(tmp_path / "mine.yml")
    outranked = read_settings(str(root), environ | {"CONDA_SOLVER": "rattler"}, home).of("solver")
    assert outranked is not None
    assert outranked.value == "rattler"
    assert outranked.place.is_variable
    assert not solver.place.is_variable


def test_where_windows_keeps_them() -> None:
    places = search_path("C:/m", None, {}, windows=True)
    assert places[0] == Path("C:/ProgramData/conda/.condarc")
    assert places[-1] == Path("C:/m/condarc.d")


@pytest.mark.parametrize(
    "text",
    [
        "proxy_servers:\n  http: http://a:1\n  https: http://u:p@b:2\n",
        "proxy_servers: {http: http://a:1, https: 'http://u:p@b:2'}\n",
    ],
)
def test_proxies(tmp_path: Path, text: str) -> None:
    settings = of(tmp_path, text)
    place = Place(str(tmp_path / ".condarc"), 1)
    assert settings.proxy_for("https", "x.org") == ("http://u:p@b:2", place)
    assert settings.proxy_for("http", "x.org") == ("http://a:1", place)
    assert settings.proxy_for("ftp", "x.org") is None


def test_a_proxy_for_one_host_comes_first(tmp_path: Path) -> None:
    settings = of(
        tmp_path, "proxy_servers:\n  all: http://c:3\n  https://conda.anaconda.org: http://d:4\n"
    )
    asked = settings.proxy_for("https", "conda.anaconda.org")
    other = settings.proxy_for("https", "pypi.org")
    assert asked is not None
    assert other is not None
    assert (asked[0], other[0]) == ("http://d:4", "http://c:3")


def test_what_is_not_there_or_not_to_be_read(tmp_path: Path) -> None:
    (tmp_path / ".condarc").mkdir()
    assert read_settings(str(tmp_path / "gone"), {"CONDARC": "a\0b"}, tmp_path) == Settings()
