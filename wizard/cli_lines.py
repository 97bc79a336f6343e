"""``recommend --machine -``: one machine a line in, one answer a line out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import BinaryIO

from wizard.cli_output import reader_has_gone, silence
from wizard.cli_parser import READY, WRONG_CALL
from wizard.printable import printable_json


def recommend_lines(source: BinaryIO | None, env: str | None) -> int:
    """One machine a line in, one answer a line out; a bad line costs only its own answer."""
    from wizard.advice.recommend import recommend
    from wizard.detection.description import MAX_BYTES, parse_machine
    from wizard.detection.machine import MachineError

    if source is None:  # closed by whoever called
        return READY
    code = READY
    for number, line in enumerate(_bounded_lines(source, MAX_BYTES + 1), start=1):
        if not line.strip():
            continue
        try:
            answer = recommend(parse_machine(line), env).to_line()
        except MachineError as error:
            code = WRONG_CALL
            wrong = {"error": f"line {number}: {str(error).removeprefix('line 1: ')}"}
            answer = json.dumps(wrong)
        try:
            print(printable_json(answer), flush=True)
        except OSError as error:
            if not reader_has_gone(error):
                raise
            silence(sys.stdout)
            break  # whoever read it has enough
    return code


def _bounded_lines(source: BinaryIO, limit: int) -> Iterator[bytes]:
    """Lines of a stream, none kept beyond ``limit`` bytes, however long it is."""
    while line := source.readline(limit):
        rest = line
        while rest and not rest.endswith(b"\n") and len(rest) == limit:
            rest = source.readline(limit)
        yield line
