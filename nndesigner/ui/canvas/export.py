"""The drawing as a picture: PNG in double size, or SVG."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsItem

from nndesigner.errors import FileError
from nndesigner.ui import theme
from nndesigner.ui.canvas.scene import NetworkScene

MARGIN_PX = 24.0
SCALE = 2.0
#: Larger pictures open nowhere; a wide network is drawn smaller instead.
MOST_PX = 16_000.0


def export_picture(network: NetworkScene, path: Path) -> None:
    """Write the whole drawing; the name's ending says how.

    Raises: FileError saying what to do.
    """
    ending = path.suffix.lower()
    if ending not in (".png", ".svg"):
        raise FileError(f"{path.name}: a picture must end in .png or .svg")
    box = network.drawing_box()
    if box.isEmpty():
        raise FileError("There is nothing to export yet: draw a network first")
    box.adjust(-MARGIN_PX, -MARGIN_PX, MARGIN_PX, MARGIN_PX)
    content = _svg(network, box) if ending == ".svg" else _png(network, box)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise FileError(f"{path.name} cannot be written: {error.strerror}") from None


def _png(network: NetworkScene, box: QRectF) -> bytes:
    scale = min(SCALE, MOST_PX / max(box.width(), box.height()))
    size = QSize(max(1, round(box.width() * scale)), max(1, round(box.height() * scale)))
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.tokens().canvas))
    painter = QPainter(image)
    _render(network, painter, QRectF(image.rect()), box)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _svg(network: NetworkScene, box: QRectF) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    whole = QRectF(0.0, 0.0, box.width(), box.height())
    writer = QSvgGenerator()
    writer.setOutputDevice(buffer)
    writer.setSize(whole.size().toSize())
    writer.setViewBox(whole)
    writer.setTitle("Neural network")
    painter = QPainter(writer)
    painter.fillRect(whole, QColor(theme.tokens().canvas))
    _render(network, painter, whole, box)
    painter.end()
    return bytes(buffer.data().data())


def _render(network: NetworkScene, painter: QPainter, target: QRectF, box: QRectF) -> None:
    """Draw without the pixel caches of the screen, and without what is only selected."""
    nodes, links = network.document.selection, network.selected_links
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for item in network.node_items.values():
        item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        item.setSelected(False)
        item.set_focused(False)
    network.select_links(())
    try:
        network.render(painter, target, box)
    finally:
        for item in network.node_items.values():
            item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        network.document.select(nodes)
        network.sync_selection()
        network.select_links(links)
