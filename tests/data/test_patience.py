"""A file that does not answer holds nobody up: it is skipped, and Cancel answers meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nndesigner.data import image_cache, image_folder, images, open_data, patience
from nndesigner.data.pixels import PixelDataset
from nndesigner.errors import DataError
from tests.data.helpers import picture


@pytest.fixture
def answer() -> Iterator[threading.Event]:
    """What a stalled file waits for; it comes at the end of the test, so that no thread stays."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, shade in (("dark", 0), ("light", 128)):
        for index in range(110):
            picture(tmp_path / "pictures" / name / f"{index}.png", (6, 6), (shade + index, 9, 9))
    return tmp_path / "pictures"


def stall(monkeypatch: pytest.MonkeyPatch, where: str, answer: threading.Event) -> threading.Event:
    """Let one thing never answer; the event says that it was asked for."""
    asked = threading.Event()

    def wait() -> None:
        asked.set()
        answer.wait(30)

    if where == "listing":
        listed = image_folder._listed

        def slow_listed(folder: Path, pulse: patience.Pulse) -> tuple[list[Path], list[Path]]:
            if folder.name == "light":
                wait()
            return listed(folder, pulse)

        monkeypatch.setattr(image_folder, "_listed", slow_listed)
    elif where == "looking":
        facts = image_cache._facts

        def slow_facts(file: Path) -> bytes:
            if file.name == "70.png":
                wait()
            return facts(file)

        monkeypatch.setattr(image_cache, "_facts", slow_facts)
    else:
        name = "probe" if where == "headers" else "_content"
        real = getattr(images, name)

        def slow(file: str | Path) -> object:
            if str(file).endswith("dark/70.png"):
                wait()
            return real(file)

        monkeypatch.setattr(images, name, slow)
    return asked


@pytest.mark.parametrize("where", ["listing", "looking", "headers", "pictures"])
def test_cancel_answers_while_a_file_does_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch, answer: threading.Event, where: str
) -> None:
    asked = stall(monkeypatch, where, answer)
    wished: list[float] = []

    def progress(share: float, words: str) -> bool:
        if asked.is_set():
            wished.append(time.monotonic())
        return not wished

    with pytest.raises(DataError, match=r"^cancelled$"):
        open_data(folder, progress=progress)
    assert time.monotonic() - wished[0] < 1.0


@pytest.mark.parametrize("where", ["headers", "pictures"])
def test_a_file_that_does_not_answer_is_skipped_with_its_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch, answer: threading.Event, where: str
) -> None:
    monkeypatch.setattr(patience, "STALLED_SECONDS", 0.3)
    stall(monkeypatch, where, answer)
    dataset = open_data(folder, progress=lambda share, words: True)
    assert isinstance(dataset, PixelDataset)
    assert dataset.spec.rows == 219
    assert dataset.skipped_files == (
        ("dark/70.png", "it does not answer: is the disk or the network there?"),
    )
    before = dataset.pixels.copy()
    answer.set()  # what comes too late changes nothing
    time.sleep(0.1)
    assert (dataset.pixels == before).all()


def test_a_folder_that_does_not_answer_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, answer: threading.Event
) -> None:
    monkeypatch.setattr(patience, "STALLED_SECONDS", 0.3)
    stall(monkeypatch, "listing", answer)
    with pytest.raises(DataError, match=r"^Listing light, .*no answer for 0 s\. Is the disk"):
        open_data(folder, progress=lambda share, words: True)


def test_outcomes_come_in_order_and_errors_come_with_them() -> None:
    def work(index: int) -> int:
        time.sleep(0.002 * (index % 3))
        if index == 30:
            raise ValueError("thirty")
        return index

    looked: list[int] = []
    found: list[int] = []
    with pytest.raises(ValueError, match="thirty"):
        found.extend(patience.in_order(work, 40, looked.append, lambda index: -1, ahead=5))
    assert looked[:2] == [0, 16]
    assert found in ([], list(range(30)))
    assert list(patience.in_order(lambda i: i, 100, looked.append, lambda i: -1)) == list(
        range(100)
    )


def test_a_folder_that_takes_long_but_goes_on_is_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "STALLED_SECONDS", 0.2)
    beat = patience.Pulse.beat

    def slow(pulse: patience.Pulse) -> bool:
        time.sleep(0.004)  # 110 files a folder: half a second
        return beat(pulse)

    monkeypatch.setattr(patience.Pulse, "beat", slow)
    assert open_data(folder, progress=lambda share, words: True).spec.rows == 220
