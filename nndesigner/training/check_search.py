"""Whether L-BFGS suits a network and its data: it wants small ones and a loss without chance."""

from __future__ import annotations

from nndesigner.data.dataset import Spec
from nndesigner.engine.tape import Tape
from nndesigner.graph import Graph
from nndesigner.learning.optimizers import Adam
from nndesigner.report import Problem, Repair, Report
from nndesigner.training.augmentation import applies_to
from nndesigner.training.settings import Settings

#: Beyond so many trained numbers its memory and its products over it cost more than they give.
MOST_PARAMETERS = 200_000
#: Beyond so much work one look at all rows takes many seconds, and a step takes several looks.
MOST_WORK = 2e11


def search_problems(
    graph: Graph, settings: Settings, spec: Spec, report: Report, tape: Tape | None
) -> list[Problem]:
    """What stands in the way of L-BFGS, with Adam as the way out; nothing for other optimizers."""
    if not settings.optimizer.whole_data:
        return []
    instead = Repair("Use Adam", settings={"optimizer": Adam()})
    found: list[Problem] = []
    titles = graph.titles()
    for node_id in report.order:
        if graph.node(node_id).layer.disturbs:
            title = titles[node_id]
            found.append(
                Problem(
                    f"{title} changes numbers by chance, and L-BFGS needs a loss that stays "
                    "the same: remove it, or use another optimizer",
                    node_id,
                    repairs=(
                        Repair(f"Remove {title}", graph=graph.without([node_id])),
                        instead,
                    ),
                )
            )
    if applies_to(settings.augmentation, spec.input_shape):
        found.append(
            Problem(
                "Augmentation changes the rows by chance, and L-BFGS needs a loss that stays the "
                "same: turn it off, or use another optimizer",
                repairs=(instead,),
            )
        )
    if words := _not_for_a_search(graph, settings, report):
        found.append(
            Problem(
                f"L-BFGS takes no notice of {words}: turn that off, or use another optimizer",
                severity="warning",
                repairs=(instead,),
            )
        )
    if report.trainable_count > MOST_PARAMETERS:
        found.append(
            Problem(
                f"L-BFGS is for small networks, up to {MOST_PARAMETERS:,} parameters, and this one "
                f"has {report.trainable_count:,}: use another optimizer",
                repairs=(instead,),
            )
        )
    elif tape is not None and tape.flops * spec.rows > MOST_WORK:
        found.append(
            Problem(
                f"L-BFGS looks at all {spec.rows:,} rows several times a step, which is too much "
                "for this network: use another optimizer, or fewer rows",
                repairs=(instead,),
            )
        )
    return found


def _not_for_a_search(graph: Graph, settings: Settings, report: Report) -> str:
    """What is set of that which happens beside a step of gradient descent."""
    limited = settings.regularization.max_norm or any(
        getattr(graph.node(node_id).layer, "max_norm", 0.0) for node_id in report.order
    )
    names = (
        (settings.clipping.clip != "none", "clipping"),
        (limited, "the largest norm"),
        (settings.averaging.average, "weight averaging"),
    )
    return " and ".join(name for wanted, name in names if wanted)
