"""What a card usually reaches in this program's own benchmark, as far as one was measured."""

from __future__ import annotations

from functools import lru_cache

from wizard.advice.catalog_rows import CatalogError, read_document
from wizard.advice.gpu_names import canonical
from wizard.catalog.folder import catalog_folder


def usual_gflops(name: str) -> float | None:
    """GFLOP/s of the best float32 matrix product; None for a card that nobody measured."""
    return _by_name().get(canonical(name))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, float]:
    try:
        rows = read_document(catalog_folder() / "figures.json").rows("figures")
        return {
            canonical(row.text("name")): float(row.count("float32_gflops"))
            for row in rows
            if row.certain() and row.source()
        }
    except CatalogError:
        return {}  # a comparison less; the catalog's own tests tell of the damage
