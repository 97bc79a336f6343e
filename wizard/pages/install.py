"""Install: the command for this computer, its words, why this one, and the alternatives."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wizard.advice.command import prompt_name, spelling_for
from wizard.advice.downloads import megabytes_of, minutes_of
from wizard.advice.driver_ways import driver_sentence, driver_way
from wizard.advice.environment import conda_note
from wizard.advice.finding import Finding
from wizard.advice.nvidia import read_cards
from wizard.advice.reasons import driver_problems
from wizard.advice.recommendation import Command, Reason, Recommendation, Route
from wizard.detection.machine import System
from wizard.pages.findings import finding_card
from wizard.pages.install_for_me import InstallForMe
from wizard.pages.page import Page, page_title
from wizard.state import PageId
from wizard.text import _
from wizard.text.installation import size
from wizard.widgets.copy_box import CopyBox
from wizard.widgets.facts_table import WordsTable
from wizard.widgets.parts import Card, SideBySide, button, clear, label, link_button, row
from wizard.widgets.segments import Segments
from wizard.widgets.theme import XS, L, M

#: Reasons that lead to another step than this command.
_OF_ANOTHER_STEP = frozenset(
    {
        *("driver_missing", "driver_too_old", "driver_too_old_for_card", "driver_too_new"),
        *("capability_from_name", "torch_already_there", "torch_does_not_fit"),
        *("open_kernel_modules", "windows_10_driver", *driver_problems()),
    }
)
_DRIVER_UPDATE = "driver_update_brings"


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
        self.session.verification_ended.connect(self.show_recommendation)
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
        if (there := self._there_card(recommendation)) is not None:
            self._above.addWidget(there)
        if recommendation.verdict in ("install_driver", "update_driver"):
            self._above.addWidget(self._driver_card(recommendation))
        if (note := self._conda_note(recommendation)) != "":
            self._above.addWidget(self._conda_card(note))
        commands = (recommendation.primary, *recommendation.alternatives)
        looked_at = [each for each in commands if each.route == self.session.route]
        command = looked_at[0] if looked_at else recommendation.primary
        self._shown = command
        self._above.addWidget(self._hero(recommendation, commands, command))
        words = Card(_("What each word means"))
        words.add(WordsTable(tuple((word.word, word.meaning) for word in command.words)))
        self._below.addWidget(words)
        self._below.addWidget(self._why_card(recommendation, command))
        self._below.addWidget(self._after_card(command))

    # Cards

    def _there_card(self, recommendation: Recommendation) -> Card | None:
        """Before anything is installed or removed: a PyTorch that may do as it is."""
        found = [r.text for r in recommendation.reasons if r.code == "torch_already_there"]
        verified = self.session.verified
        failed = verified is not None and verified.ready is None
        if not found or failed or self.session.installing.stage != "idle":
            return None
        return Card(
            _("PyTorch is there already"), label(found[0]), self._way_to("verify"), tone="accent"
        )

    def _way_to(self, page: PageId) -> QHBoxLayout:
        words = _("Go to: {page}").format(page=page_title(page))
        return row(button(words, lambda: self.go_to.emit(page), kind="outline"), 1)

    def _driver_card(self, recommendation: Recommendation) -> Card:
        driver, machine = recommendation.driver, self.session.machine
        missing = recommendation.verdict == "install_driver"
        card = Card(
            _("First: install the NVIDIA driver")
            if missing
            else _("First: install an older NVIDIA driver")
            if any(reason.code == "driver_too_new" for reason in recommendation.reasons)
            else _("First: update the NVIDIA driver"),
            tone="warning",
        )
        if driver is not None and machine is not None:
            way = driver_way(machine, read_cards(machine))
            card.add(label(driver_sentence(driver)))
            card.add(label(way.step))
            card.add(
                row(
                    link_button(way.link_text, way.link),
                    button(_("Scan again"), lambda: self._scan_again(), kind="link"),
                    1,
                )
            )
            return card
        # The driver is not what is missing.
        card = Card(_("First: the NVIDIA card must answer"), tone="warning")
        card.add(label(recommendation.reasons[0].text))
        card.add(row(button(_("Scan again"), lambda: self._scan_again(), kind="link"), 1))
        return card

    def _conda_note(self, recommendation: Recommendation) -> str:
        """What to do first where the commands need a conda that is not there."""
        machine = self.session.machine
        needed = any(step.argv[0] == "conda" for step in recommendation.steps)
        return conda_note(machine) if machine is not None and needed else ""

    def _conda_card(self, note: str) -> Card:
        return Card(
            _("First: conda"),
            label(note),
            label(_("Or use “Install it for me” below: it does without conda."), "muted"),
            self._way_to("environment"),
            tone="warning",
        )

    def _scan_again(self) -> None:
        self.go_to.emit("computer")
        self.session.scan()

    def _hero(
        self, recommendation: Recommendation, commands: tuple[Command, ...], command: Command
    ) -> Card:
        heading = _("The command for your computer")
        no_conda = self._conda_note(recommendation)
        if no_conda or recommendation.verdict in ("install_driver", "update_driver"):
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
                (("cmd", self._prompt()), ("powershell", "PowerShell")),
                self.session.shell or "cmd",
                _("Terminal"),
            )
            self.shells.chosen.connect(self._choose_shell)
        primary = command is recommendation.primary
        before = (
            self._before(recommendation) if primary or command.route != "pytorch-channel" else ()
        )
        notes = {""}  # each is said once
        if command.route == "pip" and any("activate" in step.argv for step in before):
            notes.add(command.note)  # that is one of the steps
        for place, step in enumerate((*before, command), start=1):
            if before:
                card.add(label(f"{place}. {step.title}", "strong"))
            note = step.note.replace(no_conda, "").strip()  # it has a card of its own
            if note not in notes:
                card.add(label(note, "muted"))
                notes.add(note)
            if step is not command:
                card.add(CopyBox(self._spelled(step), step.title))
        self.command_box = CopyBox(self._spelled(command), _("Recommended command"))
        self.command_box.copied.connect(lambda _text: self.session.mark_copied())
        card.add(self.command_box)
        if not primary:
            card.add(
                label(_("This is another way; the recommended one is the first tab."), "muted")
            )
        elif (why := _main_reason(recommendation)) is not None:
            words = label(_("Why this one? {reason}").format(reason=why.text))
            card.add(row(words, *_source(why)))
        card.add(self._terminal_row())
        return card

    def _terminal_row(self) -> QWidget:
        """Which terminal the command is written for, and a way to open it."""
        written = QWidget()
        if self.shells is not None:
            label_of_it = label(_("Written for:"), "muted", wrap=False)
            written.setLayout(row(label_of_it, self.shells, 1))
        if self.session.installing.prompt_environment is None:
            return written
        name = _("Open the terminal here")
        if self._system() == "windows":
            name = _("Open {prompt} here").format(prompt=self._prompt())
        self.prompt_button = button(
            name,
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

    def _why_card(self, recommendation: Recommendation, command: Command) -> Card:
        """What else decided; the main reason stands beside the command that it is for."""
        # These have a card of their own.
        said = {"torch_already_there", "conda_missing"}
        if recommendation.verdict in ("install_driver", "update_driver"):
            said |= {"driver_missing", "driver_too_old", "driver_too_old_for_card"}
            if recommendation.driver is None:
                said.add(recommendation.reasons[0].code)
        heading = _("Why the first tab is recommended")
        if command is recommendation.primary:
            heading = _("Also good to know")
            if (why := _main_reason(recommendation)) is not None:
                said.add(why.code)
        card = Card(heading)
        grid = QGridLayout()
        grid.setHorizontalSpacing(M)
        grid.setVerticalSpacing(XS)
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        rest = [reason for reason in recommendation.reasons if reason.code not in said]
        for place, reason in enumerate(rest):
            for column, words in enumerate((label("•", "muted", wrap=False), label(reason.text))):
                words.setContentsMargins(0, XS, 0, 0)  # on the line of the link
                grid.addWidget(words, place, column, top)
            for link in _source(reason):
                grid.addWidget(link, place, 2, top)
        card.add(grid)
        return card

    def _after_card(self, command: Command) -> Card:
        return Card(
            _("When the command has finished"),
            label(
                " ".join(
                    (
                        *_download_sentence(command),
                        _(
                            "If conda asks “Proceed ([y]/n)?”, press Enter. When the prompt is "
                            "back, come here and go on: the next page checks everything for real."
                        ),
                    )
                ),
                "muted",
            ),
            self._way_to("verify"),
        )

    def _show_prompt_failure(self, finding: Finding) -> None:
        self._above.addWidget(finding_card(finding, self._system()))

    # Choices

    def _prompt(self) -> str:
        machine = self.session.machine
        return "" if machine is None else prompt_name(machine)

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


def _download_sentence(command: Command) -> tuple[str, ...]:
    megabytes = megabytes_of(command)
    if megabytes is None:
        return ()
    least, most = minutes_of(megabytes)
    said = _("The download is about {size} and can take {least}–{most} minutes.")
    return (said.format(size=size(megabytes * 1_000_000), least=least, most=most),)


def _main_reason(recommendation: Recommendation) -> Reason | None:
    """Why this command and no other."""
    reasons = recommendation.reasons
    return next(
        (
            each
            for each in reasons
            if each.code not in _OF_ANOTHER_STEP and not each.code.startswith(_DRIVER_UPDATE)
        ),
        None,
    )


def _source(reason: Reason) -> tuple[QPushButton, ...]:
    if not reason.source.startswith("https://"):
        return ()
    link = link_button(_("Source"), reason.source)
    link.setAccessibleName(_("Source of: {reason}").format(reason=reason.text))
    return (link,)
