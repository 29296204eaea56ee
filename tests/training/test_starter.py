"""The network that is offered for new data fits it and has no problem."""

from __future__ import annotations

import pytest

from nndesigner.data import open_data, sample_names
from nndesigner.data.dataset import Spec
from nndesigner.graph import Graph
from nndesigner.layers import Input
from nndesigner.training.check import check_training
from nndesigner.training.settings import Settings
from nndesigner.training.starter import starter


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
