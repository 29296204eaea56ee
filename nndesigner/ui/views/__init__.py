"""One file a live view; all of them look at a run's mailbox and keep no truth of their own."""

from __future__ import annotations

from nndesigner.ui.views.base import RunInfo, View
from nndesigner.ui.views.confusion import ConfusionView
from nndesigner.ui.views.curves import CurvesView
from nndesigner.ui.views.data import DataView
from nndesigner.ui.views.predictions import PredictionsView
from nndesigner.ui.views.results import ResultsView
from nndesigner.ui.views.weights import WeightsView

#: In the order of their tabs.
VIEWS: tuple[type[View], ...] = (
    CurvesView,
    ConfusionView,
    WeightsView,
    PredictionsView,
    DataView,
    ResultsView,
)

__all__ = [
    "VIEWS",
    "ConfusionView",
    "CurvesView",
    "DataView",
    "PredictionsView",
    "ResultsView",
    "RunInfo",
    "View",
    "WeightsView",
]
