"""What is said of a drawing: shapes, counts, and every problem with its remedy."""

from __future__ import annotations

from nndesigner.graph import Graph, Layer, Link, Unknown
from nndesigner.layers import Add, BatchNorm, Concatenate, Conv2D, Dense, Flatten, Input, MaxPool2D
from nndesigner.report import Problem, check, parameters_text


def only(graph: Graph, shape: tuple[int, ...] | None = (28, 28, 1)) -> Problem:
    """The single problem of a graph."""
    (problem,) = check(graph, shape).problems
    return problem


def chain(*layers: Layer) -> Graph:
    return Graph.chain([Input(), *layers])


def test_a_sound_network_has_shapes_and_no_problem() -> None:
    graph = chain(Conv2D(filters=20, kernel=(5, 5)), MaxPool2D(), Flatten(), Dense(units=10))
    report = check(graph, (28, 28, 1))
    assert report.problems == ()
    assert list(report.shapes.values()) == [
        (28, 28, 1), (24, 24, 20), (12, 12, 20), (2880,), (10,),
    ]  # fmt: skip
    assert report.output == "dense_1"
    assert report.parameter_count == 520 + 28_810


def test_a_wrong_shape_names_both_shapes_and_repairs_itself() -> None:
    graph = chain(Conv2D(filters=8), Dense(units=10))
    problem = only(graph)
    assert problem.node == "dense_1"
    assert problem.message == "Dense wants flat input, got 26×26×8: add Flatten before it"
    (repair,) = problem.repairs
    assert repair.title == "Insert Flatten"
    assert repair.graph is not None
    assert check(repair.graph, (28, 28, 1)).problems == ()


def test_a_cycle_is_named_and_cut() -> None:
    graph = chain(Dense(units=4), Dense(units=4))
    graph = Graph(graph.nodes, (*graph.links, Link("dense_2", "dense_1")))
    problems = check(graph, (3,)).problems
    assert any("circle through Dense" in problem.message for problem in problems)
    cut = next(problem for problem in problems if "circle" in problem.message).repairs[0]
    assert cut.graph is not None
    assert check(cut.graph, (3,)).problems == ()


def test_a_loose_layer_and_two_outputs() -> None:
    loose = chain(Dense(units=4)).with_node(Dense(units=2))
    assert "not connected" in only(loose, (3,)).message
    wired = loose.connected("input_1", "dense_2")
    problem = only(wired, (3,))
    assert "2 outputs" in problem.message
    assert problem.repairs[0].graph is not None


def test_inputs_are_exactly_one() -> None:
    assert "no Input" in check(Graph.chain([Dense()]), (3,)).problems[0].message
    two = chain(Dense(units=4)).with_node(Input())
    assert "two Inputs" in only(two, (3,)).message
    assert "Nothing is wired" in only(Graph.chain([Input()]), (3,)).message


def test_without_data_there_is_one_problem() -> None:
    assert "no data yet" in only(chain(Dense()), None).message


def test_a_window_larger_than_its_image() -> None:
    problem = only(chain(Conv2D(kernel=(30, 30))))
    assert "30×30" in problem.message
    assert "28×28×1" in problem.message
    assert "same" in problem.message
    (repair,) = problem.repairs
    assert repair.title == "Set the padding to same"
    assert repair.graph is not None
    assert check(repair.graph, (28, 28, 1)).problems == ()
    pool = only(chain(MaxPool2D(window=(40, 2))))
    assert "larger than its input" in pool.message


def test_windows_on_table_columns() -> None:
    assert "wants an image" in only(chain(Conv2D()), (13,)).message


def test_merges_want_company_of_their_shape() -> None:
    graph = chain(Dense(units=4)).with_node(Add()).connected("dense_1", "add_1")
    assert "at least 2 wires" in only(graph, (3,)).message
    graph = graph.connected("input_1", "add_1")
    assert "4 and 3" in only(graph, (3,)).message.replace(" units", "")
    side = chain(Dense(units=4)).with_node(Concatenate())
    side = side.connected("dense_1", "concatenate_1").connected("input_1", "concatenate_1")
    assert check(side, (3,)).output_shape == (7,)


def test_an_unknown_layer_is_kept_and_said() -> None:
    layer = Unknown(original={"kind": "lstm", "units": 3}, reason="This version knows no lstm")
    problem = only(chain(layer), (3,))
    assert problem.message == "This version knows no lstm"
    assert layer.summary() == "lstm"


def test_500_layers_are_checked_quickly() -> None:
    import time

    graph = chain(*[Dense(units=8) for _ in range(500)])
    started = time.perf_counter()
    assert check(graph, (8,)).parameter_count == 500 * 72
    assert time.perf_counter() - started < 2.0


def test_what_is_kept_and_not_trained_is_told_apart() -> None:
    graph = Graph.chain([Input(), BatchNorm(), Dense(units=2)])
    report = check(graph, (3,))
    assert (report.parameter_count, report.trainable_count) == (4 * 3 + 8, 2 * 3 + 8)
    assert report.parameters_text == "20 parameters, 6 not trainable"
    frozen = graph.with_layer("dense_1", Dense(units=2, frozen=True))
    assert check(frozen, (3,)).trainable("dense_1") == 0
    assert parameters_text(8, 0) == "8 parameters, none trainable"
    assert parameters_text(1, 1) == "1 parameter"
