"""Numbers of bytes as people read them."""

from __future__ import annotations

import pytest

from nndesigner.data.words import bytes_text


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
