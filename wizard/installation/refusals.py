"""Why there is nothing to run, as findings with the next step."""

from __future__ import annotations

from wizard.advice.catalog import MINIFORGE_URL
from wizard.advice.command import spell
from wizard.advice.finding import Finding
from wizard.detection.machine import Environment, Machine
from wizard.installation.values import Condition, Plan
from wizard.text import _
from wizard.text.installation import condition_sentence

_ENVIRONMENTS_URL = (
    "https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html"
)
_PYTHON_URL = "https://www.python.org/downloads/"


def conda_not_found(machine: Machine) -> Finding:
    """No conda that could be run; how to get one, and the way without it."""
    windows = machine.os.system == "windows"
    winget = spell(("winget", "install", "CondaForge.Miniforge3"))
    return Finding(
        "conda_not_found",
        _("conda is not installed yet"),
        _("No conda was found in the usual folders, on PATH or in the list of installed programs."),
        _(
            "Install Miniforge and scan again, or go on without conda: the wizard can make a "
            "private environment with a Python that is here already."
        ),
        (winget,) if windows else (),
        MINIFORGE_URL,
    )


def environment_missing(name: str) -> Finding:
    return Finding(
        "no_such_environment",
        _("There is no environment {name}").format(name=name),
        _("No folder of that environment was found on this computer."),
        _("Scan again, or choose another environment."),
        (),
        _ENVIRONMENTS_URL,
    )


def python_unsupported(python: Environment) -> Finding:
    return Finding(
        "python_unsupported",
        _("PyTorch has no build for this Python"),
        _("{path} is Python {version}.").format(
            path=python.executable or python.prefix, version=python.python or "?"
        ),
        _("Install Python 3.12, or Miniforge, and scan again."),
        (),
        _PYTHON_URL,
    )


def venv_missing(python: Environment, detail: str) -> Finding:
    """Debian and Ubuntu keep the module that makes virtual environments in a package of its own."""
    version = ".".join((python.python or "3").split(".")[:2])
    return Finding(
        "venv_missing",
        _("This Python cannot make environments"),
        _("{path}: {detail}").format(path=python.executable or python.prefix, detail=detail),
        _("Install Miniforge and scan again, or ask for the package python{version}-venv.").format(
            version=version
        ),
        (),
        MINIFORGE_URL,
    )


def no_python(machine: Machine) -> Finding:
    """Neither conda nor a Python that could make an environment."""
    finding = conda_not_found(machine)
    return Finding(
        finding.code,
        finding.title,
        finding.why + " " + _("A Python that could be used instead was not found either."),
        _("Install Miniforge and scan again."),
        finding.commands,
        finding.source,
    )


def not_removed(prefix: str, problem: str) -> Finding:
    return Finding(
        "not_removed",
        _("The folder could not be deleted"),
        _("{folder}: {problem}").format(folder=prefix, problem=problem),
        _("Close the programs that use it, restart the computer if need be, and try again."),
    )


def not_ours(prefix: str, reason: str) -> Finding:
    """The folder could be anybody's."""
    return Finding(
        "not_ours",
        _("The wizard doesn't delete this folder"),
        _("{folder}: {problem}").format(folder=prefix, problem=reason),
        _(
            "Open the folder. If you need nothing in it, delete it yourself. Otherwise, choose "
            "another name for the environment."
        ),
        (),
        _ENVIRONMENTS_URL,
    )


def not_half_made(plan: Plan, condition: Condition) -> Finding:
    """It was half made when that was last looked at."""
    return Finding(
        "not_ours",
        _("The wizard doesn't delete this folder"),
        condition_sentence(condition, plan),
        _("Choose Scan again: the environment will be used as it is."),
        (),
        _ENVIRONMENTS_URL,
    )


def holds_other_files(prefix: str, names: list[str]) -> Finding:
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return Finding(
        "not_ours",
        _("The wizard doesn't delete this folder"),
        _("{folder} also contains files that aren't part of an installation: {files}").format(
            folder=prefix, files=shown
        ),
        _("Move them to another folder, then try again."),
        (),
        _ENVIRONMENTS_URL,
    )


def other_drive() -> str:
    return _("It is on another drive.")


def changed_meanwhile(prefix: str) -> Finding:
    return Finding(
        "not_ours",
        _("The folder changed after you were asked"),
        _("Nothing was deleted in {folder}.").format(folder=prefix),
        _("Check again what would be deleted."),
        (),
        _ENVIRONMENTS_URL,
    )


def ended_unexpectedly() -> Finding:
    return Finding(
        "unexpected_error",
        _("Something went wrong inside the wizard"),
        _("The work ended without a result."),
        _("Close the wizard and start it again; it sees what state the environment is in."),
    )
