"""Numbers of bytes as people read them, and the names that they probably meant."""

from __future__ import annotations

import pytest

from nndesigner.data.words import bytes_text, nearest


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (12, "12 bytes"),
        (1500, "1.5 kB"),
        (150e3, "150 kB"),
        (3.72e12, "3.7 TB"),
        (5e18, "5,000 PB"),
    ],
)
def test_bytes_are_written_for_people(count: float, text: str) -> None:
    assert bytes_text(count) == text


def test_a_name_in_other_letters_is_the_nearest() -> None:
    assert nearest("x", ["X", "Z"]) == "did you mean 'X'?"
    assert nearest("Age ", ["wage", "age"]) == "did you mean 'age'?"
    assert nearest("x", ["a", "b"]) == "there are 'a', 'b'"
