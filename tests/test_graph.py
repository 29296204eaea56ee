"""The drawing as a value: edits return new graphs and keep the rules of wiring."""

from __future__ import annotations

import msgspec
import pytest

from nndesigner.errors import GraphError
from nndesigner.graph import FOLD_STEP, GRID_STEP, Graph, Link, shape_text
from nndesigner.layers import Add, Dense, Flatten, Input
from nndesigner.report import check


def chain() -> Graph:
    return Graph.chain([Input(), Dense(units=4), Dense(units=2)])


def test_an_edit_leaves_the_old_graph_as_it_was() -> None:
    before = chain()
    copy = msgspec.json.encode([msgspec.to_builtins(node) for node in before.nodes])
    after = before.with_node(Flatten()).without(["dense_1"]).moved({"dense_2": (5, 6)})
    assert [node.id for node in after.nodes] == ["input_1", "dense_2", "flatten_1"]
    assert after.node("dense_2").x == 5
    assert after.links == ()
    assert msgspec.json.encode([msgspec.to_builtins(node) for node in before.nodes]) == copy
    assert before.links == (Link("input_1", "dense_1"), Link("dense_1", "dense_2"))


def test_ids_are_not_taken_twice() -> None:
    graph = chain().without(["dense_1"]).with_node(Dense()).with_node(Dense())
    assert [node.id for node in graph.nodes] == ["input_1", "dense_2", "dense_1", "dense_3"]


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("dense_2", "dense_1", "circle|cycle"),
        ("dense_1", "dense_1", "itself"),
        ("input_1", "dense_1", "already"),
        ("dense_2", "input_1", "no wire"),
        ("nobody", "dense_1", "Both ends"),
    ],
)
def test_refused_wires_say_why(source: str, target: str, words: str) -> None:
    with pytest.raises(GraphError, match=words):
        chain().connected(source, target)


def test_a_single_input_lets_go_of_its_old_wire_and_a_merge_does_not() -> None:
    graph = chain().connected("input_1", "dense_2")
    assert graph.sources("dense_2") == ("input_1",)
    graph = chain().with_node(Add())
    graph = graph.connected("dense_1", "add_1").connected("dense_2", "add_1")
    assert graph.sources("add_1") == ("dense_1", "dense_2")


def test_inserting_keeps_the_wires() -> None:
    before = chain().inserted_before(Flatten(), "dense_1")
    assert before.sources("flatten_1") == ("input_1",)
    assert before.sources("dense_1") == ("flatten_1",)
    assert before.node("dense_2").x > chain().node("dense_2").x
    on = chain().inserted_on(Flatten(), Link("dense_1", "dense_2"), 1, 2)
    assert on.sources("dense_2") == ("flatten_1",)
    assert on.sources("flatten_1") == ("dense_1",)


def test_order_leaves_out_a_cycle() -> None:
    graph = Graph(chain().nodes, (*chain().links, Link("dense_2", "dense_1")))
    assert graph.order() == ("input_1",)
    assert graph.reaches("dense_2", "dense_1")


def test_a_tidy_layout_runs_from_left_to_right_without_overlap() -> None:
    graph = chain().with_node(Dense()).with_node(Add())
    for source, target in (("input_1", "dense_3"), ("dense_2", "add_1"), ("dense_3", "add_1")):
        graph = graph.connected(source, target)
    tidy = graph.laid_out()
    for link in tidy.links:
        assert tidy.node(link.source).x < tidy.node(link.target).x
    assert len({(node.x, node.y) for node in tidy.nodes}) == len(tidy.nodes)


def test_shapes_are_written_as_people_write_them() -> None:
    assert shape_text((28, 28, 1)) == "28×28×1"
    assert shape_text((1000,)) == "1,000"


def test_layers_of_one_name_are_told_apart() -> None:
    graph = chain().with_node(Flatten())
    assert graph.titles() == {
        "input_1": "Input",
        "dense_1": "Dense 1",
        "dense_2": "Dense 2",
        "flatten_1": "Flatten",
    }
    # The others keep their numbers; alone, a layer needs none, and a name of its own is enough.
    three = graph.with_node(Dense()).without(["dense_2"])
    assert (three.title("dense_1"), three.title("dense_3")) == ("Dense 1", "Dense 3")
    assert graph.without(["dense_1"]).title("dense_2") == "Dense"
    assert graph.with_name("dense_1", "hidden").titles()["dense_2"] == "Dense"
    named = graph.with_name("dense_1", "block").with_name("flatten_1", "block")
    assert [named.title(i) for i in ("dense_1", "flatten_1")] == ["block 1", "block 2"]
    with pytest.raises(GraphError):
        graph.title("nobody")
    assert graph.refusal("dense_2", "dense_1") == (
        "This wire would close a cycle: Dense 1 already leads to Dense 2. Wire forward only"
    )


def test_problems_name_the_layer_that_is_meant() -> None:
    graph = Graph.chain([Input(), Dense(units=4)]).with_node(Dense(units=3))
    graph = graph.connected("input_1", graph.nodes[-1].id)
    (problem,) = check(graph, (5,)).problems
    assert problem.message.startswith("The network has 2 outputs: Dense 1 and Dense 2. ")
    assert problem.repairs[0].title == "Remove Dense 2"
    pictures = Graph.chain([Input(), Dense(units=4), Flatten(), Dense(units=3)])
    assert check(pictures, (8, 8, 1)).problems[0].message.startswith("Dense 1 wants flat input")


def test_tidying_folds_a_long_chain_and_no_other_graph() -> None:
    layers = [Dense(units=n + 2) for n in range(7)]
    graph = Graph.chain([Input(), *layers])
    tidy = Graph(tuple(reversed(graph.nodes)), graph.links).laid_out()
    assert [tidy.node(f"dense_{n}").y for n in range(1, 8)] == [0] * 3 + [FOLD_STEP] * 4
    assert [tidy.node(i).x for i in ("input_1", "dense_3", "dense_4")] == [0, 3 * GRID_STEP, 0]
    loose = graph.without([], [Link("dense_3", "dense_4")])
    assert loose.laid_out().node("dense_3").x == 3 * GRID_STEP
    fork = graph.with_node(Add()).connected("dense_1", "add_1").connected("dense_7", "add_1")
    assert fork.laid_out().node("add_1").x == 8 * GRID_STEP
