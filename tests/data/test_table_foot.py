"""A line of sums below a table: pointed out, left out when somebody says so, and listed then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner import api
from nndesigner.cli.parser import main
from nndesigner.data import open_data, read_table_head, read_with
from nndesigner.data.opening import open_origin
from nndesigner.data.table import TableDataset
from nndesigner.data.table_options import TableOptions
from nndesigner.errors import DataError
from nndesigner.files.project import load_project

from .helpers import table

ROWS = "id,length,width,price\n" + "".join(f"{i},{i % 7},0.{i + 10},{i * 3}\n" for i in range(40))


def types(dataset: object) -> dict[str, str]:
    assert isinstance(dataset, TableDataset)
    return {column.name: column.type for column in dataset.columns}


@pytest.mark.parametrize(
    ("foot", "lines", "broken"),
    [
        ("Total,,,1234\n", 1, "id"),
        ("40,Sum,,1234\n", 1, "length"),
        ("\nTotal,sum,sum,all\n", 1, "id, length, width, price"),
        ("Total,9,9,9\nmean,9,9,9\n", 2, "id"),
        ("Total,9,9,9\nmean,9,9,9\nSource: the office,,,\n", 3, "id"),
    ],
)
def test_a_foot_is_pointed_out_and_left_out_when_said(
    tmp_path: Path, foot: str, lines: int, broken: str
) -> None:
    path = table(tmp_path, ROWS + foot)
    dataset = open_data(path, options={"target": "price"})
    words = "the last line" if lines == 1 else f"the last {lines} lines"
    told = [note for note in dataset.notes if f"leave out {words}" in note]
    assert len(told) == 1, dataset.notes
    assert f"texts of {broken}, otherwise numbers" in told[0]
    head = read_table_head(path, TableOptions(target="price"))
    assert head.raw is not None
    assert head.raw.foot is not None
    assert len(head.raw.foot.rows) == lines
    mended = open_data(path, options={"target": "price", "foot": lines})
    assert mended.spec.rows == 40
    assert set(types(mended).values()) <= {"number", "id"}
    assert not any("otherwise numbers" in note for note in mended.notes)
    assert any("at the foot" in note and "left out, as was said" in note for note in mended.notes)
    listed = read_table_head(path, TableOptions(target="price", foot=lines))
    assert listed.bad_count == lines
    assert listed.bad[-1].text.strip(",").split(",")[0] in foot
    again = open_origin(mended.origin)
    assert (again.spec, again.origin) == (mended.spec, mended.origin)


@pytest.mark.parametrize(
    "text",
    [
        ROWS,
        ROWS.replace("\n5,", "\nfive,") + "Source,,,9\n",  # words further above: a column of texts
        "a,b\n1,x\n2,y\nTotal,z\n",  # too few numbers to tell
        "a,b\n" + "".join(f"{i},{'uv'[i % 2]}\n" for i in range(30)),
        "a,b\n" + "".join(f"{i},{i}\n" for i in range(30)) + "x,x\n" * 4,
    ],
)
def test_words_elsewhere_are_no_foot(tmp_path: Path, text: str) -> None:
    head = read_table_head(table(tmp_path, text))
    assert head.raw is not None
    assert head.raw.foot is None


def test_a_foot_is_of_one_file_alone(tmp_path: Path) -> None:
    path = table(tmp_path, ROWS + "Total,,,1234\n")
    options = {"target": "price", "foot": 1}
    project = api.new("dense 1", path, options=options)
    new = table(tmp_path, ROWS, "new.csv")
    assert api.open_dataset(new, like=project).spec.rows == 40
    trained = api.train(project, epochs=1)
    rows = read_with(trained.encoding, new, base_options=project.origin.options)  # type: ignore[union-attr]
    assert len(rows.x) == 40
    rows = read_with(trained.encoding, path, base_options=options, options={"foot": 1})
    assert len(rows.x) == 40
    with pytest.raises(DataError, match="foot must be 0 to 1000 lines, got -1"):
        open_data(path, options={"foot": -1})


def test_the_command_line_names_the_option_and_takes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = table(tmp_path, ROWS + "Total,,,1234\n"), tmp_path / "p.nnd"
    new = ["new", "--layers", "dense 1", "--data", str(path), "--out", str(out)]
    new += ["--target", "price", "--task", "regression"]
    assert main(new) == 0
    assert "--text foot=1" in capsys.readouterr().err
    assert main([*new, "--text", "foot=1"]) == 0
    told = capsys.readouterr().err
    assert "1 line at the foot was left out, as was said: line 42: 'Total,,,1234'." in told
    assert "--text foot=1" not in told
    origin = load_project(out).origin
    assert origin is not None
    assert origin.options["foot"] == 1


def test_a_table_that_is_read_in_blocks_has_a_foot_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nndesigner.data.table_source.BLOCKS_FROM", 100)
    path = table(tmp_path, ROWS + "Total,,,1234\n")
    dataset = open_data(path, options={"target": "price"})
    assert any("The last line (line 42: 'Total,,,1234')" in note for note in dataset.notes)
    assert open_data(path, options={"target": "price", "foot": 1}).spec.rows == 40


def test_a_workbook_has_a_foot_and_typed_columns_have_none(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="the extra excel is not installed")
    book = openpyxl.Workbook()
    for line in [*ROWS.splitlines(), "Total,,,1234"]:
        book.active.append([float(x) if x[:1].isdigit() else x or None for x in line.split(",")])
    book.save(tmp_path / "book.xlsx")
    dataset = open_data(tmp_path / "book.xlsx", options={"target": "price"})
    assert any("leave out the last line" in note for note in dataset.notes)
    mended = open_data(tmp_path / "book.xlsx", options={"target": "price", "foot": 1})
    assert (mended.spec.rows, types(mended)["id"]) == (40, "id")
    np.savez(tmp_path / "x.npz", x=np.random.default_rng(0).normal(size=(30, 3)))
    with pytest.raises(DataError, match="its columns have types"):
        open_data(tmp_path / "x.npz", options={"foot": 1})


PARCELS = "parcel;weight;size;price\n" + "".join(
    f"p{i};{i * 3 + 10} kg;{'sml'[i % 3]};{i + 1}.0{i + 10},50 €\n" for i in range(40)
)
PLACES = "place,area,kind,price\n" + "".join(
    f"p{i},{i * 7 % 11},{'uv'[i % 2]},{i * 3}.5\n" for i in range(40)
)


@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize(
    ("text", "foot", "lines", "look"),
    [
        (PARCELS, "Total;4050 kg;;138.428,46 €\n", 1, "looks like a sum of those above"),
        (PLACES, "GRAND  total:,900,,\n", 1, "looks like a sum of those above"),
        (ROWS.replace("\n5,", "\nfive,"), "Total,,,9\n", 1, "looks like a sum of those above"),
        (PLACES, "p40,,Summe,1234\n", 1, "looks like a sum of those above"),
        (PLACES, "Mittelwert,5,,7.25\n", 1, "looks like a mean of those above"),
        (PLACES, "Sum,5,,7.25\nMean :,1,,2\n", 2, "look like a sum and a mean of those above"),
        (PLACES, "sum,5,,7\navg,1,,2\nmean,1,,2\n", 3, "a sum and means of those above"),
        (PLACES, "Total,5,,7\nSource: us,,,\n", 2, "of those above and 1 line without numbers"),
        (
            PLACES,
            "Total,5,,7\n,,,per piece\n",
            2,
            "1 line without numbers, and make texts of price, otherwise numbers",
        ),
    ],
)
def test_a_sum_under_a_column_of_texts_is_pointed_out(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    blocks: bool,
    text: str,
    foot: str,
    lines: int,
    look: str,
) -> None:
    if blocks:
        monkeypatch.setattr("nndesigner.data.table_source.BLOCKS_FROM", 100)
    path = table(tmp_path, text + foot)
    dataset = open_data(path, options={"target": "price"})
    words = "the last line if it is" if lines == 1 else f"the last {lines} lines if they are"
    told = [note for note in dataset.notes if f"leave out {words} no row" in note]
    assert len(told) == 1, dataset.notes
    assert look in told[0]
    assert told[0].startswith("The last ")
    assert "(line 42: " in told[0]
    assert dataset.spec.rows == 40 + lines  # never left out in silence
    mended = open_data(path, options={"target": "price", "foot": lines})
    assert mended.spec.rows == 40
    assert not any("of those above" in note for note in mended.notes)
    assert any("at the foot" in note and "left out, as was said" in note for note in mended.notes)
    alone = open_data(table(tmp_path, text, "alone.csv"), options={"target": "price"})
    assert types(mended) == types(alone)


@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        PLACES,
        PLACES.replace("p7,", "total,") + "Total,5,,7\n",  # a category that stands above too
        PLACES + "average,5,u,7\naverage,6,v,8\n",
        PLACES + "Total,5,,7\np40,3,u,8\n",  # with a row below it
        PLACES + "Total,,,\n",  # with no number
        PLACES + "Total Wine,5,u,7\n",  # a word among others
        PLACES + "Total,5,,7\n" + "Source,,,\n" * 3,  # too far above
        "place,area\np,1\nq,2\nTotal,3\n",
        "place,kind\n" + "".join(f"p{i},{'uv'[i % 2]}\n" for i in range(40)) + "Total,9\n",
    ],
)
def test_words_of_sums_elsewhere_are_no_foot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, blocks: bool
) -> None:
    if blocks:
        monkeypatch.setattr("nndesigner.data.table_source.BLOCKS_FROM", 10)
    head = read_table_head(table(tmp_path, text))
    assert head.raw is not None
    assert head.raw.foot is None


def test_a_sum_under_texts_stays_a_foot_whatever_type_was_chosen(tmp_path: Path) -> None:
    path = table(tmp_path, PLACES + "Total,900,,1234\n")
    options = TableOptions.from_plain({"columns": {"place": {"type": "category"}}})
    head = read_table_head(path, options)
    assert head.raw is not None
    assert head.raw.foot is not None
    assert [row.line for row in head.raw.foot.rows] == [42]


def test_the_command_line_names_the_option_for_a_sum_under_texts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = table(tmp_path, PLACES + "Total,900,,1234\n"), tmp_path / "p.nnd"
    new = ["new", "--layers", "dense 1", "--data", str(path), "--out", str(out)]
    assert main([*new, "--target", "price"]) == 0
    told = capsys.readouterr().err
    assert "The last line (line 42: 'Total,900,,1234') looks like a sum of those above" in told
    assert "--text foot=1" in told
