"""A fact has one home: CUDA 14 and an RTX 6090, made up in a copy of the data, are followed.

Nothing is changed but rows of ``resources/catalog``; what is asked is the program as it is.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from machines import machine, nvidia

from wizard.advice import catalog, gpu_names
from wizard.advice.computer import assess
from wizard.advice.recommend import recommend
from wizard.advice.recommendation import Recommendation
from wizard.catalog import cards
from wizard.causes.diagnosis import diagnose, finding_of
from wizard.causes.facts import Facts
from wizard.causes.knowledge import load as load_causes
from wizard.detection.machine import Gpu
from wizard.detection.probes.pci_names import card_name
from wizard.jobs.verification import expected_accelerator
from wizard.paths import resource_folder

WIZARD = Path(catalog.__file__).parents[1]


def _edit(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads((folder / name).read_bytes())
    change(data)
    (folder / name).write_text(json.dumps(data), encoding="utf-8")


def _wheels(data: dict[str, Any]) -> None:
    """PyTorch 3.0 for CUDA 14, from compute capability 8.0 on."""
    release = {**data["releases"][0], "version": "3.0.0", "torchvision": "1.0.0"}
    data["releases"].append(release)
    data["order"].insert(0, "cu140")
    data["indexes"]["cu140"] = ["3.0.0", None]
    for platform in ("linux-x86_64", "windows-x86_64"):
        data["builds"].append(
            {
                "release": "3.0.0",
                "platform": platform,
                "variant": "cu140",
                "kernels": "8.0 9.0 12.0 14.0",
                "certainty": "C",
                "source": "pypi",
            }
        )


def _conda(data: dict[str, Any]) -> None:
    for row in [row for row in data["conda_forge"] if row["cuda"] == 13]:
        data["conda_forge"].append(
            {**row, "cuda": 14, "build": "14.0", "kernels": "8.0 9.0 12.0 14.0"}
        )


def _drivers(data: dict[str, Any]) -> None:
    for system in ("linux", "windows"):
        row = {**data["minimums"][0], "system": system, "cuda": 14}
        data["minimums"].append({**row, "minimum": "700", "first": "700.11"})
    toolkit = {**data["toolkits"][0], "cuda": "14.0", "linux": "700.11", "windows": "700.11"}
    data["toolkits"].append(toolkit)
    data["generations"].append(
        {
            "name": "Rubin",
            "first": "14.0",
            "last": "14.9",
            "last_branch": None,
            "first_linux": "700.11",
            "first_windows": "700.11",
            "first_cuda": "14.0",
            "first_torch": "3.0",
            "certainty": "C",
            "source": "toolkit",
        }
    )


def _gpus(data: dict[str, Any]) -> None:
    like = {k: v for k, v in data["gpus"][0].items() if not k.startswith("first_")}
    data["gpus"].append({**like, "name": "GeForce RTX 6090", "capability": "14.0"})
    data["chips"].append({**data["chips"][0], "chip": "GR20", "capability": "14.0"})
    data["devices"].append(
        {**data["devices"][0], "chip": "GR202", "names": {"3b85": "GeForce RTX 6090"}}
    )


@pytest.fixture
def tomorrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "catalog"
    shutil.copytree(resource_folder("catalog"), folder)
    _edit(folder, "pytorch.json", _wheels)
    _edit(folder, "conda.json", _conda)
    _edit(folder, "drivers.json", _drivers)
    _edit(folder, "gpus.json", _gpus)
    remembered = (
        *(catalog.load, cards.load, cards.capabilities_of_name, cards.row_of),
        *(gpu_names.cuda_cores, gpu_names.short_name),
    )
    for module in (catalog, cards):
        monkeypatch.setattr(module, "catalog_folder", lambda: folder)
    for each in remembered:
        each.cache_clear()
    yield folder
    monkeypatch.undo()
    for each in remembered:
        each.cache_clear()


def _texts(got: Recommendation) -> str:
    return " ".join(reason.text for reason in got.reasons)


@pytest.mark.usefixtures("tomorrow")
def test_the_new_card_gets_the_new_cuda() -> None:
    got = recommend(machine([nvidia("NVIDIA GeForce RTX 6090")], "705.20"))
    assert got.verdict == "install"
    assert got.primary.argv[-1] == "cuda-version=14"
    assert got.alternatives[0].argv[-1].endswith("/cu140")
    reason = got.reasons[0]
    assert reason.code == "cuda14_works"
    for words in ("14.0", "CUDA 14", "driver 700", "705.20", "begin at 8.0"):
        assert words in reason.text


@pytest.mark.usefixtures("tomorrow")
def test_older_cards_and_drivers_are_told_of_it() -> None:
    turing = recommend(machine([nvidia("Tesla T4", "7.5")], "705.20"))
    assert turing.primary.argv[-1] == "cuda-version=13"
    assert turing.reasons[0].code == "capability_too_old_for_cuda14"
    assert "CUDA 14 builds begin at 8.0: so CUDA 13, although" in turing.reasons[0].text
    ada = recommend(machine([nvidia("RTX 4060", "8.9")], "581.42", "windows"))
    assert ada.primary.argv[-1] == "cuda-version=13"
    assert ada.driver is not None and ada.driver.needed == "700.11"
    assert "CUDA 14 needs driver 700" in _texts(ada) and "could use CUDA 14" in _texts(ada)
    old = recommend(machine([nvidia("NVIDIA GeForce RTX 6090")], "610.62", "windows"))
    assert old.verdict == "update_driver"
    assert "RTX 6090 needs driver 700.11 or newer" in _texts(old)
    line = next(
        line
        for line in assess(machine([nvidia("RTX 4060", "8.9")], "705.20"))
        if line.id == "driver"
    )
    assert "14.0" in line.value


@pytest.mark.usefixtures("tomorrow")
def test_a_card_without_a_driver_is_known_by_its_pci_id() -> None:
    assert card_name("10de:3b85") == "NVIDIA GeForce RTX 6090"
    bare = Gpu("nvidia", "NVIDIA graphics card (10de:3b85)", pci_id="10de:3b85")
    got = recommend(machine([bare], None, "windows"))
    assert got.verdict == "install_driver"
    assert "RTX 6090" in got.reasons[0].text and "700.11" in got.reasons[0].text
    assert expected_accelerator(machine([bare], "705.20")) == "cuda"


@pytest.mark.usefixtures("tomorrow")
def test_the_causes_follow() -> None:
    def seen(**facts: Any) -> Facts:
        return Facts(system="linux", nvidia=True, driver_there=True, **facts)

    new = seen(driver=(620, 1), torch=(3, 0), torch_cuda=(14, 0), capability=(8, 9))
    assert new.value("driver_below_build") is True
    assert seen(driver=(700, 11), torch_cuda=(14, 0)).value("driver_below_build") is False
    assert seen(torch=(2, 15), torch_cuda=(13, 2), capability=(14, 0)).value(
        "card_newer_than_build"
    )
    assert seen(torch_cuda=(14, 0), capability=(7, 5)).value("card_older_than_build")
    found = diagnose("", "linux", {"driver": "620.10", "torch": "3.0.0+cu140", "gpu": "RTX 4090"})
    assert "driver_too_old" in {finding.code for finding in found.findings}
    why = finding_of(load_causes()["arch_too_new"], new).why
    assert "PyTorch 3.0 or newer with CUDA 14.0 or newer" in why
    why = finding_of(load_causes()["arch_too_old_for_build"], new).why
    assert "CUDA 14 leave cards below compute capability 8.0" in why


@pytest.mark.usefixtures("tomorrow")
def test_no_sentence_says_a_number_of_today() -> None:
    """What is said of machines of tomorrow names no driver or CUDA but theirs."""
    for got in (
        recommend(machine([nvidia("NVIDIA GeForce RTX 6090")], "705.20")),
        recommend(machine([nvidia("NVIDIA GeForce RTX 6090")], "690.20")),
        recommend(machine([nvidia("NVIDIA GeForce RTX 6090")], None, "windows")),
    ):
        assert not re.search(r"\b(580|525|528|570|CUDA 1[0-3])\b", _texts(got)), _texts(got)


def test_the_recommendation_and_the_diagnosis_agree_on_every_driver() -> None:
    """T4, Linux, 525.60.11: one said update, the other new enough."""
    for system, drivers in {
        "linux": ("450.80.01", "450.80.02", "525.60.11", "525.60.13", "579.99", "580.65.06"),
        "windows": ("452.38", "452.39", "528.32", "528.33", "579.99", "580.88"),
    }.items():
        for driver in drivers:
            got = recommend(machine([nvidia("Tesla T4", "7.5")], driver, system))
            number = tuple(int(part) for part in driver.split("."))
            seen = Facts(system=system, driver=number, torch_cuda=(12, 6))
            assert seen.value("driver_below_build") is (got.verdict == "update_driver"), driver


#: What is no fact of the catalog: an ordinary number that looks like one.
_DRIVER = re.compile(
    r"\b(3[49]0|4[57]0|525|528|5[3-9]\d)\.\d\d|\(5[2-9]\d,|[\"' ](525|528|570|580|590)[\"' .,)]"
)
_CARD = re.compile(r"\b(?:GTX|RTX|GT|MX|Quadro|Tesla|TITAN|GeForce) ?[A-Z]{0,2}\d{2,4}\b")


def test_code_and_sentences_hold_no_driver_and_no_card() -> None:
    found: list[str] = []
    for path in sorted(WIZARD.rglob("*.py")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if _DRIVER.search(line) or _CARD.search(line):
                found.append(f"{path.relative_to(WIZARD)}:{number}: {line.strip()}")
    assert not found, "\n".join(found)
