"""The other side of a comparison, as its own tutorials write it: run as a script of its own.

``python sides.py torch`` reads a case as JSON from its input, trains for some seconds and prints
figures as JSON. It imports NumPy and the library under test alone, so that it also runs in an
environment that has never heard of this program.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Run = Callable[[], Any]


def rows_of(case: dict[str, Any]) -> tuple[Any, Any]:
    """Synthetic rows with something to learn in them: x ``(rows, size)``, t ``(rows, 1)``."""
    generator = np.random.default_rng(0)
    size = int(np.prod(case["input_shape"]))
    x = generator.random((case["rows"], size), dtype=np.float32)
    if case["loss"] == "categorical_crossentropy":
        rule = generator.normal(size=(size, 10)).astype(np.float32)
        return x, np.argmax(x @ rule, axis=1).astype(np.float32)[:, None]
    return x, (x.sum(axis=1, keepdims=True) > size / 2).astype(np.float32)


def forget_peak() -> None:
    """Let the system count the peak of memory from now on, where it can (Linux)."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def peak_bytes() -> int:
    """The most memory that this process has held, in bytes."""
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def measure(run: Run, seconds: float, epochs: int) -> float:
    """Seconds of an epoch over as many runs as fit, at least two after one to get warm."""
    run()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 2 or (time.perf_counter() < end and len(times) < 200):
        begun = time.perf_counter()
        run()
        times.append((time.perf_counter() - begun) / epochs)
    return sorted(times)[len(times) // 2]


def torch_side(case: dict[str, Any]) -> Run:
    """PyTorch, eager; images in the layout that is quicker here."""
    import torch
    from torch import nn

    optimizer = case["optimizer"]
    images = len(case["input_shape"]) == 3
    classes = case["loss"] == "categorical_crossentropy"
    x, t = rows_of(case)
    x, t = torch.from_numpy(x), torch.from_numpy(t)
    if images:
        height, width, channels = case["input_shape"]
        x = x.reshape(-1, height, width, channels).permute(0, 3, 1, 2).contiguous()
    t = t[:, 0].long() if classes else t
    lost = nn.CrossEntropyLoss() if classes else nn.MSELoss()

    def model_of() -> Any:
        torch.manual_seed(1)
        kinds = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
        modules: list[Any] = []
        for layer in case["layers"]:
            if layer["kind"] == "dense":
                modules.append(nn.LazyLinear(layer["units"]))
            elif layer["kind"] == "conv2d":
                modules.append(nn.LazyConv2d(layer["filters"], tuple(layer["kernel"])))
            elif layer["kind"] == "maxpool2d":
                modules.append(nn.MaxPool2d(tuple(layer["window"])))
            else:
                modules.append(nn.Flatten())
            if layer.get("activation") in kinds:  # softmax belongs to the loss
                modules.append(kinds[layer["activation"]]())
        model = nn.Sequential(*modules)
        model(x[:2])
        return model

    def run_of(data: Any, model: Any) -> Any:
        rate = optimizer["learning_rate"]
        step: Any
        if optimizer["kind"] == "adam":
            step = torch.optim.Adam(model.parameters(), lr=rate)
        else:
            step = torch.optim.SGD(
                model.parameters(), lr=rate, momentum=optimizer.get("momentum", 0.0)
            )

        def run(rows: int = case["rows"]) -> None:
            for _ in range(case["epochs"]):
                order = torch.randperm(case["rows"])[:rows]
                for first in range(0, rows, case["batch"]):
                    chosen = order[first : first + case["batch"]]
                    step.zero_grad()
                    lost(model(data[chosen]), t[chosen]).backward()
                    step.step()

        return run

    forms = [run_of(x, model_of())]
    if images:
        last = torch.channels_last
        forms.append(run_of(x.to(memory_format=last), model_of().to(memory_format=last)))

    def quickness(run: Any) -> float:
        run(case["batch"] * 2)
        begun = time.perf_counter()
        run(case["batch"] * 8)
        return time.perf_counter() - begun

    best: Run = min(forms, key=quickness) if images else forms[0]
    return best


def keras_side(case: dict[str, Any]) -> Run:
    """Keras with the backend that is set up there, through `fit`."""
    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(1)
    optimizer = case["optimizer"]
    layers = [keras.Input(tuple(case["input_shape"]))]
    for layer in case["layers"]:
        if layer["kind"] == "dense":
            layers.append(keras.layers.Dense(layer["units"], layer["activation"]))
        elif layer["kind"] == "conv2d":
            layers.append(
                keras.layers.Conv2D(
                    layer["filters"], tuple(layer["kernel"]), activation=layer["activation"]
                )
            )
        elif layer["kind"] == "maxpool2d":
            layers.append(keras.layers.MaxPooling2D(tuple(layer["window"])))
        else:
            layers.append(keras.layers.Flatten())
    model = keras.Sequential(layers)
    rate = optimizer["learning_rate"]
    step = (
        keras.optimizers.Adam(rate)
        if optimizer["kind"] == "adam"
        else keras.optimizers.SGD(rate, momentum=optimizer.get("momentum", 0.0))
    )
    classes = case["loss"] == "categorical_crossentropy"
    model.compile(optimizer=step, loss="sparse_categorical_crossentropy" if classes else "mse")
    x, t = rows_of(case)
    x = x.reshape(-1, *case["input_shape"])
    return lambda: model.fit(
        x, t, batch_size=case["batch"], epochs=case["epochs"], verbose=0, shuffle=True
    )


def sklearn_side(case: dict[str, Any]) -> Run:
    """scikit-learn's multilayer perceptron; it has no convolutions."""
    import warnings

    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore")
    layers, optimizer = case["layers"], case["optimizer"]
    if any(layer["kind"] != "dense" for layer in layers):
        raise SystemExit("it has no such layers")
    if case["loss"] != "categorical_crossentropy":
        raise SystemExit("its outputs and loss differ")
    model = MLPClassifier(
        tuple(layer["units"] for layer in layers[:-1]),
        activation={"sigmoid": "logistic"}.get(layers[0]["activation"], layers[0]["activation"]),
        solver="adam" if optimizer["kind"] == "adam" else "sgd",
        learning_rate_init=optimizer["learning_rate"],
        momentum=optimizer.get("momentum", 0.0),
        nesterovs_momentum=False,
        alpha=0.0,
        batch_size=case["batch"],
        max_iter=case["epochs"],
        n_iter_no_change=10**9,
        warm_start=True,
        random_state=1,
    )
    x, t = rows_of(case)
    labels = t[:, 0].astype(int)
    return lambda: model.fit(x, labels)


SIDES = {"torch": torch_side, "keras": keras_side, "sklearn": sklearn_side}
MODULES = {"torch": "torch", "keras": "keras", "sklearn": "sklearn"}


def main() -> None:
    """Measure one case on one side."""
    side = sys.argv[1]
    case = json.load(sys.stdin)
    __import__(MODULES[side])
    make = SIDES[side]
    forget_peak()
    before = peak_bytes()
    run = make(case)
    seconds = measure(run, case["seconds"], case["epochs"])
    version = sys.modules[MODULES[side]].__version__
    figures = {"seconds": seconds, "memory": max(0, peak_bytes() - before), "version": version}
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
