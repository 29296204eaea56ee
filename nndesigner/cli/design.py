"""The verbs that look at designs and make them: ``new`` and ``describe``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

import msgspec

from nndesigner.cli.output import (
    count_text,
    find_project,
    metric_key,
    metric_text,
    read_project,
    say,
)
from nndesigner.cli.parser import EXIT_OK
from nndesigner.data.column_choice import ColumnChoice
from nndesigner.data.file_choice import PictureChoice, TextChoice
from nndesigner.data.split_plan import Split
from nndesigner.declare import Declaration, fields_of, near_name
from nndesigner.errors import DesignerError, GraphError
from nndesigner.graph import shape_text
from nndesigner.layers import LAYERS
from nndesigner.learning.activations import ACTIVATIONS
from nndesigner.learning.initializers import (
    INITIALIZER_HELP,
    INITIALIZER_SCALES,
    INITIALIZER_TITLES,
)
from nndesigner.learning.losses import LOSSES
from nndesigner.learning.optimizers import OPTIMIZERS
from nndesigner.learning.schedules import SCHEDULES
from nndesigner.training.settings import CHOICES, GROUPS, Settings

SETTINGS_KIND = "training"
DATA_KINDS: dict[str, tuple[type[msgspec.Struct], str]] = {
    "column": (
        ColumnChoice,
        "what --column NAME:KEY=VALUE,... can say about one column of a table",
    ),
    "split": (Split, "what --split KEY=VALUE can say about validation and test rows"),
    "text": (TextChoice, "what --text KEY=VALUE can say about how the text of a table is read"),
    "pictures": (PictureChoice, "what --pictures KEY=VALUE can say about what pictures become"),
}
TABLES: dict[str, tuple[str, dict[str, type[Declaration]]]] = {
    "layers": ("layer", dict(LAYERS)),
    "losses": ("loss", dict(LOSSES)),
    "optimizers": ("optimizer", dict(OPTIMIZERS)),
    "schedules": ("schedule", dict(SCHEDULES)),
}


def new(options: argparse.Namespace) -> int:
    """Write a project from a recipe and data. Raises: DesignerError."""
    from nndesigner import api
    from nndesigner.cli.data_plan import plan_of
    from nndesigner.cli.output import say_notes, warn
    from nndesigner.data.split import check_split_of
    from nndesigner.files.project import Project, save_project
    from nndesigner.recipe import parse_recipe, with_suited_end
    from nndesigner.training.check import check_training

    graph = parse_recipe(options.layers)
    dataset = api.open_dataset(
        options.data, target=options.target, labels=options.labels, options=plan_of(options)
    )
    graph, chosen = with_suited_end(options.layers, graph, dataset.spec)
    project = Project(graph=graph, origin=dataset.origin, spec=dataset.spec)
    say_notes(dataset.notes, options=options)  # they may tell why it is refused
    verdict = check_training(graph, project.settings, dataset.spec)
    if not verdict.can_train:
        raise DesignerError(f"{verdict.first_error}; nothing was saved")
    check_split_of(dataset, project.settings.validation_share, project.settings.seed)
    say_notes([chosen] if chosen else [], options=options)
    save_project(options.out, project)
    for problem in verdict.problems:
        warn(f"warning: {problem.message}")
    say(f"saved {options.out}: {verdict.report.parameters_text}")
    return EXIT_OK


def describe(options: argparse.Namespace) -> int:
    """Show a project, a kind, or the list of all kinds. Raises: DesignerError."""
    what = options.what
    if what is None:
        _print(_all_kinds())
        return EXIT_OK
    kind = what.strip().lower()
    if kind == SETTINGS_KIND:
        _print(_settings())
        return EXIT_OK
    if kind in DATA_KINDS:
        _print(_data_kind(kind))
        return EXIT_OK
    figures = [*_initializer(kind), *_group(kind), *_figure(kind)]
    found = [
        (noun, table[kind]) for noun, table in (TABLES[name] for name in TABLES) if kind in table
    ]
    if found or figures or kind in ACTIVATIONS:
        for noun, cls in found:
            _print(_kind(noun, cls))
        if kind in ACTIVATIONS:
            _print(_activation(kind))
        if figures:
            _print(figures)
        return EXIT_OK
    if "." not in what and not find_project(what).exists():
        known = [name for _, table in TABLES.values() for name in table]
        known += [*DATA_KINDS, *ACTIVATIONS, *INITIALIZER_TITLES, *GROUPS, *figure_titles()]
        near = near_name(kind, known)
        hint = f"did you mean {near}?" if near else "'nndesigner describe' lists what there is"
        raise DesignerError(f"there is no project and no kind {what!r}: {hint}")
    _print(_project(what))
    return EXIT_OK


def _print(lines: Iterable[str]) -> None:
    say("\n".join(lines))


def _all_kinds() -> Iterable[str]:
    for name, (_, table) in TABLES.items():
        yield name
        width = max(len(kind) for kind in table)
        for kind, cls in table.items():
            yield f"  {kind:{width}}  {cls.help or cls.title}"
        yield ""
    yield "activations"
    width = max(len(kind) for kind in ACTIVATIONS)
    for kind, function in ACTIVATIONS.items():
        yield f"  {kind:{width}}  {function.help}"
    yield ""
    yield f"initializers: {', '.join(INITIALIZER_TITLES)}"
    yield f"figures: {', '.join(figure_titles())}"
    yield f"groups of settings: {', '.join(GROUPS)}"
    yield ""
    also = ", ".join(f"'{name}'" for name in (SETTINGS_KIND, *DATA_KINDS))
    yield f"'nndesigner describe KIND' tells more; {also} are kinds too."


def _activation(kind: str) -> Iterable[str]:
    function = ACTIVATIONS[kind]
    yield f"{kind} (activation): {function.title}"
    yield f"  {function.help}"
    yield f"  {function.formula}"
    yield ""
    yield f"In a recipe: dense 32 {kind}, or as a layer: activation {kind}."


def figure_titles() -> dict[str, str]:
    """The figures of results and curves, by name."""
    from nndesigner.training.metrics import TITLES  # which needs numpy

    return TITLES


def _initializer(kind: str) -> Iterable[str]:
    if kind in INITIALIZER_TITLES:
        yield f"{kind} (initializer): {INITIALIZER_TITLES[kind]}"
        yield f"  {INITIALIZER_HELP[kind]}"
        yield ""
        scale = INITIALIZER_SCALES.get(kind)
        number = f" initializer_scale={scale:g}" if scale is not None else ""
        yield f"In a recipe: dense 32 relu initializer={kind}{number}."


def _group(kind: str) -> Iterable[str]:
    if kind in GROUPS:
        yield f"{kind} (settings): {GROUPS[kind].title}"
        yield f"  {GROUPS[kind].help}"
        yield from _fields(GROUPS[kind])


def _figure(kind: str) -> Iterable[str]:
    if kind in figure_titles():
        from nndesigner.training.metrics import HELP

        yield f"{kind} (figure): {figure_titles()[kind]}"
        yield f"  {HELP[kind]}"


def _data_kind(kind: str) -> Iterable[str]:
    cls, title = DATA_KINDS[kind]
    yield f"{kind}: {title}"
    yield from _fields(cls)


def _kind(noun: str, cls: type[Declaration]) -> Iterable[str]:
    yield f"{cls.kind_name()} ({noun}): {cls.title}"
    formula = getattr(cls, "formula", "") or (cls.__doc__ or "").split("\n")[0]
    for text in dict.fromkeys((cls.help, formula)):
        if text:
            yield f"  {text}"
    yield from _fields(cls)
    if noun == "layer" and cls.positional:
        yield ""
        words = " ".join(name.upper() for name in cls.positional)
        yield f"In a recipe: {cls.kind_name()} {words}, then any setting as name=value."
    elif noun != "layer":
        yield ""
        yield f"Choose it with --set {noun}={cls.kind_name()}."


def _settings() -> Iterable[str]:
    yield "training: what --set reaches"
    yield from _fields(Settings)
    yield ""
    yield "The fields of the chosen loss, optimizer and schedule are reached by name as well:"
    for name, table in CHOICES.items():
        yield f"  {name}: {', '.join(table)}"
    for name, group in GROUPS.items():
        yield ""
        reach = f"with {name}.NAME" if name == "augmentation" else f"by name, or as {name}.NAME"
        yield f"{group.title}, {reach}:"
        yield from _fields(group)


def _fields(cls: type[msgspec.Struct]) -> Iterable[str]:
    fields = [field for field in fields_of(cls) if field.type != "declaration"]
    if fields:
        yield ""
    width = max((len(field.name) for field in fields), default=0)
    for field in fields:
        unit = f" {field.unit}" if field.unit else ""
        yield f"  {field.name:{width}}  {field.range_text}{unit}; default {_value(field.default)}"
        if field.help:
            yield f"  {'':{width}}  {field.help}"


def _value(value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return "x".join(str(item) for item in value)
        case _:
            return str(value)


def _project(path: str) -> Iterable[str]:
    from nndesigner.api import origin_text
    from nndesigner.data.table_weights import weighted_by
    from nndesigner.recipe import recipe_of
    from nndesigner.training.check import check_training

    project = read_project(path)
    graph, spec, settings = project.graph, project.spec, project.settings
    verdict = check_training(graph, settings, spec)
    report = verdict.report
    yield f"data      {origin_text(project.origin)}"
    if spec is not None:
        kinds = f"{spec.outputs} classes" if spec.task == "classification" else "numbers"
        yield f"          {spec.rows:,} rows of {shape_text(spec.input_shape)}, to predict {kinds}"
    weighted = weighted_by(project.origin)
    if weighted:
        yield f"          rows weighted by {weighted}"
    yield ""
    rows = [("layer", "setting", "shape", "parameters")]
    ids = [*report.order, *(node.id for node in graph.nodes if node.id not in report.order)]
    for node_id in ids:
        node = graph.node(node_id)
        shape = report.shapes.get(node_id)
        count = f"{report.count(node_id):,}" if node_id in report.parameters else ""
        rows.append(
            (node.title, node.layer.summary(), shape_text(shape) if shape else "?", count or "?")
        )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for title, summary, size, count in rows:
        yield (
            f"{title:{widths[0]}}  {summary:{widths[1]}}  {size:>{widths[2]}}  {count:>{widths[3]}}"
        )
    yield report.parameters_text
    try:
        yield f"recipe    {recipe_of(graph)}"
    except GraphError:
        yield "recipe    none, for the network is no chain"
    yield ""
    loss = verdict.loss or settings.loss
    yield f"training  {loss.title.lower()}, {_words(settings.optimizer)}"
    yield (
        f"          {count_text(settings.epochs, 'epoch')}, {_batch(settings)}, "
        f"validation share {settings.validation_share:g}, seed {settings.seed}"
    )
    if project.trained is not None:
        yield f"learnt    {_history(project.trained)}"
    for problem in verdict.problems:
        yield f"{problem.severity:9} {problem.message}"


def _batch(settings: Settings) -> str:
    if settings.optimizer.whole_data or settings.batching == "whole":
        return "all rows in each step"
    return "single rows" if settings.batching == "one" else f"batch size {settings.batch_size}"


def _words(declaration: Declaration) -> str:
    fields = ", ".join(
        f"{field.title.lower()} {_value(getattr(declaration, field.name))}"
        for field in fields_of(type(declaration))
        if not field.advanced
    )
    return f"{declaration.title}, {fields}" if fields else declaration.title


def _history(trained: Any) -> str:
    if not trained.history:
        return f"{trained.parameter_count:,} parameters"
    kept, task = trained.kept_point, trained.spec.task
    text = count_text(trained.history[-1].epoch, "epoch")
    if kept.epoch != trained.history[-1].epoch:
        text += f"; the weights of epoch {kept.epoch:,} are kept"
    text += f": {metric_key(task)} {metric_text(kept.metric, task)}"
    if kept.val_metric is not None:
        text += f", in validation {metric_text(kept.val_metric, task)}"
    if trained.test is not None:
        text += f", in the test {metric_text(trained.test.metric, task)}"
    return text
