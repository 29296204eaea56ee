"""What the command line says while it works: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import argparse
import math
import os
import shlex
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nndesigner.cli.hints import hinted
from nndesigner.data.dataset import Task
from nndesigner.files.atomic import write_bytes
from nndesigner.files.project import SUFFIX, Project, load_project
from nndesigner.files.text import write_json
from nndesigner.training.feed import Feed, Point, Status

#: How long the engine may take to get ready before something is said about it.
PATIENCE_SECONDS = 3.0
#: Where no bar is drawn, a long epoch says about this often how far it is.
PLAIN_SECONDS = 10.0
#: Losses beyond it are read by their power of ten.
LARGE = 1e6


def say(text: str) -> None:
    """A line for the person on standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def warn(text: str) -> None:
    """A line beside the results, on standard error."""
    sys.stderr.write(f"{text}\n")


def metric_key(task: Task) -> str:
    """The name of the metric in results: ``accuracy`` or ``mae``."""
    return "accuracy" if task == "classification" else "mae"


def loss_text(value: float) -> str:
    """A loss for reading: ``0.1234``, ``1.5e+60``."""
    return f"{value:.4f}" if abs(value) < LARGE else f"{value:.4g}"


def metric_text(value: float, task: Task) -> str:
    """A metric for reading: a percentage, or an error in the target's unit."""
    if task == "classification":
        return f"{100 * value:.2f} %"
    from nndesigner.training.metrics import error_text  # which needs numpy

    return error_text(value)


def count_text(number: int, thing: str) -> str:
    """``1 epoch``, ``2 epochs``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def duration_text(seconds: float) -> str:
    """A time for reading: ``12 ms``, ``0.8 s``, ``1:04``, ``2:03:10``."""
    if seconds < 0.0995:
        return f"{1000 * seconds:.2g} ms"
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def point_text(point: Point, task: Task) -> str:
    """The figures of an epoch for reading."""
    key = metric_key(task)
    parts = [f"loss {loss_text(point.loss)}", f"{key} {metric_text(point.metric, task)}"]
    if point.val_loss is not None:
        parts.append(f"val_loss {loss_text(point.val_loss)}")
    if point.val_metric is not None:
        parts.append(f"val_{key} {metric_text(point.val_metric, task)}")
    return "  ".join(parts)


def _short_text(point: Point, task: Task) -> str:
    """The two figures of an epoch that fit beside a bar: of validation where there is one."""
    key, name = metric_key(task), "val_" if point.val_loss is not None else ""
    metric = point.metric if point.val_metric is None else point.val_metric
    return f"loss {loss_text(point.loss)}  {name}{key} {metric_text(metric, task)}"


def preparing_text() -> str:
    """What to say before the engine is used for the first time; empty when it was kept."""
    from nndesigner.engine.jit import CACHE_FOLDER, is_kept

    if CACHE_FOLDER is None:
        return "preparing the engine (up to a minute at each start, for it cannot be kept here)"
    if is_kept():
        return ""
    return "preparing the engine (once on this machine)"


def say_preparing() -> None:
    """One line when the engine must be compiled before the answer comes."""
    text = preparing_text()
    if text:
        warn(text)


class Progress:
    """Shows a run from its mailbox; silent when it is to be quiet."""

    def __init__(self, task: Task, epochs: int, *, quiet: bool, since: int = 0) -> None:
        self._task, self._epochs = task, epochs
        self._quiet = quiet
        self._seen = since
        self._started = time.monotonic()
        self._told = False
        self._said_at = self._started
        self._bar: Any = None
        if not quiet and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(
                total=1.0,
                file=sys.stderr,
                bar_format="{desc}|{bar:12}| {postfix[0]}",
                postfix=[""],
                dynamic_ncols=True,
                leave=False,
            )

    def show(self, feed: Feed) -> None:
        """Bring the display up to date."""
        if self._quiet:
            return
        status = feed.status
        points = feed.points(self._seen)
        self._seen += len(points)
        if status.state == "preparing" and not self._told:
            text = preparing_text()
            self._told = bool(text) or time.monotonic() - self._started > PATIENCE_SECONDS
            if self._told:
                self._line(text or "preparing the engine")
        if self._bar is None:
            for point in points:
                say(
                    f"epoch {point.epoch}/{self._epochs}  {point_text(point, self._task)}  "
                    f"{duration_text(point.seconds)}  {point.rows_per_second:,.0f} rows/s"
                )
            self._say_still(feed, status, told=bool(points))
        else:
            self._draw(status, feed.points(max(0, self._seen - 1)))

    def _say_still(self, feed: Feed, status: Status, *, told: bool) -> None:
        """A line in the middle of a long epoch, so that a log does not look dead."""
        now = time.monotonic()
        if told or status.state != "running":
            self._said_at = now
        elif now - self._said_at >= PLAIN_SECONDS and status.steps_per_epoch:
            self._said_at = now
            epoch, step = divmod(status.step, status.steps_per_epoch)
            if not step:  # all steps are done, and the validation goes on
                return
            parts = [f"epoch {epoch + 1}/{self._epochs}", f"{step / status.steps_per_epoch:.0%}"]
            slices = feed.slices()
            if slices:
                parts.append(f"loss {loss_text(slices[-1].loss)}")
            say("  ".join([*parts, f"{status.rows_per_second:,.0f} rows/s"]).replace("%", " %"))

    def _line(self, text: str) -> None:
        if self._bar is None:
            warn(text)
        else:
            self._bar.write(text, file=sys.stderr)

    def _draw(self, status: Status, last: list[Point]) -> None:
        parts = [_short_text(last[-1], self._task)] if last else []
        if status.seconds_left is not None:
            parts.insert(0, f"{duration_text(status.seconds_left)} left")
        if status.rows_per_second:
            parts.append(f"{status.rows_per_second:,.0f} rows/s")
        self._bar.set_description_str(f"epoch {status.epoch}/{self._epochs} ", refresh=False)
        self._bar.postfix = ["  ".join(parts)]
        self._bar.n = status.share
        self._bar.refresh()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()


def say_notes(
    notes: Iterable[str], *, quiet: bool = False, options: argparse.Namespace | None = None
) -> None:
    """What was decided while data was read, beside the results; with ``options``, those of the
    verb, how to decide otherwise.
    """
    if not quiet:
        for note in notes:
            warn(f"note: {hinted(note, options) if options is not None else note}")


def write_results(path: str, results: Any) -> None:
    """Figures as JSON for other programs; one that is not finite is null. Raises: FileError."""
    write_bytes(path, write_json(_finite(results), indent=2, what="these figures") + b"\n")


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list():
            return [_finite(item) for item in value]
        case float() if not math.isfinite(value):
            return None  # JSON has no word for it
        case _:
            return value


def read_project(path: str) -> Project:
    """A project by its path, or a sample project that comes with the program by its name.

    Raises: FileError.
    """
    found = find_project(path)
    refuse_data(found, path)
    return load_project(found)


def refuse_data(found: Path, path: str) -> None:
    """Say how data become a project when data are given as one. Raises: FileError."""
    if found.suffix.lower() == SUFFIX or not found.exists():
        return
    from nndesigner.errors import FileError

    name = found.name.lower().removesuffix(".gz")
    if found.is_dir():
        what = "a folder"
    elif name.endswith((".csv", ".tsv", ".txt")):
        what = "a table"
    elif name.endswith((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")):
        what = "a picture"
    elif name.endswith(("-ubyte", ".idx")):
        what = "an idx file"
    else:
        return
    data = shlex.quote(str(found.parent) if what == "a picture" else path)
    layers = "dense 32, dense 3" if what == "a table" else "flatten, dense 32, dense 10"
    raise FileError(
        f"{path} is {what}, not a project: make one with "
        f'nndesigner new --layers "{layers}" --data {data} --out P.nnd'
    )


def find_project(path: str) -> Path:
    """Where a project lies; a sample project is found wherever the program was started."""
    sample = sample_project(path)
    if sample is None:
        return Path(path)
    warn(f"note: there is no {path} here, so the sample of that name is used: {sample}")
    return sample


def sample_project(path: str) -> Path | None:
    """The sample project of that name where no file is called so; None elsewhere."""
    found = Path(path)
    if os.path.lexists(found) or found.suffix != SUFFIX:
        return None
    from nndesigner.errors import FileError
    from nndesigner.shipped import shipped

    try:
        return shipped("samples", found.name)
    except FileError:
        return None
