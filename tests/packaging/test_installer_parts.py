"""The parts of the Windows installer that need neither Windows nor Wine."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import os
import re
import struct
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import pytest

WINDOWS = Path(__file__).resolve().parents[2] / "packaging" / "windows"
sys.path.insert(0, str(WINDOWS))

archive = importlib.import_module("archive")
building = importlib.import_module("build_installer")
compiled = importlib.import_module("compiled")
cpython = importlib.import_module("cpython")
downloads = importlib.import_module("downloads")
launcher = importlib.import_module("launcher")
nsis = importlib.import_module("nsis")
pictures = importlib.import_module("pictures")
sbom = importlib.import_module("sbom")
windows_lock = importlib.import_module("windows_lock")
messages = importlib.import_module("messages")
merged = windows_lock.merged
SetupError = messages.SetupError

SETUP = (WINDOWS / "installer" / "setup.nsi").read_text("utf-8")


def pins(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text("utf-8"), re.M):
        found.setdefault(name, set()).add(version)
    return found


def test_the_installer_carries_what_developers_run() -> None:
    here, general = pins(WINDOWS / "requirements.txt"), pins(WINDOWS.parent / "requirements.txt")
    assert {"pyside6-essentials", "numpy", "pyqtgraph", "psutil", "colorama"} <= set(here)
    assert not {"torch", "sympy", "networkx"} & set(here), "torch belongs to the user"
    assert here == {name: general[name] for name in here}


def test_every_package_of_the_lock_has_hashes() -> None:
    for name in ("requirements.txt", "requirements-build.txt"):
        text = (WINDOWS / name).read_text("utf-8")
        entries = re.split(r"\n(?=[a-z])", "\n".join(re.findall(r"^[^#].*", text, re.M)))
        assert all("--hash=sha256:" in entry for entry in entries), name


def test_a_version_that_not_all_pythons_get_has_a_marker() -> None:
    text = merged(
        {
            "3.11": {"a": "a==1 \\\n    --hash=x", "b": "b==1"},
            "3.12": {"a": "a==2 \\\n    --hash=y", "b": "b==1"},
        }
    )
    assert text == (
        "a==1 ; python_version == '3.11' \\\n    --hash=x\n"
        "a==2 ; python_version == '3.12' \\\n    --hash=y\nb==1\n"
    )


def test_a_runtime_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="There is no file"):
        cpython.from_embeddable(tmp_path / "gone.zip")
    (tmp_path / "python-9.9.9-embed-amd64.zip").write_bytes(b"PK")
    with pytest.raises(SetupError, match=hashlib.sha256(b"PK").hexdigest()):
        cpython.from_embeddable(tmp_path / "python-9.9.9-embed-amd64.zip")


def embeddable(path: Path) -> str:
    with zipfile.ZipFile(path, "w") as whole:
        whole.writestr("python.exe", "x")
        whole.writestr("python999.dll", "x")
        whole.writestr("LICENSE.txt", "x")
        whole.writestr("_tkinter.pyd", "x")
        with zipfile.ZipFile(path.with_suffix(".inner"), "w") as library:
            library.writestr("json/__init__.pyc", "x")
            library.writestr("ensurepip/__init__.pyc", "x")
            library.writestr("turtle.pyc", "x")
        whole.write(path.with_suffix(".inner"), "python999.zip")
    return downloads.sha256(path)


def test_the_official_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "python-embed.zip"
    digest = embeddable(path)
    here = f"{sys.version_info.major}.{sys.version_info.minor}.99"
    monkeypatch.setattr(cpython, "EMBEDDABLES", (cpython.Embeddable(here, digest),))
    runtime = cpython.from_embeddable(path)
    assert (runtime.version, runtime.sha256) == (here, digest)
    assert runtime.source == "python.org's embeddable archive"
    assert set(runtime.files) == {"python999.dll", "LICENSE.txt"}
    assert set(runtime.library) == {"json/__init__.pyc"}
    monkeypatch.setattr(cpython, "EMBEDDABLES", (cpython.Embeddable("2.7.1", digest),))
    with pytest.raises(SetupError, match=r"is Python 2\.7\.1, and this is"):
        cpython.from_embeddable(path)


def test_library_and_dll_have_to_be_of_one_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpython.platform, "python_version", lambda: "3.11.99")
    with pytest.raises(SetupError, match=r"(?s)3\.11\.99.*--python-embed"):
        cpython.from_wheel(tmp_path)


def test_bytecode_is_the_same_twice_and_runs() -> None:
    source = b"def answer():\n    return {'a', 'b', 'c'} and 42\n"
    data = compiled.module(source, "x.py")
    assert data == compiled.module(source, "x.py")
    assert data[4:8] == struct.pack("<I", 1), "a hash that is not checked"


@pytest.mark.usefixtures("qapp")
def test_the_icon_has_every_size() -> None:
    data = pictures.icon()
    _zero, kind, count = struct.unpack_from("<HHH", data)
    assert (kind, count) == (1, len(pictures.ICON_SIZES))
    sizes = [data[6 + 16 * number] or 256 for number in range(count)]
    assert sizes == list(pictures.ICON_SIZES)
    _size, place = struct.unpack_from("<II", data, 6 + 16 * (count - 1) + 8)
    assert data[place:].startswith(b"\x89PNG")
    assert data == pictures.icon(), "the same in every build"


@pytest.mark.usefixtures("qapp")  # else the pictures make one that no widget can use
def test_pictures_for_every_scale(tmp_path: Path) -> None:
    pictures.draw_all(tmp_path)
    for scale in pictures.SCALES:
        for name, (width, height) in (("side", pictures.SIDE), ("header", pictures.HEADER)):
            data = (tmp_path / f"{name}-{scale}.bmp").read_bytes()
            assert data[:2] == b"BM" and struct.unpack_from("<I", data, 2)[0] == len(data)
            size = struct.unpack_from("<ii", data, 18)
            assert size == (round(width * scale / 100), round(height * scale / 100))
            assert f"{name}-{scale}.bmp" in SETUP


def test_the_manifest_asks_for_what_is_promised() -> None:
    root = ElementTree.parse(WINDOWS / "launcher" / "launcher.manifest").getroot()
    values = {each.tag.split("}")[-1]: (each.text or "").strip() for each in root.iter()}
    assert values["dpiAwareness"].startswith("PerMonitorV2")
    assert (values["activeCodePage"], values["longPathAware"]) == ("UTF-8", "true")
    level = next(each for each in root.iter() if each.tag.endswith("requestedExecutionLevel"))
    assert level.get("level") == "asInvoker"


def test_the_installer_and_the_launcher_mean_the_same_name() -> None:
    assert launcher.RUNNING_NAME in SETUP


def test_nothing_is_removed_but_by_name(tmp_path: Path) -> None:
    (tmp_path / "Lib" / "a").mkdir(parents=True)
    (tmp_path / "Lib" / "a" / "$x.txt").write_text("")
    lines = nsis._remove_lines(tmp_path).splitlines()
    assert lines == [
        'Delete "$INSTDIR\\Lib\\a\\$$x.txt"',
        'RMDir "$INSTDIR\\Lib\\a"',
        'RMDir "$INSTDIR\\Lib"',
    ]
    assert "RMDir /r" not in SETUP
    assert "RequestExecutionLevel user" in SETUP and "HKLM" not in SETUP


def test_every_word_is_there_in_four_languages() -> None:
    text = (WINDOWS / "installer" / "words.nsh").read_text("utf-8")
    words = re.split(r"^!insertmacro WORD ", text, flags=re.M)[1:]
    assert len(words) >= 9
    for word in words:
        name = word.split()[0]
        texts = re.findall(r'"([^"]+)"', word)
        assert len(texts) == 4, name
        assert f"$({name})" in SETUP, f"{name} is not used"
        assert len({each.count("$\\r") for each in texts}) == 1, name


def test_azerbaijani_has_every_line_that_nsis_wants() -> None:
    lines = (WINDOWS / "installer" / "Azerbaijani.nlf").read_text("utf-8-sig").splitlines()
    assert lines[1] == "NLF v6"
    values = [line for line in lines[2:] if not line.startswith("#")]
    assert values[0] == "1068"
    english = Path("/usr/share/nsis/Contrib/Language files/English.nlf")
    if english.exists():
        theirs = english.read_text("utf-8-sig").splitlines()
        assert [line for line in lines if line.startswith("# ^")] == [
            line for line in theirs if line.startswith("# ^")
        ]
        for mine, other in zip(lines, theirs, strict=True):
            marks = r"\$\(\^\w+\)|\$_CLICK|\$0|%s"
            assert re.findall(marks, mine) == re.findall(marks, other), mine


def test_what_is_inside_is_listed(tmp_path: Path) -> None:
    wheels = [downloads.Wheel(tmp_path, "numpy", "2.4.6", "a" * 64)]
    project = downloads.Wheel(tmp_path, "gpu-setup-wizard", "1.2.3", "b" * 64)
    runtime = cpython.Runtime("3.13.14", "python.org's embeddable archive", "c" * 64, {}, {})
    data = json.loads(sbom.document(project, wheels, runtime))
    assert (data["bomFormat"], data["specVersion"]) == ("CycloneDX", "1.6")
    assert data["metadata"]["component"]["version"] == "1.2.3"
    python, numpy = data["components"]
    assert python["description"].startswith("python.org's embeddable archive")
    assert numpy["purl"] == "pkg:pypi/numpy@2.4.6"
    assert numpy["licenses"][0]["license"]["id"] == "BSD-3-Clause"
    assert data["dependencies"][0]["dependsOn"] == [python["bom-ref"], numpy["bom-ref"]]
    assert set(sbom._LICENCES) == set(pins(WINDOWS / "requirements.txt"))


def test_the_portable_zip_is_the_same_twice(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "Lib").mkdir(parents=True)
        (tmp_path / name / "Lib" / "x.pyc").write_bytes(b"x")
        os.utime(tmp_path / name / "Lib" / "x.pyc", (1, 1) if name == "a" else (2**31, 2**31))
        archive.portable(tmp_path / name, tmp_path / f"{name}.zip", "Wizard 1")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as whole:
        assert whole.namelist() == ["Wizard 1/Lib/x.pyc"]


def test_a_signer_gets_each_file_and_a_failure_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nsis.sign(tmp_path / "x.exe")  # nothing to sign with: nothing happens
    script = "import sys; open(sys.argv[1] + '.sig', 'w').close()"
    monkeypatch.setenv(nsis.SIGN, f"'{sys.executable}' -c \"{script}\"")
    nsis.sign(tmp_path / "x.exe", tmp_path / "y.exe")
    assert {path.name for path in tmp_path.iterdir()} == {"x.exe.sig", "y.exe.sig"}
    monkeypatch.setenv(nsis.SIGN, f"'{sys.executable}' -c \"raise SystemExit('no key')\"")
    with pytest.raises(SetupError, match=r"x\.exe could not be signed:\nno key"):
        nsis.sign(tmp_path / "x.exe")


def test_newer_facts_need_both_an_address_and_a_key() -> None:
    key = base64.b64encode(bytes(32)).decode()
    both = ["--facts-url", "https://facts.example/facts.signed", "--facts-key", key]
    asked = building.options(both)
    assert building.facts_source(asked) == {
        "facts_url": "https://facts.example/facts.signed",
        "facts_key": key,
    }
    assert building.facts_source(building.options([])) == {}
    assert building.facts_source(building.options(["--facts-url", "", "--facts-key", ""])) == {}
    for wrong in (both[:2], both[2:], [*both[:3], "short"], ["--facts-url", "http://x", *both[2:]]):
        with pytest.raises(SetupError, match="--facts-"):
            building.options(wrong)
