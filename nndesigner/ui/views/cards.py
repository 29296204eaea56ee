"""Cards of single rows: what the row is, what the network says, and whether that is right."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from nndesigner.ui import theme

#: With a picture, and with the values of a table's row.
WIDTH, WIDE_WIDTH, HEIGHT = 232, 320, 88
PICTURE = 72
#: So many probabilities fit on a card.
BARS = 3


@dataclass(frozen=True)
class Card:
    """One row. ``bars`` are names with shares from 0 to 1, the largest first; ``right`` is None for
    figures, which are never simply right."""

    row: int
    truth: str
    guess: str
    right: bool | None
    bars: tuple[tuple[str, float], ...] = ()
    picture: QImage | None = None
    values: tuple[tuple[str, str], ...] = ()

    @property
    def sentence(self) -> str:
        """The card in words, for those who do not see it."""
        if self.right is None:
            return f"Row {self.row + 1}: {self.truth}, predicted {self.guess}"
        verdict = "right" if self.right else f"wrong, it is {self.truth}"
        return f"Row {self.row + 1}: predicted {self.guess}, {verdict}"


class CardWall(QAbstractScrollArea):
    """Cards in rows that fill the width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: tuple[Card, ...] = ()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(WIDTH, HEIGHT)
        self.verticalScrollBar().valueChanged.connect(self.viewport().update)

    @property
    def cards(self) -> tuple[Card, ...]:
        """What is shown."""
        return self._cards

    def set_cards(self, cards: tuple[Card, ...]) -> None:
        """Show other cards, or the same ones with other predictions."""
        other = len(cards) != len(self._cards)
        self._cards = cards
        self.setAccessibleDescription(". ".join(card.sentence for card in cards[:6]))
        if other:
            self._arrange()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many cards side by side as fit."""
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cards in sight."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.color(theme.tokens().panel))
        across, width = self._columns()
        shift = self.verticalScrollBar().value()
        step = HEIGHT + theme.GRID
        for index, card in enumerate(self._cards):
            row, column = divmod(index, across)
            place = QRect(
                round(column * (width + theme.GRID)), row * step - shift, int(width), HEIGHT
            )
            if place.intersects(self.viewport().rect()):
                paint_card(painter, place, card)

    def _columns(self) -> tuple[int, float]:
        room = self.viewport().width()
        pictured = not self._cards or self._cards[0].picture is not None
        least = WIDTH if pictured else WIDE_WIDTH
        across = max(1, (room + theme.GRID) // (least + theme.GRID))
        return across, (room + theme.GRID) / across - theme.GRID

    def _arrange(self) -> None:
        across, _ = self._columns()
        rows = -(-len(self._cards) // across)
        step, bar = HEIGHT + theme.GRID, self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(step // 2)
        bar.setRange(0, max(0, rows * step - theme.GRID - self.viewport().height()))


def paint_card(painter: QPainter, place: QRect, card: Card) -> None:
    """One card: the row at the left, what is said about it at the right."""
    t = theme.tokens()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color(t.hairline), 1))
    painter.setBrush(theme.color(t.raised))
    painter.drawRoundedRect(
        QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS
    )
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    inside = place.adjusted(8, 8, -8, -8)
    if card.picture is not None:
        left = QRect(
            inside.left(), inside.top() + (inside.height() - PICTURE) // 2, PICTURE, PICTURE
        )
        _paint_picture(painter, left, card.picture)
        split = PICTURE
    else:
        split = int(inside.width() * 0.46)
        _paint_values(painter, QRect(inside.left(), inside.top(), split, inside.height()), card)
    right = inside.adjusted(split + 10, 0, 0, 0)
    _paint_verdict(painter, right, card)
    painter.restore()


def _paint_picture(painter: QPainter, place: QRect, picture: QImage) -> None:
    size = picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRect(place.topLeft(), size)
    target.moveCenter(place.center())
    painter.setRenderHint(
        QPainter.RenderHint.SmoothPixmapTransform, picture.width() > place.width()
    )
    painter.drawImage(target, picture)


def _paint_values(painter: QPainter, place: QRect, card: Card) -> None:
    t = theme.tokens()
    font = theme.number_font()
    metrics = QFontMetrics(font)
    painter.setFont(font)
    line = metrics.height()
    fitting = max(1, place.height() // line)
    for index, (name, value) in enumerate(card.values[:fitting]):
        box = QRect(place.left(), place.top() + index * line, place.width(), line)
        shown = metrics.elidedText(value, Qt.TextElideMode.ElideRight, place.width() // 2)
        room = place.width() - metrics.horizontalAdvance(shown) - 6
        painter.setPen(theme.color(t.text_quiet))
        painter.drawText(
            box,
            Qt.AlignmentFlag.AlignLeft,
            metrics.elidedText(name, Qt.TextElideMode.ElideRight, room),
        )
        painter.setPen(theme.color(t.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, shown)


def _paint_verdict(painter: QPainter, place: QRect, card: Card) -> None:
    """The mark (a tick or a cross, not colour alone), the prediction, the truth, the bars."""
    t = theme.tokens()
    bold = theme.title_font(0)
    metrics = QFontMetrics(bold)
    line = metrics.height()
    top = QRect(place.left(), place.top(), place.width(), line)
    if card.right is not None:
        _paint_mark(painter, QRectF(place.left(), place.top(), line, line), card.right)
        top.setLeft(place.left() + line + 4)
    painter.setFont(bold)
    painter.setPen(theme.color(t.text))
    elide = Qt.TextElideMode.ElideRight
    painter.drawText(
        top, Qt.AlignmentFlag.AlignVCenter, metrics.elidedText(card.guess, elide, top.width())
    )
    font = theme.number_font()
    metrics = QFontMetrics(font)
    painter.setFont(font)
    if card.right is None:
        lines = [card.truth, *(f"{name}" for name, _ in card.bars)]
        painter.setPen(theme.color(t.text_quiet))
        for index, text in enumerate(lines):
            box = top.translated(0, line * (index + 1) + 2)
            painter.drawText(
                box, Qt.AlignmentFlag.AlignVCenter, metrics.elidedText(text, elide, box.width())
            )
        return
    painter.setPen(theme.color(t.text_quiet))
    truth = QRect(place.left(), place.top() + line, place.width(), line)
    said = f"truth {card.truth}"
    painter.drawText(
        truth, Qt.AlignmentFlag.AlignVCenter, metrics.elidedText(said, elide, truth.width())
    )
    _paint_bars(painter, place.adjusted(0, 2 * line + 4, 0, 0), card)


def _paint_bars(painter: QPainter, place: QRect, card: Card) -> None:
    t = theme.tokens()
    metrics = QFontMetrics(painter.font())
    step = max(1, place.height() // BARS)
    figure = metrics.horizontalAdvance("100 %")
    widest = max((metrics.horizontalAdvance(name) for name, _ in card.bars[:BARS]), default=0)
    names = min(widest, max(16, place.width() // 3))
    middle = Qt.AlignmentFlag.AlignVCenter
    for index, (name, share) in enumerate(card.bars[:BARS]):
        box = QRect(place.left(), place.top() + index * step, place.width(), step)
        painter.setPen(theme.color(t.text_quiet))
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, names)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, text)
        painter.drawText(
            box, Qt.AlignmentFlag.AlignRight | middle, f"{share:.0%}".replace("%", " %")
        )
        track = QRectF(box.left() + names + 6, box.center().y() - 2, 0, 5)
        track.setRight(box.right() - figure - 6)
        painter.fillRect(track, theme.color(t.neutral))
        track.setWidth(max(0.0, min(1.0, share)) * track.width())
        painter.fillRect(track, theme.color(t.accent if name == card.guess else t.wire))


def _paint_mark(painter: QPainter, place: QRectF, right: bool) -> None:
    """A tick in a disc, or a cross in a square: shape says it as well as colour."""
    t = theme.tokens()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color(t.good if right else t.error), 2))
    box = place.adjusted(2, 2, -2, -2)
    if right:
        painter.drawPolyline(
            [
                QPointF(box.left() + box.width() * 0.1, box.top() + box.height() * 0.55),
                QPointF(box.left() + box.width() * 0.4, box.top() + box.height() * 0.85),
                QPointF(box.left() + box.width() * 0.95, box.top() + box.height() * 0.15),
            ]
        )
    else:
        box.adjust(1, 1, -1, -1)
        painter.drawLine(box.topLeft(), box.bottomRight())
        painter.drawLine(box.topRight(), box.bottomLeft())
    painter.restore()
