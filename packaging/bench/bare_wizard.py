"""The reference of the bench: the least that a wizard of five pages can be."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWizard, QWizardPage


def main() -> None:
    app = QApplication(["bare wizard"])
    wizard = QWizard()
    for number in range(1, 6):
        page = QWizardPage()
        page.setTitle(f"Page {number}")
        layout = QVBoxLayout(page)
        layout.addWidget(QLabel("One line of text."))
        wizard.addPage(page)
    wizard.show()
    app.exec()


if __name__ == "__main__":
    main()
