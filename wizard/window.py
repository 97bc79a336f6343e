"""The one window: rail, pages, Back and Next. Pages say what they are; the window decides."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from wizard import text
from wizard.pages.page import Page, page_title
from wizard.session import Session
from wizard.state import PAGE_IDS, PageId
from wizard.text import _
from wizard.way import context_line, step_state
from wizard.widgets.parts import button, label, repolish, row, rule
from wizard.widgets.segments import Segments
from wizard.widgets.step_rail import Step, StepButton, StepRail
from wizard.widgets.theme import XL, XXL, M, Preference, S, apply_theme, resolve, style_hints
from wizard.window_place import Bounds, place_of

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QKeyEvent, QPaintEvent, QShowEvent

MINIMUM = QSize(880, 520)
PREFERRED = QSize(900, 540)
_PAINTED_AT_LAST_MS = 3000
"""A window that starts hidden or minimised is never painted; it does its work all the same."""
_DOUBLE_CLICK_SECONDS = 0.5
_ASKING_MILLISECONDS = 200


class MainWindow(QWidget):
    """Shows a session. A change of language or theme makes the pages again from it."""

    first_painted = Signal()
    """The first page is on the screen: what could wait for that begins now."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.setObjectName("Window")
        self._bounds = Bounds(self, MINIMUM, PREFERRED)
        self._bounds.put(session.state.window)
        self._pages: dict[PageId, Page] = {}
        self._notice = ""
        self._painted = False
        self.asks = True
        """Whether the user is there to be asked before it closes."""
        self._went_on = -_DOUBLE_CLICK_SECONDS
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._frame: QWidget | None = None
        self._dress_anew = False
        """The theme has changed and is not yet to be seen."""
        self._build()
        session.state_changed.connect(self._refresh)
        session.machine_changed.connect(self._on_machine)
        session.environment_changed.connect(self._refresh)
        session.save_failed.connect(self._show_save_failure)
        # The button that started it goes away; what comes after it is to go on.
        session.verification_started.connect(lambda: self.next.setFocus())
        session.benchmark_started.connect(lambda: self.next.setFocus())
        hints = style_hints()
        hints.colorSchemeChanged.connect(self.follow_system)
        hints.accessibility().contrastPreferenceChanged.connect(self.follow_system)

    # Making

    def _build(self) -> None:
        """Make rail, stack and footer in the language and theme of now."""
        focus = self._focus_name()
        if self._frame is not None:
            self._layout.removeWidget(self._frame)
            self._frame.hide()
            self._frame.deleteLater()
        self._pages.clear()
        if self._dress_anew:
            self._dress_anew = False
            if self._frame is not None:
                # Now: the new stylesheet would first be worked out for all that goes.
                QtCore.QCoreApplication.sendPostedEvents(
                    self._frame, QtCore.QEvent.Type.DeferredDelete.value
                )
            app = QApplication.instance()
            assert isinstance(app, QApplication)
            apply_theme(app, resolve(self.session.state.theme))
        self.setWindowTitle(_("GPU Setup Wizard"))
        self.rail = self._make_rail()
        self.stack = QStackedWidget()
        self.notice = self._make_strip()
        self.ribbon = self._make_strip()
        content = QFrame()
        content.setObjectName("Content")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.ribbon)
        column.addWidget(self.notice)
        column.addWidget(self.stack, 1)
        self._footer = self._make_footer()
        column.addWidget(self._footer)
        frame = QWidget()
        across = QHBoxLayout(frame)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.rail)
        across.addWidget(content, 1)
        self._frame = frame
        self._layout.addWidget(frame)
        if self.session.ribbon:
            self._show_strip(self.ribbon, self.session.ribbon)
        if self._notice:
            self._show_strip(self.notice, self._notice)
        self._show_page(self.session.state.page)
        self._give_focus(focus)

    def _focus_name(self) -> str:
        """What has the focus, by a name that a window made again knows, too."""
        if self._frame is None:
            return ""
        focused = self.focusWidget()
        for name in ("theme_choice", "language_choice"):
            if focused is getattr(self, name):
                return name
        if isinstance(focused, QPlainTextEdit) and not focused.isReadOnly():
            return "text"
        return "languages" if isinstance(focused and focused.parentWidget(), Segments) else ""

    def _give_focus(self, name: str) -> None:
        if name in ("theme_choice", "language_choice"):
            getattr(self, name).setFocus()
        elif name == "text":
            boxes = self.page(self.session.state.page).findChildren(QPlainTextEdit)
            for box in boxes:
                if not box.isReadOnly():
                    box.setFocus()
        elif name == "languages":
            languages = self.page(self.session.state.page).findChild(Segments)
            if isinstance(languages, Segments):
                languages.buttons[languages.current].setFocus()

    def _make_rail(self) -> StepRail:
        steps = tuple(Step(page, page_title(page)) for page in PAGE_IDS)
        rail = StepRail(_("GPU Setup"), _("50 days of AI · day 4"), steps)
        rail.chosen.connect(self.go_to)
        self.theme_choice = _rail_choice(
            _("Theme"),
            (
                ("system", _("Theme: system")),
                ("light", _("Theme: light")),
                ("dark", _("Theme: dark")),
            ),
            self.session.state.theme,
        )
        self.theme_choice.activated.connect(
            lambda _index: self.set_theme(self.theme_choice.currentData())
        )
        self.language_choice = _rail_choice(
            _("Language"), tuple(text.LANGUAGES.items()), text.language()
        )
        self.language_choice.activated.connect(
            lambda _index: self.set_language(self.language_choice.currentData())
        )
        rail.add_below(self.theme_choice)
        rail.add_below(self.language_choice)
        self.about = button(_("About this program"), self._show_about, kind="quiet")
        rail.add_below(self.about)
        return rail

    def _show_about(self) -> None:
        from wizard.widgets.about import show_about

        show_about(self, self.session.run_job)

    def _make_strip(self) -> QFrame:
        strip = QFrame()
        strip.setObjectName("Ribbon")
        words = label("", "strong")
        words.setObjectName("RibbonText")
        layout = row(words)
        layout.setContentsMargins(XXL, S, XXL, S)
        strip.setLayout(layout)
        strip.hide()
        return strip

    def _show_strip(self, strip: QFrame, words: str) -> None:
        found = strip.findChild(QLabel, "RibbonText")
        assert isinstance(found, QLabel)
        found.setText(words)
        strip.setAccessibleName(words)
        strip.show()

    def _make_footer(self) -> QFrame:
        footer = QFrame()
        footer.setObjectName("Footer")
        self.context = label("", "muted")
        self.back = button(_("&Back"), self.go_back)
        self.next = button(_("&Next"), self.go_next, kind="primary")
        for item in (self.back, self.next):
            item.setMinimumWidth(88)
        inner = row(self.context, self.back, self.next, spacing=M)
        inner.setStretch(0, 1)
        layout = QVBoxLayout(footer)
        layout.setContentsMargins(XXL, 0, XXL, XL - 8)
        layout.setSpacing(M)
        layout.addWidget(rule())
        layout.addLayout(inner)
        return footer

    # Pages

    def page(self, page: PageId) -> Page:
        """The page of that id, made when it is first needed."""
        if page not in self._pages:
            made = _make_page(page, self.session)
            if self._painted:
                made.complete()
            made.go_to.connect(self.go_to)
            made.primary_changed.connect(self._refresh)
            self.stack.addWidget(made)
            self._pages[page] = made
        return self._pages[page]

    def go_to(self, page: PageId) -> None:
        before = self.session.state.page
        self.session.visit(page)
        if (before, page) == ("install", "verify"):
            self.session.look_for_what_was_made()
        self._show_page(page)

    def _show_page(self, page: PageId) -> None:
        shown = self.page(page)
        self.stack.setCurrentWidget(shown)
        shown.verticalScrollBar().setValue(0)
        self._refresh()
        self.next.setFocus()
        self._focus_what_starts()
        QTimer.singleShot(0, self.rail, self._show_step)  # when it is laid out

    def _show_step(self) -> None:
        self.rail.show_step(self.session.state.page)

    def _focus_what_starts(self) -> None:
        """Enter is for what the page starts, once that is possible, unless the focus has moved."""
        focus = self.page(self.session.state.page).first_focus()
        if focus is not None and focus.isEnabled() and self.focusWidget() is self.next:
            focus.setFocus()

    def _on_machine(self) -> None:
        self._refresh()
        if not self.session.scanning:
            QTimer.singleShot(0, self, self._focus_what_starts)  # pages see the machine after this

    def go_next(self) -> None:
        here = PAGE_IDS.index(self.session.state.page)
        if here + 1 < len(PAGE_IDS):
            self._went_on = time.monotonic()
            self.go_to(PAGE_IDS[here + 1])
        elif time.monotonic() - self._went_on >= _DOUBLE_CLICK_SECONDS:
            self.close()  # but not by the second half of a double click on Next

    def go_back(self) -> None:
        here = PAGE_IDS.index(self.session.state.page)
        if here > 0:
            self.go_to(PAGE_IDS[here - 1])

    def _refresh(self) -> None:
        """Rail, footer and buttons from the session."""
        here = self.session.state.page
        for page in PAGE_IDS:
            self.rail.buttons[page].show_state(step_state(self.session, page), current=page == here)
        self.context.setText(context_line(self.session))
        last = here == PAGE_IDS[-1]
        self.back.setEnabled(here != PAGE_IDS[0])
        self.next.setText(_("&Finish") if last else _("&Next"))
        owns = self._pages[here].has_primary() if here in self._pages else False
        _set_kind(self.next, "secondary" if owns else "primary")

    # Language, theme, system

    def set_language(self, code: str) -> None:
        text.set_language(code)
        self.session.set_language(code)
        self.session.forget_words()
        self._build_soon()

    def set_theme(self, preference: Preference) -> None:
        self.session.set_theme(preference)
        self.follow_system()

    def follow_system(self) -> None:
        self._dress_anew = True
        self._build_soon()

    def _build_soon(self) -> None:
        """After the event: the widget that asked for it is among those made again."""
        QTimer.singleShot(0, self, self._build_unless_asking)

    def _build_unless_asking(self) -> None:
        """An open dialog answers to a page: that one stays until the answer is there."""
        if QApplication.activeModalWidget() is None:
            self._build()
        else:
            QTimer.singleShot(_ASKING_MILLISECONDS, self, self._build_unless_asking)

    def show_notice(self, words: str) -> None:
        """A sentence above the page that stays until the next one."""
        from wizard.widgets.announce import announce

        self._notice = words
        self._show_strip(self.notice, words)
        announce(self.notice, words)

    def _show_save_failure(self, problem: str) -> None:
        self.show_notice(
            _(
                "Your progress could not be saved ({problem}). You can go on; it is only not "
                "remembered."
            ).format(problem=problem)
        )

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802  (Qt's form)
        """Tab goes through the rail, then the page, then Back and Next."""
        from wizard.widgets.focus_order import neighbour, stops

        page = self.page(self.session.state.page)
        order = stops(self, (self.rail.steps, self.rail.below, self.notice, page, self._footer))
        target = neighbour(order, self.focusWidget(), forward=forward)
        if target is None:
            return False
        reasons = QtCore.Qt.FocusReason
        target.setFocus(reasons.TabFocusReason if forward else reasons.BacktabFocusReason)
        if page.isAncestorOf(target):
            page.ensureWidgetVisible(target)
        elif isinstance(target, StepButton):
            self.rail.show_step(target.step.id)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Enter presses the focused button, or else goes on; Esc stops what is running."""
        from PySide6.QtGui import QKeySequence

        keys = QtCore.Qt.Key
        if event.key() in (keys.Key_Return, keys.Key_Enter):
            focused = self.focusWidget()
            if isinstance(focused, QPushButton):
                focused.click()
            elif isinstance(focused, QComboBox):
                focused.showPopup()
            elif focused is None:
                self.go_next()
        elif event.matches(QKeySequence.StandardKey.Save):
            self._ask_where_to_save()
        elif event.key() == keys.Key_Escape and self.session.busy:
            self.session.stop()
        else:
            super().keyPressEvent(event)

    def _ask_where_to_save(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        name = f"{self.session.state.page}.png"
        target, _filter = QFileDialog.getSaveFileName(
            self, _("Save a picture of this page"), name, _("Pictures (*.png)")
        )
        if target:
            self.save_picture(target)

    def save_picture(self, target: str) -> None:
        """Save the window as it is now; for course material and for asking somebody."""
        if self.grab().save(target, "PNG"):  # type: ignore[call-overload]
            self.show_notice(_("Saved as {file}").format(file=target))
        else:
            self.show_notice(_("The picture could not be saved as {file}.").format(file=target))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        super().paintEvent(event)
        if not self._painted:
            # The pages' own parts are painted after the window; then the loop takes its turn.
            QTimer.singleShot(0, self, self._tell_painted)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        super().showEvent(event)
        if not self._painted:
            QTimer.singleShot(_PAINTED_AT_LAST_MS, self, self._tell_painted)

    def _tell_painted(self) -> None:
        if self._painted:
            return
        self._painted = True
        self._bounds.watch()
        self._show_step()
        self._pages[self.session.state.page].complete()
        self.first_painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  (Qt's name)
        installing = self.session.installing.stage == "running"
        if installing and self.asks and not self._may_stop_installing():
            event.ignore()
            return
        self.session.remember_window(place_of(self))
        self.session.close()
        super().closeEvent(event)

    def _may_stop_installing(self) -> bool:
        """Ask: an installation that is cut off leaves an environment half made."""
        from wizard.widgets.question import ask

        return ask(
            self,
            _("Stop the installation?"),
            _(
                "PyTorch is being installed. If the window is closed now, the installation stops "
                "and the environment may stay half made; the next start offers to repair it."
            ),
            yes=_("Stop and close"),
            no=_("Keep installing"),
        )


def _set_kind(item: QPushButton, kind: str) -> None:
    if item.property("kind") != kind:
        item.setProperty("kind", kind)
        repolish(item)


def _rail_choice(name: str, choices: tuple[tuple[str, str], ...], current: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for key, shown in choices:
        box.addItem(shown, key)
    box.setCurrentIndex(max(0, box.findData(current)))
    return box


def _make_page(page: PageId, session: Session) -> Page:
    """Pages are imported when they are first shown: the first page must come at once."""
    if page == "welcome":
        from wizard.pages.welcome import WelcomePage as Made
    elif page == "computer":
        from wizard.pages.computer import ComputerPage as Made
    elif page == "environment":
        from wizard.pages.environment import EnvironmentPage as Made
    elif page == "install":
        from wizard.pages.install import InstallPage as Made
    elif page == "verify":
        from wizard.pages.verify import VerifyPage as Made
    elif page == "benchmark":
        from wizard.pages.benchmark import BenchmarkPage as Made
    else:
        from wizard.pages.finish import FinishPage as Made
    return Made(session)
