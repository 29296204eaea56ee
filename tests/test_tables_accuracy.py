"""Every table of the benchmark is learnt as well as scikit-learn learns it, by cross-validation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.tables import TABLES, line, measure


@pytest.mark.parametrize("name", [name for name in TABLES if name != "california_housing"])
def test_a_table_is_learnt_within_two_points_of_the_figure(name: str, shared_data: Path) -> None:
    outcome = measure(TABLES[name], shared_data, sklearn=False)
    assert TABLES[name].reached(outcome.mean), line(outcome)


@pytest.mark.slow
def test_houses_are_learnt_within_two_points_of_the_figure(shared_data: Path) -> None:
    outcome = measure(TABLES["california_housing"], shared_data, sklearn=False)
    assert outcome.table.reached(outcome.mean), line(outcome)
