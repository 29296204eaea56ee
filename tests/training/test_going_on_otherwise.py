"""Runs that go on with other settings than before, and averages where training goes wrong."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from nndesigner.errors import TrainingError
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.learning.losses import LOSSES
from nndesigner.learning.optimizers import OPTIMIZERS, SGD, Adam
from nndesigner.learning.regularization import Averaging, Clipping, EarlyStopping
from nndesigner.learning.schedules import Cosine, InverseTime, Plateau
from nndesigner.training.check import check_training
from nndesigner.training.feed import Feed
from nndesigner.training.rates import rates_of
from nndesigner.training.run_state import Progress, comparable, data_mark
from nndesigner.training.settings import Settings
from nndesigner.training.trained import Trained
from nndesigner.training.trainer import Trainer
from nndesigner.training.watching import Memory
from tests.helpers import prepared_classes

GRAPH = Graph.chain([Input(), Dense(units=8), Dense(units=3, activation="softmax")])
LAST = EarlyStopping(restore_best=False)


def flat(trained: Trained) -> np.ndarray:
    return np.concatenate([array.ravel() for array in trained.weights.values()])


def test_an_average_that_begins_when_going_on_begins_with_what_was_learnt() -> None:
    settings = Settings(epochs=5, batch_size=8, optimizer=Adam(learning_rate=0.05), stopping=LAST)
    before = Trainer(GRAPH, settings, prepared_classes()).train()
    averaged = msgspec.structs.replace(
        settings, epochs=6, averaging=Averaging(average=True, average_decay=0.999)
    )
    after = Trainer(GRAPH, averaged, prepared_classes(), resume=before).train()
    # So long a memory hardly moves in an epoch: it lies at what was learnt, not at the first draw.
    assert np.abs(flat(after) - flat(before)).max() < 0.1
    assert after.state is not None
    assert after.state.progress.average_from == before.state.progress.step  # type: ignore[union-attr]


def test_averaging_beside_a_search_keeps_what_was_found() -> None:
    settings = Settings(
        epochs=8, optimizer=OPTIMIZERS["lbfgs"](), averaging=Averaging(average=True), stopping=LAST
    )
    plain = msgspec.structs.replace(settings, averaging=Averaging())
    found = Trainer(GRAPH, settings, prepared_classes()).train()
    without = Trainer(GRAPH, plain, prepared_classes()).train()
    assert found.history[-1].loss == without.history[-1].loss
    first, last = found.history[0].val_loss, found.history[-1].val_loss
    assert first is not None
    assert last is not None
    assert last < 0.9 * first


def test_an_average_that_ran_away_is_not_what_is_kept() -> None:
    """The update of the third step makes numbers infinite, the loss of the fourth tells so."""
    settings = Settings(epochs=5, batch_size=8, averaging=Averaging(average=True), stopping=LAST)
    trainer = Trainer(GRAPH, settings, prepared_classes())
    learner = trainer._learner
    learn = learner.learn

    def spoil(_: int) -> float:
        lasted = learn(1)
        if learner.engine.step == 3:
            learner.engine.weights[:] = np.inf
            learner.engine.average[:] = np.inf
        return lasted

    learner.learn = spoil  # type: ignore[method-assign]
    with pytest.raises(TrainingError, match="last good weights are kept"):
        trainer.train()
    assert np.isfinite(flat(trainer.trained())).all()


def test_another_figure_is_watched_from_its_own_best_on() -> None:
    watching = EarlyStopping(watch="val_metric", stop_early=True, patience=2)
    settings = Settings(epochs=4, batch_size=8, optimizer=Adam(), stopping=watching)
    before = Trainer(GRAPH, settings, prepared_classes()).train()
    assert before.state is not None
    other = msgspec.structs.replace(
        settings, epochs=12, stopping=msgspec.structs.replace(watching, watch="val_loss")
    )
    after = Trainer(GRAPH, other, prepared_classes(), resume=before).train()
    assert len(after.history) == 12  # the loss still falls: an accuracy is no loss to compare with
    assert after.state is not None
    losses = [point.val_loss for point in after.history]
    assert after.state.progress.stopping.best == min(loss for loss in losses if loss is not None)


def test_a_watch_that_changes_while_it_runs_begins_anew() -> None:
    settings = Settings(
        epochs=6, batch_size=8, optimizer=Adam(), stopping=EarlyStopping(watch="val_metric")
    )
    trainer = Trainer(GRAPH, settings, prepared_classes())
    end = trainer._learner.end_epoch

    def change_after_two() -> None:
        end()
        if trainer._learner.epoch == 2:
            changed = EarlyStopping(watch="val_loss")
            trainer.change(msgspec.structs.replace(settings, stopping=changed))

    trainer._learner.end_epoch = change_after_two  # type: ignore[method-assign]
    trained = trainer.train()
    assert trained.state is not None
    best = trained.state.progress.stopping.best
    assert best == min(p.val_loss for p in trained.history[2:] if p.val_loss is not None)


def test_a_plateau_of_another_schedule_or_loss_is_forgotten() -> None:
    progress = Progress(
        plateau=Memory(best=0.1, epoch=3, factor=0.25), stopping=Memory(best=0.1, epoch=3)
    )
    lowered = Settings(schedule=Plateau())
    assert comparable(lowered, lowered, progress) == (progress.stopping, progress.plateau)
    waves = lowered.changed(schedule=Cosine())
    assert comparable(lowered, waves, progress) == (progress.stopping, Memory())
    other = lowered.changed(loss=LOSSES["mae"]())
    assert comparable(lowered, other, progress) == (Memory(), Memory(factor=0.25))


def test_a_short_last_batch_is_a_step_like_the_others() -> None:
    """100 rows in batches of 32 are 4 steps an epoch: a schedule by steps counts 0 to 11."""
    settings = Settings(
        epochs=3,
        batch_size=32,
        optimizer=SGD(learning_rate=1.0),
        schedule=InverseTime(every="step", rate_of_decay=0.5),
    )
    found = [
        rates_of(settings, Memory(), epoch, first, 100, 32, 2)
        for epoch in range(3)
        for first in (0, 64)
    ]
    np.testing.assert_allclose(np.concatenate(found), 1 / (1 + 0.5 * np.arange(12)), rtol=1e-12)


def test_a_search_says_what_it_takes_no_notice_of() -> None:
    settings = Settings(
        optimizer=OPTIMIZERS["lbfgs"](),
        averaging=Averaging(average=True),
        clipping=Clipping(clip="norm"),
    )
    verdict = check_training(GRAPH, settings, prepared_classes().spec)
    assert verdict.can_train
    texts = [problem.message for problem in verdict.problems]
    assert any("no notice of clipping and weight averaging" in text for text in texts)


def test_a_long_seed_is_named_in_full() -> None:
    settings = Settings(epochs=1, batch_size=8, seed=2_147_483_647)
    before = Trainer(GRAPH, settings, prepared_classes()).train()
    with pytest.raises(TrainingError, match="seed was 2147483647 and"):
        Trainer(GRAPH, settings.changed(seed=1), prepared_classes(), resume=before)


def test_on_changed_data_the_best_begins_anew_and_it_is_said() -> None:
    """The best figure on other rows would never be reached, and its weights be kept for good."""
    settings = Settings(epochs=4, optimizer=Adam(learning_rate=0.02))
    easy = prepared_classes()
    first = Trainer(GRAPH, settings, easy).train()
    assert first.state is not None
    wrong = replace(easy, y_val=(easy.y_val + 1) % 3)
    feed = Feed()
    trainer = Trainer(GRAPH, settings.changed(epochs=6), wrong, feed, resume=first)
    trained = trainer.train()
    assert trained.state is not None
    kept = trained.state.progress.stopping
    assert kept.epoch > 4
    assert kept.best == min(p.val_loss for p in trained.history[4:] if p.val_loss is not None)
    assert "The data has changed since" in feed.status.message
    feed = Feed()
    again = Trainer(GRAPH, settings.changed(epochs=6), easy, feed, resume=first).train()
    assert again.state is not None
    assert again.state.progress.data == first.state.progress.data
    assert "changed" not in feed.status.message


def test_the_mark_of_data_tells_any_change_of_its_rows() -> None:
    data = prepared_classes()
    mark = data_mark(data)
    assert mark == data_mark(prepared_classes())
    for name in ("x_train", "y_train", "x_val", "y_val"):
        array = getattr(data, name).copy()
        array.reshape(-1)[-1] += 1
        assert data_mark(replace(data, **{name: array})) != mark
    assert data_mark(replace(data, weights_train=np.ones(90, np.float32))) != mark
