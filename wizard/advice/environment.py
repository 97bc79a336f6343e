"""Which environment PyTorch goes into: one that exists and suits, or a new one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from wizard.advice import catalog, command, versions
from wizard.advice.catalog import MINIFORGE_URL
from wizard.advice.recommendation import Command, EnvironmentChoice, Reason, Recommendation
from wizard.advice.versions import Version
from wizard.detection.machine import Environment, Machine
from wizard.text import _
from wizard.the_course import COURSE_ENVIRONMENT

_CREATE_SOURCE = (
    "https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html"
)
_PYTHON_SOURCE = "https://pytorch.org/get-started/locally/"

_ONLY_CPU = frozenset({"pytorch-cpu", "cpuonly"})
"""Packages that keep PyTorch on the processor; the others of `Environment.torch_metapackage` keep
it on CUDA."""
_RESERVED = frozenset({"base", "root"})
Objection = Callable[[Environment], Reason | None]
"""Why the PyTorch that an environment has cannot do; None where it may."""

_FORBIDDEN = re.compile(r"[^\w.-]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True)
class Target:
    """How commands name the environment."""

    name: str
    option: tuple[str, str]
    """conda's words for it."""
    interpreter: str
    """How pip's Python is called: by path outside conda, where nothing is activated."""
    is_conda: bool


@dataclass(frozen=True)
class Place:
    """Where PyTorch goes."""

    choice: EnvironmentChoice
    environment: Environment | None
    """The one that is used; None where it is to be made."""
    target: Target
    reasons: tuple[Reason, ...]

    @property
    def python(self) -> Version:
        return versions.python(self.choice.python)

    @property
    def is_conda(self) -> bool:
        return self.target.is_conda


def _target(env: Environment) -> Target:
    is_conda = env.kind == "conda"
    by_name = is_conda and command.named_by_prefix(env)
    interpreter = "python" if is_conda else env.executable or "python"
    option = ("-n", env.name) if by_name else ("-p", env.prefix)
    return Target(env.name, option, interpreter, is_conda)


def choose(
    machine: Machine,
    wanted: str | None,
    suits_conda: Callable[[Version], bool],
    suits_other: Callable[[Version], bool],
    objection: Objection = lambda _env: None,
    new_python: str | None = None,
) -> Place:
    """The wanted environment (default: the course's) if its Python has a build, else a new one.

    ``suits_conda`` and ``suits_other`` say whether a Python has a build in a conda environment and
    in any other; ``objection`` is asked of a PyTorch that is there. ``new_python`` is what a new
    environment gets where the usual one has no build. Nothing that exists is ever made anew, and
    ``base`` is left alone.
    """
    python = new_python or catalog.load().new_python
    reasons: list[Reason] = []
    asked = find(machine, wanted) if wanted else _private(machine)
    if asked is not None and asked.kind != "conda" and _usable(asked):
        if suits_other(versions.python(asked.python)):
            return _use(asked, reasons, objection)
        reasons.append(_python_reason(asked, python))
    name = _new_name(wanted if asked is None or asked.kind == "conda" else None, reasons)
    if asked is not None and asked.kind == "conda" and _usable(asked) and not _is_base(asked):
        if suits_conda(versions.python(asked.python)):
            return _use(asked, reasons, objection)
        reasons.append(_python_reason(asked, python))
    return _named(machine, name, suits_conda, reasons, objection, python)


def _named(
    machine: Machine,
    name: str,
    suits: Callable[[Version], bool],
    reasons: list[Reason],
    objection: Objection,
    python: str,
) -> Place:
    """The first of ``name``, ``name_py312``, ``name_py312_2``… that suits or is free."""
    by_name: dict[str, list[Environment]] = {}
    for env in machine.environments:
        by_name.setdefault(env.name.casefold(), []).append(env)
    candidate, count = name, 1
    while (found := by_name.get(candidate.casefold())) is not None:
        for env in found:
            if env.kind != "conda" or not _usable(env):
                continue
            if suits(versions.python(env.python)):
                return _use(env, reasons, objection)
            if not any(r.code == "python_has_no_build" for r in reasons):
                reasons.append(_python_reason(env, python))
        suffix = "_py" + python.replace(".", "")
        candidate = f"{name}{suffix}" if count == 1 else f"{name}{suffix}_{count}"
        count += 1
    reasons.append(
        Reason(
            "new_environment",
            _(
                "The environment {name} is not there yet; the first command makes it, with "
                "Python {python}. Environments that exist stay as they are."
            ).format(name=candidate, python=python),
            _CREATE_SOURCE,
        )
    )
    target = Target(candidate, ("-n", candidate), "python", is_conda=True)
    return Place(EnvironmentChoice("create", candidate, python), None, target, tuple(reasons))


def _use(env: Environment, reasons: list[Reason], objection: Objection) -> Place:
    python = versions.spelled(versions.python(env.python))
    against = objection(env) if env.torch is not None else None
    if against is not None:
        reasons.append(against)
    elif env.torch is not None:
        reasons.append(
            Reason(
                "torch_already_there",
                _(
                    "PyTorch {version} is in {name} already. If the verification passes, "
                    "nothing has to be installed."
                ).format(version=env.torch, name=env.name),
                _PYTHON_SOURCE,
            )
        )
    choice = EnvironmentChoice("use", env.name, python)
    return Place(choice, env, _target(env), tuple(reasons))


def find(machine: Machine, wanted: str) -> Environment | None:
    """By name or by folder; a conda environment before others of the same name."""
    found = [env for env in machine.environments if wanted in (env.name, env.prefix)]
    return min(found, key=lambda env: env.kind != "conda", default=None)


def _private(machine: Machine) -> Environment | None:
    """The course's environment as the wizard makes it for those without conda."""
    if machine.conda is not None or machine.conda_installations:
        return None
    env = find(machine, COURSE_ENVIRONMENT)
    return env if env is not None and env.kind == "venv" else None


def _usable(env: Environment) -> bool:
    """Whether its name and paths can be typed at all."""
    texts = (env.name, env.prefix, env.executable or "")
    if any(_CONTROL.search(text) for text in texts):
        return False
    typed = not _FORBIDDEN.search(env.name) and not env.name.startswith("-")
    return env.kind != "conda" or bool(env.prefix) or typed


def _is_base(env: Environment) -> bool:
    return env.name.casefold() in _RESERVED


def _new_name(wanted: str | None, reasons: list[Reason]) -> str:
    """A name that conda takes; the course's where none or a reserved one was asked for."""
    if not wanted:
        return COURSE_ENVIRONMENT
    if wanted.casefold() in _RESERVED:
        reasons.append(
            Reason(
                "base_left_alone",
                _(
                    "conda itself lives in {name}; a mistake there breaks conda. PyTorch gets an "
                    "environment of its own."
                ).format(name=wanted),
                _CREATE_SOURCE,
            )
        )
        return COURSE_ENVIRONMENT
    name = _FORBIDDEN.sub("_", re.split(r"[/\\]", wanted)[-1]).lstrip("-.")
    return name if name and name.casefold() not in _RESERVED else COURSE_ENVIRONMENT


def _python_reason(env: Environment, new: str) -> Reason:
    python = versions.spelled(versions.python(env.python))
    if not python:
        text = _("Nobody could tell the Python of {name}, so it is not used.").format(name=env.name)
    else:
        text = _(
            "{name} has Python {python}; there is no suitable PyTorch build for it. So a new "
            "environment with Python {new} is used."
        ).format(name=env.name, python=python, new=new)
    return Reason("python_has_no_build", text, _PYTHON_SOURCE)


def create_command(place: Place, note: str, platform: str | None = None) -> Command:
    """The command that makes the environment, for conda's ``platform`` where it is another."""
    argv = (
        *("conda", "create", "-n", place.choice.name),
        *(() if platform is None else ("--platform", platform)),
        *("--override-channels", "-c", "conda-forge"),
        f"python={place.choice.python}",
        "pip",
    )
    return command.make("conda-forge", argv, _("Make the environment"), note)


def cleaning_commands(place: Place, install: Command) -> tuple[Command, ...]:
    """Removes an installed PyTorch that ``install`` would not replace.

    In a conda environment two copies of different sources would mix their files; in any other, pip
    takes another build of the same version for "already satisfied".
    """
    env = place.environment
    if env is None:
        return ()
    if env.torch is None:
        return _freeing(place.target, env, install) if env.kind == "conda" else ()
    if env.kind != "conda":
        build = env.torch.partition("+")[2]
        if build and any(word.endswith(f"/whl/{build}") for word in install.argv):
            return ()  # the same build: pip may keep it
        return (removal((place.target.interpreter, "-m", "pip")),)
    if "+" in env.torch or env.torch_channel == "pypi":
        conda_run = ("conda", "run", *place.target.option, "--no-capture-output")
        made = (removal((*conda_run, "python", "-m", "pip")),)
    else:
        made = (_conda_removal(place.target),) if install.route == "pip" else ()
    return (*_freeing(place.target, env, install), *made)


def _freeing(target: Target, env: Environment, install: Command) -> tuple[Command, ...]:
    """Takes out the package that keeps conda on the other kind of build, and nothing else.

    It holds no files, only a wish; conda never gives one up by itself (facts: measured).
    """
    name = env.torch_metapackage
    if name is None or install.route == "pip" or name in install.argv:
        return ()
    for_gpu = any(word.startswith(("pytorch-gpu", "pytorch-cuda")) for word in install.argv)
    if (name in _ONLY_CPU) is not for_gpu:
        return ()
    argv = ("conda", "remove", *target.option, "--force", name)
    title = _("Remove the package that blocks the other build")
    note = _("{name} has no files. While it is installed, conda refuses the other build.")
    return (command.make("conda-forge", argv, title, note.format(name=name)),)


def free_name(machine: Machine, name: str) -> str:
    """A name like this one that no environment has yet."""
    taken = {env.name.casefold() for env in machine.environments}
    taken |= {re.split(r"[/\\]", env.prefix)[-1].casefold() for env in machine.environments}
    base, count = re.sub(r"_\d{1,3}$", "", re.split(r"[/\\]", name)[-1]), 2
    while f"{base}_{count}".casefold() in taken:
        count += 1
    return f"{base}_{count}"


def cleaning_before(
    machine: Machine, advised: Recommendation, install: Command
) -> tuple[Command, ...]:
    """``cleaning_commands`` for another command of a recommendation than its primary."""
    choice = advised.environment
    env = find(machine, choice.name) if choice.action == "use" else None
    if env is None:
        return ()
    return cleaning_commands(Place(choice, env, _target(env), ()), install)


def removal(pip: tuple[str, ...]) -> Command:
    """Pip's command that removes PyTorch; ``pip`` is how it is called."""
    return command.make(
        "pip",
        (*pip, "uninstall", "--yes", "torch", "torchvision", "torchaudio"),
        _("Remove the PyTorch that is there"),
        _only_again(),
    )


def _conda_removal(target: Target) -> Command:
    """Conda removes with it what needs it, such as torchvision."""
    argv = ("conda", "remove", *target.option, "--override-channels", "-c", "conda-forge")
    title = _("Remove the PyTorch that is there")
    return command.make("conda-forge", (*argv, "pytorch"), title, _only_again())


def _only_again() -> str:
    return _("Only when you install again: the new PyTorch does not replace the old one by itself.")


def conda_note(machine: Machine) -> str:
    """What to do first where there is no conda; "" where there is one."""
    if machine.conda is not None or machine.conda_installations:
        return ""
    if machine.os.system == "windows":
        return _(
            "conda is not on this computer yet. Install Miniforge first: "
            "winget install CondaForge.Miniforge3"
        )
    return _("conda is not on this computer yet. Install Miniforge first: {link}").format(
        link=MINIFORGE_URL
    )


def conda_reason(machine: Machine) -> tuple[Reason, ...]:
    note = conda_note(machine)
    return (Reason("conda_missing", note, MINIFORGE_URL),) if note else ()
