"""Training rows are changed by chance: what each change does, when, and how beside the training."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from nndesigner import api
from nndesigner.data import SAME, open_data, prepare
from nndesigner.data.dataset import FloatArray
from nndesigner.declare import build
from nndesigner.engine.kernels.augment import NORMALS
from nndesigner.errors import DesignerError, TrainingError
from nndesigner.files.project import Project, load_project, save_project
from nndesigner.training.augmentation import (
    Augmentation,
    Augmenter,
    _normals,
    applies_to,
    augmented,
)
from nndesigner.training.feed import Feed
from nndesigner.training.parts import PartsBeside
from nndesigner.training.settings import Settings, settings_with
from nndesigner.training.trained import Trained
from nndesigner.training.trainer import Trainer

EVERYTHING = Augmentation(
    flip=True, flip_vertical=True, shift=0.2, rotate=30, zoom=0.2, brightness=0.2, noise=0.1,
    erase=0.3,
)  # fmt: skip


def pictures(number: int, *shape: int) -> FloatArray:
    return np.random.default_rng(2).random((number, *shape), dtype=np.float32)


def test_what_happens_is_drawn_anew_for_every_row_epoch_and_seed() -> None:
    x = np.repeat(pictures(1, 12, 12, 1), 200, axis=0)
    found = augmented(x, EVERYTHING, 1, 0)
    assert len(np.unique(found.reshape(200, -1), axis=0)) == 200
    np.testing.assert_array_equal(found, augmented(x, EVERYTHING, 1, 0))
    assert not np.array_equal(found, augmented(x, EVERYTHING, 1, 1))
    assert not np.array_equal(found, augmented(x, EVERYTHING, 2, 0))
    assert found.min() >= 0
    assert found.max() <= 1


def test_shares_and_ranges_are_those_that_were_asked_for() -> None:
    ramp = np.zeros((4000, 1, 21, 1), np.float32)
    ramp[:, 0, 10] = 1
    mirrored = np.zeros((4000, 1, 2, 1), np.float32)
    mirrored[:, 0, 0] = 1
    flips = augmented(mirrored, Augmentation(flip=True))[:, 0, 1, 0]
    assert flips.mean() == pytest.approx(0.5, abs=0.03)
    places = augmented(ramp, Augmentation(shift=0.2)).argmax(axis=2).ravel()
    assert set(places.tolist()) == set(range(6, 15))
    grey = np.full((4000, 2, 2, 1), 0.5, np.float32)
    light = augmented(grey, Augmentation(brightness=0.3))
    assert np.ptp(light.reshape(4000, -1), axis=1).max() == 0
    assert light.min() == pytest.approx(0.2, abs=0.005)
    assert light.max() == pytest.approx(0.8, abs=0.005)
    noised = augmented(grey, Augmentation(noise=0.1))
    assert noised.mean() == pytest.approx(0.5, abs=0.003)
    assert noised.std() == pytest.approx(0.1, abs=0.003)
    white = np.ones((4000, 20, 30, 1), np.float32)
    holes = (augmented(white, Augmentation(erase=0.3)) == 0).mean(axis=(1, 2, 3))
    assert np.mean(holes > 0) == pytest.approx(0.5, abs=0.03)
    assert holes.max() < 0.34
    assert holes[holes > 0].mean() == pytest.approx(0.15, abs=0.02)


def test_the_table_of_normals_is_normal() -> None:
    table = _normals()
    assert len(table) == NORMALS
    assert table.mean() == pytest.approx(0, abs=1e-5)
    assert table.std() == pytest.approx(1, abs=1e-5)
    assert np.mean(np.abs(table) < 1) == pytest.approx(0.6827, abs=0.002)
    assert np.mean(table**4) == pytest.approx(3, abs=0.03)


def test_noise_on_table_rows_is_not_clipped_and_nothing_else_applies() -> None:
    x = np.full((3000, 4), -2.0, np.float32)
    found = augmented(x, EVERYTHING)
    assert found.mean() == pytest.approx(-2, abs=0.01)
    assert found.std() == pytest.approx(0.1, abs=0.005)
    assert applies_to(EVERYTHING, (4,))
    assert not applies_to(Augmentation(flip=True), (4,))
    assert applies_to(Augmentation(flip=True), (4, 4, 1))


def test_pictures_on_another_scale_are_changed_in_their_own_range() -> None:
    x = pictures(40, 8, 8, 1)
    signed = 2 * x - 1
    signed[0, 0, 0], x[0, 0, 0] = -1, 0
    signed[0, 0, 1], x[0, 0, 1] = 1, 1
    for chosen in (EVERYTHING, EVERYTHING.changed(outside="zero"), Augmentation(shift=0.4)):
        found = augmented(signed, chosen, 4, 2)
        np.testing.assert_allclose(found, 2 * augmented(x, chosen, 4, 2) - 1, atol=1e-4)


# -- beside the training


def parts(
    x: FloatArray, batch: int, *, same: bool = False, most: int = 1 << 30
) -> tuple[PartsBeside, list[np.ndarray]]:
    orders = [np.random.default_rng(e).permutation(len(x)) for e in range(6)]
    t = np.arange(len(x), dtype=np.float32)[:, None]
    if same:
        t = x.reshape(len(x), -1)
    made = PartsBeside(
        x.reshape(len(x), -1),
        t,
        Augmenter(EVERYTHING, x.shape[1:], 3),
        lambda epoch: orders[epoch],
        batch=batch,
        target_is_input=same,
    )
    return made, orders


def test_a_system_that_gives_no_thread_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, orders = parts(pictures(40, 4, 4, 1), 8)
    start = threading.Thread.start

    def none(thread: threading.Thread) -> None:
        if thread.name == "augmentation":
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none)
        with pytest.raises(TrainingError, match="no further thread"):
            made.part(0, orders[0], 0)
        made.rest()  # as a run does at its end
    assert made.part(0, orders[0], 0).x.any()  # and it may be tried again
    made.rest()


@pytest.mark.parametrize("part_bytes", [1, 40_000, 1 << 23])
@pytest.mark.parametrize("batch", [1, 32, 100, 250])
def test_parts_give_every_row_of_the_order_once(
    batch: int, part_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nndesigner.training.parts._PART_BYTES", part_bytes)
    x = pictures(250, 6, 6, 1)
    source, orders = parts(x, batch)
    assert source.rows % batch == 0
    try:
        for epoch in range(3):
            wanted = augmented(x, EVERYTHING, 3, epoch).reshape(250, -1)
            first = 0
            while first < 250:
                px, pt, here, place, _ = source.part(epoch, orders[epoch], first)
                take = here[place : place + batch]
                np.testing.assert_array_equal(pt[take, 0], orders[epoch][first : first + batch])
                np.testing.assert_array_equal(
                    px[take], wanted[orders[epoch][first : first + batch]]
                )
                first += len(take)
    finally:
        source.rest()


def test_parts_go_on_from_anywhere_and_leave_no_thread() -> None:
    x = pictures(100, 4, 4, 1)
    source, orders = parts(x, 10)
    for epoch, first in ((2, 50), (0, 0), (0, 90), (4, 0)):
        px, _, here, place, _ = source.part(epoch, orders[epoch], first)
        wanted = augmented(x, EVERYTHING, 3, epoch).reshape(100, -1)[orders[epoch][first]]
        np.testing.assert_array_equal(px[here[place]], wanted)
    source.rest()
    source.rest()
    assert not any(thread.name == "augmentation" for thread in threading.enumerate())


def test_what_goes_wrong_beside_is_raised_where_one_waits() -> None:
    source, orders = parts(pictures(10, 4, 4, 1), 5)
    source._order_of = lambda epoch: 1 / 0  # type: ignore[assignment]
    with pytest.raises(ZeroDivisionError):
        source.part(0, orders[0], 0)
    source.rest()


def test_the_target_of_an_autoencoder_is_moved_but_not_spoiled() -> None:
    x = pictures(64, 8, 8, 1)
    source, orders = parts(x, 16, same=True)
    px, pt, here, _, _ = source.part(0, orders[0], 0)
    source.rest()
    unspoiled = EVERYTHING.changed(brightness=0.0, noise=0.0, erase=0.0)
    wanted = augmented(x, unspoiled, 3, 0).reshape(64, -1)[orders[0]]
    np.testing.assert_array_equal(pt[here], wanted)
    assert not np.array_equal(px[here], wanted)


def trained(settings: Settings) -> Trained:
    project = api.new("flatten, dense 16 relu, dense 10 softmax", data="digits")
    prepared = prepare(open_data("digits"), 0.2, 1)
    return Trainer(project.graph, settings, prepared, Feed()).train()


# -- by the engine as it picks rows, where no core is free


RECIPES = {
    "classes": "flatten, dense 300 relu, dense 300 relu, dense 10 softmax",
    "shards that meet": "flatten, dense 300, batchnorm, dense 300 relu, dense 10 softmax",
    "itself": "flatten, dense 300 relu, dense 64 linear",
}


@pytest.mark.parametrize("recipe", sorted(RECIPES))
@pytest.mark.parametrize("weighted", [False, True])
def test_the_engine_changes_rows_as_the_helper_does(
    recipe: str, weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    itself = recipe == "itself"
    dataset = open_data("digits", target=SAME) if itself else open_data("digits")
    prepared = prepare(dataset, 0.2, 1)
    chosen = EVERYTHING if not weighted else EVERYTHING.changed(rotate=0.0, zoom=0.0)
    settings = Settings(epochs=2, batch_size=200, augmentation=chosen)
    if weighted and itself:  # nothing declares weights of such rows, and targets may have them
        monkeypatch.setattr(
            "nndesigner.training.learner.row_weights",
            lambda prepared, settings: np.linspace(0.5, 1.5, len(prepared.x_train)),
        )
    elif weighted:
        settings = settings.changed(class_weighting="balanced")
    graph = api.new(RECIPES[recipe], data="digits", target=SAME if itself else None).graph
    outcomes = []
    for cores, ready in ((2, "WholeParts"), (99, "PartsBeside"), (1, "WholeParts")):
        monkeypatch.setattr("nndesigner.training.parts.core_count", lambda cores=cores: cores)
        monkeypatch.setattr(
            "nndesigner.engine.engine.threads.training_threads", lambda cores=cores: min(cores, 2)
        )
        trainer = Trainer(graph, settings, prepared, Feed())
        assert type(trainer._learner.parts).__name__ == ready
        assert trainer._learner.engine.plan.shards > 1
        outcomes.append(trainer.train())
    for other in outcomes[1:]:
        assert [p.loss for p in other.history] == [p.loss for p in outcomes[0].history]
        for name, weights in outcomes[0].weights.items():
            np.testing.assert_array_equal(weights, other.weights[name], err_msg=name)


def test_the_engine_refuses_room_for_other_shards() -> None:
    project = api.new("flatten, dense 16 relu, dense 10 softmax", data="digits")
    prepared = prepare(open_data("digits"), 0.2, 1)
    learner = Trainer(project.graph, Settings(), prepared, Feed())._learner
    augmenting = Augmenter(EVERYTHING, (8, 8, 1), 3).augmenting(shards=5)
    rows, order = learner.rows, np.arange(10)
    with pytest.raises(ValueError, match="shards"):
        learner.engine.train(
            rows.x, rows.t, order, 0, 1, np.zeros(4), 1, np.zeros(5), augmenting=augmenting
        )


def test_training_with_changed_rows_is_seeded_and_learns() -> None:
    chosen = Augmentation(shift=0.1, noise=0.05, rotate=10.0)
    settings = Settings(epochs=25, augmentation=chosen)
    one, two = trained(settings), trained(settings)
    for name, weights in one.weights.items():
        np.testing.assert_array_equal(weights, two.weights[name])
    plain = trained(Settings(epochs=1))
    assert any(
        not np.array_equal(weights, one.weights[name]) for name, weights in plain.weights.items()
    )
    assert one.history[-1].val_metric is not None
    assert one.history[-1].val_metric > 0.8
    # The training rows are the harder ones now; the validation rows stay as they are.
    assert one.history[-1].metric < one.history[-1].val_metric
    assert not any(thread.name == "augmentation" for thread in threading.enumerate())


def test_a_trainer_that_is_stopped_lets_go_of_its_helper() -> None:
    project = api.new("flatten, dense 16 relu, dense 10 softmax", data="digits")
    prepared = prepare(open_data("digits"), 0.2, 1)
    settings = Settings(epochs=100_000, augmentation=EVERYTHING)
    trainer = Trainer(project.graph, settings, prepared, Feed())
    thread = threading.Thread(target=trainer.train)
    thread.start()
    time.sleep(0.3)
    trainer.pause()
    time.sleep(0.1)
    trainer.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert not any(thread.name == "augmentation" for thread in threading.enumerate())


# -- the choice


def test_it_is_saved_and_old_projects_are_as_they_were(tmp_path: Path) -> None:
    settings = Settings(augmentation=Augmentation(flip=True, rotate=12.5))
    save_project(tmp_path / "p.nnd", Project(settings=settings))
    assert load_project(tmp_path / "p.nnd").settings == settings
    assert msgspec.to_builtins(settings)["augmentation"] == {"flip": True, "rotate": 12.5}
    plain = msgspec.to_builtins(Settings())
    del plain["augmentation"]
    assert build(Settings, plain) == Settings()
    assert not Settings().augmentation.is_on


def test_it_is_set_by_name_and_slips_are_answered() -> None:
    settings = settings_with(Settings(), {"augmentation.shift": "0.1", "augmentation.flip": "yes"})
    assert settings.augmentation == Augmentation(shift=0.1, flip=True)
    assert settings.augmentation.words == "flip left and right, shift 10 %"
    for changes, words in (
        ({"augmentation.shift": "3"}, "from 0 to 0.5"),
        ({"augmentation.shfit": "0.1"}, "did you mean augmentation.shift"),
        ({"augmentation": "yes"}, "augmentation.flip"),
    ):
        with pytest.raises(DesignerError, match=words):
            settings_with(Settings(), changes)
