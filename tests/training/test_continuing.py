"""Training that is stopped in the middle of an epoch, saved, opened and continued, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.errors import TrainingError
from nndesigner.files.project import Project, load_project, save_project
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Dropout, Input
from nndesigner.learning.optimizers import OPTIMIZERS, Adam, Momentum
from nndesigner.learning.regularization import Averaging, Clipping, EarlyStopping, Regularization
from nndesigner.learning.schedules import Cosine, OneCycle, Plateau
from nndesigner.training.augmentation import Augmentation
from nndesigner.training.parts import WholeParts
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained
from nndesigner.training.trainer import Trainer
from tests.helpers import prepared_classes

GRAPH = Graph.chain(
    [Input(), Dense(units=8, l2=0.001), Dropout(rate=0.2), Dense(units=3, activation="softmax")]
)
PLAIN = Graph.chain([Input(), Dense(units=8), Dense(units=3, activation="softmax")])
SETTINGS = Settings(epochs=10, batch_size=8)


def content(trained: Trained) -> dict[str, Any]:
    """All that must be the same: weights, figures, state."""
    assert trained.state is not None
    return {
        "weights": {name: array.tobytes() for name, array in trained.weights.items()},
        "history": [replace_clock(point) for point in trained.history],
        "arrays": {name: array.tobytes() for name, array in trained.state.arrays.items()},
        "progress": trained.state.progress,
        "kept": trained.kept_epoch,
    }


def replace_clock(point: Any) -> tuple[Any, ...]:
    return (
        point.epoch, point.loss, point.metric, point.val_loss, point.val_metric,
        point.learning_rate,
    )  # fmt: skip


def stopped(trainer: Trainer, slices: int, steps: int = 2) -> Trained:
    """Train so many slices of so many steps, then stop: in the middle of an epoch."""
    learn, count = trainer._learner.learn, 0

    def learn_little(_: int) -> float:
        nonlocal count
        lasted = learn(steps)
        count += 1
        if count == slices:
            trainer.stop()
        return lasted

    trainer._learner.learn = learn_little  # type: ignore[method-assign]
    return trainer.train()


def through_a_file(trained: Trained, folder: Path) -> Trained:
    path = folder / "run.nnd"
    project = Project(
        graph=trained.graph, settings=trained.settings, spec=trained.spec, trained=trained
    )
    save_project(path, project)
    found = load_project(path).trained
    assert found is not None
    return replace(found, encoding=trained.encoding)


def check(graph: Graph, settings: Settings, folder: Path, slices: int = 27) -> Trained:
    prepared = prepared_classes()
    whole = Trainer(graph, settings, prepared).train()
    part = stopped(Trainer(graph, settings, prepared), slices)
    assert part.state is not None
    assert part.state.progress.epoch < settings.epochs
    opened = through_a_file(part, folder)
    again = Trainer(graph, settings, prepared, resume=opened)
    assert [point.epoch for point in again.feed.points()] == [p.epoch for p in part.history]
    assert content(again.train()) == content(whole)
    return part


@pytest.mark.parametrize("kind", sorted(OPTIMIZERS))
def test_every_optimizer_goes_on_as_if_never_stopped(kind: str, tmp_path: Path) -> None:
    whole_data = OPTIMIZERS[kind].whole_data
    graph = PLAIN if whole_data else GRAPH
    settings = SETTINGS.changed(optimizer=OPTIMIZERS[kind]())
    part = check(graph, settings, tmp_path, 5 if whole_data else 27)
    assert part.state is not None
    if not whole_data:
        assert part.state.progress.epoch == 4
        assert 0 < part.state.progress.first < part.state.progress.rows


EVERYTHING = SETTINGS.changed(
    optimizer=Adam(learning_rate=0.02),
    schedule=Cosine(warmup=2.0),
    regularization=Regularization(l1=0.001, l2=0.01, max_norm=2.0, biases=True),
    clipping=Clipping(clip="global_norm", clip_limit=0.5),
    averaging=Averaging(average=True, average_decay=0.9),
)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"schedule": OneCycle(every="step")},
        {"schedule": Plateau(patience=0, threshold=0.5)},
        {"clipping": Clipping(clip="norm", clip_limit=0.1)},
        {"stopping": EarlyStopping(stop_early=True, patience=2, smallest_change=0.05)},
        {"stopping": EarlyStopping(restore_best=False)},
        {"augmentation": Augmentation(noise=0.1)},
        {"optimizer": Momentum(), "batching": "one"},
        {"shuffle": False},
    ],
    ids=lambda changes: "-".join(changes) or "all",
)
def test_everything_at_once_goes_on(changes: dict[str, Any], tmp_path: Path) -> None:
    check(GRAPH, EVERYTHING.changed(**changes), tmp_path, 20)


def test_rows_that_the_engine_changes_as_it_picks_them_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nndesigner.training.parts.core_count", lambda: 1)
    noisy = EVERYTHING.changed(augmentation=Augmentation(noise=0.1))
    assert isinstance(Trainer(GRAPH, noisy, prepared_classes())._learner.parts, WholeParts)
    check(GRAPH, noisy, tmp_path, 20)


def test_a_stop_while_validating_is_made_up_for(tmp_path: Path) -> None:
    prepared = prepared_classes()
    whole = Trainer(GRAPH, SETTINGS, prepared).train()
    trainer = Trainer(GRAPH, SETTINGS, prepared)
    measure = trainer._measure.of

    def interrupted(*arguments: Any) -> Any:
        if trainer._learner.epoch == 2 and not trainer._ended:
            trainer.stop()
            return None
        return measure(*arguments)

    trainer._measure.of = interrupted  # type: ignore[method-assign]
    part = trainer.train()
    assert len(part.history) == 2
    again = Trainer(GRAPH, SETTINGS, prepared, resume=through_a_file(part, tmp_path))
    assert content(again.train()) == content(whole)


def test_more_epochs_follow_a_run_that_has_ended() -> None:
    prepared = prepared_classes()
    whole = Trainer(GRAPH, SETTINGS, prepared).train()
    first = Trainer(GRAPH, SETTINGS.changed(epochs=6), prepared).train()
    more = Trainer(GRAPH, SETTINGS, prepared, resume=first).train()
    assert content(more) == content(whole)
    assert [point.epoch for point in more.history] == list(range(1, 11))


def test_what_does_not_fit_is_refused_with_a_sentence() -> None:
    prepared = prepared_classes()
    part = Trainer(GRAPH, SETTINGS.changed(epochs=1), prepared).train()
    for graph, settings, words in (
        (PLAIN, SETTINGS, "no longer the one that was trained"),
        (GRAPH, SETTINGS.changed(optimizer=Momentum()), "was trained with Adam"),
        (GRAPH, SETTINGS.changed(seed=9), "seed was 1"),
        (GRAPH, SETTINGS.changed(validation_share=0.5), "validation share was 0.2"),
    ):
        with pytest.raises(TrainingError, match=words):
            Trainer(graph, settings, prepared, resume=part)
    with pytest.raises(TrainingError, match="without the state"):
        Trainer(GRAPH, SETTINGS, prepared, resume=replace(part, state=None))
    fewer = replace(prepared, x_train=prepared.x_train[:50], y_train=prepared.y_train[:50])
    with pytest.raises(TrainingError, match="50 training rows and there were 90"):
        Trainer(GRAPH, SETTINGS, fewer, resume=part)


def test_hyperparameters_change_between_two_slices() -> None:
    """Batch, momentum, penalty, dropout and schedule, without a reset."""
    trainer = Trainer(GRAPH, SETTINGS.changed(optimizer=Momentum()), prepared_classes())
    seen: list[Any] = []

    def learn_and_change(_: int) -> float:
        lasted = type(trainer._learner).learn(trainer._learner, 2)
        engine = trainer._learner.engine
        seen.append((engine.batch, engine.step, dict(engine.rules.l2), trainer._learner.rate))
        if len(seen) == 3:
            changed = SETTINGS.changed(
                optimizer=Momentum(learning_rate=0.5, momentum=0.1),
                batch_size=5,
                regularization=Regularization(l2=0.25),
                schedule=Cosine(),
            )
            drawn = GRAPH.with_layer("dropout_1", Dropout(rate=0.7))
            trainer.change(changed, drawn.with_layer("dense_1", Dense(units=99)))
        return lasted

    trainer._learner.learn = learn_and_change  # type: ignore[method-assign]
    trained = trainer.train()
    assert [batch for batch, *_ in seen[:5]] == [8, 8, 8, 5, 5]
    assert seen[3][1] == seen[2][1] + 2
    assert seen[2][2]["dense_1/weight"] == 0.001
    assert seen[3][2]["dense_1/weight"] == 0.25  # the layer's own is gone
    assert seen[3][3] != seen[2][3]
    assert trained.settings.optimizer == Momentum(learning_rate=0.5, momentum=0.1)
    assert trained.graph.node("dropout_1").layer == Dropout(rate=0.7)
    assert trained.graph.node("dense_1").layer == Dense(units=8, l2=0.0)
    assert all(np.isfinite(weight).all() for weight in trained.weights.values())
