"""Which operation a loss is, depending on what the network ends with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nndesigner.engine import ops
from nndesigner.engine.lowering.activations import Activations
from nndesigner.engine.lowering.base import Value


@dataclass(frozen=True)
class LossForm:
    """The operations of a loss.

    ``on_outputs`` takes the outputs as they are. ``on_logits`` takes what lies below
    ``activation``; where the outputs are no probabilities and ``raw`` is set, they are taken for
    logits. ``shown`` is the activation that raw outputs go through before people see them.
    """

    on_outputs: int
    on_logits: int = -1
    activation: str = ""
    raw: bool = False
    shown: str = ""
    #: Where a single output changes sides, unless it is a logit or a probability.
    threshold: float = 0.5


LOSS_FORMS = {
    "mse": LossForm(ops.LOSS_SQUARED),
    "half_mse": LossForm(ops.LOSS_HALF_SQUARED),
    "mae": LossForm(ops.LOSS_ABSOLUTE),
    "huber": LossForm(ops.LOSS_HUBER),
    "log_cosh": LossForm(ops.LOSS_LOG_COSH),
    "mape": LossForm(ops.LOSS_PERCENTAGE),
    "msle": LossForm(ops.LOSS_SQUARED_LOG),
    "binary_crossentropy": LossForm(
        ops.LOSS_BINARY, ops.LOSS_BINARY_LOGITS, "sigmoid", raw=True, shown="sigmoid"
    ),
    "categorical_crossentropy": LossForm(
        ops.LOSS_CATEGORICAL, ops.LOSS_CATEGORICAL_LOGITS, "softmax", raw=True, shown="softmax"
    ),
    "binary_focal": LossForm(
        ops.LOSS_BINARY_FOCAL, ops.LOSS_BINARY_FOCAL, "sigmoid", raw=True, shown="sigmoid"
    ),
    "categorical_focal": LossForm(
        ops.LOSS_CATEGORICAL_FOCAL, ops.LOSS_CATEGORICAL_FOCAL, "softmax", raw=True, shown="softmax"
    ),
    "hinge": LossForm(ops.LOSS_HINGE, shown="sigmoid", threshold=0.0),
    "squared_hinge": LossForm(ops.LOSS_SQUARED_HINGE, shown="sigmoid", threshold=0.0),
    "categorical_hinge": LossForm(ops.LOSS_CATEGORICAL_HINGE, shown="softmax", threshold=0.0),
    "kl_divergence": LossForm(ops.LOSS_DIVERGENCE, ops.LOSS_DIVERGENCE_LOGITS, "softmax"),
    "poisson": LossForm(ops.LOSS_POISSON, ops.LOSS_POISSON_LOGITS, "exponential"),
    "cosine_similarity": LossForm(ops.LOSS_COSINE),
}


def loss_form(loss: str, outputs: int) -> LossForm:
    """The operations of a loss for a number of outputs: focal loss has two forms."""
    if loss == "focal":
        loss = "binary_focal" if outputs == 1 else "categorical_focal"
    return LOSS_FORMS[loss]


@dataclass
class Losses(Activations):
    """The end of a tape."""

    def loss(
        self,
        output: Value,
        kind: str,
        *,
        labels: bool,
        classes: bool,
        numbers: Sequence[float] = (),
        weighted: bool = False,
    ) -> Value:
        """Write a loss of the output, and give the output as people see it.

        ``labels``: the target is a class number; ``classes``: the metric is accuracy; ``numbers``
        are the loss' own; ``weighted``: the targets' last column is what a row counts.
        Cross-entropy is taken from the logits where the last operation is its activation, and from
        any output that is no probability; only a probability of the other kind is used as it is.
        """
        form = loss_form(kind, output.size)
        code, source, threshold, given = form.on_outputs, output, form.threshold, False
        last = self._rows[-1]
        if last[ops.OUT] == output.position and _is_end(last, form.activation):
            if last[ops.OP] == ops.LOG_SOFTMAX:  # people get probabilities, from one softmax
                last[ops.OP] = ops.SOFTMAX
            last[ops.MODES] = ops.EVALUATE
            code, source, threshold = form.on_logits, Value(last[ops.A], output.shape), 0.0
        elif output.position in self._probabilities:
            threshold, given = 0.5, form.on_outputs == form.on_logits
        elif form.shown:  # logits or scores: people get them as shares
            code, threshold = form.on_logits if form.raw else code, 0.0
            self._keep_logits = True
            output = self.activation(output, form.shown, 0.0)
            self._rows[-1][ops.MODES] = ops.EVALUATE
        self._owner = "loss"
        self._write(
            code,
            output.size,
            a=source,
            constants=(threshold, *numbers),
            numbers=(int(labels), int(classes), int(weighted), int(given)),
        )
        return output


def _is_end(row: Sequence[int], activation: str) -> bool:
    """Whether a row is an activation, over all outputs, whose input is still there."""
    if row[ops.A] == row[ops.OUT]:
        return False
    match activation:
        case "softmax":
            softmax = row[ops.OP] in (ops.SOFTMAX, ops.LOG_SOFTMAX)
            return softmax and row[ops.I0] == row[ops.SIZE]
        case "sigmoid":
            return row[ops.OP] == ops.ACTIVATE and row[ops.KIND] == ops.SIGMOID
        case "exponential":
            return row[ops.OP] == ops.EXPONENTIAL
    return False
