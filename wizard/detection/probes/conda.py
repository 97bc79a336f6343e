"""Find conda installations and their environments from files alone; conda itself takes a second."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from wizard.detection.answers import CondaAnswer
from wizard.detection.machine import Conda, Environment, Problem
from wizard.detection.probes.installed import (
    CondaPackage,
    conda_channel,
    conda_packages,
    interpreter,
    read_users_text,
    site_packages,
    torch_version,
)
from wizard.detection.probes.micromamba import find_micromamba
from wizard.detection.probes.places import Places, usual_places
from wizard.detection.values import Version
from wizard.the_course import COURSE_ENVIRONMENT

_METAPACKAGES = ("pytorch-cpu", "cpuonly", "pytorch-gpu", "pytorch-cuda")
_WANTED = frozenset({"python", "pytorch", "conda", *_METAPACKAGES})
_FOLDERS = (
    "miniforge3",
    "mambaforge",
    "miniconda3",
    "anaconda3",
    "miniforge",
    "miniconda",
    "anaconda",
)
_DISTRIBUTIONS = {
    "miniforge": "miniforge",
    "mambaforge": "miniforge",
    "miniconda": "miniconda",
    "anaconda": "anaconda",
}
_PROGRAMS = {False: ("conda", "mamba"), True: ("conda.exe", "conda.bat", "conda.cmd")}
"""As they lie on PATH, on Windows or elsewhere."""
_SCRIPT_BYTES, _PROFILE_BYTES = 8192, 2**20
_PROFILES = (
    *(".bashrc", ".bash_profile", ".profile", ".zshrc", ".zprofile", ".tcshrc", ".xonshrc"),
    ".config/fish/config.fish",
    ".config/powershell/profile.ps1",
    "Documents/WindowsPowerShell/profile.ps1",
    "Documents/PowerShell/profile.ps1",
)
"""What ``conda init`` writes to, in the home folder."""
_TAIL = (
    r"[/\\](?:(?:bin|condabin|Scripts)[/\\](?:conda|mamba|activate|python[\d.]*)(?:\.exe|\.bat)?"
    r"|etc[/\\]profile\.d[/\\](?:conda|mamba)\.sh|etc[/\\]fish[/\\]conf\.d[/\\]conda\.fish"
    r"|condabin|bin(?=[:\"']))"
)
_NAMED = re.compile(
    rf"\"(?P<double>(?:[^\"'(\n:]|(?<=[A-Za-z]):(?=[/\\]))+?){_TAIL}"
    rf"|'(?P<single>[^'\n]+?){_TAIL}"
    rf"|(?P<bare>(?:[A-Za-z]:|~|\$(?:env:)?\w+|\$\{{\w+\}})?[/\\][^\s\"';:]*?){_TAIL}"
)
"""The root in a path of conda's, quoted or not."""


def probe_conda(places: Places | None = None) -> CondaAnswer:
    """Installations, the one whose commands are shown first, and every environment they know.

    An environment's name is what ``conda activate`` takes: its folder's name where it lies among
    an installation's environments, its whole path where it does not or where the name is taken.
    """
    places = places or usual_places()
    problems: list[Problem] = []
    roots = _unique(root for root in _candidate_roots(places) if _is_installation(root))
    micromamba = find_micromamba(places)
    environments: list[Environment] = []
    installations: list[Conda] = []
    ranked = _active_first(roots, places)
    for root in ranked:
        installations.append(_installation(root))
        environments.append(_environment(root, "base"))
        for folder in _environment_folders(root, places):
            environments += [_environment(prefix, prefix.name) for prefix in _prefixes(folder)]
    if micromamba is not None and _key(Path(micromamba.root)) not in map(_key, roots):
        installations.append(micromamba)
        for prefix in _prefixes(Path(micromamba.root) / "envs"):
            environments.append(_environment(prefix, prefix.name))
    for prefix in _listed_prefixes(places):
        if _is_environment(prefix) and not _is_installation(prefix):
            environments.append(_environment(prefix, str(prefix)))
    return CondaAnswer(tuple(installations), _named_once(environments), tuple(problems))


def _candidate_roots(places: Places) -> Iterable[Path]:
    """Where an installation may be, the surest sign first."""
    yield from _roots_in_use(places)
    yield from roots_of_profiles(places)
    yield from _usual_roots(places)
    yield from places.registered
    # The list of environments names every installation that ever made one.
    for prefix in _listed_prefixes(places):
        yield prefix
        yield prefix.parent.parent


def _roots_in_use(places: Places) -> Iterable[Path]:
    """What the shell that started the wizard knows, the active one first."""
    environ = places.environ
    for name in ("CONDA_EXE", "_CONDA_EXE", "MAMBA_EXE"):
        if environ.get(name):
            yield from _roots_of_program(Path(environ[name]))
    for name in ("CONDA_PREFIX", "CONDA_PREFIX_1", "CONDA_ROOT", "MAMBA_ROOT_PREFIX"):
        if environ.get(name):
            yield Path(environ[name])
            yield Path(environ[name]).parent.parent  # ROOT/envs/NAME
    for folder in environ.get("PATH", "").split(";" if places.windows else ":"):
        if folder.strip('"'):
            # ROOT itself, ROOT/bin, ROOT/condabin, ROOT/Scripts, ROOT/Library/bin
            path = Path(folder.strip('"'))
            yield from (path.parent, path, path.parent.parent)
            for name in _PROGRAMS[places.windows]:
                if _is_file(path / name):
                    yield from _roots_of_program(path / name)


def _roots_of_program(program: Path) -> Iterable[Path]:
    """Of ``ROOT/bin/conda`` or ``ROOT/Scripts/conda.exe``, a link to it, or a script that calls it.

    conda's own program names its root's Python in its first line; a wrapper names conda.
    """
    yield program.parent.parent
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        yield program.resolve().parent.parent
    text = read_users_text(program, _SCRIPT_BYTES)
    if text.startswith("#!") or program.suffix.lower() in (".bat", ".cmd"):
        yield from _roots_named(text)


def _roots_named(text: str, variables: Mapping[str, str] | None = None) -> Iterable[Path]:
    """Of the programs and scripts of conda that a shell's script names by their paths."""
    for found in _NAMED.finditer(text):
        root = next(filter(None, (found["double"], found["single"], found["bare"])), "")
        if variables is not None:
            root = re.sub(r"^~(?=[/\\]|$)", variables.get("HOME", "~"), root)
            root = re.sub(r"\$(?:env:)?\{?(\w+)\}?", lambda m: variables.get(m[1], m[0]), root)
        if root:
            yield Path(root)


def roots_of_profiles(places: Places) -> Iterable[Path]:
    """Installations that only ``conda init``, or a line by hand, made known to a shell."""
    home = places.home
    if home is None:
        return
    variables = {**places.environ, "HOME": str(home), "USERPROFILE": str(home)}
    for name in _PROFILES:
        yield from _roots_named(read_users_text(home / name, _PROFILE_BYTES), variables)


def _usual_roots(places: Places) -> Iterable[Path]:
    """Where the installers put themselves."""
    environ = places.environ
    homes: list[Path] = []
    if places.home is not None:
        homes = [places.home, places.home / "opt", places.home / ".local"]
    if environ.get("LOCALAPPDATA"):
        homes.append(Path(environ["LOCALAPPDATA"]))
        homes.append(Path(environ["LOCALAPPDATA"]) / "Programs")
    for parent in (*homes, *places.machine_wide):
        for name in _FOLDERS:
            yield parent / name
            yield parent / name / "base"  # Homebrew's casks
    yield from (path / "conda" for path in places.machine_wide)


def _is_installation(root: Path) -> bool:
    """Whether conda itself is installed there; ``condabin`` is in no other environment."""
    return _is_environment(root) and _is_dir(root / "condabin")


def _is_environment(prefix: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return (prefix / "conda-meta" / "history").is_file() or bool(
            conda_packages(prefix, _WANTED)
        )
    return False


def _is_dir(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return path.is_dir()
    return False


def _active_first(roots: list[Path], places: Places) -> list[Path]:
    """The active installation leads, as CONDA_EXE, CONDA_PREFIX and PATH say in this order.

    Of the others, that which has the course's environment comes first.
    """
    in_use = {_key(root) for root in _roots_in_use(places)}
    active = [root for root in roots if _key(root) in in_use]
    others = [root for root in roots if _key(root) not in in_use]
    others.sort(key=lambda root: not _is_environment(root / "envs" / COURSE_ENVIRONMENT))
    return active + others


def _installation(root: Path) -> Conda:
    package = conda_packages(root, _WANTED).get("conda")
    return Conda(
        version=package.version if package else None,
        distribution=_distribution(root, package),
        root=str(root),
        executable=next(
            (
                str(root / place)
                for place in (
                    "Scripts/conda.exe",
                    "condabin/conda.bat",
                    "bin/conda",
                    "condabin/conda",
                )
                if _is_file(root / place)
            ),
            None,
        ),
    )


def _is_file(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return path.is_file()
    return False


def _distribution(root: Path, package: CondaPackage | None) -> str:
    """By the folder's usual name; otherwise by the channel that conda itself came from."""
    for word, name in _DISTRIBUTIONS.items():
        if word in root.name.lower():
            return name
    if "anaconda" in conda_packages(root, frozenset({"anaconda"})):
        return "anaconda"
    channel = conda_channel(package) if package else None
    if channel == "conda-forge":
        return "miniforge"
    return "miniconda" if channel in {"defaults", "pkgs/main", "main"} else "unknown"


def _environment_folders(root: Path, places: Places) -> list[Path]:
    """The folders in which an installation keeps environments, its own first."""
    folders = [root / "envs"]
    for name in ("CONDA_ENVS_DIRS", "CONDA_ENVS_PATH"):
        separator = ";" if places.windows else ":"
        folders += [Path(part) for part in places.environ.get(name, "").split(separator) if part]
    if places.home is not None:
        folders.append(places.home / ".conda" / "envs")
    for file in _settings(root, places):
        folders += envs_dirs(read_users_text(file), places)
    return _unique(folders)


def _settings(root: Path, places: Places) -> list[Path]:
    """Where conda looks for its settings, as far as they are the installation's or the user's."""
    environ, home = places.environ, places.home
    folders = [root]
    if environ.get("XDG_CONFIG_HOME"):
        folders.append(Path(environ["XDG_CONFIG_HOME"]) / "conda")
    if home is not None:
        folders += [home / ".config" / "conda", home / ".conda"]
    files = [folder / name for folder in folders for name in (".condarc", "condarc")]
    files += [home / ".condarc"] if home is not None else []
    return files + ([Path(environ["CONDARC"])] if environ.get("CONDARC") else [])


def envs_dirs(condarc: str, places: Places) -> list[Path]:
    """The ``envs_dirs`` of a ``.condarc``: a block of ``- item`` lines or an inline list."""
    found = re.search(
        r"^envs_(?:dirs|path)[ \t]*:[ \t]*"
        r"(?:\[(?P<inline>[^\]]*)\]|(?P<block>(?:\s*\n[ \t]*-[^\n]*)*))",
        condarc,
        re.MULTILINE,
    )
    if found is None:
        return []
    if found["inline"] is not None:
        items = found["inline"].split(",")
    else:
        items = [line.strip()[1:] for line in found["block"].splitlines() if line.strip()]
    paths: list[Path] = []
    for item in items:
        text = re.sub(r"\s+#.*$", "", item).strip().strip("\"'")
        if text.startswith("~") and places.home is not None:
            text = str(places.home) + text[1:]
        text = re.sub(r"\$\{?(\w+)\}?", lambda m: places.environ.get(m[1], m[0]), text)
        if text:
            paths.append(Path(text))
    return paths


def _prefixes(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        names = sorted(os.listdir(folder))  # noqa: PTH208  (names are all that is needed)
        return [folder / name for name in names if _is_environment(folder / name)]
    return []


def _listed_prefixes(places: Places) -> list[Path]:
    """Environments made with a path of their own: conda keeps a list in the home folder."""
    if places.home is None:
        return []
    text = read_users_text(places.home / ".conda" / "environments.txt")
    return [Path(line.strip()) for line in text.splitlines() if line.strip()]


def _environment(prefix: Path, name: str) -> Environment:
    packages = conda_packages(prefix, _WANTED)
    python = packages.get("python")
    version = python.version if python else None
    torch = torch_version(site_packages(prefix, version))
    conda_torch = packages.get("pytorch")
    if conda_torch is not None and torch is not None and not torch.startswith(conda_torch.version):
        conda_torch = None  # pip put another one over it
    executable = interpreter(prefix)
    return Environment(
        name=name,
        prefix=str(prefix),
        python=Version.at_start(version) if version else None,
        torch=torch or (conda_torch.version if conda_torch else None),
        kind="conda",
        executable=str(executable) if executable else None,
        torch_build=conda_torch.build if conda_torch else None,
        torch_channel=conda_channel(conda_torch) if conda_torch else None,
        torch_metapackage=next((name for name in _METAPACKAGES if name in packages), None),
    )


def _named_once(environments: Iterable[Environment]) -> tuple[Environment, ...]:
    """Each prefix once, each name once; a second of a name is called by its path."""
    kept: dict[str, Environment] = {}
    names: set[str] = set()
    for env in environments:
        key = _key(Path(env.prefix))
        if key in kept:
            continue
        if env.name in names:
            env = replace(env, name=env.prefix)
        names.add(env.name)
        kept[key] = env
    return tuple(kept.values())


def _unique(paths: Iterable[Path]) -> list[Path]:
    """Each folder once, where and as it was named first."""
    kept: dict[str, Path] = {}
    for path in paths:
        kept.setdefault(_key(path), path)
    return list(kept.values())


def _key(path: Path) -> str:
    """The same for the same folder: links followed, and no case on Windows."""
    try:
        return os.path.normcase(path.resolve())
    except (OSError, RuntimeError, ValueError):
        return os.path.normcase(str(path))
