"""What is said before training: outputs, pairs of loss and activation, settings, memory."""

from __future__ import annotations

import msgspec
import pytest

from nndesigner.data.dataset import Spec
from nndesigner.engine import ops
from nndesigner.graph import Graph, Layer
from nndesigner.layers import (
    Activation,
    Average,
    BatchNorm,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    LayerNorm,
)
from nndesigner.learning.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    MeanSquaredError,
)
from nndesigner.learning.schedules import AnySchedule, Constant, Cosine, Milestones
from nndesigner.network import compile_network
from nndesigner.training.check import check_training
from nndesigner.training.pairs import last_activation
from nndesigner.training.settings import Settings
from nndesigner.training.verdict import Verdict

FLOWERS = Spec(
    name="iris", rows=150, task="classification", input_shape=(4,), outputs=3,
    classes=("a", "b", "c"), target_names=("species",),
)  # fmt: skip
YES_NO = msgspec.structs.replace(FLOWERS, outputs=2, classes=("no", "yes"))
PRICE = msgspec.structs.replace(
    FLOWERS, task="regression", outputs=1, classes=(), target_names=("price",)
)


def look(*layers: Layer, spec: Spec | None = FLOWERS, **settings: object) -> Verdict:
    return check_training(Graph.chain([Input(), *layers]), Settings().changed(**settings), spec)


def softmax(units: int = 3) -> Dense:
    return Dense(units=units, activation="softmax")


@pytest.mark.parametrize(
    ("spec", "last", "kind"),
    [
        (FLOWERS, softmax(), "categorical_crossentropy"),
        (YES_NO, softmax(2), "categorical_crossentropy"),
        (YES_NO, Dense(units=1, activation="sigmoid"), "binary_crossentropy"),
        (PRICE, Dense(units=1, activation="linear"), "mse"),
    ],
)
def test_the_loss_is_chosen_from_target_and_last_layer(spec: Spec, last: Dense, kind: str) -> None:
    verdict = look(Dense(), last, spec=spec)
    assert verdict.problems == ()
    assert verdict.can_train
    assert verdict.loss is not None
    assert verdict.loss.kind == kind
    assert verdict.memory_bytes > 0


def test_without_data_it_cannot_train_and_says_so() -> None:
    verdict = look(Dense(), softmax(), spec=None)
    assert not verdict.can_train
    assert "no data yet" in verdict.first_error


@pytest.mark.parametrize(
    ("layers", "spec", "settings", "severity", "words"),
    [
        ([Dense(units=7, activation="softmax")], FLOWERS, {}, "error", "'species' has 3 classes"),
        ([softmax(), Dropout(rate=0.1)], YES_NO, {}, "error", "set its units to 2"),
        ([Dense(units=2, activation="linear")], PRICE, {}, "error", "'price' is 1 number"),
        ([Dense(units=1, activation="softmax")], YES_NO, {}, "error", "always 1"),
        ([Dense(units=3, activation="relu")], FLOWERS, {}, "warning", "use softmax"),
        ([Dense(units=1, activation="tanh")], YES_NO, {}, "warning", "use sigmoid"),
        ([Dense(units=1, activation="sigmoid")], PRICE, {}, "warning", "0 to 1"),
        ([softmax()], FLOWERS, {"loss": MeanSquaredError()}, "warning", "slowly"),
        ([softmax()], FLOWERS, {"loss": BinaryCrossEntropy()}, "warning", "categorical"),
        (
            [Dense(units=3, activation="sigmoid")], FLOWERS,
            {"loss": CategoricalCrossEntropy()}, "warning", "softmax",
        ),
        (
            [Dense(units=1, activation="sigmoid")], YES_NO,
            {"loss": CategoricalCrossEntropy()}, "error", "binary",
        ),
        (
            [Dense(units=1, activation="linear")], PRICE,
            {"loss": BinaryCrossEntropy()}, "warning", "mean squared error",
        ),
        ([softmax()], FLOWERS, {"batch_size": 1000}, "warning", "batch of 1,000"),
    ],
)  # fmt: skip
def test_each_bad_pair_has_a_sentence_and_a_repair_that_works(
    layers: list[Layer], spec: Spec, settings: dict[str, object], severity: str, words: str
) -> None:
    graph = Graph.chain([Input(), Dense(units=6), *layers])
    chosen = Settings().changed(**settings)
    verdict = check_training(graph, chosen, spec)
    problem = verdict.problems[0]
    assert words in problem.message
    assert problem.severity == severity
    assert verdict.can_train == (severity == "warning")
    for _ in range(4):  # one click may uncover the next remark
        if not verdict.problems:
            break
        repair = verdict.problems[0].repairs[0]
        graph = repair.graph or graph
        chosen = chosen.changed(**dict(repair.settings or {}))
        verdict = check_training(graph, chosen, spec)
    assert verdict.problems == ()


def test_an_image_at_the_end_gets_flatten_and_dense() -> None:
    spec = msgspec.structs.replace(FLOWERS, input_shape=(8, 8, 1))
    verdict = look(Conv2D(filters=4), spec=spec)
    assert "6×6×4" in verdict.first_error
    (repair,) = verdict.problems[0].repairs
    assert repair.graph is not None
    assert check_training(repair.graph, Settings(), spec).problems == ()


def test_a_single_class_is_nothing_to_learn() -> None:
    spec = msgspec.structs.replace(FLOWERS, outputs=1, classes=("only",))
    assert "one class only, 'only'" in look(softmax(1), spec=spec).first_error


def test_nothing_to_train() -> None:
    spec = msgspec.structs.replace(FLOWERS, input_shape=(3,))
    verdict = look(Activation(activation="softmax"), spec=spec)
    assert "Nothing here can be trained" in verdict.first_error


def test_a_giant_layer_is_refused_before_anything_is_allocated() -> None:
    spec = msgspec.structs.replace(FLOWERS, input_shape=(1_000_000,))
    verdict = look(Dense(units=1_000_000), softmax(), spec=spec)
    assert not verdict.can_train
    assert verdict.memory_bytes > 12e12
    assert "TB" in verdict.first_error
    assert "1,000,000,000,000 parameters" not in verdict.first_error  # with the bias: 10¹² + 10⁶
    assert "1,000,001,000,000 parameters" in verdict.first_error
    assert verdict.problems[0].node == "dense_1"


def test_a_giant_window_layer_is_refused_too() -> None:
    spec = msgspec.structs.replace(FLOWERS, input_shape=(1000, 1000, 3))
    verdict = look(Conv2D(filters=65_536), Flatten(), softmax(), spec=spec)
    assert "memory" in verdict.first_error


def test_sizes_that_no_number_holds_are_refused_with_a_sentence() -> None:
    spec = msgspec.structs.replace(FLOWERS, input_shape=(2**31, 2**31, 2**31))
    verdict = look(Flatten(), softmax(), spec=spec)
    assert "memory" in verdict.first_error
    graph = Graph.chain([Input(), Dense(units=8)])
    last = graph.nodes[-1].id
    for _ in range(70):
        graph = graph.with_node(Concatenate())
        joint = graph.nodes[-1].id
        side = graph.with_node(Activation(activation="tanh"))
        graph = side.connected(last, side.nodes[-1].id)
        graph = graph.connected(last, joint).connected(side.nodes[-1].id, joint)
        last = joint
    graph = graph.with_node(softmax())
    graph = graph.connected(joint, graph.nodes[-1].id)
    assert "memory" in check_training(graph, Settings(), FLOWERS).first_error


def test_a_step_of_seconds_is_a_warning_with_a_smaller_batch() -> None:
    spec = msgspec.structs.replace(FLOWERS, input_shape=(64, 64, 3), rows=50_000)
    layers = [Conv2D(filters=32), Conv2D(filters=64), Flatten(), softmax()]
    verdict = look(*layers, spec=spec, batch_size=5_000)
    assert verdict.can_train or "memory" in verdict.first_error
    (problem,) = (p for p in verdict.problems if "One step" in p.message)
    (repair,) = problem.repairs
    assert repair.settings is not None
    again = look(*layers, spec=spec, **repair.settings)
    assert not [p for p in again.problems if "One step" in p.message]


def test_an_activation_is_seen_through_flatten() -> None:
    image = msgspec.structs.replace(YES_NO, input_shape=(2,))
    assert look(Dense(units=1, activation="sigmoid"), Flatten(), spec=image).problems == ()


def test_dropout_at_the_end_is_pointed_out() -> None:
    verdict = look(softmax(), Dropout(rate=0.3))
    assert "Dropout at the end" in verdict.problems[0].message


def test_validation_shares_at_the_edges() -> None:
    assert look(softmax(), validation_share=0.0).problems == ()
    tiny = msgspec.structs.replace(FLOWERS, rows=3)
    assert look(softmax(), spec=tiny, validation_share=0.9, batch_size=1).problems == ()
    verdict = look(softmax(), spec=tiny, validation_share=0.01, batch_size=1)
    assert verdict.can_train
    assert "nothing will be validated" in verdict.problems[0].message


def test_a_network_whose_layers_are_all_frozen_can_be_thawed() -> None:
    graph = Graph.chain([Input(), Dense(units=4, frozen=True), Dense(units=3, frozen=True)])
    verdict = check_training(graph, Settings(), FLOWERS)
    assert "frozen" in verdict.first_error
    problem = next(one for one in verdict.problems if one.severity == "error")
    repaired = problem.repairs[0].graph
    assert repaired is not None
    assert check_training(repaired, Settings(), FLOWERS).can_train


def test_networks_that_vote_end_in_probabilities() -> None:
    graph = Graph.chain([Input(), Dense(units=3, activation="softmax")])
    graph = graph.with_node(Dense(units=3, activation="softmax"))
    graph = graph.connected("input_1", "dense_2").with_node(Average())
    graph = graph.connected("dense_1", "average_1").connected("dense_2", "average_1")
    assert last_activation(graph, graph.node("average_1"))[0] == "softmax"
    assert not check_training(graph, Settings(), FLOWERS).problems
    tape = compile_network(graph, (4,), loss="categorical_crossentropy", labels=True, classes=True)
    assert tape.table[-1][ops.OP] == ops.LOSS_CATEGORICAL  # no softmax of their softmax


def test_a_softmax_of_a_softmax_is_pointed_out_and_removed() -> None:
    for first, second in (
        ("softmax", "softmax"),
        ("softmax", "log_softmax"),
        ("sigmoid", "softmax"),
        ("softmax", "sigmoid"),
    ):
        verdict = look(Dense(units=3, activation=first), Activation(activation=second))
        message = verdict.problems[0].message
        assert "nearly alike: remove one of the two" in message
        graph = verdict.problems[0].repairs[0].graph
        assert graph is not None
        assert last_activation(graph, graph.nodes[-1])[0] == first
        again = check_training(graph, Settings(), FLOWERS).problems
        assert "nearly alike" not in " ".join(problem.message for problem in again)
    assert not look(softmax(), softmax()).problems  # weights lie between them
    shares = Dense(units=3, activation="log_softmax")
    assert not look(shares, Activation(activation="softmax")).problems
    relu = Dense(units=3, activation="relu")
    assert not look(relu, Activation(activation="softmax")).problems


def test_a_softmax_twice_is_seen_through_dropout() -> None:
    verdict = look(softmax(), Dropout(), Activation(activation="softmax"))
    graph = verdict.problems[0].repairs[0].graph
    assert graph is not None
    assert [node.layer.kind for node in graph.nodes] == ["input", "dense", "dropout"]
    assert graph.sources("dropout_1") == ("dense_1",)


@pytest.mark.parametrize("batch", [{"batching": "one"}, {"batch_size": 1}])
def test_batchnorm_over_single_rows_is_pointed_out(batch: dict[str, object]) -> None:
    """A number less itself is 0: nothing below it learns."""
    flat = (Dense(units=4), BatchNorm(), softmax())
    verdict = look(*flat, **batch)
    assert "layers before it learn nothing" in verdict.problems[0].message
    for repair in verdict.problems[0].repairs:
        graph = repair.graph or Graph.chain([Input(), *flat])
        settings = Settings().changed(**batch).changed(**dict(repair.settings or {}))
        assert not check_training(graph, settings, FLOWERS).problems
    assert not look(*flat).problems
    assert not look(Dense(units=4), BatchNorm(frozen=True), softmax(), **batch).problems
    assert not look(Dense(units=4), LayerNorm(), softmax(), **batch).problems
    picture = msgspec.structs.replace(FLOWERS, input_shape=(6, 6, 1))
    layers = (Conv2D(filters=2, kernel=(3, 3)), BatchNorm(), Flatten(), softmax())
    assert not look(*layers, spec=picture, **batch).problems  # a channel has many numbers


def test_a_last_batch_of_one_row_is_pointed_out() -> None:
    flat = (Dense(units=4), BatchNorm(), softmax())
    verdict = look(*flat, validation_share=0.0, batch_size=149)
    assert "leave one for the last batch" in verdict.problems[0].message
    settings = dict(verdict.problems[0].repairs[0].settings or {})
    assert settings == {"batch_size": 150}
    assert not look(*flat, validation_share=0.0, **settings).problems
    assert not look(Dense(units=4), softmax(), validation_share=0.0, batch_size=149).problems


@pytest.mark.parametrize(
    ("schedule", "epochs", "words"),
    [
        (Cosine(warmup=20.0), 20, "The warm-up of 20 epochs lasts as long"),
        (Constant(warmup=3.0), 1, "or longer: make it shorter"),
        (Milestones(milestones="20, 30"), 20, "it is never lowered"),
        (Milestones(milestones="1"), 1, "it is never lowered"),
        (Milestones(milestones="19, 30"), 20, ""),
        (Cosine(warmup=19.0), 20, ""),
    ],
)
def test_a_schedule_that_never_comes_to_it_is_pointed_out(
    schedule: AnySchedule, epochs: int, words: str
) -> None:
    verdict = look(softmax(), schedule=schedule, epochs=epochs)
    if not words:
        assert not verdict.problems
        return
    assert words in verdict.problems[0].message
    changes = dict(verdict.problems[0].repairs[0].settings or {})
    settings = Settings(schedule=schedule, epochs=epochs).changed(**changes)
    graph = Graph.chain([Input(), softmax()])
    assert not check_training(graph, settings, FLOWERS).problems
