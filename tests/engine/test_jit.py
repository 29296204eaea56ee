"""Where compiled kernels are kept: by their sources, whatever processes compile at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nndesigner.engine import jit

ENGINE = Path(jit.__file__).parent


def test_a_kernel_is_kept_by_all_that_it_builds_on(tmp_path: Path) -> None:
    """A change of a source that another imports changes the folder of both, and of no third."""
    elementwise = ENGINE / "kernels" / "elementwise.py"
    imported = set()
    waiting = [ENGINE / "operations" / "pointwise.py"]
    while waiting:
        path = waiting.pop()
        if path not in imported:
            imported.add(path)
            waiting += jit._imports(path)
    assert elementwise in imported
    assert ENGINE / "kernels" / "memory.py" in imported
    assert ENGINE / "ops.py" in imported
    assert ENGINE / "kernels" / "losses.py" not in imported


def test_the_time_of_change_counts(tmp_path: Path) -> None:
    source = tmp_path / "kernel.py"
    source.write_text("x = 1\n")
    before = jit._sources_hash(source)
    assert jit._sources_hash(source) == before
    os.utime(source, ns=(1, 1))
    assert jit._sources_hash(source) != before


SCRIPT = """
import numpy as np
from nndesigner.engine.operations import OPERATIONS
for operation in list(OPERATIONS.values())[:3]:
    operation.forward.address(np.{dtype})
"""


@pytest.mark.slow
def test_two_processes_compile_at_once_and_a_third_loads_both(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    kinds = ("float32", "float64", "float32", "float64")
    running = [
        subprocess.Popen([sys.executable, "-c", SCRIPT.format(dtype=kind)], env=environment)
        for kind in kinds
    ]
    assert [process.wait(120) for process in running] == [0] * len(kinds)
    for kind in kinds[:2]:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT.format(dtype=kind)],
            env={**environment, "NUMBA_DEBUG_CACHE": "1"}, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        assert "data saved" not in done.stdout + done.stderr
