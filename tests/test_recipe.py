"""Recipes: one line of text becomes a network, and back."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nndesigner.declare import Field, build, fields_of
from nndesigner.errors import DesignerError, GraphError
from nndesigner.graph import Graph, Unknown
from nndesigner.layers import LAYERS, Add, Conv1D, Conv2D, Dense, Dropout, Flatten, Input, MaxPool2D
from nndesigner.recipe import parse_recipe, recipe_of

LENET = "conv2d 20 5 relu, maxpool2d 2, flatten, dense 256 relu, dense 10 softmax"


def layers(text: str) -> list[object]:
    return [node.layer for node in parse_recipe(text).nodes]


def test_a_recipe_is_a_chain_from_the_input() -> None:
    graph = parse_recipe(LENET)
    assert [node.layer for node in graph.nodes] == [
        Input(),
        Conv2D(filters=20, kernel=(5, 5), activation="relu"),
        MaxPool2D(window=(2, 2)),
        Flatten(),
        Dense(units=256, activation="relu"),
        Dense(units=10, activation="softmax"),
    ]
    assert len(graph.links) == 5
    xs = [node.x for node in graph.nodes]
    assert xs == sorted(set(xs))


def test_words_may_be_skipped_named_and_in_any_case() -> None:
    assert layers("Conv2D 8 relu")[1] == Conv2D(filters=8, activation="relu")
    assert layers("conv2d 8 5x3 padding=same stride=2")[1] == Conv2D(
        filters=8, kernel=(5, 3), padding="same", stride=(2, 2)
    )
    assert layers("dense units=7 tanh bias=no")[1] == Dense(units=7, activation="tanh", bias=False)
    assert layers("input, flatten,dropout 0.25") == [Input(), Flatten(), Dropout(rate=0.25)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["empty", "dense"]),
        (" , ", ["empty"]),
        ("flatten,, dense 3", ["layer 2", "comma"]),
        ("dens 3", ["layer 1", "'dens'", "did you mean dense"]),
        (
            "flatten, dense many",
            ["layer 2 of the recipe (dense)", "'many'", "units", "whole number", "relu"],
        ),
        ("dense 3 relu 4", ["layer 1 of the recipe (dense)", "'4'", "name=value"]),
        ("dense 3 rleu", ["'rleu'", "did you mean relu?"]),
        ("dense 3 activation=rleu", ["did you mean relu?"]),
        ("dense 3 unit=4", ["did you mean units?"]),
        ("dense 0", ["layer 1 of the recipe (dense)", "units", "from 1 to", "0"]),
        ("dense 3 rate=2", ["'rate'", "units"]),
        ("dense 3 units=4", ["units", "twice"]),
        ("dense 3 bias=maybe", ["'bias=maybe'", "yes or no"]),
        ("dropout 1.5", ["rate", "below 1", "1.5"]),
        ("dropout nan", ["rate", "nan"]),
        ("add", ["merges"]),
        ("dense 3, input", ["layer 2", "Input"]),
        ("conv2d 3 1x2x3", ["kernel"]),
    ],
)
def test_errors_name_layer_word_and_what_is_allowed(text: str, parts: list[str]) -> None:
    with pytest.raises(GraphError) as caught:
        parse_recipe(text)
    for part in parts:
        assert part in str(caught.value)


def test_a_branching_or_unknown_network_has_no_recipe() -> None:
    graph = Graph.chain([Input(), Dense(), Dense()])
    graph = graph.with_node(Add())
    add = graph.nodes[-1].id
    branching = graph.connected("dense_1", add).connected("dense_2", add)
    with pytest.raises(GraphError, match="branches"):
        recipe_of(branching)
    with pytest.raises(GraphError, match="not known"):
        recipe_of(Graph.chain([Input(), Unknown(original={"kind": "lstm"}, reason="new")]))
    with pytest.raises(GraphError, match="Input"):
        recipe_of(Graph())


def test_the_recipe_of_a_recipe_is_itself() -> None:
    assert recipe_of(parse_recipe(LENET)) == (
        "conv2d 20 5 relu, maxpool2d 2, flatten, dense 256 relu, dense 10 softmax"
    )


def _value(field: Field) -> st.SearchStrategy[Any]:
    match field.type:
        case "integer":
            whole = st.integers(int(field.low or 1), int(min(field.high or 99, 99_999)))
            return st.none() | whole if field.optional else whole
        case "number":
            return st.floats(0.001, 0.999)
        case "choice":
            return st.sampled_from([value for value, _ in field.choices])
        case "boolean":
            return st.booleans()
        case _:
            assert field.low is not None
            assert field.high is not None
            one = st.integers(int(field.low), int(field.high))
            if field.type == "sizes":
                return st.lists(one, min_size=1, max_size=field.most).map(tuple)
            pair = st.tuples(one, one)
            return st.none() | pair if field.optional else pair


@st.composite
def any_layer(draw: st.DrawFn) -> Any:
    kind = draw(st.sampled_from([k for k, cls in LAYERS.items() if cls.arity == (1, 1)]))
    return build(LAYERS[kind], {f.name: draw(_value(f)) for f in fields_of(LAYERS[kind])})


@settings(max_examples=60, deadline=None)
@given(st.lists(any_layer(), min_size=1, max_size=5))
def test_every_chain_comes_back_from_its_recipe(chain: list[Any]) -> None:
    graph = Graph.chain([Input(), *chain])
    assert parse_recipe(recipe_of(graph)) == graph


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="dense conv2d,=0.5x relu\u0000é", max_size=40))
def test_any_text_gives_a_network_or_a_sentence(text: str) -> None:
    with contextlib.suppress(DesignerError):
        assert parse_recipe(text).nodes[0].layer == Input()


def test_padding_takes_a_number_of_pixels() -> None:
    for text in ("padding=2", "margin=2", "padding=explicit margin=2"):
        graph = parse_recipe(f"conv2d 16 3 relu {text}")
        layer = graph.nodes[-1].layer
        assert layer == Conv2D(padding="explicit", margin=(2, 2))
        assert parse_recipe(recipe_of(graph)) == graph
    assert parse_recipe("conv2d 16 padding=1x0").nodes[-1].layer.margin == (1, 0)  # type: ignore[attr-defined]
    assert parse_recipe("conv1d 8 5 padding=4").nodes[-1].layer == Conv1D(
        filters=8, kernel=5, padding="explicit", margin=4
    )
    with pytest.raises(GraphError, match="padding must be one of valid, same, explicit"):
        parse_recipe("conv2d 16 padding=sane")


def test_every_convolution_has_a_recipe() -> None:
    graph = parse_recipe(
        "conv2d 8 3 relu dilation=2 groups=1, depthwise_conv2d 3 relu multiplier=2, "
        "separable_conv2d 16 5x3 tanh padding=same, conv2d_transpose 4 3 linear stride=3"
    )
    assert parse_recipe(recipe_of(graph)) == graph
