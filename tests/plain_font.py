"""A font of the tests' own, so that what fits does not depend on the fonts of the computer.

Its letters are boxes, about as wide as those of the fonts that desktops choose for their texts.
A TrueType file needs few tables; see Microsoft's *OpenType specification*, "Required tables".
"""

from __future__ import annotations

import struct
from pathlib import Path
from xml.sax.saxutils import escape

_EM = 1000
_ASCENT, _DESCENT = 950, 250
_ORDINARY = 570

#: Widths in thousandths of the font's size; every other character has `_ORDINARY`.
_WIDTHS = {
    280: " .,:;'|!iıjlIİ·’",
    370: 'frt()[]{}/\\-"`*°“”',
    660: "ABCÇDEƏFGĞHJKLNOÖPQRSŞTUÜVXYZАБВГДЕЁЗИЙКЛНОПРСТУХЦЧЬЭЯ",
    880: "mwMW@%&—–…→←↔✓✗жмфшщыюЖМФШЩЪЫЮ",
}


def install(folder: Path) -> Path:
    """Make the fonts in a folder; returns the configuration that knows them and no others."""
    folder.mkdir(parents=True, exist_ok=True)
    widths = {ord(letter): width for width, letters in _WIDTHS.items() for letter in letters}
    (folder / "sans.ttf").write_bytes(_font("Plain Sans", widths, _ORDINARY))
    (folder / "mono.ttf").write_bytes(_font("Plain Mono", {}, 600))
    aliases = "".join(
        f"<alias binding='same'><family>{asked}</family><prefer><family>{given}</family></prefer>"
        "</alias>"
        for asked, given in (
            *(("monospace", "Plain Mono"), ("fixed", "Plain Mono")),
            *(("sans-serif", "Plain Sans"), ("Sans Serif", "Plain Sans")),
        )
    )
    configuration = folder / "fonts.conf"
    configuration.write_text(
        "<?xml version='1.0'?><fontconfig>"
        f"<dir>{escape(str(folder))}</dir><cachedir>{escape(str(folder / 'cache'))}</cachedir>"
        f"{aliases}</fontconfig>",
        encoding="utf-8",
    )
    return configuration


def _font(family: str, widths: dict[int, int], ordinary: int) -> bytes:
    """The bytes of a font; all of Unicode's first plane has a glyph in it."""
    # The first glyph is the one for characters that a font lacks.
    glyph_widths = [ordinary, ordinary, *sorted(set(widths.values()))]
    glyphs = [_box(width) for width in glyph_widths]
    offsets = [sum(map(len, glyphs[:count])) for count in range(len(glyphs) + 1)]
    pitch = 0 if widths else 1
    tables = {
        b"OS/2": _os2(),
        b"cmap": _cmap({code: glyph_widths.index(width) for code, width in widths.items()}),
        b"glyf": b"".join(glyphs),
        b"head": struct.pack(
            *(">IIIIHHQQhhhhHHhhh", 0x00010000, 0x00010000, 0, 0x5F0F3CF5, 0, _EM, 0, 0),
            *(0, -_DESCENT, _EM, _ASCENT, 0, 8, 2, 1, 0),
        ),
        b"hhea": struct.pack(
            *(">IhhhHhhhhhhhhhhhH", 0x00010000, _ASCENT, -_DESCENT, 0, max(glyph_widths)),
            *(0, 0, _EM, 1, 0, 0, 0, 0, 0, 0, 0, len(glyphs)),
        ),
        b"hmtx": b"".join(struct.pack(">Hh", width, 60) for width in glyph_widths),
        b"loca": struct.pack(f">{len(offsets)}I", *offsets),
        b"maxp": struct.pack(">IH13H", 0x00010000, len(glyphs), 4, 1, 0, 0, 1, *[0] * 8),
        b"name": _names(family),
        b"post": struct.pack(">IIhhIIIII", 0x00030000, 0, -100, 50, pitch, 0, 0, 0, 0),
    }
    return _file(tables)


def _box(width: int) -> bytes:
    """One rectangle, as high as a capital."""
    left, right, top = 60, width - 60, 700
    header = struct.pack(">hhhhh", 1, left, 0, right, top)
    flags = bytes([1, 1, 1, 1])  # all on the curve, their coordinates in two bytes each
    across = struct.pack(">4h", left, right - left, 0, left - right)
    up = struct.pack(">4h", 0, 0, top, 0)
    glyph = header + struct.pack(">HH", 3, 0) + flags + across + up
    return glyph + bytes(-len(glyph) % 4)


def _cmap(special: dict[int, int]) -> bytes:
    """Format 13, whose ranges have one glyph each: the ordinary one is the first after none."""
    groups = [(code, code, glyph) for code, glyph in sorted(special.items())]
    first = 0x20
    for code in [*sorted(special), 0xD800]:  # the halves of what lies beyond are no characters
        if first < code:
            groups.append((first, code - 1, 1))
        first = code + 1
    groups.append((0xE000, 0xFFFD, 1))
    body = b"".join(struct.pack(">III", *group) for group in sorted(groups))
    table = struct.pack(">HHIII", 13, 0, 16 + len(body), 0, len(groups)) + body
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + table


def _os2() -> bytes:
    return struct.pack(
        *(">HhHHHhhhhhhhhhhh10s4I4sHHHhhhHHIIhhHHH", 4, _ORDINARY, 400, 5, 0, 650, 600, 0, 75),
        *(650, 600, 0, 350, 50, 300, 0, bytes(10), 0xFFFFFFFF, 0xFFFFFFFF, 0, 0, b"NONE", 0x40),
        *(0x20, 0xFFFD, _ASCENT, -_DESCENT, 0, _ASCENT, _DESCENT, 0x2000000F, 0, 500, 700),
        *(0, 32, 1),
    )


def _names(family: str) -> bytes:
    texts = {1: family, 2: "Regular", 3: family, 4: family, 5: "1", 6: family.replace(" ", "")}
    encoded = {number: text.encode("utf-16-be") for number, text in texts.items()}
    records, at = b"", 0
    for number, text in encoded.items():
        records += struct.pack(">6H", 3, 1, 0x409, number, len(text), at)
        at += len(text)
    return (
        struct.pack(">HHH", 0, len(texts), 6 + len(records)) + records + b"".join(encoded.values())
    )


def _file(tables: dict[bytes, bytes]) -> bytes:
    header = struct.pack(">IHHHH", 0x00010000, len(tables), 128, 3, len(tables) * 16 - 128)
    entries, body = b"", b""
    start = len(header) + 16 * len(tables)
    for tag, table in sorted(tables.items()):
        padded = table + bytes(-len(table) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        entries += tag + struct.pack(">III", total, start + len(body), len(table))
        body += padded
    return header + entries + body
