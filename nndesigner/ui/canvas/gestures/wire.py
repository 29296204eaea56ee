"""Draws a wire from port to port, in either direction, or takes a wire's end off its port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.graph import Graph, Link
from nndesigner.ui.canvas.gestures.base import Gesture, Pointer
from nndesigner.ui.canvas.link_item import LooseWire
from nndesigner.ui.canvas.node_item import NodeItem, Port
from nndesigner.ui.canvas.placing import impossible_sources, impossible_targets

if TYPE_CHECKING:
    from nndesigner.ui.canvas.editor import Editor


class WireGesture(Gesture):
    """One end is fixed to a port, the other in the hand.

    While it is, possible ends glow and impossible ones dim. A drop on the empty canvas asks for a
    layer to wire to; an end that was taken off a port and is dropped there removes the wire.
    """

    def __init__(self, editor: Editor, start: Pointer, item: NodeItem, port: Port) -> None:
        super().__init__(editor, start)
        graph = editor.document.graph
        self._taken: Link | None = None
        self._fixed, self._forward = item.node.id, port == "output"
        sources = graph.sources(item.node.id)
        if port == "input" and item.node.layer.arity[1] == 1 and len(sources) == 1:
            self._taken = Link(sources[0], item.node.id)
            self._fixed, self._forward = sources[0], True
        self._graph: Graph = graph.without([], [self._taken]) if self._taken else graph
        self._wire = LooseWire()
        self._hot: NodeItem | None = None
        self._impossible: set[str] = set()

    def begin(self) -> None:
        """Show which nodes can take the wire."""
        network = self.editor.network
        find = impossible_targets if self._forward else impossible_sources
        self._impossible = find(self._graph, self._fixed)
        for node_id, item in network.node_items.items():
            if node_id != self._fixed:
                item.set_hint("dim" if node_id in self._impossible else "target")
        if self._taken in network.link_items:
            network.link_items[self._taken].set_state(detached=True)
        network.addItem(self._wire)

    def drag(self, pointer: Pointer) -> None:
        """Follow the mouse, or jump to the port that would be taken."""
        network = self.editor.network
        over = self._over(pointer)
        if over is not self._hot:
            self._cool()
            self._hot = over
            if over is not None and over.node.id not in self._impossible:
                over.set_hint("hot")
            self.editor.say(self._sentence(over))
        possible = over is None or over.node.id not in self._impossible
        free_end = pointer.scene
        if over is not None and possible:
            free_end = over.input_point if self._forward else over.output_point
        fixed = network.node_items[self._fixed]
        if self._forward:
            self._wire.show_ends(fixed.output_point, free_end, possible)
        else:
            self._wire.show_ends(free_end, fixed.input_point, possible)

    def drop(self, pointer: Pointer) -> None:
        """Wire, refuse with a reason, or ask for the layer that is missing."""
        over = self._over(pointer)
        self._clean()
        if over is None:
            self._drop_on_canvas(pointer)
            return
        source, target = self._ends(over)
        refusal = self._graph.refusal(source, target)
        if refusal is not None:
            self.editor.say("" if over.node.id == self._fixed else refusal)
            return
        self.editor.say("")
        graph = self._graph.connected(source, target)
        if set(graph.links) != set(self.editor.document.graph.links):
            titles = f"{graph.title(source)[:40]} to {graph.title(target)[:40]}"
            self.editor.document.edit(f"wire {titles}", graph)

    def _drop_on_canvas(self, pointer: Pointer) -> None:
        self.editor.say("")
        if not self.editor.viewport().rect().contains(pointer.screen):
            return
        if self._taken is not None:
            self.editor.document.edit("remove wire", self._graph)
        elif self._forward:
            self.editor.quick_add(pointer.scene, source=self._fixed)
        else:
            self.editor.quick_add(pointer.scene, target=self._fixed)

    def cancel(self) -> None:
        """Leave the wires as they were."""
        self._clean()
        self.editor.say("")

    def _over(self, pointer: Pointer) -> NodeItem | None:
        """The node that the free end is at: near a port, or anywhere on its card."""
        network = self.editor.network
        near = network.port_at(pointer.scene)
        if near is not None and near[0].node.id != self._fixed:
            return near[0]
        return network.node_at(pointer.scene)

    def _ends(self, over: NodeItem) -> tuple[str, str]:
        other = over.node.id
        return (self._fixed, other) if self._forward else (other, self._fixed)

    def _sentence(self, over: NodeItem | None) -> str:
        if over is None:
            return "Release over a layer to wire it, or on the empty canvas to add one"
        if over.node.id == self._fixed:
            return ""
        source, target = self._ends(over)
        refusal = self._graph.refusal(source, target)
        if refusal is not None:
            return refusal
        titles, old = self._graph.titles(), self._graph.sources(target)
        wiring = f"Release to wire {titles[source]} to {titles[target]}"
        if self._graph.node(target).layer.arity[1] == 1 and old:
            return f"{wiring} in place of {titles[old[0]]}"
        return wiring

    def _cool(self) -> None:
        if self._hot is not None and self._hot.hint == "hot":
            self._hot.set_hint("target")

    def _clean(self) -> None:
        network = self.editor.network
        if self._wire.scene() is not None:
            network.removeItem(self._wire)
        for item in network.node_items.values():
            item.set_hint("")
        if self._taken in network.link_items:
            network.link_items[self._taken].set_state(detached=False)
        self._hot = None
