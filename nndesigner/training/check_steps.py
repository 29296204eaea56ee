"""Whether the steps of a run suit its network: batches of one row, warm-up, chosen epochs."""

from __future__ import annotations

import math

from nndesigner.graph import Graph, Node
from nndesigner.layers import BatchNorm, LayerNorm
from nndesigner.learning.schedules import Constant, Milestones
from nndesigner.report import Problem, Repair, Report
from nndesigner.training.settings import Settings

_BATCH = 32


def batch_problems(
    graph: Graph, settings: Settings, report: Report, training: int
) -> list[Problem]:
    """Batches of one row below which BatchNorm lets nothing learn, ``training`` being the rows.

    A number less itself is 0, whatever came: nothing below gets a gradient. Keras trains on all the
    same, PyTorch refuses.
    """
    flat = _flat_norms(graph, report)
    if not flat or training < 2:
        return []
    batch, node = settings.batch_rows(training), flat[0]
    title = graph.title(node.id)
    if batch == 1:
        calmer = graph
        for one in flat:
            calmer = calmer.with_layer(one.id, LayerNorm(frozen=one.layer.frozen))  # type: ignore[attr-defined]
        return [
            Problem(
                f"{title} normalises over the rows of a batch, and with one row nothing is "
                "left: layers before it learn nothing. Use more rows, or LayerNorm",
                node.id,
                severity="warning",
                repairs=(
                    Repair(
                        f"Use a batch of {min(_BATCH, training)}",
                        settings={"batching": "mini", "batch_size": min(_BATCH, training)},
                    ),
                    Repair("Use LayerNorm", graph=calmer),
                ),
            )
        ]
    if training % batch == 1:
        other = next(size for size in range(batch + 1, training + 2) if training % size != 1)
        return [
            Problem(
                f"{training:,} training rows leave one for the last batch, of which {title} "
                "leaves nothing: layers before it learn nothing from it. Use another batch size",
                node.id,
                severity="warning",
                repairs=(Repair(f"Use a batch of {other:,}", settings={"batch_size": other}),),
            )
        ]
    return []


def _flat_norms(graph: Graph, report: Report) -> list[Node]:
    """The BatchNorms that see one number a channel of each row, and learn."""
    return [
        node
        for node_id in report.order
        if isinstance((node := graph.node(node_id)).layer, BatchNorm)
        and not node.layer.frozen
        and math.prod(report.shapes.get(node_id, (0, 0))[:-1]) == 1
    ]


def schedule_problems(settings: Settings) -> list[Problem]:
    """A warm-up that never ends, or chosen epochs that never come."""
    schedule, epochs = settings.schedule, settings.epochs
    if schedule.warmup >= epochs and schedule.warmup > 0:
        shorter = max(1, epochs // 10) if epochs > 1 else 0
        unit = "epoch" if epochs == 1 else "epochs"
        return [
            Problem(
                f"The warm-up of {schedule.warmup:g} epochs lasts as long as the run of {epochs:,} "
                f"{unit} or longer: make it shorter, or train longer",
                severity="warning",
                repairs=(
                    Repair(
                        f"Use a warm-up of {shorter}",
                        settings={"schedule": schedule.changed(warmup=float(shorter))},
                    ),
                ),
            )
        ]
    if isinstance(schedule, Milestones) and min(schedule.epochs) >= epochs:
        at = sorted({max(1, epochs // 2), max(1, 3 * epochs // 4)})
        shown = ", ".join(str(epoch) for epoch in at)
        instead = (
            Repair(
                f"Lower it after {shown}",
                settings={"schedule": schedule.changed(milestones=shown)},
            )
            if epochs > 1
            else Repair("Keep the rate", settings={"schedule": Constant(warmup=schedule.warmup)})
        )
        return [
            Problem(
                f"The rate is to be lowered after epoch {min(schedule.epochs):g} and the run ends "
                f"after {epochs:,}: it is never lowered",
                severity="warning",
                repairs=(instead,),
            )
        ]
    return []
