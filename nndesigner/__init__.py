"""Draw a neural network, train it on your own data, watch it learn, take the weights home."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nndesigner.api import (
        evaluate,
        export_weights,
        load_weights,
        new,
        open_project,
        predict,
        save_project,
        train,
    )

__version__ = "0.1.0"

__all__ = [
    "evaluate",
    "export_weights",
    "load_weights",
    "new",
    "open_project",
    "predict",
    "save_project",
    "train",
]


def __getattr__(name: str) -> Any:
    """The public verbs, loaded when first used so that importing the package stays light."""
    if name in __all__:
        from nndesigner import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
