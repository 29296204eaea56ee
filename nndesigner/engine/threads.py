"""Processor, cores and BLAS: what must be chosen before the number libraries are loaded."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def prepare_environment() -> None:
    """Choose OpenBLAS' kernels and how threads wait; a program calls this first of all.

    OpenBLAS runs its AVX2 kernels on AMD processors that have AVX-512; its AVX-512 kernels are
    nearly twice as fast there. A variable that the user has set is left alone.
    """
    if "scipy.linalg" not in sys.modules and _amd_with_avx512():
        os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "OMP_WAIT_POLICY" not in os.environ:
        # Threads that wait by spinning take the cores from the window and from other programs: a
        # fifth of the speed was left beside one busy process. A short spin costs an idle machine
        # nothing.
        os.environ.setdefault("GOMP_SPINCOUNT", "2000")


def _amd_with_avx512() -> bool:
    try:
        facts = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")[:20_000]
    except OSError:
        return False
    needed = ("AuthenticAMD", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd")
    return all(word in facts for word in needed)


def core_count() -> int:
    """The processor cores that this process may use."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


def training_threads() -> int:
    """How many cores to compute on: all of one or two, else all but the one that draws."""
    cores = core_count()
    return cores if cores <= 2 else cores - 1
