"""Made points: by their formulas, by their statistics, by name, and out of a project."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from sklearn.datasets import make_moons

from nndesigner.data import generator_names, open_data, open_origin, prepare, sample_names
from nndesigner.data.generators import BUMPS, GENERATORS, REACH, Curve, Made, curve_of
from nndesigner.data.made import find_generator, generate, generator_of
from nndesigner.declare import fields_of
from nndesigner.errors import DataError
from nndesigner.files.project import Project, load_project, save_project
from tests import naive

PLAYGROUND = ("circle", "xor", "gauss", "two-spirals", "reg-plane", "reg-gauss")
KINDS = tuple(GENERATORS)


def made(kind: str, **settings: object) -> Made:
    return GENERATORS[kind](**settings).make()  # type: ignore[arg-type]


@pytest.mark.parametrize("noise", [0.0, 0.15, 0.5])
@pytest.mark.parametrize("number", [200, 201])
@pytest.mark.parametrize("kind", PLAYGROUND)
def test_the_playgrounds_sets_follow_their_written_formulas(
    kind: str, number: int, noise: float
) -> None:
    generator = GENERATORS[kind](points=number, noise=noise, seed=7)
    rng = np.random.default_rng(7)
    wanted = naive.made_points(kind, number, noise, rng)
    order = rng.permutation(number)
    found = generator.make()
    target = np.where(found.y == 1, 1.0, -1.0) if found.classes else found.y
    rows = np.column_stack([found.x, target])
    np.testing.assert_allclose(rows, np.array(wanted)[order], atol=1e-12)
    if found.classes:
        assert found.classes == ("-1", "+1")


def test_the_playgrounds_sets_have_its_numbers_of_points() -> None:
    for kind in PLAYGROUND:
        assert GENERATORS[kind]().points == (1200 if kind.startswith("reg-") else 500)
        assert GENERATORS[kind]().noise == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_every_set_holds_what_it_promises(kind: str) -> None:
    generator = GENERATORS[kind](points=501, noise=0.2, seed=3)
    found = generator.make()
    assert found.x.shape == (501, generator.inputs)
    assert found.y.shape == (501,)
    assert np.isfinite(found.x).all()
    assert np.isfinite(found.y).all()
    assert np.median(np.abs(found.x)) < REACH
    if found.classes:
        assert set(found.y.astype(int)) == set(range(len(found.classes)))
    again, other = generator.make(), generator.changed(seed=4).make()
    np.testing.assert_array_equal(found.x, again.x)
    assert not np.array_equal(found.x, other.x)
    assert generator.title
    assert generator.help
    assert generator.formula


@pytest.mark.parametrize("kind", [kind for kind in KINDS if GENERATORS[kind]().make().classes])
def test_the_order_of_the_points_says_nothing(kind: str) -> None:
    found = made(kind, points=1000)
    half = len(found.y) // 2
    assert abs(found.y[:half].mean() - found.y[half:].mean()) < 0.2 * len(found.classes)
    assert np.count_nonzero(np.diff(found.y)) > 100


def test_noise_flips_labels_but_moves_no_point_of_the_circle() -> None:
    clean, noisy = made("circle", points=4000), made("circle", points=4000, noise=0.3)
    for found in (clean, noisy):
        far = np.hypot(found.x[:, 0], found.x[:, 1])
        assert ((far <= 2.5) | (far >= 3.5)).all()
        assert far.max() <= 5
    inside = np.hypot(clean.x[:, 0], clean.x[:, 1]) < 2.5
    np.testing.assert_array_equal(clean.y == 1, inside)
    inside = np.hypot(noisy.x[:, 0], noisy.x[:, 1]) < 2.5
    assert 0.05 < np.mean((noisy.y == 1) != inside) < 0.3


def test_xor_keeps_clear_of_the_axes() -> None:
    found = made("xor", points=4000)
    assert np.abs(found.x).min() >= 0.3
    assert np.abs(found.x).max() <= 5.3
    np.testing.assert_array_equal(found.y == 1, found.x[:, 0] * found.x[:, 1] >= 0)
    assert abs(found.y.mean() - 0.5) < 0.05


@pytest.mark.parametrize(("noise", "variance"), [(0.0, 0.5), (0.25, 2.25), (0.5, 4.0)])
def test_the_two_clouds_have_the_variance_of_the_playground(noise: float, variance: float) -> None:
    found = made("gauss", points=40_000, noise=noise)
    for label, centre in ((1, 2.0), (0, -2.0)):
        own = found.x[found.y == label]
        assert len(own) == 20_000
        np.testing.assert_allclose(own.mean(axis=0), centre, atol=0.08)
        np.testing.assert_allclose(own.var(axis=0), variance, rtol=0.05)
        assert abs(np.corrcoef(own.T)[0, 1]) < 0.03


def test_the_bumps_stand_where_they_should() -> None:
    found = made("reg-gauss", points=20_000)
    for x, y, sign in BUMPS:
        near = np.hypot(found.x[:, 0] - x, found.x[:, 1] - y) < 0.2
        assert near.any()
        assert (found.y[near] * sign > 0.85).all()
    assert np.abs(found.y).max() <= 1
    assert np.mean(found.y == 0) > 0.4


def test_the_moons_are_those_of_scikit_learn() -> None:
    theirs, labels = make_moons(300, shuffle=False, noise=None)
    found = made("two-moons", points=300)
    own = np.column_stack([found.x / 4 + [0.5, 0.25], found.y])
    theirs = np.column_stack([theirs, labels])
    np.testing.assert_allclose(
        own[np.lexsort(own.T.round(6))], theirs[np.lexsort(theirs.T.round(6))], atol=1e-9
    )
    noisy = made("two-moons", points=20_000, noise=0.3)
    upper = noisy.x[noisy.y == 0] / 4 + [0.5, 0.25]
    assert abs(upper.mean(axis=0)[1] - 2 / np.pi) < 0.02


def test_clouds_and_rings_share_the_points_out() -> None:
    for kind in ("blobs", "rings"):
        found = made(kind, points=1000, classes=7)
        counts = np.bincount(found.y.astype(int))
        assert len(counts) == 7
        assert counts.max() - counts.min() <= 1
        assert found.classes == tuple("ABCDEFG")
    blobs = made("blobs", points=8000, classes=4, noise=0.2)
    own = blobs.x[blobs.y == 0]
    np.testing.assert_allclose(own.mean(axis=0), [0, 4], atol=0.08)
    np.testing.assert_allclose(own.std(axis=0), 1.0, atol=0.05)
    rings = made("rings", points=3000, classes=3)
    far = np.hypot(rings.x[:, 0], rings.x[:, 1])
    for label in range(3):
        assert (np.abs(far[rings.y == label] - (label + 0.5) * 5 / 3) <= 0.2 * 5 / 3 + 1e-9).all()


def test_the_checkerboard_has_its_squares() -> None:
    found = made("checkerboard", points=5000, squares=4)
    for (x, y), label in zip(found.x, found.y, strict=True):
        assert (int((x + 5) // 2.5) + int((y + 5) // 2.5)) % 2 == (0 if label else 1)


@pytest.mark.parametrize("shape", [value for value, _ in fields_of(Curve)[-1].choices])
def test_curves_are_their_function_and_normal_noise(shape: str) -> None:
    clean = made("curve", points=500, noise=0.0, shape=shape)
    np.testing.assert_allclose(clean.y, curve_of(shape, clean.x[:, 0]))  # type: ignore[arg-type]
    assert np.abs(clean.y).max() <= 1.0 + 1e-9
    noisy = made("curve", points=20_000, noise=0.2, shape=shape)
    left = noisy.y - curve_of(shape, noisy.x[:, 0])  # type: ignore[arg-type]
    assert abs(left.std() - 0.2) < 0.01


def test_sets_are_opened_by_name_with_settings() -> None:
    data = open_data("circle:noise=0.2, points=300")
    assert data.spec.rows == 300
    assert data.origin.options["noise"] == 0.2
    assert data.spec.input_shape == (2,)
    assert data.spec.classes == ("-1", "+1")
    assert open_data("spiral:points=20").spec.rows == 20
    assert open_data("spiral").origin.kind == "sample"
    assert open_data("multi-gauss:noise=0").spec.task == "regression"
    assert open_data("curve").spec.feature_names == ("x",)
    assert not set(generator_names()) & set(sample_names())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("circle:colour=3", "there are 'points', 'noise', 'seed'"),
        ("circle:noise=2", "noise must be a number from 0 to 0.5"),
        ("circle:noise=nan", "noise must be"),
        ("circle:points=1e9", "points must be a whole number from 10 to 100,000"),
        ("circle:noise", "wants settings as in circle:noise=0.2"),
        ("curve:shape=cat", "shape must be one of"),
        ("circel", "points are made by circle"),
    ],
)
def test_wrong_settings_are_said(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words.replace("(", r"\(")):
        open_data(text)


def test_the_network_sees_the_points_as_they_are() -> None:
    data = open_data("xor:points=100")
    rows = prepare(data, 0.2, 1)
    np.testing.assert_allclose(
        rows.x_train, GENERATORS["xor"](points=100).make().x[rows.train_rows], atol=1e-6
    )


def test_a_project_keeps_seed_and_settings_and_no_points(tmp_path: Path) -> None:
    data = generate(GENERATORS["two-spirals"](points=5000, noise=0.1, seed=99))
    save_project(tmp_path / "p.nnd", Project(origin=data.origin, spec=data.spec))
    assert (tmp_path / "p.nnd").stat().st_size < 2500
    project = load_project(tmp_path / "p.nnd")
    assert project.origin == data.origin
    assert project.origin is not None
    again = open_origin(project.origin, tmp_path)
    np.testing.assert_array_equal(again.columns[0].numbers, data.columns[0].numbers)  # type: ignore[attr-defined]
    assert again.spec == data.spec
    assert not again.notes[0].endswith("opened it.")


def test_a_generator_of_another_version_is_refused_in_words() -> None:
    origin = generate(GENERATORS["xor"]()).origin
    for changed in (
        msgspec.structs.replace(origin, path="hyperspiral"),
        msgspec.structs.replace(origin, options={"points": 10**9}),
        msgspec.structs.replace(origin, options={"swirl": 1}),
    ):
        with pytest.raises(DataError):
            open_origin(changed)
    assert generator_of(origin) == find_generator("xor")
