"""What the networks of the README reach on real data, through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.accuracy import CLAIMS, located, reached


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lenet", "signs"])
def test_a_network_reaches_what_is_claimed(name: str, shared_data: Path) -> None:
    claim = CLAIMS[name]
    data = located(claim.data, shared_data)
    test = located(claim.test, shared_data) if claim.test else ""
    if data is None or test is None:
        pytest.skip(f"the data of {name} are not below ../shared/data")
    accuracy, _, _ = reached(claim, data, test, seed=1)
    assert accuracy >= claim.goal
