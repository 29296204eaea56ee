"""Every pair of a loss and a last activation: what is said about it, and that repairs repair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import open_data, prepare
from nndesigner.data.dataset import Spec
from nndesigner.errors import TrainingError
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.learning.activations import ACTIVATIONS
from nndesigner.learning.losses import (
    LOSSES,
    BinaryCrossEntropy,
    CosineSimilarity,
    KLDivergence,
    Poisson,
)
from nndesigner.learning.optimizers import Adam
from nndesigner.learning.regularization import EarlyStopping
from nndesigner.recipe import parse_recipe
from nndesigner.training.check import check_training
from nndesigner.training.predict import evaluate, predict
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer
from nndesigner.training.units import in_loss_units
from tests.data.helpers import table
from tests.helpers import prepared_classes, prepared_numbers

CLASSES = prepared_classes().spec
YES_NO = Spec(
    name="b", rows=100, task="classification", input_shape=(4,), outputs=2, classes=("no", "yes"),
    target_names=("y",),
)  # fmt: skip
NUMBERS = Spec(
    name="n", rows=100, task="regression", input_shape=(4,), outputs=3, target_names=("p", "q", "r")
)
QUICK = Adam(learning_rate=0.02)
PLACES = {"classes": (CLASSES, 3), "yes or no": (YES_NO, 1), "numbers": (NUMBERS, 3)}


def net(units: int, last: str) -> Graph:
    return Graph.chain([Input(), Dense(units=units, activation=last)])  # type: ignore[arg-type]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("last", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_few_repairs_lead_to_a_pair_that_suits(loss: str, last: str, place: str) -> None:
    spec, units = PLACES[place]
    graph, settings = net(units, last), Settings(loss=LOSSES[loss]())
    for _ in range(4):
        problems = check_training(graph, settings, spec).problems
        if not problems:
            return
        assert all(len(problem.message) < 160 for problem in problems)
        assert all(problem.repairs for problem in problems)
        repair = problems[0].repairs[0]
        graph = repair.graph or graph
        settings = settings.changed(**dict(repair.settings or {}))
    raise AssertionError([problem.message for problem in problems])


@pytest.mark.parametrize(
    ("place", "last", "loss", "words"),
    [
        ("numbers", "linear", "focal", "Focal is for classes and the target is a number"),
        ("numbers", "linear", "poisson", "can give numbers below 0: use exponential"),
        ("numbers", "linear", "msle", "use softplus"),
        ("numbers", "tanh", "huber", "The last layer can give only −1 to 1"),
        ("numbers", "elu", "mse", "The last layer can give only −1 and above"),
        ("numbers", "log_softmax", "mse", "only 0 and below"),
        ("numbers", "linear", "kl_divergence", "shares that sum to 1"),
        ("numbers", "linear", "binary_crossentropy", "use sigmoid"),
        ("numbers", "softmax", "binary_crossentropy", "use sigmoid"),
        ("numbers", "sigmoid", "binary_crossentropy", ""),
        ("numbers", "softplus", "mape", ""),
        ("numbers", "exponential", "poisson", ""),
        ("classes", "softmax", "hinge", "wants scores on both sides of 0"),
        ("classes", "linear", "hinge", "use categorical hinge"),
        ("classes", "linear", "categorical_hinge", ""),
        ("classes", "log_softmax", "categorical_crossentropy", ""),
        ("classes", "softmax", "focal", ""),
        ("classes", "softmax", "mape", "is for amounts and the target is a class"),
        ("classes", "softmax", "huber", "learns classes slowly"),
        ("yes or no", "threshold", "half_mse", ""),
        ("yes or no", "threshold", "binary_crossentropy", "learns nothing from a threshold"),
        ("yes or no", "sigmoid", "categorical_hinge", "use hinge"),
        ("yes or no", "log_softmax", "auto", "always 0: use sigmoid"),
        ("yes or no", "tanh", "squared_hinge", ""),
    ],
)
def test_what_is_said(place: str, last: str, loss: str, words: str) -> None:
    spec, units = PLACES[place]
    problems = check_training(net(units, last), Settings(loss=LOSSES[loss]()), spec).problems
    assert (words in " ".join(problem.message for problem in problems)) if words else not problems


@pytest.mark.parametrize(
    "loss", [kind for kind in LOSSES if "classification" in LOSSES[kind].tasks]
)
def test_every_loss_for_classes_learns_them(loss: str) -> None:
    last = "linear" if "hinge" in loss else "softmax"
    chosen = LOSSES[loss]()
    trainer = Trainer(
        net(3, last), Settings(loss=chosen, optimizer=QUICK, epochs=40), prepared_classes()
    )
    history = trainer.train().history
    assert history[-1].loss < history[0].loss
    assert history[-1].val_metric is not None
    assert history[-1].val_metric > 0.85


@pytest.mark.parametrize("loss", [kind for kind in LOSSES if "regression" in LOSSES[kind].tasks])
def test_every_loss_for_numbers_learns_them(loss: str) -> None:
    x = np.random.default_rng(0).normal(size=(200, 3))
    raw = np.exp(x @ np.array([[0.5, -0.3], [0.2, 0.4], [-0.4, 0.1]]))
    chosen = LOSSES[loss]()
    last = "exponential" if chosen.real_units else "linear"
    if chosen.reach == (0.0, 1.0):
        last, raw = "sigmoid", raw / (1 + raw)
    if isinstance(chosen, KLDivergence | CosineSimilarity):
        last, raw = "softmax", raw / raw.sum(axis=1, keepdims=True)
    settings = Settings(loss=chosen, optimizer=QUICK, epochs=60, validation_share=0)
    history = Trainer(net(2, last), settings, prepared_numbers(x, raw)).train().history
    # Losses that do not end at 0 for right answers show it by the metric.
    assert history[-1].metric < 0.4 * history[0].metric
    assert history[-1].loss < history[0].loss


def test_counts_are_learnt_in_their_own_units(tmp_path: object) -> None:
    """A scaled target has numbers below 0, of which Poisson has no logarithm."""
    generator = np.random.default_rng(1)
    x = generator.normal(size=400)
    counts = generator.poisson(np.exp(1.0 + 0.8 * x))
    path = tmp_path / "counts.csv"  # type: ignore[operator]
    rows = "\n".join(f"{a:.6f},{b}" for a, b in zip(x, counts, strict=True))
    path.write_text(f"x,visits\n{rows}\n")
    dataset = open_data(path, target="visits", options={"task": "regression"})
    prepared = prepare(dataset, 0.2, 1)
    assert prepared.y_train.min() < 0
    plain = in_loss_units(prepared, Poisson())
    assert (plain.y_train >= 0).all()
    assert plain.y_train == pytest.approx(counts[prepared.train_rows][:, None], abs=1e-3)
    assert in_loss_units(plain, Poisson()).y_train is plain.y_train
    trained = Trainer(
        net(1, "exponential"), Settings(loss=Poisson(), optimizer=QUICK, epochs=60), prepared
    ).train()
    assert trained.encoding == plain.encoding
    weight, bias = (float(array.ravel()[0]) for array in trained.weights.values())
    deviation = x[prepared.train_rows].std()
    assert weight == pytest.approx(0.8 * deviation, abs=0.12)
    assert bias == pytest.approx(1.0 + 0.8 * x[prepared.train_rows].mean(), abs=0.12)


def test_targets_below_zero_are_refused_for_counts() -> None:
    x = np.ones((20, 2))
    with pytest.raises(TrainingError, match="wants targets from 0 on, and the smallest is -2"):
        Trainer(net(1, "exponential"), Settings(loss=Poisson()), prepared_numbers(x, -2 * x[:, :1]))


def test_smoothing_moves_targets_only_a_little() -> None:
    from nndesigner.learning.losses import BinaryCrossEntropy, CategoricalCrossEntropy
    from nndesigner.training.targets import targets

    y = np.array([0, 2, 1])
    t = targets(y, CLASSES, CategoricalCrossEntropy(label_smoothing=0.3), 3)
    np.testing.assert_allclose(t, 0.7 * np.eye(3)[y] + 0.1, rtol=1e-6)
    t = targets(np.array([0, 1]), YES_NO, BinaryCrossEntropy(label_smoothing=0.2), 1)
    np.testing.assert_allclose(t.ravel(), [0.1, 0.9], rtol=1e-6)
    t = targets(y, CLASSES, BinaryCrossEntropy(label_smoothing=0.2), 3)
    np.testing.assert_allclose(t, 0.8 * np.eye(3)[y] + 0.1, rtol=1e-6)


def test_columns_of_0_and_1_learn_by_binary_cross_entropy(tmp_path: Path) -> None:
    """Several at once, each by itself; the figures are those of the shares, not of logits."""
    draw = np.random.default_rng(5)
    a, b = draw.normal(size=(2, 300)).round(4)
    lines = "".join(f"{i},{j},{int(i > 0.2)},{int(i + j > 0)}\n" for i, j in zip(a, b, strict=True))
    columns = {"p": {"role": "target"}, "q": {"role": "target"}}
    dataset = open_data(table(tmp_path, "a,b,p,q\n" + lines), options={"columns": columns})
    prepared = prepare(dataset, 0.2, 1)
    settings = Settings(
        loss=BinaryCrossEntropy(),
        optimizer=QUICK,
        epochs=40,
        stopping=EarlyStopping(restore_best=False),
    )
    graph = parse_recipe("dense 8 tanh, dense 2 sigmoid")
    assert not check_training(graph, settings, dataset.spec).problems
    trained = Trainer(graph, settings, prepared).train()
    found = in_loss_units(prepared, settings.loss)
    assert set(np.unique(found.y_train)) == {0.0, 1.0}
    said = predict(trained, found.x_val)
    assert ((said > 0.5) == (found.y_val > 0.5)).mean() > 0.95
    figures = evaluate(trained, found.x_val, found.y_val)
    wanted = np.abs(said - found.y_val).mean()
    assert figures.metric == pytest.approx(wanted, rel=1e-4)
    assert trained.history[-1].val_metric == pytest.approx(wanted, rel=1e-4)
    assert trained.history[-1].metric == pytest.approx(wanted, abs=0.03)
    p = np.clip(said.astype(np.float64), 1e-7, 1 - 1e-7)
    loss = -(found.y_val * np.log(p) + (1 - found.y_val) * np.log(1 - p)).mean()
    assert figures.loss == pytest.approx(loss, rel=1e-3)


def test_pixels_learn_by_binary_cross_entropy_where_they_lie_within_0_and_1() -> None:
    graph = parse_recipe("flatten, dense 16 relu, dense 64 sigmoid")
    settings = Settings(loss=BinaryCrossEntropy(), optimizer=QUICK, epochs=8)
    unit = open_data("digits", target="same-as-input")
    assert not check_training(graph, settings, unit.spec).problems
    history = Trainer(graph, settings, prepare(unit, 0.2, 1)).train().history
    assert history[-1].loss < 0.8 * history[0].loss
    assert history[-1].val_metric == pytest.approx(history[-1].metric, rel=0.1)
    prepared = prepare(unit, 0.2, 1)
    signed = replace(prepared, y_train=2 * prepared.y_train - 1)
    with pytest.raises(TrainingError, match="run from −1 to 1: scale the pixels to 0 to 1"):
        Trainer(graph, settings, signed)


def test_counts_that_rounding_put_below_0_are_still_counts(tmp_path: Path) -> None:
    """A scaled 0 comes back as −1e-8, which is no reason to refuse it."""
    draw = np.random.default_rng(2)
    counts = draw.poisson(3.3, 400)
    lines = "".join(f"{draw.normal():.3f},{n}\n" for n in counts)
    prepared = prepare(open_data(table(tmp_path, "x,n\n" + lines), target="n"), 0.2, 1)
    assert in_loss_units(prepared, Poisson()).y_train.min() == 0
