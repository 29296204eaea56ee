"""Columns become numbers as a person chose, measured on the training rows, and back again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from nndesigner.data import open_data, prepare, read_with
from nndesigner.data.added import parse_added
from nndesigner.data.column_choice import ColumnChoice, parse_choice, suited
from nndesigner.data.dates import find_format, moments_of, part_of
from nndesigner.data.table import TableDataset
from nndesigner.data.table_encoding import TableEncoding
from nndesigner.errors import DataError
from nndesigner.files.codec import encoding_in, encoding_out
from tests.data.helpers import table

SIZES = (3.0, -1.0, 4.0, 1.0, -5.0, 9.0, 2.0, 6.0, 5.0, 35.0)


def opened(path: Path, **options: object) -> TableDataset:
    dataset = open_data(path, options=options)
    assert isinstance(dataset, TableDataset)
    return dataset


def sizes(tmp_path: Path, gaps: tuple[int, ...] = (), **choice: object) -> TableDataset:
    lines = "".join(
        f"{'' if i in gaps else size},{i * 1.5},{'ab'[i % 2]}\n" for i, size in enumerate(SIZES)
    )
    path = table(tmp_path, "size,y,kind\n" + lines)
    return opened(path, target="kind", columns={"size": choice, "y": {"role": "ignore"}})


def first_input(dataset: TableDataset) -> np.ndarray:
    rows = np.arange(len(SIZES))
    return dataset.encode(dataset.fit(rows), rows).x


def test_each_scaling_is_its_formula(tmp_path: Path) -> None:
    x = np.array(SIZES)
    log = np.sign(x) * np.log1p(np.abs(x))
    first, middle, third = np.percentile(x, (25, 50, 75))
    expected = {
        "standardise": (x - x.mean()) / x.std(),
        "minmax": (x - x.min()) / (x.max() - x.min()),
        "robust": (x - middle) / (third - first),
        "log": (log - log.mean()) / log.std(),
        "none": x,
    }
    for scaling, wanted in expected.items():
        found = first_input(sizes(tmp_path, scaling=scaling))
        np.testing.assert_allclose(found[:, 0], wanted, rtol=1e-6, atol=1e-6)


def test_a_rule_for_all_columns_gives_way_to_a_columns_own(tmp_path: Path) -> None:
    path = table(
        tmp_path, "a,b,kind\n" + "".join(f"{i},{i * 10},{'xy'[i % 2]}\n" for i in range(9))
    )
    dataset = opened(path, target="kind", scaling="minmax", columns={"b": {"scaling": "none"}})
    x = dataset.encode(dataset.fit(np.arange(9))).x
    assert x[:, 0].tolist() == pytest.approx([i / 8 for i in range(9)])
    assert x[:, 1].tolist() == [i * 10 for i in range(9)]


@pytest.mark.parametrize(
    ("clip", "low", "high"),
    [
        ("quartiles", -5.5, 12.5),
        ("percentiles", -4.64, 32.66),
        ("deviations", None, None),
    ],
)
def test_outliers_are_moved_to_the_bound(
    tmp_path: Path, clip: str, low: float | None, high: float | None
) -> None:
    x = np.array(SIZES)
    if low is None or high is None:
        low, high = x.mean() - 3 * x.std(), x.mean() + 3 * x.std()
    found = first_input(sizes(tmp_path, clip=clip, scaling="none"))
    np.testing.assert_allclose(found[:, 0], np.clip(x, low, high), rtol=1e-6)


@pytest.mark.parametrize(
    ("choice", "stands_in"),
    [
        ({"fill": "mean"}, np.mean([*SIZES[:2], *SIZES[4:]])),
        ({"fill": "median"}, np.median([*SIZES[:2], *SIZES[4:]])),
        ({"fill": "frequent"}, -5.0),
        ({"fill": "zero"}, 0.0),
        ({"fill": "constant", "fill_value": "7,5"}, 7.5),
    ],
    ids=["mean", "median", "frequent", "zero", "constant"],
)
def test_a_missing_number_is_filled_as_the_column_says(
    tmp_path: Path, choice: dict[str, str], stands_in: float
) -> None:
    dataset = sizes(tmp_path, gaps=(2, 3), scaling="none", was_missing=True, **choice)
    assert dataset.spec.feature_names == ("size", "size was missing")
    x = first_input(dataset)
    assert x[[2, 3], 0].tolist() == pytest.approx([stands_in] * 2)
    assert np.flatnonzero(x[:, 1]).tolist() == [2, 3]
    assert any("size 2; filled with" in note for note in dataset.notes)


def test_rows_are_left_out_for_one_column_alone(tmp_path: Path) -> None:
    dataset = sizes(tmp_path, gaps=(2, 3), fill="drop")
    rows = np.arange(len(SIZES))
    encoding = dataset.fit(rows)
    assert dataset.encode(encoding, rows).kept.tolist() == [0, 1, 4, 5, 6, 7, 8, 9]
    asked = read_with(encoding, tmp_path / "table.csv", keep_all=True)
    assert len(asked.x) == 10  # a prediction is made for every row
    assert np.isfinite(asked.x).all()


GRADES = "grade,kind\n" + "".join(
    f"{grade},{'xy'[i % 2]}\n" for i, grade in enumerate(["low", "high", "", "middle", "low"] * 4)
)


def test_a_category_as_one_number_in_the_order_given(tmp_path: Path) -> None:
    path = table(tmp_path, GRADES)
    choice = {"coding": "ordinal", "order": "low|middle|high", "fill": "constant"}
    dataset = opened(
        path, target="kind", scaling="none", columns={"grade": {**choice, "fill_value": "middle"}}
    )
    assert dataset.spec.feature_names == ("grade",)
    encoding = dataset.fit(np.arange(20))
    assert dataset.encode(encoding).x[:5, 0].tolist() == [0, 2, 1, 1, 0]
    new = table(tmp_path, "grade\nhigh\nlow\nother\n", "new.csv")
    found = read_with(encoding, new)
    assert found.x[:2, 0].tolist() == [2, 0]
    assert any("has not seen 'other'" in note for note in found.notes)
    with pytest.raises(DataError, match="its order lacks 'middle'"):
        opened(path, target="kind", columns={"grade": {"coding": "ordinal", "order": "low|high"}})


def test_missing_can_be_a_category_of_its_own(tmp_path: Path) -> None:
    choice = {"fill": "constant", "fill_value": "unknown", "was_missing": True}
    dataset = opened(table(tmp_path, GRADES), target="kind", columns={"grade": choice})
    names = dataset.spec.feature_names
    assert names == (
        "grade=high",
        "grade=low",
        "grade=middle",
        "grade=unknown",
        "grade was missing",
    )
    x = dataset.encode(dataset.fit(np.arange(20))).x
    assert x[2].tolist() == [0, 0, 0, 1, 1]
    assert x[0].tolist() == [0, 1, 0, 0, 0]


def test_everything_is_fitted_on_the_training_rows_alone(tmp_path: Path) -> None:
    for choice in ({"scaling": "minmax"}, {"scaling": "robust"}, {"clip": "quartiles"}):
        dataset = sizes(tmp_path, **choice)
        prepared = prepare(dataset, 0.3, 2)
        assert isinstance(prepared.encoding, TableEncoding)
        assert prepared.encoding == dataset.fit(prepared.train_rows)
        assert prepared.encoding != dataset.fit(np.arange(len(SIZES)))


# -- dates


def test_dates_become_the_parts_that_vary(tmp_path: Path) -> None:
    lines = "".join(
        f"{1 + i % 28:02d}.{1 + i % 12:02d}.2024 {i % 24:02d}:00,{'ab'[i % 2]}\n" for i in range(60)
    )
    path = table(tmp_path, "when,kind\n" + lines)
    plain = opened(table(tmp_path, "x," + "when,kind\n1," + lines.replace("\n", "\n1,")[:-2], "t"))
    assert "when (it holds dates)" in "\n".join(plain.notes)
    dataset = opened(
        path, target="kind", scaling="none", columns={"when": {"type": "date", "role": "input"}}
    )
    assert dataset.spec.feature_names == ("when month", "when day", "when weekday", "when hour")
    x = dataset.encode(dataset.fit(np.arange(60))).x
    assert x[25].tolist() == [2, 26, 0, 1]  # 26 February 2024 was a Monday
    encoding = dataset.fit(np.arange(60))
    again = read_with(encoding, path)
    np.testing.assert_array_equal(again.x, x)
    bad = table(tmp_path, "when\n26.02.2024 01:00\nyesterday\n", "new.csv")
    found = read_with(encoding, bad)
    assert found.x[0].tolist() == [2, 26, 0, 1]
    assert any("1 cell is no date" in note for note in found.notes)


@pytest.mark.parametrize(
    ("texts", "date_format", "word"),
    [
        (["2024-02-03", "2023-12-31"], "ISO8601", ""),
        (["2024-02-03 14:05:00", "2023-12-31T00:00"], "ISO8601", ""),
        (["31.12.2023", "01.02.2024"], "%d.%m.%Y", ""),
        (["12/31/2023", "01/02/2024"], "%m/%d/%Y", ""),
        (["01/02/2024", "03/04/2024"], "%d/%m/%Y", "the day is taken to stand first"),
        (["red", "blue"], "", ""),
    ],
)
def test_the_format_of_dates_is_found(texts: list[str], date_format: str, word: str) -> None:
    found, said = find_format(texts)
    assert found == date_format
    assert said.startswith(word)
    assert bool(said) == bool(word)


def test_parts_of_moments_are_those_of_the_calendar() -> None:
    import datetime

    rng = np.random.default_rng(1)
    moments = rng.integers(-2_000_000_000, 4_000_000_000, 200).astype(np.float64)
    for part in ("year", "month", "day", "hour", "minute"):
        wanted = [
            getattr(datetime.datetime.fromtimestamp(value, datetime.UTC), part) for value in moments
        ]
        assert part_of(moments, part).tolist() == wanted
    wanted = [datetime.datetime.fromtimestamp(v, datetime.UTC).weekday() for v in moments]
    assert part_of(moments, "weekday").tolist() == wanted
    assert np.isnan(part_of(np.array([np.nan]), "year")).all()
    assert moments_of(["1970-01-02", "no"], "ISO8601").tolist()[0] == 86400


# -- added inputs


def test_added_inputs_are_computed_on_the_columns_own_numbers(tmp_path: Path) -> None:
    path = table(
        tmp_path, "x1,x2,kind\n" + "".join(f"{i - 4},{i * 2},{'ab'[i % 2]}\n" for i in range(9))
    )
    added = [msgspec.to_builtins(parse_added(text)) for text in ("x1^2", "x1*x2", "sin(x1)")]
    plain = opened(path, target="kind", scaling="none", added=added)
    assert plain.spec.feature_names == ("x1", "x2", "x1^2", "x1*x2", "sin(x1)")
    x1, x2 = np.arange(9) - 4.0, np.arange(9) * 2.0
    wanted = np.stack([x1, x2, x1**2, x1 * x2, np.sin(x1)], axis=1)
    encoding = plain.fit(np.arange(9))
    np.testing.assert_allclose(plain.encode(encoding).x, wanted, rtol=1e-6)
    np.testing.assert_allclose(read_with(encoding, path).x, wanted, rtol=1e-6)
    scaled = opened(path, target="kind", added=added)
    x = scaled.encode(scaled.fit(np.arange(9))).x
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(x.std(axis=0), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("added", "complaint"),
    [
        ({"kind": "power", "of": "kind"}, "needs 'kind' as an input that is a number"),
        ({"kind": "sin", "of": "x3"}, "needs a column 'x3', which is not there"),
        ({"kind": "power", "of": "x1", "power": 99}, "power"),
    ],
)
def test_an_added_input_that_cannot_be_is_refused(
    tmp_path: Path, added: dict[str, object], complaint: str
) -> None:
    path = table(
        tmp_path, "x1,x2,kind\n" + "".join(f"{i},{i * 2},{'ab'[i % 2]}\n" for i in range(9))
    )
    with pytest.raises(DataError, match=complaint):
        opened(path, target="kind", added=[added])


# -- targets are brought back


@pytest.mark.parametrize("scaling", ["standardise", "minmax", "robust", "log", "none"])
def test_a_scaled_target_comes_back_in_its_own_unit(tmp_path: Path, scaling: str) -> None:
    lines = "".join(f"{i},{(i - 5) * 37.5}\n" for i in range(40))
    dataset = opened(
        table(tmp_path, "x,y\n" + lines), target="y", columns={"y": {"scaling": scaling}}
    )
    prepared = prepare(dataset, 0.25, 1)
    back = prepared.encoding.decode(prepared.y_val)[:, 0]
    np.testing.assert_allclose(back, (prepared.val_rows - 5) * 37.5, rtol=1e-4, atol=1e-3)
    assert prepared.encoding.is_linear == (scaling != "log")


def test_an_encoding_with_every_choice_survives_a_file(tmp_path: Path) -> None:
    lines = "".join(
        f"{i},{'uvw'[i % 3]},2024-01-{i % 28 + 1:02d},{'ab'[i % 2]}\n" for i in range(40)
    )
    dataset = opened(
        table(tmp_path, "n,c,d,kind\n" + lines),
        target="kind",
        added=[{"kind": "cos", "of": "n"}],
        columns={
            "n": {"scaling": "log", "clip": "percentiles", "was_missing": True},
            "c": {"coding": "ordinal"},
            "d": {"type": "date", "role": "input"},
        },
    )
    encoding = dataset.fit(np.arange(40))
    plain = msgspec.json.decode(msgspec.json.encode(encoding_out(encoding)))
    assert encoding_in(plain, "$.encoding", "p.nnd") == encoding


def test_an_encoding_that_was_saved_without_these_fields_means_the_same(tmp_path: Path) -> None:
    dataset = sizes(tmp_path)
    encoding = dataset.fit(np.arange(len(SIZES)))
    plain = encoding_out(encoding)
    for column in plain["columns"]:
        for key in ("log", "low", "high", "was_missing", "drop"):
            column.pop(key, None)
    plain.pop("added")
    for target in plain["targets"]:
        target.pop("log")
    assert encoding_in(plain, "$.encoding", "p.nnd") == encoding


# -- what is said of a column


def test_a_choice_is_said_in_one_word_of_the_command_line() -> None:
    name, said = parse_choice("a:b:role=input,fill=constant,fill_value=-1,was_missing=yes")
    assert name == "a:b"
    choice = ColumnChoice(**said)
    assert choice == ColumnChoice(role="input", fill="constant", fill_value="-1", was_missing=True)
    assert parse_choice("x:scaling=none, clip=none") == ("x", {"scaling": "none", "clip": "none"})
    for text, complaint in (
        ("age", "wants NAME:KEY=VALUE"),
        ("age:colour=red", "there is no 'colour'"),
        ("age:fill=most", "missing values must be one of"),
    ):
        with pytest.raises(DataError, match=complaint):
            parse_choice(text)


def test_a_choice_that_means_nothing_for_a_column_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path, GRADES)
    with pytest.raises(DataError, match="'grade' is a category column, which has no clip"):
        opened(path, target="kind", columns={"grade": {"clip": "quartiles"}})
    with pytest.raises(DataError, match="cannot be filled with mean"):
        opened(path, target="kind", columns={"grade": {"fill": "mean"}})
    with pytest.raises(DataError, match="is a target, which has no"):
        opened(path, target="kind", columns={"kind": {"fill": "frequent"}})
    assert (
        suited(ColumnChoice(clip="quartiles", fill="mean"), "category", "input") == ColumnChoice()
    )


def test_a_yes_or_no_that_nobody_knows_stands_between_them(tmp_path: Path) -> None:
    lines = "".join(f"{('no', 'yes')[i % 3 == 0]},{i},{'ab'[i % 2]}\n" for i in range(30))
    dataset = opened(table(tmp_path, "member,x,kind\n" + lines), target="kind")
    encoding = dataset.fit(np.arange(30))
    new = table(tmp_path, "member,x\nyes,1\nmaybe,2\nno,3\n,4\n", "new.csv")
    found = read_with(encoding, new)
    assert found.x[:, 0].tolist() == [1.0, 0.5, 0.0, 0.0]
    assert any("has not seen 'maybe'" in note for note in found.notes)


def test_a_yes_or_no_is_filled_with_one_of_them_only(tmp_path: Path) -> None:
    lines = "".join(f"{('no', 'yes', '')[i % 3]},{i},{'ab'[i % 2]}\n" for i in range(30))
    path = table(tmp_path, "member,x,kind\n" + lines)
    choice = {"fill": "constant", "fill_value": "yes"}
    dataset = opened(path, target="kind", columns={"member": choice})
    assert dataset.encode(dataset.fit(np.arange(30))).x[2, 0] == 1.0
    neither = opened(path, target="kind", columns={"member": {"fill": "constant"}})
    assert neither.encode(neither.fit(np.arange(30))).x[:3, 0].tolist() == [0.0, 1.0, 0.5]
    with pytest.raises(DataError, match=r"'member' holds 'no' and 'yes'.*got 'maybe'"):
        opened(path, target="kind", columns={"member": {**choice, "fill_value": "maybe"}})
