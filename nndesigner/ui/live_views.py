"""Keeps the live views in step with the runner: which run they look at, and when they look."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QDockWidget

from nndesigner.ui.filling import Filler
from nndesigner.ui.runner import Runner
from nndesigner.ui.views import VIEWS
from nndesigner.ui.views.base import View


def is_seen(view: View) -> bool:
    """Whether a person can see any of it.

    Behind another tab Qt calls a widget visible all the same, but none of it is within its window.
    """
    return (
        view.isVisible() and not view.window().isMinimized() and not view.visibleRegion().isEmpty()
    )


class LiveViews(QObject):
    """One of each live view. Hidden ones cost nothing: no copies are made for them."""

    def __init__(self, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self.views: tuple[View, ...] = tuple(view() for view in VIEWS)
        for view in self.views:
            view.trained = lambda: self._runner.trained
        self._filler = Filler(runner, self)
        # Tabs that come to the front have their place only when the layout has settled.
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.timeout.connect(self.look)
        runner.wanted = self.wanted
        runner.attached.connect(self._attach)
        runner.ticked.connect(self._refresh)
        runner.changed.connect(self._settled.start)
        self._filler.attached.connect(self._attach)
        self._filler.filled.connect(self._refresh)
        self._attach()

    def follow(self, dock: QDockWidget) -> None:
        """Look again whenever this dock comes to light or to the front."""
        dock.visibilityChanged.connect(self._settled.start)

    def wanted(self) -> frozenset[str]:
        """What the visible views want copied out of a run."""
        return frozenset().union(*(view.wants for view in self.views if is_seen(view)))

    def look(self) -> None:
        """Fill the views that can be seen now with what there is, or have it computed."""
        feed = self._runner.feed
        if feed is not None:
            feed.want(self.wanted())
        self._refresh()
        self._filler.serve(self.wanted())

    def _attach(self) -> None:
        for view in self.views:
            view.attach(self._filler.feed, self._filler.info)
        self._settled.start()

    def _refresh(self) -> None:
        for view in self.views:
            if is_seen(view):
                view.refresh()
