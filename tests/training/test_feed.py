"""The mailbox keeps every epoch, a bounded number of slices, and the newest of heavy things."""

from __future__ import annotations

from nndesigner.training.feed import SLICES_WHOLE, Feed, Point, SlicePoint


def test_versions_grow_and_snapshots_are_the_newest() -> None:
    feed = Feed()
    before = feed.version
    feed.post(Point(epoch=1, loss=1.0, metric=0.5))
    feed.post_snapshot("weights", 1, {"a": 1})
    feed.post_snapshot("weights", 2, {"a": 2})
    assert feed.version == before + 3
    assert feed.snapshot("weights") == (2, {"a": 2})
    assert [point.epoch for point in feed.points()] == [1]
    assert feed.points(1) == []


def test_a_million_slices_stay_few_and_none_is_invented() -> None:
    feed = Feed()
    for step in range(1_000_000):
        feed.post_slice(SlicePoint(step, step / 10, 1.0))
    kept = feed.slices()
    assert SLICES_WHOLE < len(kept) < 8 * SLICES_WHOLE
    steps = [point.step for point in kept]
    assert steps == sorted(set(steps))
    assert steps[-1] > 999_000 - 64
