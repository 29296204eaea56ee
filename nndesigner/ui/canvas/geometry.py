"""Sizes and curves of the drawing, shared by items, gestures and placing."""

from __future__ import annotations

import html
import math
import unicodedata

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from nndesigner.ui.theme import GRID

#: A card's size; both are multiples of the grid, so that ports lie on it too.
CARD_WIDTH = 160.0
CARD_HEIGHT = 56.0
PORT_RADIUS = 5.0
PORT_REACH = 12.0
#: A wire that runs back leaves its cards so far and bends so sharply.
LANE_OUT, LANE_BEND = 24.0, 16.0
#: Nothing is drawn further out than this, whatever a file says.
FARTHEST = 200_000.0


def snapped(value: float) -> float:
    """A coordinate on the grid."""
    return round(value / GRID) * float(GRID)


def safe(value: float) -> float:
    """A coordinate that Qt can draw, whatever a file held."""
    return max(-FARTHEST, min(FARTHEST, value)) if math.isfinite(value) else 0.0


def wire_path(start: QPointF, end: QPointF) -> QPainterPath:
    """A smooth curve that leaves to the right and arrives from the left.

    One that runs back to another row does so between the two, where it crosses no card.
    """
    gap = end.x() - start.x()
    if gap < 0 and abs(end.y() - start.y()) >= CARD_HEIGHT + 2 * LANE_BEND:
        return _lane_path(start, end)
    reach = max(gap / 2, min(48.0, abs(end.y() - start.y()) / 2 + 16.0))
    if gap < 0:
        reach = min(160.0, 64.0 - gap / 3)
    path = QPainterPath(start)
    path.cubicTo(start + QPointF(reach, 0.0), end - QPointF(reach, 0.0), end)
    return path


def _lane_path(start: QPointF, end: QPointF) -> QPainterPath:
    """Out, half of the way up or down, back along a line between the rows, and in."""
    bend, down = LANE_BEND, math.copysign(LANE_BEND, end.y() - start.y())
    right, left = start.x() + LANE_OUT, end.x() - LANE_OUT
    lane = (start.y() + end.y()) / 2
    path = QPainterPath(start)
    path.lineTo(right - bend, start.y())
    path.quadTo(right, start.y(), right, start.y() + down)
    path.lineTo(right, lane - down)
    path.quadTo(right, lane, right - bend, lane)
    path.lineTo(left + bend, lane)
    path.quadTo(left, lane, left, lane + down)
    path.lineTo(left, end.y() - down)
    path.quadTo(left, end.y(), left + bend, end.y())
    path.lineTo(end)
    return path


def plain(text: str, longest: int = 200) -> str:
    """Any text as one line that Qt can show: no control characters, no broken surrogates."""
    return "".join(
        " " if letter in "\n\r\t" else "\N{REPLACEMENT CHARACTER}" if _unfit(letter) else letter
        for letter in text[:longest]
    )


def _unfit(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs")


def tooltip(*lines: str) -> str:
    """Lines as a tooltip that wraps and takes nothing in them for markup."""
    kept = [html.escape(plain(line, 500)) for line in lines if line]
    return f"<qt>{'<br>'.join(kept)}</qt>" if kept else ""
