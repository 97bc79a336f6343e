"""The causes as data: every file is sound, covered, and tried on its own examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wizard.causes.diagnosis import diagnose, ranked
from wizard.causes.gathering import gather
from wizard.causes.knowledge import KnowledgeError, load, load_from
from wizard.causes.pasted import Pasted
from wizard.paths import resource_folder

FILES = sorted(resource_folder("causes").glob("*.json"))
CODES = [
    "no_nvidia_gpu",
    "amd_gpu",
    "intel_gpu",
    "gpu_too_old",
    "cpu_only_build",
    "cpu_only_build_conda",
    "channel_priority",
    "channel_deprecated",
    "driver_too_old",
    "nvml_mismatch",
    "nvml_library_not_found",
    "nvidia_smi_not_on_path",
    "kernel_module_not_loaded",
    "secure_boot",
    "optimus_nvml_driver_not_loaded",
    "cuda_unknown_error_uvm",
    "forward_compat_804",
    "wsl2_cuda",
    "mig",
    "cuda_visible_devices",
    "arch_too_new",
    "arch_too_old_for_build",
    "python_unsupported",
    "python_32bit",
    "wrong_cuda_index",
    "wrong_env",
    "pip_of_other_env",
    "pip_missing_in_env",
    "ms_store_python",
    "torchvision_mismatch",
    "numpy2_abi",
    "fbgemm_libomp140",
    "vc_redist_missing",
    "vc_redist_old",
    "qt_before_torch",
    "conda_forge_dll",
    "dll_procedure_missing",
    "paging_file_too_small",
    "omp_duplicate",
    "long_path",
    "file_locked_antivirus",
    "smart_app_control",
    "disk_full",
    "conda_not_found",
    "conda_init_needed",
    "conda_init_execution_policy",
    "conda_tos",
    "conda_ssl_dll",
    "conda_solver_slow",
    "ssl_intercepted",
    "ssl_expired",
    "non_ascii_user",
    "oom",
    "offline",
    "download_broken",
    "rate_limited",
    "conda_settings",
    "metapackage_conflict",
]
"""The list of failure codes that the diagnosis has to know."""


def data_of(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def found_in(case: dict[str, Any]) -> list[str]:
    pasted = Pasted(case["text"])
    read = gather(pasted, case.get("os"), case.get("evidence"))
    return [match.cause.code for match in ranked(pasted, read)]


def test_every_code_of_the_list_is_covered() -> None:
    assert set(CODES) <= set(load())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_cause_comes_first_on_its_examples(path: Path) -> None:
    data = data_of(path)
    assert len(data["examples"]) >= 2
    for example in data["examples"]:
        assert found_in(example)[:1] == [data["code"]], example


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_cause_is_not_seen_in_its_near_misses(path: Path) -> None:
    data = data_of(path)
    assert data["near_misses"]
    for near in data["near_misses"]:
        assert data["code"] not in found_in(near), near


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_finding_is_a_whole_answer(path: Path) -> None:
    example = data_of(path)["examples"][0]
    finding = diagnose(example["text"], example.get("os"), example.get("evidence")).findings[0]
    assert finding.code == path.stem
    assert finding.title
    assert not finding.title.endswith(".")
    assert finding.why.strip()
    assert finding.fix.strip()
    assert finding.source.startswith("https://")
    assert "{" not in finding.title + finding.why + finding.fix


GOOD = {
    "code": "x",
    "title": "T",
    "why": "W.",
    "fix": ["F."],
    "signals": [{"words": ["boom"], "score": 8}],
}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"code": "y"}, "code is y"),
        ({"title": ""}, "title"),
        ({"fix": []}, "fix"),
        ({"fix": "F."}, "fix"),
        ({"root": 10}, "root"),
        ({"root": True}, "root"),
        ({"source": "http://x"}, "source"),
        ({"install": "maybe"}, "install"),
        ({"color": "red"}, "color"),
        ({"signals": []}, "signals"),
        ({"signals": [{"words": ["boom"]}]}, "score"),
        ({"signals": [{"words": ["!!!"], "score": 8}]}, "without words"),
        ({"signals": [{"score": 8}]}, "needs words"),
        ({"signals": [{"words": ["a"], "score": 8, "regex": "x"}]}, "regex"),
        ({"signals": [{"words": ["a"], "score": 8, "facts": [{"fact": "moon", "is": 1}]}]}, "moon"),
        ({"when": [[{"fact": "torch", "is": 1, "below": 2}]]}, "one test"),
        ({"when": [[{"fact": "capability", "below": "@moon"}]]}, "@moon is no fact of the catalog"),
        ({"told": [{"facts": ["moon"], "text": "x"}]}, "moon"),
        ({"hides": ["nobody"]}, "nobody"),
    ],
)
def test_a_damaged_cause_is_refused_with_its_name(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    (tmp_path / "x.json").write_text(json.dumps(GOOD | changes), "utf-8")
    with pytest.raises(KnowledgeError, match=says) as error:
        load_from(tmp_path)
    assert str(error.value).startswith("x.json")


@pytest.mark.parametrize("text", ["{", "[]", "null", "[" * 100_000])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text, "utf-8")
    with pytest.raises(KnowledgeError, match=r"x\.json"):
        load_from(tmp_path)


def test_no_causes_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError):
        load_from(tmp_path)


def test_adding_a_cause_is_adding_a_file(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(GOOD), "utf-8")
    assert list(load_from(tmp_path)) == ["x"]
