"""Failures of the wizard's own commands, as real conda clients told them; see the recordings."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from wizard.child_process import Outcome
from wizard.detection.machine import Conda, Driver, Gpu, Machine, OperatingSystem
from wizard.installation.failures import from_outcome, from_output
from wizard.installation.values import Plan, Step

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings" / "conda_real"
CONDA_PLAYED = RECORDINGS.parent / "conda"
SPECS = ("python=3.12", "pip", "pytorch-gpu", "torchvision", "cuda-version=13")
CARDS = {
    "nvidia": (Gpu("nvidia", "NVIDIA GeForce RTX 3060", "8.6", 12.0),),
    "intel": (Gpu("intel", "Intel UHD Graphics 620"),),
    "none": (),
}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """For the conda in ``tmp_path``, on a computer with a card and its driver."""
    root = tmp_path / "miniforge3"
    root.mkdir()
    words = (*("create", "--yes", "-n", "x", "--override-channels", "-c", "conda-forge"), *SPECS)
    step = Step("make", "conda", (str(root / "bin" / "conda"), *words), "make it")
    conda = Conda("26.7.1", "miniforge", str(root), str(root / "bin" / "conda"))
    machine = Machine(
        "test", OperatingSystem("linux"), gpus=CARDS["nvidia"], nvidia_driver=Driver("581.57")
    )
    return Plan("conda-forge", "x", str(root / "envs" / "x"), True, (step,), conda, machine)


def ended(stdout: str, stderr: str = "") -> Outcome:
    return Outcome("exited", 1, stdout, stderr, "", 1.0)


def heard(name: str, plan: Plan) -> list[str]:
    """The codes, in the way in which the wizard would have heard it."""
    text = (RECORDINGS / name).read_text("utf-8")
    if name.endswith(".json"):
        beside = RECORDINGS / f"{name}.stderr.txt"
        said = beside.read_text("utf-8") if beside.is_file() else ""
        return [finding.code for finding in from_outcome(ended(text, said), plan, None)]
    return [finding.code for finding in from_output(text, plan)]


RIGHT = {
    "cache-package-corrupted.log.txt": "download_damaged",
    "channel-404-dry-run.json": "server_error",
    "condarc-bad-yaml.json": "conda_settings",
    "condarc-bad-yaml.txt.stderr.txt": "conda_settings",
    "condarc-channel_priority-bogus.json": "conda_settings",
    "condarc-channel_priority-bogus.txt.stderr.txt": "conda_settings",
    "condarc-denylist.json": "conda_settings",
    "condarc-denylist.txt.stderr.txt": "conda_settings",
    "condarc-offline-true-no-cache.json": "conda_settings",
    "condarc-offline-true-no-cache.txt.stderr.txt": "conda_settings",
    "condarc-pinned-pytorch-2.5.json": "conda_settings",
    "condarc-pinned-pytorch-2.5.txt.stderr.txt": "conda_settings",
    "condarc-pkgs_dirs-not-writable.json": "conda_settings",
    "condarc-pkgs_dirs-not-writable.txt.stderr.txt": "conda_settings",
    "condarc-solver-libmamba-missing.json": "conda_settings",
    "condarc-solver-libmamba-missing.txt.stderr.txt": "conda_settings",
    "disk-full-linking.log.txt": "disk_full",
    "disk-full-pkgs.log.txt": "disk_full",
    "install-gpu-over-pytorch-cpu-rattler.txt": "metapackage_conflict",
    "install-gpu-over-pytorch-cpu.json": "metapackage_conflict",
    "install-gpu-over-pytorch-cpu.txt": "metapackage_conflict",
    "old-home2311-404.log.txt": "server_error",
    "old-home2311-corrupt.log.txt": "download_damaged",
    "old-home2311-reset.log.txt": "download_broken",
    "old-home414-404.log.txt": "server_error",
    "old-home414-corrupt.log.txt": "download_damaged",
    "old-home414-reset.log.txt": "download_broken",
    "pkg-403-pkg.log.txt": "server_error",
    "pkg-404-python.log.txt": "server_error",
    "pkg-404-pytorch.log.txt": "server_error",
    "pkg-503-libcublas.log.txt": "server_error",
    "pkg-corrupt-cudnn.log.txt": "download_damaged",
    "pkg-html-pkg.log.txt": "download_damaged",
    "pkg-reset-once.log.txt": "download_broken",
    "pkg-stall.log.txt": "download_broken",
    "pkg-truncate.log.txt": "download_broken",
    "refused.json": "offline",
    "refused.stderr.txt": "offline",
    "repodata-403.json": "server_error",
    "repodata-429.json": "rate_limited",
    "repodata-500.json": "server_error",
    "repodata-503.json": "server_error",
    "repodata-html.json": "offline",
    "ssl-verify-missing-file.json": "conda_settings",
    "terminal-conda-beside-wizard.txt": "conda_locked",
    "tls-untrusted.json": "ssl_intercepted",
    "tls-untrusted.stderr.txt": "ssl_intercepted",
    "tos-error.json": "conda_tos",
    "tos-error.txt.stderr.txt": "conda_tos",
}
PROXIES = {
    "condarc-dead-proxy.json",
    "condarc-dead-proxy.txt.stderr.txt",
}
"""Whose proxy it is decides: see below."""
BESIDE = {"condarc-dead-proxy.json.stderr.txt", "repodata-html.stderr.txt"}
"""Said beside a JSON error, and no error by themselves."""


def test_every_recording_has_its_answer() -> None:
    there = {file.name for file in RECORDINGS.iterdir()} - {"README.md"}
    assert there == {*RIGHT, *PROXIES, *BESIDE}


@pytest.mark.parametrize("name", RIGHT)
def test_a_recording_has_its_one_right_code(plan: Plan, name: str) -> None:
    assert heard(name, plan) == [RIGHT[name]]


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("name", [*RIGHT, *sorted(PROXIES)])
def test_no_failure_of_conda_is_a_matter_of_the_card_or_its_driver(
    plan: Plan, name: str, card: str
) -> None:
    assert plan.machine is not None
    machine = replace(plan.machine, gpus=CARDS[card], nvidia_driver=None)
    assert heard(name, replace(plan, machine=machine)) == heard(name, plan)


@pytest.mark.parametrize(
    ("card", "code"), [("nvidia", "driver_missing"), ("none", "no_nvidia_gpu")]
)
def test_a_driver_is_asked_for_only_where_a_card_is(plan: Plan, card: str, code: str) -> None:
    assert plan.machine is not None
    machine = replace(plan.machine, gpus=CARDS[card], nvidia_driver=None)
    said = (CONDA_PLAYED / "create-no-cuda-driver.json").read_text("utf-8")
    found = from_outcome(ended(said), replace(plan, machine=machine), None)
    assert [finding.code for finding in found] == [code]


def test_conda_without_part_of_itself(plan: Plan) -> None:
    """Such a conda reads no .conda package and finds next to none: recorded of conda 26.7.1."""
    data = json.loads((RECORDINGS / "condarc-pinned-pytorch-2.5.json").read_text("utf-8"))
    data["packages"] = ["pytorch-gpu", "torchvision"]
    warned = (
        "/x/package_streaming.py:28: UserWarning: zstd module could not be imported. Running "
        "without .conda support.\n  warnings.warn(\n"
    )
    found = from_outcome(ended(json.dumps(data, indent=2), warned), plan, None)
    assert [finding.code for finding in found] == ["conda_broken"]


# Settings ----------------------------------------------------------------------------------------

SETTINGS = {
    "condarc-bad-yaml.json": ("channels: [conda-forge\nsolver: classic", 2),
    "condarc-channel_priority-bogus.json": ("channel_priority: bogus", 2),
    "condarc-dead-proxy.json": ("proxy_servers:\n  https: http://aysel:secret@127.0.0.1:9", 2),
    "condarc-denylist.json": ("denylist_channels:\n  - conda-forge", 2),
    "condarc-offline-true-no-cache.json": ("offline: true", 2),
    "condarc-pinned-pytorch-2.5.json": ("pinned_packages:\n  - pytorch=2.5", 2),
    "condarc-pkgs_dirs-not-writable.json": ("pkgs_dirs:\n  - /proc/nope", 2),
    "condarc-solver-libmamba-missing.json": ("solver: libmamba", 2),
    "ssl-verify-missing-file.json": ("ssl_verify: /no/such/ca.pem", 2),
}


@pytest.mark.parametrize("place", ["home", "root"])
@pytest.mark.parametrize("name", SETTINGS)
def test_the_setting_is_named_with_its_file_and_line(
    plan: Plan, home: Path, name: str, place: str
) -> None:
    text, line = SETTINGS[name]
    assert plan.conda is not None
    file = (home if place == "home" else Path(plan.conda.root)) / ".condarc"
    file.write_text(f"# of the school\n{text}\n", "utf-8")
    said = (RECORDINGS / name).read_text("utf-8")
    (finding,) = from_outcome(ended(said), plan, None)
    assert finding.code == "conda_settings"
    assert f"{file}, line {line}" in finding.why
    assert str(file) in finding.fix
    assert "secret" not in finding.why


@pytest.mark.parametrize("name", SETTINGS)
def test_a_finding_about_settings_is_whole_where_no_file_is_found(plan: Plan, name: str) -> None:
    said = (RECORDINGS / name).read_text("utf-8")
    (finding,) = from_outcome(ended(said), plan, None)
    assert finding.why
    assert finding.fix
    assert "{" not in finding.title + finding.why + finding.fix


def test_conda_s_own_words_name_the_line(plan: Plan) -> None:
    """The error report of a run without --json."""
    said = (RECORDINGS / "condarc-bad-yaml.txt.stderr.txt").read_text("utf-8")
    (finding,) = from_output(said, plan)
    assert "/home/student/miniforge3/.condarc, lines 5 to 6" in finding.why


def test_a_variable_is_a_setting_too(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDA_OFFLINE", "1")
    said = (RECORDINGS / "condarc-offline-true-no-cache.json").read_text("utf-8")
    (finding,) = from_outcome(ended(said), plan, None)
    assert finding.code == "conda_settings"
    assert finding.why.startswith("CONDA_OFFLINE")
    assert "CONDA_OFFLINE" in finding.fix


def test_a_pin_of_the_environment_s_own(plan: Plan) -> None:
    pinned = plan.folder / "conda-meta" / "pinned"
    pinned.parent.mkdir(parents=True)
    pinned.write_text("# kept\npytorch 2.5.*\n", "utf-8")
    said = (RECORDINGS / "condarc-pinned-pytorch-2.5.json").read_text("utf-8")
    (finding,) = from_outcome(ended(said), plan, None)
    assert finding.code == "conda_settings"
    assert f"{pinned}, line 2" in finding.why


def test_a_solver_that_nobody_asked_for(plan: Plan, home: Path) -> None:
    """The setting is there, but conda had to ignore the file; or there is none."""
    said = (RECORDINGS / "condarc-solver-libmamba-missing.json").read_text("utf-8")
    (finding,) = from_outcome(ended(said), plan, None)
    assert "conda config --set solver classic" in finding.commands[0].bash
    file = home / ".condarc"
    file.write_text("solver: classic\noffline true\n", "utf-8")
    ignored = (
        f"Ignoring configuration file ({file}) due to error:\nUnable to load configuration file.\n"
        f"  path: {file}\n  reason: invalid yaml at line 2, column 0\n"
    )
    (finding,) = from_outcome(ended(said, ignored), plan, None)
    assert f"{file}, line 2" in finding.why


# Proxies and servers -----------------------------------------------------------------------------


def test_a_dead_proxy_of_the_environment(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://aysel:secret@127.0.0.1:9")
    said = (RECORDINGS / "condarc-dead-proxy.json").read_text("utf-8")
    (finding,) = from_outcome(ended(said), plan, None)
    assert finding.code == "offline"
    assert "HTTPS_PROXY" in finding.why
    assert "127.0.0.1:9" in finding.why
    assert "secret" not in finding.why


# pip ---------------------------------------------------------------------------------------------

NO_BUILD = (
    "Looking in indexes: https://download.pytorch.org/whl/cu130\n"
    "ERROR: Could not find a version that satisfies the requirement torch (from versions: none)\n"
    "ERROR: No matching distribution found for torch\n"
)


@pytest.fixture
def pips(plan: Plan) -> Plan:
    """The same with pip."""
    words = ("-m", "pip", "install", "torch", "--index-url", "https://download.pytorch.org/whl/x")
    step = Step("install", "pip", (f"{plan.prefix}/bin/python", *words), "install it")
    return replace(plan, route="pip", creates=False, steps=(step,), conda=None)


def test_an_index_without_pytorch_is_no_fault_of_the_python(pips: Plan) -> None:
    """As behind a login page: the plan was made for a Python that has builds."""
    (finding,) = from_output(NO_BUILD, pips)
    assert finding.code == "server_error"
    assert "download.pytorch.org" in finding.why
    assert "log in" in finding.fix


def test_what_broke_before_pip_found_nothing_is_the_cause(pips: Plan) -> None:
    lost = (
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('Failed "
        "to establish a new connection: [Errno -3] Temporary failure in name resolution')': /whl/\n"
    )
    assert [found.code for found in from_output(lost + NO_BUILD, pips)] == ["offline"]


def test_a_proxy_that_refuses_pip(pips: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://aysel:secret@127.0.0.1:9")
    refused = (
        "WARNING: Retrying (Retry(total=4)) after connection broken by 'ProxyError('Cannot connect "
        "to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication Required'))': /\n"
    )
    (finding,) = from_output(refused + NO_BUILD, pips)
    assert finding.code == "offline"
    assert "HTTPS_PROXY" in finding.why
    assert "secret" not in finding.why
    assert "conda" not in finding.why


def told(name: str, plan: Plan) -> str:
    text = (RECORDINGS / name).read_text("utf-8")
    (finding,) = from_output(text, plan)
    commands = [command.bash for command in finding.commands]
    return " ".join([finding.title, finding.why, finding.fix, *commands])


def test_a_package_that_has_gone_needs_a_new_list(plan: Plan) -> None:
    said = told("pkg-404-pytorch.log.txt", plan)
    assert "404 Not Found" in said
    assert "conda clean --index-cache" in said


def test_a_channel_that_is_not_there(plan: Plan, home: Path) -> None:
    said = told("channel-404-dry-run.json", plan)
    assert "404 Not Found" in said
    assert "Copy the command" not in said
    (home / ".condarc").write_text("channel_alias: https://mirror.school/conda\n", "utf-8")
    assert f"{home / '.condarc'}, line 1" in told("channel-404-dry-run.json", plan)


def test_who_forbids_and_who_is_out_of_order(plan: Plan) -> None:
    assert "403 Forbidden" in told("pkg-403-pkg.log.txt", plan)
    assert "network" in told("repodata-403.json", plan)
    for name in ("repodata-500.json", "repodata-503.json", "pkg-503-libcublas.log.txt"):
        assert "Wait" in told(name, plan)


def test_to_wait_is_not_to_be_unreachable(plan: Plan) -> None:
    said = told("repodata-429.json", plan)
    assert "Wait" in said
    assert "reached" not in said


def test_a_login_page(plan: Plan) -> None:
    assert "log in" in told("repodata-html.json", plan)


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_quoted_names_the_error(plan: Plan, name: str) -> None:
    """Never a line of conda's standing advice, of a table or of its report."""
    said = told(name, plan)
    for other in (
        "Further configuration help",
        "HTTP errors are often",
        "navigate to",
        "linux-64::",
    ):
        assert other not in said


# The form of the command -------------------------------------------------------------------------


def test_the_ended_channel_is_blamed_only_where_it_was_asked(plan: Plan) -> None:
    said = (
        "PackagesNotFoundError: The following packages are not available from current channels:\n\n"
        "  - pytorch-cuda=12.8\n"
    )
    assert [found.code for found in from_output(said, plan)] == ["package_missing"]
    step = replace(plan.steps[0], argv=(*plan.steps[0].argv, "-c", "pytorch"))
    other = replace(plan, steps=(step,))
    assert [found.code for found in from_output(said, other)] == ["channel_deprecated"]


def test_a_missing_package_of_a_right_command_is_the_list_s_fault(plan: Plan) -> None:
    said = (
        "PackagesNotFoundError: The following packages are not available from current channels:\n\n"
        "  - pytorch-gpu\n"
    )
    (finding,) = from_output(said, plan)
    assert finding.code == "package_missing"
    assert "Copy the command" not in finding.fix
    assert "clean --index-cache" in finding.commands[0].bash


def test_terms_are_no_matter_of_the_command_s_channels(plan: Plan) -> None:
    said = told("tos-error.txt.stderr.txt", plan)
    assert "--override-channels -c conda-forge" not in said
    assert (
        "conda tos accept --override-channels --channel https://repo.anaconda.com/pkgs/main" in said
    )
