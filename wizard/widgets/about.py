"""What this program is: its version, what it runs with, and the licences."""

from __future__ import annotations

import platform

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QMessageBox, QWidget

from wizard import __version__
from wizard.build_info import build_info
from wizard.text import _

_NAME = "About"


def about_lines() -> tuple[str, ...]:
    """The lines of the box, the version first."""
    info = build_info()
    python = info.get("python", platform.python_version())
    lines = [
        _("Version {version}").format(version=__version__),
        _("Runs with Python {python} and Qt {qt}.").format(python=python, qt=qVersion()),
    ]
    if "runtime" in info:
        lines.append(_("This Python comes from: {source}").format(source=info["runtime"]))
    lines.append(
        _(
            "Free software under the MIT licence. Qt is used under the LGPL 3; its DLLs can be "
            "replaced."
        )
    )
    lines.append(_("Nothing is sent anywhere."))
    return tuple(lines)


def show_about(parent: QWidget) -> QMessageBox:
    """Show the box above the window, which goes on meanwhile; there is one at most."""
    there = parent.findChild(QMessageBox, _NAME)
    if isinstance(there, QMessageBox):
        there.activateWindow()
        return there
    box = QMessageBox(parent)
    box.setObjectName(_NAME)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(_("About this program"))
    box.setText(_("GPU Setup Wizard"))
    box.setInformativeText("\n\n".join(about_lines()))
    box.setEscapeButton(box.addButton(_("Close"), QMessageBox.ButtonRole.AcceptRole))
    box.open()
    return box
