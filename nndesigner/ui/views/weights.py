"""The weights of a layer while they move: pictures where they look at pixels, else a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from nndesigner.graph import Graph
from nndesigner.layers.core import Learned
from nndesigner.report import Report
from nndesigner.ui import theme
from nndesigner.ui.views.base import Elided, View, number_text
from nndesigner.ui.views.colormaps import (
    ColorBar,
    indexed_image,
    reach,
    signed_levels,
    signed_table,
)
from nndesigner.ui.views.grid import CellGrid
from nndesigner.ui.views.pictured import Shown, shown_layers
from nndesigner.ui.views.tiles import TileGrid

FloatArray = npt.NDArray[np.float32]

HELP = {
    "images": "One picture a unit: each pixel is the weight from that pixel of the input "
    "(the mean over its channels).",
    "kernels": "One picture a filter: its window, the mean over the channels that it sees.",
    "colors": "One picture a filter: its window in red, green and blue; mid-grey is zero.",
    "table": "One row an input, one column a unit.",
}


class WeightsView(View):
    """Orange weighs against, blue weighs for, grey is indifferent."""

    kind: ClassVar[str] = "weights"
    title: ClassVar[str] = "Weights"
    icon: ClassVar[str] = "mdi6.view-grid-outline"
    wants: ClassVar[frozenset[str]] = frozenset({"weights"})
    empty_text: ClassVar[str] = "Press Train to see the weights of the first layer take shape."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: tuple[Shown, ...] = ()
        self._weights: Mapping[str, FloatArray] | None = None
        self._shown: FloatArray | None = None
        self._epoch = 0
        self.choice = QComboBox(self)
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.choice.setAccessibleName("Layer")
        self.choice.setMinimumHeight(theme.TARGET)
        self.choice.currentIndexChanged.connect(self._draw)
        self.caption = Elided(parent=self)
        self.bar = ColorBar(signed=True, parent=self)
        self.bar.setToolTip("Orange: weighs against. Blue: weighs for. The same for all pictures.")
        self.tiles = TileGrid(self)
        self.tiles.setAccessibleName("Weights as pictures")
        self.tiles.hovered.connect(self._say_pixel)
        self.grid = CellGrid(
            QSize(6, 14), QSize(64, 36), row_title="Input", column_title="Unit", parent=self
        )
        self.grid.setAccessibleName("Weights as a table")
        self.grid.hovered.connect(self._say_cell)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.tiles)
        self._pages.addWidget(self.grid)
        head = QHBoxLayout()
        head.setSpacing(theme.MARGIN)
        head.addWidget(self.choice)
        head.addWidget(self.caption, 1)
        head.addWidget(self.bar)
        page = QVBoxLayout(self.page)
        page.setContentsMargins(theme.MARGIN, theme.MARGIN // 2, theme.MARGIN, theme.MARGIN // 2)
        page.setSpacing(theme.MARGIN // 2)
        page.addLayout(head)
        page.addWidget(self._pages, 1)
        self.set_empty(True)

    @property
    def layer(self) -> Shown | None:
        """The layer that is shown."""
        index = self.choice.currentIndex()
        return self._layers[index] if 0 <= index < len(self._layers) else None

    @property
    def layers(self) -> tuple[Shown, ...]:
        """The layers that can be chosen."""
        return self._layers

    def attached(self) -> None:
        """Other layers may be there; the one that was looked at stays if it still is, and the first
        one is the same: else it is another network.
        """
        before = self.layer.node if self.layer is not None else None
        first = [(layer.node, layer.title) for layer in self._layers[:1]]
        info = self.info
        self._weights = self._shown = None
        self._layers = (
            shown_layers(info.graph, info.report, info.spec.feature_names) if info else ()
        )
        if first != [(layer.node, layer.title) for layer in self._layers[:1]]:
            before = None
        self.choice.blockSignals(True)
        self.choice.clear()
        for layer in self._layers:
            self.choice.addItem(layer.title, layer.node)
        kept = self.choice.findData(before) if before is not None else -1
        self.choice.setCurrentIndex(kept if kept >= 0 else (0 if self._layers else -1))
        self.choice.blockSignals(False)
        if info is not None and not self._layers:
            self.set_empty(True, without_weights(info.graph, info.report))
        else:
            self.set_empty(True)

    def update_view(self) -> None:
        """Show the newest weights: the run's, or those that a project brought along."""
        snapshot = self.feed.snapshot("weights") if self.feed is not None else None
        if snapshot is not None:
            epoch, weights = snapshot
        elif self.info is not None and self.info.weights is not None:
            epoch, weights = self.info.epoch, self.info.weights
        else:
            return
        if weights is not self._weights:
            self._weights, self._epoch = weights, epoch
            self._draw()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self.tiles.restyle()
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow place the pictures need no colour bar."""
        super().resizeEvent(event)
        self._show_bar()

    # -- inside

    def _draw(self) -> None:
        layer = self.layer
        array = self._weights.get(layer.key) if layer and self._weights else None
        if layer is None or array is None:
            return
        self._shown = array
        limit = reach(array)
        self.bar.set_limit(limit)
        self._show_bar()
        if layer.form == "table":
            self._draw_table(layer, array, limit)
            self._pages.setCurrentIndex(1)
        else:
            self.tiles.set_tiles(tile_levels(layer, array, limit))
            self._pages.setCurrentIndex(0)
        self._pages.setToolTip(HELP[help_key(layer)])
        self.caption.set_text(self._rest())
        self.set_empty(False)

    def _show_bar(self) -> None:
        """Filters in red, green and blue are no scale from orange to blue."""
        layer = self.layer
        colors = layer is not None and in_color(layer)
        self.bar.setVisible(self.width() >= 400 and not colors)

    def _draw_table(self, layer: Shown, array: FloatArray, limit: float) -> None:
        image = indexed_image(signed_levels(array, limit), signed_table())
        inputs, units = array.shape
        rows = layer.names or tuple(f"input {index + 1}" for index in range(inputs))
        columns = tuple(str(index + 1) for index in range(units))
        self.grid.set_content(rows, columns, image)

    def _rest(self) -> str:
        """What is shown, while nothing is pointed at."""
        layer = self.layer
        if layer is None or self._shown is None:
            return ""
        when = f"after epoch {self._epoch:,}" if self._epoch else "before training"
        shape = self._shown.shape
        match layer.form:
            case "images":
                what = f"{shape[-1]:,} units, each {layer.shape[0]}×{layer.shape[1]} pixels"
            case "kernels":
                what = f"{shape[-1]:,} filters, each {shape[0]}×{shape[1]}×{shape[2]}"
            case _:
                what = f"{shape[0]:,} inputs × {shape[1]:,} units"
        return f"{what}, {when}"

    def _say_pixel(self, tile: int, row: int, column: int) -> None:
        layer, array = self.layer, self._shown
        if tile < 0 or layer is None or array is None:
            self.caption.set_text(self._rest())
            return
        values = tile_values(layer, array)[tile, row, column]
        texts = ", ".join(number_text(float(value)) for value in np.atleast_1d(values))
        noun = "Unit" if layer.form == "images" else "Filter"
        self.caption.set_text(f"{noun} {tile + 1}, row {row + 1}, column {column + 1}: {texts}")

    def _say_cell(self, row: int, column: int) -> None:
        array = self._shown
        if row < 0 or array is None or array.ndim != 2:
            self.caption.set_text(self._rest())
            return
        value = number_text(float(array[row, column]))
        self.caption.set_text(f"{self.grid.row_names[row]} → unit {column + 1}: {value}")


def without_weights(graph: Graph, report: Report) -> str:
    """Why there is nothing to show: no layer with weights, or none whose size is known."""
    waiting = [node for node in graph.nodes if isinstance(node.layer, Learned)]
    if not waiting:
        return "This network has no weights yet: add a Dense or Conv2D layer."
    if any(report.count(node.id) for node in waiting):
        return "This network has no weights that can be shown as pictures or as a table."
    if len(waiting) == 1:
        who = f"{graph.title(waiting[0].id)} has no weights yet: what arrives at it is"
    else:
        who = f"{len(waiting):,} layers have no weights yet: what arrives at them is"
    return f"{who} not known. Wire from the Input, and see Problems."


def help_key(layer: Shown) -> str:
    """Which of the explanations fits a layer."""
    return "colors" if in_color(layer) else layer.form


def in_color(layer: Shown) -> bool:
    """Kernels that look at red, green and blue are shown in colour."""
    return layer.form == "kernels" and layer.first and layer.shape[2] == 3


def tile_values(layer: Shown, array: FloatArray) -> FloatArray:
    """The weights of each tile ``(tiles, height, width)``; with ``3`` more where in colour."""
    units = array.shape[-1]
    cube = array.reshape(*layer.shape, units)
    if in_color(layer):
        return cube.transpose(3, 0, 1, 2)
    return (
        cube.mean(axis=2).transpose(2, 0, 1)
        if layer.shape[2] > 1
        else cube[:, :, 0].T.swapaxes(1, 2)
    )


def tile_levels(layer: Shown, array: FloatArray, limit: float) -> npt.NDArray[np.uint8]:
    """The tiles as levels of the signed colours, or as colours."""
    levels = signed_levels(array.reshape(-1, array.shape[-1]), limit)
    if in_color(layer):
        return levels.reshape(*layer.shape, -1).transpose(3, 0, 1, 2)
    if layer.shape[2] == 1:
        return levels.T.reshape(-1, *layer.shape[:2])
    return signed_levels(tile_values(layer, array), limit)
