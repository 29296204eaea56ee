"""A wire between two nodes, with the shape that travels on it."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker
from PySide6.QtGui import QPen as Pen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nndesigner.graph import Link
from nndesigner.ui import theme
from nndesigner.ui.canvas.geometry import CARD_HEIGHT, PORT_RADIUS, wire_path

#: How near a wire the mouse must be, in pixels to each side.
REACH = 8.0
PILL_HEIGHT = 18.0
LEAST_ZOOM_PILL = 0.52
#: So much of a wire is seen at each side of its shape, beyond the port.
WIRE_SEEN = PORT_RADIUS + 5.0
#: One dash and one gap of the running line, in pixels.
DASH, GAP = 14.0, 26.0

Motion = Literal["off", "still", "moving"]


def _pill_font() -> QFont:
    font = theme.number_font()
    font.setPointSizeF(font.pointSizeF() - 1.0)
    return font


class LinkItem(QGraphicsItem):
    """One wire on the canvas."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.shape_label = ""
        self.wanted = False  # something that can be inserted is dragged over it
        self.hovered = False
        self.detached = False  # its end is in the hand
        self.motion: Motion = "off"
        self.phase = 0.0
        self._path = QPainterPath()
        self._reach = QPainterPath()
        self._bounds = QRectF()
        self._pill = QRectF()
        self._start, self._end = QPointF(), QPointF()
        self._label_width = 0.0
        self.setZValue(0.0)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)

    # -- following the document

    def show_ends(self, start: QPointF, end: QPointF) -> None:
        """Run between two points."""
        if start == self._start and end == self._end and not self._path.isEmpty():
            return
        self._start, self._end = QPointF(start), QPointF(end)
        self._lay_out()

    def show_shape(self, text: str) -> None:
        """Write a shape on the wire."""
        if text != self.shape_label:
            self.shape_label = text
            self._label_width = 0.0
            self._lay_out()

    def restyle(self) -> None:
        """Take over another theme."""
        self._label_width = 0.0
        self._lay_out()

    def set_state(
        self,
        *,
        wanted: bool | None = None,
        hovered: bool | None = None,
        detached: bool | None = None,
    ) -> None:
        """Highlight the wire, or take it back."""
        self.wanted = self.wanted if wanted is None else wanted
        self.hovered = self.hovered if hovered is None else hovered
        self.detached = self.detached if detached is None else detached
        self.update()

    def set_motion(self, motion: Motion, phase: float = 0.0) -> None:
        """Show that a training runs: a line that moves, or one that stands still."""
        if motion != self.motion or (motion == "moving" and phase != self.phase):
            self.motion, self.phase = motion, phase
            self.update()

    # -- asking

    @property
    def pill(self) -> QRectF:
        """Where the shape is written, in the scene; empty without one."""
        return self._pill

    @property
    def middle(self) -> QPointF:
        """The middle of the curve."""
        return self._path.pointAtPercent(0.5) if not self._path.isEmpty() else QPointF()

    # -- drawing

    def _lay_out(self) -> None:
        self.prepareGeometryChange()
        self._path = wire_path(self._start, self._end)
        self._reach = QPainterPath()
        self._pill = self._pill_place() if self.shape_label else QRectF()
        box = self._path.controlPointRect().united(self._pill)
        self._bounds = box.adjusted(-REACH, -REACH, REACH, REACH)
        self.update()

    def _pill_place(self) -> QRectF:
        """In the middle of the wire while that is seen beside it, else above both cards."""
        if not self._label_width:
            self._label_width = QFontMetricsF(_pill_font()).horizontalAdvance(self.shape_label)
        width = self._label_width + 9.0
        middle = QLineF(self._start, self._end).center()
        if self._end.x() - self._start.x() < width + 2 * WIRE_SEEN:
            above = min(self._start.y(), self._end.y()) - CARD_HEIGHT / 2 - PILL_HEIGHT / 2 - 4.0
            if abs(self._end.y() - self._start.y()) < CARD_HEIGHT + PILL_HEIGHT:
                middle.setY(above)
        return QRectF(middle.x() - width / 2, middle.y() - PILL_HEIGHT / 2, width, PILL_HEIGHT)

    def boundingRect(self) -> QRectF:
        """The curve, its reach and its pill."""
        return self._bounds

    def shape(self) -> QPainterPath:
        """The curve with its reach, and the pill."""
        if self._reach.isEmpty():
            stroker = QPainterPathStroker()
            stroker.setWidth(2 * REACH)
            stroker.setCurveThreshold(2.0)
            self._reach = stroker.createStroke(self._path)
            self._reach.setFillRule(Qt.FillRule.WindingFill)
            if not self._pill.isEmpty():
                self._reach.addRect(self._pill)
        return self._reach

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the wire."""
        t = theme.tokens()
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setOpacity(0.25 if self.detached else 1.0)
        marked = self.isSelected() or self.wanted
        if self.wanted:
            glow = QColor(t.accent)
            glow.setAlpha(60)
            painter.setPen(Pen(glow, 10.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPath(self._path)
        color = QColor(t.accent if marked else t.text_quiet if self.hovered else t.wire)
        painter.setPen(Pen(color, 2.5 if marked else 1.75))
        painter.drawPath(self._path)
        if self.motion != "off":
            self._paint_motion(painter, t)
        if self.shape_label and zoom >= LEAST_ZOOM_PILL:
            self._paint_pill(painter, t, marked)

    def _paint_motion(self, painter: QPainter, t: theme.Tokens) -> None:
        pen = Pen(QColor(t.accent), 2.0)
        if self.motion == "moving":
            pen.setDashPattern([DASH / 2.0, GAP / 2.0])
            pen.setDashOffset(-self.phase * (DASH + GAP) / 2.0)
        painter.setPen(pen)
        painter.drawPath(self._path)

    def _paint_pill(self, painter: QPainter, t: theme.Tokens, marked: bool) -> None:
        painter.setPen(Pen(QColor(t.accent if marked else t.hairline), 1.0))
        painter.setBrush(QColor(t.accent_soft if marked else t.canvas))
        painter.drawRoundedRect(self._pill, PILL_HEIGHT / 2, PILL_HEIGHT / 2)
        painter.setFont(_pill_font())
        painter.setPen(QColor(t.text if marked else t.text_quiet))
        painter.drawText(self._pill, Qt.AlignmentFlag.AlignCenter, self.shape_label)


class LooseWire(QGraphicsItem):
    """The wire in the hand, from a port to the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self.possible = True
        self.setZValue(3.0)

    def show_ends(self, start: QPointF, end: QPointF, possible: bool) -> None:
        """Run between two points; grey and dashed when it cannot be dropped there."""
        self.prepareGeometryChange()
        self._path, self.possible = wire_path(start, end), possible
        self.update()

    def boundingRect(self) -> QRectF:
        """The curve."""
        return self._path.controlPointRect().adjusted(-6.0, -6.0, 6.0, 6.0)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the wire."""
        t = theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = QColor(t.accent if self.possible else t.error)
        style = Qt.PenStyle.SolidLine if self.possible else Qt.PenStyle.DashLine
        painter.setPen(Pen(color, 2.0, style))
        painter.drawPath(self._path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(self._path.currentPosition(), 4.0, 4.0)


class RubberBand(QGraphicsItem):
    """The frame that selects what it touches."""

    def __init__(self) -> None:
        super().__init__()
        self.box = QRectF()
        self.setZValue(4.0)

    def show_box(self, box: QRectF) -> None:
        """Cover a rectangle of the scene."""
        self.prepareGeometryChange()
        self.box = box
        self.update()

    def boundingRect(self) -> QRectF:
        """The frame."""
        return self.box.adjusted(-2.0, -2.0, 2.0, 2.0)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the frame."""
        t = theme.tokens()
        pen = Pen(QColor(t.accent), 1.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        fill = QColor(t.accent)
        fill.setAlpha(28)
        painter.setBrush(fill)
        painter.drawRect(self.box)
