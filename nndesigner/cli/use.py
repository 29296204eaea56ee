"""The verbs that use what was learnt: ``evaluate``, ``predict``, ``export``."""

from __future__ import annotations

import argparse
import csv
import io
import os
from pathlib import Path

from nndesigner import api
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
from nndesigner.files.atomic import write_bytes
from nndesigner.files.weights import export_weights, weights_suffix
from nndesigner.training.trained import Trained


def evaluate(options: argparse.Namespace) -> int:
    """Compare predictions with the truth. Raises: DesignerError."""
    source = _learnt(options.project)
    trained = source.trained
    rows = api.encoded(source, options.data, options.labels, options=text_of(options))
    say_notes(rows.notes, options=options)
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
    source = _learnt(options.project)
    say_preparing()
    said = api.predict(source, options.data, options=text_of(options))
    say_notes(said.notes, options=options)
    write_bytes(options.out, table(source.trained, said).encode("utf-8", "backslashreplace"))
    lost = len(said.names) - len(said.values) if said.names else 0
    empty = (
        f", and an empty line for {count_text(lost, 'file')} that cannot be used" if lost else ""
    )
    say(f"wrote {count_text(len(said.values), 'prediction')} to {options.out}{empty}")
    return EXIT_OK


def table(trained: Trained, said: api.Predictions) -> str:
    """Predictions as CSV: ``row`` counts the data's from 1; one that could not be used is empty.

    Pictures have their ``file`` as well, and every file has a line.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if said.probabilities is not None:
        header = ["predicted", *(f"probability_{name}" for name in trained.spec.classes)]
        lines = [
            [name, *(f"{share:.9g}" for share in shares)]
            for name, shares in zip(said.values, said.probabilities.tolist(), strict=True)
        ]
    else:
        names = trained.spec.target_names
        header = ["predicted"]
        if trained.spec.outputs > 1:
            if len(names) != trained.spec.outputs:  # each row is its own target
                features = trained.spec.feature_names
                numbered = tuple(str(place + 1) for place in range(trained.spec.outputs))
                names = features if len(features) == trained.spec.outputs else numbered
            header = [f"predicted_{name}" for name in names]
        lines = [[f"{number:.9g}" for number in row] for row in said.values]
    said_of = dict(zip(said.kept.tolist(), lines, strict=True))
    rows = len(said.names) or max(said_of, default=-1) + 1
    nothing = [""] * len(header)
    writer.writerow(["row", *(["file"] if said.names else []), *header])
    for row in range(rows):
        name = [said.names[row]] if said.names else []
        writer.writerow([row + 1, *name, *said_of.get(row, nothing)])
    return text.getvalue()


def export(options: argparse.Namespace) -> int:
    """Write the weights of a trained project. Raises: DesignerError."""
    weights_suffix(options.file)
    trained = _learnt(options.project).trained
    export_weights(trained, options.file)
    say(
        f"exported {options.file} ({count_text(len(trained.weights), 'array')}, "
        f"{trained.parameter_count:,} numbers, {os.path.getsize(options.file):,} bytes)"
    )
    return EXIT_OK


def _learnt(path: str) -> api.Learnt:
    found: Path = find_project(path)
    if found.is_dir():
        raise DataError(f"{path} is a folder: name a project file in it")
    return api.learnt(found)
