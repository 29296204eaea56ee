"""Computes what views want to show when no trainer does: after a run, and of an opened project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from nndesigner.data.dataset import Dataset, Prepared
from nndesigner.errors import DataError
from nndesigner.training.feed import Feed
from nndesigner.training.trained import Trained
from nndesigner.ui.background import Job
from nndesigner.ui.run_thread import prepare_data
from nndesigner.ui.runner import Runner
from nndesigner.ui.views.base import RunInfo

#: What is computed here; the weights themselves are there already.
COMPUTED = frozenset({"confusion", "predictions", "metrics"})


@dataclass(frozen=True, eq=False)
class _Filled:
    prepared: Prepared
    snapshots: Mapping[str, Any]


def compute(
    trained: Trained, prepared: Prepared | None, dataset: Dataset | None, wanted: frozenset[str]
) -> _Filled:
    """What is wanted of the validation rows. It may take long: not for the window's thread.

    Without ``prepared`` the data is split as the run split it: share and seed say how.
    """
    from nndesigner.training.metrics import metrics_of
    from nndesigner.training.predict import predict
    from nndesigner.training.targets import confusion_matrix, predicted_classes

    if prepared is None:
        if dataset is None:
            raise DataError("The data of this project is not open: locate its file or open other")
        settings = trained.settings
        prepared = prepare_data(dataset, settings.validation_share, settings.seed)
        if prepared.encoding != trained.encoding and len(prepared.val_rows):
            # The file has changed since: the network sees new rows as it saw the old ones.
            rows = dataset.encode(trained.encoding, prepared.val_rows)
            prepared = replace(
                prepared,
                encoding=trained.encoding,
                x_val=rows.x,
                y_val=prepared.y_val if rows.y is None else rows.y,
                val_rows=rows.kept,
            )
    if not len(prepared.x_val):
        return _Filled(prepared, {})
    outputs = predict(trained, prepared.x_val)
    snapshots: dict[str, Any] = {"predictions": outputs}
    if prepared.spec.task == "classification":
        snapshots["confusion"] = confusion_matrix(
            prepared.y_val.astype(np.int64), predicted_classes(outputs), len(prepared.spec.classes)
        )
    if "metrics" in wanted:
        snapshots["metrics"] = metrics_of(outputs, prepared.y_val, prepared.spec, prepared.encoding)
    return _Filled(prepared, {name: snapshots[name] for name in wanted if name in snapshots})


class Filler(QObject):
    """Serves wishes that come when no run is under way, each once for the same weights."""

    #: `info` has changed: there are prepared rows now.
    attached = Signal()
    #: There is something new in the mailbox.
    filled = Signal()

    def __init__(self, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._own = Feed()
        self._info: RunInfo | None = None
        self._prepared: Prepared | None = None
        self._trained: Trained | None = None
        self._served: set[str] = set()
        self._job: Job | None = None
        runner.attached.connect(self.forget)
        self.forget()

    @property
    def feed(self) -> Feed | None:
        """The mailbox to look at: the run's, or that of an opened project."""
        return self._runner.feed or (self._own if self._info is not None else None)

    @property
    def info(self) -> RunInfo | None:
        """What views must know, with prepared rows as soon as there are some."""
        info = self._info
        if info is None or info.prepared is not None:
            return info
        return replace(info, prepared=self._prepared)

    def forget(self) -> None:
        """Another run, project or data is looked at."""
        self._let_go()
        if self._runner.info is not self._info:
            self._own = Feed()
            self._prepared = None
        self._info = self._runner.info
        self._trained = None

    def serve(self, wanted: frozenset[str]) -> None:
        """Compute what is wanted and not there; asks nothing of a run that is under way."""
        runner, info = self._runner, self._info
        trained = runner.trained
        if trained is None or info is None or trained.spec != info.spec:
            return
        if trained is not self._trained:
            self._let_go()
            self._trained, self._served = trained, self._there_already(trained)
        missing = (wanted & COMPUTED) - self._served
        prepared, dataset = info.prepared or self._prepared, info.dataset
        if not missing or self._job is not None or (prepared is None and dataset is None):
            return
        if trained.settings.validation_share == 0:
            return
        job = Job(lambda: compute(trained, prepared, dataset, missing), self)
        self._job = job
        job.done.connect(lambda filled: self._take(job, trained, filled, missing))
        job.failed.connect(lambda _: self._give_up(job, missing))
        job.start()

    def _there_already(self, trained: Trained) -> set[str]:
        """What a run that came to its end has posted of its last weights."""
        feed = self._runner.feed
        if feed is None or feed.status.state != "finished":
            return set()
        last = trained.epoch
        shots = {name: feed.snapshot(name) for name in COMPUTED}
        return {name for name, shot in shots.items() if shot is not None and shot[0] == last}

    def _take(self, job: Job, trained: Trained, filled: _Filled, served: frozenset[str]) -> None:
        feed = self.feed
        if job is not self._job or feed is None:
            return
        self._job = None
        self._served |= served
        if self._info is not None and self._info.prepared is None and self._prepared is None:
            self._prepared = filled.prepared
            self.attached.emit()
        epoch = trained.epoch
        for name, content in filled.snapshots.items():
            feed.post_snapshot(name, epoch, content)  # type: ignore[arg-type]
        self.filled.emit()

    def _give_up(self, job: Job, missing: frozenset[str]) -> None:
        """The log has the reason; the view keeps saying what Train would show."""
        if job is self._job:
            self._job = None
            self._served |= missing

    def _let_go(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
