"""The developer's commands are scripts beside each other, not a package."""

from __future__ import annotations

import sys
from pathlib import Path

_PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
sys.path += [str(_PACKAGING), str(_PACKAGING / "bench")]
