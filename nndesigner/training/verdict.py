"""Whether a design can be trained as it stands, and what it will cost."""

from __future__ import annotations

from dataclasses import dataclass

from nndesigner.learning.losses import Loss
from nndesigner.report import Problem, Report


@dataclass(frozen=True)
class Verdict:
    """All that is known before training: the graph's report, all problems, the loss, the memory.

    ``problems`` holds the report's and those of settings and data, errors first. ``loss`` is the
    one that training would use, None while that is open. ``memory_bytes`` is what training would
    take above the data itself.
    """

    report: Report
    problems: tuple[Problem, ...]
    loss: Loss | None
    memory_bytes: int

    @property
    def can_train(self) -> bool:
        """Whether nothing stands in the way of training."""
        return not any(problem.severity == "error" for problem in self.problems)

    @property
    def first_error(self) -> str:
        """Why Train cannot run, in one sentence, or an empty text."""
        return next((p.message for p in self.problems if p.severity == "error"), "")
