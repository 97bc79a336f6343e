"""The lab's playbook, run for real against this computer; the PowerShell script, parsed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LAB = Path(__file__).resolve().parents[2] / "packaging" / "lab"
CHECKOUT = LAB.parents[1]
WIZARD = [sys.executable, "-P", "-m", "wizard"]


def _playbook() -> str | None:
    beside = Path(sys.executable).with_name("ansible-playbook")
    return str(beside) if beside.exists() else shutil.which("ansible-playbook")


PLAYBOOK = _playbook()


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """Three machines that are this computer: ready, not ready, and one without the wizard."""
    (tmp_path / "not_ready.json").write_text(
        json.dumps(
            {
                "program": {"name": "gpu-setup-wizard", "version": "0"},
                "machine": {"gpus": [{"vendor": "nvidia", "name": "Tesla T4"}]},
                "verification": {"ready": None, "findings": [{"code": "driver_missing"}]},
            }
        ),
        encoding="utf-8",
    )
    says = f"print(open({str(tmp_path / 'not_ready.json')!r}).read()); raise SystemExit(1)"
    hosts = {
        "pc-01": {"wizard": WIZARD},
        "pc-02": {"wizard": [sys.executable, "-c", says]},
        "pc-03": {"wizard": [str(tmp_path / "no such program")]},
    }
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory = {"all": {"vars": {**local, "wizard": WIZARD}, "hosts": hosts}}
    # JSON is YAML, too.
    (tmp_path / "lab.yml").write_text(json.dumps(inventory), encoding="utf-8")
    return tmp_path


def play(lab: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert PLAYBOOK is not None
    command = [PLAYBOOK, "-i", str(lab / "lab.yml"), str(LAB / "check.yml"), *arguments]
    command += ["-e", f"reports={lab}/reports", "-e", f"class_report={lab}/class.html"]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "GPU_WIZARD_LANGUAGE": "en"}
    return subprocess.run(
        command,
        cwd=lab,
        env={**environment, "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )


@pytest.mark.skipif(PLAYBOOK is None, reason="there is no ansible-playbook here")
def test_the_playbook_asks_every_machine_and_makes_the_page(lab: Path) -> None:
    reports = lab / "reports"
    (reports / "pc-03").mkdir(parents=True)
    (reports / "pc-03" / "check.json").write_text("of yesterday", encoding="utf-8")
    done = play(lab)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "No report came from: pc-03" in done.stdout
    found = sorted(path.parent.name for path in reports.rglob("check.json"))
    assert found == ["pc-01", "pc-02"]
    answer = json.loads((reports / "pc-01" / "check.json").read_text("utf-8"))
    assert answer["verification"]["ready"] in ("cpu", "gpu", None)
    page = (lab / "class.html").read_text("utf-8")
    assert "pc-01" in page and "pc-02" in page and "Tesla T4" in page
    assert "pc-03" not in page

    # A machine that is not ready does not fail the play.
    done = play(lab, "--limit", "pc-02")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_powershell_script_is_one() -> None:
    grammar = pytest.importorskip("tree_sitter_powershell")
    tree_sitter = pytest.importorskip("tree_sitter")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    source = (LAB / "check.ps1").read_bytes()
    assert source.isascii(), "Windows PowerShell 5.1 reads a file without a mark as ANSI"
    assert not parser.parse(source).root_node.has_error
    assert parser.parse(b"if ($x { }").root_node.has_error
