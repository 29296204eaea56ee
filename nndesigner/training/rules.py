"""The settings and a network's own as rules of the engine: which arrays are penalised, and how."""

from __future__ import annotations

from nndesigner.engine.changes import Rules
from nndesigner.engine.tape import Slot, Tape
from nndesigner.graph import Graph
from nndesigner.layers.core import WEIGHTS
from nndesigner.training.settings import Settings


def is_weight(slot: Slot) -> bool:
    """Whether an array multiplies what arrives; biases, scales and slopes are held back only by
    what their own layer sets.
    """
    return len(slot.shape) > 1 and slot.name.rpartition("/")[2] in WEIGHTS


def rules_of(graph: Graph, settings: Settings, tape: Tape) -> Rules:
    """Penalties and limits by array: those for all layers and what single layers add."""
    l1: dict[str, float] = {}
    l2: dict[str, float] = {}
    max_norm: dict[str, float] = {}
    axes: dict[str, tuple[int, int]] = {}
    common = settings.regularization
    for slot in tape.slots:
        layer = graph.node(slot.name.partition("/")[0]).layer
        name = slot.name.rpartition("/")[2]
        weight, held = is_weight(slot), name in getattr(layer, "held_back", WEIGHTS)
        if not (weight or held or common.biases):
            continue
        everywhere = weight or common.biases
        l1[slot.name] = (common.l1 if everywhere else 0.0) + getattr(layer, "l1", 0.0)
        l2[slot.name] = (common.l2 if everywhere else 0.0) + getattr(layer, "l2", 0.0)
        if weight or held:
            shared = common.max_norm if weight else 0.0
            max_norm[slot.name] = getattr(layer, "max_norm", 0.0) or shared
            if name in layer.unit_axes:
                axes[slot.name] = layer.unit_axes[name]
    averaging = settings.averaging
    return Rules(
        l1=l1,
        l2=l2,
        max_norm=max_norm,
        axes=axes,
        clip=settings.clipping.clip,
        limit=settings.clipping.clip_limit,
        # A search goes its own way: only what adds to the loss is for it, as the check says.
        average=averaging.average_decay
        if averaging.average and not settings.optimizer.whole_data
        else None,
    )
