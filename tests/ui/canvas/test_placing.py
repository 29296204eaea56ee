"""Where new layers go, and that the quick check of wires agrees with the graph's own."""

from __future__ import annotations

import random

import pytest

from nndesigner.errors import GraphError
from nndesigner.graph import GRID_STEP, Graph, Link
from nndesigner.layers import LAYERS, Dense, Dropout, Input
from nndesigner.ui.canvas import placing
from nndesigner.ui.canvas.catalog import layer_from, matching


def _random_graph(seed: int) -> Graph:
    draw = random.Random(seed)
    graph = Graph()
    for _ in range(12):
        graph = graph.with_node(draw.choice(list(LAYERS.values()))())
    ids = [node.id for node in graph.nodes]
    for _ in range(16):
        source, target = draw.choice(ids), draw.choice(ids)
        if graph.refusal(source, target) is None:
            graph = graph.connected(source, target)
    return graph


@pytest.mark.parametrize("seed", range(10))
def test_what_dims_is_what_the_graph_refuses(seed):
    graph = _random_graph(seed)
    for node in graph.nodes:
        others = {other.id for other in graph.nodes}
        refused = {o for o in others if graph.refusal(node.id, o) is not None}
        assert placing.impossible_targets(graph, node.id) == refused
        refused = {o for o in others if graph.refusal(o, node.id) is not None}
        assert placing.impossible_sources(graph, node.id) == refused


def test_inserting_makes_room_and_moves_only_what_follows():
    graph = Graph.chain([Input(), Dense(), Dense()])
    after = placing.inserted(graph, Dropout(), Link("dense_1", "dense_2"))
    assert after.node("dropout_1").x == graph.node("dense_2").x
    assert after.node("dense_2").x == graph.node("dense_2").x + GRID_STEP
    assert after.node("dense_1") is graph.node("dense_1")
    with pytest.raises(GraphError, match="takes no wire"):
        placing.inserted(graph, Input(), Link("dense_1", "dense_2"))


def test_a_wide_gap_stays_as_it_is():
    graph = Graph.chain([Input(), Dense()]).moved({"dense_1": (800, 0)})
    after = placing.inserted(graph, Dropout(), Link("input_1", "dense_1"))
    assert after.node("dense_1").x == 800
    assert after.node("dropout_1").x == 400


def test_healing_joins_over_several_nodes():
    graph = Graph.chain([Input(), Dense(), Dropout(), Dense()])
    after = placing.healed(graph, ["dense_1", "dropout_1"])
    assert after.links == (Link("input_1", "dense_2"),)


def test_search_finds_by_name_letters_category_and_help():
    assert matching("") == list(LAYERS)
    assert matching("dense")[0] == "dense"
    assert matching("CONV")[0] == "conv2d"
    assert "dropout" in matching("regular")
    assert matching("mxp")[0] == "maxpool2d"
    assert matching("conv2d 16 3x3")[0] == "conv2d"
    assert matching("qqq") == []


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("batchnorm", "batchnorm"),
        ("BatchNormalization", "batchnorm"),
        ("bn", "batchnorm"),
        ("gap", "globalaveragepool"),
        ("concat", "concatenate"),
        ("pad", "zeropadding"),
        ("transpose", "permute"),
        ("max", "maxpool2d"),
        ("sum", "add"),
        ("noise", "gaussiannoise"),
        ("averagepooling2d", "averagepool2d"),
        ("cosine", "dot"),
    ],
)
def test_search_finds_by_the_words_that_people_bring_along(typed, kind):
    assert matching(typed)[0] == kind


def test_a_title_finds_its_own_layer_first():
    for kind, cls in LAYERS.items():
        assert all(word == word.lower() for word in cls.synonyms)
        assert matching(cls.title)[0] == kind


def test_a_search_is_no_place_to_paste():
    assert matching("x" * 100_000) == []


def test_settings_may_follow_the_name():
    layer = layer_from("conv2d", "conv2d 20 5x3 tanh")
    assert (layer.filters, layer.kernel, layer.activation) == (20, (5, 3), "tanh")
    assert layer_from("dense", "dense relu 5").units == 5
    assert layer_from("dense", "dense -5 nonsense") == Dense()
    assert layer_from("add", "add 3") == LAYERS["add"]()
