"""The drawing surface: nodes, wires and everything a hand can do with them."""

from nndesigner.ui.canvas.view import CanvasView

__all__ = ["CanvasView"]
