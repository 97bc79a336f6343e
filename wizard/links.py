"""Which pages may be opened: those of the hosts that the catalog, the causes and the code name."""

from __future__ import annotations

import re
from functools import lru_cache

from wizard.catalog.folder import catalog_folder
from wizard.paths import resource_folder

#: Named in the code alone.
_NAMED_IN_CODE = frozenset(
    {"documentation.ubuntu.com", "rpmfusion.org", "wiki.debian.org", "www.python.org"}
)


@lru_cache(maxsize=1)
def known_hosts() -> frozenset[str]:
    """Read when the first link is opened; a damaged file names what it still names."""
    found = set(_NAMED_IN_CODE)
    for folder in (catalog_folder(), resource_folder("causes")):
        for path in folder.glob("*.json"):
            text = path.read_text("utf-8", "replace")
            found.update(re.findall(r'"https://([a-z0-9.-]+)(?=[/"])', text))
    return frozenset(found)
