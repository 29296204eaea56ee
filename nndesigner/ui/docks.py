"""The panels around the canvas: where each stands at first, and what a person made of it."""

from __future__ import annotations

import base64
import binascii
import itertools

from PySide6.QtCore import QByteArray, QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from nndesigner.ui.preferences import VERSION, Preferences

_Area = Qt.DockWidgetArea
#: Below this height the two panels on the right become tabs of one.
TALL = 700
#: The views that stand side by side, by the least width of the window; the first that fits counts.
COLUMNS: tuple[tuple[int, tuple[tuple[str, int], ...]], ...] = (
    (1800, (("curves", 40), ("confusion", 32), ("weights", 28))),
    (1200, (("curves", 58), ("weights", 42))),
    (0, (("curves", 100),)),
)
#: Views that become tabs beside one that stands in a column; all others join the first.
BESIDE = {"confusion": "weights"}
START_SIZE = QSize(1280, 800)
START_SHARE = 0.8
LEAST_SIZE = QSize(640, 480)


class Panels(QObject):
    """Makes the docks, puts them in their places, and remembers where a person moved them."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.docks: dict[str, QDockWidget] = {}
        self._views: list[str] = []
        #: Whether a person has moved, closed or brought back a panel: then sizes change nothing.
        self._touched = False
        self._arranging = False
        self._arranged_for: tuple[int, bool] | None = None
        window.setDockNestingEnabled(True)
        window.setCorner(Qt.Corner.BottomRightCorner, _Area.RightDockWidgetArea)
        window.setCorner(Qt.Corner.BottomLeftCorner, _Area.BottomDockWidgetArea)
        window.setTabPosition(_Area.AllDockWidgetAreas, window.tabPosition(_Area.TopDockWidgetArea))

    def add(self, name: str, title: str, widget: QWidget, area: _Area) -> QDockWidget:
        """Put a widget into a dock of its own."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"dock_{name}")
        dock.setWidget(widget)
        self._window.addDockWidget(area, dock)
        dock.dockLocationChanged.connect(self._touch)
        dock.topLevelChanged.connect(self._touch)
        dock.installEventFilter(self)
        self.docks[name] = dock
        if area == _Area.BottomDockWidgetArea:
            self._views.append(name)
        return dock

    def actions(self) -> list[QAction]:
        """One command a panel that shows or hides it; views have Ctrl+1 to Ctrl+9."""
        actions = []
        for name, dock in self.docks.items():
            action = dock.toggleViewAction()
            if name in self._views and self._views.index(name) < 9:
                action = QAction(dock.windowTitle(), self)
                number = self._views.index(name) + 1
                action.setShortcut(QKeySequence(f"Ctrl+{number}"))
                action.triggered.connect(lambda _=False, name=name: self.show(name))
                self._window.addAction(action)
            actions.append(action)
        return actions

    def show(self, name: str) -> None:
        """Bring a panel to light and to the front."""
        dock = self.docks[name]
        dock.show()
        dock.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A panel that is closed by hand is a wish to keep."""
        if event.type() == QEvent.Type.Close:
            self._touch()
        return super().eventFilter(watched, event)

    def _touch(self, *_: object) -> None:
        if not self._arranging:
            self._touched = True

    def follow(self, size: QSize) -> None:
        """Give views more columns or fewer as the window grows, while nobody has moved a panel."""
        if not self._touched and self._arranged_for not in (None, _form(size)):
            self.arrange(size)

    def arrange(self, size: QSize | None = None) -> None:
        """Put every panel in its first place, as fits the window's size."""
        self._arranging = True
        try:
            self._arrange(size or self._window.size())
        finally:
            self._arranging = False
        self._touched = False

    def _arrange(self, size: QSize) -> None:
        window = self._window
        self._arranged_for = _form(size)
        for dock in self.docks.values():
            dock.setFloating(False)
            window.removeDockWidget(dock)
        window.addDockWidget(_Area.LeftDockWidgetArea, self.docks["layers"])
        right = [self.docks["inspector"], self.docks["settings"]]
        window.addDockWidget(_Area.RightDockWidgetArea, right[0])
        if size.height() < TALL:
            window.tabifyDockWidget(right[0], right[1])
        else:
            window.splitDockWidget(right[0], right[1], Qt.Orientation.Vertical)
        columns, shares = self._arrange_views(size)
        for dock in self.docks.values():
            dock.show()
        for dock in [right[0], *columns]:
            dock.raise_()
        window.resizeDocks(right, [300, 380], Qt.Orientation.Vertical)
        layers = self.docks["layers"].widget().sizeHint().width()
        left = layers if size.width() >= 1200 else 160
        window.resizeDocks([self.docks["layers"], right[0]], [left, 324], Qt.Orientation.Horizontal)
        window.resizeDocks(columns[:1], [round(size.height() * 0.32)], Qt.Orientation.Vertical)
        widths = [share * size.width() // 100 for share in shares]
        window.resizeDocks(columns, widths, Qt.Orientation.Horizontal)

    def _arrange_views(self, size: QSize) -> tuple[list[QDockWidget], list[int]]:
        """Views side by side where there is room, the others as tabs; gives columns and shares."""
        window = self._window
        chosen = next(shares for width, shares in COLUMNS if size.width() >= width)
        shares = {name: share for name, share in chosen if name in self._views}
        shares = shares or {self._views[0]: 100}
        columns = [self.docks[name] for name in shares]
        window.addDockWidget(_Area.BottomDockWidgetArea, columns[0])
        for left, right in itertools.pairwise(columns):
            window.splitDockWidget(left, right, Qt.Orientation.Horizontal)
        for name in self._views:
            if name not in shares:
                beside = BESIDE.get(name, "")
                partner = self.docks[beside] if beside in shares else columns[0]
                window.tabifyDockWidget(partner, self.docks[name])
        return columns, list(shares.values())

    # -- remembering

    def remember(self, preferences: Preferences) -> None:
        """Keep sizes and places for the next start."""
        window = self._window
        place = window.normalGeometry()
        preferences.set(
            layout=base64.b64encode(window.saveState(VERSION).data()).decode("ascii"),
            geometry=[place.x(), place.y(), place.width(), place.height()],
            maximised=window.isMaximized(),
            layout_touched=self._touched,
        )

    def recall(self, preferences: Preferences) -> None:
        """Bring back what was remembered; what makes no sense becomes the default."""
        place = _sane(preferences.get("geometry", list, None) or [])
        screen = QGuiApplication.primaryScreen().availableGeometry()
        if place is not None:
            self._window.setGeometry(place)
        else:
            self._window.resize(start_size(screen.size()))
            # With its frame the window would reach beyond a screen of about its size.
            if screen.height() < START_SIZE.height() + 48 or screen.width() < START_SIZE.width():
                self._window.setWindowState(Qt.WindowState.WindowMaximized)
        if preferences.get("maximised", bool, False):
            self._window.setWindowState(Qt.WindowState.WindowMaximized)
        self.arrange()
        kept = preferences.get("layout", str, "")
        try:
            state = base64.b64decode(kept, validate=True)
        except (binascii.Error, ValueError):
            state = b""
        if state:
            self._arranging = True
            restored = self._window.restoreState(QByteArray(state), VERSION)
            self._arranging = False
            if restored:
                self._touched = preferences.get("layout_touched", bool, True)
            else:
                self.arrange()


def start_size(screen: QSize) -> QSize:
    """How large the first window is on a screen: four fifths of a large one, all of a small one."""
    share = QSize(round(screen.width() * START_SHARE), round(screen.height() * START_SHARE))
    return START_SIZE.expandedTo(share).boundedTo(screen)


def _form(size: QSize) -> tuple[int, bool]:
    """What of a window's size decides the layout: its columns, and whether it is tall."""
    columns = next(index for index, (width, _) in enumerate(COLUMNS) if size.width() >= width)
    return columns, size.height() >= TALL


def _sane(numbers: list[object]) -> QRect | None:
    """A window's place if it is one that a person can see on a screen that is there."""
    if len(numbers) != 4 or not all(type(number) is int for number in numbers):
        return None
    if any(abs(number) > 100_000 for number in numbers):  # type: ignore[arg-type]
        return None
    place = QRect(*numbers)  # type: ignore[call-overload]
    if place.width() < LEAST_SIZE.width() or place.height() < LEAST_SIZE.height():
        return None
    for screen in QGuiApplication.screens():
        seen = screen.availableGeometry().intersected(place)
        if seen.width() >= 200 and seen.height() >= 200:
            return place
    return None
