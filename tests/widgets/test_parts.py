"""Widgets: what they show, say to a screen reader and do at the keyboard."""

from __future__ import annotations

import itertools
import math
import re

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from wizard.widgets import theme
from wizard.widgets.check_list import CheckRow
from wizard.widgets.copy_box import CopyBox
from wizard.widgets.live_plot import LivePlot
from wizard.widgets.parts import SideBySide, button, clear, column, label, open_link
from wizard.widgets.segments import Segments
from wizard.widgets.sign import Sign, SignKind
from wizard.widgets.step_rail import Step, StepRail

COMMAND = (
    'conda install -n llm_50gun --override-channels -c conda-forge pytorch-gpu "cuda-version<13"'
)


def test_copy_gives_exactly_the_command_and_says_so(qtbot: QtBot) -> None:
    box = CopyBox(COMMAND)
    qtbot.addWidget(box)
    box.show()
    with qtbot.waitSignal(box.copied) as caught:
        qtbot.mouseClick(box.button, Qt.MouseButton.LeftButton)
    assert caught.args == [COMMAND]
    assert QGuiApplication.clipboard().text() == COMMAND
    assert box.button.text() == "Copied"
    qtbot.waitUntil(lambda: box.button.text() == "Copy", timeout=4000)


def test_ctrl_c_without_a_selection_copies_the_whole_command(qtbot: QtBot) -> None:
    box = CopyBox(COMMAND)
    qtbot.addWidget(box)
    box.show()
    QGuiApplication.clipboard().setText("")
    qtbot.keyClick(box.text, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == COMMAND


def test_a_selection_copies_without_the_invisible_signs(qtbot: QtBot) -> None:
    box = CopyBox("import torch\nprint(torch.__version__)")
    qtbot.addWidget(box)
    box.text.selectAll()
    box.text.copy()
    assert QGuiApplication.clipboard().text() == "import torch\nprint(torch.__version__)"


@pytest.mark.parametrize("width", [260, 420, 900])
def test_the_code_is_as_high_as_its_lines_need(qtbot: QtBot, width: int) -> None:
    box = CopyBox(COMMAND)
    qtbot.addWidget(box)
    box.resize(width, 100)
    box.show()
    bar = box.text.verticalScrollBar()
    assert bar.maximum() == bar.minimum(), "nothing scrolls out of sight"
    assert not box.text.horizontalScrollBar().isVisible()


def test_tab_leaves_the_code(qtbot: QtBot) -> None:
    box = CopyBox(COMMAND)
    qtbot.addWidget(box)
    box.show()
    box.text.setFocus()
    qtbot.keyClick(box.text, Qt.Key.Key_Tab)
    assert box.code == COMMAND
    assert box.focusWidget() is box.button


@pytest.mark.parametrize("kind", ["good", "warning", "bad", "info", "pending", "busy", "skipped"])
def test_every_sign_has_a_shape_and_a_word(qtbot: QtBot, kind: SignKind) -> None:
    sign = Sign(kind, 32)
    qtbot.addWidget(sign)
    image = sign.grab().toImage()
    colors = {image.pixel(x, y) for x, y in itertools.product(range(0, 32, 2), repeat=2)}
    assert len(colors) > 1
    assert sign.accessibleName()


def test_a_check_row_speaks_its_state(qtbot: QtBot) -> None:
    row = CheckRow("Driver")
    qtbot.addWidget(row)
    row.show_state("bad", "none", "Windows sees the card, but no driver.", "Install it.")
    assert row.accessibleName() == "Driver: Problem. none"
    assert row.accessibleDescription() == "Windows sees the card, but no driver. Install it."
    assert row.word.text() == "Problem"


def test_arrow_keys_move_between_segments(qtbot: QtBot) -> None:
    tabs = Segments((("a", "A"), ("b", "B"), ("c", "C")), "a", "Letters")
    qtbot.addWidget(tabs)
    tabs.show()
    with qtbot.waitSignal(tabs.chosen) as caught:
        qtbot.keyClick(tabs.buttons["a"], Qt.Key.Key_Right)
    assert caught.args == ["b"]
    qtbot.keyClick(tabs.buttons["a"], Qt.Key.Key_Left)
    assert tabs.current == "a"
    qtbot.keyClick(tabs.buttons["a"], Qt.Key.Key_Left)
    assert tabs.current == "c", "round the corner"


def test_the_rail_names_place_and_state(qtbot: QtBot) -> None:
    rail = StepRail("GPU", "day 4", (Step("one", "One"), Step("two", "Two")))
    qtbot.addWidget(rail)
    rail.buttons["one"].show_state("done", current=False)
    rail.buttons["two"].show_state("upcoming", current=True)
    assert rail.buttons["one"].accessibleName() == "Step 1 of 2: One, done"
    assert rail.buttons["two"].accessibleName() == "Step 2 of 2: Two, here"
    with qtbot.waitSignal(rail.chosen) as caught:
        qtbot.keyClick(rail.buttons["one"], Qt.Key.Key_Space)
    assert caught.args == ["one"]


def test_the_rail_shows_a_state_that_comes_before_the_window(
    qtbot: QtBot, qapp: QApplication
) -> None:
    """As in the course's pictures, which are taken without a window on the screen."""
    colours = theme.apply_theme(qapp, "light")
    window = QWidget()
    rail = StepRail("GPU", "day 4", (Step("one", "One"), Step("two", "Two")))
    window.setLayout(column(rail))
    qtbot.addWidget(window)
    rail.buttons["two"].show_state("upcoming", current=True)
    window.resize(400, 300)
    image = window.grab().toImage()

    def colour_of(step: str) -> QColor:
        button = rail.buttons[step]
        return image.pixelColor(button.mapTo(window, QPoint(12, button.height() // 2)))

    assert colour_of("two") == colours.color("rail_accent")
    assert colour_of("one") != colours.color("rail_accent")


def test_the_plot_keeps_its_points_and_describes_them(qtbot: QtBot) -> None:
    plot = LivePlot()
    qtbot.addWidget(plot)
    for size, speed in ((128, 10.0), (256, 40.0), (100, 0.0)):
        plot.add_point("cpu float32", "CPU", "cpu_curve", size, speed)
    plot.add_point("cuda:0 float32", "GPU", "gpu_curve", 256, 2500.0)
    assert plot.points == {"cpu float32": {128: 10.0, 256: 40.0}, "cuda:0 float32": {256: 2500.0}}
    plot.clear()
    assert plot.points == {}


def test_the_plot_draws_of_many_points_what_can_be_seen(qtbot: QtBot) -> None:
    plot = LivePlot()
    qtbot.addWidget(plot)
    plot.add_points(("cpu", "CPU", "cpu_curve", size, 10.0 + size) for size in range(64, 10_064))
    plot.add_point("cpu", "CPU", "cpu_curve", 5000, 1e6)
    assert len(plot.points["cpu"]) == 10_000
    xs, ys = plot._curves["cpu"].drawn()
    assert len(xs) == len(ys) < 600
    assert xs == sorted(xs)
    assert max(ys) == pytest.approx(6), "a peak is not thinned away"
    assert (xs[0], xs[-1]) == (math.log2(64), math.log2(10_063))
    told = plot._plot.accessibleDescription()
    assert told.count("GFLOP/s") <= 12 and "10063:" in told


def test_only_https_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True
    )
    for address in ("file:///etc/passwd", "http://example.org", "javascript:1", "ms-settings:"):
        assert not open_link(address)
    assert open_link("https://pytorch.org/")
    assert opened == ["https://pytorch.org/"]


def test_clearing_a_layout_leaves_nothing(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QWidget

    holder = QWidget()
    qtbot.addWidget(holder)
    holder.setLayout(column(label("a"), column(label("b"))))
    clear(holder.layout())
    assert holder.layout().count() == 0


def test_side_by_side_or_below_the_least_width_is_the_same(qtbot: QtBot) -> None:
    """A page that gets another width from each of the two forms goes back and forth for ever."""
    left, right = label("The command for your computer", "heading"), button("Anaconda Prompt")
    both = SideBySide(left, right)
    qtbot.addWidget(both)
    both.show()
    least: set[int] = set()
    places: set[bool] = set()
    for width in (900, right.sizeHint().width() + 1):
        both.resize(width, 200)
        QApplication.processEvents()
        places.add(right.y() > left.y() + left.height() - 1)
        least.add(both.minimumSizeHint().width())
    assert places == {True, False}
    assert least == {right.minimumSizeHint().width()}


def _luminance(color: QColor) -> float:
    def channel(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    return (
        0.2126 * channel(color.redF())
        + 0.7152 * channel(color.greenF())
        + 0.0722 * channel(color.blueF())
    )


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2.2 contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *itertools.product(
            ("text", "muted", "accent", "good", "warning", "bad"), ("window", "card")
        ),
        ("muted", "hover"),
        ("warning", "warning_soft"),
        ("text", "good_soft"),
        ("text", "warning_soft"),
        ("text", "bad_soft"),
        ("text", "accent_soft"),
        ("muted", "accent_soft"),
        ("muted", "good_soft"),
        ("code_text", "code"),
        ("code_text", "code_button"),
        ("rail_text", "rail"),
        ("rail_muted", "rail"),
        ("rail_muted", "rail_hover"),
        ("rail_text", "rail_done"),
        ("accent_text", "accent"),
        ("accent_text", "accent_hover"),
        ("cpu_curve", "card"),
        ("gpu_curve", "card"),
        ("tf32_curve", "card"),
        ("half_curve", "card"),
    ],
)
def test_text_has_a_contrast_of_4_5(scheme: theme.Scheme, text: str, ground: str) -> None:
    colors = theme.load_theme(scheme)
    assert contrast(colors.color(text), colors.color(ground)) >= 4.5


def test_both_schemes_have_the_same_roles() -> None:
    assert theme.load_theme("light").colors.keys() == theme.load_theme("dark").colors.keys()


def test_the_stylesheet_names_only_known_roles(qapp: QApplication) -> None:
    for scheme in ("light", "dark"):
        theme.apply_theme(qapp, scheme)
        assert not re.findall(r"@[a-z_]+", qapp.styleSheet())
