"""The way in: ``python <this folder> verify|benchmark …``, run by the user's own interpreter.

Python puts this folder first on the module path; its names would shadow the user's modules. So it
is taken off again, and the folder is loaded as a package under a name nobody else has.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

_PACKAGE = "gpu_setup_wizard_target"


def _load(name: str) -> Any:
    here = Path(__file__).absolute().parent
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").absolute() != here]
    spec = importlib.util.spec_from_file_location(
        _PACKAGE, str(here / "__init__.py"), submodule_search_locations=[str(here)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(str(here))
    package = importlib.util.module_from_spec(spec)
    sys.modules[_PACKAGE] = package
    spec.loader.exec_module(package)
    return importlib.import_module(_PACKAGE + "." + name)


def _main() -> int:
    parser = argparse.ArgumentParser(prog="gpu-setup-wizard target")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify")
    verify.add_argument(
        "--expect", choices=("auto", "cuda", "rocm", "xpu", "mps", "cpu"), default="auto"
    )
    benchmark = commands.add_parser("benchmark")
    benchmark.add_argument("--seconds", type=float, default=30.0)
    benchmark.add_argument("--largest", type=int, default=16384)
    rank = commands.add_parser("all_reduce_rank")  # started by the verification alone
    for name, kind in (("backend", str), ("folder", str), ("rank", int), ("mib", int)):
        rank.add_argument("--" + name, type=kind, required=True)
    rank.add_argument("--devices", type=lambda text: text.split(","), required=True)
    rank.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    arguments = vars(options)
    _load(arguments.pop("command")).main(**arguments)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
