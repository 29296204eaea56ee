"""The state of a training in a project file, so that it goes on as if never interrupted.

Numbers are JSON, arrays are raw and little-endian: ``state/weights.f32`` and its kin, and
``state/search.f64`` for what L-BFGS remembers.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import numpy as np

from nndesigner.errors import FileError
from nndesigner.files.container import Archive, memory_limit
from nndesigner.files.text import convert, the_object
from nndesigner.training.run_state import ARRAYS, Progress, TrainingState, expected_sizes

_TYPES = {name: ("f64", "<f8") if name == "search" else ("f32", "<f4") for name in ARRAYS}
Count = Annotated[int, msgspec.Meta(ge=0, le=2**40)]


def state_out(state: TrainingState, members: dict[str, bytes]) -> dict[str, Any]:
    """A state as plain values; its arrays become members of the file."""
    counts: dict[str, int] = {}
    for name in ARRAYS:
        array = state.arrays[name]
        if len(array):
            ending, kind = _TYPES[name]
            members[f"state/{name}.{ending}"] = np.ascontiguousarray(array, dtype=kind).tobytes()
            counts[name] = len(array)
    return {"progress": msgspec.to_builtins(state.progress), "arrays": counts}


def state_in(value: Any, archive: Archive, parameters: int, slots: int, name: str) -> TrainingState:
    """A state from plain values, its arrays checked against the network's. Raises: FileError."""
    path = "$.trained.state"
    found = the_object(value, path, name, ("progress", "arrays"))
    progress = convert(found.get("progress"), Progress, f"{path}.progress", name)
    counts = convert(found.get("arrays"), dict[str, Count], f"{path}.arrays", name)
    if min(progress.epoch, progress.first, progress.step, progress.rows) < 0:
        raise FileError(f"{name}: {path}.progress holds counts below 0")
    if progress.first > progress.rows:
        raise FileError(f"{name}: {path}.progress is beyond the rows that it names")
    wanted = expected_sizes(parameters, slots)
    for key, count in counts.items():
        if key not in ARRAYS or count not in wanted.get(key, (count,)):
            raise FileError(
                f"{name} is damaged: the state of its training does not fit its network ({key})"
            )
    arrays = {}
    for key in ARRAYS:
        ending, kind = _TYPES[key]
        size = counts.get(key, 0) * np.dtype(kind).itemsize
        if not size:
            arrays[key] = np.zeros(0, kind)
            continue
        if size > memory_limit():
            raise FileError(f"cannot read {name}: the state of its training is beyond the memory")
        content = archive.read(f"state/{key}.{ending}", size)
        if len(content) != size:
            raise FileError(f"{name} is damaged: state/{key}.{ending} has a wrong size")
        arrays[key] = np.frombuffer(content, dtype=kind).astype(kind[1:])
        if not np.isfinite(arrays[key]).all():
            raise FileError(f"{name} is damaged: state/{key}.{ending} holds numbers not finite")
    if len(arrays["weights"]) != parameters or len(arrays["optimizer"]) != parameters * slots:
        raise FileError(f"{name} is damaged: the state of its training is not whole")
    return TrainingState(progress, arrays)
