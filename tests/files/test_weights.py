"""Exported weights: readable elsewhere, the same bytes every time, and never trusted."""

from __future__ import annotations

import io
import json
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from nndesigner.errors import DesignerError, FileError
from nndesigner.files.weights import (
    SUFFIXES,
    _design_out,
    export_weights,
    import_weights,
    weights_from,
    weights_suffix,
)

from .helpers import failing_at, same_weights, trained


@pytest.mark.parametrize("suffix", list(SUFFIXES))
def test_weights_come_back_with_their_design(tmp_path: Path, suffix: str) -> None:
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix.upper()}"
    network = trained()
    export_weights(network, first)
    export_weights(trained(), second)
    assert first.read_bytes() == second.read_bytes()
    again = import_weights(first)
    assert same_weights(again, network)
    assert (again.graph, again.settings) == (network.graph, network.settings)
    assert (again.spec, again.encoding) == (network.spec, network.encoding)
    export_weights(again, second)
    assert first.read_bytes() == second.read_bytes()


def test_numpy_reads_the_npz(tmp_path: Path) -> None:
    export_weights(trained(), tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz", allow_pickle=False) as file:
        assert set(file) == {*trained().weights, "design"}
        for key, array in trained().weights.items():
            assert np.array_equal(file[key], array)
            assert file[key].dtype == np.float32
        design = json.loads(str(file["design"]))
    assert design["graph"]["nodes"][1]["layer"]["filters"] == 2
    assert design["spec"]["classes"][0] == "a"


def test_safetensors_reads_the_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    export_weights(trained(), path)
    found = safetensors.numpy.load_file(path)
    assert set(found) == set(trained().weights)
    for key, array in trained().weights.items():  # one of them is in Fortran order
        assert np.array_equal(found[key], array)
    with safetensors.safe_open(path, framework="np") as file:
        assert json.loads(file.metadata()["design"])["format"] == 1


def test_an_npz_that_numpy_rewrote_is_read(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    export_weights(trained(), path)
    with np.load(path) as file:
        arrays = {key: np.asfortranarray(file[key]) for key in file}
    np.savez_compressed(path, **arrays)
    assert same_weights(import_weights(path), trained())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("w.pt", "PyTorch.*run any program"),
        ("w.pkl", "pickle.*run any program"),
        ("w.h5", "Keras"),
        ("w.keras", "Keras"),
        ("w.nnd", "saved, not exported"),
        ("w.npy", "one array"),
        ("w.onnx", "ONNX"),
        ("w.docx", "nothing is known about '.docx'"),
        ("w", "no ending"),
    ],
)
def test_other_formats_are_explained(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(FileError, match=words) as caught:
        export_weights(trained(), tmp_path / name)
    assert "use .npz or .safetensors" in str(caught.value)
    with pytest.raises(FileError, match=words):
        import_weights(tmp_path / name)
    assert os.listdir(tmp_path) == []
    assert weights_suffix("X.NPZ") == ".npz"


def npz(**changes: Any) -> bytes:
    """Our arrays with some of them replaced, or left out when None."""
    buffer = io.BytesIO()
    design = json.dumps(_design_out(trained()))
    arrays: dict[str, Any] = {**trained().weights, "design": np.array(design), **changes}
    np.savez(buffer, **{key: value for key, value in arrays.items() if value is not None})
    return buffer.getvalue()


def refusal(content: bytes, suffix: str = ".npz") -> str:
    with pytest.raises(FileError) as caught:
        weights_from(content, suffix, "w")
    return str(caught.value)


def test_arrays_that_do_not_fit_are_refused() -> None:
    missing = refusal(npz(**{"dense_2/bias": None, "extra/weight": np.zeros(3, np.float32)}))
    rows = [line.split() for line in missing.splitlines()[1:]]
    assert rows == [
        ["array", "expected", "found"],
        ["dense_2/bias", "3", "none"],
        ["extra/weight", "none", "3"],
    ]
    assert "must be float32, got float64" in refusal(npz(**{"dense_2/bias": np.zeros(3)}))
    nan = np.array([0, np.nan, 1], np.float32)
    assert "1 of the 3 numbers of dense_2/bias" in refusal(npz(**{"dense_2/bias": nan}))
    assert "holds no design" in refusal(npz(design=None))
    assert "holds no design" in refusal(npz(design=np.zeros(3)))
    assert "damaged" in refusal(npz(design=np.array("{")))
    newer = np.array(json.dumps({"format": 2}))
    assert "newer nndesigner" in refusal(npz(design=newer))


def test_pickled_arrays_are_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return (os.mkdir, (str(tmp_path / "sprung"),))

    buffer = io.BytesIO()
    np.savez(buffer, design=np.array([Trap()], dtype=object))
    assert "holds no design" in refusal(buffer.getvalue())
    content = npz(**{"dense_2/bias": np.array([Trap()], dtype=object)})
    assert "must be float32, got object" in refusal(content)
    assert not (tmp_path / "sprung").exists()


def tensors(header: Any, block: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + block


def entry(start: int, end: int, shape: list[Any], dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "0 bytes"),
        (b"\xff" * 8 + b"{}", "header claims 18,446,744,073,709,551,615"),
        ((200_000_000).to_bytes(8, "little") + b"{}", "header claims 200,000,000"),
        (tensors([]), "must be an object"),
        (tensors(b"{"), "damaged"),
        (tensors({"a": 1}), "must have dtype"),
        (tensors({"a": entry(0, 4, [True])}, b"\0" * 4), "whole numbers"),
        (tensors({"a": entry(0, 4, [-1])}, b"\0" * 4), "whole numbers"),
        (tensors({"a": entry(4, 0, [1])}, b"\0" * 4), "start and an end"),
        (tensors({"a": entry(0, 8, [1], "F64")}, b"\0" * 8), "must be float32"),
        (tensors({"a": entry(0, 8, [1])}, b"\0" * 8), "needs 4 bytes"),
        (tensors({"a": entry(0, 4, [2**40, 2**40])}, b"\0" * 4), "bytes for its shape"),
        (tensors({"a": entry(4, 8, [1])}, b"\0" * 8), "holes or overlap"),
        (
            tensors({"a": entry(0, 8, [2]), "b": entry(4, 12, [2])}, b"\0" * 12),
            "holes or overlap",
        ),
        (tensors({"a": entry(0, 4, [1])}, b"\0" * 8), "8 are there"),
        (tensors({"a": entry(0, 4, [1])}, b""), "0 are there"),
        (tensors({"a": entry(0, 4, [1])}, b"\0" * 4), "holds no design"),
    ],
)
def test_a_safetensors_header_is_checked_in_full(content: bytes, words: str) -> None:
    assert words in refusal(content, ".safetensors")


@pytest.mark.parametrize("suffix", list(SUFFIXES))
def test_only_our_errors_come_from_damaged_bytes(tmp_path: Path, suffix: str) -> None:
    export_weights(trained(), tmp_path / f"w{suffix}")
    whole = (tmp_path / f"w{suffix}").read_bytes()
    chance = random.Random(3)
    for round_number in range(200):
        content = bytearray(whole)
        if round_number % 2:
            del content[chance.randrange(len(content)) :]
        else:
            for _ in range(chance.choice((1, 3, 20))):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        try:
            found = weights_from(bytes(content), suffix, "w")
        except DesignerError:
            continue
        assert list(found.weights) == list(trained().weights)


@pytest.mark.parametrize("suffix", list(SUFFIXES))
def test_whatever_call_fails_an_export_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"w{suffix}"
    for number in range(1, 60):
        path.write_bytes(b"old")
        with failing_at(number) as counter:
            try:
                export_weights(trained(), path)
                done = True
            except FileError as error:
                assert str(path) in str(error)  # noqa: PT017
                done = False
        if done:
            assert same_weights(import_weights(path), trained())
        elif counter.failed != "stat":  # reading back is the one step after the name was taken
            assert path.read_bytes() == b"old"
        assert os.listdir(tmp_path) == [path.name]
        if not counter.failed:
            return
    pytest.fail("there was always one more call to fail")


def test_weights_that_are_not_finite_are_not_exported(tmp_path: Path) -> None:
    network = trained()
    network.weights["dense_2/bias"][0] = np.nan
    with pytest.raises(FileError, match="dense_2/bias are not finite"):
        export_weights(network, tmp_path / "w.npz")
    assert os.listdir(tmp_path) == []
