"""Takes trained weights home as .npz or .safetensors, with their design, and back again."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from nndesigner.errors import FileError
from nndesigner.files import codec
from nndesigner.files.arrays import array_from, check_finite, check_shapes, expected_shapes
from nndesigner.files.atomic import read_bytes, reads_back, write_bytes
from nndesigner.files.container import memory_limit
from nndesigner.files.npz import DESIGN, NpzReader, npz_bytes
from nndesigner.files.project import check_format
from nndesigner.files.tensors import TensorReader, safetensors_bytes
from nndesigner.files.text import read_json, the_object, write_json
from nndesigner.graph import Shape
from nndesigner.training.trained import Trained

FORMAT = 1
#: What can be written and read, with the words for a file dialog.
SUFFIXES: dict[str, str] = {
    ".npz": "NumPy arrays",
    ".safetensors": "Safetensors",
}
_USE = "use .npz or .safetensors"
_PICKLED = "can run any program when it is opened, so this program neither writes nor reads it"
_REFUSED: dict[str, str] = {
    **dict.fromkeys((".pt", ".pth", ".ckpt"), f"a PyTorch file {_PICKLED}: {_USE}"),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), f"a pickle {_PICKLED}: {_USE}"),
    **dict.fromkeys((".h5", ".hdf5", ".keras"), f"Keras files are not supported: {_USE}"),
    ".npy": f"one .npy holds one array and a network has many: {_USE}",
    ".onnx": f"ONNX files are not supported: {_USE}",
    ".nnd": f"a project is saved, not exported: save it, or {_USE}",
}


def weights_suffix(path: str | Path) -> str:
    """``.npz`` or ``.safetensors``. Raises: FileError saying why another one is not possible."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        found = f"nothing is known about {suffix!r} files" if suffix else "its name has no ending"
        raise FileError(f"{path}: {_REFUSED.get(suffix, f'{found}: {_USE}')}")
    return suffix


def export_weights(trained: Trained, path: str | Path) -> None:
    """Write every array under ``node/parameter``, and the design, by the path's suffix.

    The same training gives the same bytes. The file is read back and compared before this returns.

    Raises: FileError; a file of that name is then as it was.
    """
    suffix = weights_suffix(path)
    name = Path(path).name
    for key, array in trained.weights.items():
        check_finite(array, key, name)
    design = write_json(_design_out(trained)).decode("ascii")
    write = npz_bytes if suffix == ".npz" else safetensors_bytes
    content = write(trained.weights, design)
    _compare(trained, weights_from(content, suffix, name), name)
    write_bytes(path, content)
    if not reads_back(path, content):
        raise FileError(f"{path} was written and reads back differently: choose another disk")


def import_weights(path: str | Path) -> Trained:
    """A trained network from a file that `export_weights` wrote.

    Raises: FileError when the file is damaged, from elsewhere, or does not fit its own design;
    nothing is loaded then.
    """
    suffix = weights_suffix(path)
    return weights_from(read_bytes(path, most=memory_limit()), suffix, Path(path).name)


def is_data_archive(path: Path) -> bool:
    """Whether an .npz holds arrays of data rather than exported weights. Never raises."""
    try:
        with zipfile.ZipFile(path) as archive:
            return f"{DESIGN}.npy" not in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False  # whoever reads it says what is wrong


class _Reader(Protocol):
    def design(self) -> str | None: ...

    def shapes(self) -> dict[str, Shape]: ...

    def data(self, key: str, shape: Shape) -> bytes: ...


def weights_from(content: bytes, suffix: str, name: str) -> Trained:
    """A trained network from the content of a weights file. Raises: FileError."""
    reader: _Reader = NpzReader(content, name) if suffix == ".npz" else TensorReader(content, name)
    design = reader.design()
    if design is None:
        raise FileError(
            f"{name} holds no design: only weights that nndesigner exported can be loaded"
        )
    plain = read_json(design.encode("utf-8", "surrogatepass"), name)
    check_format(plain, name, FORMAT)
    found = the_object(plain, "$", name, ("format", "graph", "settings", "spec", "encoding"))
    graph = codec.graph_in(found.get("graph"), "$.graph", name)
    spec = codec.spec_in(found.get("spec"), "$.spec", name)
    expected = expected_shapes(graph, spec)
    shapes = reader.shapes()
    check_shapes(shapes, expected, name)
    order = list(expected) if expected is not None else list(shapes)
    return Trained(
        graph=graph,
        settings=codec.settings_in(found.get("settings"), "$.settings", name),
        spec=spec,
        encoding=codec.encoding_in(found.get("encoding"), "$.encoding", name),
        weights={
            key: array_from(reader.data(key, shapes[key]), shapes[key], key, name) for key in order
        },
    )


def _design_out(trained: Trained) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "graph": codec.graph_out(trained.graph),
        "settings": codec.settings_out(trained.settings),
        "spec": codec.spec_out(trained.spec),
        "encoding": codec.encoding_out(trained.encoding),
    }


def _compare(trained: Trained, again: Trained, name: str) -> None:
    """Refuse to report success for a file that gives other weights or another design."""
    same = (
        dict.fromkeys(trained.weights) == dict.fromkeys(again.weights)
        and all(np.array_equal(trained.weights[key], again.weights[key]) for key in again.weights)
        and _design_out(trained) == _design_out(again)
    )
    if not same:
        raise FileError(f"cannot export {name}: what was written reads back differently")
