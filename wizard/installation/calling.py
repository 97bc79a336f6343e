"""The environment variables with which conda and pip are called; nothing of the user's changes."""

from __future__ import annotations

from pathlib import Path

from wizard.activation import target_environment
from wizard.detection.machine import Conda
from wizard.installation.values import Plan, Step


def variables(plan: Plan, step: Step, temporary: Path | None = None) -> dict[str, str]:
    """For a child that runs ``step``. ``temporary`` is where pip puts what it downloads.

    Nothing can ask back: questions find a closed input, pip's and git's prompts are off.
    """
    env = target_environment(_root_python(plan.conda) if plan.conda else Path(step.argv[0]))
    env |= {"PIP_NO_INPUT": "1", "GIT_TERMINAL_PROMPT": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if step.tool == "conda":
        # conda finds its own libraries as if its base were active, but no environment is.
        for name in ("CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CONDA_SHLVL", "PYTHONPATH"):
            env.pop(name, None)
    elif plan.conda is not None:
        env = target_environment(Path(step.argv[0])) | {
            name: env[name] for name in env if name.startswith(("PIP_", "GIT_TERMINAL"))
        }
    if temporary is not None:
        env |= {name: str(temporary) for name in ("TMPDIR", "TEMP", "TMP")}
    return env


def _root_python(conda: Conda) -> Path:
    root = Path(conda.root)
    windows = root / "python.exe"
    return windows if windows.is_file() else root / "bin" / "python"
