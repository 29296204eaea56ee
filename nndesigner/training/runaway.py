"""What to say when numbers stop being finite: what and where, when, and what to do about it."""

from __future__ import annotations

from nndesigner.data.dataset import IntArray
from nndesigner.engine.tracing import LOSS, Place
from nndesigner.engine.updating import BAD_WEIGHTS
from nndesigner.graph import Graph
from nndesigner.training.settings import Settings

#: What became of the weights, for all who hold on to them.
KEPT = "The last good weights are kept."


def words(
    place: Place,
    ended: int,
    graph: Graph,
    settings: Settings,
    train_rows: IntArray,
    *,
    where: str,
    rate: float,
) -> str:
    """The sentences for a run that ended like that.

    ``ended`` is what the step was given up for, as in `engine.updating`, ``where`` its epoch and
    batch, ``rate`` its learning rate; a row of the place is one of ``train_rows``.
    """
    if place.row >= 0:
        part = "" if place.what == "row" else " in its target"
        return (
            f"Row {int(train_rows[place.row]) + 1:,} of the data holds a number that is not finite"
            f"{part}: no network can learn from it ({where}). {KEPT} Mend that row or leave it "
            "out, open the data again, and reset"
        )
    return f"{_what(place, ended, graph, where)}. {KEPT} {_advice(settings, rate)}"


def _what(place: Place, ended: int, graph: Graph, where: str) -> str:
    node = f"{graph.node(place.node).title} ({place.node})" if graph.has(place.node) else "the loss"
    if place.what == "weights":
        cause = "The step made" if ended == BAD_WEIGHTS else "Training made"
        return f"{cause} weights that are no finite numbers in {where}, first in {node}"
    if place.what == "gradient":
        slopes = "begins with" if place.node == LOSS else "begins in"
        return f"The gradient stopped being finite in {where}: it {slopes} {node}"
    start = f"The loss stopped being a finite number in {where}"
    if place.what == "output":
        return f"{start}, first in {node}"
    if place.what == "loss":
        return f"{start}, though the outputs still were"
    return start


def _advice(settings: Settings, rate: float) -> str:
    lower = f"Lower the learning rate, for example from {rate:g} to {rate / 10:g}"
    if settings.optimizer.whole_data:
        return f"{lower}, or use another optimizer, and reset"
    if settings.clipping.clip == "none":
        return f"{lower}, or clip gradients, and reset"
    return f"{lower}, and reset"
