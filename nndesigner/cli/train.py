"""The verb ``train``: train, evaluate, save, export, write figures, and stop when asked."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from nndesigner import api
from nndesigner.cli.apart import check_places, refuse_replacing_data
from nndesigner.cli.data_plan import open_planned
from nndesigner.cli.defects import keep_traceback
from nndesigner.cli.figures import evaluation_json
from nndesigner.cli.output import (
    Progress,
    count_text,
    duration_text,
    loss_text,
    metric_key,
    metric_text,
    point_text,
    read_project,
    say,
    say_notes,
    warn,
    write_results,
)
from nndesigner.cli.parser import EXIT_OK, EXIT_STOPPED
from nndesigner.data.dataset import Encoded, FloatArray, IntArray, Origin, Prepared
from nndesigner.errors import DataError, DesignerError
from nndesigner.files.project import Project, save_project
from nndesigner.files.weights import export_weights
from nndesigner.training import runaway
from nndesigner.training.check import check_training
from nndesigner.training.feed import Feed
from nndesigner.training.settings import NOT_FOR_WHOLE_DATA, Settings, settings_with
from nndesigner.training.trained import Trained
from nndesigner.training.trained_on import trained_on
from nndesigner.training.units import in_loss_units


def train(options: argparse.Namespace) -> int:
    """Train a project as the options say. Raises: DesignerError."""
    from nndesigner.data import prepare

    check_places(options)
    project = read_project(options.project)
    refuse_replacing_data(options, project.origin)
    resume = project.trained if options.go_on else None
    if options.go_on:
        settings = continued_settings(resume, options)
        project = replace(project, settings=settings)
    else:
        settings = chosen_settings(project.settings, options)
    dataset = open_planned(project, options)
    prepared = in_loss_units(
        prepare(dataset, settings.validation_share, settings.seed), settings.loss
    )
    say_notes((*dataset.notes, *prepared.notes), quiet=options.quiet, options=options)
    ready = Project(
        graph=project.graph, settings=settings, origin=dataset.origin, spec=prepared.spec
    )
    test_rows = _open_test(prepared, settings, dataset.origin, options)
    if not options.quiet:
        _say_warnings(ready, prepared)
        _say_what_is_not_used(settings, options)
    failures: list[str] = []
    stopped = False
    try:
        trained, stopped, words = _run(ready, prepared, options.quiet, resume)
    except api.RanAway as error:
        # Without a file to write them to, nothing is kept, and that is said below.
        kept = bool(options.save or options.export)
        failures.append(str(error) if kept else str(error).replace(f"{runaway.KEPT} ", ""))
        trained = error.trained
    else:
        if not options.quiet:
            _say_outcome(trained, stopped, words, options)
    ran_away = bool(failures)
    # What was learnt is written before anything else can fail, and one failure stops no other.
    failures += _write_outputs(options, ready, trained)
    if not (options.quiet or options.save or options.export):
        which = "the last good weights" if ran_away else "the weights"
        warn(f"{which} were not kept: give --save P2.nnd or --export FILE")
    test = None
    if test_rows is not None and not stopped and not ran_away:
        with _noting(failures):
            test = _test(trained, test_rows, options)
    elif trained.test is not None:
        test = _test_part(trained, prepared, options)
    if options.json is not None:
        with _noting(failures):
            validation = None if ran_away else _judged(trained, prepared.x_val, prepared.y_val)
            write_results(options.json, results(trained, len(prepared.x_train), test, validation))
    if failures:
        raise DesignerError("\nnndesigner train: ".join(failures))
    return EXIT_STOPPED if stopped else EXIT_OK


@contextmanager
def _noting(failures: list[str]) -> Iterator[None]:
    """Note what goes wrong instead of raising it, so that the rest is still done."""
    try:
        yield
    except DesignerError as error:
        failures.append(str(error))
    except MemoryError:
        failures.append("there is too little memory: close other programs")
    except Exception:  # not even a defect may cost what was learnt
        failures.append(keep_traceback())


def chosen_settings(settings: Settings, options: argparse.Namespace) -> Settings:
    """The project's settings with those of the command line. Raises: DesignerError."""
    changes: dict[str, str] = {}
    for item in options.set:
        key, sign, value = item.partition("=")
        if not sign:
            raise DesignerError(f"--set wants KEY=VALUE, as in learning_rate=0.01, got {item!r}")
        changes[key.strip()] = value
    for key, given in (
        ("epochs", options.epochs),
        ("batch_size", options.batch),
        ("seed", options.seed),
    ):
        if given is not None:
            changes[key] = given
    return settings_with(settings, changes)


def continued_settings(trained: Trained | None, options: argparse.Namespace) -> Settings:
    """The settings to go on with; ``--epochs`` are added to those done. Raises: DesignerError."""
    if trained is None or trained.state is None:
        raise DesignerError(
            f"{options.project} holds no training to go on with: train it with --save first"
        )
    if options.epochs is None:
        settings = chosen_settings(trained.settings, options)
        if settings.epochs <= trained.state.progress.epoch:
            raise DesignerError(
                f"all {settings.epochs} epochs are done: say how many more with --epochs N"
            )
        return settings
    more = settings_with(Settings(), {"epochs": options.epochs}).epochs
    done = trained.state.progress.epoch
    options = argparse.Namespace(**{**vars(options), "epochs": None})
    return chosen_settings(trained.settings, options).changed(epochs=done + more)


def _say_warnings(project: Project, prepared: Prepared) -> None:
    verdict = check_training(project.graph, project.settings, prepared.spec)
    for problem in verdict.problems:
        if problem.severity == "warning":
            warn(f"warning: {problem.message}")


def _say_what_is_not_used(settings: Settings, options: argparse.Namespace) -> None:
    """Name what was set on the command line and the optimizer takes no notice of."""
    given = {item.partition("=")[0].strip() for item in options.set}
    if options.batch is not None:
        given.add("batch_size")
    unused = [name for name in NOT_FOR_WHOLE_DATA if name in given]
    name = settings.optimizer.title.partition(" (")[0]
    if settings.optimizer.whole_data and unused:
        warn(f"warning: {name} takes all rows in each step and no notice of {' and '.join(unused)}")


class _Wish:
    """Whether somebody asked to stop. A plain flag: a signal handler may take no lock."""

    def __init__(self) -> None:
        self.stop = False


@contextmanager
def _stop_on_signal() -> Iterator[_Wish]:
    """Turn Ctrl-C and SIGTERM into a wish; the second one ends the program at once."""
    wish = _Wish()
    before: dict[signal.Signals, Any] = {}

    def handle(number: int, frame: object) -> None:
        if wish.stop:
            raise KeyboardInterrupt
        wish.stop = True

    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, handle)
    except ValueError:  # not the main thread: whoever runs us there has handlers of their own
        pass
    try:
        yield wish
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _run(
    project: Project, prepared: Prepared, quiet: bool, resume: Trained | None
) -> tuple[Trained, bool, tuple[str, str]]:
    """What was trained, whether it was stopped, what is to be said about its end, and why it is of
    no use where it is.
    """
    words: tuple[str, str] = ("", "")
    progress = Progress(
        prepared.spec.task,
        project.settings.epochs,
        quiet=quiet,
        since=len(resume.history) if resume is not None else 0,
    )
    with _stop_on_signal() as wish:

        def watch(feed: Feed) -> bool:
            nonlocal words
            progress.show(feed)
            words = feed.status.message, feed.status.doubt
            return not wish.stop

        try:
            trained = api.run(project, prepared, watch, resume=resume)
        finally:
            progress.close()
        return trained, wish.stop, words


def _say_outcome(
    trained: Trained, stopped: bool, words: tuple[str, str], options: argparse.Namespace
) -> None:
    last = trained.history[-1] if trained.history else None
    if stopped:
        kept = "its weights are kept" if options.save or options.export else "nothing was saved"
        epochs = count_text(last.epoch if last else 0, "whole epoch")
        say(f"stopped after {epochs}; {kept}")
    best = trained.kept_point
    if last is not None and best is not None:
        say(
            f"trained {trained.parameter_count:,} parameters in "
            f"{duration_text(trained.seconds)}: {point_text(best, trained.spec.task)}"
        )
    message, doubt = words
    if message:
        say(message[0].lower() + message[1:])
    if doubt:
        warn(f"warning: {doubt}")


def _open_test(
    prepared: Prepared, settings: Settings, origin: Origin, options: argparse.Namespace
) -> Encoded | None:
    """The rows of --test, read before training so that a wrong name costs no training."""
    from nndesigner.data import read_with

    if options.test is None:
        return None
    rows = read_with(
        prepared.encoding,
        options.test,
        labels=options.test_labels,
        base_options=api.table_options(origin),
    )
    if rows.y is None:
        raise DataError(f"{options.test} has no target to compare with: --test needs one")
    if not len(rows.x):
        raise DataError(f"{options.test} has no rows to test on")
    same = trained_on(prepared.spec, settings, origin, options.test, options.test_labels)
    notes = (*rows.notes, same) if same else rows.notes
    say_notes(notes, quiet=options.quiet, options=options)
    return rows


def _judged(
    trained: Trained, x: FloatArray | None, y: IntArray | FloatArray | None
) -> dict[str, Any] | None:
    """All figures on these rows with the weights that are kept; None without rows."""
    from nndesigner.training.predict import evaluate

    if x is None or y is None or not len(x):
        return None
    return evaluation_json(evaluate(trained, x, y), trained.spec)


def _test(trained: Trained, rows: Encoded, options: argparse.Namespace) -> dict[str, Any]:
    outcome = api.evaluate_rows(trained, rows, str(options.test))
    task = trained.spec.task
    if not options.quiet:
        metric = metric_text(outcome.metric, task)
        say(f"test: loss {loss_text(outcome.loss)}  {metric_key(task)} {metric}")
    return evaluation_json(outcome, trained.spec)


def _test_part(trained: Trained, prepared: Prepared, options: argparse.Namespace) -> dict[str, Any]:
    """The figures of the test part of the data; those of the end, for nothing is chosen by them."""
    found, task = trained.test, trained.spec.task
    if found is None:
        return {}
    if not options.quiet:
        metric = metric_text(found.metric, task)
        say(
            f"test part, {count_text(found.rows, 'row')}: loss {loss_text(found.loss)}  "
            f"{metric_key(task)} {metric}"
        )
    all_of_them = _judged(trained, prepared.x_test, prepared.y_test) if options.json else None
    return {**(all_of_them or {}), "rows": found.rows, "loss": found.loss} | {
        metric_key(task): found.metric
    }


def _write_outputs(options: argparse.Namespace, project: Project, trained: Trained) -> list[str]:
    """Write all files that were asked for; the sentences of those that could not be written."""
    failures: list[str] = []
    if options.save is not None:
        with _noting(failures):
            for note in save_project(options.save, with_weights(project, trained)):
                warn(f"warning: {note}")
            if not options.quiet:
                say(f"saved {options.save}")
    for path in options.export:
        with _noting(failures):
            export_weights(trained, path)
            if not options.quiet:
                arrays = f"{len(trained.weights)} arrays, {trained.parameter_count:,} numbers"
                say(f"exported {path} ({arrays}, {os.path.getsize(path):,} bytes)")
    return failures


def with_weights(project: Project, trained: Trained) -> Project:
    """The project with what it has learnt."""
    return Project(
        graph=project.graph,
        settings=project.settings,
        origin=project.origin,
        spec=project.spec,
        trained=trained,
    )


def results(
    trained: Trained,
    rows: int,
    test: dict[str, Any] | None,
    validation: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """All figures of a run. ``rows_per_second`` counts training alone; ``validation`` and ``test``
    are those of the weights that were kept.
    """
    key = metric_key(trained.spec.task)
    seconds = sum(point.seconds for point in trained.history)
    return {
        "parameters": trained.parameter_count,
        "history": [
            {
                "epoch": point.epoch,
                "loss": point.loss,
                key: point.metric,
                "val_loss": point.val_loss,
                f"val_{key}": point.val_metric,
                "learning_rate": point.learning_rate,
                "seconds": point.seconds,
                "rows_per_second": point.rows_per_second,
            }
            for point in trained.history
        ],
        "validation": validation,
        "test": test,
        "seconds": trained.seconds,
        "rows_per_second": rows * len(trained.history) / seconds if seconds else 0.0,
    }
