"""The program for people who write Python: open or build a design, train, evaluate, predict, save.

import nndesigner

project = nndesigner.new("flatten, dense 32 relu, dense 10 softmax", data="digits")
trained = nndesigner.train(project, epochs=5, learning_rate=0.01)
print(nndesigner.evaluate(trained, "digits").metric)
nndesigner.export_weights(trained, "weights.npz")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.api.opening import open_dataset, origin_text, project_data, table_options, with_plan
from nndesigner.api.running import RanAway, run
from nndesigner.data.dataset import Dataset, Encoded, Origin
from nndesigner.data.progress import Progress
from nndesigner.declare import build, values_of
from nndesigner.errors import DataError, FileError
from nndesigner.files.project import Project, load_project, save_project
from nndesigner.files.weights import SUFFIXES, export_weights, import_weights
from nndesigner.recipe import parse_recipe, with_suited_end
from nndesigner.training.feed import Feed, Point
from nndesigner.training.predictions import Predictions, predictions
from nndesigner.training.settings import CHOICES, Settings, settings_with
from nndesigner.training.trained import Trained
from nndesigner.training.units import in_loss_units

if TYPE_CHECKING:
    from nndesigner.training.crossval import CrossValidation
    from nndesigner.training.predict import Evaluation

__all__ = [
    "Predictions",
    "Project",
    "RanAway",
    "Trained",
    "cross_validate",
    "evaluate",
    "export_weights",
    "load_weights",
    "new",
    "open_dataset",
    "open_project",
    "origin_text",
    "predict",
    "project_data",
    "run",
    "save_project",
    "table_options",
    "train",
    "with_plan",
]

#: Anything that holds a trained network: itself, a project, or the path of a file with one.
HasWeights = Trained | Project | str | Path


# -- opening and building


def open_project(path: str | Path) -> Project:
    """The project of an ``.nnd`` file. Raises: FileError."""
    return load_project(path)


def load_weights(path: str | Path) -> Trained:
    """The trained network of an exported ``.npz`` or ``.safetensors``. Raises: FileError."""
    return import_weights(path)


def new(
    layers: str,
    data: str | Path | None = None,
    *,
    target: str | None = None,
    labels: str | Path | None = None,
    options: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Project:
    """A project from a recipe such as ``"flatten, dense 32 relu, dense 10 softmax"``.

    ``data`` is a CSV, an image folder, an idx file or a sample's name; a last Dense without an
    activation gets the one that suits the target. ``options`` say how the data are cut, prepared
    and split (the fields of `TableOptions`). ``settings`` are training settings by name.
    Raises: DesignerError.
    """
    graph = parse_recipe(layers)
    chosen = changed_settings(Settings(), settings)
    if data is None:
        return Project(graph=graph, settings=chosen)
    dataset = open_dataset(data, target=target, labels=labels, options=options)
    graph, _ = with_suited_end(layers, graph, dataset.spec)
    return Project(graph=graph, settings=chosen, origin=dataset.origin, spec=dataset.spec)


def changed_settings(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """Settings with some changed, given as values, texts or declarations. Raises: DesignerError."""
    whole = {
        key: value
        for key, value in changes.items()
        if key in CHOICES and isinstance(value, msgspec.Struct)
    }
    if whole:
        settings = build(Settings, {**values_of(settings), **whole})
    texts = {
        key: repr(value) if isinstance(value, float) else str(value)
        for key, value in changes.items()
        if key not in whole
    }
    return settings_with(settings, texts)


# -- training


def train(
    project: Project | str | Path,
    data: str | Path | None = None,
    *,
    target: str | None = None,
    labels: str | Path | None = None,
    progress: Callable[[Point], None] | None = None,
    **settings: Any,
) -> Trained:
    """Train a project and return the network with its weights and history.

    Without ``data`` the project's own is used. ``settings`` (``epochs=5, optimizer="adam"``)
    replace those of the project. ``progress`` is called with the figures of every finished epoch.

    Raises: DesignerError.
    """
    from nndesigner.data import prepare

    project, chosen, dataset = _ready(project, data, target, labels, settings)
    prepared = in_loss_units(prepare(dataset, chosen.validation_share, chosen.seed), chosen.loss)
    seen = 0

    def watch(feed: Feed) -> bool:
        nonlocal seen
        points = feed.points(seen)
        seen += len(points)
        for point in points:
            if progress is not None:
                progress(point)
        return True

    return run(Project(graph=project.graph, settings=chosen), prepared, watch)


def _ready(
    project: Project | str | Path,
    data: str | Path | None,
    target: str | None,
    labels: str | Path | None,
    settings: Mapping[str, Any],
) -> tuple[Project, Settings, Dataset]:
    """A project, its settings with those said anew, and the data to learn from: its own, if no
    others are named. Raises: DesignerError.
    """
    if not isinstance(project, Project):
        project = load_project(project)
    chosen = changed_settings(project.settings, settings)
    if data is None:
        return project, chosen, project_data(project)
    return project, chosen, open_dataset(data, target=target, labels=labels, like=project)


def cross_validate(
    project: Project | str | Path,
    data: str | Path | None = None,
    *,
    folds: int = 5,
    target: str | None = None,
    progress: Callable[[float, str], bool] | None = None,
    **settings: Any,
) -> CrossValidation:
    """Train and judge a project once a fold: see `nndesigner.training.crossval.cross_validate`.

    Raises: DesignerError.
    """
    from nndesigner.training.crossval import cross_validate as compute

    project, chosen, dataset = _ready(project, data, target, None, settings)
    return compute(project.graph, chosen, dataset, folds, progress=progress)


# -- using what was learnt


@dataclass(frozen=True, eq=False)
class Learnt:
    """A trained network, and how the table that it learnt from was opened, if that is known.

    ``origin`` are the data that its project refers to, where it is in a project.
    """

    trained: Trained
    options: Mapping[str, Any] = field(default_factory=dict)
    origin: Origin | None = None


def learnt(source: HasWeights) -> Learnt:
    """What a project or a file has learnt. Raises: FileError when there is nothing."""
    if isinstance(source, Trained):
        return Learnt(source)
    name = "this project"
    if not isinstance(source, Project):
        if Path(source).suffix.lower() in SUFFIXES:
            return Learnt(import_weights(source))
        name = str(source)
        source = load_project(source)
    if source.trained is None:
        raise FileError(f"{name} has learnt nothing yet: train it and save it first")
    return Learnt(source.trained, table_options(source.origin), source.origin)


def encoded(
    source: Learnt,
    data: str | Path | npt.NDArray[Any],
    labels: str | Path | None = None,
    *,
    keep_all: bool = False,
    options: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Encoded:
    """Rows as a network saw its training rows; an array is taken as encoded already.

    With ``keep_all`` rows without a target stay. ``options`` say how this table is cut where it is
    not cut as the training data were. Raises: DataError.
    """
    if isinstance(data, np.ndarray):
        x = np.ascontiguousarray(data, dtype=np.float32)
        shape = source.trained.spec.input_shape
        if x.shape[1:] != shape:
            raise DataError(f"the network takes rows of shape {shape}, got {x.shape[1:]}")
        return Encoded(x=x, y=None, kept=np.arange(len(x), dtype=np.int64))
    from nndesigner.data import read_with

    return read_with(
        source.trained.encoding,
        data,
        labels=labels,
        base_options=source.options,
        options=options,
        keep_all=keep_all,
        progress=progress,
    )


def predict(
    source: HasWeights | Learnt,
    data: str | Path | npt.NDArray[Any],
    *,
    labels: str | Path | None = None,
    options: Mapping[str, Any] | None = None,
) -> Predictions:
    """What a trained network says about every row of a file, a sample or an encoded array.

    ``options`` (``{"delimiter": ";"}``) say how a table is cut that is not cut as the training
    data were. Raises: DesignerError.
    """
    found = source if isinstance(source, Learnt) else learnt(source)
    return predictions(found.trained, encoded(found, data, labels, keep_all=True, options=options))


def evaluate(
    source: HasWeights | Learnt, data: str | Path, *, labels: str | Path | None = None
) -> Evaluation:
    """Loss, accuracy (or mean absolute error) and confusion of a trained network on a file.

    Raises: DesignerError.
    """
    found = source if isinstance(source, Learnt) else learnt(source)
    return evaluate_rows(found.trained, encoded(found, data, labels), str(data))


def evaluate_rows(trained: Trained, rows: Encoded, name: str) -> Evaluation:
    """How well a network does on rows that were read already. Raises: DataError."""
    from nndesigner.training.predict import evaluate as compute

    if rows.y is None:
        raise DataError(f"{name} has no target to compare with: use predict, or add the column")
    return compute(trained, rows.x, rows.y)
