"""What the launcher runs: the wizard, or a sentence and a file where it cannot even be loaded.

The wizard's modules lie in one file, read once: to look for each, ask for its time and open it is
what a start on Windows is made of, with a virus scanner behind every file. They know their places
all the same, so that resources are found, and `wizard/target` stays as it is for other Pythons.
"""

import marshal
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

sys.frozen = True  # type: ignore[attr-defined]  # this is a program, not a Python to install into

_HERE = Path(__file__).parent
_BUNDLE = "wizard.bundle"


class _Bundle:
    """Finds and loads the modules of the bundle: name to (whether a package, bytecode)."""

    def __init__(self, modules):
        self._modules = modules

    def find_spec(self, name, path=None, target=None):  # noqa: ARG002  (importlib's own form)
        if name not in self._modules:
            return None
        folder = _HERE.joinpath(*name.split("."))
        package = self._modules[name][0]
        file = folder / "__init__.py" if package else folder.with_suffix(".py")
        spec = ModuleSpec(name, self, origin=str(file), is_package=package)  # type: ignore[arg-type]
        spec.has_location = True
        if package:
            spec.submodule_search_locations = [str(folder)]
        return spec

    def create_module(self, spec):  # noqa: ARG002  (importlib's own form)
        return None

    def exec_module(self, module):
        code = marshal.loads(self._modules[module.__name__][1])  # noqa: S302  (built in, not data)
        exec(code, module.__dict__)  # noqa: S102


def use_bundle():
    """From here on `wizard` is what this program carries."""
    data = marshal.loads((_HERE / _BUNDLE).read_bytes())  # noqa: S302
    sys.meta_path.insert(0, _Bundle(data))


def _complain(error):
    """Say it where somebody looks: a program without a console has nothing but a message box."""
    import ctypes
    import os
    import traceback

    details = "".join(traceback.format_exception(error))
    path = Path(os.environ.get("LOCALAPPDATA", "."), "gpu-setup-wizard", "logs", "start.txt")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(details, encoding="utf-8")
    except OSError:
        path = None
    words = f"GPU Setup Wizard cannot start: {type(error).__name__}: {error}".splitlines()[0]
    if path is not None:
        words += f"\n\n{path}"
    if sys.stderr is not None:
        print(words, file=sys.stderr)
    else:
        ctypes.windll.user32.MessageBoxW(None, words, "GPU Setup Wizard", 0x10010)  # type: ignore[attr-defined]


def _start():
    try:
        use_bundle()
        from wizard.cli import main
    except BaseException as error:
        _complain(error)
        return 3
    return main()


if __name__ == "__main__":
    sys.exit(_start())
