"""A themed chart: title, axis names, labels at the line ends, cross-hair, right-click menu."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from nndesigner.ui import theme
from nndesigner.ui.views.axes import EndLabels, NumberAxis, WholeAxis
from nndesigner.ui.views.base import Elided, Themed, number_text, paint_text
from nndesigner.ui.views.thin import FloatArray

# No antialiasing and no OpenGL: the one costs a hundredfold, the other fails on remote screens.
pg.setConfigOptions(antialias=False, useOpenGL=False, imageAxisOrder="row-major")

#: Up to so many points get a mark each, so that one epoch alone is seen.
MARKED_POINTS = 60


class Chart(QWidget, Themed):
    """One plot with its heading. The mouse pans and zooms; double click fits the data again."""

    #: The x of the cross-hair, NaN when the mouse has left.
    hovered = Signal(float)
    #: Asked for through the menu: save the figures of this chart.
    export_figures = Signal()
    export_picture = Signal()

    def __init__(
        self,
        title: str,
        x_name: str,
        y_name: str,
        *,
        whole_x: bool = True,
        logs: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._names = (x_name, y_name)
        self._following = True
        self._range = (0.0, 1.0, 0.0, 1.0)
        self.log = False
        self.lines: dict[str, tuple[Any, str, int, str]] = {}
        self._shown: dict[str, tuple[FloatArray, FloatArray]] = {}
        self.title = QLabel(title, self)
        self.title.setFont(theme.title_font(0))
        self.caption = Elided(parent=self)
        self._rest = ""
        self.log_button = QToolButton(self)
        self.log_button.setText("log")
        self.log_button.setCheckable(True)
        self.log_button.setAutoRaise(True)
        self.log_button.setMinimumSize(QSize(36, theme.TARGET))
        self.log_button.setToolTip("Logarithmic scale: shows small figures beside large ones")
        self.log_button.setAccessibleName(f"Logarithmic scale of {title.lower()}")
        self.log_button.toggled.connect(self.set_log)
        self.log_button.setVisible(logs)
        self._logs = logs
        self.swap_button = QToolButton(self)
        self.swap_button.setIcon(theme.icon("mdi6.swap-horizontal"))
        self.swap_button.setAutoRaise(True)
        self.swap_button.setMinimumSize(QSize(theme.TARGET, theme.TARGET))
        self.swap_button.setToolTip("Show the other chart")
        self.swap_button.setAccessibleName("Show the other chart")
        self.swap_button.hide()
        self.ends = EndLabels()
        left = NumberAxis("left")
        bottom = WholeAxis("bottom") if whole_x else NumberAxis("bottom")
        axes = {"left": left, "bottom": bottom, "right": self.ends}
        self.plot = pg.PlotWidget(parent=self, axisItems=axes)
        self.plot.setMinimumSize(QSize(160, 96))
        self.item = self.plot.getPlotItem()
        self.item.showAxis("right")
        self.item.setMenuEnabled(False)
        self.item.hideButtons()
        self.item.setContentsMargins(6, 2, 0, 2)
        self.item.showGrid(x=False, y=True, alpha=0.12)
        for name in ("left", "bottom"):
            self.item.getAxis(name).enableAutoSIPrefix(False)
        left.start_afresh()
        self._ring = pg.PlotDataItem(pen=None, skipFiniteCheck=True)
        self._ring.setZValue(10)
        self._ring_at = (0.0, float("nan"), "text")
        self.item.addItem(self._ring, ignoreBounds=True)
        self.cross = pg.InfiniteLine(angle=90, movable=False)
        self.cross.setVisible(False)
        self.item.addItem(self.cross, ignoreBounds=True)
        self.plot.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.plot.customContextMenuRequested.connect(self._open_menu)
        self.plot.scene().sigMouseMoved.connect(self._mouse_moved)
        self.plot.scene().sigMouseClicked.connect(self._mouse_clicked)
        self.plot.viewport().installEventFilter(self)
        self.item.getViewBox().sigRangeChangedManually.connect(self._moved_by_hand)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, 0, 0)
        head.setSpacing(theme.MARGIN)
        head.addWidget(self.title)
        head.addWidget(self.caption, 1)
        head.addWidget(self.log_button)
        head.addWidget(self.swap_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.plot, 1)
        self.follow_theme()

    # -- content

    def add_line(self, name: str, token: str, *, alpha: int = 255, mark: str = "o") -> None:
        """A curve in a colour of the theme; later ones lie above earlier ones."""
        curve = pg.PlotDataItem(skipFiniteCheck=True)
        self.item.addItem(curve)
        self.lines[name] = (curve, token, alpha, mark)
        self._style_line(name)

    def set_line(self, name: str, x: FloatArray, y: FloatArray) -> None:
        """Draw these finite samples; on a log scale those above zero."""
        self._shown[name] = (x, y)
        curve, token, alpha, mark = self.lines[name]
        if self.log:
            keep = y > 0
            x, y = x[keep], y[keep]
        marks: dict[str, Any] = {"symbol": None}
        if mark and 0 < len(x) <= MARKED_POINTS:
            color = theme.color(getattr(theme.tokens(), token), alpha)
            marks = {"symbol": mark, "symbolSize": 4, "symbolPen": None, "symbolBrush": color}
        curve.setData(x, y, **marks)

    def set_ring(self, x: float, y: float, token: str) -> None:
        """Mark one sample with a ring, or none (y is NaN)."""
        self._ring_at = (x, y, token)
        self._draw_ring()

    def _draw_ring(self) -> None:
        x, y, token = self._ring_at
        if not np.isfinite(y) or (self.log and y <= 0):
            self._ring.setData([], [])
            return
        t = theme.tokens()
        self._ring.setData(
            [x],
            [y],
            symbol="o",
            symbolSize=9,
            symbolPen=pg.mkPen(getattr(t, token), width=1),
            symbolBrush=pg.mkBrush(t.panel),
        )

    def line(self, name: str) -> tuple[FloatArray, FloatArray]:
        """What a curve was given to draw."""
        return self._shown.get(name, (np.empty(0), np.empty(0)))

    def set_range(self, x0: float, x1: float, y0: float, y1: float) -> None:
        """Where the data lies; followed until someone pans or zooms."""
        self._range = (x0, x1, y0, y1)
        if self._following:
            self._apply_range()

    def set_caption(self, text: str) -> None:
        """What the heading says beside the title while the mouse is elsewhere."""
        self._rest = text
        if not self.cross.isVisible():
            self.caption.set_text(text)

    @property
    def names(self) -> tuple[str, str]:
        """The names of the axes."""
        return self._names

    def set_names(self, x_name: str, y_name: str, title: str = "") -> None:
        """Another figure is shown: other axis names, and another title if given."""
        if title:
            self.title.setText(title)
            self.log_button.setAccessibleName(f"Logarithmic scale of {title.lower()}")
        if y_name != self._names[1]:
            self.item.getAxis("left").start_afresh()
        self._names = (x_name, y_name)
        self.restyle()

    def show_cross(self, x: float, text: str) -> None:
        """Put the cross-hair on a sample and say its values, or take it away (x is NaN)."""
        shown = bool(np.isfinite(x))
        self.cross.setVisible(shown)
        if shown:
            self.cross.setPos(x)
        self.caption.set_text(text if shown else self._rest)

    def set_log(self, log: bool) -> None:
        """A logarithmic scale of the figures, or a straight one."""
        if log == self.log:
            return
        self.log = log
        self.log_button.setChecked(log)
        # pyqtgraph must never take the logarithm of what is not above zero.
        if not log:
            self.item.setLogMode(x=False, y=False)
        for name, (x, y) in list(self._shown.items()):
            self.set_line(name, x, y)
        self._draw_ring()
        if log:
            self.item.setLogMode(x=False, y=True)
        self._apply_range()

    def fit(self) -> None:
        """Show all the data and follow it again."""
        self._following = True
        self._apply_range()

    # -- looks

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.tokens()
        paint_text(self.title, t.text)
        self.swap_button.setIcon(theme.icon("mdi6.swap-horizontal"))
        self.plot.setBackground(theme.color(t.panel))
        for name, text in zip(("bottom", "left"), self._names, strict=True):
            axis = self.item.getAxis(name)
            axis.setPen(pg.mkPen(t.hairline))
            axis.setTextPen(pg.mkPen(t.text_quiet))
            axis.setTickFont(theme.number_font())
            axis.setLabel(text, color=t.text_quiet)
        self.cross.setPen(pg.mkPen(t.text_off, style=Qt.PenStyle.DashLine))
        for name in self.lines:
            self._style_line(name)
            if name in self._shown:
                self.set_line(name, *self._shown[name])
        self._draw_ring()

    def menu(self) -> QMenu:
        """What the right mouse button offers."""
        menu = QMenu(self)
        if self._logs:
            log = menu.addAction("Logarithmic scale", lambda: self.set_log(not self.log))
            log.setCheckable(True)
            log.setChecked(self.log)
        menu.addAction("Show all", self.fit)
        menu.addSeparator()
        menu.addAction("Copy picture", self.copy_picture)
        menu.addAction("Save picture…", self.export_picture.emit)
        menu.addAction("Save figures…", self.export_figures.emit)
        return menu

    def copy_picture(self) -> None:
        """Put a picture of this chart on the clipboard."""
        QGuiApplication.clipboard().setPixmap(self.grab())

    # -- inside

    def _style_line(self, name: str) -> None:
        curve, token, alpha, _ = self.lines[name]
        color = theme.color(getattr(theme.tokens(), token), alpha)
        curve.setPen(pg.mkPen(color, width=1))

    def _apply_range(self) -> None:
        x0, x1, y0, y1 = self._range
        if self.log:
            low, high = self._positive_range()
            y0, y1 = np.log10(low), np.log10(high)
        x0, x1 = _apart(x0, x1)
        y0, y1 = _apart(y0, y1)
        room = (y1 - y0) * 0.06
        self.item.getViewBox().setRange(
            xRange=(x0, x1 + (x1 - x0) * 0.015),
            yRange=(y0 - room, y1 + room),
            padding=0,
            disableAutoRange=True,
        )

    def _positive_range(self) -> tuple[float, float]:
        values = [y[y > 0] for _, y in self._shown.values()]
        values = [y for y in values if len(y)]
        if not values:
            return 0.1, 1.0
        return min(float(y.min()) for y in values), max(float(y.max()) for y in values)

    def _moved_by_hand(self, *_: object) -> None:
        self._following = False

    def _mouse_moved(self, place: QPointF) -> None:
        box = self.item.getViewBox()
        if box.sceneBoundingRect().contains(place):
            self.hovered.emit(float(box.mapSceneToView(place).x()))
        else:
            self.hovered.emit(float("nan"))

    def _mouse_clicked(self, event: Any) -> None:
        if event.double():
            self.fit()

    def eventFilter(self, watched: Any, event: Any) -> bool:
        """The cross-hair goes when the mouse does."""
        if event.type() == event.Type.Leave:
            self.hovered.emit(float("nan"))
        return super().eventFilter(watched, event)

    def _open_menu(self, place: QPoint) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.plot.mapToGlobal(place))


def _apart(low: float, high: float) -> tuple[float, float]:
    """A range that is never empty."""
    if high - low > max(abs(low), abs(high)) * 1e-9:
        return low, high
    room = max(abs(low) * 0.1, 0.5)
    return low - room, high + room


def percent_text(share: float) -> str:
    """``96.4 %``."""
    return f"{share * 100:.1f} %" if np.isfinite(share) else number_text(share)
