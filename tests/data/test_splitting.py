"""Rows are shared out as a person chose: the same seed, whole groups, in order of time, by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import open_data, prepare
from nndesigner.data import split as split_module
from nndesigner.data.dataset import Prepared
from nndesigner.data.split import fold_notes, part_counts, prepare_folds
from nndesigner.data.split_plan import Split, parse_split
from nndesigner.data.split_rows import part_sizes, share_out
from nndesigner.errors import DataError
from tests.data.helpers import idx_pair, table


def split_of(path: Path | str, seed: int = 1, share: float = 0.2, **split: object) -> Prepared:
    return prepare(open_data(path, options={"split": split}), share, seed)


def test_a_test_part_is_set_aside_evenly_and_with_a_fixed_seed() -> None:
    prepared = split_of("iris", test=0.2)
    assert part_counts(prepared) == {
        "training": [30, 30, 30],
        "validation": [10, 10, 10],
        "test": [10, 10, 10],
    }
    assert prepared.test_rows is not None
    parts = [prepared.train_rows, prepared.val_rows, prepared.test_rows]
    assert sorted(np.concatenate(parts).tolist()) == list(range(150))
    again = split_of("iris", test=0.2)
    np.testing.assert_array_equal(prepared.test_rows, again.test_rows)
    other = split_of("iris", seed=2, test=0.2)
    assert other.test_rows is not None
    assert other.test_rows.tolist() != prepared.test_rows.tolist()


def test_a_seed_of_its_own_keeps_the_split_while_the_trainings_seed_changes() -> None:
    first, second = (
        prepare(open_data("iris", options={"split": {"test": 30, "seed": 7}}), 0.2, seed)
        for seed in (1, 2)
    )
    assert first.test_rows is not None
    assert second.test_rows is not None
    np.testing.assert_array_equal(first.test_rows, second.test_rows)
    np.testing.assert_array_equal(first.val_rows, second.val_rows)


def test_parts_can_be_given_as_counts() -> None:
    prepared = split_of("wine", test=20, validation=10)
    assert [sum(part) for part in part_counts(prepared).values()] == [148, 10, 20]
    with pytest.raises(DataError, match="leave none of 178 to train on"):
        split_of("wine", test=150, validation=30)


def test_without_a_word_the_split_is_the_one_of_before() -> None:
    dataset = open_data("iris")
    prepared = prepare(dataset, 0.2, 1)
    # as saved by the version before: drawn class by class from the seed alone
    rng = np.random.default_rng(1)
    labels = dataset.labels
    assert labels is not None
    drawn = [rng.permutation(np.flatnonzero(labels == label))[:10] for label in range(3)]
    assert prepared.val_rows.tolist() == sorted(np.concatenate(drawn).tolist())
    assert prepared.x_test is None


PEOPLE = "person,day,x,kind\n" + "".join(
    f"p{i % 12},2024-03-{1 + (i * 7) % 28:02d},{i},{'ab'[i % 2]}\n" for i in range(120)
)


@pytest.mark.parametrize(
    "options",
    [
        {"columns": {"person": {"role": "group"}}},
        {"split": {"method": "group", "column": "person"}},
    ],
    ids=["role", "method"],
)
def test_whole_groups_stay_in_one_part(tmp_path: Path, options: dict[str, dict[str, str]]) -> None:
    path = table(tmp_path, PEOPLE)
    options = {**options, "split": {**options.get("split", {}), "test": 0.25}}  # type: ignore[dict-item]
    prepared = prepare(open_data(path, target="kind", options=options), 0.25, 1)
    assert prepared.test_rows is not None
    parts = [set((rows % 12).tolist()) for rows in (prepared.train_rows, prepared.val_rows)]
    parts.append(set((prepared.test_rows % 12).tolist()))
    assert [len(part) for part in parts] == [6, 3, 3]
    assert len(set.union(*parts)) == 12
    if "columns" in options:
        assert not any("person" in name for name in prepared.spec.feature_names)


def test_the_last_rows_in_time_are_kept_aside(tmp_path: Path) -> None:
    path = table(tmp_path, PEOPLE)
    split = {"method": "time", "column": "day", "test": 0.1, "validation": 0.2}
    prepared = prepare(open_data(path, target="kind", options={"split": split}), 0.5, 1)
    days = 1 + (np.arange(120) * 7) % 28
    assert prepared.test_rows is not None
    train, val, test = (
        days[rows] for rows in (prepared.train_rows, prepared.val_rows, prepared.test_rows)
    )
    assert (len(train), len(val), len(test)) == (84, 24, 12)
    assert train.max() <= val.min()
    assert val.max() <= test.min()
    with pytest.raises(DataError, match="holds no dates and no numbers"):
        prepare(
            open_data(path, target="kind", options={"split": {**split, "column": "person"}}), 0, 1
        )


def test_a_column_can_name_the_parts(tmp_path: Path) -> None:
    names = ["Train", "train", "VAL", "test", ""]
    lines = "".join(f"{i},{names[i % 5]},{'ab'[i // 5 % 2]}\n" for i in range(50))
    path = table(tmp_path, "x,part,kind\n" + lines)
    dataset = open_data(path, target="kind", options={"columns": {"part": {"role": "split"}}})
    prepared = prepare(dataset, 0.2, 1)
    assert dataset.spec.feature_names == ("x",)
    assert sorted(set((prepared.train_rows % 5).tolist())) == [0, 1, 4]
    assert set((prepared.val_rows % 5).tolist()) == {2}
    assert prepared.test_rows is not None
    assert set((prepared.test_rows % 5).tolist()) == {3}
    assert any("10 rows have no value in part" in note for note in prepared.notes)
    wrong = table(tmp_path, "x,part,kind\n" + lines.replace("VAL", "dunno"), "wrong.csv")
    with pytest.raises(DataError, match="holds 'dunno', which name no part"):
        prepare(
            open_data(wrong, target="kind", options={"columns": {"part": {"role": "split"}}}), 0, 1
        )


def test_rows_that_are_in_two_parts_are_pointed_out(tmp_path: Path) -> None:
    lines = "".join(f"{i % 30},{i % 7},{'ab'[i % 2]}\n" for i in range(30))
    same = table(tmp_path, "x,z,kind\n" + lines + lines)
    prepared = split_of(same, share=0.2)
    word = next(note for note in prepared.notes if "training part as well" in note)
    known = {tuple(row) for row in prepared.x_train.tolist()}
    wanted = sum(tuple(row) in known for row in prepared.x_val.tolist())
    assert wanted > 0
    assert word.startswith(f"{wanted} validation row")
    assert split_of(table(tmp_path, "x,z,kind\n" + lines, "once.csv")).notes == ()


def test_folds_hold_every_row_out_once_and_keep_classes_even() -> None:
    dataset = open_data("wine")
    seen = []
    labels = dataset.labels
    assert labels is not None
    for prepared in prepare_folds(dataset, 5, 1):
        assert prepared.test_rows is not None
        assert len(prepared.x_val) == 0
        assert not set(prepared.train_rows.tolist()) & set(prepared.test_rows.tolist())
        shares = np.bincount(labels[prepared.test_rows]) / np.bincount(labels)
        assert (np.abs(shares - 0.2) < 0.02).all()
        assert prepared.encoding == dataset.fit(prepared.train_rows)
        seen += prepared.test_rows.tolist()
    assert sorted(seen) == list(range(178))


def test_folds_keep_groups_whole(tmp_path: Path) -> None:
    options = {"columns": {"person": {"role": "group"}}}
    dataset = open_data(table(tmp_path, PEOPLE), target="kind", options=options)
    for prepared in prepare_folds(dataset, 4, 1, 0.2):
        assert prepared.test_rows is not None
        inside = {*(prepared.train_rows % 12).tolist(), *(prepared.val_rows % 12).tolist()}
        assert not inside & set((prepared.test_rows % 12).tolist())
        assert len(prepared.test_rows) == 30
    with pytest.raises(DataError, match="12 groups are too few for 13 folds"):
        next(prepare_folds(dataset, 13, 1))


def test_pictures_have_a_test_part_as_well(tmp_path: Path) -> None:
    images, _ = idx_pair(tmp_path, 30)
    dataset = open_data(images, options={"split": {"test": 0.2}})
    prepared = prepare(dataset, 0.2, 1)
    assert [sum(part) for part in part_counts(prepared).values()] == [18, 6, 6]
    assert dataset.origin.options["split"] == {"test": 0.2}
    with pytest.raises(DataError, match="only a table has"):
        prepare(open_data(images, options={"split": {"method": "group", "column": "x"}}), 0.2, 1)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["tset=0.2"], "one of method, column"),
        (["test=1.5"], "a share from 0 to below 1 or a whole number"),
        (["test=-1"], "test"),
        (["method=time"], "name the column that holds the times"),
        (["method=by"], "split must be one of"),
    ],
)
def test_a_split_that_cannot_be_is_refused(words: list[str], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        parse_split(words)


def test_a_split_is_said_in_words() -> None:
    assert parse_split(["test=0,25", "method=random", "seed=3"]) == Split(
        test=0.25, method="random", seed=3
    )


TWO = "".join(f"{i},{{flag{i % 4 == 0:d}}},{'ab'[i // 4 % 2]}\n" for i in range(80))


@pytest.mark.parametrize(
    ("column", "low", "high", "aside"),
    [
        ("is_train", "yes", "no", "val"),
        ("is_train", "1", "0", "val"),
        ("is_test", "0", "1", "test"),
        ("is_test", "False", "True", "test"),
        ("held_out", "no", "yes", "val"),
        ("Training row", "t", "f", "val"),
    ],
)
def test_a_flag_names_the_part_that_its_column_is_called_after(
    tmp_path: Path, column: str, low: str, high: str, aside: str
) -> None:
    text = f"x,{column},kind\n" + TWO.replace("{flag0}", low).replace("{flag1}", high)
    options = {"columns": {column: {"role": "split"}}}
    prepared = prepare(open_data(table(tmp_path, text), target="kind", options=options), 0, 1)
    kept = prepared.test_rows if aside == "test" else prepared.val_rows
    assert kept is not None
    assert kept.tolist() == list(range(0, 80, 4))
    assert len(prepared.train_rows) == 60


@pytest.mark.parametrize("method", ["group", "column"])
def test_the_column_that_a_split_goes_by_is_no_input_unless_somebody_says_so(
    tmp_path: Path, method: str
) -> None:
    lines = "".join(f"{i},{('train', 'val')[i % 5 == 0]},{'ab'[i // 5 % 2]}\n" for i in range(60))
    path = table(tmp_path, "x,part,kind\n" + lines)
    split = {"method": method, "column": "part"}
    dataset = open_data(path, target="kind", options={"split": split})
    assert dataset.spec.feature_names == ("x",)
    kept = open_data(
        path, target="kind", options={"split": split, "columns": {"part": {"role": "input"}}}
    )
    assert "x" in kept.spec.feature_names
    assert len(kept.spec.feature_names) > 1
    last = table(tmp_path, "x,kind,part\n" + lines, "last.csv")  # the last column is a target else
    assert open_data(last, options={"split": split}).spec.target_names == ("kind",)


@pytest.mark.parametrize("method", ["auto", "random", "stratified", "time", "group"])
def test_shares_that_leave_nothing_to_train_on_are_refused(tmp_path: Path, method: str) -> None:
    split = {"method": method, "validation": 0.6, "test": 0.6}
    if method in ("time", "group"):
        split["column"] = "day" if method == "time" else "person"
    dataset = open_data(table(tmp_path, PEOPLE), target="kind", options={"split": split})
    with pytest.raises(DataError, match="60 % for validation and 60 % for the test leave none"):
        prepare(dataset, 0.2, 1)


def test_a_part_that_no_column_names_is_drawn_from_the_training_rows(tmp_path: Path) -> None:
    lines = "".join(f"{i},{('train', 'val')[i % 5 == 0]},{'ab'[i % 2]}\n" for i in range(100))
    path = table(tmp_path, "x,part,kind\n" + lines)
    split = {"method": "column", "column": "part", "test": 0.1}
    prepared = prepare(open_data(path, target="kind", options={"split": split}), 0.2, 1)
    assert prepared.test_rows is not None
    assert len(prepared.test_rows) == 10
    assert not (prepared.test_rows % 5 == 0).any()
    assert prepared.val_rows.tolist() == list(range(0, 100, 5))
    greedy = {**split, "test": 80}
    with pytest.raises(DataError, match="leave none of 80"):
        prepare(open_data(path, target="kind", options={"split": greedy}), 0.2, 1)


def test_a_split_that_leaves_one_class_blames_itself(tmp_path: Path) -> None:
    lines = "".join(f"{i},{('train', 'test')[i % 2]},{'ab'[i % 2]}\n" for i in range(40))
    path = table(tmp_path, "x,part,kind\n" + lines)
    options = {"columns": {"part": {"role": "split"}}}
    with pytest.raises(DataError, match="the training part has only the class 'a'") as found:
        prepare(open_data(path, target="kind", options=options), 0.2, 1)
    assert "missing" not in str(found.value)
    gaps = "".join(f"{i if i % 2 else '?'},{i},{'ab'[i % 2]}\n" for i in range(40))
    dropping = open_data(
        table(tmp_path, "x,z,kind\n" + gaps, "gaps.csv"), target="kind", options={"fill": "drop"}
    )
    with pytest.raises(DataError, match="once rows with missing values are dropped"):
        prepare(dropping, 0.2, 1)


def test_validation_inside_the_folds_keeps_the_seed_of_the_split(tmp_path: Path) -> None:
    options = {"split": {"seed": 7}}
    dataset = open_data(table(tmp_path, PEOPLE), target="kind", options=options)
    first, second = (
        [fold.val_rows.tolist() for fold in prepare_folds(dataset, 3, seed, 0.2)] for seed in (1, 2)
    )
    assert first == second


def test_that_folds_take_the_test_part_too_is_said(tmp_path: Path) -> None:
    assert fold_notes(open_data("wine")) == ()
    split = {"test": 0.2}
    assert "test part too" in fold_notes(open_data("wine", options={"split": split}))[0]
    options = {"columns": {"person": {"role": "group"}}}
    dataset = open_data(table(tmp_path, PEOPLE), target="kind", options=options)
    assert fold_notes(dataset) == ()


def test_rows_that_were_not_compared_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split_module, "_MOST_COMPARED", 100)
    assert any("too many to compare" in note for note in split_of("wine").notes)
    assert split_of("wine", share=0.0).notes == ()


@pytest.mark.parametrize(
    "split",
    [
        {},
        {"test": 0.25},
        {"test": 7, "validation": 11},
        {"method": "random", "test": 0.1},
        {"method": "column", "column": "part"},
        {"method": "column", "column": "part", "validation": 0.3},
    ],
    ids=str,
)
def test_the_sizes_of_the_parts_are_known_before_they_are_drawn(
    tmp_path: Path, split: dict[str, object]
) -> None:
    path = tmp_path / "t.csv"
    lines = [f"{n},{'rs'[n % 2]},{'test' if n % 5 == 0 else 'train'}" for n in range(60)]
    path.write_text("a,kind,part\n" + "\n".join(lines) + "\n")
    dataset = open_data(path, options={"target": "kind", "split": split})
    usable = dataset.rows_with_target()
    parts = share_out(dataset, usable, 0.2, 1, dataset.split)
    sizes = (len(parts.training), len(parts.validation), len(parts.test))
    assert part_sizes(dataset, 0.2) == sizes
