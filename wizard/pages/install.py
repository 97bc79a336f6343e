"""Install: the command for this computer, its words, why this one, and the alternatives."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from wizard.advice.command import spelling_for
from wizard.advice.finding import Finding
from wizard.advice.recommendation import Command, Recommendation, Route
from wizard.detection.machine import System
from wizard.pages.findings import finding_card
from wizard.pages.install_for_me import InstallForMe
from wizard.pages.page import Page, page_title
from wizard.text import _
from wizard.widgets.copy_box import CopyBox
from wizard.widgets.facts_table import WordsTable
from wizard.widgets.parts import Card, SideBySide, button, clear, label, link_button, row
from wizard.widgets.segments import Segments
from wizard.widgets.theme import L, M, S


def route_title(route: Route) -> str:
    return {
        "conda-forge": _("conda-forge"),
        "pip": _("pip"),
        "pytorch-channel": _("The course's command"),
    }[route]


class InstallPage(Page):
    id = "install"

    def title_text(self) -> str:
        return _("Install PyTorch")

    def subtitle_text(self) -> str:
        return _("Copy the command and run it in the terminal, or let the wizard do it for you.")

    def build(self) -> None:
        self.command_box: CopyBox | None = None
        self.tabs: Segments | None = None
        self.shells: Segments | None = None
        self._shown: Command | None = None
        self._above, self._below = QVBoxLayout(), QVBoxLayout()
        for cards in (self._above, self._below):
            cards.setSpacing(L)
        self.install_card = InstallForMe(self.session, lambda: self._shown)
        self.install_card.go_to.connect(self.go_to)
        self.install_card.primary_changed.connect(self.primary_changed)
        self.add(self._above, self.install_card, self._below)
        self.session.installing.prompt_failed.connect(self._show_prompt_failure)
        self.session.machine_changed.connect(self.show_recommendation)
        self.session.environment_changed.connect(self.show_recommendation)
        self.show_recommendation()

    def has_primary(self) -> bool:
        return self.install_card.has_primary()

    def show_recommendation(self) -> None:
        clear(self._above)
        clear(self._below)
        self.command_box = self.tabs = self.shells = self._shown = None
        recommendation = self.session.recommendation
        self.install_card.setVisible(recommendation is not None or not self.session.scanning)
        if recommendation is None:
            self._above.addWidget(Card("", label(_("Looking at your computer…"), "muted")))
            return
        if recommendation.verdict in ("install_driver", "update_driver"):
            self._above.addWidget(self._driver_card(recommendation))
        commands = (recommendation.primary, *recommendation.alternatives)
        looked_at = [each for each in commands if each.route == self.session.route]
        command = looked_at[0] if looked_at else recommendation.primary
        self._shown = command
        self._above.addWidget(self._hero(recommendation, commands, command))
        words = Card(_("What each word means"))
        words.add(WordsTable(tuple((word.word, word.meaning) for word in command.words)))
        self._below.addWidget(words)
        self._below.addWidget(self._why_card(recommendation))
        self._below.addWidget(self._after_card())

    # Cards

    def _driver_card(self, recommendation: Recommendation) -> Card:
        driver = recommendation.driver
        missing = recommendation.verdict == "install_driver"
        card = Card(
            _("First: install the NVIDIA driver")
            if missing
            else _("First: update the NVIDIA driver"),
            tone="warning",
        )
        if driver is not None:
            words = (
                _(
                    "Your graphics card needs driver {needed} or newer. After installing it, "
                    "restart the computer and scan again."
                )
                if missing or driver.installed is None
                else _(
                    "Your driver is {installed}; {needed} or newer is needed. After updating "
                    "it, restart the computer and scan again."
                )
            )
            card.add(label(words.format(installed=driver.installed, needed=driver.needed)))
            card.add(
                row(
                    link_button(_("Get the driver from NVIDIA"), driver.download),
                    button(_("Scan again"), lambda: self._scan_again(), kind="link"),
                    1,
                )
            )
        return card

    def _scan_again(self) -> None:
        self.go_to.emit("computer")
        self.session.scan()

    def _hero(
        self, recommendation: Recommendation, commands: tuple[Command, ...], command: Command
    ) -> Card:
        later = recommendation.verdict in ("install_driver", "update_driver")
        heading = _("The command for your computer")
        if later:
            heading = _("Then: the command for your computer")
        card = Card()
        self.tabs = Segments(
            tuple((c.route, route_title(c.route)) for c in commands),
            command.route,
            _("Way of installing"),
        )
        self.tabs.chosen.connect(self._choose_route)
        card.add(SideBySide(label(heading, "heading"), self.tabs))
        system = self._system()
        if system == "windows":
            self.shells = Segments(
                (("cmd", _("Anaconda Prompt")), ("powershell", "PowerShell")),
                self.session.shell or "cmd",
                _("Terminal"),
            )
            self.shells.chosen.connect(self._choose_shell)
        primary = command is recommendation.primary
        before = (
            self._before(recommendation) if primary or command.route != "pytorch-channel" else ()
        )
        for place, step in enumerate(before, start=1):
            card.add(label(f"{place}. {step.title}", "strong"))
            card.add(CopyBox(self._spelled(step), step.title))
        if before:
            card.add(label(f"{len(before) + 1}. {command.title}", "strong"))
        self.command_box = CopyBox(self._spelled(command), _("Recommended command"))
        self.command_box.copied.connect(lambda _text: self.session.mark_copied())
        card.add(self.command_box)
        if command.note:
            card.add(label(command.note, "muted"))
        if not primary:
            card.add(
                label(_("This is another way; the recommended one is the first tab."), "muted")
            )
        elif why := [r for r in recommendation.reasons if not r.code.startswith("driver_")]:
            card.add(label(_("Why this one? {reason}").format(reason=why[0].text)))
        card.add(self._terminal_row())
        return card

    def _terminal_row(self) -> QWidget:
        """Which terminal the command is written for, and a way to open it."""
        written = QWidget()
        if self.shells is not None:
            label_of_it = label(_("Written for:"), "muted", wrap=False)
            written.setLayout(row(label_of_it, self.shells))
        if self.session.installing.prompt_environment is None:
            return written
        name = _("Open Anaconda Prompt here") if self._system() == "windows" else ""
        self.prompt_button = button(
            name or _("Open the terminal here"),
            self.session.installing.open_prompt,
            kind="link",
        )
        self.prompt_button.setAccessibleDescription(
            _("Opens a terminal window in which the environment is active")
        )
        if self.shells is None:
            return self.prompt_button
        return SideBySide(written, self.prompt_button, spread=False)

    def _before(self, recommendation: Recommendation) -> tuple[Command, ...]:
        """The steps that come before the primary command."""
        steps = recommendation.steps
        places = [i for i, step in enumerate(steps) if step.argv == recommendation.primary.argv]
        return steps[: places[0]] if places else ()

    def _why_card(self, recommendation: Recommendation) -> Card:
        card = Card(_("Why this command"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(M)
        grid.setVerticalSpacing(S)
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        for place, reason in enumerate(recommendation.reasons):
            grid.addWidget(label("•", "muted", wrap=False), place, 0, top)
            grid.addWidget(label(reason.text), place, 1, top)
            if reason.source.startswith("https://"):
                link = link_button(_("Source"), reason.source)
                link.setAccessibleName(_("Source of: {reason}").format(reason=reason.text))
                grid.addWidget(link, place, 2, top)
        card.add(grid)
        return card

    def _after_card(self) -> Card:
        return Card(
            _("When the command has finished"),
            label(
                _(
                    "The download is a few GB and can take 10 to 30 minutes. If conda asks "
                    "“Proceed ([y]/n)?”, press Enter. When the prompt is back, come here and "
                    "go on: the next page checks everything for real."
                ),
                "muted",
            ),
            row(
                button(
                    _("Go to: {page}").format(page=page_title("verify")),
                    lambda: self.go_to.emit("verify"),
                    kind="outline",
                ),
                1,
            ),
        )

    def _show_prompt_failure(self, finding: Finding) -> None:
        self._above.addWidget(finding_card(finding, self._system()))

    # Choices

    def _system(self) -> System:
        machine = self.session.machine
        return machine.os.system if machine is not None else "linux"

    def _spelled(self, command: Command) -> str:
        if self.session.shell == "powershell":
            return command.text.powershell
        return spelling_for(command.text, self._system())

    def _choose_route(self, route: str) -> None:
        self.session.route = route
        self.session.installing.leave_answers()
        self.show_recommendation()
        if self.tabs is not None:
            self.tabs.buttons[route].setFocus()

    def _choose_shell(self, shell: str) -> None:
        self.session.shell = shell
        self.show_recommendation()
        if self.shells is not None:
            self.shells.buttons[shell].setFocus()
