"""The program for people who write Python: open or build a design, train, evaluate, predict, save.

import nndesigner

project = nndesigner.new("flatten, dense 32 relu, dense 10 softmax", data="digits")
trained = nndesigner.train(project, epochs=5, learning_rate=0.01)
print(nndesigner.evaluate(trained, "digits").metric)
nndesigner.export_weights(trained, "weights.npz")
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.data.dataset import Dataset, Encoded, Origin, Prepared
from nndesigner.data.progress import Progress
from nndesigner.declare import build, values_of
from nndesigner.errors import DataError, FileError, TrainingError
from nndesigner.files.project import Project, load_project, save_project
from nndesigner.files.weights import SUFFIXES, export_weights, import_weights
from nndesigner.recipe import parse_recipe, with_suited_end
from nndesigner.training.check import check_training
from nndesigner.training.feed import Feed, Point
from nndesigner.training.predictions import Predictions, predictions
from nndesigner.training.settings import CHOICES, Settings, did_you_mean, settings_with
from nndesigner.training.trained import Trained
from nndesigner.training.units import in_loss_units

if TYPE_CHECKING:
    from nndesigner.training.crossval import CrossValidation
    from nndesigner.training.predict import Evaluation

__all__ = [
    "Predictions",
    "Project",
    "Trained",
    "cross_validate",
    "evaluate",
    "export_weights",
    "load_weights",
    "new",
    "open_project",
    "predict",
    "run",
    "save_project",
    "train",
]

#: Anything that holds a trained network: itself, a project, or the path of a file with one.
HasWeights = Trained | Project | str | Path
WATCH_SECONDS = 0.05
#: What is kept of the choices about pictures for others of their kind.
_OF_PICTURES = ("size", "colours", "fit", "scaling")


class RanAway(TrainingError):
    """Training had to stop; ``trained`` holds the last weights that were good."""

    def __init__(self, message: str, trained: Trained) -> None:
        super().__init__(message)
        self.trained = trained


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


def open_dataset(
    data: str | Path,
    *,
    target: str | None = None,
    labels: str | Path | None = None,
    like: Project | None = None,
    options: Mapping[str, Any] | None = None,
    progress: Callable[[float, str], bool] | None = None,
) -> Dataset:
    """Data by path or sample name, opened the way a project opened its own where that fits.

    ``options`` are the fields of `TableOptions` (or ``split`` for any data) that are said anew.
    Raises: DataError.
    """
    from nndesigner.data import generator_names, open_data, sample_names
    from nndesigner.data.opening import is_name

    given = dict(options or {})
    options = {}
    if like is not None and like.origin is not None:
        options = _options_like(like, like.origin, Path(data).expanduser(), target)
    options = with_plan(options, given)
    try:
        return open_data(data, target=target, labels=labels, options=options, progress=progress)
    except DataError as error:
        if os.path.exists(Path(data).expanduser()) or is_name(str(data)):
            raise
        raise DataError(
            f"{error}{did_you_mean(str(data), (*sample_names(), *generator_names()))}"
        ) from error


def with_plan(options: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Options with others said anew; what is said of a column replaces only what it names."""
    merged = {**options, **given}
    if "columns" in given:
        merged["columns"] = dict(options.get("columns", {}))
        for name, choice in given["columns"].items():
            merged["columns"][name] = {**merged["columns"].get(name, {}), **choice}
    return merged


def _options_like(
    project: Project, origin: Origin, path: Path, target: str | None
) -> dict[str, Any]:
    """The choices of a project's own data that fit a new file: a table's columns and target."""
    from nndesigner.data import kind_of
    from nndesigner.data.same import SAME, with_own_target

    same = {"target": SAME} if target is None and with_own_target(origin) else {}
    if not os.path.exists(path):
        return same
    kind = kind_of(path)
    if kind == "images" and origin.kind == "images":  # the network takes pictures of that size
        held = {key: origin.options[key] for key in _OF_PICTURES if key in origin.options}
        return {**held, **same}
    if kind != "csv":
        return same
    options = dict(table_options(origin))
    names = project.spec.target_names if project.spec is not None else ()
    if target is None and "target" not in options and len(names) == 1:
        options["target"] = names[0]
    return options


def project_data(
    project: Project,
    progress: Callable[[float, str], bool] | None = None,
    *,
    options: Mapping[str, Any] | None = None,
) -> Dataset:
    """The data that a project refers to, with some options said anew. Raises: DataError."""
    from nndesigner.data import open_origin

    origin = project.origin
    if origin is None:
        raise DataError("this project has no data yet: name a file or a sample")
    if options:
        plan = with_plan(origin.options, options)
        origin = msgspec.structs.replace(origin, options=plan)
    return open_origin(origin, None, progress)


# -- training


def run(
    project: Project,
    prepared: Prepared,
    watch: Callable[[Feed], bool] | None = None,
    *,
    resume: Trained | None = None,
) -> Trained:
    """Train a project on prepared data, on a thread of its own.

    With ``resume`` training goes on from there as if it had never been interrupted.

    ``watch`` is called with the mailbox about twenty times a second, on the caller's thread, and
    once after the end; when it returns False, training stops after the batch and keeps the weights.
    Raises: TrainingError, GraphError; RanAway when numbers stopped being finite.
    """
    from nndesigner.training.trainer import Trainer

    verdict = check_training(project.graph, project.settings, prepared.spec)
    if not verdict.can_train:
        raise TrainingError(verdict.first_error)
    feed = Feed()
    outcome: list[Trained] = []
    failures: list[BaseException] = []
    trainers: list[Trainer] = []
    done = threading.Event()

    def work() -> None:
        try:
            trainers.append(Trainer(project.graph, project.settings, prepared, feed, resume=resume))
            try:
                outcome.append(trainers[0].train())
            except TrainingError as error:
                raise RanAway(str(error), trainers[0].trained()) from error
        except BaseException as error:  # carried over to the caller's thread
            failures.append(error)
        finally:
            done.set()

    # A daemon, so that a second Ctrl-C ends the program even while the engine is being compiled.
    thread = threading.Thread(target=work, name="training", daemon=True)
    thread.start()
    stopped = False
    try:
        while not done.wait(WATCH_SECONDS):
            if watch is not None and not stopped and not watch(feed):
                stopped = True
            if stopped and trainers:
                trainers[0].stop()
    except BaseException:
        if trainers:
            trainers[0].stop()
        raise
    thread.join()
    if watch is not None:
        watch(feed)
    if failures:
        raise failures[0]
    return outcome[0]


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

    if not isinstance(project, Project):
        project = load_project(project)
    chosen = changed_settings(project.settings, settings)
    if data is None:
        dataset = project_data(project)
    else:
        dataset = open_dataset(data, target=target, labels=labels, like=project)
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

    if not isinstance(project, Project):
        project = load_project(project)
    chosen = changed_settings(project.settings, settings)
    if data is None:
        dataset = project_data(project)
    else:
        dataset = open_dataset(data, target=target, like=project)
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


def table_options(origin: Origin | None) -> Mapping[str, Any]:
    """How a table was opened; nothing for other data."""
    return origin.options if origin is not None and origin.kind == "csv" else {}


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


def origin_text(origin: Origin | None) -> str:
    """Where data comes from, in words."""
    if origin is None:
        return "none"
    if origin.kind == "sample":
        return f"sample {origin.path}"
    if not origin.is_file:
        return f"{origin.kind} {origin.path}" if origin.kind == "generated" else origin.path
    here = os.path.relpath(origin.path)
    return origin.path if here.startswith(os.pardir) else here
