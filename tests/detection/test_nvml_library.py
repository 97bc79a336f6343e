"""The real pynvml on a real shared library that stands for NVIDIA's: answers, refuses, hangs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
COMPILER = shutil.which("cc") or shutil.which("gcc")

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or COMPILER is None, reason="needs Linux and a C compiler"
)

SOURCE = r"""
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int say(char *to, const char *text) { strcpy(to, text); return 0; }
int nvmlInitWithFlags(unsigned flags) {
    if (getenv("FAKE_HANG")) for (;;) pause();
    return getenv("FAKE_INIT") ? atoi(getenv("FAKE_INIT")) : 0;
}
int nvmlShutdown(void) { return 0; }
int nvmlSystemGetDriverVersion(char *to, unsigned n) { return say(to, "550.54.15"); }
int nvmlSystemGetCudaDriverVersion_v2(int *to) { *to = 12040; return 0; }
int nvmlDeviceGetCount_v2(unsigned *to) { *to = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **to) {
    *to = (void *)(long)(index + 1); return 0;
}
int nvmlDeviceGetName(void *d, char *to, unsigned n) { return say(to, "Tesla T4"); }
int nvmlDeviceGetUUID(void *d, char *to, unsigned n) {
    return say(to, d == (void *)1 ? "GPU-a" : "GPU-b");
}
int nvmlDeviceGetCudaComputeCapability(void *d, int *major, int *minor) {
    *major = 7; *minor = 5; return 0;
}
int nvmlDeviceGetMemoryInfo(void *d, unsigned long long *to) {
    to[0] = 15ULL << 30; to[1] = to[0]; to[2] = 0; return 0;
}
int nvmlDeviceGetNumGpuCores(void *d, unsigned *to) { *to = 2560; return 0; }
struct pci {
    char legacy[16]; unsigned domain, bus, device, ids, subsystem; char bus_id[32];
};
int nvmlDeviceGetPciInfo_v3(void *d, struct pci *to) {
    memset(to, 0, sizeof *to);
    to->ids = 0x1EB810DE;
    return say(to->bus_id, d == (void *)1 ? "00000000:00:04.0" : "00000000:00:05.0");
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nvml")
    (folder / "nvml.c").write_text(SOURCE)
    target = str(folder / "libnvidia-ml.so.1")
    assert COMPILER is not None
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", target, str(folder / "nvml.c")], check=True)
    return folder


WIZARD = ("-m", "wizard")
#: The same with less patience for the driver than the ten seconds that `survey` has.
SHORTER = """
import runpy
from wizard.detection import survey
survey.PROBES["nvml"] = survey.Probe(survey.PROBES["nvml"].ask, 1.0)
runpy.run_module("wizard", run_name="__main__")
"""


def detect(library: Path, program: tuple[str, str], **environ: str) -> dict[str, Any]:
    """``detect --json`` with this library instead of the driver's."""
    done = subprocess.run(
        [sys.executable, *program, "detect", "--json"],
        capture_output=True,
        check=True,
        cwd=PROJECT,
        timeout=60,
        env={**os.environ, "LD_LIBRARY_PATH": str(library), "PATH": "/nowhere", **environ},
    )
    assert done.stderr == b""
    return json.loads(done.stdout)


def test_two_cards(library: Path) -> None:
    machine = detect(library, WIZARD)
    nvidia = [gpu for gpu in machine["gpus"] if gpu["vendor"] == "nvidia"]
    assert [(gpu["name"], gpu["uuid"], gpu["bus_id"]) for gpu in nvidia[:2]] == [
        ("Tesla T4", "GPU-a", "0000:00:04.0"),
        ("Tesla T4", "GPU-b", "0000:00:05.0"),
    ]
    assert nvidia[0]["compute_capability"] == "7.5" and nvidia[0]["cuda_cores"] == 2560
    assert nvidia[0]["memory_gib"] == 15.0 and nvidia[0]["mig"] is False
    assert machine["nvidia_driver"] == {"version": "550.54.15", "cuda": "12.4"}


def test_the_driver_refuses(library: Path) -> None:
    machine = detect(library, WIZARD, FAKE_INIT="18")
    if any(gpu["vendor"] == "nvidia" for gpu in machine["gpus"]):
        pytest.skip("this computer has an NVIDIA card of its own")
    assert machine["nvidia_driver"] is None
    assert [problem["code"] for problem in machine["problems"]] == ["nvml_mismatch"]


def test_a_hanging_driver_does_not_hang_the_wizard(library: Path) -> None:
    machine = detect(library, ("-c", SHORTER), FAKE_HANG="1")
    assert {"code": "probe_timed_out", "detail": "nvml: no answer in 1 s"} in machine["problems"]
    assert machine["memory_gib"]
