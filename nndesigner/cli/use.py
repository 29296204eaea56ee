"""The verbs that use what was learnt: ``evaluate``, ``predict``, ``export``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from nndesigner import api
from nndesigner.cli.apart import refuse_replacing_data
from nndesigner.cli.data_plan import text_of
from nndesigner.cli.figures import evaluation_json, figure_lines
from nndesigner.cli.output import (
    count_text,
    find_project,
    loss_text,
    metric_key,
    metric_text,
    say,
    say_notes,
    say_preparing,
    write_results,
)
from nndesigner.cli.parser import EXIT_OK
from nndesigner.errors import DataError
from nndesigner.files.atomic import write_pieces
from nndesigner.files.weights import export_weights, weights_suffix
from nndesigner.training.predictions import predictions_csv
from nndesigner.training.trained_on import trained_on


def evaluate(options: argparse.Namespace) -> int:
    """Compare predictions with the truth. Raises: DesignerError."""
    source = _learnt(options)
    trained = source.trained
    rows = api.encoded(source, options.data, options.labels, options=text_of(options))
    say_notes(rows.notes, options=options)
    if rows.y is not None:
        same = trained_on(
            trained.spec, trained.settings, source.origin, options.data, options.labels
        )
        say_notes([same] if same else [], options=options)
    say_preparing()
    outcome = api.evaluate_rows(trained, rows, str(options.data))
    key = metric_key(trained.spec.task)
    say(
        f"{count_text(len(rows.x), 'row')}: loss {loss_text(outcome.loss)}  {key} "
        f"{metric_text(outcome.metric, trained.spec.task)}"
    )
    for line in figure_lines(outcome.details):
        say(line)
    if options.json is not None:
        write_results(options.json, evaluation_json(outcome, trained.spec))
    return EXIT_OK


def predict(options: argparse.Namespace) -> int:
    """Write what the network says about every row. Raises: DesignerError."""
    source = _learnt(options)
    say_preparing()
    said = api.predict(source, options.data, options=text_of(options))
    say_notes(said.notes, options=options)
    write_pieces(options.out, predictions_csv(source.trained, said))
    lost = len(said.names) - len(said.values) if said.names else 0
    empty = (
        f", and an empty line for {count_text(lost, 'file')} that cannot be used" if lost else ""
    )
    say(f"wrote {count_text(len(said.values), 'prediction')} to {options.out}{empty}")
    return EXIT_OK


def export(options: argparse.Namespace) -> int:
    """Write the weights of a trained project. Raises: DesignerError."""
    weights_suffix(options.file)
    trained = _learnt(options).trained
    export_weights(trained, options.file)
    say(
        f"exported {options.file} ({count_text(len(trained.weights), 'array')}, "
        f"{trained.parameter_count:,} numbers, {os.path.getsize(options.file):,} bytes)"
    )
    return EXIT_OK


def _learnt(options: argparse.Namespace) -> api.Learnt:
    path: str = options.project
    found: Path = find_project(path)
    if found.is_dir():
        raise DataError(f"{path} is a folder: name a project file in it")
    learnt = api.learnt(found)
    refuse_replacing_data(options, learnt.origin)
    return learnt
