"""What holds weights and gradients back: penalties, limits, clipping, averaging, stopping early."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from nndesigner.declare import Declaration, setting

ClipKind = Literal["none", "value", "norm", "global_norm"]
WatchKind = Literal["val_loss", "val_metric", "loss", "metric"]

L1 = setting(
    "L1",
    "Adds this times the sum of all |w| to what is made small: weights of little use become 0.",
    ge=0.0,
    le=1e3,
)
L2 = setting(
    "L2",
    "Adds half of this times the sum of all w² to what is made small: weights stay small.",
    ge=0.0,
    le=1e3,
)
MAX_NORM = setting(
    "Max-norm",
    "After each step the weights into a unit are scaled down to this norm; 0 is no limit.",
    ge=0.0,
    le=1e6,
)


class Regularization(Declaration, frozen=True, kw_only=True, omit_defaults=True):
    """Penalties on all layers, λ₁ Σ |w| + λ₂/2 Σ w², and a limit to the norm of each unit."""

    title: ClassVar[str] = "Regularisation"
    help: ClassVar[str] = (
        "Keeps weights small in all layers, so that the network learns the rule rather than the "
        "rows; single layers can have more. The loss that is shown is without the penalty, so that "
        "it can be compared."
    )

    l1: Annotated[float, L1] = 0.0
    l2: Annotated[float, L2] = 0.0
    max_norm: Annotated[float, MAX_NORM] = 0.0
    biases: Annotated[
        bool, setting("Biases too", "Penalise biases and other offsets like weights.")
    ] = False

    @property
    def words(self) -> str:
        """What is on: ``L2 0.001``."""
        parts = [f"L1 {self.l1:g}" if self.l1 else "", f"L2 {self.l2:g}" if self.l2 else ""]
        parts.append(f"max-norm {self.max_norm:g}" if self.max_norm else "")
        return ", ".join(part for part in parts if part) or "Off"


class Clipping(Declaration, frozen=True, kw_only=True, omit_defaults=True):
    """Limits to the gradient before each step, as PyTorch has them."""

    title: ClassVar[str] = "Gradient clipping"
    help: ClassVar[str] = "Cuts gradients that are too large, so that no step runs away."

    clip: Annotated[
        ClipKind,
        setting(
            "Clip",
            "Each value, the norm of each array, or the norm of all together.",
            titles={
                "none": "nothing",
                "value": "each value",
                "norm": "the norm of each array",
                "global_norm": "the norm of all",
            },
        ),
    ] = "none"
    clip_limit: Annotated[
        float,
        setting(
            "Limit",
            "The largest value or norm.",
            gt=0.0,
            le=1e6,
            log=True,
            when=("clip", ("value", "norm", "global_norm")),
        ),
    ] = 1.0

    @property
    def words(self) -> str:
        """What is clipped: ``the norm of all to 1``."""
        if self.clip == "none":
            return "Off"
        names = {"value": "each value", "norm": "each array's norm", "global_norm": "global norm"}
        return f"{names[self.clip]} to {self.clip_limit:g}".capitalize()


class Averaging(Declaration, frozen=True, kw_only=True, omit_defaults=True):
    """a ← d a + (1−d) w after every step, from the first step's weights on."""

    title: ClassVar[str] = "Weight averaging"
    help: ClassVar[str] = (
        "Keeps a running average of the weights beside them (EMA). Validation, predictions and "
        "what is kept at the end use the average; training goes on with the weights themselves."
    )

    average: Annotated[bool, setting("Average", "Keep and use the average of the weights.")] = False
    average_decay: Annotated[
        float,
        setting(
            "Memory",
            "The share of the average that stays a step.",
            gt=0.0,
            lt=1.0,
            when=("average", (True,)),
        ),
    ] = 0.99

    @property
    def words(self) -> str:
        """``Memory 0.99`` or off."""
        return f"Memory {self.average_decay:g}" if self.average else "Off"


class EarlyStopping(Declaration, frozen=True, kw_only=True, omit_defaults=True):
    """What is watched, when to stop for it, and which weights to keep."""

    title: ClassVar[str] = "Early stopping"
    help: ClassVar[str] = (
        "Watches a figure after every epoch. At the end the weights of the best epoch are kept "
        "unless you turn that off; training stops before its last epoch only if you wish it."
    )

    stop_early: Annotated[
        bool, setting("Stop early", "Stop when there was no progress for some epochs.")
    ] = False
    patience: Annotated[
        int,
        setting(
            "Patience",
            "Training stops at the end of this many epochs in a row without progress, as in Keras.",
            ge=1, le=100_000, unit="epochs", when=("stop_early", (True,)),
        ),
    ] = 10  # fmt: skip
    restore_best: Annotated[
        bool,
        setting("Keep the best", "At the end keep the weights of the epoch that was best."),
    ] = True
    watch: Annotated[
        WatchKind,
        setting(
            "Watch",
            "The figure that tells what is best; without validation rows that of training.",
            titles={
                "val_loss": "validation loss",
                "val_metric": "validation metric",
                "loss": "training loss",
                "metric": "training metric",
            },
            advanced=True,
        ),
    ] = "val_loss"
    smallest_change: Annotated[
        float,
        setting(
            "Smallest change",
            "The figure must become better by more than this to count as progress.",
            ge=0.0,
            advanced=True,
        ),
    ] = 0.0

    @property
    def words(self) -> str:
        """``After 10 epochs, best kept``."""
        kept = "best kept" if self.restore_best else "last kept"
        return f"After {self.patience} epochs, {kept}" if self.stop_early else kept.capitalize()
