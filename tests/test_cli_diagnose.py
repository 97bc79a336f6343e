"""``diagnose`` on the command line: what it says, what it asks others, what it runs."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from wizard import cli_diagnose
from wizard.causes.decoding import decoded
from wizard.causes.diagnosis import diagnose as diagnose_text
from wizard.paths import resource_folder

PROJECT = Path(__file__).resolve().parents[1]
NOT_COMPILED = "AssertionError: Torch not compiled with CUDA enabled"


def diagnose(text: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wizard", "diagnose", *options],
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=PROJECT,
        timeout=60,
    )


def test_what_nobody_knows_becomes_a_text_for_a_forum() -> None:
    said = "something odd in /home/aysel/course: the screen turned purple, aysel@example.com"
    done = diagnose(said)
    assert done.returncode == 0
    assert "No known cause was recognised" in done.stdout and "Text for a forum" in done.stdout
    assert "purple" in done.stdout and "/home/aysel" not in done.stdout
    assert "Read it once before you send it" in done.stdout
    assert "aysel@example.com" not in done.stdout
    document = json.loads(diagnose(said, "--json").stdout)
    assert document["findings"] == [] and "purple" in document["forum"]
    assert "aysel@" not in document["forum"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_of_a_long_text_beginning_and_end_are_read(
    monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr(cli_diagnose, "_END", 4096)
    text = "the first line\n" + "ordinary output\n" * 2**19 + NOT_COMPILED + "\n"
    read = cli_diagnose._ends(io.BytesIO(text.encode(encoding)))
    assert len(read) <= 3 * 4096 + 2**20
    shown = decoded(read)
    assert shown.startswith("the first line\n") and shown.endswith(NOT_COMPILED + "\n")
    assert "\ufffd" not in shown
    assert diagnose_text(shown).findings[0].code == "cpu_only_build"


def test_a_short_text_is_asked_for_once() -> None:
    """In a terminal, each further question needs another Ctrl+D."""

    class Terminal(io.BytesIO):
        asked = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.asked += 1
            return super().read(size)

    terminal = Terminal(b"a line\n")
    assert cli_diagnose._ends(terminal) == b"a line\n"
    assert terminal.asked == 1


def test_a_known_cause_needs_no_forum() -> None:
    done = diagnose(NOT_COMPILED, "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["findings"][0]["code"] == "cpu_only_build"
    assert document["forum"] is None


@pytest.mark.parametrize(
    ("machine", "word"), [("rtx5070-desktop", "cuda-version=13"), ("t4-colab", "cuda-version=12")]
)
def test_evidence_of_a_machine_gives_the_commands_for_it(machine: str, word: str) -> None:
    described = json.loads((resource_folder("machines") / f"{machine}.json").read_text("utf-8"))
    report = json.dumps({"text": NOT_COMPILED, "evidence": described})
    answer = json.loads(diagnose(report, "--jsonl").stdout)
    assert word in answer["findings"][0]["commands"][-1]["bash"]


def test_parts_of_a_machine_are_evidence_without_commands() -> None:
    report = json.dumps({"text": NOT_COMPILED, "evidence": {"gpus": ["RTX 3060"]}})
    answer = json.loads(diagnose(report, "--jsonl").stdout)
    assert answer["findings"][0]["code"] == "cpu_only_build"
    assert answer["findings"][0]["commands"] == []


def test_nothing_is_nothing() -> None:
    document = json.loads(diagnose("  \n", "--json").stdout)
    assert document["findings"] == [] and document["forum"] is None
