"""Points in the plane, coloured by class or by value; a picture of them, and a widget."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nndesigner.data.generators import REACH, Made
from nndesigner.ui import theme

FloatPoints = npt.NDArray[np.float64]
#: Shades of a value, from the lowest to the highest.
SHADES = 31
#: More points than this only hide each other.
MOST_DRAWN = 20_000


@dataclass(frozen=True, eq=False)
class PointSet:
    """What is drawn: x and y ``(n,)``, and for each point which colour it has.

    ``ink`` are whole numbers ``(n,)``: classes, or shades of a value when ``signed``.
    """

    x: FloatPoints
    y: FloatPoints
    ink: npt.NDArray[np.int64]
    signed: bool = False

    @classmethod
    def of(cls, made: Made) -> PointSet:
        """The points of a generator: a curve shows its value as height."""
        if made.x.shape[1] == 1:
            height = made.y * REACH / 2
            return cls(made.x[:, 0], height, np.zeros(len(height), dtype=np.int64))
        if made.classes:
            return cls(made.x[:, 0], made.x[:, 1], made.y.astype(np.int64))
        most = float(np.abs(made.y).max(initial=0.0)) or 1.0
        shade = np.rint((made.y / most + 1) / 2 * (SHADES - 1)).astype(np.int64)
        return cls(made.x[:, 0], made.x[:, 1], shade, signed=True)


def class_color(index: int) -> QColor:
    """The colour of a class, the same in every view."""
    return QColor(theme.CLASSES[index % len(theme.CLASSES)])


def mark(color: QColor, size: float, shape: int, ratio: float = 1.0) -> QPixmap:
    """One point as a small picture: eight shapes, so that colours are not all that tells."""
    side = math.ceil(size) + 3
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    # A rim parts large points that lie on each other; small ones it would only make pale.
    rim = QPen(theme.color(theme.tokens().canvas), 1.0)
    painter.setPen(rim if size > 4 else Qt.PenStyle.NoPen)
    painter.setBrush(color)
    middle, half = side / 2, size / 2
    match shape % 8:
        case 0:
            painter.drawEllipse(QPointF(middle, middle), half, half)
        case 1:
            painter.drawRect(
                QRectF(middle - half * 0.9, middle - half * 0.9, size * 0.9, size * 0.9)
            )
        case other:
            painter.drawPolygon(_polygon(other, middle, half * 1.15))
    painter.end()
    return picture


def _polygon(shape: int, middle: float, half: float) -> QPolygonF:
    """Triangles, a diamond, a pentagon, a hexagon, a star."""
    corners, turn = {
        2: (3, 0.0),
        3: (4, 0.0),
        4: (3, math.pi),
        5: (5, 0.0),
        6: (6, 0.0),
        7: (10, 0.0),
    }[shape]
    points = []
    for corner in range(corners):
        angle = turn + 2 * math.pi * corner / corners
        reach = half * (0.45 if shape == 7 and corner % 2 else 1.0)
        points.append(QPointF(middle + reach * math.sin(angle), middle - reach * math.cos(angle)))
    return QPolygonF(points)


def draw_points(
    painter: QPainter, place: QRectF, points: PointSet, size: float, ratio: float = 1.0
) -> None:
    """Draw points into a place that shows the square from -REACH to REACH."""
    step = max(1, -(-len(points.x) // MOST_DRAWN))
    x = place.left() + (points.x[::step] + REACH) / (2 * REACH) * place.width()
    y = place.bottom() - (points.y[::step] + REACH) / (2 * REACH) * place.height()
    inside = (np.abs(points.x[::step]) <= REACH) & (np.abs(points.y[::step]) <= REACH)
    ink = points.ink[::step]
    if points.signed:
        marks = [
            mark(theme.signed_color(2 * shade / (SHADES - 1) - 1), size, 0, ratio)
            for shade in range(SHADES)
        ]
    else:
        most = int(ink.max(initial=0)) + 1
        marks = [mark(class_color(index), size, index, ratio) for index in range(most)]
    half = (math.ceil(size) + 3) / 2
    for left, top, which in zip(
        (x[inside] - half).tolist(), (y[inside] - half).tolist(), ink[inside].tolist(), strict=True
    ):
        painter.drawPixmap(QPointF(left, top), marks[which])


def thumbnail(points: PointSet, side: int, ratio: float) -> QPixmap:
    """A small picture of points on the canvas colour, with round corners."""
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    t = theme.tokens()
    painter.setPen(QPen(theme.color(t.hairline), 1))
    painter.setBrush(theme.color(t.canvas))
    painter.drawRoundedRect(QRectF(0.5, 0.5, side - 1, side - 1), theme.RADIUS, theme.RADIUS)
    draw_points(painter, QRectF(4, 4, side - 8, side - 8), points, 3.0, ratio)
    painter.end()
    return picture


class PointsView(QWidget):
    """The square from -6 to 6 with its points; what is drawn is kept as a picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: PointSet | None = None
        self._picture: QPixmap | None = None
        self.setMinimumSize(240, 240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def points(self) -> PointSet | None:
        """What is drawn."""
        return self._points

    def show_points(self, points: PointSet | None) -> None:
        """Draw other points."""
        self._points = points
        self.redraw()

    def redraw(self) -> None:
        """Make the picture anew: other points, another size or other colours."""
        self._picture = None
        self.update()

    def sizeHint(self) -> QSize:
        """Large enough to see a spiral."""
        return QSize(440, 440)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size is another picture."""
        super().resizeEvent(event)
        self.redraw()

    def place(self) -> QRectF:
        """The square that shows -REACH to REACH, with room for the numbers beside it."""
        side = min(self.width() - 36, self.height() - 28)
        left = 28 + (self.width() - 36 - side) / 2
        return QRectF(left, 4 + (self.height() - 28 - side) / 2, side, side)

    def to_data(self, position: QPointF) -> tuple[float, float]:
        """A position in the widget as coordinates."""
        place = self.place()
        return (
            (position.x() - place.left()) / place.width() * 2 * REACH - REACH,
            REACH - (position.y() - place.top()) / place.height() * 2 * REACH,
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """The kept picture."""
        if self._picture is None:
            self._picture = self._drawn()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)

    def _drawn(self) -> QPixmap:
        t = theme.tokens()
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setFont(theme.number_font())
        place = self.place()
        painter.fillRect(place, theme.color(t.canvas))
        middle = place.center()
        painter.setPen(QPen(theme.color(t.hairline), 1))
        painter.drawLine(QPointF(place.left(), middle.y()), QPointF(place.right(), middle.y()))
        painter.drawLine(QPointF(middle.x(), place.top()), QPointF(middle.x(), place.bottom()))
        painter.drawRect(place)
        painter.setPen(theme.color(t.text_quiet))
        for number in (-6, -3, 0, 3, 6):
            text = str(number).replace("-", "−")
            across = place.left() + (number + REACH) / (2 * REACH) * place.width()
            down = place.bottom() - (number + REACH) / (2 * REACH) * place.height()
            below = QRectF(across - 16, place.bottom() + 4, 32, 18)
            beside = QRectF(place.left() - 30, down - 9, 24, 18)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(beside, right, text)
        if self._points is not None:
            painter.setClipRect(place)
            draw_points(painter, place, self._points, 7.0, ratio)
        painter.end()
        return picture
