"""The network that is offered for new data fits it and has no problem."""

from __future__ import annotations

import pytest

from nndesigner.api import run
from nndesigner.data import open_data, prepare, sample_names
from nndesigner.data.dataset import Spec
from nndesigner.files.project import Project
from nndesigner.graph import GRID_STEP, Graph
from nndesigner.layers import Input
from nndesigner.learning.losses import Hinge
from nndesigner.learning.optimizers import SGD
from nndesigner.learning.regularization import Regularization
from nndesigner.learning.schedules import StepDecay
from nndesigner.training.augmentation import Augmentation
from nndesigner.training.check import check_training
from nndesigner.training.settings import Settings
from nndesigner.training.starter import starter, starter_settings, starting


@pytest.mark.parametrize("name", [*sample_names(), "photographs"])
def test_it_can_be_trained_as_it_is(name: str) -> None:
    photographs = Spec(
        name="photographs", rows=2_000, task="classification", input_shape=(64, 64, 3), outputs=2,
        classes=("cat", "dog"),
    )  # fmt: skip
    spec = photographs if name == "photographs" else open_data(name).spec
    settings = Settings(batch_size=min(32, spec.rows), validation_share=0.0)
    verdict = check_training(starter(spec), settings, spec)
    assert verdict.problems == ()
    assert (verdict.report.output_shape or ())[-1] == spec.outputs
    assert any(node.layer.kind == "conv2d" for node in starter(spec).nodes) == (
        name == "photographs"
    )


def test_an_empty_drawing_with_data_is_offered_one() -> None:
    spec = open_data("iris").spec
    verdict = check_training(Graph.chain([Input()]), Settings(), spec)
    repair = verdict.problems[0].repairs[0]
    assert repair.title == "Start with a small network"
    assert repair.graph is not None
    assert check_training(repair.graph, Settings(), spec).can_train


#: What somebody chose for another network on other data.
OTHERS = Settings(
    epochs=7,
    seed=5,
    validation_share=0.25,
    optimizer=SGD(learning_rate=3.0),
    loss=Hinge(),
    batching="one",
    schedule=StepDecay(length=1),
    regularization=Regularization(l2=0.5),
    class_weighting="custom",
    class_weights="setosa=3",
    augmentation=Augmentation(rotate=15.0, flip=True),
)


def test_settings_of_another_network_do_not_stay() -> None:
    spec = Spec(
        name="signs", rows=2_062, task="classification", input_shape=(64, 64, 3), outputs=3,
        classes=("0", "1", "2"),
    )  # fmt: skip
    settings = starter_settings(spec, OTHERS)
    assert settings == Settings(epochs=7, seed=5, validation_share=0.25)
    assert check_training(starter(spec), settings, spec).problems == ()
    told = starting(spec, OTHERS).note
    assert "Training settings were chosen for this network: Adam" in told
    assert "0.001, 32 rows a batch; augmentation is off (it was flip left and right, rot" in told
    assert starting(spec, settings).settings is None


@pytest.mark.parametrize(("name", "goal"), [("iris", 0.9), ("spiral", 0.85), ("digits", 0.95)])
def test_the_drawn_network_learns_with_the_settings_it_brings(name: str, goal: float) -> None:
    dataset = open_data(name)
    start = starting(dataset.spec, OTHERS.changed(epochs=20))
    assert start.graph is not None
    assert start.settings is not None
    settings = OTHERS.changed(epochs=20, **start.settings)
    trained = run(Project(graph=start.graph, settings=settings), prepare(dataset, 0.25, 5))
    point = trained.kept_point
    assert point is not None
    assert point.val_metric is not None
    assert point.val_metric >= goal


def test_a_batch_never_asks_for_more_rows_than_there_are() -> None:
    spec = Spec(
        name="five", rows=5, task="regression", input_shape=(2,), outputs=1, target_names=("y",)
    )
    assert starter_settings(spec, Settings(validation_share=0.2)).batch_size == 4
    assert starter_settings(spec, Settings(), training_rows=3).batch_size == 3


def test_a_long_chain_is_drawn_in_two_rows() -> None:
    spec = Spec(
        name="photographs", rows=2_000, task="classification", input_shape=(64, 64, 3), outputs=2,
        classes=("cat", "dog"),
    )  # fmt: skip
    places = [(node.x / GRID_STEP, node.y) for node in starter(spec).nodes]
    assert [x for x, _ in places] == [0, 1, 2, 3, 0, 1, 2, 3]
    assert [y for _, y in places] == [0.0] * 4 + [144.0] * 4
    short = starter(open_data("iris").spec)
    assert {node.y for node in short.nodes} == {0.0}
    assert Graph().folded() == Graph()
