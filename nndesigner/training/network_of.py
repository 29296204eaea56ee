"""The tape that a design is trained with: its loss resolved, its targets in the form it wants."""

from __future__ import annotations

from nndesigner.data.dataset import Spec
from nndesigner.engine.tape import Tape
from nndesigner.graph import Graph
from nndesigner.learning.losses import Loss
from nndesigner.network import checked, compile_network
from nndesigner.training.settings import Settings
from nndesigner.training.targets import output_width, resolve_loss, wants_labels


def training_tape(
    graph: Graph, settings: Settings, spec: Spec, *, weighted: bool = False
) -> tuple[Tape, Loss, int]:
    """The tape, the loss that it ends with, and the number of outputs. Raises: GraphError.

    ``weighted``: the last column of the targets is what a row counts.
    """
    width = output_width(checked(graph, spec.input_shape).output_shape)
    loss = resolve_loss(settings.loss, spec.task, width)
    tape = compile_network(
        graph,
        spec.input_shape,
        loss=loss.kind,
        labels=wants_labels(loss, spec.task, width),
        classes=spec.task == "classification",
        numbers=loss.numbers(),
        weighted=weighted,
    )
    return tape, loss, width
