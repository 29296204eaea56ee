"""The network that a run trains, its place in the data, and what it must remember to go on."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Prepared
from nndesigner.engine.engine import Engine
from nndesigner.engine.tracing import Place
from nndesigner.engine.updating import DONE
from nndesigner.errors import TrainingError
from nndesigner.graph import Graph
from nndesigner.learning.schedules import Plateau
from nndesigner.network import initial_weights
from nndesigner.training.lbfgs import LBFGS
from nndesigner.training.network_of import training_tape
from nndesigner.training.parts import Part, Parts, parts_of
from nndesigner.training.rates import rates_of
from nndesigner.training.rows import RunRows
from nndesigner.training.rules import rules_of
from nndesigner.training.run_state import Progress, TrainingState, data_mark, finite
from nndesigner.training.search import Interrupted, Search
from nndesigner.training.settings import Settings
from nndesigner.training.watching import Memory, on_plateau
from nndesigner.training.weighting import row_weights

Flat = npt.NDArray[np.float32]

#: Place of the flag among the sums that the engine gathers: what was no finite number.
_RAN_AWAY = 4

_TOO_MUCH = "There is not enough memory for this network and data: make layers or the batch smaller"


class Learner:
    """Learns slice by slice; ``go_on`` waits while paused and says whether to go on.

    ``epoch`` counts whole epochs, ``first`` is the place in the running one, ``totals`` what was
    summed in it: loss, metric, rows, steps, and whether numbers ran away.
    """

    def __init__(
        self, graph: Graph, settings: Settings, prepared: Prepared, go_on: Callable[[], bool]
    ) -> None:
        """Build the network and draw its first weights. Raises: GraphError, TrainingError."""
        spec = prepared.spec
        weights = row_weights(prepared, settings)
        self._weighted = weights is not None
        tape, loss, width = training_tape(graph, settings, spec, weighted=self._weighted)
        self.graph, self.settings, self.prepared = graph, settings, prepared
        self._go_on = go_on
        if len(prepared.x_train) == 0:
            raise TrainingError("There is no training row: make the validation share smaller")
        try:
            self.rows = RunRows(prepared, loss, width, weights)
            self.engine = self._engine_for(graph, settings)
            self.parts = self._parts_for(self.engine, settings)
        except MemoryError:
            raise TrainingError(_TOO_MUCH) from None
        self.engine.load(initial_weights(graph, spec.input_shape, settings.seed))
        self.engine.use(rules_of(graph, settings, tape))
        self.epoch = self.first = 0
        self.totals = np.zeros(5)
        self.rate = settings.optimizer.learning_rate
        self.plateau = Memory()
        self._search_memory = LBFGS(getattr(settings.optimizer, "history", 0))
        self._order: tuple[int, npt.NDArray[np.int64]] | None = None

    def _engine_for(self, graph: Graph, settings: Settings) -> Engine:
        spec = self.prepared.spec
        tape, _, _ = training_tape(graph, settings, spec, weighted=self._weighted)
        whole = settings.optimizer.whole_data
        engine = Engine(
            tape,
            batch=settings.batch_rows(self.rows.count),
            optimizer="sgd" if whole else settings.optimizer.kind,
            slots=settings.optimizer.slots,
        )
        units = self.prepared.encoding.target_units
        if units is not None:
            engine.tell_in(units)
        return engine

    def _parts_for(self, engine: Engine, settings: Settings) -> Parts:
        return parts_of(self.rows, settings, self.prepared.spec, engine)

    # -- looking

    @property
    def steps_per_epoch(self) -> int:
        """How many changes of the weights an epoch has."""
        return -(-self.rows.count // self.engine.batch)

    @property
    def done(self) -> float:
        """The epochs done, with the share of the running one."""
        return self.epoch + self.first / self.rows.count

    @property
    def epoch_is_over(self) -> bool:
        """Whether all rows of the running epoch were learnt."""
        return self.first >= self.rows.count

    @property
    def ran_away(self) -> int:
        """What was not finite in the step that was given up, as in `updating`; 0 for nothing."""
        return int(self.totals[_RAN_AWAY])

    @functools.cached_property
    def data(self) -> str:
        """What tells the rows from those of other data."""
        return data_mark(self.prepared)

    def order(self) -> npt.NDArray[np.int64]:
        """The rows of the running epoch."""
        if self._order is None or self._order[0] != self.epoch:
            settings = self.settings
            found = self.rows.order(self.epoch, settings.seed, shuffle=settings.shuffle)
            self._order = (self.epoch, found)
        return self._order[1]

    def first_not_finite(self) -> tuple[Place, int]:
        """Where numbers stopped being finite in the step that was given up, and its batch.

        The place of a bad row is that among the training rows. Batches count from 1.
        """
        engine, order = self.engine, self.order()
        first = min(self.first, (len(order) - 1) // engine.batch * engine.batch)
        rows = order[first : first + engine.batch]
        if self.settings.optimizer.whole_data:
            part = Part(self.rows.x, self.rows.t, np.arange(self.rows.count), 0)
        else:
            part = self.parts.part(self.epoch, order, first)
        here = part.order[part.first : part.first + engine.batch]
        place = engine.first_not_finite(part.x, part.t, here, self.settings.seed, part.augmenting)
        if place.row >= 0:
            own = here if self.settings.optimizer.whole_data else rows
            place = replace(place, row=int(own[place.row]))
        return place, first // engine.batch + 1

    # -- learning

    def learn(self, steps: int) -> float:
        """Up to ``steps`` changes of the weights within the epoch; the seconds that it took."""
        started = time.perf_counter()
        if self.settings.optimizer.whole_data:
            self._search()
        else:
            self._steps(steps)
        return time.perf_counter() - started

    def _steps(self, steps: int) -> None:
        engine, settings = self.engine, self.settings
        part = self.parts.part(self.epoch, self.order(), self.first)
        rates = None
        self.rate = settings.optimizer.learning_rate
        hyper = np.array(settings.optimizer.hyper())
        if isinstance(settings.schedule, Plateau) or not settings.schedule.is_constant:
            rates = rates_of(
                settings, self.plateau, self.epoch, self.first, self.rows.count, engine.batch,
                steps,
            )  # fmt: skip
            steps = len(rates)
        done = self.totals[3]
        self.first += -part.first + engine.train(
            part.x, part.t, part.order, part.first, steps, hyper, settings.seed, self.totals,
            rates, part.augmenting,
        )  # fmt: skip
        if rates is not None and self.totals[3] > done:
            self.rate = float(rates[int(self.totals[3] - done) - 1])

    def _search(self) -> None:
        """One step of L-BFGS, which is a whole epoch."""
        count = self.rows.count
        search = Search(
            self.engine, self._search_memory, self.rows.x, self.rows.t, self.settings.seed,
            self._go_on,
        )  # fmt: skip
        rates = rates_of(self.settings, self.plateau, self.epoch, 0, count, count, 1)
        try:
            loss, metric, ended = search.step(float(rates[0]))
        except Interrupted:
            return
        self.rate = float(rates[0])
        if ended != DONE:
            self.totals[_RAN_AWAY] = ended
            return
        self.totals[:4] += (loss * count, metric * count, count, 1.0)
        self.engine.step += 1
        self.first = count

    def end_epoch(self) -> None:
        """Count the epoch and begin with the next one."""
        self.epoch += 1
        self.first = 0
        self.totals = np.zeros(5)

    def watch_plateau(self, value: float) -> None:
        """Follow the watched figure of the epoch that ended."""
        schedule = self.settings.schedule
        if isinstance(schedule, Plateau):
            self.plateau = on_plateau(self.plateau, self.epoch, value, schedule)

    # -- changing while it runs

    def change(self, settings: Settings, graph: Graph) -> None:
        """Go on with these settings and this graph, which has the same arrays.

        Raises: TrainingError when there is too little memory for it; all stays as it was.
        """
        old = self.settings
        anew = graph != self.graph or settings.batch_rows(self.rows.count) != self.engine.batch
        if anew:
            try:
                engine = self._engine_for(graph, settings)
                parts = self._parts_for(engine, settings)
            except MemoryError:
                raise TrainingError(_TOO_MUCH) from None
            before = self.engine
            engine.weights[:], engine.state[:] = before.weights, before.state
            engine.hyper[:], engine.step = before.hyper, before.step
            engine.average, engine.average_from = before.average, before.average_from
            self.parts.rest()
            self.engine, self.parts = engine, parts
        self.graph, self.settings = graph, settings
        self.engine.use(rules_of(graph, settings, self.engine.tape))
        if type(settings.schedule) is not type(old.schedule):
            self.plateau = Memory()
        self._search_memory.history = getattr(settings.optimizer, "history", 0)

    # -- remembering

    def state(self, stopping: Memory, best: Flat | None) -> TrainingState | None:
        """All that is needed to go on; None when numbers ran away."""
        engine = self.engine
        progress = Progress(
            epoch=self.epoch,
            first=self.first,
            step=engine.step,
            rows=self.rows.count,
            totals=tuple(float(value) for value in self.totals),
            memory=tuple(float(value) for value in engine.hyper[len(engine.hyper) // 2 :]),
            average_from=engine.average_from,
            search=self._search_memory.numbers() if self.settings.optimizer.whole_data else (),
            plateau=self.plateau,
            stopping=stopping,
            data=self.data,
        )
        arrays = {
            "weights": engine.weights.copy(),
            "optimizer": engine.state.copy(),
            "average": engine.average.copy(),
            "best": np.zeros(0, np.float32) if best is None else best.copy(),
            "search": self._search_memory.arrays(),
        }
        state = TrainingState(progress, arrays)
        return state if finite(state) and not self.ran_away else None

    def restore(self, state: TrainingState) -> None:
        """Go on from a state. Raises: TrainingError when it is of other rows or another network."""
        engine, progress, arrays = self.engine, state.progress, state.arrays
        if progress.rows != self.rows.count:
            raise TrainingError(
                f"There are {self.rows.count:,} training rows and there were {progress.rows:,} "
                "when training stopped: open the same data with the same split, or train anew"
            )
        fits = (
            len(arrays["weights"]) == len(engine.weights)
            and len(arrays["optimizer"]) == len(engine.state)
            and len(arrays["average"]) in (0, len(engine.weights))
            and len(progress.totals) == len(self.totals)
            and 2 * len(progress.memory) == len(engine.hyper)
        )
        if not fits:
            raise TrainingError("The state of this training does not fit the network: train anew")
        engine.weights[:], engine.state[:] = arrays["weights"], arrays["optimizer"]
        engine.hyper[len(engine.hyper) // 2 :] = progress.memory
        engine.step = progress.step
        # An average that there was not yet begins here, with what was learnt.
        engine.average = np.array(arrays["average"], np.float32)
        engine.average_from = progress.average_from
        engine.use(engine.rules)
        self.epoch, self.first = progress.epoch, progress.first
        self.totals[:] = progress.totals
        self.plateau = progress.plateau
        if self.settings.optimizer.whole_data:
            size = sum(stop - start for start, stop in engine.trained_parts())
            history = getattr(self.settings.optimizer, "history", 0)
            try:
                self._search_memory = LBFGS.kept(
                    history, size, np.array(arrays["search"], np.float64), progress.search
                )
            except ValueError as error:
                raise TrainingError(f"Training cannot go on: {error}; train anew") from None
