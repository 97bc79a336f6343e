"""Names as nvidia-smi, NVML, Windows and lspci write them."""

from __future__ import annotations

import pytest

from wizard.advice.gpu_names import capability_of, cuda_cores, short_name
from wizard.catalog.cards import load


def test_the_table_is_large_and_covers_every_kind() -> None:
    names = load().by_name.values()
    assert len(names) >= 300
    assert {card.kind for card in names} == {
        *("geforce", "laptop", "mx", "professional", "datacentre", "jetson")
    }


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("Tesla T4", "7.5"),
        ("NVIDIA GeForce GTX 1060 with Max-Q Design", "6.1"),
        ("GeForce GTX 1060 6GB", "6.1"),
        ("NVIDIA GeForce GTX 1060 3GB", "6.1"),
        ("NVIDIA Corporation TU104GL [Tesla T4] (rev a1)", "7.5"),
        ("GP106M [GeForce GTX 1060 Mobile]", "6.1"),
        ("AD107M [GeForce RTX 4060 Max-Q / Mobile]", "8.9"),
        ("NVIDIA GeForce RTX 3050Ti Laptop GPU", "8.6"),
        ("NVIDIA GeForce RTX 5070", "12.0"),
        ("NVIDIA GeForce RTX 5070 Ti SUPER", "12.0"),
        ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", "8.0"),
        ("NVIDIA H100 80GB HBM3", "9.0"),
        ("NVIDIA GB200", "10.0"),
        ("NVIDIA B300 SXM6 AC", "10.3"),
        ("NVIDIA GB10", "12.1"),
        ("GRID T4-16Q", "7.5"),
        ("GRID V100DX-32Q", "7.0"),
        ("GRID A100-1-5C", "8.0"),
        ("GRID RTX6000P-6Q", "7.5"),
        ("NVIDIA RTXA6000-48Q", "8.6"),
        ("NVIDIA RTX6000-Ada-48Q", "8.9"),
        ("NVIDIA H100XM-80C", "9.0"),
        ("GRID K140Q", "3.0"),
        ("RTX3060", "8.6"),
        ("Nvidia RTX4090D", "8.9"),
        ("NVIDIA A40-48Q", "8.6"),
        ("NVIDIA RTX 4000 Ada Generation", "8.9"),
        ("Quadro RTX 4000", "7.5"),
        ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", "12.0"),
        ("Quadro M2000", "5.2"),
        ("Quadro M2000M", "5.0"),
        ("GeForce GTX TITAN X", "5.2"),
        ("NVIDIA TITAN X (Pascal)", "6.1"),
        ("NVIDIA TITAN Xp", "6.1"),
        ("NVIDIA TITAN V", "7.0"),
        ("Quadro P1000", "6.1"),
        ("Quadro GP100", "6.0"),
        ("NVIDIA GeForce MX150", "6.1"),
        ("NVIDIA GeForce MX450", "7.5"),
        ("NVIDIA GeForce MX130", "5.0"),
        ("GeForce GT 710", "3.5"),
        ("NVIDIA GeForce GT 730", "2.1"),  # of Fermi and of Kepler chips: no build has either
        ("NVIDIA Corporation GK208B [GeForce GT 730]", "3.5"),
        ("NVIDIA GeForce GT 540M", "2.1"),
        ("NVIDIA GeForce 9600 GT", "1.1"),
        ("NVIDIA GeForce 210", "1.2"),
        ("NVIDIA Quadro K1100M", "3.0"),
        ("NVIDIA GeForce RTX 3050 A Laptop GPU", "8.9"),
        ("Quadro M5000M", "5.2"),
        ("Tesla K80", "3.7"),
        ("Orin (nvgpu)", "8.7"),
        ("NVIDIA Tegra X1", "5.3"),
        ("NVIDIA Corporation GA102", "8.6"),
        ("NVIDIA Corporation GB203", "12.0"),
        ("NVIDIA(R) GeForce(TM) RTX 4090", "8.9"),
    ],
)
def test_capability(name: str, capability: str) -> None:
    assert capability_of(name) == capability


@pytest.mark.parametrize(
    "name",
    [
        *("", "RTX", "NVIDIA", "NVIDIA Graphics Device", "GeForce RTX 6090"),
        "GeForce GTX 860M",  # made of Kepler and of Maxwell chips
    ],
)
def test_a_name_that_says_too_little(name: str) -> None:
    assert capability_of(name) is None


@pytest.mark.parametrize(
    ("name", "cores"),
    [
        ("Tesla T4", 2560),
        ("NVIDIA GeForce RTX 5070", 6144),
        ("NVIDIA GeForce RTX 5070 Laptop GPU", 4608),
        ("NVIDIA GeForce RTX 4060 Laptop GPU", 3072),
        ("GeForce GTX 1060 6GB", 1280),
        ("GeForce GTX 1060 3GB", 1152),
        ("NVIDIA GeForce RTX 3080", None),  # 8704 or 8960: two cards of one name
        ("NVIDIA GeForce RTX 4090 Something", None),
        ("NVIDIA A100-SXM4-40GB", 6912),
        ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", None),
        ("Unknown", None),
    ],
)
def test_cores(name: str, cores: int | None) -> None:
    assert cuda_cores(name) == cores


def test_every_row_is_found_by_its_own_name() -> None:
    for card in load().by_name.values():
        for written in (card.name, f"NVIDIA {card.name}", f"NVIDIA(R) {card.name} (rev a1)"):
            assert capability_of(written) == card.capability, written


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Tesla T4", "T4"),
        ("NVIDIA GeForce GTX 1060", "GTX 1060"),
        ("NVIDIA Corporation TU104GL [Tesla T4] (rev a1)", "T4"),
        ("Intel(R) Arc(TM) A770 Graphics", "Intel Arc A770 Graphics"),
        ("NVIDIA", "NVIDIA"),
        ("NVIDIA graphics card", "NVIDIA graphics card"),
    ],
)
def test_short_names(name: str, short: str) -> None:
    assert short_name(name) == short
