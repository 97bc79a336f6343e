"""Whatever a text went through on its way: the causes are still seen in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.causes import pasted
from wizard.causes.anonymous import without_private
from wizard.causes.decoding import decoded
from wizard.causes.diagnosis import diagnose
from wizard.causes.forum import forum_text
from wizard.causes.gathering import gather
from wizard.causes.knowledge import load
from wizard.causes.pasted import Pasted
from wizard.detection.machine import Gpu, Machine, OperatingSystem
from wizard.paths import resource_folder

ERROR = (
    "OSError: [WinError 126] The specified module could not be found. Error loading "
    '"C:\\Users\\Əli\\miniforge3\\envs\\llm_50gun\\Lib\\site-packages\\torch\\lib\\c10.dll" or '
    "one of its dependencies."
)


def codes(text: str, system: str | None = None) -> list[str]:
    return [finding.code for finding in diagnose(text, system).findings]


def wrapped(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


@pytest.mark.parametrize(
    "text",
    [
        ERROR,
        ERROR.upper(),
        ERROR.replace(" ", "\n"),
        ERROR.replace(" ", "   \r\n> "),
        ERROR.replace('"', "\u201c").replace("'", "\u2019"),
        f"\x1b[31m{ERROR}\x1b[0m",
        f"│ {ERROR} │",
        "x" * 500_000 + "\n" + ERROR + "\n" + "y" * 500_000,
        ERROR.replace("The specified module could not be found", "Göstərilən modul tapılmadı"),
        ERROR.replace("The specified module could not be found", "\ufffd\ufffd\ufffd ???"),
        ERROR[: ERROR.index(" or one of")],
    ],
    ids=[
        *("plain", "capitals", "a word a line", "quoted", "curly quotes", "colours", "a table"),
        *("in the middle", "localized", "mojibake", "cut"),
    ],
)
def test_the_form_does_not_matter(text: str) -> None:
    assert codes(text)[0] == "vc_redist_missing"


@pytest.mark.parametrize("width", [60, 79, 80, 100, 120])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CUDA error: no kernel image is available for execution (RTX 5090)", "arch_too_new"),
        ("Failed to initialize NVML: Driver/library version mismatch", "nvml_mismatch"),
        ("AssertionError: Torch not compiled with CUDA enabled", "cpu_only_build"),
        (ERROR, "vc_redist_missing"),
    ],
)  # fmt: skip
def test_a_console_breaks_within_words(text: str, code: str, width: int, ending: str) -> None:
    for shift in range(0, 60, 7):
        line = "(llm) C:\\Users\\student\\a_folder_of_the_course>"[:shift] + " " + text
        assert codes(wrapped(line, width).replace("\n", ending))[:1] == [code], shift


def test_a_failure_that_was_overcome_is_none_but_one_after_a_success_is() -> None:
    failed, success = "urllib3: Read timed out.", "Successfully installed torch-2.9.0"
    assert codes(f"{failed}\n{success}") == []
    assert codes(f"{success}\n{failed}") == ["offline"]
    assert codes(f"{failed}\n{success}\n{failed}") == ["offline"]


def test_lines_that_end_with_a_word_are_no_broken_words() -> None:
    lines = "a line of a log that says something long enough and ends with 1\n455 is the next step"
    assert codes(lines) == []


def test_the_end_of_a_megabyte_is_read() -> None:
    """How long that takes is measured by the bench."""
    text = (
        "2025-01-01 12:00:00 step 7 loss 0.1234 gpu 0 torch 2.9.0+cu130 хорошо, 没有错误\n" * 13_000
    )
    assert codes(text) == []
    assert codes(f"{text}urllib3: Read timed out.") == ["offline"]


@pytest.mark.parametrize("piece", [1, 2, 7, 40])
def test_it_is_read_in_pieces_as_if_in_one(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    text = "CUDA error:\tno kernel image\nΟΔΟΣ «torch»  _C.so 'x'\r\n" + "word" * 30 + " end\n\n"
    whole = Pasted(text)
    expected = (whole.words, whole.vocabulary, whole._pairs)
    monkeypatch.setattr(pasted, "_PIECE", piece)
    monkeypatch.setattr(pasted, "_PIECE_WORDS", piece)
    again = Pasted(text)
    assert (again.words, again.vocabulary, again._pairs) == expected
    assert again.has("no kernel image") and again.has("torch c so x")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_the_encoding_of_a_file_does_not_matter(encoding: str) -> None:
    assert codes(decoded(ERROR.encode(encoding)))[0] == "vc_redist_missing"


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "cp1254", "cp936"])
def test_nor_does_a_code_page(encoding: str) -> None:
    text = "Ошибка: " + ERROR.replace("Əli", "Ali")
    data = text.encode(encoding, "replace")
    assert codes(decoded(data))[0] == "vc_redist_missing"


def test_utf8_that_was_cut_in_the_middle_stays_utf8() -> None:
    data = ("Göstərilən modul tapılmadı. " * 20).encode()
    assert "Göstərilən" in decoded(data[:-9] + b"\xc9")


def test_several_causes_in_one_log() -> None:
    text = (
        "CondaToSNonInteractiveError: Terms of Service have not been accepted\n"
        + "…\n" * 50
        + "OSError: [Errno 28] No space left on device"
    )
    assert set(codes(text)) >= {"conda_tos", "disk_full"}


@given(st.text(max_size=3000))
def test_any_text_is_taken(text: str) -> None:
    found = diagnose(text)
    assert len(found.findings) <= 4
    forum_text(text, found.facts, names=())


@given(st.binary(max_size=2000))
def test_any_bytes_are_taken(data: bytes) -> None:
    diagnose(decoded(data))


WORDS = sorted({word for cause in load().values() for s in cause.signals for word in s.words})


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS) | st.sampled_from(["a", "0", ".", "\\", "driver ", "torch=="])),
    st.integers(1, 3000),
)
def test_no_text_of_the_signals_own_words_takes_for_ever(parts: list[str], times: int) -> None:
    """Catastrophic backtracking would show in repeated near matches, and never come to its end."""
    text = (" ".join(parts) * times)[:400_000]
    diagnose(text)
    without_private(text[:50_000], ("aysel",))


@pytest.mark.parametrize(
    "line",
    ["a" * 10_000_000, "driver version " * 700_000, "9" * 10_000_000, "C:\\Users\\" * 1_100_000],
    ids=["one word", "near matches", "digits", "paths"],
)
def test_a_line_of_ten_megabytes(line: str) -> None:
    found = diagnose(line + "\n" + ERROR)
    assert found.findings[0].code == "vc_redist_missing"


def test_facts_are_read_also_where_no_cause_is() -> None:
    text = (
        "NVIDIA-SMI 581.57  Driver Version: 581.57  CUDA Version: 13.0\ntorch 2.13.0+cu130\nhello"
    )
    found = diagnose(text, "windows")
    assert not found.findings
    shown = dict(found.facts.shown())
    assert shown["driver"] == "581.57"
    assert shown["torch"] == "2.13.0"
    assert shown["driver_cuda"] == "13.0"
    assert shown["system"] == "windows"


@pytest.mark.parametrize(
    "text",
    [
        "I don't have an NVIDIA gpu. RuntimeError: Found no NVIDIA driver on your system.",
        "MacBook M1: RuntimeError: Found no NVIDIA driver on your system.",
        "VMware SVGA 3D: NVIDIA-SMI has failed because it couldn't communicate with the driver",
        "My computer has no NVIDIA card: CUDA driver version is insufficient for CUDA runtime",
        "Radeon RX 580: CUDA driver version is insufficient for CUDA runtime version",
    ],
)
def test_no_driver_is_advised_where_the_text_says_that_no_card_is(text: str) -> None:
    found = codes(text)
    assert found[0] in ("no_nvidia_gpu", "amd_gpu")
    assert not set(found) & {"driver_missing", "driver_too_old", "kernel_module_not_loaded"}


def test_causes_that_explain_each_other_are_not_both_left_out() -> None:
    causes = load()
    for cause in causes.values():
        for other in cause.hides:
            if cause.code in causes[other].hides:
                texts = json.loads(
                    (resource_folder("causes") / f"{cause.code}.json").read_text("utf-8")
                )["examples"]
                both = " ".join(example["text"] for example in texts)
                assert diagnose(both).findings, (cause.code, other)


def test_evidence_outranks_text() -> None:
    evidence = {"gpus": [{"vendor": "amd", "name": "AMD Radeon RX 6600"}], "os": "windows"}
    facts = gather(Pasted("my RTX 3060 does not work"), None, evidence)
    assert facts.nvidia is False
    assert facts.amd is True


def test_a_machine_is_evidence_as_it_is_and_as_json() -> None:
    machine = Machine(
        "t", OperatingSystem("windows"), gpus=(Gpu("nvidia", "NVIDIA GeForce RTX 5070", "12.0"),)
    )
    for evidence in (machine.to_json(), json.loads(json.dumps(machine.to_json()))):
        facts = gather(Pasted("hello"), None, evidence)
        assert facts.nvidia is True
        assert facts.system == "windows"


PRIVATE = """
C:\\Users\\Aysel Məmmədova\\envs  /home/aysel/x  /Users/orxan/y  file://C:/Users/Orxan/z
https://orxan:geheim@proxy.firma.az:8080  aysel.m@mail.example.az
GPU-12345678-1234-1234-1234-123456789abc
HF_TOKEN=hf_abcdefghijklmnopqrstuvwx  password: "topsecret1"  00:1a:2b:3c:4d:5e  192.168.1.23
https://conda.anaconda.org/t/az-12345678-1234-1234-1234-123456789abc/main
Serial Number: 0324518012345
orxan-pc says torch 2.13.0 on AYSEL's machine at 127.0.0.1
"""


def test_what_is_private_is_taken_out() -> None:
    clean = without_private(PRIVATE, ("aysel", "orxan-pc"))
    for secret in (
        *("Aysel", "aysel", "AYSEL", "Məmmədova", "/orxan", "Orxan", "geheim", "mail.example"),
        *("12345678-1234", "hf_abc", "topsecret1", "1a:2b", "192.168", "0324518012345", "orxan-pc"),
    ):
        assert secret not in clean, secret
    assert "torch 2.13.0" in clean
    assert "127.0.0.1" in clean
    assert "proxy.firma.az:8080" in clean


def test_the_forum_text_has_facts_and_the_end_of_the_log() -> None:
    text = (
        "\n".join(f"line {number}" for number in range(1000)) + "\n/home/aysel/torch 2.13.0+cu130"
    )
    found = diagnose(text)
    ready = forum_text(text, found.facts, names=("aysel",))
    assert "PyTorch: 2.13.0" in ready
    assert "line 999" in ready
    assert "line 5\n" not in ready
    assert "aysel" not in ready
    assert len(ready) < 30_000


def test_a_whole_folder_of_source_code_is_healthy() -> None:
    """Our own program speaks of every error there is, in words; its code is no error."""
    text = Path(gather.__code__.co_filename).with_name("pasted.py").read_text("utf-8")
    assert codes(text) == []
