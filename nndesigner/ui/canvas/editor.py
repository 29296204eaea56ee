"""The verbs of the canvas: each makes one undo step in the document."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QCursor, QGuiApplication

from nndesigner.declare import build, fields_of, values_of
from nndesigner.errors import DesignerError
from nndesigner.graph import Graph, Layer, Link
from nndesigner.layers import LAYERS
from nndesigner.ui import theme
from nndesigner.ui.canvas import clipboard, placing
from nndesigner.ui.canvas.catalog import layer_from
from nndesigner.ui.canvas.export import export_picture
from nndesigner.ui.canvas.geometry import safe
from nndesigner.ui.canvas.quick_add import Choice, Picker, layer_choices
from nndesigner.ui.canvas.rename import RenameField
from nndesigner.ui.canvas.surface import Surface

PASTE_STEP = 32.0


class Editor(Surface):
    """A surface whose drawing can be changed."""

    picker: Picker | None = None
    rename_field: RenameField | None = None

    # -- adding

    def add_layer(self, kind: str, at: QPointF | None = None, *, settings: str = "") -> None:
        """Add a layer, by its kind: at a point of the scene, else after what is selected.

        Without a point it goes to the right of the selected node, or of the end of the network, and
        is wired from it when that is possible.
        """
        if kind not in LAYERS:
            self.say(f"There is no layer {kind!r}")
            return
        layer, graph = layer_from(kind, settings), self.document.graph
        if at is not None:
            self.stay()
            after = placing.dropped(graph, layer, at.x(), at.y())
        elif not graph.nodes:
            middle = self.middle()
            after = placing.dropped(graph, layer, middle.x(), middle.y())
        else:
            after = placing.appended(graph, layer, placing.anchor(graph, self.document.selection))
        self._add(f"add {layer.title}", after)

    def insert_layer(self, kind: str, link: Link, *, settings: str = "") -> None:
        """Put a layer into the middle of a wire."""
        if link not in self.document.graph.links:
            return
        layer = layer_from(kind, settings)
        try:
            graph = placing.inserted(self.document.graph, layer, link)
        except DesignerError as error:
            self.say(str(error))
            return
        self._add(f"insert {layer.title}", graph)

    def insert_before(self, kind: str, node_id: str) -> None:
        """Put a layer between a node and what feeds it."""
        graph, layer = self.document.graph, layer_from(kind)
        if layer.arity[1] == 0 or graph.node(node_id).layer.arity[1] != 1:
            return
        sources = graph.sources(node_id)
        if sources:
            self.insert_layer(kind, Link(sources[0], node_id))
        else:
            self._add(f"insert {layer.title}", graph.inserted_before(layer, node_id))

    def _add(self, text: str, graph: Graph) -> None:
        """Take over a drawing whose newest node is last, and select that node."""
        new = graph.nodes[-1].id
        self.say("")
        self.document.edit(text, graph)
        self.network.select_links(())
        self.document.select([new])
        self.keep_visible(new)

    def quick_add(
        self, at: QPointF | None = None, *, source: str | None = None, target: str | None = None
    ) -> None:
        """Ask for a layer at a point of the scene, wired from ``source`` or to ``target``.

        Without a point: at the mouse when it is over the canvas, else in the middle. Without ends
        the selected node is wired from.
        """
        free = source is None and target is None
        by_mouse = at is not None or self._mouse_point() is not None
        place = at or self._mouse_point() or self.middle()
        selection = self.document.selection
        if free and len(selection) == 1:
            source = next(iter(selection))
        wiring = source is not None or target is not None
        kinds = [k for k, cls in LAYERS.items() if not (wiring and cls.arity[1] == 0)]
        if free:
            kinds = list(LAYERS)
        picker = self._open_picker(
            Picker(
                lambda text: layer_choices(text, kinds),
                "Add a layer",
                "Settings may follow: dense 64 relu",
                self.window(),
            ),
            place,
        )

        def add(kind: str, text: str) -> None:
            graph, layer = self.document.graph, layer_from(kind, text)
            start = source if source is not None and graph.has(source) else None
            if (not by_mouse and graph.nodes) or layer.arity[1] == 0:
                self.add_layer(kind, at, settings=text)
                return
            self.stay()
            after = placing.dropped(graph, layer, place.x(), place.y(), start)
            if target is not None and graph.has(target):
                new = after.nodes[-1].id
                if after.refusal(new, target) is None:
                    after = after.connected(new, target)
            self._add(f"add {layer.title}", after)

        picker.picked.connect(add)

    def wire_selected(self) -> None:
        """Ask which layer the selected one is wired to: wiring without a mouse."""
        selection, graph = self.document.selection, self.document.graph
        if len(selection) != 1:
            self.say("Select one layer to wire from, then press W")
            return
        source = graph.node(next(iter(selection)))
        titles = graph.titles()
        impossible = placing.impossible_targets(graph, source.id)
        targets = [node for node in graph.nodes if node.id not in impossible]
        if not targets:
            self.say(f"{titles[source.id]} cannot be wired to any other layer here: add one first")
            return
        targets.sort(key=lambda n: (n.x - source.x) ** 2 + (n.y - source.y) ** 2)

        def choices(text: str) -> list[Choice]:
            wanted = text.strip().lower()
            return [
                Choice(
                    node.id,
                    ", ".join(filter(None, (titles[node.id], node.layer.summary()))),
                    theme.icon(node.layer.icon, f"bar_{node.layer.category}"),
                )
                for node in targets
                if wanted in titles[node.id].lower() or wanted in node.id
            ]

        item = self.network.node_items[source.id]
        prompt = f"Wire {titles[source.id][:30]} to"
        picker = self._open_picker(Picker(choices, prompt, "", self.window()), item.output_point)

        def wire(target: str, _text: str) -> None:
            now = self.document.graph
            refusal = now.refusal(source.id, target)
            if refusal is not None:
                self.say(refusal)
                return
            text = f"wire {now.title(source.id)[:40]} to {now.title(target)[:40]}"
            self.document.edit(text, now.connected(source.id, target))

        picker.picked.connect(wire)

    def _open_picker(self, picker: Picker, place: QPointF) -> Picker:
        if self.picker is not None:
            self.picker.close()
        self.picker = picker
        picker.closed.connect(self._picker_closed)
        corner = self.mapFromScene(place) + QPoint(8, 8)
        picker.open_at(self.viewport().mapTo(self.window(), corner))
        return picker

    def _picker_closed(self) -> None:
        if self.sender() is self.picker:
            self.picker = None
            if self.window().focusWidget() in (None, self.sender(), self):
                self.setFocus(Qt.FocusReason.PopupFocusReason)

    def _mouse_point(self) -> QPointF | None:
        place = self.viewport().mapFromGlobal(QCursor.pos())
        inside = self.underMouse() and self.viewport().rect().contains(place)
        return self.mapToScene(place) if inside else None

    # -- deleting and selecting

    def delete_selection(self, *, heal: bool = False) -> None:
        """Delete the selected nodes and wires; ``heal`` wires on what they were between."""
        document, links = self.document, self.network.selected_links
        nodes = document.selection
        if not nodes and not links:
            self.say("Nothing is selected: click a layer or a wire first")
            return
        graph = document.graph
        text = "delete wire" if len(links) == 1 else f"delete {len(links)} wires"
        if nodes:
            text = f"delete {placing.names(graph, nodes)}"
        graph = graph.without((), links)
        document.edit(text, placing.healed(graph, nodes) if heal else graph.without(nodes))

    def delete_links(self, links: frozenset[Link]) -> None:
        """Delete some wires."""
        self.document.edit("delete wire", self.document.graph.without((), links))

    def select_all(self) -> None:
        """Select every node."""
        self.document.select(node.id for node in self.document.graph.nodes)

    # -- the clipboard

    def copy(self) -> bool:
        """Copy the selected nodes with the wires among them; False if there is nothing."""
        nodes, graph = self.document.selection, self.document.graph
        if not nodes:
            self.say("Nothing is selected: click a layer first")
            return False
        try:
            content = clipboard.encoded(graph, nodes)
        except DesignerError as error:
            self.say(str(error))
            return False
        QGuiApplication.clipboard().setMimeData(content)
        self.say(f"Copied {placing.names(graph, nodes)}")
        return True

    def cut(self) -> None:
        """Copy the selected nodes and delete them."""
        nodes, graph = self.document.selection, self.document.graph
        if self.copy():
            self.document.edit(f"cut {placing.names(graph, nodes)}", graph.without(nodes))

    def paste(self, at: QPointF | None = None) -> None:
        """Add what was copied, at a point of the scene or beside the original."""
        try:
            piece = clipboard.decoded(QGuiApplication.clipboard().mimeData())
        except DesignerError as error:
            if clipboard.holds_data(QGuiApplication.clipboard().mimeData()):
                self.data_pasted.emit()
            else:
                self.say(str(error))
            return
        self._add_piece("paste", piece, at)

    def duplicate(self) -> None:
        """Copy the selected nodes beside themselves, leaving the clipboard alone."""
        nodes = self.document.selection
        if nodes:
            self._add_piece("duplicate", clipboard.part(self.document.graph, nodes), None)

    def _add_piece(self, verb: str, piece: Graph, at: QPointF | None) -> None:
        if not piece.nodes:
            return
        places = [(safe(node.x), safe(node.y)) for node in piece.nodes]
        left, top = min(x for x, _ in places), min(y for _, y in places)
        if at is not None:
            dx, dy = at.x() - left, at.y() - top
        else:
            taken = {(safe(node.x), safe(node.y)) for node in self.document.graph.nodes}
            dx = dy = 0.0
            while any((x + dx, y + dy) in taken for x, y in places):
                dx, dy = dx + PASTE_STEP, dy + PASTE_STEP
        graph, fresh = clipboard.pasted(self.document.graph, piece, dx, dy)
        self.document.edit(f"{verb} {placing.names(graph, fresh)}", graph)
        self.network.select_links(())
        self.document.select(fresh)
        self.keep_visible(graph.nodes[-1].id)

    # -- changing

    def tidy(self) -> None:
        """Lay the nodes out in columns from input to output."""
        self.document.edit("tidy", self.document.graph.laid_out())
        self.fit()

    def nudge(self, dx: float, dy: float) -> None:
        """Move the selected nodes a little; presses that follow each other are one undo step."""
        graph, nodes = self.document.graph, self.document.selection
        places = {n.id: (n.x + dx, n.y + dy) for n in graph.nodes if n.id in nodes}
        if places:
            key = "nudge " + " ".join(sorted(nodes))
            text = f"move {placing.names(graph, nodes)}"
            self.document.edit(text, graph.moved(places), merge=key)

    def swap_layer(self, node_id: str, kind: str) -> None:
        """Make a node another kind of layer, keeping its wires and the settings both know."""
        graph = self.document.graph
        before, cls = graph.node(node_id).layer, LAYERS[kind]
        names = {field.name for field in fields_of(cls)}
        shared = {k: v for k, v in values_of(before).items() if k in names}
        layer: Layer = build(cls, {})
        for name, value in shared.items():
            try:
                layer = layer.changed(**{name: value})
            except DesignerError:
                continue  # same name, other meaning: its default will do
        graph = graph.with_layer(node_id, layer)
        if layer.arity[1] is not None:
            extra = [link for link in graph.links if link.target == node_id][layer.arity[1] :]
            graph = graph.without((), extra)
        self.document.edit(f"change {before.title} to {layer.title}", graph)

    def rename_selected(self) -> None:
        """Type a new name right on the card."""
        if len(self.document.selection) != 1:
            self.say("Select one layer to rename it")
            return
        node_id = next(iter(self.document.selection))
        self.end_rename()
        self.keep_visible(node_id)
        item = self.network.node_items[node_id]
        card = self.mapFromScene(item.card.adjusted(36, 4, -6, -24)).boundingRect()
        height = max(theme.TARGET, card.height())
        place = QRect(card.left(), card.center().y() - height // 2, max(120, card.width()), height)
        field = RenameField(item.node.name, item.node.layer.title, place, self.viewport())
        field.renamed.connect(lambda name: self._rename(node_id, name))
        field.ended.connect(self._rename_ended)
        self.rename_field = field

    def end_rename(self) -> None:
        """Keep what was typed so far: the drawing is about to move under the field."""
        if self.rename_field is not None:
            self.rename_field.finish(keep=True)

    def _rename(self, node_id: str, name: str) -> None:
        if self.document.graph.has(node_id):
            before = self.document.graph.title(node_id)[:40]
            self.document.edit(f"rename {before}", self.document.graph.with_name(node_id, name))

    def _rename_ended(self) -> None:
        self.rename_field = None
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- taking home

    def export_picture(self, path: str | Path) -> None:
        """Write the drawing as PNG or SVG. Raises: FileError saying what to do."""
        export_picture(self.network, Path(path))
