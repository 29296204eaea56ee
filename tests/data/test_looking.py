"""Columns are looked at, and what is worth knowing of data is said, on real tables."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nndesigner.data import open_data
from nndesigner.data.dataset import Dataset
from nndesigner.data.findings import Finding
from nndesigner.data.looking import look_at, pearson, summary_text
from nndesigner.data.table import TableDataset


def by_kind(dataset: Dataset) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for each in look_at(dataset).findings:
        found.setdefault(each.kind, []).append(each)
    return found


def table(tmp_path: Path, frame: pd.DataFrame, **options: object) -> Dataset:
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    return open_data(path, options=options)


@pytest.mark.parametrize(
    "name",
    ["adult.data", "california_housing.csv", "diamonds.csv", "mpg.csv", "penguins.csv", "tips.csv"],
)
def test_ordinary_tables_give_no_alarm(shared_data: Path, name: str) -> None:
    assert look_at(open_data(shared_data / "csv" / name)).findings == ()


@pytest.mark.parametrize("name", ["iris", "wine", "digits", "circle", "reg-plane"])
def test_samples_and_made_points_give_no_alarm(name: str) -> None:
    assert look_at(open_data(name)).findings == ()


def test_titanic_has_gaps_and_a_leak_when_alive_is_an_input(shared_data: Path) -> None:
    path = shared_data / "csv" / "titanic.csv"
    assert [each.names for each in by_kind(open_data(path))["gaps"]] == [("deck",)]
    told = {"target": "survived", "columns": {"alive": {"role": "input"}}}
    found = by_kind(open_data(path, options=told))
    assert [each.names for each in found["leak"]] == [("alive",)]
    assert "'alive' alone predicts the class 'survived'" in found["leak"][0].sentence


def test_the_wines_of_one_mark_outnumber_the_others(shared_data: Path) -> None:
    path = shared_data / "csv" / "winequality-red_semicolon.csv"
    sentence = by_kind(open_data(path))["imbalance"][0].sentence
    assert "'5' has 681 of 1,599 rows and '3' only 10" in sentence
    assert "43 %" in sentence


def test_a_number_that_gives_a_number_away_is_found(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    cost = rng.normal(size=2000)
    frame = pd.DataFrame(
        {
            "a": rng.normal(size=2000),
            "dollars": 1.1 * cost + rng.normal(size=2000) * 0.01,
            "near": cost + rng.normal(size=2000) * 0.5,
            "price": cost,
        }
    )
    found = by_kind(table(tmp_path, frame, target="price"))
    assert [each.names for each in found["leak"]] == [("dollars",)]


def test_names_of_rows_are_no_leak_and_few_rows_give_no_alarm(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=60), "kind": rng.choice(["a", "b"], 60)})
    frame["word"] = [f"w{i % 50}" for i in range(60)]
    told = {"word": {"type": "category", "role": "input"}}
    dataset = table(tmp_path, frame, target="kind", columns=told)
    assert "leak" not in by_kind(dataset)
    assert "leak" not in by_kind(table(tmp_path, frame.iloc[:12], target="kind"))


def test_constant_columns_twins_and_small_classes_are_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=400)
    frame = pd.DataFrame({"one": 7, "x": x, "inches": x / 2.54 + 3, "z": rng.normal(size=400)})
    frame["kind"] = ["a"] * 397 + ["b"] * 3
    found = by_kind(table(tmp_path, frame, target="kind"))
    assert found["constant"][0].names == ("one",)
    assert set(found["twin"][0].names) == {"x", "inches"}
    assert found["few"][0].names == ("b",)
    assert found["imbalance"][0].names == ("a", "b")


def test_figures_are_those_of_pandas(shared_data: Path) -> None:
    path = shared_data / "csv" / "titanic.csv"
    frame = pd.read_csv(path)
    columns = {each.name: each for each in look_at(open_data(path)).columns}
    age = columns["age"]
    assert age.missing == frame["age"].isna().sum()
    assert age.distinct == frame["age"].nunique()
    assert age.mean == pytest.approx(frame["age"].mean())
    assert age.deviation == pytest.approx(frame["age"].std(ddof=0))
    assert (age.low, age.high) == (frame["age"].min(), frame["age"].max())
    counts, _ = np.histogram(frame["age"].dropna(), bins=len(age.counts))
    assert sum(age.counts) == 714
    assert np.abs(counts - np.array(age.counts)).sum() <= 4  # values on an edge
    assert columns["pclass"].counts == tuple(frame["pclass"].value_counts().sort_index())
    town = columns["embark_town"]
    assert dict(zip(town.names, town.counts, strict=True)) == (
        frame["embark_town"].value_counts().to_dict()
    )


def test_correlations_are_those_of_pandas_gaps_included() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(3000, 5)) * [1, 1e6, 1e-6, 1, 1] + [0, 1e8, 0, 5, 0])
    frame[4] = frame[0] * 2 + rng.normal(size=3000)
    frame = frame.mask(rng.random(frame.shape) < 0.2)
    frame[5] = 3.0
    found = pearson([frame[column].to_numpy() for column in frame])
    np.testing.assert_allclose(found[:5, :5], frame.corr().to_numpy()[:5, :5], atol=1e-9)
    assert np.isnan(found[5]).all()
    whole = frame.dropna()
    found = pearson([whole[column].to_numpy() for column in whole])
    np.testing.assert_allclose(found[:5, :5], whole.corr().to_numpy()[:5, :5], atol=1e-9)
    assert np.isnan(found[5]).all()


def test_the_summary_says_it_all(shared_data: Path) -> None:
    dataset = open_data(shared_data / "csv" / "titanic.csv")
    text = summary_text(dataset, look_at(dataset))
    assert text.startswith("titanic: 891 rows, inputs ")
    assert "0\t549\t61.6 %" in text
    assert "age\tnumber\tinput\t177\t88\t0.42\t29.6991\t80\t" in text
    assert "Worth a look:\n- More than half" in text
    pictures = open_data("digits")
    assert "inputs 8 × 8 × 1, 10 classes" in summary_text(pictures, look_at(pictures))


def test_a_large_table_is_looked_at_in_seconds() -> None:
    dataset = open_data("blobs:points=100000")
    assert isinstance(dataset, TableDataset)
    started = time.perf_counter()
    looked = look_at(dataset)
    assert time.perf_counter() - started < 5
    assert [each.rows for each in looked.columns] == [100_000] * 3
