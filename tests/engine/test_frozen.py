"""What is frozen stays as it is, costs nothing on the way back, and lets gradients through."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.engine import ops
from nndesigner.engine.engine import Engine, Plan
from nndesigner.graph import Layer
from nndesigner.layers import Conv2D, Dense, Flatten
from tests.engine.test_gradients import check_gradient, rows
from tests.helpers import engine_for

SHAPE = (6, 6, 2)


def network(frozen: tuple[bool, bool, bool], **options: object) -> Engine:
    layers: list[Layer] = [
        Conv2D(filters=3, activation="tanh", frozen=frozen[0]),
        Flatten(),
        Dense(units=5, activation="tanh", frozen=frozen[1]),
        Dense(units=3, activation="softmax", frozen=frozen[2]),
    ]
    given = {"loss": "categorical_crossentropy", "labels": True, **options}
    return engine_for(layers, SHAPE, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("frozen", [(True, False, False), (False, True, False), (True, True, True)])
@pytest.mark.parametrize("plan", [Plan(1, 7), Plan(3, 2)], ids=["one shard", "three shards"])
def test_frozen_weights_stay_and_the_others_learn_as_before(
    frozen: tuple[bool, bool, bool], plan: Plan
) -> None:
    x, t = rows(SHAPE, 3, True)
    engine = network(frozen, dtype=np.float64, plan=plan)
    free = network((False, False, False), dtype=np.float64, plan=plan)
    _, found = engine.gradient(x, t)
    _, expected = free.gradient(x, t)
    before = engine.named(engine.weights)
    engine.train(x, t, np.arange(7), 0, 3, np.array([0.1, 0, 0, 0]), 0, np.zeros(5))
    after = engine.named(engine.weights)
    for slot in engine.tape.slots:
        if slot.trainable:
            np.testing.assert_array_equal(found[slot.name], expected[slot.name])
            assert (after[slot.name] != before[slot.name]).any()
        else:
            np.testing.assert_array_equal(after[slot.name], before[slot.name])
    names = {slot.name for slot in engine.tape.slots if not slot.trainable}
    assert len(names) == 2 * sum(frozen)


def test_a_gradient_goes_through_frozen_weights() -> None:
    engine = network((False, True, True), dtype=np.float64)
    x, t = rows(SHAPE, 3, True)
    _, gradient = engine.gradient(x, t)
    assert np.abs(gradient["conv2d_1/weight"]).max() > 1e-4
    assert not gradient["dense_1/weight"].any()  # never computed
    free = [slot for slot in engine.tape.slots if slot.trainable]
    assert [slot.name for slot in free] == ["conv2d_1/weight", "conv2d_1/bias"]
    check_gradient(engine, x, t)


def test_below_the_lowest_layer_that_learns_nothing_goes_back() -> None:
    table = network((True, True, False)).tape.table
    back = {int(row[ops.OP]) for row in table if row[ops.MODES] & ops.BACK}
    assert ops.CONV2D not in back
    dense = [row for row in table if row[ops.OP] == ops.DENSE]
    assert [bool(row[ops.MODES] & ops.BACK) for row in dense] == [False, True]
    assert dense[1][ops.GRAD_A] == 0
    assert network((True, True, False)).tape.flops < network((False, False, False)).tape.flops
