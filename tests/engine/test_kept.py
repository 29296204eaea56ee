"""Compiled kernels on disk: what damages them costs a compilation and nothing else."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.engine import jit, kept

SOURCE = """
from nndesigner.engine.jit import kernel


@kernel()
def doubled(numbers):
    for i in range(numbers.shape[0]):
        numbers[i] *= 2
"""


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Starts anew: gives a kernel that is not loaded yet, with code kept in a folder of its own."""
    monkeypatch.setattr(jit, "CACHE_FOLDER", tmp_path / "kernels")
    path = tmp_path / "tiny.py"
    path.write_text(SOURCE)

    def load() -> Any:
        jit.cache_folder_of.cache_clear()
        spec = importlib.util.spec_from_file_location("tiny", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "tiny", module)
        spec.loader.exec_module(module)
        return module.doubled

    yield load
    jit.cache_folder_of.cache_clear()


def works(kernel: Any, dtype: Any = np.float32) -> bool:
    """Whether a kernel computes what it should; True when its code came from the disk."""
    numbers = np.arange(5, dtype=dtype)
    kernel(numbers)
    assert numbers.tolist() == [0, 2, 4, 6, 8]
    return bool(kernel.stats.cache_hits)


def files(tmp_path: Path, ending: str) -> list[Path]:
    return sorted((tmp_path / "kernels").rglob(f"*.{ending}"))


def test_code_is_compiled_once_and_then_loaded(start: Callable[[], Any]) -> None:
    assert not works(start())
    assert works(start())
    assert kept.forms(start()).count("float32") == 1


GARBAGE = {
    "empty": lambda content: b"",
    "zeros": lambda content: bytes(len(content)),
    "half": lambda content: content[: len(content) // 2],
    "noise": lambda content: np.random.default_rng(1).bytes(len(content)),
    "another thing": lambda content: b"\x80\x04\x8c\x06wrong!\x94.",
}


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", GARBAGE.values(), ids=GARBAGE.keys())
def test_damaged_code_is_compiled_anew_and_kept(
    start: Callable[[], Any], tmp_path: Path, ending: str, damage: Callable[[bytes], bytes]
) -> None:
    works(start())
    (path,) = files(tmp_path, ending)
    path.write_bytes(damage(path.read_bytes()))
    assert isinstance(kept.forms(start()), str)
    assert not works(start())
    assert works(start()), "it is whole again"
    assert kept.forms(start()).count("float32") == 1


def test_one_changed_bit_of_code_is_noticed(start: Callable[[], Any], tmp_path: Path) -> None:
    """Machine code that a disk spoiled unpickles well, and would crash the program."""
    works(start())
    (path,) = files(tmp_path, "nbc")
    content = bytearray(path.read_bytes())
    content[content.index(b"\x7fELF") + 700 if b"\x7fELF" in content else len(content) // 2] ^= 4
    path.write_bytes(content)
    assert not works(start())
    assert works(start())


def test_code_of_another_form_is_not_taken(start: Callable[[], Any], tmp_path: Path) -> None:
    """A list begun anew names files that may still hold what the old list had there."""
    kernel = start()
    works(kernel, np.float64)
    works(kernel, np.float32)
    first, second = files(tmp_path, "nbc")
    first.write_bytes(second.read_bytes())
    assert not works(start(), np.float64)
    assert works(start(), np.float64)
