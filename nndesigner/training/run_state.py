"""All that a run must know to go on as if it had never been interrupted, as a value."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Prepared, Spec
from nndesigner.graph import Graph
from nndesigner.training.live import live_graph
from nndesigner.training.settings import Settings
from nndesigner.training.watching import Memory

if TYPE_CHECKING:
    from nndesigner.training.trained import Trained

Array = npt.NDArray[Any]

#: The arrays of a state: float32 but for what L-BFGS remembers, which is float64.
ARRAYS = ("weights", "optimizer", "average", "best", "search")

#: So many bytes of each array are looked at to tell data from other data.
_MARK_BYTES = 16 << 20


class Progress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a run stands, in numbers.

    ``first`` is the place in the order of the running epoch, ``totals`` what was summed in it so
    far. The random numbers of a run follow from its seed, epoch, row and step alone. ``memory`` is
    what the optimizer remembers beside its arrays, ``search`` the numbers of L-BFGS. ``data`` tells
    the rows that its figures were measured on from others, as `data_mark` gives it.
    """

    epoch: int = 0
    first: int = 0
    step: int = 0
    rows: int = 0
    totals: tuple[float, ...] = ()
    memory: tuple[float, ...] = ()
    average_from: int = 0
    search: tuple[float, ...] = ()
    plateau: Memory = Memory()
    stopping: Memory = Memory()
    data: str = ""


@dataclass(frozen=True, eq=False)
class TrainingState:
    """A run's progress with its arrays, flat, by the names of `ARRAYS`.

    ``weights`` are those that training goes on with: not those that are kept where an average or
    an earlier epoch is better.
    """

    progress: Progress
    arrays: Mapping[str, Array]


def cannot_continue(trained: Trained | None, graph: Graph, settings: Settings, spec: Spec) -> str:
    """Why a run cannot go on from what was learnt, in one sentence; empty where it can."""
    if trained is None:
        return "Nothing was trained yet: train first"
    if trained.state is None:
        return "This network was kept without the state of its training: train anew"
    if not _same_network(trained.graph, graph):
        return "The network is no longer the one that was trained: train anew"
    if settings.optimizer.kind != trained.settings.optimizer.kind:
        return (
            f"It was trained with {trained.settings.optimizer.title} and "
            f"{settings.optimizer.title} remembers other things: choose that again, or train anew"
        )
    if spec != trained.spec:
        return "The data is not what it was trained on: open that again, or train anew"
    for name, words in (("validation_share", "validation share"), ("seed", "seed")):
        if getattr(settings, name) != getattr(trained.settings, name):
            return (
                f"The {words} was {getattr(trained.settings, name)} and other rows would be "
                "learnt now: set it back, or train anew"
            )
    return ""


def data_mark(prepared: Prepared) -> str:
    """A sha256 of the rows that figures are measured on, of large data of rows all over it."""
    digest = hashlib.sha256(msgspec.json.encode(prepared.encoding))
    for array in (
        prepared.x_train, prepared.y_train, prepared.x_val, prepared.y_val, prepared.weights_train,
    ):  # fmt: skip
        if array is not None and len(array):
            most = max(1, _MARK_BYTES * len(array) // max(1, array.nbytes))
            digest.update(np.ascontiguousarray(array[:: -(-len(array) // most)]).tobytes())
    return digest.hexdigest()[:32]


def comparable(
    before: Settings, now: Settings, progress: Progress, data: str = ""
) -> tuple[Memory, Memory]:
    """What early stopping and a plateau remember, as far as the figures to come compare with it.

    Where another figure is watched, another loss, or other rows (``data`` is their mark), what was
    best before says nothing.
    """
    stopping, plateau = progress.stopping, progress.plateau
    changed = other_data(progress, data)
    another = before.loss != now.loss or changed
    watch = now.stopping.watch
    if watch != before.stopping.watch or changed or (another and watch.endswith("loss")):
        stopping = Memory()
    if type(before.schedule) is not type(now.schedule):
        plateau = Memory()
    elif another:
        plateau = Memory(factor=plateau.factor)
    return stopping, plateau


def other_data(progress: Progress, data: str) -> bool:
    """Whether figures were measured on other rows; runs of before kept no mark of theirs."""
    return bool(progress.data and data and progress.data != data)


def _same_network(trained: Graph, now: Graph) -> bool:
    """Whether a drawing is that of a run but for names, places and what may change live."""
    expected = live_graph(trained, now)
    return {node.id: node.layer for node in expected.nodes} == {
        node.id: node.layer for node in now.nodes
    } and expected.links == now.links


def expected_sizes(parameters: int, slots: int) -> dict[str, tuple[int, ...]]:
    """The sizes that arrays of a state may have, by name; the search's is told by its numbers."""
    return {
        "weights": (parameters,),
        "optimizer": (parameters * slots,),
        "average": (0, parameters),
        "best": (0, parameters),
    }


def finite(state: TrainingState) -> bool:
    """Whether all of its numbers can be gone on with."""
    return all(bool(np.isfinite(array).all()) for array in state.arrays.values())
