"""``catalog`` on the command line: which facts, how old, from where; and newer ones."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

from wizard.cli_output import print_document, print_lines
from wizard.cli_parser import FAILED, READY, WRONG_CALL, CallError
from wizard.text import _


def run(options: argparse.Namespace) -> int:
    """Raises `CallError` where newer facts were asked for and not taken."""
    if options.what == "update":
        return _update(options)
    if options.source is not None:
        raise CallError(_("--from belongs to: {command}").format(command="catalog update"))
    return _show(options)


def _show(options: argparse.Namespace) -> int:
    from wizard.advice import catalog
    from wizard.catalog.folder import facts_address, facts_in_use

    facts, today = facts_in_use(), date.today()
    loaded = catalog.load()
    files = [_file(path) for path in sorted(facts.folder.glob("*.json"))]
    if options.json:
        address = facts_address()
        print_document(
            {
                "schema": 1,
                "collected": loaded.collected.isoformat(),
                "age_days": (today - loaded.collected).days,
                "old": loaded.is_old(today),
                "from": "downloaded" if facts.downloaded else "built in",
                "sequence": facts.sequence,
                "folder": str(facts.folder),
                "files": files,
                # Nothing is said of updating where the program was built without it.
                **({"update": address} if address is not None else {}),
            }
        )
        return READY
    from wizard.text.age import facts_line, origin_line

    lines = [facts_line(loaded.collected, today), origin_line(facts.downloaded), ""]
    for file in files:
        lines.append(f"{file['name']}  {file['collected']}")
        lines += [f"  {each['date']}  {each['title']}  {each['url']}" for each in file["sources"]]
    print_lines(lines)
    return READY


def _file(path: Path) -> dict[str, Any]:
    """A file's head: when its facts were collected, and from where."""
    head = json.loads(path.read_bytes())
    sources = [{"id": name, **source} for name, source in head["sources"].items()]
    return {"name": path.name, "collected": head["collected"], "sources": sources}


def _update(options: argparse.Namespace) -> int:
    from wizard.advice.fresh_facts import update
    from wizard.catalog.signed import FactsError
    from wizard.text.age import update_line

    try:
        done = update(options.source)
    except FactsError as error:
        code = FAILED if error.kind == "failed" else WRONG_CALL
        raise CallError(str(error), code) from None
    if options.json:
        result = "updated" if done.changed else "current"
        document = {"schema": 1, "result": result, "date": done.date.isoformat()}
        print_document({**document, "sequence": done.sequence})
    else:
        print_lines([update_line(done.date, changed=done.changed)])
    return READY
