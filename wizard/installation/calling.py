"""The environment variables with which conda and pip are called; nothing of the user's changes."""

from __future__ import annotations

from pathlib import Path

from wizard.activation import target_environment
from wizard.detection.machine import Conda
from wizard.installation.values import Plan, Step

_PLAIN_OUTPUT = {"CONDA_JSON": "false", "CONDA_QUIET": "false", "CONDA_CONSOLE": "classic"}
"""conda lets a variable win over ``.condarc``, and an option such as ``--json`` over both."""
_RETRIES = {"CONDA_REMOTE_MAX_RETRIES": "0", "PIP_RETRIES": "3", "PIP_RESUME_RETRIES": "20"}
"""pip resumes within one run, since 25.1; conda between runs, from its ``.partial`` files."""


def variables(plan: Plan, step: Step, temporary: Path | None = None) -> dict[str, str]:
    """For a child that runs ``step``. ``temporary`` is where pip puts what it downloads.

    Nothing can ask back: questions find a closed input, pip's and git's prompts are off. What a
    user's ``.condarc`` says of the form of the output is overridden: progress is read from it.
    """
    env = target_environment(_root_python(plan.conda) if plan.conda else Path(step.argv[0]))
    env |= {"PIP_NO_INPUT": "1", "GIT_TERMINAL_PROMPT": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    # The wizard itself tries again, and shows it: a server that hangs is known after one wait of
    # a minute (conda) or a quarter of one (pip), not after four.
    env = _RETRIES | env
    if step.tool == "conda":
        env |= _PLAIN_OUTPUT
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
