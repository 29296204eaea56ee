"""Kernels that change rows by chance, held to their slow twin pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.data.dataset import FloatArray
from nndesigner.engine.augmenting import Augmenting
from nndesigner.engine.kernels.turned_lines import ACROSS, DOWN, WIDE
from nndesigner.engine.kernels.turning import STRETCH, framed, room_of, turned
from nndesigner.training.augmentation import Augmentation, Augmenter, _normals, augmented
from tests.naive_augmentation import moved, spoiled

EVERYTHING = Augmentation(
    flip=True, flip_vertical=True, shift=0.2, rotate=30, zoom=0.2, brightness=0.2, noise=0.1,
    erase=0.3,
)  # fmt: skip


def pictures(number: int, *shape: int) -> FloatArray:
    return np.random.default_rng(2).random((number, *shape), dtype=np.float32)


@pytest.mark.parametrize("outside", ["edge", "zero"])
@pytest.mark.parametrize(
    "shape", [(9, 9, 1), (7, 11, 3), (6, 5, 2), (1, 1, 1), (17, 19, 1), (18, 16, 3), (5, 4, 5)]
)
@pytest.mark.parametrize(
    "chosen",
    [
        Augmentation(flip=True),
        Augmentation(flip_vertical=True, shift=0.4),
        Augmentation(rotate=180.0),
        Augmentation(zoom=0.5, flip=True, flip_vertical=True),
        Augmentation(rotate=40.0, zoom=0.3, shift=0.3, flip=True),
    ],
    ids=lambda chosen: chosen.words,
)
def test_pictures_move_as_the_slow_twin_moves_them(
    chosen: Augmentation, shape: tuple[int, ...], outside: str
) -> None:
    chosen = chosen.changed(outside=outside)
    x = pictures(12, *shape)
    found = augmented(x, chosen, seed=5, epoch=3)
    for row in range(12):
        np.testing.assert_allclose(
            found[row], moved(x[row], chosen, 5, 3, row), atol=2e-4, err_msg=str(row)
        )


@pytest.mark.parametrize("shape", [(9, 9, 1), (7, 11, 3), (17, 19, 1), (20, 13, 3), (5,), (700,)])
@pytest.mark.parametrize(
    "chosen",
    [
        Augmentation(brightness=0.4),
        Augmentation(noise=0.2),
        Augmentation(erase=0.5, shift=0.2),
        EVERYTHING,
    ],
    ids=lambda chosen: chosen.words,
)
def test_rows_are_spoiled_as_the_slow_twin_spoils_them(
    chosen: Augmentation, shape: tuple[int, ...]
) -> None:
    x = pictures(12, *shape)
    found = augmented(x, chosen, seed=5, epoch=3)
    for row in range(12):
        wanted = moved(x[row], chosen, 5, 3, row) if len(shape) == 3 else x[row]
        wanted = spoiled(wanted, chosen, 5, 3, row, _normals())
        np.testing.assert_allclose(found[row], wanted, atol=2e-4, err_msg=str(row))


def test_nothing_is_written_beside_the_rows() -> None:
    for shape in ((9, 9, 1), (7, 11, 3), (6, 5, 2), (4, 4, 4), (28, 28, 1)):
        x = pictures(3, *shape).reshape(3, -1)
        room = np.full((5, x.shape[1]), 7, np.float32)
        clean = np.full((5, x.shape[1] + 2), 7, np.float32)
        augmenting = Augmenter(EVERYTHING, shape, 3).augmenting().at_epoch(1)
        augmenting.fill(x, np.arange(3), room[1:4], clean[1:4])
        assert (room[[0, 4]] == 7).all()
        assert (clean[[0, 4]] == 7).all()
        assert (clean[:, -2:] == 7).all()
        assert (room[1:4] != 7).all()
        assert (clean[1:4, :-2] != 7).all()


def turned_both_ways(
    x: FloatArray, step_x: float, step_y: float, flip: float, *, edge: bool
) -> list[FloatArray]:
    height, width, channels = x.shape
    tables = Augmenting((height, width, channels), np.zeros(12), _normals(), 1)
    found = []
    for wide in (False, WIDE):
        room = np.full(room_of(height, width, channels), np.nan, np.float32)
        notes, picture = room[: 6 * STRETCH], room[6 * STRETCH :]
        framed(x.ravel(), picture, height, width, channels, edge, 0.0)
        out = np.full(x.size, np.nan, np.float32)
        turned(
            picture, out, height, width, channels, flip, 1.0, 0.7, -1.3, step_x, step_y,
            tables._along, tables._up, notes, np.zeros(STRETCH, np.int32), wide,
        )  # fmt: skip
        found.append(out)
    return found


@pytest.mark.parametrize("size", [(28, 28), (5, 31), (33, 16), (3, 47), (1, 1), (2, 100)])
@pytest.mark.parametrize("edge", [False, True])
def test_lines_of_whole_registers_are_as_pixel_by_pixel(size: tuple[int, int], edge: bool) -> None:
    x = pictures(1, *size, 1)[0]
    steps = [(1.0, 0.0), (0.98, 0.17), (0.9, -0.4), (ACROSS, DOWN), (0.5, 0.3), (-1.0, 0.1)]
    for step_x, step_y in [*steps, (ACROSS + 0.01, 0.1), (0.8, DOWN + 0.01)]:
        for flip in (1.0, -1.0):
            slow, quick = turned_both_ways(x, step_x, step_y, flip, edge=edge)
            assert np.isfinite(slow).all()
            np.testing.assert_allclose(quick, slow, atol=1e-4, err_msg=f"{step_x} {step_y}")


def test_nan_stays_nan() -> None:
    x = pictures(3, 8, 8, 1)
    x[1, 4, 4] = np.nan
    found = augmented(x, Augmentation(rotate=20.0, brightness=0.1, noise=0.1))
    assert np.isnan(found[1]).any()
    assert np.isnan(found[1]).sum() <= 9  # it does not spread beyond what is read between pixels
    assert np.isfinite(found[[0, 2]]).all()
    for chosen in (Augmentation(shift=0.1), Augmentation(brightness=0.1), Augmentation(flip=True)):
        assert np.isnan(augmented(x, chosen)).sum() == 1
