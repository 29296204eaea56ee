"""Tables open right by themselves, and as they are told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import (
    ColumnChoice,
    TableOptions,
    open_data,
    prepare,
    read_table_head,
    read_with,
)
from nndesigner.data.table import TableDataset
from nndesigner.errors import DataError
from tests.data.helpers import rows, table


def opened(path: Path, **options: object) -> TableDataset:
    dataset = open_data(path, options=options)
    assert isinstance(dataset, TableDataset)
    return dataset


def said(dataset: TableDataset) -> str:
    return "\n".join(dataset.notes)


# -- real tables, without any option


def test_titanic_opens_and_its_leak_is_pointed_out_and_ignored(shared_data: Path) -> None:
    dataset = opened(shared_data / "csv" / "titanic.csv")
    assert dataset.spec.target_names == ("survived",)
    assert dataset.spec.classes == ("0", "1")
    assert dataset.spec.rows == 891
    assert "alive alone gives away survived" in said(dataset)
    assert not any("alive" in name for name in dataset.spec.feature_names)
    assert "age 177" in said(dataset)
    assert "deck 688" in said(dataset)
    assert np.isfinite(prepare(dataset, 0.2, 1).x_train).all()


def test_a_leak_is_kept_when_asked_for(shared_data: Path) -> None:
    dataset = opened(shared_data / "csv" / "titanic.csv", columns={"alive": {"role": "input"}})
    assert "alive" in dataset.spec.feature_names


def test_penguins_open_with_species_as_target(shared_data: Path) -> None:
    dataset = opened(shared_data / "csv" / "penguins.csv")
    assert dataset.spec.classes == ("Adelie", "Chinstrap", "Gentoo")
    assert dataset.spec.input_shape == (9,)
    assert "sex 11" in said(dataset)


def test_adult_opens_with_its_blanks_and_question_marks(shared_data: Path) -> None:
    dataset = opened(shared_data / "csv" / "adult.data")
    assert dataset.spec.rows == 32561
    assert dataset.spec.classes == ("<=50K", ">50K")
    assert "workclass 1,836" in said(dataset)
    assert "workclass=Private" in dataset.spec.feature_names


def test_adult_opens_without_a_header_as_well(shared_data: Path, tmp_path: Path) -> None:
    body = (shared_data / "csv" / "adult.data").read_bytes().split(b"\n", 1)[1]
    dataset = opened(table(tmp_path, body, "adult.data"))
    assert dataset.spec.rows == 32561
    assert dataset.spec.classes == ("<=50K", ">50K")
    assert "numbered" in said(dataset)


def test_wine_quality_is_cut_at_its_semicolons(shared_data: Path) -> None:
    dataset = opened(shared_data / "csv" / "winequality-red_semicolon.csv")
    assert dataset.spec.input_shape == (11,)
    assert dataset.spec.classes == ("3", "4", "5", "6", "7", "8")
    numbers = opened(shared_data / "csv" / "winequality-red_semicolon.csv", task="regression")
    assert numbers.spec.task == "regression"


def test_mpg_predicts_mpg_ignores_names_and_fills_horsepower(shared_data: Path) -> None:
    dataset = opened(shared_data / "csv" / "mpg.csv")
    assert dataset.spec.task == "regression"
    assert dataset.spec.target_names == ("mpg",)
    assert "horsepower 6" in said(dataset)
    assert "Ignored: name" in said(dataset)
    assert not any("name" in name for name in dataset.spec.feature_names)


@pytest.mark.parametrize(
    ("name", "target", "task"),
    [
        ("csv/diamonds.csv", "price", "regression"),
        ("csv/tips.csv", "tip", "regression"),
        ("csv/california_housing.csv", "median_house_value", "regression"),
        ("sklearn/digits.csv", "digit", "classification"),
        ("sklearn/breast_cancer.csv", "class", "classification"),
        ("sklearn/diabetes.csv", "progression", "regression"),
    ],
)
def test_the_target_of_known_tables_is_found(
    shared_data: Path, name: str, target: str, task: str
) -> None:
    spec = opened(shared_data / name).spec
    assert (spec.target_names, spec.task) == ((target,), task)


# -- types and roles


def test_columns_are_typed_by_what_they_hold(tmp_path: Path) -> None:
    text = "id,size,colour,member,day,note,zip,class\n" + "".join(
        f"{100 + i},{i * 0.5},{'red' if i % 2 else 'blue'},{'yes' if i % 3 else 'no'},"
        f"2024-01-{i % 28 + 1:02d},text number {i},{i % 4:05d},{'ab'[i % 2 == i % 3]}\n"
        for i in range(60)
    )
    dataset = opened(table(tmp_path, text))
    types = {column.name: column.type for column in dataset.columns}
    assert types == {
        "id": "id",
        "size": "number",
        "colour": "category",
        "member": "yes_no",
        "day": "date",
        "note": "text",
        "zip": "category",
        "class": "category",
    }
    assert dataset.spec.feature_names[:4] == ("size", "colour=blue", "colour=red", "member")
    assert "zip=00003" in dataset.spec.feature_names
    assert "id (it only numbers the rows)" in said(dataset)
    assert "day (it holds dates)" in said(dataset)


def test_long_whole_numbers_are_names_of_rows_not_rounded_numbers(tmp_path: Path) -> None:
    text = "code,size,class\n" + "".join(
        f"{900000000000000000 + i * i},{i},{'ab'[i % 2]}\n" for i in range(30)
    )
    dataset = opened(table(tmp_path, text))
    assert dataset.spec.feature_names == ("size",)
    assert "too long" in said(dataset)


def test_choices_override_the_guesses(tmp_path: Path) -> None:
    path = table(tmp_path, "a,b,c\n" + rows(30))
    dataset = opened(
        path,
        target="a",
        columns={"c": {"role": "ignore"}, "b": {"type": "category"}},
    )
    assert dataset.spec.task == "regression"
    assert all(name.startswith("b=") for name in dataset.spec.feature_names)
    assert "b=10" in dataset.spec.feature_names
    assert dataset.origin.options["target"] == "a"


def test_an_unknown_target_is_refused_with_a_hint(tmp_path: Path) -> None:
    path = table(tmp_path, "width,length,kind\n" + rows(30))
    with pytest.raises(DataError, match="no column 'lenght': did you mean 'length'"):
        open_data(path, target="lenght")


def test_several_number_targets(shared_data: Path) -> None:
    columns = {name: {"role": "target"} for name in ("Weight", "Waist", "Pulse")}
    dataset = opened(shared_data / "sklearn" / "linnerud.csv", columns=columns)
    assert dataset.spec.outputs == 3
    prepared = prepare(dataset, 0.2, 1)
    assert prepared.y_train.shape == (16, 3)
    real = prepared.encoding.decode(prepared.y_train)
    assert dataset.targets[1].numbers is not None
    np.testing.assert_allclose(real[:, 1], dataset.targets[1].numbers[prepared.train_rows])


def test_options_round_trip_through_plain_json() -> None:
    options = TableOptions(
        delimiter=";",
        decimal=",",
        header=False,
        skip=2,
        target="y",
        columns={"a": ColumnChoice(type="category", role="input")},
        missing=("-200",),
        fill="median",
        scaling="none",
    )
    assert TableOptions.from_plain(options.plain()) == options
    assert TableOptions().plain() == {}
    with pytest.raises(DataError, match="the options are delimiter"):
        TableOptions.from_plain({"delimter": ";"})


# -- numbers


def test_numbers_are_standardised_on_the_training_part_alone(tmp_path: Path) -> None:
    path = table(tmp_path, "a,b,c\n" + rows(50))
    dataset = opened(path)
    prepared = prepare(dataset, 0.3, 7)
    np.testing.assert_allclose(prepared.x_train.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(prepared.x_train.std(axis=0), 1, atol=1e-5)
    assert abs(float(prepared.x_val.mean())) > 1e-4
    assert prepared.x_train.flags.c_contiguous
    assert prepared.x_train.dtype == np.float32


def test_a_constant_column_does_not_divide_by_zero(tmp_path: Path) -> None:
    path = table(tmp_path, "a,b,c\n" + rows(30, "{i},5,{c}\n"))
    dataset = opened(path)
    assert (prepare(dataset, 0.2, 1).x_train[:, 1] == 0).all()
    assert "of no use: b" in said(dataset)


def test_missing_values_are_filled_from_the_training_rows(tmp_path: Path) -> None:
    lines = "".join(
        f"{i if i % 5 else '?'},{'u' if i % 4 else ''},{'ab'[i % 2]}\n" for i in range(40)
    )
    path = table(tmp_path, "a,k,c\n" + lines)
    dataset = opened(path)
    assert "Missing values: a 8, k 10" in said(dataset)
    encoded = dataset.encode(dataset.fit(np.arange(40)))
    assert (encoded.x[::5, 0] == 0).all()  # the mean
    assert (encoded.x[:, 1] == 1).all()  # the most frequent
    dropped = opened(path, fill="drop")
    assert len(dropped.encode(dropped.fit(np.arange(40))).x) < 40


def test_a_number_target_is_learnt_standardised_and_shown_in_its_units(tmp_path: Path) -> None:
    path = table(tmp_path, "a,price\n" + "".join(f"{i},{1000 + 250.5 * i}\n" for i in range(40)))
    dataset = opened(path)
    prepared = prepare(dataset, 0.25, 3)
    assert abs(float(prepared.y_train.mean())) < 1e-6
    real = prepared.encoding.decode(prepared.y_val)
    np.testing.assert_allclose(real[:, 0], 1000 + 250.5 * prepared.val_rows, rtol=1e-6)
    error = np.abs(prepared.y_val - 0).mean() * prepared.encoding.target_scale
    np.testing.assert_allclose(
        error, np.abs(real - prepared.encoding.decode(0 * prepared.y_val)).mean(), rtol=1e-5
    )


def test_scaling_none_leaves_all_numbers_as_they_are(tmp_path: Path) -> None:
    path = table(tmp_path, "x,y\n1,4\n2,14\n5,24\n8,28\n3,18\n")
    prepared = prepare(opened(path, scaling="none"), 0.0, 1)
    assert prepared.x_train[:, 0].tolist() == [1, 2, 5, 8, 3]
    assert prepared.y_train[:, 0].tolist() == [4, 14, 24, 28, 18]
    assert len(prepared.x_val) == 0


def test_gaps_can_be_filled_with_any_number(tmp_path: Path) -> None:
    path = table(tmp_path, "x,c,y\n1,a,4\n,a,14\n5,b,24\n8,,28\n3,a,18\n")
    dataset = opened(path, fill="constant", fill_value=-2.5, scaling="none", target="y")
    assert "filled with -2.5 or the most frequent value" in said(dataset)
    prepared = prepare(dataset, 0.0, 1)
    assert prepared.x_train[:, 0].tolist() == [1, -2.5, 5, 8, 3]
    assert prepared.x_train[3, 1:].tolist() == [1, 0]
    assert dataset.origin.options["fill_value"] == -2.5
    with pytest.raises(DataError, match="fill_value must lie between"):
        opened(path, fill="constant", fill_value=1e300)


# -- new data through a saved encoding


@pytest.fixture
def flowers(shared_data: Path) -> TableDataset:
    return opened(shared_data / "csv" / "penguins.csv")


def test_new_rows_meet_the_network_as_the_old_did(flowers: TableDataset, shared_data: Path) -> None:
    encoding = flowers.fit(np.arange(200))
    again = read_with(encoding, shared_data / "csv" / "penguins.csv")
    first = flowers.encode(encoding)
    np.testing.assert_array_equal(again.x, first.x)
    np.testing.assert_array_equal(again.y, first.y)  # type: ignore[arg-type]


def test_new_rows_without_a_target_give_none(flowers: TableDataset, tmp_path: Path) -> None:
    encoding = flowers.fit(np.arange(344))
    path = table(
        tmp_path,
        "sex,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g\n"
        "MALE,Biscoe,45,15,210,5000\nFEMALE,Atlantis,39,,190,3500\n",
    )
    encoded = read_with(encoding, path)
    assert encoded.y is None
    assert encoded.x.shape == (2, 9)
    islands = [i for i, name in enumerate(flowers.spec.feature_names) if "island" in name]
    assert encoded.x[1, islands].tolist() == [0, 0, 0]
    assert any("Atlantis" in note for note in encoded.notes)


def test_a_missing_input_column_is_named(flowers: TableDataset, tmp_path: Path) -> None:
    path = table(tmp_path, "sex,island,bill_length\nMALE,Biscoe,45\nMALE,Dream,44\n")
    with pytest.raises(DataError, match="no column 'bill_length_mm'"):
        read_with(flowers.fit(np.arange(344)), path)


def test_text_where_a_number_was_counts_as_missing(flowers: TableDataset, tmp_path: Path) -> None:
    header = ",".join(column.name for column in flowers.columns)
    path = table(
        tmp_path, f"{header}\nAdelie,Dream,abc,18,190,3800,MALE\nGentoo,Dream,40,18,1,3,MALE\n"
    )
    encoded = read_with(flowers.fit(np.arange(344)), path)
    assert np.isfinite(encoded.x).all()
    assert any("'abc' in line 2" in note for note in encoded.notes)


def test_prediction_keeps_the_rows_that_have_no_target(
    flowers: TableDataset, tmp_path: Path
) -> None:
    header = ",".join(column.name for column in flowers.columns)
    path = table(
        tmp_path,
        f"{header}\nAdelie,Dream,39,18,190,3800,MALE\n,Dream,40,18,195,3700,MALE\n"
        "Emperor,Biscoe,40,18,195,3700,MALE\n",
    )
    encoding = flowers.fit(np.arange(344))
    judged = read_with(encoding, path)
    assert judged.kept.tolist() == [0]
    assert any("1 row without a target left out" in note for note in judged.notes)
    predicted = read_with(encoding, path, keep_all=True)
    assert predicted.kept.tolist() == [0, 1, 2]
    assert predicted.y is not None
    assert predicted.y.tolist() == [0, -1, -1]
    np.testing.assert_array_equal(predicted.x[:1], judged.x)


def test_prediction_of_a_number_keeps_rows_and_fills_what_training_dropped(tmp_path: Path) -> None:
    train = table(tmp_path, "x,z,y\n" + "".join(f"{i},{i % 3},{i}.5\n" for i in range(30)))
    encoding = prepare(opened(train, fill="drop", target="y"), 0.0, 1).encoding
    path = table(tmp_path, "x,z,y\n1,2,\n,1,3.5\n4,2,4.5\n", "new.csv")
    assert read_with(encoding, path).kept.tolist() == [2]
    predicted = read_with(encoding, path, keep_all=True)
    assert predicted.kept.tolist() == [0, 1, 2]
    assert predicted.y is not None
    assert np.isnan(predicted.y[:, 0]).tolist() == [True, False, False]
    assert np.isfinite(predicted.x).all()
    assert any("filled" in note for note in predicted.notes)


# -- the preview


def test_the_head_says_what_was_found_and_shows_texts(shared_data: Path) -> None:
    head = read_table_head(shared_data / "csv" / "titanic.csv")
    assert (head.delimiter, head.decimal, head.header, head.skip) == (",", ".", True, 0)
    assert head.encoding == "utf-8"
    assert len(head.rows) == 200
    assert head.rows[0][:4] == ("0", "3", "male", "22.0")
    assert head.target == "survived"
    assert head.missing["age"] == 177
    roles = {column.name: column.role for column in head.columns}
    assert (roles["survived"], roles["alive"], roles["sex"]) == ("target", "ignore", "input")
    assert head.complete
    assert not head.problem


def test_the_head_of_a_big_file_looks_at_its_beginning(shared_data: Path) -> None:
    head = read_table_head(shared_data / "csv" / "adult.data")
    assert not head.complete
    assert 10_000 < head.rows_seen < 32_561


def test_what_the_head_showed_can_be_taken_as_it_was(tmp_path: Path) -> None:
    text = "a,b,y\n" + "".join(f"{i % 50},{i % 7},{i % 3}\n" for i in range(400_000))
    path = table(tmp_path, text + "".join(f"{i % 50},{i % 7},text{i}\n" for i in range(3000)))
    head = read_table_head(path)
    assert (head.target, head.task, head.complete) == ("y", "classification", False)
    assert opened(path).spec.target_names != ("y",)
    dataset = opened(path, **head.pinned().plain())
    assert dataset.spec.target_names == ("y",)
    assert dataset.spec.classes == ("0", "1", "2")
    assert dataset.spec.feature_names == ("a", "b")
    assert "y: 3,000 cells are no numbers and count as missing: 'text0' in line 400002" in said(
        dataset
    )


def test_pinning_keeps_several_targets_and_ignored_columns(tmp_path: Path) -> None:
    text = "id,a,b,u,v\n" + "".join(
        f"{i},{i % 9},c{i % 4},{i}.5,{i % 13}.25\n" for i in range(150_000)
    )
    path = table(tmp_path, text)
    roles = {"u": {"role": "target"}, "v": {"role": "target"}}
    head = read_table_head(path, TableOptions.from_plain({"columns": roles}))
    assert not head.complete
    dataset = opened(path, **head.pinned().plain())
    assert dataset.spec.target_names == ("u", "v")
    assert dataset.spec.feature_names == ("a", "b=c0", "b=c1", "b=c2", "b=c3")


def test_the_head_shows_a_problem_instead_of_failing(tmp_path: Path) -> None:
    head = read_table_head(table(tmp_path, "a b c\n1 2 3\n4 5 6\n"), TableOptions(delimiter=";"))
    assert len(head.columns) == 1
    assert "delimiter" in head.problem


def test_a_chosen_type_makes_no_other_column_the_target(tmp_path: Path) -> None:
    # in two currencies, so that they are no numbers by themselves
    lines = "".join(
        f'"{"$€"[i % 2]}{1 + i % 9},{100 + i}.50",{i * 3 % 17},{"ab"[i % 2]}\n' for i in range(200)
    )
    path = table(tmp_path, "price,n,cls\n" + lines)
    assert opened(path).spec.target_names == ("cls",)
    number = {"price": ColumnChoice(type="number")}
    found = opened(path, columns=number)
    assert found.spec.target_names == ("cls",)
    gone = opened(path, columns={**number, "cls": ColumnChoice(type="text")})
    assert gone.spec.target_names == ("n",)
    assert any(
        note == "cls would be the target, but is set to text: n is predicted instead."
        for note in gone.notes
    )


def test_an_order_that_nobody_gave_is_said(tmp_path: Path) -> None:
    lines = "".join(f"{('low', 'medium', 'high')[i % 3]},{i},{'uv'[i % 2]}\n" for i in range(60))
    path = table(tmp_path, "size,x,y\n" + lines)
    ordinal = {"size": ColumnChoice(coding="ordinal")}
    assert "from the least to the most: high, low, medium." in said(opened(path, columns=ordinal))
    given = {"size": ColumnChoice(coding="ordinal", order="low|medium|high")}
    assert "no order was given" not in said(opened(path, columns=given))


def test_a_column_that_becomes_very_many_inputs_is_pointed_out(tmp_path: Path) -> None:
    lines = "".join(f"city{i * 7 % 750},{i},{'uv'[i % 2]}\n" for i in range(2000))
    path = table(tmp_path, "city,x,y\n" + lines)
    options = TableOptions(columns={"city": ColumnChoice(type="category")})
    note = "city: 750 values become as many inputs"
    assert note in said(opened(path, columns=options.columns))
    assert any(note in found for found in read_table_head(path, options).notes)
    assert note not in said(opened(path))


def test_a_column_that_gives_the_target_away_is_said_on_opening(tmp_path: Path) -> None:
    lines = "".join(
        f"{i * 37 % 101},{i % 2 * 10 + i * 13 % 89 / 100},{'uv'[i % 2]}\n" for i in range(200)
    )
    text = said(opened(table(tmp_path, "a,score,y\n" + lines)))
    assert "The column 'score' alone predicts the class 'y' almost without a mistake" in text
    assert "'a' alone" not in text


@pytest.mark.parametrize("gap", ["", "NA"])
def test_long_whole_numbers_are_exact(tmp_path: Path, gap: str) -> None:
    """Each of 100 names comes twice; as float64 eight of them would be the same number."""
    first = 123_456_789_012_345_678
    names = [str(first + i // 2) for i in range(200)]
    cells = [gap if gap and i == 7 else name for i, name in enumerate(names)]
    lines = "".join(f"{cell},{i},{'uv'[i % 2]}\n" for i, cell in enumerate(cells))
    path = table(tmp_path, "who,x,y\n" + lines)
    column = opened(path).columns[0]
    assert (column.type, column.distinct, column.missing) == ("id", 100, int(bool(gap)))
    assert "too long" in column.why
    grouped = opened(path, columns={"who": ColumnChoice(role="group")})
    parts = prepare(grouped, 0.3, 1)
    held = [{names[row] for row in rows if row != 7} for rows in (parts.train_rows, parts.val_rows)]
    assert not held[0] & held[1]
    assert len(held[0]) + len(held[1]) >= 99
    category = opened(path, columns={"who": ColumnChoice(type="category")})
    assert category.columns[0].values[0] == str(first)
    assert len(category.columns[0].values) == 100
    number = opened(path, columns={"who": ColumnChoice(type="number", role="input")})
    assert number.columns[0].type == "number"


def test_long_numbers_that_are_measures_stay_numbers(tmp_path: Path) -> None:
    lines = "".join(f"{i}.5e20,{i},{'uv'[i % 2]}\n" for i in range(1, 60))
    assert opened(table(tmp_path, "mass,x,y\n" + lines)).columns[0].type == "number"
