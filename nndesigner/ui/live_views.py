"""Keeps the live views in step with the runner: which run they look at, and when they look."""

from __future__ import annotations

from PySide6.QtCore import QObject

from nndesigner.ui.runner import Runner
from nndesigner.ui.views import VIEWS
from nndesigner.ui.views.base import View


class LiveViews(QObject):
    """One of each live view. Hidden ones cost nothing: no copies are made for them."""

    def __init__(self, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self.views: tuple[View, ...] = tuple(view() for view in VIEWS)
        runner.wanted = self.wanted
        runner.attached.connect(self._attach)
        runner.ticked.connect(self._refresh)
        self._attach()

    def wanted(self) -> frozenset[str]:
        """What the visible views want copied out of a run."""
        return frozenset().union(*(view.wants for view in self.views if view.isVisible()))

    def _attach(self) -> None:
        for view in self.views:
            view.attach(self._runner.feed, self._runner.info)

    def _refresh(self) -> None:
        for view in self.views:
            if view.isVisible():
                view.refresh()
