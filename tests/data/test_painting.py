"""Painted points: their verbs, their undo, and their way into a project and out of it."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import msgspec
import numpy as np
import pytest

from nndesigner.data import open_origin, prepare
from nndesigner.data.made import (
    MOST_CLASSES,
    MOST_PAINTED,
    STEPS,
    Painted,
    paint,
    painted_of,
    painted_origin,
)
from nndesigner.data.painting import Painting, empty
from nndesigner.errors import DataError
from nndesigner.files.project import Project, load_project, save_project


def some(number: int, classes: int = 3) -> Painted:
    rng = np.random.default_rng(5)
    return Painted(
        rng.uniform(-6, 6, (number, 2)),
        np.arange(number, dtype=np.int64) % classes,
        tuple("ABCDEFGH"[:classes]),
    )


def test_dots_keep_apart_and_inside() -> None:
    painting = Painting()
    assert painting.dot(1, 1, 0, 0.5)
    assert not painting.dot(1.2, 1, 0, 0.5)
    assert painting.dot(1.2, 1, 1, 0.5)
    assert not painting.dot(6.5, 0, 0)
    assert painting.counts == (1, 1)


def test_spray_stays_in_its_disc_and_eraser_takes_only_its_own() -> None:
    painting = Painting()
    rng = np.random.default_rng(1)
    for _ in range(50):
        painting.spray(2, -1, 1, 0.8, rng)
    far = np.hypot(painting.now.x[:, 0] - 2, painting.now.x[:, 1] + 1)
    assert len(far) > 100
    assert far.max() <= 0.8
    assert np.mean(far < 0.8 / np.sqrt(2)) == pytest.approx(0.5, abs=0.12)
    outside = int((far > 0.3).sum())
    painting.erase(2, -1, 0.3)
    assert len(painting.now.x) == outside
    assert not painting.erase(-5, 5, 0.3)


def test_a_stroke_is_one_step() -> None:
    painting = Painting()
    painting.begin()
    for place in range(20):
        painting.dot(place / 10, 0, 0)
    painting.end()
    painting.begin()
    painting.end()
    assert painting.undo()
    assert len(painting.now.x) == 0
    assert not painting.undo()
    assert painting.redo()
    assert painting.counts == (20, 0)


def test_classes_come_and_go_with_their_points() -> None:
    painting = Painting(some(30))
    painting.add_class()
    assert painting.now.classes == ("A", "B", "C", "D")
    painting.dot(0, 0, 3)
    painting.remove_class(1)
    assert painting.now.classes == ("A", "C", "D")
    assert painting.counts == (10, 10, 1)
    assert painting.rename_class(0, "  cats ")
    assert painting.now.classes == ("cats", "C", "D")
    with pytest.raises(DataError, match="already"):
        painting.rename_class(1, "cats")
    with pytest.raises(DataError, match="needs a name"):
        painting.rename_class(1, " ")
    painting.remove_class(0)
    with pytest.raises(DataError, match="two classes"):
        painting.remove_class(0)
    while painting.undo():
        pass
    assert painting.counts == (10, 10, 10)
    for _ in range(MOST_CLASSES - 3):
        painting.add_class()
    with pytest.raises(DataError, match="8 classes"):
        painting.add_class()


def test_random_edits_are_undone_and_redone_exactly() -> None:
    chance = random.Random(3)
    rng = np.random.default_rng(3)
    painting = Painting(empty())
    seen = [painting.now]
    for _ in range(150):
        before = painting.now
        match chance.randrange(5):
            case 0 | 1:
                painting.spray(chance.uniform(-5, 5), chance.uniform(-5, 5), 1, 0.7, rng)
            case 2:
                painting.erase(chance.uniform(-5, 5), chance.uniform(-5, 5), 2.0)
            case 3:
                painting.dot(chance.uniform(-5, 5), chance.uniform(-5, 5), 0)
            case 4 if len(painting.now.classes) < 8:
                painting.add_class()
        if painting.now is not before:
            seen.append(painting.now)
    for expected in reversed(seen[:-1]):
        assert painting.undo()
        assert painting.now is expected
    for expected in seen[1:]:
        assert painting.redo()
        assert painting.now is expected


def test_no_more_points_than_a_project_keeps() -> None:
    painting = Painting(some(MOST_PAINTED - 1, 2))
    rng = np.random.default_rng(1)
    painting.spray(0, 0, 0, 3, rng)
    assert painting.full
    assert len(painting.now.x) == MOST_PAINTED
    assert not painting.dot(0, 0, 0)
    assert not painting.spray(0, 0, 0, 3, rng)
    assert len(painted_origin(painting.now).options["points"]) < 140_000


def test_painted_points_come_out_of_a_project_as_they_went_in(tmp_path: Path) -> None:
    data = paint(some(500))
    save_project(tmp_path / "p.nnd", Project(origin=data.origin, spec=data.spec))
    project = load_project(tmp_path / "p.nnd")
    assert project.origin is not None
    again = open_origin(project.origin, tmp_path)
    assert again.spec == data.spec
    np.testing.assert_array_equal(again.labels, data.labels)
    found = painted_of(project.origin)
    np.testing.assert_allclose(found.x, some(500).x, atol=0.51 / STEPS)
    rows = prepare(again, 0.2, 1)
    assert rows.x_train.shape == (400, 2)


def test_classes_without_a_point_are_left_out_and_one_is_too_few() -> None:
    points = some(10, 2)
    data = paint(Painted(points.x, points.labels * 2, ("A", "B", "C")))
    assert data.spec.classes == ("A", "C")
    assert data.labels is not None
    assert set(data.labels.tolist()) == {0, 1}
    with pytest.raises(DataError, match="two classes"):
        paint(Painted(points.x, points.labels * 0, ("A", "B")))


def test_damaged_points_are_refused() -> None:
    origin = paint(some(20)).origin
    text = origin.options["points"]
    for options in (
        {},
        {"classes": ["A", "B", "C"]},
        {**origin.options, "points": "§"},
        {**origin.options, "points": text[:-4]},
        {**origin.options, "points": ""},
        {**origin.options, "points": 5},
        {**origin.options, "classes": ["A"]},
        {**origin.options, "classes": ["A", "A", "B"]},
        {**origin.options, "classes": "ABC"},
        {**origin.options, "classes": ["A", "B", 3]},
        {**origin.options, "classes": ["x" * 100, "A", "B"]},
        {**origin.options, "points": base64.b64encode(bytes(5 * (MOST_PAINTED + 1))).decode()},
    ):
        with pytest.raises(DataError, match="damaged"):
            open_origin(msgspec.structs.replace(origin, options=options))
