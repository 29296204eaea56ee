"""Made and painted points are prepared like the columns of a table, and keep it."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from nndesigner.data import open_data
from nndesigner.data.dataset import Origin
from nndesigner.data.generators import Circle
from nndesigner.data.made import Painted, generate, paint, painted_origin
from nndesigner.data.new_rows import read_with
from nndesigner.data.opening import open_origin
from nndesigner.data.split import prepare
from nndesigner.errors import DataError

SQUARE = {"kind": "power", "of": "x1"}
PRODUCT = {"kind": "product", "of": "x1", "by": "x2"}
SINE = {"kind": "sin", "of": "x1"}


def painted() -> Painted:
    """Two columns of points: x1 alone tells the class."""
    x = np.array([[i % 2 * 2.0 - 1.0, i / 10.0] for i in range(40)])
    return Painted(x, np.arange(40) % 2, ("left", "right"))


def test_added_inputs_are_those_of_the_points_unscaled() -> None:
    dataset = open_data("circle:noise=0.1", options={"added": [SQUARE, PRODUCT, SINE]})
    assert dataset.spec.feature_names == ("x1", "x2", "x1^2", "x1*x2", "sin(x1)")
    assert dataset.spec.classes == ("-1", "+1")
    rows = np.arange(100)
    x = dataset.encode(dataset.fit(rows)).x
    a, b = Circle(noise=0.1).make().x.T
    expected = np.stack([a, b, a * a, a * b, np.sin(a)], axis=1)
    np.testing.assert_allclose(x, expected, rtol=1e-5, atol=1e-6)


def test_the_choices_are_kept_in_the_origin_and_read_back() -> None:
    dataset = open_data(
        "circle",
        options={"added": [SQUARE], "columns": {"x2": {"scaling": "minmax"}}},
    )
    stored = msgspec.json.decode(msgspec.json.encode(dataset.origin), type=Origin)
    again = open_origin(stored)
    assert again.spec == dataset.spec
    assert again.origin == dataset.origin
    rows = np.arange(50)
    first, second = (d.encode(d.fit(rows), rows).x for d in (dataset, again))
    np.testing.assert_array_equal(first, second)
    assert (first[:, 1].min(), first[:, 1].max()) == (0.0, 1.0)


def test_without_choices_an_origin_holds_the_generator_alone() -> None:
    dataset = open_data("circle")
    assert dataset.origin.options == {"points": 500, "noise": 0.0, "seed": 1}
    assert open_origin(dataset.origin).origin == dataset.origin


def test_one_scaling_for_all_columns_is_kept_too() -> None:
    dataset = open_data("gauss", options={"scaling": "standardise"})
    assert dataset.origin.options["scaling"] == "standardise"
    x = open_origin(dataset.origin)
    rows = np.arange(500)
    np.testing.assert_allclose(x.encode(x.fit(rows)).x.std(axis=0), 1.0, rtol=1e-5)


def test_a_split_counts() -> None:
    options = {"split": {"test": 0.2}}
    prepared = prepare(open_data("circle", options=options), 0.2, 1)
    assert prepared.x_test is not None
    assert len(prepared.x_test) == 100


def test_a_step_stays_a_number_to_predict() -> None:
    assert open_data("curve:shape=step,noise=0").spec.task == "regression"


def test_painted_points_take_added_inputs() -> None:
    origin = painted_origin(painted())
    bare = paint(painted())
    assert bare.origin == origin
    assert bare.spec.feature_names == ("x1", "x2")  # although x1 alone gives the class away
    options = {**origin.options, "added": [PRODUCT]}
    dataset = open_origin(msgspec.structs.replace(origin, options=options))
    assert dataset.spec.feature_names == ("x1", "x2", "x1*x2")
    assert dataset.spec.classes == ("left", "right")
    x = dataset.encode(dataset.fit(np.arange(40))).x
    np.testing.assert_allclose(x[:, 2], x[:, 0] * x[:, 1], atol=1e-6)


def test_new_points_meet_a_network_as_the_old_ones_did() -> None:
    dataset = open_data("circle", options={"added": [SQUARE]})
    encoding = dataset.fit(np.arange(100))
    found = read_with(encoding, "circle:seed=7")
    assert found.x.shape == (500, 3)
    np.testing.assert_allclose(found.x[:, 2], found.x[:, 0] ** 2, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"added": [{"kind": "power", "of": "x3"}]}, "needs a column 'x3'"),
        ({"columns": {"x9": {"scaling": "none"}}}, "no column 'x9'"),
        ({"columns": {"x1": {"type": "category"}}}, "made points keep their types"),
        ({"sheet": "one"}, "no sheet to choose"),
        ({"added": 5}, "Table options"),
    ],
)
def test_what_does_not_fit_is_said(options: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        open_data("circle", options=options)
    origin = painted_origin(painted())
    with pytest.raises(DataError):
        open_origin(msgspec.structs.replace(origin, options={**origin.options, **options}))


def test_another_target_finds_its_own_kind() -> None:
    dataset = generate(Circle(points=50), {"target": "x2"})
    assert (dataset.spec.task, dataset.spec.target_names) == ("regression", ("x2",))
    assert open_origin(dataset.origin).spec == dataset.spec
