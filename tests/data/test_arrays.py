"""Arrays from numpy: pictures or tables, with labels, parts and names, nothing taken on trust."""

from __future__ import annotations

import io
import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.data import limits, open_data, open_origin, prepare, read_with, store
from nndesigner.data.pixels import PixelDataset
from nndesigner.data.table import TableDataset
from nndesigner.errors import DataError


def saved(folder: Path, name: str = "a.npz", **arrays: Any) -> Path:
    path = folder / name
    np.savez(path, **arrays)
    return path


def npy(header: str, body: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    """A .npy with any header."""
    text = header.encode("latin-1")
    return b"\x93NUMPY" + bytes(version) + len(text).to_bytes(2, "little") + text + body


def pictures(count: int = 12) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).integers(0, 256, (count, 5, 4)).astype(np.uint8)


LABELS = np.arange(12) % 3


def test_the_digits_keep_their_test_part_aside(shared_data: Path) -> None:
    dataset = open_data(shared_data / "sklearn" / "digits.npz")
    assert isinstance(dataset, PixelDataset)
    assert (dataset.spec.rows, dataset.spec.input_shape) == (1797, (8, 8, 1))
    assert dataset.spec.classes == tuple("0123456789")
    assert "1,437 to train on, 360 to test" in dataset.notes[0]
    prepared = prepare(dataset, 0.2, 1)
    assert len(prepared.x_train) + len(prepared.x_val) == 1437
    assert max(prepared.train_rows.max(), prepared.val_rows.max()) < 1437
    rows = read_with(prepared.encoding, shared_data / "sklearn" / "digits.npz")
    assert len(rows.x) == 360  # the test part is there to be judged by


def test_validation_arrays_are_the_validation_rows(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        train_images=pictures(12),
        train_labels=LABELS,
        val_images=pictures(6),
        val_labels=LABELS[:6],
        test_images=pictures(3),
        test_labels=LABELS[:3],
    )
    prepared = prepare(open_data(path), 0.5, 1)
    assert prepared.train_rows.tolist() == list(range(12))
    assert prepared.val_rows.tolist() == list(range(12, 18))


@pytest.mark.parametrize(
    "names", [("x", "y"), ("X", "Y"), ("images", "labels"), ("arr_0", "arr_1"), ("foo", "bar")]
)
def test_inputs_and_labels_are_found_by_name_or_by_shape(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    path = saved(tmp_path, **{names[0]: pictures(), names[1]: LABELS})
    dataset = open_data(path)
    assert dataset.spec.rows == 12
    assert dataset.spec.classes == ("0", "1", "2")
    again = open_origin(dataset.origin)
    assert again.origin == dataset.origin
    assert again.spec == dataset.spec


def test_what_is_not_clear_is_listed_and_can_be_named(tmp_path: Path) -> None:
    path = saved(tmp_path, a=pictures(), b=pictures(), c=LABELS)
    with pytest.raises(DataError, match=r"a 12 × 5 × 4 uint8, b 12 × 5 × 4 uint8, c 12 int64"):
        open_data(path)
    dataset = open_data(path, options={"x": "b", "y": "c"})
    assert dataset.spec.rows == 12
    assert open_origin(dataset.origin).spec == dataset.spec
    with pytest.raises(DataError, match=r"no array 'd'"):
        open_data(path, options={"x": "b", "y": "d"})


def test_names_of_classes_in_the_file_are_used(tmp_path: Path) -> None:
    path = saved(tmp_path, x=pictures(), y=LABELS, classes=np.array(["cat", "dog", "emu"]))
    assert open_data(path).spec.classes == ("cat", "dog", "emu")


def test_one_hot_labels_and_single_columns_are_classes(tmp_path: Path) -> None:
    assert open_data(saved(tmp_path, x=pictures(), y=np.eye(3)[LABELS])).spec.outputs == 3
    assert open_data(saved(tmp_path, x=pictures(), y=LABELS[:, None])).spec.outputs == 3


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (np.array([-1, 7, 10**9] * 4), ("-1", "7", "1000000000")),
        (np.array([0.5, 1.5, 2.0] * 4), ("0.5", "1.5", "2")),
        (np.array([True, False, True] * 4), ("0", "1")),
        (np.array(["b", "a", "c"] * 4), ("a", "b", "c")),
    ],
)
def test_classes_are_the_values_that_occur(
    tmp_path: Path, labels: np.ndarray[Any, Any], classes: tuple[str, ...]
) -> None:
    assert open_data(saved(tmp_path, x=pictures(), y=labels)).spec.classes == classes


def test_labels_that_are_no_number_are_counted_as_missing(tmp_path: Path) -> None:
    dataset = open_data(saved(tmp_path, x=pictures(), y=np.array([0, np.nan, 1.0] * 4)))
    assert dataset.labels is not None
    assert (dataset.labels < 0).sum() == 4
    assert any("4 labels are missing" in note for note in dataset.notes)


def test_pictures_without_labels_ask_for_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds pictures without labels"):
        open_data(saved(tmp_path, x=pictures()))
    np.save(tmp_path / "x.npy", pictures())
    with pytest.raises(DataError, match="name a file of labels"):
        open_data(tmp_path / "x.npy")
    np.save(tmp_path / "other.npy", LABELS)
    named = open_data(tmp_path / "x.npy", labels=tmp_path / "other.npy")
    assert named.spec.outputs == 3
    np.save(tmp_path / "y.npy", LABELS)
    beside = open_data(tmp_path / "x.npy")
    assert any("taken from y.npy" in note for note in beside.notes)
    np.save(tmp_path / "y.npy", LABELS[:5])
    with pytest.raises(DataError, match="12 pictures but 5 labels"):
        open_data(tmp_path / "x.npy")


def test_lengths_that_differ_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="different numbers of rows"):
        open_data(saved(tmp_path, x=pictures(), y=LABELS[:4]))


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.astype(np.float16),
        lambda a: a.astype(">i4"),
        lambda a: np.asfortranarray(a),
        lambda a: a.astype(np.longdouble),
        lambda a: a[..., None],
    ],
)
def test_other_types_orders_and_layouts_give_the_same_pictures(tmp_path: Path, change: Any) -> None:
    dataset = open_data(saved(tmp_path, x=change(pictures()), y=LABELS))
    assert isinstance(dataset, PixelDataset)
    assert dataset.pixels.shape == (12, 5, 4, 1)
    np.testing.assert_array_equal(dataset.pixels[..., 0], pictures())


def test_channels_that_stand_first_are_put_last(tmp_path: Path) -> None:
    x = np.arange(12 * 3 * 6 * 5).reshape(12, 3, 6, 5)
    dataset = open_data(saved(tmp_path, x=x, y=LABELS))
    assert isinstance(dataset, PixelDataset)
    np.testing.assert_array_equal(dataset.pixels, np.moveaxis(x, 1, 3))
    assert any("channels stood before" in note for note in dataset.notes)


def test_numbers_that_are_not_finite_are_counted(tmp_path: Path) -> None:
    x = pictures().astype(np.float32)
    x[0, 0, 0], x[1, 1, 1] = np.nan, np.inf
    dataset = open_data(saved(tmp_path, x=x, y=LABELS))
    assert any("2 numbers are not finite" in note for note in dataset.notes)
    assert np.isfinite(prepare(dataset, 0.2, 1).x_train).all()


def test_rows_and_columns_are_a_table(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(40, 3))
    dataset = open_data(saved(tmp_path, x=x, y=np.arange(40) % 2))
    assert isinstance(dataset, TableDataset)
    assert dataset.spec.feature_names == ("x_1", "x_2", "x_3")
    assert dataset.spec.target_names == ("y",)
    np.testing.assert_allclose(dataset.columns[1].numbers, x[:, 1])
    several = open_data(saved(tmp_path, a=x[:, 0], b=x[:, 1], target=np.arange(40) % 2))
    assert several.spec.feature_names == ("a", "b")
    np.save(tmp_path / "alone.npy", x)
    assert open_data(tmp_path / "alone.npy", target="alone_2").spec.task == "regression"
    x[3, 1] = np.nan
    gaps = open_data(saved(tmp_path, x=x, y=np.arange(40) % 2))
    assert any("x_2 1" in note for note in gaps.notes)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((12, 5, 4), dtype=complex),
        np.zeros((12, 5, 4), dtype="M8[s]"),
        np.zeros(12, dtype=[("a", "f4"), ("b", "i4")]),
        np.zeros((0, 5, 4)),
        np.float64(3),
        np.zeros((2, 2, 2, 2, 2)),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_type_and_shape(tmp_path: Path, array: Any) -> None:
    with pytest.raises(DataError, match="x"):
        open_data(saved(tmp_path, x=array, y=LABELS[:0] if array.size == 0 else LABELS))


class _Bomb:
    """Unpickled, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_pickles_are_refused_and_nothing_runs(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    array = np.empty(12, dtype=object)
    array[:] = [_Bomb(mark)] * 12
    np.save(tmp_path / "x.npy", array, allow_pickle=True)
    np.savez(tmp_path / "x.npz", x=array, y=LABELS)
    (tmp_path / "p.npy").write_bytes(pickle.dumps(_Bomb(mark)))
    for name in ("x.npy", "x.npz"):
        with pytest.raises(DataError, match=r"holds Python objects .a pickle.*refused"):
            open_data(tmp_path / name)
    with pytest.raises(DataError):
        open_data(tmp_path / "p.npy")
    assert not mark.exists()


def test_shapes_that_the_file_does_not_bear_out_are_refused(tmp_path: Path) -> None:
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000, 1000, 1000)}\n"
    (tmp_path / "x.npy").write_bytes(npy(header, bytes(64)))
    with pytest.raises(DataError, match=r"would be 32,000,000,000,000,000 bytes, found 64"):
        open_data(tmp_path / "x.npy")
    for shape in ("(-4, 5)", "('a',)", "(2.5, 1)", "5"):
        text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}\n"
        (tmp_path / "x.npy").write_bytes(npy(text, bytes(64)))
        with pytest.raises(DataError, match="header of x"):
            open_data(tmp_path / "x.npy")


def test_a_bomb_is_refused_by_its_declared_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.npz"
    stream = io.BytesIO()
    np.save(stream, np.zeros((300, 1024, 1024), dtype=np.uint8))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", stream.getvalue())
    with pytest.raises(DataError, match="far more than data do"):
        open_data(path)
    np.savez(path, x=np.zeros((900, 50, 50), dtype=np.uint8), y=np.arange(900) % 3)
    monkeypatch.setattr(limits, "free_bytes", lambda: 2_000_000)
    monkeypatch.setattr(store, "free_disk", lambda: 0)
    with pytest.raises(DataError, match=r"array x, needs about .* MB, and 2.0 MB of memory and 0"):
        open_data(path)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, x=pictures(), y=LABELS)
    content = path.read_bytes()
    place = content.index(b"NUMPY") + 200
    path.write_bytes(content[:place] + b"\xff\x00\xff" + content[place + 3 :])
    with pytest.raises(DataError, match="damaged"):
        open_data(path)
    path.write_bytes(content[:300])
    with pytest.raises(DataError, match="damaged"):
        open_data(path)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("x.npy", npy("{}"))
        archive.writestr("x.npy", npy("{}"))
    with pytest.raises(DataError, match=r"holds 'x.npy' twice"):
        open_data(path)


def test_a_network_takes_arrays_of_its_size_alone(tmp_path: Path) -> None:
    encoding = prepare(open_data(saved(tmp_path, x=pictures(), y=LABELS)), 0.2, 1).encoding
    alone = saved(tmp_path, "alone.npz", x=pictures())
    rows = read_with(encoding, alone)
    assert rows.y is None
    assert rows.x.shape == (12, 5, 4, 1)
    with pytest.raises(DataError, match=r"images of 4 × 5 × 1, the network takes 5 × 4 × 1"):
        read_with(encoding, saved(tmp_path, x=pictures().transpose(0, 2, 1), y=LABELS))
    known = saved(tmp_path, x=pictures(), y=np.array([0, 1, 9] * 4))
    assert len(read_with(encoding, known).x) == 8
    assert (np.asarray(read_with(encoding, known, keep_all=True).y) < 0).sum() == 4


def test_labels_that_are_measures_are_no_classes_of_pictures(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 255, (50, 8, 8), dtype=np.uint8)
    with pytest.raises(DataError, match=r"labels such as -?\d\.\d+ are measures"):
        open_data(saved(tmp_path, x=x, y=rng.normal(size=50)))
    whole = open_data(saved(tmp_path, "b.npz", x=x, y=np.arange(50) % 2 * 2.0))
    assert whole.spec.classes == ("0", "2")


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"columns": {"x": {"fill": "median"}}}, "columns to prepare"),
        ({"added": [{"kind": "sin", "of": "x"}]}, "columns to make inputs of"),
        ({"sheet": "one"}, "sheets"),
    ],
)
def test_what_only_tables_have_is_refused_in_plain_words(
    tmp_path: Path, options: dict[str, Any], what: str
) -> None:
    path = saved(tmp_path, x=np.zeros((4, 8, 8), np.uint8), y=np.arange(4) % 2)
    with pytest.raises(DataError, match=f"a.npz holds pictures: only a table has {what}"):
        open_data(path, options=options)
