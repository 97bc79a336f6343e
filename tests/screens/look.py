"""The real window on a real screen: `look.py FOLDER TASK`, one JSON object a line.

Tasks: `every-page` (in every language, maximized, and with places that were remembered elsewhere),
`changes` (waits on its input for the word to look again, while the screens change).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget

from wizard import text
from wizard.app import make_window
from wizard.detection.description import load_machine
from wizard.paths import APP_NAME, resource_folder
from wizard.state import PAGE_IDS, SetupState, WindowPlace, save_state
from wizard.widgets.motion import stand_still
from wizard.window import MainWindow

PATIENCE_SECONDS = 60.0
CALM_SECONDS = 0.3
"""Nothing has moved for so long: longer than the window waits before it follows its screen."""
AS_LIKE = 40
"""Of 255: how far the mean colour of a part on the screen may be from that of the part itself."""

messages: list[str] = []


def main() -> None:
    qInstallMessageHandler(_keep)
    app = QApplication([APP_NAME, "-style", "Fusion"])
    stand_still()
    folder = Path(sys.argv[1])
    {"every-page": every_page, "changes": changes}[sys.argv[2]](app, folder)


def every_page(app: QApplication, folder: Path) -> None:
    window = opened(app, folder, None)
    tell("first start", window)
    for language in text.LANGUAGES:
        window.set_language(language)
        for page in PAGE_IDS:
            window.go_to(page)
            tell(f"{language} {page}", window, calm=0.0)
    window.showMaximized()
    tell("maximized", window)
    window.showNormal()
    tell("normal again", window)
    window.close()
    far = (9000, 9000), (-400, -300), (700, 500)
    places = [WindowPlace(*corner, 3000, 3000) for corner in far]
    places += [WindowPlace(0, 0, 3000, 3000, True), WindowPlace(300, 200, 10, 10)]
    for place in places:
        window = opened(app, folder, place)
        tell(f"remembered {tuple(place)}", window)
        window.showNormal()
        tell(f"remembered {tuple(place)}, normal", window)
        window.close()


def changes(app: QApplication, folder: Path) -> None:
    for line in sys.stdin:
        word = line.strip()
        if word.startswith("open "):
            x, y, width, height = map(int, word.split()[1:])
            window = opened(app, folder, WindowPlace(x, y, width, height))
        tell(word, window)


def opened(app: QApplication, folder: Path, place: WindowPlace | None) -> MainWindow:
    save_state(folder, SetupState(window=place))
    machine = load_machine(resource_folder("machines") / "t4-windows.json")
    window = make_window(app, language="en", theme="light", folder=folder)
    window.session.described = machine  # nothing of this computer is looked at
    window.show()
    wait_until(lambda: window.windowHandle().frameMargins().top() > 0)
    return window


def tell(what: str, window: MainWindow, calm: float = CALM_SECONDS) -> None:
    """Print where everything is, when it has come to rest."""
    settle(window, calm)
    screen = window.screen()
    parts = {"next": window.next, "language": window.language_choice}
    said = {
        "what": what,
        "screen": numbers(screen.geometry()),
        "room": numbers(screen.availableGeometry()),
        "frame": numbers(window.frameGeometry()),
        "inner": numbers(window.geometry()),
        "maximized": window.isMaximized(),
        "title": window.frameGeometry().height() - window.height(),
        "parts": {name: numbers(on_screen(part)) for name, part in parts.items()},
        "seen": [name for name, part in parts.items() if is_seen(part)],
        "messages": messages,
    }
    print(json.dumps(said), flush=True)


def settle(window: MainWindow, calm: float) -> None:
    moved, before = time.monotonic(), None
    until = time.monotonic() + PATIENCE_SECONDS
    for turn in range(sys.maxsize):
        QApplication.processEvents()
        time.sleep(0.01)
        now = window.frameGeometry(), window.screen().availableGeometry(), window.screen()
        if now != before:
            moved, before = time.monotonic(), now
        if (turn > 3 and time.monotonic() - moved >= calm) or time.monotonic() > until:
            return


def wait_until(met: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not met():
        if time.monotonic() > until:
            raise SystemExit("the window manager gave the window no frame")
        QApplication.processEvents()
        time.sleep(0.01)


def on_screen(part: QWidget) -> QRect:
    return QRect(part.mapToGlobal(QPoint(0, 0)), part.size())


def is_seen(part: QWidget) -> bool:
    """Whether the screen, asked for its pixels, shows the part where it is said to be."""
    screen = part.screen()
    where = on_screen(part).translated(-screen.geometry().topLeft())
    shot = screen.grabWindow(0, where.x(), where.y(), where.width(), where.height())
    wanted, got = mean(part.grab().toImage()), mean(shot.toImage())
    return all(abs(one - other) <= AS_LIKE for one, other in zip(wanted, got, strict=True))


def mean(image: QImage) -> tuple[int, int, int]:
    small = image.convertToFormat(QImage.Format.Format_RGB32).scaled(8, 8)
    colors = [QColor(small.pixel(x, y)) for x in range(8) for y in range(8)]
    return (
        sum(each.red() for each in colors) // 64,
        sum(each.green() for each in colors) // 64,
        sum(each.blue() for each in colors) // 64,
    )


def numbers(rect: QRect) -> list[int]:
    return [rect.x(), rect.y(), rect.width(), rect.height()]


def _keep(_kind: QtMsgType, _context: object, words: str) -> None:
    messages.append(words)
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
