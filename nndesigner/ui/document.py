"""The open project: current state, undo stack, data, and what is known about them.

All widgets look at one `Document` and change it through its verbs. What is under undo is one frozen
`State`; an undo command holds the state before and after.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from nndesigner.data.dataset import Dataset, Origin, Spec
from nndesigner.data.split_rows import part_sizes
from nndesigner.graph import Graph
from nndesigner.report import Repair
from nndesigner.training.check import check_training
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained
from nndesigner.training.verdict import Verdict


class State(msgspec.Struct, frozen=True):
    """What undo brings back: the drawing, the training settings, and which data is open."""

    graph: Graph = Graph()
    settings: Settings = Settings()
    origin: Origin | None = None
    spec: Spec | None = None


def _key(origin: Origin) -> bytes:
    return msgspec.json.encode(origin, order="deterministic")


def same_design(one: Graph, other: Graph) -> bool:
    """Whether two drawings compute the same: where nodes stand and what they are called is free."""
    if one is other:
        return True
    if len(one.nodes) != len(other.nodes) or set(one.links) != set(other.links):
        return False
    return {n.id: n.layer for n in one.nodes} == {n.id: n.layer for n in other.nodes}


class _Change(QUndoCommand):
    """One step of undo: a state before and a state after."""

    def __init__(self, document: Document, text: str, before: State, after: State, merge: str):
        super().__init__(text)
        self._document, self._before, self.after, self.merge = document, before, after, merge

    def id(self) -> int:
        """Commands of one kind may merge; which ones do is decided in `mergeWith`."""
        return 1 if self.merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """A drag or a typed number is one step, however many events it took."""
        if not isinstance(other, _Change) or other.merge != self.merge:
            return False
        self.after = other.after
        return True

    def redo(self) -> None:
        """Go to the state after."""
        self._document._set(self.after)

    def undo(self) -> None:
        """Go to the state before."""
        self._document._set(self._before)


class Document(QObject):
    """The one source of truth of a window.

    Signals come after the state has changed. ``checked`` follows every change of graph, settings or
    data. The data of every origin that this session opened is kept, so that undo brings it back.
    """

    graph_changed = Signal()
    settings_changed = Signal()
    data_changed = Signal()
    checked = Signal()
    selection_changed = Signal()
    trained_changed = Signal()
    title_changed = Signal()
    #: Another project was opened: views forget where they looked.
    loaded = Signal()
    #: A remedy was applied that did more than its title says: the sentence that tells it.
    noted = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self.title_changed)
        self.path: Path | None = None
        #: What a project without a file is called, such as the name of the sample it came from.
        self.name = "Untitled"
        self._state = State()
        self._datasets: dict[bytes, Dataset] = {}
        self._trained: Trained | None = None
        self._unsaved_training = False
        self._selection: frozenset[str] = frozenset()
        self._counted: tuple[Dataset, float, tuple[int, int, int] | None] | None = None
        self._verdict = check_training(self._state.graph, self._state.settings, None)

    # -- looking

    @property
    def state(self) -> State:
        """Everything under undo."""
        return self._state

    @property
    def graph(self) -> Graph:
        """The drawing."""
        return self._state.graph

    @property
    def settings(self) -> Settings:
        """The training settings."""
        return self._state.settings

    @property
    def spec(self) -> Spec | None:
        """What is known of the data; there even while the file is missing."""
        return self._state.spec

    @property
    def dataset(self) -> Dataset | None:
        """The data itself, or None when none is open or its file is missing."""
        origin = self._state.origin
        return self._datasets.get(_key(origin)) if origin is not None else None

    @property
    def parts(self) -> tuple[int, int, int] | None:
        """Rows of training, validation and test as the data will be split; None where that is not
        known before they are drawn.
        """
        dataset, share = self.dataset, self.settings.validation_share
        if dataset is None:
            return None
        if self._counted is None or self._counted[:2] != (dataset, share):
            self._counted = (dataset, share, part_sizes(dataset, share))
        return self._counted[2]

    @property
    def verdict(self) -> Verdict:
        """Shapes, counts and problems of the current state."""
        return self._verdict

    @property
    def trained(self) -> Trained | None:
        """The weights of the last training, with the design they belong to."""
        return self._trained

    @property
    def whose_weights(self) -> str:
        """Whose weights `trained` holds where they are not of what is open now, else empty.

        Weights carry their own design and data, so that they stay right when both go on.
        """
        trained = self._trained
        if trained is None:
            return ""
        epochs = len(trained.history)
        after = f"{epochs:,} {'epoch' if epochs == 1 else 'epochs'}"
        if self.spec is not None and trained.spec != self.spec:
            return f"weights of {trained.spec.name}, {after}"
        if not same_design(trained.graph, self.graph):
            return f"weights of the network before it was changed, {after}"
        return ""

    @property
    def selection(self) -> frozenset[str]:
        """The ids of the selected nodes."""
        return self._selection

    @property
    def unsaved(self) -> bool:
        """Whether something would be lost by closing."""
        return self._unsaved_training or not self.undo_stack.isClean()

    @property
    def title(self) -> str:
        """The name shown in the window's title."""
        return self.path.stem if self.path else self.name

    # -- changing

    def edit(self, text: str, graph: Graph, *, merge: str = "") -> None:
        """Replace the drawing as one undo step named ``text``.

        Steps with the same non-empty ``merge`` key that follow each other become one.
        """
        self._push(text, msgspec.structs.replace(self._state, graph=graph), merge)

    def edit_settings(self, text: str, settings: Settings, *, merge: str = "") -> None:
        """Replace the training settings as one undo step."""
        self._push(text, msgspec.structs.replace(self._state, settings=settings), merge)

    def set_dataset(self, dataset: Dataset) -> None:
        """Make this the open data, as one undo step."""
        self._datasets[_key(dataset.origin)] = dataset
        state = msgspec.structs.replace(self._state, origin=dataset.origin, spec=dataset.spec)
        if state == self._state:
            self.data_changed.emit()  # a missing file was found again
            return
        self._push(f"open {dataset.spec.name}", state, "")

    def repair(self, repair: Repair) -> None:
        """Apply the remedy of a problem as one undo step."""
        state = self._state
        if repair.graph is not None:
            state = msgspec.structs.replace(state, graph=repair.graph)
        if repair.settings:
            state = msgspec.structs.replace(
                state, settings=state.settings.changed(**dict(repair.settings))
            )
        self._push(repair.title.lower(), state, "")
        if repair.note:
            self.noted.emit(repair.note)

    def select(self, node_ids: Iterable[str]) -> None:
        """Make these the selected nodes."""
        chosen = frozenset(node_ids)
        if chosen != self._selection:
            self._selection = chosen
            self.selection_changed.emit()

    def set_trained(self, trained: Trained | None, *, unsaved: bool = True) -> None:
        """Keep the outcome of a training."""
        self._trained = trained
        self._unsaved_training = unsaved
        self.trained_changed.emit()
        self.title_changed.emit()

    def load(
        self,
        state: State,
        *,
        dataset: Dataset | None,
        trained: Trained | None = None,
        path: Path | None = None,
        name: str = "Untitled",
    ) -> None:
        """Become another project; undo starts afresh."""
        # Undo starts afresh, so nothing can ask for the data of the project before.
        self._datasets = {} if dataset is None else {_key(dataset.origin): dataset}
        self.undo_stack.clear()
        self.path, self.name = path, name
        self.select(())
        self._trained, self._unsaved_training = trained, False
        self._set(state, everything=True)
        self.trained_changed.emit()
        self.title_changed.emit()
        self.loaded.emit()

    def mark_saved(self, path: Path) -> None:
        """The current state is on disk under this path."""
        self.path = path
        self._unsaved_training = False
        self.undo_stack.setClean()
        self.title_changed.emit()

    def mark_placed(self, path: Path) -> None:
        """An earlier state is on disk under this path; what came since is not saved."""
        self.path = path
        self.title_changed.emit()

    def mark_discarded(self) -> None:
        """What is not saved is given up: closing asks for nothing more."""
        self._unsaved_training = False
        self.undo_stack.setClean()
        self.title_changed.emit()

    # -- inside

    def _push(self, text: str, state: State, merge: str) -> None:
        if state == self._state:
            return
        self.undo_stack.push(_Change(self, text, self._state, state, merge))

    def _set(self, state: State, *, everything: bool = False) -> None:
        before, self._state = self._state, state
        graph = everything or before.graph is not state.graph
        settings = everything or before.settings != state.settings
        data = everything or before.origin != state.origin or before.spec != state.spec
        parts = self.parts if state.spec is not None else None
        self._verdict = check_training(state.graph, state.settings, state.spec, parts)
        self.select(node for node in self._selection if state.graph.has(node))
        if graph:
            self.graph_changed.emit()
        if settings:
            self.settings_changed.emit()
        if data:
            self.data_changed.emit()
        self.checked.emit()
