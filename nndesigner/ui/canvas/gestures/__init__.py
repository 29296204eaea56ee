"""What a hand does with the mouse on the canvas, one class a gesture."""

from nndesigner.ui.canvas.gestures.base import Gesture, Pointer
from nndesigner.ui.canvas.gestures.move import MoveGesture
from nndesigner.ui.canvas.gestures.pan import PanGesture
from nndesigner.ui.canvas.gestures.rubber_band import RubberBandGesture
from nndesigner.ui.canvas.gestures.wire import WireGesture

__all__ = [
    "Gesture",
    "MoveGesture",
    "PanGesture",
    "Pointer",
    "RubberBandGesture",
    "WireGesture",
]
