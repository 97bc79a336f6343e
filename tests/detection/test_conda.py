"""conda installations and environments from fake trees; no conda is started."""

from __future__ import annotations

import codecs
import json
import locale
import os
import sys
from pathlib import Path

import pytest
from detection_fakes import conda_environment, conda_package, conda_root, write

from wizard.detection.answers import CondaAnswer
from wizard.detection.machine import Environment
from wizard.detection.probes.conda import Places, envs_dirs, probe_conda
from wizard.detection.probes.installed import conda_channel, conda_packages

SPECIAL = "Dərslər İşığı ə ğ ş"


@pytest.fixture
def user(tmp_path: Path) -> Path:
    folder = tmp_path / SPECIAL
    folder.mkdir()
    return folder


def look(
    home: Path | None,
    environ: dict[str, str] | None = None,
    wide: tuple[Path, ...] = (),
    windows: bool = False,
) -> CondaAnswer:
    return probe_conda(Places(environ or {}, home, wide, windows))


def named(answer: CondaAnswer, name: str) -> Environment:
    (found,) = [env for env in answer.environments if env.name == name]
    return found


def test_miniforge_in_a_home_with_special_letters(user: Path) -> None:
    root = conda_root(user / "miniforge3")
    prefix = conda_environment(root / "envs" / "llm_50gun", "3.12.4", "2.13.0+cu130")
    answer = look(user)
    (conda,) = answer.installations
    assert (conda.version, conda.distribution) == ("25.9.1", "miniforge")
    assert conda.root == str(root) and conda.executable == str(root / "bin/conda")
    assert [env.name for env in answer.environments] == ["base", "llm_50gun"]
    assert named(answer, "llm_50gun") == Environment(
        name="llm_50gun",
        prefix=str(prefix),
        python="3.12.4",
        torch="2.13.0+cu130",
        kind="conda",
        executable=str(prefix / "bin/python"),
    )
    assert answer.problems == ()


def test_windows_layout(user: Path) -> None:
    root = conda_root(user / "AppData/Local/miniconda3", windows=True)
    prefix = conda_environment(root / "envs" / "llm_50gun", "3.12.4", "2.6.0+cpu", windows=True)
    answer = look(user, {"LOCALAPPDATA": str(user / "AppData/Local")}, windows=True)
    assert answer.installations[0].executable == str(root / "Scripts/conda.exe")
    env = named(answer, "llm_50gun")
    assert (env.executable, env.torch) == (str(prefix / "python.exe"), "2.6.0+cpu")


def test_torch_from_conda_has_build_and_channel(user: Path) -> None:
    root = conda_root(user / "miniforge3")
    conda_environment(root / "envs/a", torch="2.10.0", torch_build="cuda129_mkl_py312_h123_302")
    env = named(look(user), "a")
    assert (env.torch, env.torch_build, env.torch_channel) == (
        "2.10.0",
        "cuda129_mkl_py312_h123_302",
        "conda-forge",
    )


def test_pip_over_conda_is_pips(user: Path) -> None:
    root = conda_root(user / "miniforge3")
    prefix = conda_environment(root / "envs/a", torch="2.13.0+cu126")
    conda_package(prefix, "pytorch", "2.5.1", "cpu_mkl_py312_h1_100", "conda-forge")
    env = named(look(user), "a")
    assert (env.torch, env.torch_build, env.torch_channel) == ("2.13.0+cu126", None, None)


def test_wheel_from_pypi_tells_its_build_in_version_py(user: Path) -> None:
    root = conda_root(user / "miniforge3")
    prefix = conda_environment(root / "envs/a", torch="2.15.0+cu132")
    assert (prefix / "lib/python3.12/site-packages/torch-2.15.0.dist-info").is_dir()
    assert named(look(user), "a").torch == "2.15.0+cu132"


def test_dist_info_where_version_py_is_damaged(user: Path) -> None:
    root = conda_root(user / "miniforge3")
    prefix = conda_environment(root / "envs/a", torch="2.13.0+cu126")
    version = prefix / "lib/python3.12/site-packages/torch/version.py"
    version.write_bytes(b"\xff\xfe\x00__vers")
    assert named(look(user), "a").torch == "2.13.0"


def test_a_damaged_file_costs_its_detail_only(user: Path) -> None:
    root = conda_root(user / "miniforge3")
    prefix = conda_environment(root / "envs/a", torch="2.10.0", torch_build="cuda129_h1_0")
    for file in (prefix / "conda-meta").glob("pytorch-*.json"):
        file.write_bytes(b"{\xff" + b"[" * 100_000)
    env = named(look(user), "a")
    assert (env.torch, env.torch_build, env.torch_channel) == ("2.10.0", "cuda129_h1_0", None)


def test_an_environment_without_python_is_there(user: Path) -> None:
    root = conda_root(user / "miniforge3")
    conda_environment(root / "envs/empty", python=None)
    write(root / "envs/notes/readme.txt")
    (root / "envs/.conda_envs_dir_test").touch()
    answer = look(user)
    assert [env.name for env in answer.environments] == ["base", "empty"]
    assert named(answer, "empty").python is None and named(answer, "empty").executable is None


@pytest.mark.parametrize(
    ("folder", "channel", "packages", "distribution"),
    [
        ("anaconda3", "defaults", (), "anaconda"),
        ("mambaforge", "conda-forge", (), "miniforge"),
        ("my conda", "conda-forge", (), "miniforge"),
        ("my conda", "https://repo.anaconda.com/pkgs/main/win-64", (), "miniconda"),
        ("my conda", "defaults", ("anaconda",), "anaconda"),
        ("my conda", "https://intranet.example/label/dev", (), "unknown"),
    ],
)
def test_distributions(
    user: Path, folder: str, channel: str, packages: tuple[str, ...], distribution: str
) -> None:
    root = conda_root(user / folder)
    conda_package(root, "conda", "25.9.1", "py312h7900ff3_0", channel)
    for name in packages:
        conda_package(root, name, "2024.10", "py312_0", channel)
    environ = {"CONDA_EXE": str(root / "bin/conda")}
    assert look(user, environ).installations[0].distribution == distribution


def test_the_active_installation_leads(user: Path) -> None:
    first = conda_root(user / "miniforge3")
    conda_environment(first / "envs/llm_50gun", "3.12.4")
    second = conda_root(user / "work tools" / "conda")
    other = conda_environment(second / "envs/llm_50gun", "3.11.9")
    answer = look(user, {"CONDA_EXE": str(second / "bin/conda")})
    assert [conda.root for conda in answer.installations] == [str(second), str(first)]
    assert named(answer, "llm_50gun").prefix == str(other)
    # The second of a name is called by its path: by its name it could not be reached.
    assert str(first / "envs/llm_50gun") in [env.name for env in answer.environments]


def test_without_an_active_one_the_courses_environment_decides(user: Path) -> None:
    conda_root(user / "miniforge3")
    second = conda_root(user / "anaconda3")
    conda_environment(second / "envs/llm_50gun")
    answer = look(user)
    assert [conda.distribution for conda in answer.installations] == ["anaconda", "miniforge"]


@pytest.mark.skipif(sys.platform == "win32", reason="colons in paths")
def test_of_two_roots_with_one_name_the_active_one_leads(user: Path) -> None:
    """As CONDA_EXE, CONDA_PREFIX and PATH say, in this order; a variable of one that is gone
    says nothing.
    """
    roots = [conda_root(user / name) for name in ("miniforge3", "anaconda3", "mine")]
    first, second, third = roots
    for root in roots:
        conda_environment(root / "envs/llm_50gun")

    def leading(environ: dict[str, str]) -> str:
        answer = look(user, environ)
        named = answer.environments
        course = next(env for env in named if env.name == "llm_50gun")
        assert course.prefix == f"{answer.installations[0].root}/envs/llm_50gun"
        return answer.installations[0].root

    exe = {"CONDA_EXE": str(third / "bin/conda")}
    prefix = {"CONDA_PREFIX": str(second / "envs/llm_50gun")}
    path = {"PATH": f"/usr/bin:{first / 'condabin'}:{second / 'bin'}"}
    assert leading(exe | prefix | path) == str(third)
    assert leading(prefix | path) == str(second)
    assert leading(path) == str(first)
    assert leading({"PATH": f"{third / 'bin'}"}) == str(third)
    assert leading({"CONDA_EXE": str(user / "gone/bin/conda")} | path) == str(first)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
@pytest.mark.parametrize("kind", ["link", "wrapper", "quoted", "shebang"])
def test_conda_behind_a_link_or_a_wrapper_on_path(user: Path, kind: str) -> None:
    root = conda_root(user.parent / "somewhere" / "else")
    program, called = root / "bin/conda", user / "bin" / "conda"
    called.parent.mkdir()
    if kind == "link":
        write(program)
        called.symlink_to(program)
    script = {
        "wrapper": f'#!/bin/sh\nexec {program} "$@"\n',
        "quoted": f'#!/bin/bash\n# ours\nexec "{program}" "$@"\n',
        "shebang": f"#!{root}/bin/python3.12\nimport sys\n",
    }.get(kind)
    if script is not None:
        write(called, script)
    answer = look(None, {"PATH": f"/usr/bin:{called.parent}"})
    assert [conda.root for conda in answer.installations] == [str(root)]


BASH_INIT = """# >>> conda initialize >>>
__conda_setup="$('{root}/bin/conda' 'shell.bash' 'hook' 2> /dev/null)"
if [ $? -eq 0 ]; then
    eval "$__conda_setup"
else
    if [ -f "{root}/etc/profile.d/conda.sh" ]; then
        . "{root}/etc/profile.d/conda.sh"
    else
        export PATH="{root}/bin:$PATH"
    fi
fi
"""
PROFILES = {
    ".bashrc": BASH_INIT,
    ".zshrc": '. "{root}/etc/profile.d/conda.sh"\n',
    ".bash_profile": 'export PATH="{root}/bin:$PATH"\n',
    ".profile": "source {root}/etc/profile.d/conda.sh && conda activate base\n",
    ".config/fish/config.fish": (
        'if test -f {root}/bin/conda\n    eval {root}/bin/conda "shell.fish" "hook" $argv\nend\n'
    ),
    "Documents/PowerShell/profile.ps1": (
        'If (Test-Path "{root}/Scripts/conda.exe") {{\n    '
        '(& "{root}/Scripts/conda.exe" "shell.powershell" "hook") | Out-String\n}}\n'
    ),
}


@pytest.mark.parametrize("profile", PROFILES)
def test_conda_that_only_a_shells_profile_knows(user: Path, profile: str) -> None:
    root = conda_root(user.parent / "deep" / "inside" / "conda")
    write(user / profile, PROFILES[profile].format(root=root))
    assert [conda.root for conda in look(user).installations] == [str(root)]


@pytest.mark.parametrize("named", ["$HOME", "${HOME}", "~", "$env:USERPROFILE"])
def test_a_profile_that_names_the_home_folder(user: Path, named: str) -> None:
    root = conda_root(user / "tools" / "conda")
    write(user / ".bashrc", f". {named}/tools/conda/etc/profile.d/conda.sh\n")
    assert [conda.root for conda in look(user).installations] == [str(root)]


def test_a_profile_in_which_conda_has_spaces(user: Path) -> None:
    root = conda_root(user / "my tools" / "conda")
    write(user / ".bashrc", BASH_INIT.format(root=root))
    assert [conda.root for conda in look(user).installations] == [str(root)]


def test_a_profile_of_rubbish_costs_nothing(user: Path) -> None:
    write(user / ".bashrc", '"' * 5000 + "/" * 5000 + "'" * 5000 + "a/bin/b" * 5000)
    assert look(user) == CondaAnswer()


@pytest.mark.parametrize("name", ["pytorch-cpu", "pytorch-gpu", "cpuonly", "pytorch-cuda"])
def test_the_package_that_keeps_one_kind_of_pytorch(user: Path, name: str) -> None:
    root = conda_root(user / "miniforge3")
    prefix = conda_environment(root / "envs/a", torch="2.10.0", torch_build="cpu_h1_0")
    assert named(look(user), "a").torch_metapackage is None
    conda_package(prefix, name, "2.10.0", "h1_0", "conda-forge")
    assert named(look(user), "a").torch_metapackage == name


@pytest.mark.skipif(sys.platform == "win32", reason="colons in paths")
def test_found_through_path(user: Path) -> None:
    root = conda_root(user / "somewhere")
    for folder in ("condabin", "bin"):
        answer = look(None, {"PATH": f"/usr/bin:{root / folder}"})
        assert [conda.root for conda in answer.installations] == [str(root)]


def test_machine_wide(tmp_path: Path) -> None:
    root = conda_root(tmp_path / "ProgramData" / "miniforge3", windows=True)
    answer = look(tmp_path / "home", wide=(tmp_path / "ProgramData",), windows=True)
    assert [conda.root for conda in answer.installations] == [str(root)]


def test_environments_elsewhere(user: Path) -> None:
    root = conda_root(user / "miniforge3")
    by_setting = conda_environment(user / "my envs" / "course")
    by_path = conda_environment(user / "project" / "env")
    in_home = conda_environment(user / ".conda" / "envs" / "spare")
    write(user / ".condarc", f'channels:\n  - conda-forge\nenvs_dirs:\n  - "{user}/my envs"\n')
    lines = [str(root), str(by_path), str(user / "gone"), "", str(root / "envs/llm")]
    write(user / ".conda" / "environments.txt", "\n".join(lines))
    answer = look(user)
    assert {env.name: env.prefix for env in answer.environments} == {
        "base": str(root),
        "spare": str(in_home),
        "course": str(by_setting),
        str(by_path): str(by_path),
    }


def test_the_list_of_environments_in_the_systems_own_encoding(
    user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So conda writes it; on a Windows for Azerbaijani that is code page 1254."""
    monkeypatch.setattr(locale, "getencoding", lambda: "cp1254")
    conda_root(user / "miniforge3")
    folder = user.parent / "İşığı ğ ş"
    one, two = conda_environment(folder / "one"), conda_environment(user / "two ə")
    (user / ".conda").mkdir()
    lines = codecs.BOM_UTF8 + f"{two}\r\n".encode() + f"{one}\r\n".encode("cp1254")
    (user / ".conda" / "environments.txt").write_bytes(lines)
    found = {env.prefix for env in look(user).environments}
    assert {str(one), str(two)} < found


@pytest.mark.parametrize(
    "place", [".condarc", ".conda/condarc", ".config/conda/.condarc", "xdg/conda/.condarc", "mine"]
)
def test_the_places_of_condas_settings(user: Path, place: str) -> None:
    conda_root(user / "miniforge3")
    prefix = conda_environment(user / "elsewhere" / "course")
    write(user / place, f"\ufeffenvs_dirs:\n  - {user}/elsewhere\n")
    environ = {"XDG_CONFIG_HOME": str(user / "xdg"), "CONDARC": str(user / "mine")}
    assert named(look(user, environ), "course").prefix == str(prefix)


def test_an_installation_known_from_its_environments_only(user: Path) -> None:
    root = conda_root(user / "deep" / "inside")
    env = conda_environment(root / "envs" / "llm_50gun")
    write(user / ".conda" / "environments.txt", f"{env}\n")
    assert [conda.root for conda in look(user).installations] == [str(root)]


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        ("envs_dirs:\n  - /a\n  - '/b c'   # mine\nchannels:\n  - x\n", ["/a", "/b c"]),
        ('envs_dirs: [/a, "/b c"]\n', ["/a", "/b c"]),
        ("channels: [x]\nenvs_dirs:\n- ~/e\n- $ROOT/f\n- ${ROOT}/g\n", ["/h/e", "/r/f", "/r/g"]),
        ("envs_path:\n  - /old\n", ["/old"]),
        ("envs_dirs:\n", []),
        ("envs_dirs: []", []),
        ("# envs_dirs:\n#  - /a\n", []),
        ("", []),
        ("envs_dirs: [", []),
    ],
)
def test_condarc(text: str, folders: list[str]) -> None:
    places = Places({"ROOT": "/r"}, Path("/h"), (), windows=False)
    assert [path.as_posix() for path in envs_dirs(text, places)] == folders


def test_a_release_candidate_is_told_in_numbers(user: Path) -> None:
    root = conda_root(user / "miniforge3")
    conda_environment(root / "envs/new", "3.15.0rc2")
    assert named(look(user), "new").python == "3.15.0"


def test_no_conda(user: Path) -> None:
    write(user / "miniforge3" / "readme.txt")
    assert look(user) == CondaAnswer()
    assert look(None) == CondaAnswer()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_linked_installation_is_one(user: Path) -> None:
    root = conda_root(user / "miniforge3")
    (user / "miniconda3").symlink_to(root)
    assert len(look(user).installations) == 1


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads everything")
def test_a_forbidden_folder_is_left_out(user: Path) -> None:
    root = conda_root(user / "miniforge3")
    (root / "envs").mkdir()
    (root / "envs").chmod(0)
    try:
        assert [env.name for env in look(user).environments] == ["base"]
    finally:
        (root / "envs").chmod(0o755)


def test_package_names_with_dashes(tmp_path: Path) -> None:
    for name in ("python-dateutil", "pytorch-gpu", "python_abi", "conda-libmamba-solver"):
        conda_package(tmp_path, name, "2.9.0", "pyhd_0", "conda-forge")
    conda_package(tmp_path, "python", "3.14.0rc3", "h1_0_cp314", "conda-forge")
    names = frozenset({"python", "pytorch", "conda"})
    assert set(conda_packages(tmp_path, names)) == {"python"}


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        ("https://conda.anaconda.org/conda-forge/linux-64", "conda-forge"),
        ("https://conda.anaconda.org/conda-forge", "conda-forge"),
        ("https://conda.anaconda.org/pytorch/win-64", "pytorch"),
        ("https://repo.anaconda.com/pkgs/main/osx-arm64", "pkgs/main"),
        ("conda-forge", "conda-forge"),
        ("", None),
    ],
)
def test_channels(tmp_path: Path, channel: str, name: str | None) -> None:
    conda_package(tmp_path, "pytorch", "2.5.1", "h1_0", channel)
    package = conda_packages(tmp_path, frozenset({"pytorch"}))["pytorch"]
    assert conda_channel(package) == name


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX's")
def test_of_four_hundred_packages_only_the_names_are_read(tmp_path: Path) -> None:
    """Fifty such environments are 20,000 files; to open them would take seconds."""
    root = conda_root(tmp_path / "miniforge3")
    for number in range(5):
        prefix = conda_environment(root / "envs" / f"env{number:02}", torch="2.13.0+cu126")
        for other in range(400):
            os.mkfifo(prefix / "conda-meta" / f"package{other}-1.0-h0_0.json")
    answer = look(tmp_path)  # whoever opens one of these waits for ever
    assert len(answer.environments) == 6


@pytest.mark.skipif(sys.platform != "linux", reason="Linux counts what is read")
def test_of_the_records_of_pytorch_only_the_beginning_is_read(tmp_path: Path) -> None:
    """A record of conda's PyTorch names 12000 files: 5 MB of JSON for each environment."""
    root = conda_root(tmp_path / "miniforge3")
    files = [f"lib/python3.12/site-packages/torch/include/operator_{i}.h" for i in range(12000)]
    paths = [{"_path": file, "sha256": "0" * 64, "sha256_in_prefix": "0" * 64} for file in files]
    record = {
        "build": "cuda129_h1_0",
        "channel": "https://conda.anaconda.org/conda-forge/linux-64",
        "files": files,
        "paths_data": {"paths": paths},
    }
    text = json.dumps(record, indent=2, sort_keys=True)
    for number in range(50):
        prefix = conda_environment(root / "envs" / f"env{number:02}", torch="2.10.0")
        write(prefix / "conda-meta" / "pytorch-2.10.0-cuda129_h1_0.json", text)
    before = _bytes_read()
    answer = look(tmp_path)
    assert {env.torch_channel for env in answer.environments[1:]} == {"conda-forge"}
    assert _bytes_read() - before < 50 * len(text) / 20


def _bytes_read() -> int:
    """By this thread, from whatever file, since it began."""
    return int(Path("/proc/thread-self/io").read_text().split()[1])


@pytest.mark.parametrize("indent", [None, 2, 4])
@pytest.mark.parametrize("sort_keys", [True, False])
@pytest.mark.parametrize("length", [1, 9000])
def test_the_channel_wherever_it_stands(
    tmp_path: Path, indent: int | None, sort_keys: bool, length: int
) -> None:
    record = {"build": "x" * length, "auth": {"channel": "no"}, "channel": "https://x/é/linux-64"}
    text = json.dumps(record, indent=indent, sort_keys=sort_keys)
    write(tmp_path / "conda-meta" / "pytorch-2.10.0-h1_0.json", text)
    package = conda_packages(tmp_path, frozenset({"pytorch"}))["pytorch"]
    assert conda_channel(package) == "é"
