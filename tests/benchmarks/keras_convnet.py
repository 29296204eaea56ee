"""Keras' own MNIST convnet on our files, seed by seed: what its published figure varies by.

``python -m tests.benchmarks.keras_convnet 1 2 3`` where Keras is installed (it needs nothing of
ours) prints accuracy and loss on the test rows, as `tests.benchmarks.results` does for us. One
thread, so that it can run beside other work; its figures do not depend on the speed.

Source: keras-io, examples/vision/mnist_convnet.
"""

from __future__ import annotations

import gzip
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

MNIST = Path(__file__).parents[3] / "shared" / "data" / "mnist"


def _read(name: str, skip: int) -> Any:
    with gzip.open(MNIST / name) as file:
        return np.frombuffer(file.read(), np.uint8, offset=skip)


def _rows(part: str) -> tuple[Any, Any]:
    pictures = _read(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1)
    return pictures.astype("float32") / 255, _read(f"{part}-labels-idx1-ubyte.gz", 8)


def main() -> None:
    """Train once for each seed of the command line."""
    for kind in ("INTRAOP", "INTEROP"):
        os.environ.setdefault(f"TF_NUM_{kind}_THREADS", "1")
    import keras
    from keras import layers

    x, y = _rows("train")
    x_test, y_test = _rows("t10k")
    for seed in map(int, sys.argv[1:] or ["1"]):
        keras.utils.set_random_seed(seed)
        model = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(32, 3, activation="relu"),
                layers.MaxPooling2D(2),
                layers.Conv2D(64, 3, activation="relu"),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dropout(0.5),
                layers.Dense(10, activation="softmax"),
            ]
        )
        model.compile(
            loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"]
        )
        model.fit(x, y, batch_size=128, epochs=15, validation_split=0.1, verbose=0)
        loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
        sys.stdout.write(f"seed {seed}: {accuracy:.4f}, test loss {loss:.4f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
