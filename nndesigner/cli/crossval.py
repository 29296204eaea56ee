"""The verb ``crossval``: one training a fold, each judged on the rows left out of it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from nndesigner.cli.apart import refuse_replacing_data
from nndesigner.cli.data_plan import open_planned
from nndesigner.cli.figures import spread_lines
from nndesigner.cli.output import (
    count_text,
    loss_text,
    metric_key,
    metric_text,
    read_project,
    say,
    say_notes,
    say_preparing,
    write_results,
)
from nndesigner.cli.parser import EXIT_OK
from nndesigner.cli.train import chosen_settings
from nndesigner.data.dataset import Task
from nndesigner.data.split import fold_notes
from nndesigner.errors import DataError
from nndesigner.training.crossval import CrossValidation, Fold, cross_validate
from nndesigner.training.metrics import as_json


def crossval(options: argparse.Namespace) -> int:
    """Cross-validate a project as the options say. Raises: DesignerError."""
    project = read_project(options.project)
    refuse_replacing_data(options, project.origin)
    settings = chosen_settings(project.settings, options)
    folds = _folds(options.folds)
    dataset = open_planned(project, options)
    notes = (*dataset.notes, *fold_notes(dataset))
    say_notes(notes, quiet=options.quiet, options=options)
    if not options.quiet:
        say_preparing()
    task = dataset.spec.task
    bar = _Line(options.quiet)

    def told(fold: Fold) -> None:
        bar.clear()
        if not options.quiet:
            say(
                f"fold {fold.number}/{folds}: {count_text(fold.train_rows, 'row')} trained on, "
                f"{fold.test_rows:,} held out: loss {loss_text(fold.loss)}  "
                f"{metric_key(task)} {metric_text(fold.metric, task)}"
            )

    try:
        found = cross_validate(
            project.graph, settings, dataset, folds, progress=bar.show, told=told
        )
    finally:
        bar.clear()
    if not options.quiet:
        say(summary(found, task))
        for line in spread_lines(found.spread):
            say(line)
    if options.json is not None:
        write_results(options.json, figures(found, task))
    return EXIT_OK


def summary(found: CrossValidation, task: Task) -> str:
    """Mean and deviation over the folds in one line."""
    mean = metric_text(found.mean, task)
    deviation = metric_text(found.deviation, task)
    return (
        f"{len(found.folds)} folds: {metric_key(task)} {mean} ± {deviation}, "
        f"loss {loss_text(found.mean_loss)}"
    )


def figures(found: CrossValidation, task: Task) -> dict[str, Any]:
    """All figures of a cross-validation."""
    key = metric_key(task)
    return {
        "folds": [
            {
                "number": fold.number,
                "train_rows": fold.train_rows,
                "test_rows": fold.test_rows,
                "loss": fold.loss,
                key: fold.metric,
                "seconds": fold.seconds,
                **(as_json(fold.details) if fold.details is not None else {}),
            }
            for fold in found.folds
        ],
        "mean": {name: mean for name, (mean, _) in found.spread.items()},
        "deviation": {name: deviation for name, (_, deviation) in found.spread.items()},
        f"mean_{key}": found.mean,
        f"deviation_{key}": found.deviation,
        "mean_loss": found.mean_loss,
    }


def _folds(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 2:
        raise DataError(f"--folds must be a whole number of at least 2, got {text!r}")
    return number


class _Line:
    """Where the work stands, rewritten in place on a terminal; nothing elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self._on = not quiet and sys.stderr.isatty()
        self._shown = 0

    def show(self, share: float, words: str) -> bool:
        """Show the words; never cancels, Ctrl-C does."""
        if self._on:
            text = f"{100 * share:3.0f} % {words}"
            sys.stderr.write("\r" + text.ljust(self._shown))
            sys.stderr.flush()
            self._shown = len(text)
        return True

    def clear(self) -> None:
        """Wipe the line."""
        if self._shown:
            sys.stderr.write("\r" + " " * self._shown + "\r")
            sys.stderr.flush()
            self._shown = 0
