"""The figures of an evaluation as lines for reading, and as plain values for other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nndesigner.cli.output import metric_key
from nndesigner.data.dataset import Spec
from nndesigner.training.metrics import TITLES, Metrics, as_json, figure_text

if TYPE_CHECKING:
    from nndesigner.training.predict import Evaluation

#: More classes than this are not listed one by one; ``--json`` has them all.
MOST_CLASSES = 50


def evaluation_json(found: Evaluation, spec: Spec) -> dict[str, Any]:
    """Everything that is known of some rows as plain values, the confusion row by row."""
    confusion = found.confusion
    return {
        "rows": found.rows,
        "loss": found.loss,
        metric_key(spec.task): found.metric,
        "classes": list(spec.classes),
        "confusion": confusion.tolist() if confusion is not None else None,
        **as_json(found.details),
    }


def spread_lines(spread: Mapping[str, tuple[float, float]]) -> list[str]:
    """A table of figures over the folds, each as mean ± deviation."""
    return _table(
        [
            (TITLES[name], f"{figure_text(name, mean)} ± {figure_text(name, deviation)}")
            for name, (mean, deviation) in spread.items()
        ]
    )


def figure_lines(found: Metrics) -> list[str]:
    """A table of all figures beside the simple guess, then one of the classes or targets."""
    head = ("", "network", f"always {_short(found.baseline_name)}")
    rows = [
        (TITLES[name], figure_text(name, value), figure_text(name, found.baseline[name]))
        for name, value in found.figures.items()
    ]
    lines = _table([head, *rows])
    if 0 < len(found.classes) <= MOST_CLASSES:
        table = [("class", "rows", "precision", "recall", "F1", "AUC")]
        table += [
            (
                _short(one.name), f"{one.rows:,}", figure_text("precision", one.precision),
                figure_text("recall", one.recall), figure_text("f1", one.f1),
                figure_text("auc", one.auc),
            )
            for one in found.classes
        ]  # fmt: skip
        lines += ["", *_table(table)]
    if len(found.targets) > 1:
        heads = [("target", "mean absolute error", "root mean squared error", "R²")]
        heads += [
            (
                _short(one.name), figure_text("mae", one.mae), figure_text("rmse", one.rmse),
                figure_text("r2", one.r2),
            )
            for one in found.targets
        ]  # fmt: skip
        lines += ["", *_table(heads)]
    return lines


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns side by side: the first to the left, figures to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _short(name: str) -> str:
    return name if len(name) <= 24 else name[:23] + "…"
