"""Whether the last activation, the loss and the target suit each other."""

from __future__ import annotations

import math

from nndesigner.data.dataset import Spec
from nndesigner.graph import GRID_STEP, Graph, Node
from nndesigner.layers import Activation
from nndesigner.learning.activations import ACTIVATIONS, ActivationKind, activation_of
from nndesigner.learning.losses import (
    Automatic,
    BinaryCrossEntropy,
    CategoricalHinge,
    HalfSquaredError,
    Hinge,
    Loss,
)
from nndesigner.report import Problem, Repair

_AUTOMATIC = Repair("Choose the loss automatically", settings={"loss": Automatic()})
_HINGES = ("hinge", "squared_hinge", "categorical_hinge")
#: Losses that are taken of probabilities, or of the logits below them.
_ENTROPIES = ("binary_crossentropy", "categorical_crossentropy", "focal", "kl_divergence")
#: Losses that want an output a class.
_CATEGORICAL = ("categorical_crossentropy", "categorical_hinge", "kl_divergence")
#: The losses with which a threshold learns as Rosenblatt's did.
_PERCEPTRON = ("mse", "half_mse", "mae")
#: Activations that make shares of scores; what they give is not to be taken for scores again.
_SQUEEZING = ("softmax", "log_softmax", "sigmoid", "hard_sigmoid")


def last_activation(graph: Graph, output: Node) -> tuple[str, Node]:
    """The activation that the network ends with, and the node that has it or could have it.

    It is seen through layers that pass numbers on as they are.
    """
    node = output
    while node.layer.keeps_range:
        sources = graph.sources(node.id)
        ends = {last_activation(graph, graph.node(source))[0] for source in sources[1:]}
        if not sources or (ends and ends != {last_activation(graph, graph.node(sources[0]))[0]}):
            break
        node = graph.node(sources[0])
    activation = getattr(node.layer, "activation", None)
    return (str(activation), node) if activation else ("linear", output)


def pair_problems(graph: Graph, output: Node, width: int, loss: Loss, spec: Spec) -> list[Problem]:
    """What is wrong, errors and warnings, each with a repair. ``width`` is the outputs."""
    last, node = last_activation(graph, output)
    pair = _Pair(graph, output, node, last, width, loss)
    _twice(pair)
    if last == "softmax" and width == 1:
        pair.error("Softmax over a single output is always 1: use sigmoid", pair.use("sigmoid"))
    elif last == "log_softmax" and width == 1:
        pair.error("Log-softmax over a single output is always 0: use sigmoid", pair.use("sigmoid"))
    elif spec.task == "regression":
        # Pixels do lie between 0 and 1, unless they were scaled otherwise.
        pixels = spec.same_as_input and len(spec.input_shape) == 3
        _numbers(pair, from_0_to_1=pixels)
    else:
        _classes(pair)
    return pair.found


class _Pair:
    """An end and a loss, and what was found about them."""

    def __init__(
        self, graph: Graph, output: Node, node: Node, last: str, width: int, loss: Loss
    ) -> None:
        self.graph, self.node, self._output = graph, node, output
        self.last, self.width, self.loss = last, width, loss
        self.found: list[Problem] = []

    @property
    def reach(self) -> tuple[float, float]:
        """The smallest and largest number that the network can give."""
        own = activation_of(self._output.layer)
        return own.reach if own and own.kind == self.last else ACTIVATIONS[self.last].reach

    @property
    def title(self) -> str:
        """The last activation in words."""
        return ACTIVATIONS[self.last].title

    def use(self, kind: ActivationKind) -> Repair:
        """The repair that ends the network with another activation."""
        title = "log-softmax" if kind == "log_softmax" else kind
        graph, output = self.graph, self._output
        if hasattr(output.layer, "activation"):
            changed = graph.with_layer(output.id, output.layer.changed(activation=kind))
        else:
            longer = graph.with_node(Activation(activation=kind), output.x + GRID_STEP, output.y)
            changed = longer.connected(output.id, longer.nodes[-1].id)
        return Repair(f"Use {title}", graph=changed)

    def error(self, message: str, *repairs: Repair) -> None:
        """Something that keeps the network from training."""
        self.found.append(Problem(message, self.node.id, severity="error", repairs=repairs))

    def warn(self, message: str, *repairs: Repair) -> None:
        """Something that will not learn well."""
        self.found.append(Problem(message, self.node.id, severity="warning", repairs=repairs))


def _twice(pair: _Pair) -> None:
    """Shares that are squeezed into shares once more: all classes come out nearly alike."""
    graph, node, last = pair.graph, pair.node, pair.last
    sources = graph.sources(node.id)
    if not isinstance(node.layer, Activation) or last not in _SQUEEZING or not sources:
        return
    first, below = last_activation(graph, graph.node(sources[0]))
    if first not in _SQUEEZING or (first, last) == ("log_softmax", "softmax"):
        return  # softmax of a logarithm of shares gives the shares back
    shorter = graph.without([node.id])
    for target in graph.targets(node.id):
        shorter = shorter.connected(sources[0], target)
    words = ACTIVATIONS[last].title
    squeezed = "already gives shares" if first != "log_softmax" else "has taken the logarithm"
    pair.warn(
        f"{graph.title(below.id)} {squeezed} ({ACTIVATIONS[first].title}), and {words} over them "
        "makes all outputs nearly alike: remove one of the two",
        Repair(f"Remove the second, {words}", graph=shorter),
    )


def _numbers(pair: _Pair, *, from_0_to_1: bool = False) -> None:
    """The target is a number, of any size or within 0 and 1."""
    loss, last = pair.loss, pair.last
    low, high = pair.reach
    if "regression" not in loss.tasks:
        pair.error(
            f"{loss.title} is for classes and the target is a number: use mean squared error",
            _AUTOMATIC,
        )
    elif loss.kind == "poisson" and low < 0:
        pair.error(
            f"Poisson takes the logarithm of the outputs and {pair.title} can give numbers below "
            "0: use exponential",
            pair.use("exponential"),
        )
        return
    elif loss.kind == "binary_crossentropy":
        if last not in ("sigmoid", "hard_sigmoid"):
            pair.warn(
                "Binary cross-entropy is for numbers from 0 to 1, each by itself: use sigmoid, or "
                "for other numbers mean squared error",
                pair.use("sigmoid"),
                _AUTOMATIC,
            )
        elif loss.smoothing:
            pair.warn(
                "Label smoothing is for classes, and the target is a number: it does nothing here",
                Repair("Turn it off", settings={"loss": BinaryCrossEntropy()}),
            )
        return
    elif loss.kind == "msle" and low < 0:
        pair.warn(
            f"{loss.title} counts outputs below 0 as 0, and {pair.title} can get stuck there: "
            "use softplus",
            pair.use("softplus"),
        )
        return
    elif loss.kind == "kl_divergence":
        if last not in ("softmax", "log_softmax"):
            pair.warn(
                "KL divergence compares shares that sum to 1: use softmax in the last layer",
                pair.use("softmax"),
            )
        return
    elif loss.kind == "cosine_similarity" and pair.width == 1:
        pair.error(
            "Cosine similarity compares directions, and a single number has only its sign: "
            "choose another loss",
            _AUTOMATIC,
        )
        return
    elif loss.kind == "cosine_similarity":
        return
    if from_0_to_1 and low <= 0 and high >= 1:
        return
    if math.isfinite(high) or (math.isfinite(low) and not loss.real_units):
        reach = "0 and above" if low == 0 else f"{_short(low)} and above"
        if math.isfinite(high):
            reach = f"{_short(low)} to {_short(high)}"
            if not math.isfinite(low):
                reach = f"{_short(high)} and below"
        pair.warn(
            f"The last layer can give only {reach}: for a number use linear", pair.use("linear")
        )


def _short(number: float) -> str:
    return f"{number:.2g}".replace("-", "−")


def _classes(pair: _Pair) -> None:
    """The target is a class."""
    loss, last, width = pair.loss, pair.last, pair.width
    if "classification" not in loss.tasks and loss.real_units:
        pair.error(f"{loss.title} is for amounts and the target is a class", _AUTOMATIC)
    elif loss.kind in _CATEGORICAL and width == 1:
        hinge = loss.kind == "categorical_hinge"
        use = "hinge" if hinge else "binary cross-entropy"
        repair = Repair("Use hinge", settings={"loss": Hinge()}) if hinge else _AUTOMATIC
        title = loss.title if loss.title.startswith("KL") else loss.title.capitalize()
        pair.error(f"{title} wants one output a class and there is one: use {use}", repair)
    elif loss.kind in _HINGES:
        _margins(pair)
    elif last == "threshold":
        if loss.kind not in _PERCEPTRON:
            pair.error(
                f"{loss.title} learns nothing from a threshold, which is always certain: use half "
                "the squared error, as the perceptron does",
                Repair("Use half squared error", settings={"loss": HalfSquaredError()}),
            )
        return
    else:
        _shares(pair)
    if "classification" not in loss.tasks and not loss.real_units:
        pair.warn(f"{loss.title} learns classes slowly: cross-entropy suits them", _AUTOMATIC)


def _margins(pair: _Pair) -> None:
    """A hinge wants scores on both sides of 0."""
    loss, last = pair.loss, pair.last
    if pair.reach[0] >= 0 or last == "log_softmax":
        pair.warn(
            f"{loss.title} wants scores on both sides of 0, and {pair.title} gives none: "
            "use linear",
            pair.use("linear"),
        )
    if pair.width > 1 and loss.kind != "categorical_hinge":
        pair.warn(
            f"{loss.title} takes each class by itself: for one of several use categorical hinge",
            Repair("Use categorical hinge", settings={"loss": CategoricalHinge()}),
        )


def _shares(pair: _Pair) -> None:
    """All other losses of classes want probabilities."""
    loss, last = pair.loss, pair.last
    if pair.width == 1:
        if last not in ("sigmoid", "hard_sigmoid"):
            pair.warn("The single output is no probability: use sigmoid", pair.use("sigmoid"))
    elif last == "log_softmax" and loss.kind in _ENTROPIES:
        if loss.kind == "binary_crossentropy":
            _one_by_one(pair)
    elif last != "softmax":
        if loss.kind != "cosine_similarity":
            pair.warn(
                "The outputs are no probabilities that sum to 1: use softmax in the last layer",
                pair.use("softmax"),
            )
    elif loss.kind == "binary_crossentropy":
        _one_by_one(pair)


def _one_by_one(pair: _Pair) -> None:
    pair.warn(
        "Binary cross-entropy takes each class by itself: with softmax use categorical "
        "cross-entropy",
        _AUTOMATIC,
    )
