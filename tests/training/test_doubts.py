"""Labels that are wrong are found by what the network makes of their rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nndesigner import api
from nndesigner.data import open_data, prepare
from nndesigner.data.pixels import PixelDataset
from nndesigner.training.doubts import find_doubts
from nndesigner.training.feed import Feed
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer


def test_labels_that_were_changed_are_found_again() -> None:
    dataset = open_data("digits")
    assert isinstance(dataset, PixelDataset)
    rng = np.random.default_rng(4)
    labels = dataset.labels.copy()
    wrong = rng.choice(len(labels), 40, replace=False)
    labels[wrong] = (labels[wrong] + rng.integers(1, 10, 40)) % 10
    spoiled = replace(dataset, row_labels=labels)
    prepared = prepare(spoiled, 0.2, 1)
    project = api.new("flatten, dense 32 relu, dense 10 softmax", data="digits")
    trained = Trainer(project.graph, Settings(epochs=25), prepared, Feed()).train()
    doubts = find_doubts(trained, prepared)
    assert doubts is not None
    found = set(doubts.rows.tolist())
    assert len(found & set(wrong.tolist())) >= 22
    assert len(set(doubts.rows[:20].tolist()) & set(wrong.tolist())) >= 17
    assert np.all(np.diff(doubts.loss) <= 0)
    np.testing.assert_array_equal(doubts.truth, labels[doubts.rows])
    right = dataset.labels[doubts.rows]
    assert np.mean(doubts.guess == right) > 0.8
    assert "may be mislabelled" in doubts.sentence
    assert f"row {doubts.rows[0] + 1:,} is" in doubts.sentence


def test_an_untrained_network_is_not_believed_and_numbers_have_no_labels() -> None:
    prepared = prepare(open_data("circle:points=200"), 0.2, 1)
    project = api.new("dense 8 tanh, dense 2 softmax", data="circle:points=200")
    trained = Trainer(project.graph, Settings(epochs=1), prepared, Feed()).train()
    doubts = find_doubts(trained, prepared)
    assert doubts is not None
    assert "no label" in doubts.sentence or "train it further" in doubts.sentence
    project = api.new("dense 1 linear", data="reg-plane")
    prepared = prepare(open_data("reg-plane"), 0.2, 1)
    trained = Trainer(project.graph, Settings(epochs=1), prepared, Feed()).train()
    assert find_doubts(trained, prepared) is None
