"""Checks a design, its training settings and its data together, before anything is computed."""

from __future__ import annotations

from nndesigner.data.dataset import Spec
from nndesigner.graph import Graph
from nndesigner.report import check
from nndesigner.training.settings import Settings
from nndesigner.training.verdict import Verdict


def check_training(graph: Graph, settings: Settings, spec: Spec | None) -> Verdict:
    """Everything that can be said before training. Never raises."""
    report = check(graph, spec.input_shape if spec else None)
    return Verdict(report=report, problems=report.problems, loss=None, memory_bytes=0)
