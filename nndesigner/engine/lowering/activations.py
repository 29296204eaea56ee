"""Activations: joined to a bias, in place, or in an array of their own, as it may be."""

from __future__ import annotations

from dataclasses import dataclass

from nndesigner.engine import ops
from nndesigner.engine.lowering.base import Lowering, Value

#: Activations that a bias before them does in the same pass.
ACTIVATION_CODES = {
    "linear": ops.LINEAR,
    "sigmoid": ops.SIGMOID,
    "tanh": ops.TANH,
    "relu": ops.RELU,
    "leaky_relu": ops.LEAKY_RELU,
}

#: Activations that are operations of their own.
ACTIVATION_OPERATIONS = {
    "softmax": ops.SOFTMAX,
    "log_softmax": ops.LOG_SOFTMAX,
    "threshold": ops.THRESHOLD,
    "hard_sigmoid": ops.HARD_SIGMOID,
    "relu6": ops.RELU6,
    "prelu": ops.PRELU,
    "elu": ops.ELU,
    "selu": ops.SELU,
    "gelu": ops.GELU,
    "silu": ops.SILU,
    "hard_silu": ops.HARD_SILU,
    "mish": ops.MISH,
    "softplus": ops.SOFTPLUS,
    "softsign": ops.SOFTSIGN,
    "exponential": ops.EXPONENTIAL,
}

#: Those of them whose derivative wants the input, so that it must not be overwritten.
WANTING_INPUT = frozenset({"softmax", "log_softmax", "prelu", "gelu", "silu", "hard_silu", "mish"})


@dataclass
class Activations(Lowering):
    """Functions of every number."""

    def activation(self, x: Value, kind: str, number: float) -> Value:
        """f(x); ``number`` is leaky ReLU's slope or ELU's alpha. PReLU's slopes are a parameter."""
        if kind == "linear":
            return x
        if kind in ACTIVATION_OPERATIONS:
            return self._own_activation(x, kind, number)
        code = ACTIVATION_CODES[kind]
        if x.position in self._fresh and not self._keep_logits:
            last = self._rows[-1]
            if last[ops.OP] == ops.BIAS and last[ops.OUT] == x.position:
                last[ops.KIND] = code
                self._constants[-1][ops.F0] = number
                self._note(x, kind)
                return x
            out = x
        else:
            out = self._value(x.shape, trained=self._learns(x))
        self._note(out, kind)
        self._write(ops.ACTIVATE, x.size, a=x, out=out, kind=code, constants=(number,), gives="a")
        return out

    def _own_activation(self, x: Value, kind: str, number: float) -> Value:
        """An activation that is an operation by itself, in place where its derivative allows."""
        slot = self.parameter("slope") if kind == "prelu" else None
        apart = kind in WANTING_INPUT or self._keep_logits or x.position not in self._fresh
        learns = self._learns(x) or (slot is not None and slot.trainable)
        out = self._value(x.shape, trained=learns) if apart else x
        width = x.shape[-1]
        self._scratch = max(self._scratch, width)
        code = ACTIVATION_OPERATIONS[kind]
        self._write(
            code, x.size, a=x, out=out, slot=slot, constants=(number,), numbers=(width,), gives="a"
        )
        self._note(out, kind)
        return out
