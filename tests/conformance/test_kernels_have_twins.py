"""Every kernel and every operation has a slow twin, and a test that holds it to it."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.engine import kernels, ops
from nndesigner.engine.kernels import elementwise, losses, noise
from nndesigner.engine.lowering.losses import LOSS_FORMS
from nndesigner.engine.operations import OPERATIONS
from nndesigner.engine.operations.update import UPDATES
from nndesigner.learning.optimizers import OPTIMIZERS
from tests import naive, naive_functions, naive_optimizers

HERE = f"tests/conformance/{Path(__file__).name}"
ENGINE = "tests/engine/"
KERNELS = f"{ENGINE}test_kernels.py"
LAYERS = f"{ENGINE}test_layer_kernels.py"
ACTIVATIONS = f"{ENGINE}test_activations.py"
LOSSES = f"{ENGINE}test_losses.py"
CONVOLUTIONS = f"{ENGINE}test_convolution.py"
AUGMENTING = f"{ENGINE}test_augment.py"

#: Of each kernel its twin, as ``module:name``, and the test that compares. NumPy's own are slow and
#: obvious enough where they are named.
TWINS: dict[str, tuple[str, str]] = {
    "augment.changed": ("tests.naive_augmentation:spoiled", AUGMENTING),
    "augment.augment": ("tests.naive_augmentation:spoiled", AUGMENTING),
    "turning.framed": ("tests.naive_augmentation:moved", AUGMENTING),
    "turning.turned": ("tests.naive_augmentation:moved", AUGMENTING),
    "blas.gemm": ("numpy:matmul", KERNELS),
    "convolution.outputs": ("tests.naive_convolution:conv2d", CONVOLUTIONS),
    "convolution.weights": ("tests.naive_convolution:conv2d_backward", CONVOLUTIONS),
    "convolution.inputs": ("tests.naive_convolution:conv2d_backward", CONVOLUTIONS),
    "depthwise.outputs": ("tests.naive_convolution:depthwise", CONVOLUTIONS),
    "depthwise.weights": ("tests.naive_convolution:depthwise_backward", CONVOLUTIONS),
    "depthwise.inputs": ("tests.naive_convolution:depthwise_backward", CONVOLUTIONS),
    # The way of tiles through windows: a form that `convolution` takes, and what it prepares.
    "direct.outputs": ("tests.naive_convolution:conv2d", CONVOLUTIONS),
    "direct.weights": ("tests.naive_convolution:conv2d_backward", CONVOLUTIONS),
    "direct.inputs": ("tests.naive_convolution:conv2d_backward", CONVOLUTIONS),
    "direct.pack": ("tests.naive_convolution:conv2d", CONVOLUTIONS),
    "direct.pack_turned": ("tests.naive_convolution:conv2d_backward", CONVOLUTIONS),
    "direct.pad": ("tests.naive_convolution:conv2d", CONVOLUTIONS),
    "direct.padded_size": ("tests.naive_convolution:conv2d", CONVOLUTIONS),
    "direct.is_whole": ("tests.naive_convolution:conv2d", CONVOLUTIONS),
    "direct.lanes_in": ("tests.naive_convolution:conv2d", CONVOLUTIONS),
    "tiles.tile": ("numpy:matmul", CONVOLUTIONS),
    "products.forward": ("numpy:matmul", f"{ENGINE}test_products.py"),
    "products.backward": ("numpy:matmul", f"{ENGINE}test_products.py"),
    "elementwise.bias": ("tests.naive:bias", KERNELS),
    "elementwise.bias_back": ("tests.naive:bias_backward", KERNELS),
    "elementwise.activate": ("tests.naive:activation", KERNELS),
    "elementwise.activate_back": ("tests.naive:activation_backward", KERNELS),
    "elementwise.softmax": ("tests.naive:activation", KERNELS),
    "elementwise.softmax_back": ("tests.naive:activation_backward", KERNELS),
    "elementwise.add": ("tests.naive:add", KERNELS),
    "elementwise.copy_columns": ("tests.naive:concatenate", KERNELS),
    "elementwise.copy_columns_back": ("tests.naive:concatenate_backward", KERNELS),
    "elementwise.copy": ("tests.naive_layers:merged_backward", LAYERS),
    "elementwise.subtract": ("tests.naive_layers:merged", LAYERS),
    "elementwise.negative": ("tests.naive_layers:merged_backward", LAYERS),
    "elementwise.multiply": ("tests.naive_layers:merged", LAYERS),
    "elementwise.multiply_back": ("tests.naive_layers:merged_backward", LAYERS),
    "elementwise.extreme": ("tests.naive_layers:merged", LAYERS),
    "elementwise.extreme_back": ("tests.naive_layers:merged_backward", LAYERS),
    "elementwise.scale": ("numpy:multiply", HERE),
    "elementwise.dot": ("tests.naive_layers:dot", LAYERS),
    "elementwise.dot_back": ("tests.naive_layers:dot", LAYERS),
    "elementwise.inverse_length": ("tests.naive_layers:dot", HERE),
    "noise.dropout": ("tests.naive:dropout", HERE),
    "noise.spatial_dropout": ("tests.naive:dropout", LAYERS),
    "noise.spatial_dropout_back": ("tests.naive:dropout_backward", LAYERS),
    "noise.gaussian": ("numpy.random:standard_normal", LAYERS),
    "norms.batch_moments": ("tests.naive_layers:batch_norm", LAYERS),
    "norms.deviations": ("tests.naive_layers:batch_norm", LAYERS),
    "norms.batch_norm": ("tests.naive_layers:batch_norm", LAYERS),
    "norms.batch_sums": ("tests.naive_layers:batch_norm_backward", LAYERS),
    "norms.batch_norm_back": ("tests.naive_layers:batch_norm_backward", LAYERS),
    "norms.groups": ("tests.naive_layers:group_norm", LAYERS),
    "norms.groups_back": ("tests.naive_layers:group_norm_backward", LAYERS),
    "shapes.rearrange": ("tests.naive_layers:moved_backward", LAYERS),
    "shapes.rearrange_back": ("tests.naive_layers:moved_backward", LAYERS),
    "windows.maxpool2d": ("tests.naive:maxpool2d", KERNELS),
    "windows.maxpool2d_back": ("tests.naive:maxpool2d_backward", KERNELS),
    "windows.averagepool2d": ("tests.naive_layers:averagepool2d", LAYERS),
    "windows.averagepool2d_back": ("tests.naive_layers:averagepool2d_backward", LAYERS),
    "maths.sigmoid": ("tests.naive_functions:sigmoid", KERNELS),
    "maths.softplus": ("tests.naive_functions:softplus", ACTIVATIONS),
}  # fmt: skip
#: Functions of losses that others are made of, by one whose twin holds them.
PARTS_OF_LOSSES = {
    "softplus": "binary_crossentropy",
    "kept_inside": "binary_crossentropy",
    "target_of": "categorical_crossentropy",
    "largest": "categorical_crossentropy",
    "exponentials": "categorical_crossentropy",
    "sign": "mae",
    "hit": "",  # the metric: `test_hits_and_distances` below
    "distance": "",  # as well
    "distance_in_units": "",
}
LOSSES_BY_KERNEL = {
    "squared_log": "msle", "percentage": "mape", "binary": "binary_crossentropy",
    "binary_logits": "binary_crossentropy", "categorical": "categorical_crossentropy",
    "categorical_logits": "categorical_crossentropy", "divergence": "kl_divergence",
    "divergence_logits": "kl_divergence", "cosine": "cosine_similarity",
    "poisson_logits": "poisson",
}  # fmt: skip

#: Of each operation of the tape the kernel or function that its twin is of; losses and activations
#: are found by their kind.
OPERATION_TWINS = {
    "INPUT": "numpy:take", "DENSE": "tests.naive:dense", "CONV2D": "tests.naive_convolution:conv2d",
    "DEPTHWISE": "tests.naive_convolution:depthwise",
    "TRANSPOSED": "tests.naive_convolution:transposed", "BIAS": "tests.naive:bias",
    "ACTIVATE": "tests.naive:activation", "SOFTMAX": "tests.naive:activation",
    "MAXPOOL2D": "tests.naive:maxpool2d", "DROPOUT": "tests.naive:dropout",
    "ADD": "tests.naive:add", "COPY": "tests.naive:concatenate",
    "LOG_SOFTMAX": "tests.naive_functions:of_rows", "PRELU": "tests.naive_functions:of_rows",
    "BATCH_MOMENTS": "tests.naive_layers:batch_norm", "BATCH_NORM": "tests.naive_layers:batch_norm",
    "BATCH_NORM_FROZEN": "tests.naive_layers:batch_norm",
    "GROUP_NORM": "tests.naive_layers:group_norm",
    "AVERAGEPOOL2D": "tests.naive_layers:averagepool2d",
    "REARRANGE": "tests.naive_layers:moved_backward", "SUBTRACT": "tests.naive_layers:merged",
    "MULTIPLY": "tests.naive_layers:merged", "MAXIMUM": "tests.naive_layers:merged",
    "MINIMUM": "tests.naive_layers:merged", "SCALE_BY": "numpy:multiply",
    "DOT": "tests.naive_layers:dot", "SPATIAL_DROPOUT": "tests.naive:dropout",
    "GAUSSIAN_NOISE": "numpy.random:standard_normal",
}  # fmt: skip


def compiled_functions() -> dict[str, Any]:
    """Every public kernel by ``module.name``."""
    found = {}
    for module in pkgutil.iter_modules(kernels.__path__):
        source = importlib.import_module(f"{kernels.__name__}.{module.name}")
        for name, value in vars(source).items():
            own = getattr(value, "py_func", None)
            if own is not None and own.__module__ == source.__name__ and name[0] != "_":
                found[f"{module.name}.{name}"] = value
    return found


def twin(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    found = getattr(importlib.import_module(module), name)
    assert callable(found)
    return found  # type: ignore[no-any-return]


def test_the_walk_finds_kernels() -> None:
    assert len(compiled_functions()) > 90


@pytest.mark.parametrize("name", compiled_functions())
def test_a_kernel_has_a_twin_and_a_test_that_names_it(name: str, root: Path) -> None:
    module, _, short = name.partition(".")
    if module == "activations":
        assert short.removesuffix("_slope") in naive_functions.ACTIVATIONS, (
            f"{name} has no twin in tests/naive_functions.py"
        )
        return
    if module == "losses":
        kind = PARTS_OF_LOSSES.get(short, LOSSES_BY_KERNEL.get(short, short))
        assert not kind or kind in naive_functions.LOSSES, (
            f"{name} has no twin in tests/naive_functions.py"
        )
        return
    assert name in TWINS, f"{name} is new: write its slow twin and a test, and name both in TWINS"
    place, test = TWINS[name]
    assert twin(place)
    text = (root / test).read_text(encoding="utf-8")
    # Direct convolution is a way that the operation's number asks for: `ops.DIRECT`.
    assert short in text or f"{module}." in text.lower() or f"ops.{module}" in text.lower(), (
        f"{test} does not test {name}"
    )


def test_no_twin_is_named_for_what_is_no_more() -> None:
    assert set(TWINS) <= set(compiled_functions())
    assert set(OPERATION_TWINS) <= {name for name in vars(ops) if name.isupper()}


def operation_names() -> dict[int, str]:
    taken = [
        (name, value) for name, value in vars(ops).items()
        if name.isupper() and isinstance(value, int) and value in OPERATIONS
    ]  # fmt: skip
    # The first name of a number is the operation's: columns and modes come behind in the table.
    names: dict[int, str] = {}
    for name, value in taken:
        names.setdefault(value, name)
    return names


@pytest.mark.parametrize("op", OPERATIONS)
def test_an_operation_has_a_twin(op: int) -> None:
    name, operation = operation_names()[op], OPERATIONS[op]
    if name.startswith("LOSS_"):
        kinds = [
            kind for kind, form in LOSS_FORMS.items() if op in (form.on_outputs, form.on_logits)
        ]
        assert kinds, f"{name} belongs to no loss"
        assert all(kind in naive_functions.LOSSES for kind in kinds)
        assert operation.backward is None  # a loss writes its slopes on the way there
        return
    if name.lower() in naive_functions.ACTIVATIONS:
        assert operation.backward is not None
        return
    assert name in OPERATION_TWINS, f"{name} is new: write its slow twin and name it here"
    assert twin(OPERATION_TWINS[name])
    assert operation.backward is not None or name == "INPUT"


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_an_optimizer_has_an_update_and_a_twin(kind: str) -> None:
    if OPTIMIZERS[kind].whole_data:
        assert kind not in UPDATES  # a search: `tests/training/test_lbfgs.py` compares PyTorch's
        return
    assert kind in UPDATES
    assert callable(getattr(naive_optimizers, kind, None)), f"{kind} has no slow twin"


# -- twins that no other test holds kernels to

DTYPES = [np.float32, np.float64]


@pytest.mark.parametrize("dtype", DTYPES)
def test_scale_and_inverse_length(dtype: Any) -> None:
    x = np.random.default_rng(0).normal(size=12).astype(dtype)
    for add in (False, True):
        y = np.full(12, 2, dtype)
        elementwise.scale(dtype(0.3), x, y, add)
        np.testing.assert_allclose(y, 0.3 * x + 2 * add, rtol=1e-5)
    assert elementwise.inverse_length(x) == pytest.approx(
        1 / math.sqrt(sum(float(v) ** 2 for v in x)), rel=1e-5
    )
    assert elementwise.inverse_length(np.zeros(3, dtype)) == pytest.approx(1e6)
    assert math.isnan(elementwise.inverse_length(x * dtype(np.nan)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_dropout_is_its_twin_under_the_same_mask(dtype: Any) -> None:
    x = np.random.default_rng(0).normal(size=(6, 9))
    mask, y = np.empty(54, dtype), np.empty(54, dtype)
    noise.dropout(dtype(0.3), 1, 0, 4, 0, 6, x.astype(dtype).ravel(), mask, y)
    expected = naive.dropout(x, mask.reshape(6, 9) != 0, 0.3)
    np.testing.assert_allclose(y.reshape(6, 9), expected, rtol=1e-6)
    back = naive.dropout_backward(x, mask.reshape(6, 9) != 0, 0.3)
    for add in (False, True):
        dx = np.full(54, 2, dtype)
        elementwise.multiply_back(mask, x.astype(dtype).ravel(), dx, add)
        np.testing.assert_allclose(dx.reshape(6, 9), back + 2 * add, rtol=1e-6)


def test_hits_and_distances() -> None:
    """The metric that the losses count along the way, by the slow reading of it."""
    generator = np.random.default_rng(1)
    for _ in range(50):
        y, t = generator.normal(size=4), generator.normal(size=4)
        assert losses.distance(y, t) == pytest.approx(sum(abs(y - t)) / 4)
        units = np.array([[2.0, 1.0, 0.0], [3.0, 5.0, 0.0], [0.5, 0.2, 1.0], [1.0, 0.0, 1.0]])
        told = [
            [np.sign(u := v * a + b) * np.expm1(abs(u)) if log else v * a + b
             for v, (a, b, log) in zip(values, units, strict=True)]
            for values in (y, t)
        ]  # fmt: skip
        far = sum(abs(a - b) for a, b in zip(*told, strict=True)) / 4
        assert losses.distance_in_units(y, t, units.ravel()) == pytest.approx(far, rel=1e-5)
        label = int(generator.integers(4))
        best = max(range(4), key=lambda k: y[k])
        assert losses.hit(y, np.array([float(label)]), 0.5, True) == (best == label)
        assert losses.hit(y, t, 0.5, False) == (best == max(range(4), key=lambda k: t[k]))
        assert losses.hit(y[:1], t[:1], 0.5, False) == ((y[0] > 0.5) == (t[0] > 0.5))
