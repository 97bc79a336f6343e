"""Bytes of a log to text, whichever program and language of Windows wrote them."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096


def decoded(data: bytes) -> str:
    """Text of any encoding. Of an unknown one-byte code page, at least what is ASCII is right.

    PowerShell writes UTF-16 into files, cmd the code page of its language.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    sample = data[:_SAMPLE]
    if sample.count(0) > len(sample) // 4:
        big = sample[0::2].count(0) > sample[1::2].count(0)
        return data.decode("utf-16-be" if big else "utf-16-le", "replace")
    broken = data.decode("utf-8", "replace")
    # A few damaged places in UTF-8 (a log that was cut), or another code page altogether?
    letters = sum(byte >= 0x80 for byte in sample)
    if letters and sample.decode("utf-8", "replace").count("\ufffd") * 3 < letters:
        return broken
    return data.decode("cp1252", "replace")
