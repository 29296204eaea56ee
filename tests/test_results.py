"""Facts that an honest engine reproduces exactly: by hand, in closed form, from the lectures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nndesigner.graph import Graph
from nndesigner.layers import Conv2D, Dense, Flatten, Input, MaxPool2D
from nndesigner.learning.optimizers import SGD, Adam
from nndesigner.report import check
from nndesigner.training.predict import Predictor
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer
from tests.helpers import engine_for, prepared_classes, prepared_numbers


def count(layers: list, shape: tuple[int, ...]) -> int:
    return check(Graph.chain([Input(), *layers]), shape).parameter_count


def test_parameter_counts() -> None:
    assert count([Dense(units=4), Dense(units=2)], (3,)) == 26
    assert count([Dense(units=500), Dense(units=500), Dense(units=10)], (784,)) == 648_010
    assert count([Dense(units=512), Dense(units=512), Dense(units=10)], (784,)) == 669_706
    keras = [Conv2D(filters=32), MaxPool2D(), Conv2D(filters=64), MaxPool2D(), Flatten()]
    graph = Graph.chain([Input(), *keras, Dense(units=10)])
    report = check(graph, (28, 28, 1))
    assert report.count("conv2d_1") == 320
    assert report.count("conv2d_2") == 18_496
    assert report.count("dense_1") == 16_010
    assert report.parameter_count == 34_826


def test_equal_logits_lose_ln_c() -> None:
    engine = engine_for(
        [Dense(units=10, activation="softmax")], (5,), loss="categorical_crossentropy", labels=True
    )
    engine.weights[:] = 0
    x = np.ones((4, 5), np.float32)
    loss, _, out = engine.evaluate(x, np.arange(4, dtype=np.float32)[:, None])
    assert loss == pytest.approx(math.log(10), abs=1e-7)
    assert loss == pytest.approx(2.302585, abs=1e-6)
    assert np.allclose(out, 0.1)


def test_two_linear_neurons_by_hand() -> None:
    layers = [Dense(units=1, activation="linear"), Dense(units=1, activation="linear")]
    engine = engine_for(layers, (1,), dtype=np.float64)
    engine.load({
        "dense_1/weight": np.array([[3.0]]), "dense_1/bias": np.array([-1.0]),
        "dense_2/weight": np.array([[2.0]]), "dense_2/bias": np.array([4.0]),
    })  # fmt: skip
    x = np.array([[-2.0]])
    assert engine.predict(x)[0, 0] == -10.0
    # With the target 0.5 below, the slope of the squared error is 1: gradients are those of f.
    _, gradient = engine.gradient(x, np.array([[-10.5]]))
    assert gradient["dense_2/weight"][0, 0] == -7.0
    assert gradient["dense_2/bias"][0] == 1.0
    assert gradient["dense_1/weight"][0, 0] == -4.0
    assert gradient["dense_1/bias"][0] == 2.0


def test_the_product_of_the_lecture() -> None:
    # f = (x + y) z at (-2, 5, -4): x and y are weights on inputs of 1, z a weight on their sum.
    layers = [
        Dense(units=1, activation="linear", bias=False),
        Dense(units=1, activation="linear", bias=False),
    ]
    engine = engine_for(layers, (2,), dtype=np.float64)
    engine.load({
        "dense_1/weight": np.array([[-2.0], [5.0]]), "dense_2/weight": np.array([[-4.0]]),
    })  # fmt: skip
    x = np.ones((1, 2))
    assert engine.predict(x)[0, 0] == -12.0
    _, gradient = engine.gradient(x, np.array([[-12.5]]))
    assert gradient["dense_1/weight"].ravel().tolist() == [-4.0, -4.0]
    assert gradient["dense_2/weight"][0, 0] == 3.0


LECTURE_X = np.array([[1.0], [2], [5], [8], [3]])
LECTURE_Y = np.array([[4.0], [14], [24], [28], [18]])


def linear(
    x: np.ndarray, y: np.ndarray, rate: float, epochs: int
) -> tuple[np.ndarray, float, float]:
    """Weights, bias and loss of a linear neuron after full-batch gradient descent."""
    graph = Graph.chain([Input(), Dense(units=1, activation="linear")])
    settings = Settings(
        optimizer=SGD(learning_rate=rate), epochs=epochs, batch_size=len(x), shuffle=False,
        validation_share=0.0,
    )  # fmt: skip
    prepared = prepared_numbers(x, y)
    trained = Trainer(graph, settings, prepared).train()
    loss = Predictor(trained).evaluate(prepared.x_train, prepared.y_train).loss
    weight, bias = trained.weights["dense_1/weight"], trained.weights["dense_1/bias"]
    return weight.ravel(), float(bias[0]), loss


def test_the_lectures_guess_has_its_loss() -> None:
    engine = engine_for([Dense(units=1, activation="linear")], (1,), dtype=np.float64)
    engine.load({"dense_1/weight": np.array([[2.74]]), "dense_1/bias": np.array([7.99])})
    assert engine.evaluate(LECTURE_X, LECTURE_Y)[0] == pytest.approx(11.55, abs=0.005)


def test_a_linear_neuron_finds_the_best_fit() -> None:
    w, b, loss = linear(LECTURE_X, LECTURE_Y, 0.03, 4_000)
    assert w[0] == pytest.approx(3.1039, abs=1e-3)
    assert b == pytest.approx(5.8052, abs=1e-3)
    assert loss == pytest.approx(10.0935, abs=1e-3)
    w, b, loss = linear(LECTURE_X, np.array([[4.0], [9], [24], [39], [14]]), 0.03, 4_000)
    assert w[0] == pytest.approx(5, abs=1e-3)
    assert b == pytest.approx(-1, abs=1e-3)
    assert loss == pytest.approx(0, abs=1e-6)
    x = np.array([[2.0, 1], [3, 4], [1, 5], [3, 2]])
    w, b, loss = linear(x, np.array([[4.0], [8], [7], [6]]), 0.05, 8_000)
    assert w == pytest.approx([1, 1], abs=1e-3)
    assert b == pytest.approx(1, abs=2e-3)
    assert loss == pytest.approx(0, abs=1e-6)


def test_softmax_regression_agrees_with_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    prepared = prepared_classes(rows=150, validation=0, seed=4)
    x, y = prepared.x_train, prepared.y_train
    # Overlapping classes, so that the best weights are finite.
    x = x + np.random.default_rng(1).normal(0, 2.5, x.shape).astype(np.float32)
    judge = LogisticRegression(C=np.inf, max_iter=5_000, tol=1e-8).fit(x, y)
    engine = engine_for(
        [Dense(units=3, activation="softmax")], (4,), loss="categorical_crossentropy", labels=True,
        batch=150,
    )  # fmt: skip
    t = y[:, None].astype(np.float32)
    order, hyper = np.arange(150), np.array([0.3, 0, 0, 0])
    for _ in range(3_000):
        engine.train(x, t, order, 0, 1, hyper, 0, np.zeros(5))
    np.testing.assert_allclose(engine.predict(x), judge.predict_proba(x), atol=2e-3)


def test_100_rows_with_random_labels_are_memorised() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(100, 20)).astype(np.float32)
    t = generator.integers(0, 10, (100, 1)).astype(np.float32)
    layers = [Dense(units=64), Dense(units=10, activation="softmax")]
    optimizer = Adam(learning_rate=0.01)
    engine = engine_for(
        layers, (20,), loss="categorical_crossentropy", labels=True, batch=20, optimizer="adam",
        slots=2,
    )  # fmt: skip
    for epoch in range(100):
        order = np.random.default_rng(epoch).permutation(100)
        engine.train(x, t, order, 0, 100, np.array(optimizer.hyper()), 0, np.zeros(5))
    assert engine.evaluate(x, t)[1] == 1.0


@pytest.mark.parametrize(
    ("kind", "slots", "hyper"),
    [("nesterov", 1, [0.1, 0.9, 0, 0]), ("adam", 2, [0.1, 0.9, 0.999, 1e-8])],
)
def test_xor_is_learnt_within_3000_steps(kind: str, slots: int, hyper: list[float]) -> None:
    # Source: PyTorch, test/cpp/api/optim.cpp: the running mean (0.99) of the loss under 0.1.
    layers = [Dense(units=8, activation="sigmoid"), Dense(units=1, activation="sigmoid")]
    engine = engine_for(
        layers, (2,), loss="binary_crossentropy", batch=4, optimizer=kind, slots=slots
    )
    generator = np.random.default_rng(0)
    running = 1.0
    for _ in range(3_000):
        x = generator.integers(0, 2, (4, 2)).astype(np.float32)
        t = (x[:, :1] != x[:, 1:]).astype(np.float32)
        figures = np.zeros(5)
        engine.train(x, t, np.arange(4), 0, 1, np.array(hyper), 0, figures)
        running = running * 0.99 + figures[0] / 4 * 0.01
        if running < 0.1:
            break
    assert running < 0.1
