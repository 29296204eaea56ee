"""How ``train`` says how far it is, in a file and on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path

import pytest

from nndesigner.cli import output
from nndesigner.engine import jit
from nndesigner.training.feed import Feed, Point, SlicePoint
from tests.terminal import digits_project


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    return digits_project(tmp_path, capsys)


def test_a_bar_on_a_terminal(project: Path) -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    seen: list[bytes] = []

    def read() -> None:
        while True:
            try:
                data = os.read(master, 4096)
            except OSError:  # the other end was closed
                return
            seen.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    command = [sys.executable, "-m", "nndesigner", "train", str(project), "--epochs", "400"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=slave, text=True, check=True)
    os.close(slave)
    reader.join(10)
    os.close(master)
    text = b"".join(seen).decode(errors="replace")
    assert "epoch " in text
    assert "|" in text
    assert "rows/s" in text
    assert "epoch 1/" not in done.stdout
    assert done.stdout.startswith("trained 1,210 parameters")


@pytest.mark.parametrize(
    ("kept", "line"),
    [
        (True, "preparing the engine"),
        (False, "preparing the engine (once on this machine)"),
        (None, "preparing the engine (up to a minute at each start, for it cannot be kept here)"),
    ],
)
def test_a_slow_start_is_explained(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kept: bool | None,
    line: str,
) -> None:
    if kept:
        monkeypatch.setattr(output, "PATIENCE_SECONDS", -1.0)
    monkeypatch.setattr(jit, "is_kept", lambda: bool(kept))
    monkeypatch.setattr(jit, "CACHE_FOLDER", None if kept is None else tmp_path)
    feed = Feed()
    progress = output.Progress("regression", 3, quiet=False)
    feed.post_status(state="preparing", message="preparing the engine")
    progress.show(feed)
    progress.show(feed)
    feed.post(Point(epoch=1, loss=0.5, metric=2.0, seconds=0.1, rows_per_second=1e6))
    progress.show(feed)
    progress.close()
    out, err = capsys.readouterr()
    assert err == f"{line}\n"
    assert out == "epoch 1/3  loss 0.5000  mae 2  0.1 s  1,000,000 rows/s\n"


def test_a_long_epoch_says_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(output.time, "monotonic", lambda: clock[0])
    feed = Feed()
    progress = output.Progress("classification", 4, quiet=False)
    feed.post_status(state="running", steps_per_epoch=100, step=137, rows_per_second=8100.0)
    feed.post_slice(SlicePoint(137, 1.37, 0.43))
    for seconds in (100.0, 109.0, 110.5, 111.0, 119.0):
        clock[0] = seconds
        progress.show(feed)
    assert capsys.readouterr().out == "epoch 2/4  37 %  loss 0.4300  8,100 rows/s\n"


def test_a_terminal_says_at_once_that_a_new_engine_is_prepared(
    project: Path, tmp_path: Path
) -> None:
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "nndesigner", "train", str(project)],
        stdout=subprocess.DEVNULL,
        stderr=slave,
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cold")},
    ) as running:
        os.close(slave)
        text = b""
        try:
            while b"once on this machine" not in text:
                text += os.read(master, 4096)
        finally:
            running.kill()
            os.close(master)
    assert b"preparing the engine (once on this machine)" in text
