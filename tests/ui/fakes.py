"""Small stand-ins for the data and the trainer, so that a window can be tested without either."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nndesigner.data.dataset import (
    Dataset,
    Encoded,
    Encoding,
    IntArray,
    Origin,
    Prepared,
    Spec,
)
from nndesigner.errors import TrainingError
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.training.feed import Feed, Point, SlicePoint
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained
from nndesigner.ui.document import Document, State

SPEC = Spec(
    name="blobs",
    rows=100,
    task="classification",
    input_shape=(4,),
    outputs=3,
    classes=("a", "b", "c"),
    feature_names=("w", "x", "y", "z"),
)
ORIGIN = Origin(kind="sample", path="blobs")


class PlainEncoding(Encoding, frozen=True, kw_only=True, tag="plain_test"):
    """Rows as they are."""


@dataclass(frozen=True, eq=False)
class Blobs(Dataset):
    """Three clouds of points in four dimensions."""

    spec: Spec = SPEC
    origin: Origin = ORIGIN
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> IntArray:
        return np.arange(100, dtype=np.int64) % 3

    def fit(self, rows: IntArray) -> Encoding:
        return PlainEncoding()

    def encode(self, encoding: Encoding, rows: IntArray | None = None) -> Encoded:
        rows = np.arange(100) if rows is None else rows
        x = np.random.default_rng(1).normal(size=(100, 4)).astype(np.float32)
        x += self.labels[:, None]
        return Encoded(np.ascontiguousarray(x[rows]), self.labels[rows], rows)


def network() -> Graph:
    """Four numbers to three classes."""
    return Graph.chain([Input(), Dense(units=8), Dense(units=3, activation="softmax")])


def document(qtbot: object = None) -> Document:
    """A document that could be trained."""
    result = Document()
    data = Blobs()
    settings = Settings(epochs=5)
    result.load(State(network(), settings, data.origin, data.spec), dataset=data, name="blobs")
    return result


def prepare(dataset: Dataset, validation_share: float, seed: int) -> Prepared:
    """The last rows for validation."""
    rows = np.arange(100)
    train, val = rows[:80], rows[80:]
    encoding = dataset.fit(train)
    first, last = dataset.encode(encoding, train), dataset.encode(encoding, val)
    return Prepared(dataset.spec, encoding, first.x, first.y, last.x, last.y, train, val)


class FakeTrainer:
    """Posts what a trainer posts, an epoch every ``epoch_s`` seconds, and learns nothing."""

    epoch_s = 0.02
    fail_at: int | None = None
    made: list[FakeTrainer] = []  # noqa: RUF012

    def __init__(
        self,
        graph: Graph,
        settings: Settings,
        prepared: Prepared,
        feed: Feed,
        resume: Trained | None = None,
    ) -> None:
        self.resumed = resume
        self.graph, self.settings, self.prepared, self.feed = graph, settings, prepared, feed
        self.changes: list[Settings] = []
        self.pace = 0.0
        self._go = threading.Event()
        self._go.set()
        self._stop = threading.Event()
        self._epoch = 0
        self._hold_at: int | None = None
        FakeTrainer.made.append(self)

    def set_pace(self, seconds: float) -> None:
        self.pace = seconds

    def trained(self) -> Trained:
        return self._outcome(())

    def train(self) -> Trained:
        self.feed.post_status(
            state="running", epochs=self.settings.epochs, steps_per_epoch=10, metric_name="accuracy"
        )
        points = []
        while self._epoch < self.settings.epochs and not self._stop.is_set():
            if not self._go.is_set():
                self.feed.post_status(state="paused")
                while not self._go.wait(0.005) and not self._stop.is_set():
                    pass
                self.feed.post_status(state="running")
                continue
            self._stop.wait(self.epoch_s)
            self._epoch += 1
            loss = 1.0 / self._epoch
            if self.fail_at == self._epoch:
                raise TrainingError(
                    f"The loss became infinite in epoch {self._epoch}: lower the learning rate"
                )
            points.append(
                Point(epoch=self._epoch, loss=loss, metric=0.5, val_loss=loss, val_metric=0.75)
            )
            self.feed.post(points[-1])
            self.feed.post_slice(SlicePoint(self._epoch * 10, float(self._epoch), loss))
            self.feed.post_status(
                epoch=self._epoch,
                step=self._epoch * 10,
                rows_per_second=4000.0,
                seconds_left=(self.settings.epochs - self._epoch) * self.epoch_s,
                seconds=self._epoch * self.epoch_s,
            )
            if self._hold_at == self._epoch:
                self._go.clear()
        self.feed.post_status(state="stopped" if self._stop.is_set() else "finished")
        return self._outcome(tuple(points))

    def _outcome(self, points: tuple[Point, ...]) -> Trained:
        weights = {
            "dense_1/weight": np.ones((4, 8), np.float32),
            "dense_1/bias": np.zeros(8, np.float32),
            "dense_2/weight": np.ones((8, 3), np.float32),
            "dense_2/bias": np.zeros(3, np.float32),
        }
        return Trained(
            self.graph,
            self.settings,
            self.prepared.spec,
            self.prepared.encoding,
            weights,
            points,
            0.1,
        )

    def pause(self) -> None:
        self._go.clear()

    def resume(self) -> None:
        self._hold_at = None
        self._go.set()

    def step(self, epochs: int = 1) -> None:
        self._hold_at = self._epoch + epochs
        self._go.set()

    def stop(self) -> None:
        self._stop.set()

    def change(self, settings: Settings, graph: Graph | None = None) -> None:
        self.changes.append(settings)


def trainer(**facts: object) -> Callable[..., FakeTrainer]:
    """A kind of fake trainer with other facts."""
    FakeTrainer.made = []
    return type("FakeTrainer", (FakeTrainer,), facts)


def stubborn(seconds: float) -> Callable[..., FakeTrainer]:
    """A trainer whose steps take so long and cannot be cut short."""

    def train(self: FakeTrainer) -> Trained:
        self.feed.post_status(state="running", epochs=5, steps_per_epoch=1)
        while not self._stop.is_set():
            time.sleep(seconds)
        self.feed.post_status(state="stopped")
        return self._outcome(())

    return trainer(train=train)


def busy_prepare(seconds: float) -> Callable[..., Prepared]:
    """A preparation that computes in Python for so long."""

    def work(dataset: Dataset, validation_share: float, seed: int) -> Prepared:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            sum(range(1000))
        return prepare(dataset, validation_share, seed)

    return work
