"""The few words that Qt itself shows: menus of text fields and buttons of its dialogs.

Qt has no Azerbaijani, and its files for other languages know other terms than ours; so all
languages come from the one mechanism.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QCoreApplication, QTranslator

from wizard import text
from wizard.text import _


class QtWords(QTranslator):
    """Answers Qt's questions for a translation in the language of now."""

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """The translation; None lets Qt show its English."""
        del context, disambiguation, n
        return _words(text.language()).get(source)

    def isEmpty(self) -> bool:  # noqa: N802  (Qt's name)
        """Qt leaves out translators that say they are empty."""
        return False


def install(app: QCoreApplication) -> None:
    """Let Qt ask from now on; a second call changes nothing."""
    if app.findChild(QtWords) is None:
        app.installTranslator(QtWords(app))


@lru_cache(maxsize=8)
def _words(language: str) -> dict[str, str]:
    if language == "en":
        return {}
    return {
        # Menus of text fields (QWidgetTextControl, QLineEdit)
        "&Undo": _("&Undo"),
        "&Redo": _("&Redo"),
        "Cu&t": _("Cu&t"),
        "&Copy": _("&Copy"),
        "Copy &Link Location": _("Copy &Link Location"),
        "&Paste": _("&Paste"),
        "Delete": _("Delete"),
        "Select All": _("Select All"),
        # Buttons (QPlatformTheme)
        "OK": _("OK"),
        "Cancel": _("Cancel"),
        "Close": _("Close"),
        "&Yes": _("&Yes"),
        "&No": _("&No"),
        # The file dialog, where the system has none of its own (QFileDialog)
        "Look in:": _("Look in:"),
        "File &name:": _("File &name:"),
        "Files of type:": _("Files of type:"),
        "&Open": _("&Open"),
        "&Save": _("&Save"),
        "&Choose": _("&Choose"),
        "Directory:": _("Folder:"),
        "Back": _("Back"),
        "Forward": _("Forward"),
        "Parent Directory": _("The folder above"),
        "Create New Folder": _("Make a new folder"),
        "New Folder": _("New folder"),
        "List View": _("As a list"),
        "Detail View": _("With details"),
        "Name": _("Name"),
        "Size": _("Size"),
        "Type": _("Type"),
        "Date Modified": _("Changed on"),
        "All Files (*)": _("All files (*)"),
        "%1 already exists.\nDo you want to replace it?": _(
            "%1 already exists.\nDo you want to replace it?"
        ),
        # The scroll bar's own menu (QScrollBar)
        "Scroll here": _("Scroll here"),
        "Top": _("To the top"),
        "Bottom": _("To the bottom"),
        "Page up": _("A page up"),
        "Page down": _("A page down"),
        "Scroll up": _("Scroll up"),
        "Scroll down": _("Scroll down"),
    }
