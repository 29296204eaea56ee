"""Checks a design, its training settings and its data together, before anything is computed."""

from __future__ import annotations

import math
from dataclasses import replace

import psutil

from nndesigner.data.dataset import Spec
from nndesigner.data.words import bytes_text
from nndesigner.engine.engine import training_bytes
from nndesigner.engine.tape import Tape
from nndesigner.errors import DesignerError, GraphError
from nndesigner.graph import GRID_STEP, Graph, Node, shape_text
from nndesigner.layers import Dense, Flatten
from nndesigner.learning.activations import ActivationKind
from nndesigner.learning.losses import Loss
from nndesigner.network import compile_network
from nndesigner.report import Problem, Repair, Report, check
from nndesigner.training.augmentation import Augmentation
from nndesigner.training.check_search import search_problems
from nndesigner.training.check_steps import batch_problems, schedule_problems
from nndesigner.training.pairs import pair_problems
from nndesigner.training.settings import Settings
from nndesigner.training.starter import starting
from nndesigner.training.targets import output_width, resolve_loss, wants_labels
from nndesigner.training.verdict import Verdict
from nndesigner.training.weighting import parsed

#: The share of the free memory that a training may take.
MEMORY_SHARE = 0.7
#: The estimate for a network whose size no computer could count, in bytes.
_BEYOND = 2**70
#: About what one core does, to tell a step that takes seconds from one that does not.
_WORK_A_SECOND = 5e10


def check_training(
    graph: Graph,
    settings: Settings,
    spec: Spec | None,
    parts: tuple[int, int, int] | None = None,
) -> Verdict:
    """Everything that can be said before training. Never raises.

    ``parts`` are the rows of training, validation and test where the split is known; else they
    are taken as the settings' share of all rows.
    """
    report = check(graph, spec.input_shape if spec else None)
    problems = list(report.problems)
    if spec is not None and len(graph.nodes) <= 1 and problems:
        start = starting(spec, settings, parts[0] if parts is not None else 0)
        problems[0] = replace(problems[0], repairs=(start, *problems[0].repairs))
    loss: Loss | None = None
    needed = 0
    if spec is not None and report.output is not None and report.output_shape is not None:
        output = graph.node(report.output)
        problems += _output_problems(graph, output, report, spec)
        width = output_width(report.output_shape)
        loss = resolve_loss(settings.loss, spec.task, width)
        problems += pair_problems(graph, output, width, loss, spec)
        problems += _settings_problems(settings, spec, parts)
        problems += schedule_problems(settings)
        if not settings.optimizer.whole_data:
            rows = parts[0] if parts is not None else _training_rows(settings, spec)
            problems += batch_problems(graph, settings, report, rows)
        problems += _weight_problems(settings, spec)
        if report.trainable_count == 0:
            problems.append(_nothing_to_train(graph, report, output))
        elif not any(problem.severity == "error" for problem in problems):
            tape = _tape(graph, settings, spec, report, loss, width)
            batch = settings.batch_rows(spec.rows)
            # The best epoch's weights are kept beside those of now, and so is their average.
            slots = settings.optimizer.slots + 1 + int(settings.averaging.average)
            needed = training_bytes(tape, batch, slots) if tape else _BEYOND
            problems += search_problems(graph, settings, spec, report, tape)
            problems += _memory_problems(graph, report, needed)
            problems += _disturbance_problems(graph, output)
            if tape is not None and not settings.optimizer.whole_data:
                problems += _step_problems(tape, batch)
    problems.sort(key=lambda problem: problem.severity != "error")
    return Verdict(report=report, problems=tuple(problems), loss=loss, memory_bytes=needed)


def _output_problems(graph: Graph, output: Node, report: Report, spec: Spec) -> list[Problem]:
    """Whether the network ends in the numbers that the target wants."""
    shape = report.output_shape or ()
    if spec.task == "classification" and len(spec.classes) < 2:
        return [
            Problem(
                f"The target {_target(spec)} has one class only, {spec.classes[0]!r}: "
                "there is nothing to tell apart. Choose another target"
                if spec.classes
                else f"The target {_target(spec)} has no values: choose another target"
            )
        ]
    wanted = spec.outputs
    last: ActivationKind = "softmax" if spec.task == "classification" else "linear"
    end = Dense(units=wanted, activation=last)
    if spec.same_as_input and shape == spec.input_shape:
        return []
    if len(shape) != 1:
        bigger = graph.with_node(Flatten(), output.x + GRID_STEP, output.y)
        bigger = bigger.connected(output.id, bigger.nodes[-1].id)
        flat = bigger.nodes[-1].id
        bigger = bigger.with_node(end, output.x + 2 * GRID_STEP, output.y)
        bigger = bigger.connected(flat, bigger.nodes[-1].id)
        return [
            Problem(
                f"The network ends in {shape_text(shape)}, the target wants {wanted} "
                f"{'numbers' if wanted != 1 else 'number'}: add Flatten and Dense",
                output.id,
                repairs=(Repair("Add Flatten and Dense", graph=bigger),),
            )
        ]
    binary = spec.task == "classification" and wanted == 2 and shape[0] == 1
    if shape[0] == wanted or binary:
        return []
    own = f"{wanted} number{'s' if wanted > 1 else ''}"
    own = f"the input itself, {own}" if spec.same_as_input else own
    noun = (
        f"{_target(spec)} has {wanted} classes"
        if spec.task == "classification"
        else f"{'' if spec.same_as_input else _target(spec) + ' '}is {own}"
    )
    source = _units_of(graph, output, report)
    if source is not None and isinstance(source.layer, Dense):
        repaired = graph.with_layer(source.id, source.layer.changed(units=wanted))
        repairs: tuple[Repair, ...] = (
            Repair(f"Set {graph.title(source.id)} to {wanted} units", repaired),
        )
    else:
        added = graph.with_node(end, output.x + GRID_STEP, output.y)
        repairs = (Repair("Add a Dense", added.connected(output.id, added.nodes[-1].id)),)
    return [
        Problem(
            f"The target {noun}, but {graph.title(output.id)} gives {shape[0]:,} "
            f"output{'s' if shape[0] > 1 else ''}: set its units to {wanted}",
            output.id,
            repairs=repairs,
        )
    ]


def _units_of(graph: Graph, node: Node, report: Report) -> Node | None:
    """The Dense that sets the number of outputs, seen through layers that keep it."""
    while not isinstance(node.layer, Dense):
        sources = graph.sources(node.id)
        if len(sources) != 1 or sources[0] not in report.shapes:
            return None
        if math.prod(report.shapes[sources[0]]) != math.prod(report.shapes[node.id]):
            return None
        node = graph.node(sources[0])
    return node


def _nothing_to_train(graph: Graph, report: Report, output: Node) -> Problem:
    """All weights are frozen, or there are none."""
    frozen = [
        node_id
        for node_id in report.order
        if getattr(graph.node(node_id).layer, "frozen", False) and report.count(node_id)
    ]
    if not frozen:
        return Problem("Nothing here can be trained: add a Dense or a Conv2D", output.id)
    last = graph.node(frozen[-1])
    thawed = graph.with_layer(last.id, last.layer.changed(frozen=False))
    return Problem(
        "Every layer with weights is frozen: let one of them learn",
        last.id,
        repairs=(Repair(f"Let {graph.title(last.id)} learn", graph=thawed),),
    )


def _target(spec: Spec) -> str:
    return ", ".join(repr(name) for name in spec.target_names) or "column"


def _training_rows(settings: Settings, spec: Spec) -> int:
    """As `data.prepare` cuts: one row at least is always trained on."""
    return spec.rows - min(round(spec.rows * settings.validation_share), max(0, spec.rows - 1))


def _settings_problems(
    settings: Settings, spec: Spec, parts: tuple[int, int, int] | None
) -> list[Problem]:
    """Whether batch and validation share suit the rows."""
    found = []
    if parts is not None:
        training, validation, _ = parts
    else:
        training = _training_rows(settings, spec)
        validation = spec.rows - training
    if settings.batching == "mini" and settings.batch_size > training:
        found.append(
            Problem(
                f"The batch of {settings.batch_size:,} is larger than the {training:,} training "
                "rows: every epoch is a single step",
                severity="warning",
                repairs=(
                    Repair(
                        f"Use a batch of {max(1, min(32, training))}",
                        settings={"batch_size": max(1, min(32, training))},
                    ),
                ),
            )
        )
    if settings.validation_share > 0 and validation < 1:
        found.append(
            Problem(
                f"A validation share of {100 * settings.validation_share:.0f} % of {spec.rows} "
                "rows is no row: nothing will be validated",
                severity="warning",
            )
        )
    changes = settings.augmentation
    if changes.for_pictures and len(spec.input_shape) != 3:
        found.append(
            Problem(
                f"Augmentation ({changes.words}) changes pictures, and these rows are none: "
                "of all changes, noise alone applies",
                severity="warning",
                repairs=(
                    Repair(
                        "Keep the noise alone" if changes.noise else "Turn augmentation off",
                        settings={"augmentation": Augmentation(noise=changes.noise)},
                    ),
                ),
            )
        )
    return found


def _weight_problems(settings: Settings, spec: Spec) -> list[Problem]:
    """Whether the class weights that were written can be read."""
    if spec.task != "classification" or settings.class_weighting != "custom":
        return []
    try:
        parsed(settings.class_weights, spec.classes)
    except DesignerError as error:
        balanced = Repair("Use balanced weights", settings={"class_weighting": "balanced"})
        return [Problem(str(error), repairs=(balanced,))]
    return []


def _tape(
    graph: Graph, settings: Settings, spec: Spec, report: Report, loss: Loss, width: int
) -> Tape | None:
    """The tape that would run, or None for a network whose size no computer could count."""
    try:
        return compile_network(
            graph,
            spec.input_shape,
            loss=loss.kind,
            labels=wants_labels(loss, spec.task, width),
            classes=spec.task == "classification",
            numbers=loss.numbers(),
            report=report,
        )
    except GraphError:
        return None


def _step_problems(tape: Tape, batch: int) -> list[Problem]:
    seconds = tape.flops * batch / _WORK_A_SECOND
    if seconds < 1:
        return []
    return [
        Problem(
            f"One step will take about {seconds:,.0f} s, and training can pause or stop only "
            "between two steps: use a smaller batch",
            severity="warning",
            repairs=(
                Repair(
                    f"Use a batch of {max(1, int(batch / seconds / 2)):,}",
                    settings={
                        "batching": "mini",
                        "batch_size": max(1, int(batch / seconds / 2)),
                    },
                ),
            ),
        )
    ]


def _memory_problems(graph: Graph, report: Report, needed: int) -> list[Problem]:
    free = psutil.virtual_memory().available
    if needed <= MEMORY_SHARE * free:
        return []
    largest = max(report.parameters, key=report.count)
    return [
        Problem(
            f"Training needs {bytes_text(needed)} of memory and {bytes_text(free)} are free: "
            f"{graph.title(largest)} alone has {report.count(largest):,} parameters. Make it "
            "smaller",
            largest,
        )
    ]


def _disturbance_problems(graph: Graph, output: Node) -> list[Problem]:
    if not output.layer.disturbs:
        return []
    title = graph.title(output.id)
    return [
        Problem(
            f"{title} at the end changes answers at random while training: place it before "
            "the last layer",
            output.id,
            severity="warning",
            repairs=(Repair(f"Remove {title}", graph=graph.without([output.id])),),
        )
    ]
