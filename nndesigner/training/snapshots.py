"""The heavy copies of a run, posted only when somebody asked for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Prepared
from nndesigner.training.feed import Feed
from nndesigner.training.metrics import metrics_of
from nndesigner.training.targets import confusion_matrix, predicted_classes


class Snapshots:
    """Posts weights, confusion matrix and predictions to the mailbox.

    ``weights`` copies the weights by name, ``outputs`` gives those of the validation rows, or None.
    """

    def __init__(
        self,
        feed: Feed,
        prepared: Prepared,
        weights: Callable[[], Mapping[str, npt.NDArray[Any]]],
        outputs: Callable[[], npt.NDArray[Any] | None],
    ) -> None:
        self._feed, self._prepared = feed, prepared
        self._weights, self._outputs = weights, outputs

    def post(self, epoch: int, wanted: frozenset[str]) -> None:
        """Post all that is wanted."""
        if "weights" in wanted:
            self.post_weights(epoch)
        if wanted & {"confusion", "predictions", "metrics"}:
            self.post_outputs(epoch, self._outputs())

    def post_weights(self, epoch: int) -> None:
        """Post the weights of now."""
        self._feed.post_snapshot("weights", epoch, self._weights())

    def post_outputs(self, epoch: int, outputs: npt.NDArray[Any] | None) -> None:
        """Post what is wanted of what the validation rows gave."""
        if outputs is None:
            return
        wanted, spec = self._feed.wanted, self._prepared.spec
        if "confusion" in wanted and spec.task == "classification":
            counts = confusion_matrix(
                self._prepared.y_val.astype(np.int64),
                predicted_classes(outputs),
                len(spec.classes),
            )
            self._feed.post_snapshot("confusion", epoch, counts)
        if "metrics" in wanted:
            prepared = self._prepared
            found = metrics_of(outputs, prepared.y_val, spec, prepared.encoding)
            self._feed.post_snapshot("metrics", epoch, found)
        if "predictions" in wanted:
            self._feed.post_snapshot("predictions", epoch, outputs)
