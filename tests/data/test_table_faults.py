"""What people throw at the table reader, and what they must see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.data import TableOptions, open_data, prepare, read_table_head, read_with
from nndesigner.errors import DataError
from tests.data.helpers import rows, table
from tests.data.test_tables import opened, said


@pytest.mark.parametrize("content", ["", "\n\n", "  \r\n", "\ufeff"])
def test_an_empty_file_has_no_rows(tmp_path: Path, content: str) -> None:
    with pytest.raises(DataError, match="the file has no rows"):
        open_data(table(tmp_path, content))


def test_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no rows: there is nothing below the header"):
        open_data(table(tmp_path, "a,b,class\n"))


def test_a_missing_header_is_detected_and_can_be_forced(tmp_path: Path) -> None:
    path = table(tmp_path, rows(30))
    head = read_table_head(path)
    assert not head.header
    assert [column.name for column in head.columns] == ["column_1", "column_2", "column_3"]
    assert head.rows_seen == 30
    forced = read_table_head(path, TableOptions(header=True))
    assert forced.header
    assert forced.rows_seen == 29


def test_a_preamble_is_skipped_with_a_note(tmp_path: Path) -> None:
    text = "Measured in Oslo\n# version 2\n\na,b,class\n" + rows(30)
    head = read_table_head(table(tmp_path, text))
    assert head.skip == 3
    assert [column.name for column in head.columns] == ["a", "b", "class"]
    assert any("first 3 lines were skipped" in note for note in head.notes)
    assert read_table_head(head.path, TableOptions(skip=4)).header is False


def test_a_line_of_units_is_left_out(tmp_path: Path) -> None:
    dataset = opened(table(tmp_path, "width,depth,class\ncm,mm,\n" + rows(30)))
    assert dataset.spec.rows == 30
    assert "units" in said(dataset)
    assert dataset.spec.feature_names == ("width", "depth")


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", " ", "   "])
def test_delimiters_are_detected(tmp_path: Path, mark: str) -> None:
    text = ("a,b,class\n" + rows(30)).replace(",", mark)
    dataset = opened(table(tmp_path, text))
    assert dataset.spec.feature_names == ("a", "b")
    assert dataset.spec.rows == 30


def test_runs_of_blanks_win_over_one_tab(tmp_path: Path) -> None:
    text = "".join(
        f'{i}.0   {i % 7}   {i * 3}.      {i % 3}\t"car {i % 2}"\n' for i in range(1, 31)
    )
    dataset = opened(table(tmp_path, text, "auto.data"))
    assert len(dataset.columns) == 5
    assert dataset.spec.classes == ("car 0", "car 1")


def test_a_header_without_a_name_for_the_row_names(tmp_path: Path) -> None:
    text = "len dose supp\n" + "".join(
        f'"{i}" {i * 0.5} {i % 5} {"ab"[i % 2]}\n' for i in range(1, 31)
    )
    dataset = opened(table(tmp_path, text), target="supp")
    assert dataset.spec.feature_names == ("len", "dose")
    assert dataset.spec.rows == 30


def test_two_rows_of_numbers_are_no_classes(tmp_path: Path) -> None:
    assert opened(table(tmp_path, "a;b\n1;2\n3;4\n")).spec.task == "regression"
    logic = opened(table(tmp_path, "a,b,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"))
    assert logic.spec.classes == ("0", "1")
    assert len(logic.spec.feature_names) == 2


def test_a_decimal_comma_is_detected(tmp_path: Path) -> None:
    text = "a;b;class\n" + "".join(f"{i},25;{i};{'uv'[i % 2]}\n" for i in range(30))
    dataset = opened(table(tmp_path, text))
    assert dataset.columns[0].type == "number"
    assert dataset.columns[0].numbers is not None
    assert dataset.columns[0].numbers[3] == 3.25
    assert "decimal comma" in said(dataset)


def test_other_encodings_are_read_with_a_note_naming_the_first_odd_byte(tmp_path: Path) -> None:
    text = "größe,name,class\n" + "".join(
        f"{i},{'Jörg' if i % 3 else 'Zoë'},{'ab'[i % 2]}\n" for i in range(30)
    )
    dataset = opened(table(tmp_path, text.encode("cp1252")))
    assert dataset.spec.feature_names == ("größe", "name=Jörg", "name=Zoë")
    assert "byte 3 is 0xf6" in said(dataset)
    assert "cp1252" in said(dataset)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_byte_order_marks_do_not_reach_the_first_name(tmp_path: Path, encoding: str) -> None:
    dataset = opened(table(tmp_path, ("a,b,class\n" + rows(30)).encode(encoding)))
    assert dataset.spec.feature_names == ("a", "b")


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_line_ends_of_other_systems(tmp_path: Path, end: str) -> None:
    dataset = opened(table(tmp_path, ("a,b,class\n" + rows(30)).replace("\n", end)))
    assert dataset.spec.rows == 30
    assert dataset.spec.classes == ("a", "b")


def test_quoted_commas_newlines_and_doubled_quotes(tmp_path: Path) -> None:
    kinds = ['"red, dark"', '"two\nlines"', '"a ""good"" one"']
    text = "a,kind,class\n" + "".join(f"{i},{kinds[i % 3]},{'uv'[i % 2]}\n" for i in range(30))
    dataset = opened(table(tmp_path, text))
    assert dataset.spec.rows == 30
    assert set(dataset.columns[1].values) == {"red, dark", "two\nlines", 'a "good" one'}


def test_stray_quotes_inside_cells_are_kept(tmp_path: Path) -> None:
    text = "a,kind,class\n" + "".join(f'{i},5" pipe,{"uv"[i % 2]}\n' for i in range(31))
    assert opened(table(tmp_path, text)).columns[1].values == ('5" pipe',)


def test_an_unclosed_quote_is_refused_with_its_line(tmp_path: Path) -> None:
    text = "a,b,class\n" + rows(20) + '21,"3,a\n' + rows(20)
    with pytest.raises(DataError, match="line 22 is never closed"):
        open_data(table(tmp_path, text))


def test_ragged_lines_are_counted_and_named(tmp_path: Path) -> None:
    text = "a,b,class\n" + rows(10) + "1,2\n" + rows(10) + "1,2,a,9,9\n" + rows(10)
    path = table(tmp_path, text)
    dataset = opened(path)
    assert dataset.spec.rows == 31
    assert "1 line has more cells than the 3 columns (line 23): they are skipped" in said(dataset)
    assert "1 line has fewer cells than the 3 columns (line 12)" in said(dataset)
    assert opened(path, ragged="skip").spec.rows == 30
    with pytest.raises(DataError, match="line 23"):
        opened(path, ragged="stop")


def test_a_first_line_that_is_too_long_does_not_shift_the_columns(tmp_path: Path) -> None:
    dataset = opened(table(tmp_path, "a,b,class\n1,2,a,9\n" + rows(30)))
    assert dataset.spec.rows == 30
    assert dataset.spec.classes == ("a", "b")


def test_repeated_and_empty_names_are_changed_and_shown(tmp_path: Path) -> None:
    dataset = opened(table(tmp_path, "x,x,,class\n" + rows(30, "{i},{j},{i},{c}\n")))
    assert dataset.spec.feature_names == ("x", "x_2", "column_3")
    assert "x → x_2" in said(dataset)


def test_every_marker_of_a_missing_value_is_counted_and_none_reaches_training(
    tmp_path: Path,
) -> None:
    markers = ["", "NA", "?", "-", "null", "nan", "NaN", "N/A", "-200"]
    text = "a,b,class\n" + "".join(f"{m},1,a\n" for m in markers) + rows(30)
    dataset = opened(table(tmp_path, text), missing=["-200"])
    assert dataset.columns[0].missing == len(markers)
    assert f"a {len(markers)}" in said(dataset)
    assert not (prepare(dataset, 0.2, 1).x_train != prepare(dataset, 0.2, 1).x_train).any()


def test_infinite_numbers_count_as_missing(tmp_path: Path) -> None:
    dataset = opened(table(tmp_path, "a,b,class\n1e999,1,a\ninf,2,b\n" + rows(30)))
    assert dataset.columns[0].missing == 2
    assert "2 infinite numbers count as missing (line 2, 3)" in said(dataset)


def test_text_among_numbers_makes_a_text_column_and_lists_the_cells(tmp_path: Path) -> None:
    text = "a,b,class\n" + rows(30) + "abc,4,a\n5,$6,b\n"
    path = table(tmp_path, text)
    dataset = opened(path)
    assert dataset.columns[0].type == "text"
    assert "'abc' in line 32" in said(dataset)
    assert "'$6' in line 33" in said(dataset)
    forced = opened(path, columns={"a": {"type": "number"}, "b": {"type": "number"}})
    assert forced.columns[0].missing == 1
    assert forced.columns[1].missing == 0
    assert "'abc' in line 32" in said(forced)


@pytest.mark.parametrize(
    ("cells", "values"),
    [("$1,234.50", 1234.5), ("12 %", 12.0), ("1 000 €", 1000.0)],
)
def test_currency_and_percent_become_numbers_when_asked(
    tmp_path: Path, cells: str, values: float
) -> None:
    text = "a,b,class\n" + "".join(f'"{cells}",{i},{"uv"[i % 2]}\n' for i in range(20))
    dataset = opened(table(tmp_path, text), columns={"a": {"type": "number"}})
    assert dataset.columns[0].numbers is not None
    assert dataset.columns[0].numbers[0] == values


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG picture"),
        (b"a,b\n1,\x002\n3,4\n" * 9, "byte 7 is a NUL"),
        (b"\x01\x02\x03\x04\x05" * 50, "control characters"),
    ],
)
def test_a_file_that_is_no_text_is_called_by_its_name(
    tmp_path: Path, content: bytes, what: str
) -> None:
    with pytest.raises(DataError, match=f"does not look like a text table: .*{what}"):
        open_data(table(tmp_path, content))


# -- targets that cannot be learnt


def test_a_target_without_any_value_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path, "a,b,class\n" + "1,2,\n" * 20)
    with pytest.raises(DataError, match="'class' has no value in any row"):
        open_data(path, target="class")


def test_one_class_only_is_refused_before_training(tmp_path: Path) -> None:
    dataset = open_data(table(tmp_path, "a,b,class\n" + rows(20, "{i},{j},same\n")))
    with pytest.raises(DataError, match="the same class 'same'"):
        prepare(dataset, 0.2, 1)


def test_a_number_too_large_to_reckon_with_counts_as_missing(tmp_path: Path) -> None:
    text = "a,b,y\n" + "".join(f"{'1e300' if i == 3 else i},{i % 5},{i * 0.5}\n" for i in range(40))
    dataset = opened(table(tmp_path, text))
    assert "a: 1 number beyond ±1e+100 counts as missing (line 5)." in dataset.notes
    prepared = prepare(dataset, 0.2, 1)
    assert np.isfinite(prepared.x_train).all()
    assert np.isfinite(prepared.x_val).all()
    assert 0.5 < prepared.x_train[:, 0].std() < 1.5


def test_large_numbers_that_scaling_brings_near_are_kept(tmp_path: Path) -> None:
    path = table(tmp_path, "mass,b,y\n" + "".join(f"{i}e42,{i * i},{i}.5\n" for i in range(1, 30)))
    dataset = opened(path)
    assert dataset.columns[0].missing == 0
    assert abs(float(prepare(dataset, 0.0, 1).x_train.std()) - 1) < 1e-5
    plain = opened(path, scaling="none")
    assert plain.columns[0].missing == 29


def test_new_numbers_that_scaling_throws_out_of_range_are_missing(tmp_path: Path) -> None:
    train = table(
        tmp_path, "x,z,y\n" + "".join(f"{i}e-20,{i % 7},{2 * i}e-20\n" for i in range(30))
    )
    encoding = prepare(opened(train, target="y"), 0.0, 1).encoding
    path = table(tmp_path, "x,z,y\n1e30,2,3e-20\n2e-20,2,1e30\n3e-20,1,2e-20\n", "new.csv")
    encoded = read_with(encoding, path)
    assert encoded.kept.tolist() == [0, 2]
    assert np.isfinite(encoded.x).all()
    assert any(note.startswith("x: 1 number is too far from") for note in encoded.notes)
    assert any(note.startswith("y: 1 number is too far from") for note in encoded.notes)
    assert encoded.y is not None
    assert np.isfinite(encoded.y).all()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b,class\n1,"2,u\n3,"4,v\n5,"6,w\n', 2),
        ('a,b,class\n1,2,u\n3,4,"v', 3),
        ('a,b,class\n1,2,u\n"3",4,"v""\n5,6,u\n', 3),
    ],
    ids=["three", "at the end", "doubled"],
)
def test_open_quotes_name_the_line_where_the_first_opens(
    tmp_path: Path, text: str, line: int
) -> None:
    with pytest.raises(DataError) as caught:
        open_data(table(tmp_path, text))
    assert f"a quoted cell that begins in line {line} is never closed" in str(caught.value)
    assert "C error" not in str(caught.value)


def test_a_preview_does_not_stop_within_a_quoted_cell(tmp_path: Path) -> None:
    line = "1,2,u\n"
    text = "a,b,class\n" + line * ((2 << 20) // len(line) - 4)
    text += '3,4,"' + "x\n" * 40 + '"\n' + line * 50
    head = read_table_head(table(tmp_path, text))
    assert not head.complete
    assert not head.problem
    assert head.rows_seen == (2 << 20) // len(line) - 4


def test_one_row_per_class_leaves_nothing_for_validation(tmp_path: Path) -> None:
    path = table(tmp_path, "a,b,class\n1,2,u\n2,3,v\n3,1,w\n")
    prepared = prepare(open_data(path, target="class"), 0.2, 1)
    assert (len(prepared.x_train), len(prepared.x_val)) == (3, 0)


def test_a_target_with_too_many_numbers_is_no_list_of_classes(tmp_path: Path) -> None:
    path = table(tmp_path, "a,y\n" + "".join(f"{i},{i * 0.37}\n" for i in range(1500)))
    with pytest.raises(DataError, match="too many for classes: set the task to regression"):
        open_data(path, options={"task": "classification"})


def test_rows_without_a_target_are_left_out_with_a_note(tmp_path: Path) -> None:
    dataset = opened(table(tmp_path, "a,b,class\n1,2,\n" + rows(20) + "3,4,?\n"))
    assert "2 rows have no value in the target class" in said(dataset)
    prepared = prepare(dataset, 0.25, 1)
    assert len(prepared.x_train) + len(prepared.x_val) == 20
    assert 0 not in prepared.train_rows
    assert dataset.labels is not None
    assert dataset.labels[0] == -1


def test_a_single_column_asks_for_another_delimiter(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="delimiter"):
        open_data(table(tmp_path, "values\n1\n2\n3\n"))


def test_a_name_that_is_a_value_too_stays_a_name_above_numbers(tmp_path: Path) -> None:
    lines = "".join(f"{('ja', 'nein')[i % 2]},0.{i + 10},{'uv'[i % 2]}\n" for i in range(50))
    dataset = opened(table(tmp_path, "ja,x,y\n" + lines))
    assert [column.name for column in dataset.columns] == ["ja", "x", "y"]
    assert dataset.spec.rows == 50


def test_a_class_of_one_row_is_said_with_its_line(tmp_path: Path) -> None:
    lines = "".join(f"{i}.5,0.{i + 10},{'uv'[i % 2]}\n" for i in range(50))
    dataset = opened(table(tmp_path, "length,width,kind\n" + lines + "Total,,200\n"))
    assert any(note.startswith("kind: '200' (line 52) has one row alone") for note in dataset.notes)


def test_telephones_are_not_advised_to_be_numbers(tmp_path: Path) -> None:
    lines = "".join(f"+49 {100 + i} {1000 + 7 * i},{i},{'uv'[i % 2]}\n" for i in range(50))
    dataset = opened(table(tmp_path, "phone,x,y\n" + lines))
    assert not any("to use their numbers" in note for note in dataset.notes)


def test_a_target_that_is_only_the_last_column_is_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "only_x.npz", x=np.random.default_rng(0).normal(size=(50, 4)))
    dataset = opened(tmp_path / "only_x.npz")
    assert any("so the last one, x_4, is taken" in note for note in dataset.notes)
    named = opened(table(tmp_path, rows(20).join(("a,b,class\n", ""))))
    assert not any("the last one" in note for note in named.notes)
