"""All pictures of a folder on one page, with their captions."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from wizard import text
from wizard.course.shooting import Taken
from wizard.report.html import page
from wizard.text import _

_STYLE = """<style>
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 18px; }
figure { margin: 0; }
figure img { width: 100%; height: auto; display: block; border: 1px solid var(--line);
  border-radius: 8px; }
figcaption { font-size: 13px; margin-top: 6px; }
figcaption code, figcaption ol { color: var(--muted); font-size: 12px; }
</style>"""


def contact_sheet(taken: Sequence[Taken]) -> str:
    """A page of pictures, by language and theme."""
    title = _("Pictures for the course")
    parts = [_STYLE, f"<h1>{escape(title)}</h1>"]
    for (language, theme), group in groupby(taken, key=lambda each: (each.language, each.theme)):
        name = text.LANGUAGES.get(language, language)
        schemes = {"light": _("light"), "dark": _("dark")}
        heading = f"{name} · {schemes.get(theme, theme)}"
        figures = "".join(_figure(each) for each in group)
        parts.append(f'<h2>{escape(heading)}</h2><div class="sheet">{figures}</div>')
    return page(title, "".join(parts), wide=True, pictures=True)


def _figure(each: Taken) -> str:
    file, caption = escape(each.file, quote=True), escape(each.caption)
    origin = _("recorded on {name}") if each.recorded else _("simulated: {name}")
    legend = "".join(f"<li>{escape(words)}</li>" for words in each.legend)
    legend = f"<ol>{legend}</ol>" if legend else ""
    return (
        f'<figure><a href="{file}"><img src="{file}" alt="{caption}" loading="lazy"></a>'
        f"<figcaption>{caption}<br><code>{file}</code> · "
        f"{escape(origin.format(name=each.machine))}{legend}</figcaption></figure>"
    )
