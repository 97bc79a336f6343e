"""The report and the class's page: whole, safe, private, and rendered by a real browser."""

from __future__ import annotations

import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import jsonschema
import pytest
from PySide6.QtGui import QImage

from wizard.advice.finding import Finding
from wizard.advice.recommend import recommend
from wizard.causes.evidence import Ending
from wizard.checks import CHECK_IDS, Check
from wizard.detection.machine import Machine, machine_from_json
from wizard.jobs.benchmark import BenchmarkResult
from wizard.jobs.events import Device, Info, Sample
from wizard.jobs.verification import VerificationResult
from wizard.paths import resource_folder
from wizard.report.class_report import class_html, read_folder
from wizard.report.document import report_document
from wizard.report.html import page as page_of
from wizard.report.html import report_html
from wizard.report.publishable import published
from wizard.report.svg import bar_plot, speed_plot
from wizard.text import set_language

PROJECT = Path(__file__).resolve().parents[2]
ENDED = Ending("exited", 0, "0", "", done=True, spoke=True, during=None)


def machine(name: str = "rtx5070-desktop", *, simulated: bool = False) -> Machine:
    text = (resource_folder("machines") / f"{name}.json").read_text("utf-8")
    return replace(machine_from_json(json.loads(text)), simulated=simulated, name="aysel-pc")


def verified(*findings: Finding) -> VerificationResult:
    checks = tuple(Check(name, "passed") for name in CHECK_IDS)
    return VerificationResult(
        checks=checks,
        ready=None if findings else "gpu",
        findings=findings,
        kind="exited",
        exit_name="0",
        detail="",
        log_path=Path("/home/aysel/log.txt"),
        log_tail=(),
        python="/home/aysel/miniforge3/envs/llm_50gun/bin/python",
        expected="cuda",
        simulated=False,
        torch_version="2.13.0+cu130",
        device_names=("NVIDIA GeForce RTX 5070",),
        ending=ENDED,
    )


def measured() -> BenchmarkResult:
    samples = [
        Sample("matmul", device, dtype, size, 0.001, speed * size / 1000, 5)
        for device, dtype, speed in (
            ("cpu", "float32", 100.0),
            ("cuda:0", "float32", 9000.0),
            ("cuda:0", "float16", 60000.0),
        )
        for size in (256, 1024, 4096)
    ]
    info = Info("2.13.0+cu130", 8, (Device("cpu", "CPU"), Device("cuda:0", "RTX 5070")))
    return BenchmarkResult(
        tuple(samples), (), (), info, False, True, (), "exited", "0", None, (), "/x/python"
    )


EVIL = Finding("x", "<script>alert(1)</script>", 'C:\\Users\\Aysel\\"x" & y', "Do <b>this</b>.")


class Tags(HTMLParser):
    """Every tag, and whether each was closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.seen.append(tag)
        if tag not in ("meta", "line", "rect", "polyline", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def whole_report(*findings: Finding, simulated: bool = False) -> str:
    here = machine(simulated=simulated)
    result = measured()
    return report_html(published(here, recommend(here), verified(*findings), result))


def test_the_page_is_whole_and_stands_alone() -> None:
    page = whole_report()
    tags = Tags(page)
    assert tags.open == []
    assert {"svg", "polyline", "table", "style"} <= set(tags.seen)
    assert not {"script", "link", "img"} & set(tags.seen)
    assert not re.search(r"url\(|@import", page)
    assert "prefers-color-scheme: dark" in page
    assert "@page" in page
    assert "Ready: PyTorch runs on the GPU." in page


def test_what_a_finding_says_cannot_break_the_page() -> None:
    page = whole_report(EVIL)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert Tags(page).open == []


def test_nothing_private_is_in_it() -> None:
    page = whole_report(EVIL)
    assert "aysel" not in page.lower()
    here = machine()
    gpus = tuple(replace(gpu, uuid="GPU-1") for gpu in here.gpus)
    here = replace(here, gpus=gpus)
    parts = published(here, recommend(here), verified(), names=("aysel",))
    document: dict[str, Any] = parts.document()
    text = json.dumps(document, ensure_ascii=False)
    assert "aysel" not in text.lower()
    assert "GPU-1" not in text
    assert document["machine"]["name"].startswith("NVIDIA")
    assert "/home/USER/miniforge3" in text


def test_a_simulated_machine_says_so() -> None:
    assert 'class="ribbon"' in whole_report(simulated=True)
    assert 'class="ribbon"' not in whole_report()


@pytest.mark.parametrize("language", ["az", "en"])
def test_the_page_names_its_language(language: str) -> None:
    set_language(language)
    assert f'<html lang="{language}">' in whole_report()


def test_plots_of_little_or_nothing() -> None:
    assert speed_plot({}) == ""
    assert speed_plot({"cpu": ("CPU", [(256, 10.0)])}).count("<polyline") == 1
    assert bar_plot([]) == ""
    assert bar_plot([("a", 0.5, False), ("b", 40.0, True)]).count("<rect") == 2


def save(folder: Path, name: str, document: object) -> None:
    (folder / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def student(**parts: Any) -> dict[str, Any]:
    here = machine()
    result = measured()
    return {**json.loads(json.dumps(published(here, None, verified(), result).document())), **parts}


def test_a_class_with_ready_stuck_damaged_and_foreign(tmp_path: Path) -> None:
    save(tmp_path, "01 Əli", student())
    stuck = json.loads(json.dumps(report_document(machine(), None, verified(EVIL))))
    save(tmp_path, "02 İlkin", stuck)
    save(tmp_path, "03 new", student(verification=None, benchmark=None))
    save(tmp_path, "x package", {"name": "left-pad"})
    save(tmp_path, "y list", [1, 2])
    (tmp_path / "z half.json").write_text('{"schema": 1, "prog', "utf-8")
    (tmp_path / "notes.txt").write_text("not JSON at all", "utf-8")
    students, unread = read_folder(tmp_path)
    assert [each.name for each in students] == ["01 Əli", "02 İlkin", "03 new"]
    assert [each.ready for each in students] == ["gpu", None, None]
    assert students[0].speedup == pytest.approx(90.0)
    assert [each.name for each in unread] == ["x package", "y list", "z half"]
    page = class_html(students, unread)
    assert Tags(page).open == []
    assert "<script>" not in page
    assert "01 Əli" in page
    assert "z half" in page


def test_a_teacher_reads_the_causes_in_her_own_language(tmp_path: Path) -> None:
    finding = {"code": "cpu_only_build", "title": "PyTorch was installed without CUDA"}
    stuck = student(
        verification={**student()["verification"], "ready": None, "findings": [finding]}
    )
    save(tmp_path, "01 stuck", stuck)
    driver = student(verification=None, benchmark=None)
    save(tmp_path, "02 driver", {**driver, "recommendation": {"verdict": "install_driver"}})
    unknown = {"code": "of_a_later_version", "title": "Something new"}
    save(tmp_path, "03 new", student(verification={"ready": None, "findings": [unknown]}))
    set_language("az")
    students, _unread = read_folder(tmp_path)
    assert [each.finding for each in students] == [
        "PyTorch CUDA-sız quraşdırılıb",
        "NVIDIA sürücüsü quraşdırılmayıb",
        "Something new",
    ]


def test_a_class_shows_allowed_fields_of_foreign_reports(tmp_path: Path) -> None:
    report = student()
    secret = "/home/leyla7/x"
    report["machine"]["gpus"] = [{"vendor": "nvidia", "name": f"Tesla T4 {secret}"}]
    report["machine"]["nvidia_driver"] = {"version": f"581.57 {secret}"}
    finding = {"code": "of_a_later_version", "title": f"It lies in {secret}"}
    report["verification"] |= {"torch": f"2.13.0+{secret}", "findings": [finding]}
    save(tmp_path, "01", report)
    (tmp_path / "leyla7.json").mkdir()
    students, unread = read_folder(tmp_path)
    assert (students[0].driver, students[0].torch) == ("581.57", "2.13.0")
    assert students[0].card.startswith("Tesla T4 ")
    assert [each.name for each in unread] == ["leyla7"]
    assert str(tmp_path) not in class_html(students, unread)
    assert "leyla7" not in class_html(students, [])


@pytest.mark.parametrize("field", ["machine", "verification", "benchmark", "program", "simulated"])
@pytest.mark.parametrize("value", [None, 3, "x", [], [[]], {"gpus": 3, "findings": "x"}])
def test_no_damaged_field_stops_the_others(tmp_path: Path, field: str, value: object) -> None:
    save(tmp_path, "good", student())
    save(tmp_path, "odd", student(**{field: value}))
    students, unread = read_folder(tmp_path)
    assert len(students) + len(unread) == 2
    assert Tags(class_html(students, unread)).open == []


def test_a_thousand_reports_from_the_command_line(tmp_path: Path) -> None:
    folder = tmp_path / "sinif"
    folder.mkdir()
    text = json.dumps(student(), ensure_ascii=False)
    for number in range(1000):
        (folder / f"{number:04d}.json").write_text(text, "utf-8")
    out = tmp_path / "class.html"
    done = subprocess.run(
        [sys.executable, "-m", "wizard", "class-report", str(folder), "--out", str(out)],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "1000 reports, 1000 ready" in done.stdout
    assert out.read_text("utf-8").count("<tr>") > 1000


def class_report(folder: Path, out: Path) -> int:
    from wizard.cli import main

    return main(["class-report", str(folder), "--out", str(out)])


def test_a_report_among_the_reports_is_never_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sinif"
    folder.mkdir()
    save(folder, "aysel", student())
    (folder / "aysel.html").write_text("<main>her own page</main>")
    (folder / "notes.txt").write_text("notes")
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    (tmp_path / "page.html").symlink_to(folder / "aysel.json")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for out in (
        *(folder / name for name in ("aysel.json", "aysel.html", "notes.txt", "new.json")),
        *(folder / "X.JSON", folder / ".." / "sinif" / "aysel.json"),
        *(tmp_path / "link" / "aysel.json", tmp_path / "page.html"),
    ):
        assert class_report(folder, out) == 2, out
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    for _again in range(2):  # the page of a class itself is made anew
        assert class_report(folder, folder / "class.html") == 0
    assert class_report(folder, tmp_path / "class.html") == 0


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no such folder"):
        read_folder(tmp_path / "none")


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
with_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")


def chromium(tmp_path: Path, page: Path, *options: str, out: BinaryIO | None = None) -> None:
    """A headless Chromium that asks nobody for anything."""
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync")
    subprocess.run(
        [
            *(str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(f"--user-data-dir={tmp_path / 'profile'}", "--no-first-run", "--disable-quic"),
            *(*quiet, *options, page.as_uri()),
        ],
        check=True,
        stdout=out or subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=90,
    )


@with_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_real_browser_shows_it(tmp_path: Path, scheme: str) -> None:
    page, picture = tmp_path / "report.html", tmp_path / f"{scheme}.png"
    page.write_text(whole_report(), "utf-8")
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    chromium(tmp_path, page, "--window-size=900,1400", *dark, f"--screenshot={picture}")
    shown = QImage(str(picture))
    assert (shown.width(), shown.height()) == (900, 1400)
    ground = shown.pixelColor(3, 700).lightness()
    assert ground > 230 if scheme == "light" else ground < 40


PROBE = """<p id="p">untouched</p><script>document.getElementById("p").textContent = "run"</script>
<img src="http://127.0.0.1:{port}/picture"><link rel="stylesheet" href="http://127.0.0.1:{port}/s">
<iframe src="http://127.0.0.1:{port}/frame"></iframe><p onclick="x()">x</p>"""


class Asked(http.server.BaseHTTPRequestHandler):
    """Notes what a browser asks for."""

    paths: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_error(404)

    def log_message(self, *args: object) -> None:
        """Nothing."""


@with_chromium
@pytest.mark.parametrize("guarded", [True, False], ids=["as it is", "without its policy"])
def test_no_page_runs_a_script_or_asks_a_server(tmp_path: Path, guarded: bool) -> None:
    """Whatever got into it; without the policy, the same page does both."""
    Asked.paths.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Asked) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        text = page_of("x", PROBE.format(port=server.server_address[1]))
        if not guarded:
            text, found = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
            assert found == 1
        page, paper = tmp_path / "page.html", tmp_path / "page.txt"
        page.write_text(text, "utf-8")
        with paper.open("wb") as file:
            chromium(tmp_path, page, "--dump-dom", out=file)
        server.shutdown()
    shown = paper.read_text("utf-8")
    assert ("untouched</p>" in shown) == guarded
    assert (Asked.paths == []) == guarded


@with_chromium
@pytest.mark.parametrize("pictures", [True, False])
def test_pictures_are_shown_where_a_page_has_some(tmp_path: Path, pictures: bool) -> None:
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    image.fill(0xFF0000)
    image.save(str(tmp_path / "red.png"))
    page, picture = tmp_path / "page.html", tmp_path / "shown.png"
    page.write_text(page_of("x", '<img src="red.png" alt="">', pictures=pictures), "utf-8")
    chromium(tmp_path, page, "--window-size=400,400", f"--screenshot={picture}")
    shown = QImage(str(picture)).pixelColor(150, 150)
    assert ((shown.red(), shown.green()) == (255, 0)) == pictures


@with_chromium
@pytest.mark.parametrize("language", ["az", "ru"])
def test_it_prints_on_two_sheets_of_a4(tmp_path: Path, language: str) -> None:
    set_language(language)
    page, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    page.write_text(whole_report(), "utf-8")
    chromium(tmp_path, page, "--no-pdf-header-footer", f"--print-to-pdf={paper}")
    assert len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) <= 2


def schema() -> Any:
    path = resource_folder("schemas") / "report.schema.json"
    return json.loads(path.read_text("utf-8"))


def test_reports_are_as_the_published_schema_says() -> None:
    rules = jsonschema.Draft202012Validator(schema())
    rules.check_schema(rules.schema)
    rules.validate(student())
    rules.validate(student(verification=None, benchmark=None))
    with pytest.raises(jsonschema.ValidationError):
        rules.validate(student(simulated="no"))


def test_a_check_of_this_very_computer_is_as_the_schema_says() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wizard", "check", "--json", "--python", sys.executable],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        timeout=120,
    )
    assert done.returncode in (0, 1), done.stderr
    jsonschema.Draft202012Validator(schema()).validate(json.loads(done.stdout))
