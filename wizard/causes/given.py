"""Evidence as people and programs write it: names and values in whatever form they come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import cast

from wizard.advice import versions
from wizard.advice.versions import Capability

_SAYING = (
    *("error", "errors", "message", "error_message", "exception", "traceback", "import_error"),
    *("stderr", "output", "stdout", "log", "warning", "warnings", "dll", "dlls"),
    *("problem", "symptom", "symptoms", "symptom_text", "text", "details", "detail"),
    *(
        "description",
        "issue",
        "question",
        "report",
        "complaint",
        "observed",
        "said",
        "note",
        "notes",
    ),
    *("pip_output", "conda_output", "nvidia_smi_output", "console", "last_line", "last_lines"),
)
"""Names of what was said, to be searched as the pasted text is."""
_NUMBERED = {
    "winerror": "WinError",
    "win_error": "WinError",
    "windows_error": "WinError",
    "errno": "Errno",
    "cuda_error": "Error",
    "cuda_error_code": "Error",
}
_VARIABLES = ("env", "environ", "env_vars", "environment", "environment_variables", "variables")
_PACKAGES = ("packages", "conda_packages", "conda_list", "installed_packages", "installed")
_INTERPRETER = ("interpreter", "executable", "sys_executable", "python_executable", "python_path")
_PACKAGE_PARTS = re.compile(r"[=\s]+|-(?=\d)|(?<=\d)-")


def given_by(evidence: Mapping[str, object]) -> dict[str, object]:
    """By lower-case names with underscores; what is said of PyTorch as a whole, by its parts."""
    given = {re.sub(r"[\s.-]+", "_", str(key)).lower(): value for key, value in evidence.items()}
    torch = given.get("torch")
    if isinstance(torch, Mapping):
        parts = cast("Mapping[str, object]", torch)
        given["torch"] = parts.get("version") or parts.get("__version__")
        if "cuda" in parts:
            given.setdefault("torch_cuda", parts["cuda"])
        for key in ("arch_list", "torch_build", "build_string"):
            if key.removeprefix("torch_") in parts:
                given.setdefault(key, parts[key.removeprefix("torch_")])
    return given


def text_of(given: Mapping[str, object], *names: str) -> str:
    """The first that is a text, or a number that can be read as one."""
    for name in names:
        value = given.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
    return ""


def items_of(value: object) -> list[object]:
    """Of a list as JSON has it, or a tuple as a machine has it; anything else is one item."""
    if isinstance(value, (list, tuple)):
        return list(cast("Iterable[object]", value))
    return [value]


def said_in(evidence: Mapping[str, object]) -> list[str]:
    """What is text in it, and numbers of errors as the systems write them."""
    given = given_by(evidence)
    said = [item for name in _SAYING for item in items_of(given.get(name)) if isinstance(item, str)]
    for name, word in _NUMBERED.items():
        if number := text_of(given, name):
            said.append(f"{word} {number}")
    return said


def capability_of(value: object) -> Capability | None:
    """``"12.0"``, ``12.0``, ``[12, 0]`` and ``sm_120``."""
    if isinstance(value, (list, tuple)):
        value = ".".join(str(part) for part in items_of(cast(object, value)))
    text = "" if value is None or isinstance(value, bool) else str(value)
    kernel = re.fullmatch(r"sm_?(\d{1,2})(\d)a?", text.strip())
    return versions.capability(f"{kernel[1]}.{kernel[2]}" if kernel else text)


def variables_of(given: Mapping[str, object]) -> dict[str, object]:
    """Environment variables by lower-case names, whether in a list of their own or beside."""
    found = dict(given)
    for name in _VARIABLES:
        value = given.get(name)
        if isinstance(value, Mapping):
            found |= {
                str(key).lower(): item for key, item in cast("dict[str, object]", value).items()
            }
    return found


def conda_build_of(given: Mapping[str, object]) -> str:
    """PyTorch's build string: by itself, or in a list of packages in any of conda's forms."""
    if alone := text_of(given, "torch_build", "package_build", "build_string", "pytorch_build"):
        return alone
    for name in _PACKAGES:
        value = given.get(name)
        if isinstance(value, Mapping):
            packages = cast("Mapping[str, object]", value)
            value = [_named(key, packages[key]) for key in packages]
        for item in items_of(value):
            package, _version, build = _parts_of(item)
            if package in ("pytorch", "libtorch") and build:
                return build
    return ""


def _named(name: str, value: object) -> object:
    if isinstance(value, Mapping):
        return {"name": name, **cast("Mapping[str, object]", value)}
    return f"{name} {value}"


def _parts_of(item: object) -> tuple[str, str, str]:
    """Name, version and build of a package."""
    if isinstance(item, Mapping):
        package = cast("Mapping[str, object]", item)
        return (
            text_of(package, "name"),
            text_of(package, "version"),
            text_of(package, "build", "build_string"),
        )
    words = _PACKAGE_PARTS.split(str(item).rpartition("::")[2].strip(), maxsplit=2)
    name, version, build = (*words, "", "")[:3]
    return name, version, build.split()[0] if build else ""


def interpreter_of(given: Mapping[str, object]) -> str:
    """The path of the interpreter, where one is named."""
    path = text_of(given, *_INTERPRETER)
    python = text_of(given, "python")
    return path or (python if "/" in python or "\\" in python else "")


def exit_code_of(given: Mapping[str, object]) -> int | None:
    """A number, or one written as text: ``3221225781`` and ``0xC0000135``."""
    value = given.get("exit_code", given.get("returncode"))
    if isinstance(value, str):
        try:
            return int(value, 0)
        except ValueError:
            return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
