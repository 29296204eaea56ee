"""Compiled kernels on disk: damage and a disk that refuses cost a compilation and nothing else."""

from __future__ import annotations

import errno
import importlib.util
import logging
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from numba.core.caching import CompileResultCacheImpl

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
    start: Callable[[], Any],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    ending: str,
    damage: Callable[[bytes], bytes],
) -> None:
    works(start())
    (path,) = files(tmp_path, ending)
    path.write_bytes(damage(path.read_bytes()))
    with caplog.at_level(logging.WARNING, kept.log.name):
        assert isinstance(kept.forms(start()), str)
        assert not works(start())
        assert len(caplog.records) <= 1, "it is said once"
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


@pytest.fixture(autouse=True)
def nothing_told_before() -> None:
    kept.refused.clear()
    kept.damaged.clear()


def refusing(code: int) -> Callable[..., Any]:
    def refuse(*arguments: object, **options: object) -> Any:
        raise OSError(code, "refused")

    return refuse


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_full_disk_keeps_nothing_and_computes(
    start: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    code: int,
) -> None:
    kernel = start()
    monkeypatch.setattr(kept.KeptCode, "_open_for_write", refusing(code))
    with caplog.at_level(logging.WARNING, kept.log.name):
        for dtype in (np.float32, np.float64, np.int64):
            assert not works(kernel, dtype)
    assert len(caplog.records) == 1, "it is said once"
    assert kept.refused.is_set()


def test_a_disk_that_fills_up_while_code_is_written_keeps_nothing_broken(
    start: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list has its place, the code has not."""
    kernel = start()
    with monkeypatch.context() as patch:
        patch.setattr(kept.KeptCode, "_save_data", refusing(errno.ENOSPC))
        assert not works(kernel)
    assert files(tmp_path, "nbi")
    assert not files(tmp_path, "nbc")
    assert not works(start())
    assert works(start())


def test_without_room_for_a_folder_nothing_is_kept_anywhere(
    start: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numba would go on to look beside the source, and end the program where that fails too."""
    monkeypatch.setattr("numba.core.caching.os.makedirs", refusing(errno.ENOSPC))
    kernel = start()
    assert not works(kernel)
    assert kept.forms(kernel) == ""
    assert not list(tmp_path.rglob("*.nbi"))
    for locator in CompileResultCacheImpl._locator_classes[1:]:
        monkeypatch.setattr(locator, "ensure_cache_path", lambda self: None)
    kernel = start()
    assert not works(kernel)
    assert not list(tmp_path.rglob("*.nbi"))


def test_the_folder_may_go_away(start: Callable[[], Any], tmp_path: Path) -> None:
    kernel = start()
    shutil.rmtree(tmp_path / "kernels")
    (tmp_path / "kernels").write_text("now a file")
    assert not works(kernel)


def test_a_users_own_kernels_are_kept_where_they_were(start: Callable[[], Any]) -> None:
    before = numba.config.CACHE_DIR
    start()
    assert before == numba.config.CACHE_DIR


def test_the_lock_lets_one_in_at_a_time(tmp_path: Path) -> None:
    entered, inside = threading.Event(), []

    def second() -> None:
        with kept.lock(tmp_path):
            inside.append("second")
            entered.set()

    with kept.lock(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        assert not entered.wait(0.2)
        inside.append("first")
    assert entered.wait(5)
    other.join()
    assert inside == ["first", "second"]


@pytest.mark.skipif(sys.platform == "win32", reason="locks are another thing there")
def test_a_home_without_locks_is_written_without(
    start: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network file system whose server has no lock daemon."""
    monkeypatch.setattr("fcntl.flock", refusing(errno.ENOLCK))
    assert not works(start())
    assert works(start())


def test_nobody_waits_for_ever_for_one_that_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "LOCK_SECONDS", 0.2)
    entered = threading.Event()

    def second() -> None:
        with kept.lock(tmp_path):
            entered.set()

    with kept.lock(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        assert entered.wait(5)
        other.join()
