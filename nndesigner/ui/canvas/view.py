"""The canvas itself: takes the mouse, the keys and what is dropped, and hands each to its place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from nndesigner.layers import LAYERS
from nndesigner.ui.canvas import menus
from nndesigner.ui.canvas.autoscroll import AutoScroll
from nndesigner.ui.canvas.catalog import kind_in
from nndesigner.ui.canvas.editor import Editor
from nndesigner.ui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH
from nndesigner.ui.canvas.gestures import (
    Gesture,
    MoveGesture,
    PanGesture,
    Pointer,
    RubberBandGesture,
    WireGesture,
)
from nndesigner.ui.canvas.keys import Keys
from nndesigner.ui.canvas.link_item import LinkItem
from nndesigner.ui.canvas.node_item import NodeItem
from nndesigner.ui.document import Document

_Button = Qt.MouseButton
_Modifier = Qt.KeyboardModifier


class CanvasView(Editor):
    """Draws the document's network and lets a person change it.

    ``status_message`` carries a sentence for the status bar (empty to clear it), ``help_requested``
    the kind of a layer.
    """

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self._gesture: Gesture | None = None
        self._keys = Keys(self)
        self._last: Pointer | None = None
        self._auto_scroll = AutoScroll(self._scroll_along, self)
        self._hovered_port: NodeItem | None = None
        self._hovered_link: LinkItem | None = None
        self._drop_link: LinkItem | None = None
        self.menu: QMenu | None = None
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Network")
        document.graph_changed.connect(self.leave_gesture)
        document.selection_changed.connect(self._describe)
        document.checked.connect(self._describe)
        self._describe()

    # -- gestures

    @property
    def gesture(self) -> Gesture | None:
        """What the mouse is doing now."""
        return self._gesture

    def leave_gesture(self) -> None:
        """End what the mouse is doing without a trace: Esc, or the drawing changed meanwhile."""
        self._forget_hover()
        self._auto_scroll.stop()
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()

    def _pointer(self, event: QMouseEvent) -> Pointer:
        place = event.position().toPoint()
        return Pointer(place, self.mapToScene(place), event.modifiers())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the gesture by the button and by what lies under the mouse."""
        event.accept()
        self.end_rename()
        if self._gesture is not None:
            if event.buttons() != event.button():
                return  # a second button during a gesture changes nothing
            self.leave_gesture()  # its release went to another window
        pointer = self._pointer(event)
        alt = bool(event.modifiers() & _Modifier.AltModifier)
        if event.button() == _Button.MiddleButton or (event.button() == _Button.LeftButton and alt):
            self._gesture = PanGesture(self, pointer)
        elif event.button() == _Button.LeftButton:
            self._gesture = self._left_gesture(pointer)

    def _left_gesture(self, pointer: Pointer) -> Gesture | None:
        port = self.network.port_at(pointer.scene)
        if port is not None:
            return WireGesture(self, pointer, *port)
        node = self.network.node_at(pointer.scene)
        if node is not None:
            return MoveGesture(self, pointer, node.node.id)
        wire = self.network.link_at(pointer.scene)
        if wire is not None:
            self._click_wire(wire, adds=pointer.adds)
            return None
        if pointer.modifiers & _Modifier.ControlModifier:
            return PanGesture(self, pointer)
        return RubberBandGesture(self, pointer)

    def _click_wire(self, wire: LinkItem, *, adds: bool) -> None:
        chosen = frozenset([wire.link])
        if adds:
            self.network.select_links(self.network.selected_links ^ chosen)
        else:
            self.document.select(())
            self.network.select_links(chosen)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow with the gesture, or show what is under the mouse."""
        pointer = self._pointer(event)
        if self._gesture is not None:
            self._last = pointer
            self._gesture.move(pointer)
            if self._gesture is not None and self._gesture.scrolls and self._gesture.is_drag:
                self._auto_scroll.follow(pointer.screen, self.viewport().rect())
        elif event.buttons() == _Button.NoButton:
            self._hover(pointer.scene)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        event.accept()
        if self._gesture is None or event.buttons() & (_Button.LeftButton | _Button.MiddleButton):
            return
        self._auto_scroll.stop()
        gesture, self._gesture = self._gesture, None
        gesture.release(self._pointer(event))

    def _scroll_along(self, step: QPoint) -> None:
        """Take the drag over the edge: the drawing moves and the hand stays."""
        if self._gesture is None or self._last is None:
            self._auto_scroll.stop()
            return
        self.pan_by(-step.x(), -step.y())
        place = self._last.screen
        self._gesture.move(Pointer(place, self.mapToScene(place), self._last.modifiers))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename a node, or add a layer on the empty canvas or into a wire."""
        event.accept()
        if event.button() != _Button.LeftButton:
            return
        self.leave_gesture()
        at = self._pointer(event).scene
        node = self.network.node_at(at)
        if node is not None:
            self.document.select([node.node.id])
            self.rename_selected()
        elif self.network.link_at(at) is None and self.network.port_at(at) is None:
            self.quick_add(at)

    def _hover(self, at: QPointF) -> None:
        port = self.network.port_at(at)
        item = port[0] if port else None
        if self._hovered_port is not None and self._hovered_port is not item:
            self._hovered_port.set_hot_port(None)
        if port is not None:
            port[0].set_hot_port(port[1])
        self._hovered_port = item
        wire = self.network.link_at(at) if port is None else None
        if wire is not self._hovered_link:
            if self._hovered_link is not None:
                self._hovered_link.set_state(hovered=False)
            if wire is not None:
                wire.set_state(hovered=True)
            self._hovered_link = wire
        cursor = Qt.CursorShape.CrossCursor if port else Qt.CursorShape.ArrowCursor
        if self.viewport().cursor().shape() != cursor:
            self.viewport().setCursor(cursor)

    def _forget_hover(self) -> None:
        if self._hovered_port is not None:
            self._hovered_port.set_hot_port(None)
        if self._hovered_link is not None:
            self._hovered_link.set_state(hovered=False)
        self._hovered_port = self._hovered_link = None

    def leaveEvent(self, event: QEvent) -> None:
        """The mouse has gone: nothing is under it."""
        super().leaveEvent(event)
        self._forget_hover()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden canvas has no hand on it."""
        self.leave_gesture()
        super().hideEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show which node the keys act on."""
        super().focusInEvent(event)
        self.network.set_focused(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keys go elsewhere now."""
        super().focusOutEvent(event)
        self.network.set_focused(False)

    # -- menus

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of what is under the mouse, or of the selected node for the menu key."""
        event.accept()
        self.leave_gesture()
        selection = self.document.selection
        if event.reason() == QContextMenuEvent.Reason.Keyboard and len(selection) == 1:
            item = self.network.node_items[next(iter(selection))]
            at, place = item.card.center(), self.mapFromScene(item.card.center())
        else:
            at, place = self.mapToScene(event.pos()), event.pos()
        node, wire = self.network.node_at(at), self.network.link_at(at)
        if node is not None:
            if node.node.id not in selection:
                self.network.select_links(())
                self.document.select([node.node.id])
            self.menu = menus.node_menu(self, node.node.id)
        elif wire is not None:
            self._click_wire(wire, adds=False)
            self.menu = menus.link_menu(self, wire.link)
        else:
            self.menu = menus.canvas_menu(self, at)
        self.menu.popup(self.viewport().mapToGlobal(place))

    # -- keys

    def event(self, event: QEvent) -> bool:
        """Take Tab before Qt makes it a step to the next widget; Shift+Tab leaves the canvas."""
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Tab
            and not event.modifiers()
        ):
            self.keyPressEvent(event)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the key says, or leave it to the window."""
        event.setAccepted(self._keys.press(event))

    def _describe(self) -> None:
        """Tell a screen reader what is selected and how it stands."""
        graph, chosen = self.document.graph, self.document.selection
        text = f"{len(graph.nodes)} layers, {len(chosen)} selected"
        if len(chosen) == 1:
            item = self.network.node_items.get(next(iter(chosen)))
            if item is not None:
                facts = [graph.title(item.node.id), item.node.layer.summary()]
                facts += [f"{item.facts.count:,} parameters", *item.facts.messages]
                text = ", ".join(fact for fact in facts if fact)
        self.setAccessibleDescription(text[:500])

    # -- what is dragged from the palette (files are the window's business)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome layers, and nothing else."""
        if kind_in(event.mimeData()) is not None:
            self.leave_gesture()
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Highlight the wire that the layer would be put into."""
        kind = kind_in(event.mimeData())
        if kind is None:
            event.ignore()
            return
        self._mark_drop(self._wire_under(kind, event.position().toPoint()))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Forget the drag."""
        self._mark_drop(None)
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Put the layer into the wire under it, or on the canvas."""
        kind = kind_in(event.mimeData())
        if kind is None:
            event.ignore()
            return
        place = event.position().toPoint()
        wire = self._wire_under(kind, place)
        self._mark_drop(None)
        event.acceptProposedAction()
        if wire is not None:
            self.insert_layer(kind, wire.link)
        else:
            self.add_layer(kind, self.mapToScene(place))
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _wire_under(self, kind: str, place: QPoint) -> LinkItem | None:
        if LAYERS[kind].arity[1] == 0:
            return None
        at = self.mapToScene(place)
        wire = self.network.link_at(at)
        if wire is not None or self.network.node_at(at) is not None:
            return wire
        return self.network.link_under_card(at - QPointF(CARD_WIDTH / 2, CARD_HEIGHT / 2))

    def _mark_drop(self, wire: LinkItem | None) -> None:
        if wire is not self._drop_link:
            if self._drop_link is not None:
                self._drop_link.set_state(wanted=False)
            if wire is not None:
                wire.set_state(wanted=True)
                self.say("Release to put the layer into this wire")
            else:
                self.say("")
            self._drop_link = wire
