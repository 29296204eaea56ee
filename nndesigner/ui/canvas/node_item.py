"""The card of one node: it shows what the document knows and holds nothing of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QIcon, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QApplication, QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nndesigner.graph import Node
from nndesigner.ui import theme
from nndesigner.ui.canvas.geometry import (
    CARD_HEIGHT,
    CARD_WIDTH,
    PORT_RADIUS,
    PORT_REACH,
    plain,
    safe,
    tooltip,
)

Hint = Literal["", "target", "hot", "dim"]
Port = Literal["input", "output"]

CARD = QRectF(0.0, 0.0, CARD_WIDTH, CARD_HEIGHT)
BOUNDS = CARD.adjusted(-14.0, -12.0, 14.0, 16.0)
#: Below these zooms text is a smear and ports are specks: they are left out.
LEAST_ZOOM_TEXT = 0.2
#: Below this one the title alone is written, as large as the card allows.
LEAST_ZOOM_DETAIL = 0.52
ICON = QRectF(13.0, 18.0, 20.0, 20.0)
LARGE_LEFT = 16.0
LARGE_WIDTH = CARD_WIDTH - LARGE_LEFT - 8.0
TEXT_LEFT = 42.0
TEXT_WIDTH = CARD_WIDTH - TEXT_LEFT - 10.0
#: The lock of a frozen layer stands behind its count.
LOCK = 14.0
MARK = QRectF(CARD_WIDTH - 11.0, -9.0, 20.0, 20.0)


@dataclass(frozen=True)
class Facts:
    """What a card shows besides its node: parameters, problems, and a number behind its name
    where other nodes are called the same.
    """

    number: str = ""
    count: int = 0
    messages: tuple[str, ...] = ()
    severity: str = ""


@dataclass(frozen=True)
class _Look:
    """Fonts and icons of the theme in force, made once for all cards."""

    title: QFont
    large: QFont
    small: QFont
    numbers: QFont
    title_metrics: QFontMetricsF
    large_metrics: QFontMetricsF
    small_metrics: QFontMetricsF
    number_metrics: QFontMetricsF


_look: _Look | None = None
_icons: dict[tuple[str, str], QIcon] = {}


def forget_look() -> None:
    """Make fonts and icons anew at the next paint: the theme has changed."""
    global _look
    _look = None
    _icons.clear()


def _fonts() -> _Look:
    global _look
    if _look is None:
        title = theme.title_font(0)
        large = QFont(title)
        large.setPointSizeF(title.pointSizeF() * 1.65)
        small = QFont(QApplication.font())
        small.setPointSizeF(small.pointSizeF() - 1.0)
        numbers = theme.number_font()
        numbers.setPointSizeF(small.pointSizeF())
        _look = _Look(
            title,
            large,
            small,
            numbers,
            QFontMetricsF(title),
            QFontMetricsF(large),
            QFontMetricsF(small),
            QFontMetricsF(numbers),
        )
    return _look


def _icon(name: str, token: str) -> QIcon:
    if (name, token) not in _icons:
        _icons[name, token] = theme.icon(name, token)
    return _icons[name, token]


class NodeItem(QGraphicsItem):
    """One node on the canvas."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node
        self.facts = Facts()
        self.hint: Hint = ""
        self.hot_port: Port | None = None
        self.focused = False
        self.setZValue(1.0)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.setPos(safe(node.x), safe(node.y))
        self._write()

    # -- following the document

    def show_node(self, node: Node) -> None:
        """Become another value of the same node."""
        before, self.node = self.node, node
        self.setPos(safe(node.x), safe(node.y))
        if before.layer is not node.layer or before.name != node.name:
            self._write()

    def show_facts(self, facts: Facts) -> None:
        """Take over what the check has found."""
        if facts != self.facts:
            self.facts = facts
            self._write()

    def set_hint(self, hint: Hint) -> None:
        """Glow as a possible target of a wire, or dim as an impossible one."""
        if hint != self.hint:
            self.hint = hint
            self.setOpacity(0.35 if hint == "dim" else 1.0)
            self.update()

    def set_hot_port(self, port: Port | None) -> None:
        """Enlarge a port under the mouse."""
        if port != self.hot_port:
            self.hot_port = port
            self.update()

    def set_focused(self, focused: bool) -> None:
        """Show the ring of the keyboard's focus."""
        if focused != self.focused:
            self.focused = focused
            self.update()

    def restyle(self) -> None:
        """Take over another theme."""
        self._write()

    # -- asking

    @property
    def takes_wires(self) -> bool:
        """Whether there is an input port."""
        return self.node.layer.arity[1] != 0

    @property
    def input_point(self) -> QPointF:
        """Where wires arrive, in the scene."""
        return self.pos() + QPointF(0.0, CARD_HEIGHT / 2)

    @property
    def output_point(self) -> QPointF:
        """Where wires leave, in the scene."""
        return self.pos() + QPointF(CARD_WIDTH, CARD_HEIGHT / 2)

    @property
    def card(self) -> QRectF:
        """The card without its ports, in the scene."""
        return CARD.translated(self.pos())

    def port_near(self, point: QPointF) -> tuple[Port, float] | None:
        """The port within reach of a point of the scene, and how far it is."""
        found: list[tuple[float, Port]] = []
        for name, place in (("input", self.input_point), ("output", self.output_point)):
            distance = (point - place).manhattanLength()
            inside = max(abs(point.x() - place.x()), abs(point.y() - place.y())) <= PORT_REACH
            if inside and (name == "output" or self.takes_wires):
                found.append((distance, name))  # type: ignore[arg-type]
        if not found:
            return None
        distance, port = min(found)
        return port, distance

    # -- drawing

    def boundingRect(self) -> QRectF:
        """The card with its shadow, ring, ports and mark."""
        return BOUNDS

    def shape(self) -> QPainterPath:
        """The card and the reach of its ports."""
        path = QPainterPath()
        path.addRect(CARD.adjusted(-PORT_REACH, 0.0, PORT_REACH, 0.0))
        return path

    def _write(self) -> None:
        """Lay the texts out now, so that painting has nothing to find out."""
        look, layer = _fonts(), self.node.layer
        self._frozen = bool(getattr(layer, "frozen", False))
        self._count = f"{self.facts.count:,}" if self.facts.count else ""
        if self.facts.count >= 10_000_000:
            self._count = f"{self.facts.count / 1e6:,.0f} M"
        taken = look.number_metrics.horizontalAdvance(self._count)
        right = Qt.TextElideMode.ElideRight
        title, summary = plain(self.node.title), plain(layer.summary())
        number = f" {self.facts.number}" if self.facts.number else ""
        taken += LOCK + 2.0 if self._frozen else 0.0
        # The number tells cards apart: what is cut is the name before it.
        room = TEXT_WIDTH - (taken + 8.0 if taken else 0.0)
        room -= look.title_metrics.horizontalAdvance(number)
        self._title = look.title_metrics.elidedText(title, right, room) + number
        room = LARGE_WIDTH - look.large_metrics.horizontalAdvance(number)
        self._large = look.large_metrics.elidedText(title, right, room) + number
        title += number
        self._summary = look.small_metrics.elidedText(summary, right, TEXT_WIDTH)
        shown = "" if (title, summary) == (self._title, self._summary) else f"{title}: {summary}"
        if self._frozen:
            shown = f"{shown or title}. Frozen: training leaves its weights as they are"
        self.setToolTip(tooltip(*(self.facts.messages or (shown,))))
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the card."""
        t = theme.tokens()
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        layer = self.node.layer
        unknown = layer.kind == "unknown"
        bar_token = "error" if unknown else f"bar_{layer.category}"
        bar = QColor(getattr(t, bar_token, t.bar_core))
        self._paint_lift(painter, t)
        painter.setPen(self._outline(t, unknown))
        painter.setBrush(QColor(t.raised))
        painter.drawRoundedRect(CARD, theme.RADIUS, theme.RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(bar)
        painter.drawRoundedRect(QRectF(4.0, 8.0, 4.0, CARD_HEIGHT - 16.0), 2.0, 2.0)
        if zoom >= LEAST_ZOOM_DETAIL:
            self._paint_texts(painter, t, bar_token)
        elif zoom >= LEAST_ZOOM_TEXT:
            painter.setFont(_fonts().large)
            painter.setPen(QColor(t.text))
            place = QRectF(LARGE_LEFT, 0.0, LARGE_WIDTH, CARD_HEIGHT)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self._large)
        if zoom >= LEAST_ZOOM_TEXT:
            self._paint_ports(painter, t)
        if self.facts.messages:
            self._paint_mark(painter, t)

    def _outline(self, t: theme.Tokens, unknown: bool) -> QPen:
        if self.hint == "hot":
            return QPen(QColor(t.good), 2.0)
        if self.isSelected():
            return QPen(QColor(t.accent), 2.0)
        if self.hint == "target":
            return QPen(QColor(t.accent), 1.5)
        if unknown:
            return QPen(QColor(t.error), 1.5, Qt.PenStyle.DashLine)
        return QPen(QColor(t.hairline), 1.0)

    def _paint_lift(self, painter: QPainter, t: theme.Tokens) -> None:
        """A soft shadow when selected, a glow for a target, a ring on focus."""
        painter.setPen(Qt.PenStyle.NoPen)
        if self.hint in ("target", "hot"):
            color = QColor(t.good if self.hint == "hot" else t.accent)
            for spread in (7.0, 5.0, 3.0):
                color.setAlpha(44 if self.hint == "hot" else 26)
                painter.setBrush(color)
                self._rounded(painter, spread, 0.0)
        elif self.isSelected():
            color = QColor(t.shadow)
            color.setAlpha(color.alpha() // 4)
            painter.setBrush(color)
            for spread in (9.0, 6.0, 4.0, 2.0):
                self._rounded(painter, spread, 4.0)
        else:
            color = QColor(t.shadow)
            color.setAlpha(color.alpha() // 3)
            painter.setBrush(color)
            self._rounded(painter, 0.5, 1.5)
        if self.focused:
            ring = QColor(t.accent)
            ring.setAlpha(110)
            painter.setPen(QPen(ring, 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            self._rounded(painter, 4.0, 0.0)

    @staticmethod
    def _rounded(painter: QPainter, spread: float, down: float) -> None:
        box = CARD.adjusted(-spread, -spread, spread, spread).translated(0.0, down)
        painter.drawRoundedRect(box, theme.RADIUS + spread, theme.RADIUS + spread)

    def _paint_texts(self, painter: QPainter, t: theme.Tokens, bar_token: str) -> None:
        look = _fonts()
        _icon(self.node.layer.icon, bar_token).paint(painter, ICON.toRect())
        base_line = Qt.AlignmentFlag.AlignVCenter
        top = QRectF(TEXT_LEFT, 8.0, TEXT_WIDTH, 20.0)
        low = QRectF(TEXT_LEFT, 29.0, TEXT_WIDTH + 4.0, 18.0)
        painter.setFont(look.title)
        painter.setPen(QColor(t.text))
        painter.drawText(top, base_line | Qt.AlignmentFlag.AlignLeft, self._title)
        painter.setPen(QColor(t.text_quiet))
        if self._frozen:
            place = QRectF(top.right() - LOCK + 1.0, top.center().y() - LOCK / 2, LOCK, LOCK)
            _icon("mdi6.lock", "text_quiet").paint(painter, place.toRect())
        if self._count:
            painter.setFont(look.numbers)
            room = top.adjusted(0.0, 0.0, -(LOCK + 2.0) if self._frozen else 0.0, 0.0)
            painter.drawText(room, base_line | Qt.AlignmentFlag.AlignRight, self._count)
        painter.setFont(look.small)
        painter.drawText(low, base_line | Qt.AlignmentFlag.AlignLeft, self._summary)

    def _paint_ports(self, painter: QPainter, t: theme.Tokens) -> None:
        places: list[tuple[Port, QPointF]] = [("output", QPointF(CARD_WIDTH, CARD_HEIGHT / 2))]
        if self.takes_wires:
            places.append(("input", QPointF(0.0, CARD_HEIGHT / 2)))
        for name, place in places:
            hot = name == self.hot_port or (name == "input" and self.hint in ("target", "hot"))
            radius = PORT_RADIUS + (2.0 if hot else 0.0)
            painter.setPen(QPen(QColor(t.accent if hot else t.wire), 1.5))
            painter.setBrush(QColor(t.accent if hot else t.raised))
            painter.drawEllipse(place, radius - 0.75, radius - 0.75)

    def _paint_mark(self, painter: QPainter, t: theme.Tokens) -> None:
        """A filled badge with an exclamation mark: form and colour both tell."""
        painter.setPen(QPen(QColor(t.canvas), 2.0))
        painter.setBrush(QColor(t.error if self.facts.severity == "error" else t.warning))
        painter.drawEllipse(MARK)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#101214" if t.dark else "#ffffff"))
        middle = MARK.center()
        painter.drawRoundedRect(QRectF(middle.x() - 1.25, middle.y() - 5.0, 2.5, 6.5), 1.2, 1.2)
        painter.drawEllipse(QPointF(middle.x(), middle.y() + 4.0), 1.5, 1.5)
