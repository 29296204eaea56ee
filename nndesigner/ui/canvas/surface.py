"""The view as a surface to look at: zoom, pan, fit, the dotted ground and what lies over it."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QInputDevice,
    QNativeGestureEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QShowEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QPinchGesture, QStyle, QWidget

from nndesigner.ui import theme
from nndesigner.ui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH
from nndesigner.ui.canvas.link_item import Motion
from nndesigner.ui.canvas.overlays import CornerLabel, EmptyHint
from nndesigner.ui.canvas.scene import NetworkScene
from nndesigner.ui.document import Document

LEAST_ZOOM, MOST_ZOOM = 0.05, 4.0
#: One press of + or one notch of the wheel.
ZOOM_STEP = 1.2
FIT_MARGIN_PX = 24
#: Dots nearer to each other than this are noise.
LEAST_DOT_PX = 11.0
MOTION_TICK_MS = 40
MOTION_PERIOD_MS = 1_200


class Surface(QGraphicsView):
    """Shows a document's drawing; knows how to look at it and not how to change it."""

    status_message = Signal(str)
    help_requested = Signal(str)
    #: The clipboard holds a table rather than layers: it is data to open.
    data_pasted = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.network = NetworkScene(document, self)
        self.setScene(self.network)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheBackground)
        self.viewport().grabGesture(Qt.GestureType.PinchGesture)
        self.viewport().setMouseTracking(True)
        self.setMinimumSize(240, 160)
        self.corner = CornerLabel(self)
        self.hint = EmptyHint(self)
        #: Fit again at the next change of size: nobody has chosen where to look yet.
        self._looks_at_all = True
        self.reduced_motion = (
            self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0
        )
        self._motion: Motion = "off"
        self._motion_timer = QTimer(self)
        self._motion_timer.setInterval(MOTION_TICK_MS)
        self._motion_timer.timeout.connect(self._move_wires)
        self._motion_ms = 0
        document.checked.connect(self._show_counts)
        document.loaded.connect(self.fit)
        # A network was drawn for the data: it lies elsewhere than the one before.
        document.noted.connect(lambda _: self.fit())
        self.network.synced.connect(self._follow_wires)
        theme.changed().connect(self._restyle)
        self._show_counts()

    # -- looking

    @property
    def zoom(self) -> float:
        """How large the drawing is shown; 1 is its natural size."""
        return self.transform().m11()

    def fit(self) -> None:
        """Show the whole drawing with a margin, never larger than its natural size."""
        self._looks_at_all = True
        box = self.network.drawing_box()
        if box.isEmpty():
            box = QRectF(0.0, 0.0, CARD_WIDTH, CARD_HEIGHT)
        room = self.viewport().size()
        across = max(40.0, room.width() - 2.0 * FIT_MARGIN_PX) / box.width()
        down = max(40.0, room.height() - 2.0 * FIT_MARGIN_PX) / box.height()
        zoom = max(LEAST_ZOOM, min(1.0, across, down))
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self.centerOn(box.center())

    def zoom_in(self) -> None:
        """Show the drawing larger, keeping the middle."""
        self.zoom_by(ZOOM_STEP, self.viewport().rect().center())

    def zoom_out(self) -> None:
        """Show the drawing smaller, keeping the middle."""
        self.zoom_by(1 / ZOOM_STEP, self.viewport().rect().center())

    def zoom_reset(self) -> None:
        """Show the drawing in its natural size, keeping the middle."""
        self.zoom_by(1.0 / self.zoom, self.viewport().rect().center())

    def zoom_by(self, factor: float, at: QPoint) -> None:
        """Zoom so that what lies under a point of the viewport stays there."""
        if not (math.isfinite(factor) and factor > 0):
            return
        zoom = max(LEAST_ZOOM, min(MOST_ZOOM, round(self.zoom * factor, 9)))
        held = self.mapToScene(at)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        moved = self.mapFromScene(held) - at
        self.pan_by(-moved.x(), -moved.y())

    def pan_by(self, dx: int, dy: int) -> None:
        """Move the drawing by some pixels of the screen."""
        self._looks_at_all = False
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() - dx)
        down.setValue(down.value() - dy)

    def show_node(self, node_id: str) -> None:
        """Select a node and bring it to the middle."""
        item = self.network.node_items.get(node_id)
        if item is None:
            return
        self.network.select_links(())
        self.document.select([node_id])
        self._looks_at_all = False
        if self.zoom < 0.6:
            self.setTransform(QTransform.fromScale(1.0, 1.0))
        self.centerOn(item.card.center())

    def keep_visible(self, node_id: str) -> None:
        """Scroll as little as needed to see a node; the whole drawing stays in view if it was."""
        if self._looks_at_all:
            self.fit()
        item = self.network.node_items.get(node_id)
        if item is not None:
            looks_at_all = self._looks_at_all
            self.ensureVisible(item.card, FIT_MARGIN_PX, FIT_MARGIN_PX)
            self._looks_at_all = looks_at_all

    def stay(self) -> None:
        """Keep looking where the person looks now: something was put under their eyes."""
        self._looks_at_all = False

    def middle(self) -> QPointF:
        """The point of the drawing in the middle of the view."""
        return self.mapToScene(self.viewport().rect().center())

    def say(self, text: str) -> None:
        """Put a sentence into the status bar; an empty one clears it."""
        self.status_message.emit(text)

    # -- a running training

    def set_running(self, running: bool) -> None:
        """Let a thin line run along the wires, or stand there when motion is not wanted."""
        self._motion = "off" if not running else "still" if self.reduced_motion else "moving"
        if self._motion == "moving":
            self._motion_timer.start()
        else:
            self._motion_timer.stop()
        self._follow_wires()

    def _move_wires(self) -> None:
        if self.isVisible():
            self._motion_ms = (self._motion_ms + MOTION_TICK_MS) % MOTION_PERIOD_MS
            self._follow_wires()

    def _follow_wires(self) -> None:
        phase = self._motion_ms / MOTION_PERIOD_MS
        for item in self.network.link_items.values():
            item.set_motion(self._motion, phase)

    # -- what lies over the drawing

    def _show_counts(self) -> None:
        empty = not self.document.graph.nodes
        self.corner.show_count(self.document.verdict.report.parameters_text, empty=empty)
        self.hint.setVisible(empty)
        self._place_overlays()

    def _place_overlays(self) -> None:
        corner = self.corner.size()
        self.corner.move(self.width() - corner.width() - 16, self.height() - corner.height() - 16)
        width = min(420, self.width() - 32)
        height = self.hint.heightForWidth(width)
        height = height if height > 0 else self.hint.sizeHint().height()
        self.hint.setGeometry(
            (self.width() - width) // 2, (self.height() - height) // 2, width, height
        )

    def _restyle(self) -> None:
        self.corner.restyle()
        self.hint.restyle()
        self.resetCachedContent()
        self._place_overlays()
        self.viewport().update()

    # -- events

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """A quiet ground with a dot at every so many steps of the grid."""
        t = theme.tokens()
        painter.fillRect(rect, QColor(t.canvas))
        step = float(theme.GRID)
        while step * self.zoom < LEAST_DOT_PX:
            step *= 2
        left, top = math.floor(rect.left() / step), math.floor(rect.top() / step)
        right, low = math.ceil(rect.right() / step), math.ceil(rect.bottom() / step)
        pen = QPen(QColor(t.canvas_dot), 1.6)
        pen.setCosmetic(True)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints(
            [
                QPointF(column * step, row * step)
                for column in range(left, right + 1)
                for row in range(top, low + 1)
            ]
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the overlays in their places, and the whole drawing in view if it was."""
        super().resizeEvent(event)
        self._place_overlays()
        if self._looks_at_all:
            self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the whole drawing when nobody has looked elsewhere yet."""
        super().showEvent(event)
        if self._looks_at_all:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms at the mouse; two fingers on a touch pad pan, with Ctrl they zoom."""
        angle, pixels = event.angleDelta(), event.pixelDelta()
        is_pad = (
            event.device() is not None and event.device().type() == QInputDevice.DeviceType.TouchPad
        ) or event.phase() != Qt.ScrollPhase.NoScrollPhase
        with_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if is_pad and not with_ctrl:
            if pixels.isNull():
                self.pan_by(angle.x() // 4, angle.y() // 4)
            else:
                self.pan_by(pixels.x(), pixels.y())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan_by(angle.y() or angle.x(), 0)
        else:
            turn = max(-480, min(480, angle.y()))
            self.zoom_by(ZOOM_STEP ** (turn / 120), event.position().toPoint())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Pinches zoom, from touch pads (macOS, Wayland) and touch screens."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1.0 + event.value(), event.position().toPoint())
                return True
        elif event.type() == QEvent.Type.Gesture:
            pinch = event.gesture(Qt.GestureType.PinchGesture)  # type: ignore[attr-defined]
            if isinstance(pinch, QPinchGesture):
                at = self.viewport().mapFromGlobal(pinch.centerPoint().toPoint())
                self.zoom_by(pinch.scaleFactor(), at)
                return True
        return super().viewportEvent(event)
