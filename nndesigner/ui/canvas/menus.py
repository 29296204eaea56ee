"""The menus under the right button: on a node, on a wire, on the empty canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu

from nndesigner.graph import Link
from nndesigner.layers import CATEGORIES, LAYERS
from nndesigner.ui import theme
from nndesigner.ui.canvas.clipboard import GRAPH_MIME

if TYPE_CHECKING:
    from nndesigner.ui.canvas.view import CanvasView


def _entry(
    menu: QMenu, text: str, do: Callable[[], object], icon: str = "", keys: str = ""
) -> QAction:
    action = menu.addAction(text)
    if icon:
        action.setIcon(theme.icon(icon, "text_quiet"))
    if keys:
        # The tab sets the key off at the right without making it a second shortcut.
        action.setText(f"{text}\t{keys}")
    action.triggered.connect(lambda: do())
    return action


def _layers(menu: QMenu, choose: Callable[[str], object], kinds: list[str]) -> QMenu:
    """Fill a menu with layers, a line between categories."""
    category = ""
    for name in CATEGORIES:
        for kind in kinds:
            cls = LAYERS[kind]
            if cls.category != name:
                continue
            if category not in ("", name):
                menu.addSeparator()
            category = name
            action = menu.addAction(theme.icon(cls.icon, f"bar_{cls.category}"), cls.title)
            action.triggered.connect(lambda _=False, kind=kind: choose(kind))
    return menu


def _new(view: CanvasView) -> QMenu:
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def node_menu(view: CanvasView, node_id: str) -> QMenu:
    """What can be done with a node (it is selected)."""
    menu = _new(view)
    node = view.document.graph.node(node_id)
    one = len(view.document.selection) == 1
    fed = [kind for kind, cls in LAYERS.items() if cls.arity[1] != 0]
    repair = next(
        (p.repairs[0] for p in view.document.verdict.problems if p.node == node_id and p.repairs),
        None,
    )
    if repair is not None:
        _entry(menu, repair.title, lambda: view.document.repair(repair), "mdi6.auto-fix")
        menu.addSeparator()
    if one:
        _entry(menu, "Rename", view.rename_selected, "mdi6.rename", "F2")
        _entry(menu, "Wire to…", view.wire_selected, "mdi6.vector-line", "W")
        if node.layer.arity[1] == 1:
            _layers(menu.addMenu("Insert before"), lambda k: view.insert_before(k, node_id), fed)
        others = [kind for kind in LAYERS if kind != node.layer.kind]
        if any(node_id == link.target for link in view.document.graph.links):
            others = [kind for kind in others if kind in fed]
        _layers(menu.addMenu("Change to"), lambda k: view.swap_layer(node_id, k), others)
        menu.addSeparator()
    _entry(menu, "Cut", view.cut, "mdi6.content-cut", "Ctrl+X")
    _entry(menu, "Copy", view.copy, "mdi6.content-copy", "Ctrl+C")
    _entry(menu, "Duplicate", view.duplicate, "mdi6.content-duplicate", "Ctrl+D")
    menu.addSeparator()
    _entry(menu, "Delete", view.delete_selection, "mdi6.delete-outline", "Del")
    _entry(
        menu, "Delete and close the gap", lambda: view.delete_selection(heal=True), "", "Ctrl+Del"
    )
    if one:
        menu.addSeparator()
        _entry(
            menu,
            f"Help on {node.layer.title}",
            lambda: view.help_requested.emit(node.layer.kind),
            "mdi6.help-circle-outline",
            "F1",
        )
    return menu


def link_menu(view: CanvasView, link: Link) -> QMenu:
    """What can be done with a wire."""
    menu = _new(view)
    fed = [kind for kind, cls in LAYERS.items() if cls.arity[1] != 0]
    _layers(menu.addMenu("Insert layer"), lambda kind: view.insert_layer(kind, link), fed)
    menu.addSeparator()
    _entry(
        menu,
        "Delete wire",
        lambda: view.delete_links(frozenset([link])),
        "mdi6.delete-outline",
        "Del",
    )
    return menu


def canvas_menu(view: CanvasView, at: QPointF) -> QMenu:
    """What can be done with the canvas."""
    menu = _new(view)
    _entry(menu, "Add layer…", lambda: view.quick_add(at), "mdi6.plus", "Space")
    data = QGuiApplication.clipboard().mimeData()
    paste = _entry(menu, "Paste", lambda: view.paste(at), "mdi6.content-paste", "Ctrl+V")
    paste.setEnabled(data is not None and data.hasFormat(GRAPH_MIME))
    menu.addSeparator()
    some = bool(view.document.graph.nodes)
    for text, do, icon, keys in (
        ("Select all", view.select_all, "mdi6.select-all", "Ctrl+A"),
        ("Tidy up", view.tidy, "mdi6.auto-fix", ""),
        ("Fit into view", view.fit, "mdi6.fit-to-page-outline", "F"),
    ):
        _entry(menu, text, do, icon, keys).setEnabled(some)
    return menu
