"""The slow twins themselves: against central differences, closed forms and hand calculation."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from nndesigner.layers.windows import padding_before, window_length
from tests import naive
from tests.naive import Array, central_differences

Forward = Callable[[Array], Array]


def _numbers(*shape: int, seed: int = 0) -> Array:
    """Random numbers that keep away from 0, where ReLU and the absolute value have a kink."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=shape)
    return np.where(np.abs(x) < 0.05, 0.1, x)


def _same_gradient(f: Forward, x: Array, backward: Callable[[Array], Array]) -> None:
    """The backward function agrees with central differences for a random output gradient."""
    dy = np.random.default_rng(9).normal(size=f(x).shape)
    expected = central_differences(lambda moved: float(np.sum(f(moved) * dy)), x)
    np.testing.assert_allclose(backward(dy), expected, rtol=1e-3, atol=1e-5)


def test_dense() -> None:
    x, w = _numbers(3, 4), _numbers(4, 2, seed=1)
    np.testing.assert_allclose(naive.dense(x, w), x @ w)
    _same_gradient(lambda v: naive.dense(v, w), x, lambda dy: naive.dense_backward(x, w, dy)[0])
    _same_gradient(lambda v: naive.dense(x, v), w, lambda dy: naive.dense_backward(x, w, dy)[1])


def test_bias() -> None:
    x, b = _numbers(2, 3, 2, 4), _numbers(4, seed=1)
    np.testing.assert_allclose(naive.bias(x, b), x + b)
    _same_gradient(lambda v: naive.bias(v, b), x, lambda dy: naive.bias_backward(dy)[0])
    _same_gradient(lambda v: naive.bias(x, v), b, lambda dy: naive.bias_backward(dy)[1])


@pytest.mark.parametrize("kind", ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "softmax"])
def test_activation(kind: str) -> None:
    x = _numbers(3, 5)
    _same_gradient(
        lambda v: naive.activation(v, kind),
        x,
        lambda dy: naive.activation_backward(x, dy, kind),
    )


def test_activations_hold_at_their_ends() -> None:
    ends = np.array([[-800.0, 0.0, 800.0]])
    np.testing.assert_array_equal(naive.activation(ends, "sigmoid"), [[0.0, 0.5, 1.0]])
    np.testing.assert_array_equal(naive.activation(ends, "softmax"), [[0.0, 0.0, 1.0]])
    nan = np.array([[math.nan]])
    for kind in ("linear", "sigmoid", "tanh", "relu", "leaky_relu"):
        assert np.isnan(naive.activation(nan, kind)).all(), kind


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("window", "stride"), [((2, 2), None), ((3, 2), (2, 1)), ((2, 2), (3, 3))])
def test_maxpool2d(window: tuple[int, int], stride: tuple[int, int] | None, padding: str) -> None:
    x = _numbers(2, 5, 7, 2)
    _same_gradient(
        lambda v: naive.maxpool2d(v, window, stride, padding),
        x,
        lambda dy: naive.maxpool2d_backward(x, dy, window, stride, padding),
    )


def test_maxpool2d_padding_never_wins() -> None:
    x = np.full((1, 3, 3, 1), -5.0)
    assert (naive.maxpool2d(x, (2, 2), None, "same") == -5.0).all()


def test_windows_are_those_of_the_layers() -> None:
    for size in range(1, 12):
        for kernel in range(1, 6):
            for stride in range(1, 5):
                for padding in ("valid", "same"):
                    count, before = naive.windows(size, kernel, stride, padding)
                    declared = window_length(size, kernel, stride, padding)
                    assert count == max(0, declared)
                    assert before == padding_before(size, kernel, stride, padding)


def test_dropout() -> None:
    x = _numbers(4, 6)
    mask = np.random.default_rng(3).random(x.shape) < 0.7
    y = naive.dropout(x, mask, 0.3)
    np.testing.assert_allclose(y[mask], x[mask] / 0.7)
    assert (y[~mask] == 0).all()
    _same_gradient(
        lambda v: naive.dropout(v, mask, 0.3),
        x,
        lambda dy: naive.dropout_backward(dy, mask, 0.3),
    )


def test_add_and_concatenate() -> None:
    a, b, c = _numbers(2, 3), _numbers(2, 3, seed=1), _numbers(2, 5, seed=2)
    np.testing.assert_allclose(naive.add((a, b)), a + b)
    np.testing.assert_array_equal(naive.concatenate((a, c)), np.concatenate((a, c), axis=-1))
    _same_gradient(lambda v: naive.add((v, b)), a, lambda dy: naive.add_backward((a, b), dy)[0])
    _same_gradient(
        lambda v: naive.concatenate((a, v)),
        c,
        lambda dy: naive.concatenate_backward((a, c), dy)[1],
    )


@pytest.mark.parametrize("loss", [naive.mse, naive.mae, naive.binary_crossentropy])
def test_losses_of_numbers(loss: Callable[[Array, Array], tuple[float, Array]]) -> None:
    y = _numbers(4, 3)
    t = (np.random.default_rng(5).random((4, 3)) < 0.5).astype(np.float64)
    expected = central_differences(lambda moved: loss(moved, t)[0], y)
    np.testing.assert_allclose(loss(y, t)[1], expected, rtol=1e-3, atol=1e-5)


def test_categorical_crossentropy() -> None:
    z, labels = _numbers(5, 4), np.array([0, 3, 1, 1, 2])
    expected = central_differences(
        lambda moved: naive.categorical_crossentropy(moved, labels)[0], z
    )
    np.testing.assert_allclose(
        naive.categorical_crossentropy(z, labels)[1], expected, rtol=1e-3, atol=1e-5
    )


def test_an_undecided_classifier_loses_the_logarithm_of_its_classes() -> None:
    loss, _ = naive.categorical_crossentropy(np.zeros((7, 10)), np.arange(7))
    assert loss == pytest.approx(math.log(10), abs=1e-12)
    loss, _ = naive.binary_crossentropy(np.zeros((7, 1)), np.ones((7, 1)))
    assert loss == pytest.approx(math.log(2), abs=1e-12)


def test_cross_entropy_of_a_sure_answer_does_not_overflow() -> None:
    assert naive.binary_crossentropy(np.array([[800.0]]), np.array([[0.0]]))[0] == 800.0
    z = np.array([[0.0, 800.0]])
    assert naive.categorical_crossentropy(z, np.array([0]))[0] == 800.0


def test_two_neurons_by_hand() -> None:
    """W1 = [w 3, b -1], W2 = [w 2, b 4], x = -2, without activations."""
    x, w1, w2 = np.array([[-2.0]]), np.array([[3.0]]), np.array([[2.0]])
    h = naive.bias(naive.dense(x, w1), np.array([-1.0]))
    f = naive.bias(naive.dense(h, w2), np.array([4.0]))
    assert (h.item(), f.item()) == (-7.0, -10.0)
    df, db2 = naive.bias_backward(np.ones((1, 1)))
    dh, dw2 = naive.dense_backward(h, w2, df)
    dz, db1 = naive.bias_backward(dh)
    _, dw1 = naive.dense_backward(x, w1, dz)
    assert (dw2.item(), db2.item(), dw1.item(), db1.item()) == (-7.0, 1.0, -4.0, 2.0)


def test_a_guessed_line_has_the_error_of_the_lecture() -> None:
    x = np.array([[1.0], [2.0], [5.0], [8.0], [3.0]])
    t = np.array([[4.0], [14.0], [24.0], [28.0], [18.0]])
    guess = naive.bias(naive.dense(x, np.array([[2.74]])), np.array([7.99]))
    assert naive.mse(guess, t)[0] == pytest.approx(11.55, abs=0.005)
    best = naive.bias(naive.dense(x, np.array([[3.1039]])), np.array([5.8052]))
    assert naive.mse(best, t)[0] == pytest.approx(10.0935, abs=0.0001)
