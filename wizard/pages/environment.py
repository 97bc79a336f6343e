"""Environment: where PyTorch goes. The course's ``llm_50gun`` if it exists, else how to make it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QFrame,
    QGridLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from wizard.advice.command import activation, prompt_name, spelling_for
from wizard.detection.machine import Environment, Problem, System
from wizard.pages.page import Page, environment_name, page_title
from wizard.text import _
from wizard.text.facts import python_problem
from wizard.the_course import COURSE_ENVIRONMENT
from wizard.widgets.copy_box import CopyBox
from wizard.widgets.parts import Card, breakable, button, clear, label, link_button, repolish, row
from wizard.widgets.theme import XS, M, S

MINIFORGE_URL = "https://conda-forge.org/download/"


class EnvironmentPage(Page):
    id = "environment"

    def title_text(self) -> str:
        return _("Where should PyTorch go?")

    def subtitle_text(self) -> str:
        return _(
            "An environment is a folder with its own Python and packages, apart from all others."
        )

    def build(self) -> None:
        self.choices: dict[str, QRadioButton] = {}
        self._group: QButtonGroup | None = None
        self._list = QVBoxLayout()
        self._list.setSpacing(XS)
        self.list_card = Card(_("Environments on this computer"))
        self.installations = label("", "muted")
        self.list_card.add(self.installations)
        self.list_card.add(self._list)
        self.browse = button(_("Choose another &Python…"), self._browse)
        self.look_again = button(_("&Look again"), self.session.scan)
        self.rejected = label("", tone="bad")
        self.rejected.hide()
        self.list_card.add(row(self.browse, self.look_again, 1))
        self.list_card.add(self.rejected)
        self.advice = QVBoxLayout()
        self.advice.setSpacing(16)
        self.add(self.list_card, self.advice)
        self.session.machine_changed.connect(self.show_environments)
        self.session.environment_changed.connect(self.show_environments)
        self.session.state_changed.connect(self._show_busy)
        self.session.python_rejected.connect(self._show_rejected)
        self.show_environments()

    def show_environments(self) -> None:
        focused = next((key for key, item in self.choices.items() if item.hasFocus()), None)
        clear(self._list)
        self.choices = {}
        if self._group is not None:
            self._group.deleteLater()
        group = self._group = QButtonGroup(self._list)
        chosen = self.session.environment
        for env in self.session.environments:
            choice = _Choice(env, chosen=env == chosen)
            choice.radio.clicked.connect(lambda _checked=False, env=env: self._choose(env))
            group.addButton(choice.radio)
            self._list.addWidget(choice)
            self.choices[env.prefix or env.name] = choice.radio
        if not self.session.environments:
            words = _("Looking…") if self.session.scanning else _("No environment was found yet.")
            self._list.addWidget(label(words, "muted"))
        if focused in self.choices:
            self.choices[focused].setFocus()
        self._show_busy()
        self._show_installations()
        self._show_advice()

    def _show_busy(self) -> None:
        """While something runs in the chosen environment, no other can be chosen."""
        free = not self.session.busy
        for choice in self.choices.values():
            choice.setEnabled(free)
        self.browse.setEnabled(free)
        self.look_again.setEnabled(free and not self.session.scanning)

    def _show_installations(self) -> None:
        machine = self.session.machine
        found = () if machine is None else machine.conda_installations or (machine.conda,)
        lines = [
            " · ".join(
                part
                for part in (
                    f"conda {conda.version}" if conda.version else "conda",
                    conda.distribution if conda.distribution != "unknown" else "",
                    breakable(conda.root),
                )
                if part
            )
            for conda in found
            if conda is not None
        ]
        self.installations.setText("\n".join(lines))
        self.installations.setVisible(bool(lines))

    def _choose(self, env: Environment) -> None:
        self.rejected.hide()
        self.session.choose(env)

    def _show_advice(self) -> None:
        clear(self.advice)
        machine, recommendation = self.session.machine, self.session.recommendation
        if machine is None or recommendation is None:
            return
        if machine.conda is None:
            self.advice.addWidget(self._no_conda_card(machine.os.system))
        system = machine.os.system
        if recommendation.environment.action == "create":
            self.advice.addWidget(self._create_card(system))
        name = recommendation.environment.name
        chosen = self.session.environment
        if (
            recommendation.environment.action == "create"
            or chosen is None
            or chosen.kind == "conda"
        ):
            command = f"conda activate {name}"
        else:
            command = activation(chosen, system)
        if command:
            self.advice.addWidget(self._activate_card(command))

    def _no_conda_card(self, system: System) -> QWidget:
        card = Card(_("conda is not installed yet"))
        card.add(
            label(
                _(
                    "The course uses conda. Miniforge is a free conda that is ready for the "
                    "commands of "
                    "this wizard. After installing it, press “Look again”."
                )
            )
        )
        if system == "windows":
            card.add(label(_("Open PowerShell from the start menu and run this command in it:")))
            box = CopyBox(
                "winget install CondaForge.Miniforge3", _("Command that installs Miniforge")
            )
            card.add(box)
        card.add(link_button(_("Download Miniforge"), MINIFORGE_URL))
        card.add(
            label(
                _(
                    "You can also go on without conda: the wizard makes a private environment with "
                    "a Python of this computer and installs PyTorch there with pip. Programs and "
                    "settings of yours stay as they are."
                ),
                "muted",
            )
        )
        onward = button(
            _("Go on without conda"), lambda: self.go_to.emit("install"), kind="outline"
        )
        card.add(row(onward, 1))
        return card

    def _create_card(self, system: System) -> QWidget:
        recommendation = self.session.recommendation
        assert recommendation is not None
        name, python = recommendation.environment.name, recommendation.environment.python
        first = recommendation.steps[0]
        if self.session.machine and self.session.machine.environment(COURSE_ENVIRONMENT) is None:
            words = _(
                "The course's environment {name} is not on this computer yet. This command "
                "makes it, "
                "with Python {python}. Run it in {prompt}, then press “Look again”."
            )
        else:
            words = _(
                "The environment you have does not suit this PyTorch. This command makes a new "
                "one, {name}, with "
                "Python {python}; the old one stays as it is. Run it in {prompt}, then press "
                "“Look again”."
            )
        prompt = "" if self.session.machine is None else prompt_name(self.session.machine)
        card = Card(_("Make the environment"))
        card.add(label(words.format(name=name, python=python, prompt=prompt)))
        self.create_box = CopyBox(
            spelling_for(first.text, system), _("Command that makes the environment")
        )
        card.add(self.create_box)
        card.add(
            label(
                _("Or press “Next”: the wizard can make it for you on the page “{page}”.").format(
                    page=page_title("install")
                ),
                "muted",
            )
        )
        return card

    def _activate_card(self, command: str) -> QWidget:
        card = Card(_("Activate the environment"))
        card.add(
            label(
                _(
                    "In every new terminal window, activate the environment first. What you "
                    "type then happens inside it."
                ),
                "muted",
            )
        )
        self.activate_box = CopyBox(command, _("Command that activates the environment"))
        card.add(self.activate_box)
        return card

    def _browse(self) -> None:
        path, _filter = QFileDialog.getOpenFileName(
            self, _("Choose a Python interpreter"), "", _("Python (python*);;All files (*)")
        )
        if path:
            self.rejected.hide()
            self.session.add_python(path)

    def _show_rejected(self, problem: Problem) -> None:
        self.rejected.setText(rejection(problem))
        self.rejected.show()


class _Choice(QFrame):
    """One environment: name, where it is, its Python and its PyTorch."""

    def __init__(self, env: Environment, *, chosen: bool) -> None:
        super().__init__()
        self.setObjectName("Choice")
        self.setProperty("chosen", "true" if chosen else "false")
        repolish(self)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.radio = QRadioButton()
        self.radio.setChecked(chosen)
        name = environment_name(env)
        python = (
            _("Python {version}").format(version=env.python)
            if env.python
            else _("Python: not found")
        )
        torch = (
            _("PyTorch {version}").format(version=env.torch) if env.torch else _("no PyTorch yet")
        )
        self.radio.setAccessibleName(f"{name}: {python}, {torch}")
        grid = QGridLayout(self)
        grid.setContentsMargins(M, S, M, S)
        grid.setHorizontalSpacing(M)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.radio, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(label(name, "strong"), 0, 1)
        versions = label(f"{python} · {torch}", wrap=True)
        grid.addWidget(versions, 0, 2)
        grid.addWidget(
            label(f"{kind_words(env.kind)} · {breakable(env.prefix)}", "caption"), 1, 1, 1, 2
        )
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(2, 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        self.radio.setFocus(Qt.FocusReason.MouseFocusReason)
        self.radio.click()
        event.accept()


def kind_words(kind: str) -> str:
    """What sort of environment it is."""
    return {"conda": "conda", "venv": _("virtual environment")}.get(kind, "Python")


def rejection(problem: Problem) -> str:
    """Why a Python cannot be used, and what to do."""
    return f"{python_problem(problem.code)}\n{breakable(problem.detail)}"
