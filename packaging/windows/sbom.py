"""The list of what is inside, as CycloneDX JSON: packages, their versions and SHA-256."""

from __future__ import annotations

import json
from collections.abc import Sequence

import cpython
import downloads

_LICENCES = {
    "cffi": "MIT-0",
    "colorama": "BSD-3-Clause",
    "msgspec": "BSD-3-Clause",
    "numpy": "BSD-3-Clause",
    "nvidia-ml-py": "BSD-3-Clause",
    "platformdirs": "MIT",
    "psutil": "BSD-3-Clause",
    "pycparser": "BSD-3-Clause",
    "pynacl": "Apache-2.0",
    "pyqtgraph": "MIT",
    "pyside6-essentials": "LGPL-3.0-only",
    "shiboken6": "LGPL-3.0-only",
}


def document(
    project: downloads.Wheel, wheels: Sequence[downloads.Wheel], runtime: cpython.Runtime
) -> str:
    """The whole document; it has neither a time nor a random number in it."""
    parts = [
        {
            "type": "library",
            "bom-ref": f"pkg:generic/cpython@{runtime.version}",
            "name": "CPython",
            "version": runtime.version,
            "description": f"{runtime.source}; SHA-256 of where it came from",
            "licenses": [{"license": {"id": "Python-2.0"}}],
            "purl": f"pkg:generic/cpython@{runtime.version}",
            "hashes": [{"alg": "SHA-256", "content": runtime.sha256}],
        },
        *(_component(wheel) for wheel in wheels),
    ]
    data = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": f"pkg:generic/gpu-setup-wizard@{project.version}",
                "name": "gpu-setup-wizard",
                "version": project.version,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": parts,
        "dependencies": [
            {
                "ref": f"pkg:generic/gpu-setup-wizard@{project.version}",
                "dependsOn": [str(part["bom-ref"]) for part in parts],
            }
        ],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _component(wheel: downloads.Wheel) -> dict[str, object]:
    name = f"pkg:pypi/{wheel.name}@{wheel.version}"
    part: dict[str, object] = {
        "type": "library",
        "bom-ref": name,
        "name": wheel.name,
        "version": wheel.version,
        "purl": name,
        "hashes": [{"alg": "SHA-256", "content": wheel.sha256}],
    }
    if wheel.name in _LICENCES:
        part["licenses"] = [{"license": {"id": _LICENCES[wheel.name]}}]
    return part
