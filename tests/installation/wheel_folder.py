"""A folder of tiny wheels that pip installs for real."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path


def make_wheel(
    folder: Path, name: str, version: str, files: Mapping[str, bytes] | None = None
) -> Path:
    """A pure wheel; its package says its version, as PyTorch's does."""
    tag = "py3-none-any"
    info = f"{name}-{version}.dist-info"
    contents = {
        f"{name}/__init__.py": b"from .version import __version__\n",
        f"{name}/version.py": f"__version__ = '{version}'\n".encode(),
        **(files or {}),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": (
            f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n".encode()
        ),
    }
    record = "".join(f"{path},{_digest(data)},{len(data)}\n" for path, data in contents.items())
    contents[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in contents.items():
            archive.writestr(path, data)
    return wheel


def many_bytes(count: int) -> bytes:
    """The same every time, and no smaller in an archive."""
    blocks = (hashlib.sha256(str(number).encode()).digest() for number in range(count // 32 + 1))
    return b"".join(blocks)[:count]


def spoil(wheel: Path) -> Path:
    """Damage the middle of a wheel's largest file: it comes well, and cannot be unpacked."""
    with zipfile.ZipFile(wheel) as archive:
        largest = max(archive.infolist(), key=lambda info: info.compress_size)
    data = bytearray(wheel.read_bytes())
    middle = largest.header_offset + largest.compress_size // 2
    data[middle] ^= 0xFF
    wheel.write_bytes(data)
    return wheel


def make_wheels(folder: Path, torch: str = "2.13.0+cpu") -> Path:
    """What the recommended pip command asks for."""
    make_wheel(folder, "torch", torch)
    make_wheel(folder, "torchvision", "0.28.0+cpu")
    return folder


def _digest(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"sha256={digest}"
