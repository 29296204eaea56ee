"""Accuracy on eight tables by five-fold cross-validation, beside scikit-learn on the same folds.

``python -m tests.benchmarks.tables [NAME ...]`` reads the tables from ``../shared/data``, or from
the folder given with ``--data``. Scaling, fills and categories are fitted on each fold's training
rows alone; the rows of a fold are looked at once, after its training.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
FOLDS = 5
#: Beside a figure in RESULTS.md: two points of accuracy, or two hundredths of the error.
POINTS = 0.02


@dataclass(frozen=True)
class Table:
    """A table, a fixed network for it, and the figure that scikit-learn reaches.

    ``figure`` is an accuracy, or a mean absolute error in ``unit`` of the target. ``inputs`` names
    the columns that are used, empty for all.
    """

    name: str
    file: str
    target: str
    figure: float
    layers: str
    epochs: int
    task: str = "classification"
    inputs: tuple[str, ...] = ()
    unit: float = 1.0
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def goal(self) -> float:
        """What must be reached: at least this accuracy, at most this error."""
        if self.task == "classification":
            return self.figure - POINTS
        return self.figure * (1 + POINTS)

    def reached(self, metric: float) -> bool:
        """Whether a metric is good enough."""
        return metric >= self.goal if self.task == "classification" else metric <= self.goal


SMALL = "dense 32 relu, dense 16 relu, "
TABLES = {
    table.name: table
    for table in (
        Table("iris", "sklearn/iris.csv", "class", 0.96, SMALL + "dense 3 softmax", 60),
        Table("wine", "sklearn/wine.csv", "class", 0.978, SMALL + "dense 3 softmax", 40),
        Table(
            "breast_cancer", "sklearn/breast_cancer.csv", "class", 0.975,
            SMALL + "dense 2 softmax", 20,
        ),
        Table("digits", "sklearn/digits.csv", "digit", 0.970, "dense 64 relu, dense 10", 40),
        Table(
            "penguins", "csv/penguins.csv", "species", 0.982, SMALL + "dense 3 softmax", 40,
            inputs=("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"),
        ),
        Table(
            "titanic", "csv/titanic.csv", "survived", 0.825, "dense 16 relu, dense 2 softmax", 30,
            inputs=("pclass", "sex", "age", "sibsp", "parch", "fare"),
        ),
        Table(
            "mpg", "csv/mpg.csv", "mpg", 1.99, "dense 100 relu, dense 1 linear", 100,
            task="regression", settings={"learning_rate": "0.001"},
            inputs=(
                "cylinders", "displacement", "horsepower", "weight", "acceleration", "model_year",
                "origin",
            ),
        ),
        Table(
            "california_housing", "csv/california_housing.csv", "median_house_value", 0.406,
            "dense 64 relu, dense 32 relu, dense 1 linear", 40,
            task="regression", unit=1e5,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """Mean and deviation over the folds, ours and scikit-learn's, in the unit of the figure."""

    table: Table
    mean: float
    deviation: float
    theirs: float | None
    seconds: float


def measure(table: Table, data: Path, *, sklearn: bool = True) -> Outcome:
    """Cross-validate one table with the program's own verbs, and scikit-learn on the same folds."""
    from nndesigner.data import open_data
    from nndesigner.recipe import parse_recipe, with_suited_end
    from nndesigner.training.crossval import cross_validate
    from nndesigner.training.settings import Settings, settings_with

    path = data / table.file
    options: dict[str, Any] = {"task": table.task}
    if table.inputs:
        found = open_data(path, target=table.target).columns  # type: ignore[attr-defined]
        ignored = {c.name for c in found} - {*table.inputs, table.target}
        options["columns"] = {name: {"role": "ignore"} for name in sorted(ignored)}
    dataset = open_data(path, target=table.target, options=options)
    graph, _ = with_suited_end(table.layers, parse_recipe(table.layers), dataset.spec)
    said = {"learning_rate": "0.003", "batch_size": "32", "epochs": str(table.epochs)}
    settings = settings_with(Settings(), {**said, **table.settings})
    began = time.perf_counter()
    outcome = cross_validate(graph, settings, dataset, FOLDS)
    seconds = time.perf_counter() - began
    theirs = _sklearn(dataset, settings.seed, table) if sklearn else None
    return Outcome(
        table, outcome.mean / table.unit, outcome.deviation / table.unit, theirs, seconds
    )


def _sklearn(dataset: Any, seed: int, table: Table) -> float:
    """The mean metric of scikit-learn's own network with one layer of 100, its default."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    from nndesigner.data.split import prepare_folds

    metrics = []
    for prepared in prepare_folds(dataset, FOLDS, seed):
        cls = MLPClassifier if table.task == "classification" else MLPRegressor
        rows = len(prepared.x_train)
        model = cls(random_state=seed, max_iter=500 if rows < 5000 else 40)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(prepared.x_train, prepared.y_train.reshape(rows))
        said = model.predict(prepared.x_test)
        if table.task == "classification":
            metrics.append(float((said == prepared.y_test).mean()))
            continue
        truth = prepared.encoding.decode(np.asarray(prepared.y_test).reshape(-1, 1))
        real = prepared.encoding.decode(said.reshape(-1, 1).astype(np.float32))
        metrics.append(float(np.abs(real - truth).mean()) / table.unit)
    return float(np.mean(metrics))


def line(outcome: Outcome) -> str:
    """One line of the table: ours, the figure, scikit-learn's of this run."""
    table = outcome.table
    what = "accuracy" if table.task == "classification" else "mae"
    theirs = f"{outcome.theirs:.3f}" if outcome.theirs is not None else "-"
    verdict = "ok" if table.reached(outcome.mean) else "MISSED"
    return (
        f"{table.name:20} {what:9} {outcome.mean:.3f} ± {outcome.deviation:.3f}   "
        f"{table.figure:.3f}       {theirs:>6}       {outcome.seconds:6.1f} s   {verdict}"
    )


def main(argv: list[str] | None = None) -> int:
    """Measure the tables that were named, all without a name; 1 when one was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TABLES))
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    parser.add_argument("--no-sklearn", action="store_true", help="ours alone, which is quicker")
    options = parser.parse_args(argv)
    unknown = [name for name in options.names if name not in TABLES]
    if unknown:
        parser.error(f"there is no table {unknown[0]!r}: there are {', '.join(TABLES)}")
    sys.stdout.write(f"{'table':20} {'':9} ours            RESULTS.md  sklearn now  our time\n")
    missed, figures = 0, {}
    for name in options.names or TABLES:
        outcome = measure(TABLES[name], options.data, sklearn=not options.no_sklearn)
        sys.stdout.write(line(outcome) + "\n")
        sys.stdout.flush()
        missed += not outcome.table.reached(outcome.mean)
        figures[name] = {
            "mean": outcome.mean,
            "deviation": outcome.deviation,
            "figure": outcome.table.figure,
            "sklearn": outcome.theirs,
            "seconds": outcome.seconds,
        }
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
