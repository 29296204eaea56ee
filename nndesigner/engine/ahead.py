"""Gets compiled code ready before it is needed: what one engine uses, or all there is."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping, Sequence

import numpy as np

from nndesigner.engine import machine
from nndesigner.engine.augmenting import Augmenting
from nndesigner.engine.calling import Compiled
from nndesigner.engine.crew import Crew, Progress, crew_of_this_machine
from nndesigner.engine.engine import Engine, Plan
from nndesigner.engine.jit import kept_forms
from nndesigner.engine.kernels import augment
from nndesigner.engine.operations import OPERATIONS
from nndesigner.engine.operations.augmenting import take_augmented
from nndesigner.engine.operations.update import UPDATES
from nndesigner.engine.tape import TapeBuilder

#: The name of the loop that runs a tape, beside those of operations and optimizers.
MACHINE = "machine"
#: What nearly every first network uses: compiled before all else.
_USUAL = (
    "dense_back", "dense", "bias_back", "bias", "activate_back", "activate", "take_rows",
    "softmax_back", "softmax", "categorical_logits", "binary_logits", "squared", "adam",
)  # fmt: skip
#: The name of the kernel that changes rows beside the training.
AUGMENT = "augment"
#: A worker takes a second to start: fewer functions are sooner compiled here.
_WORTH_WORKERS = 3


_closing = threading.Event()


@functools.cache
def functions() -> Mapping[str, Compiled]:
    """Every compiled function of an operation or an optimizer, by its name."""
    found: list[Compiled | None] = [
        function
        for operation in OPERATIONS.values()
        for function in (
            operation.backward, operation.forward, operation.meet, operation.meet_back
        )
    ]  # fmt: skip
    found += [
        function for update in UPDATES.values() for function in (update.change, update.before)
    ]
    found.append(take_augmented)
    return {function.name: function for function in found if function is not None}


def compile_one(name: str) -> None:
    """Compile one function for float32, or load it."""
    if name == AUGMENT:
        _augment_nothing()
        return
    if name != MACHINE:
        functions()[name].address(np.float32)
        return
    builder = TapeBuilder()  # the shortest there is: its operations are compiled with it
    builder.begin("input", {})
    tape = builder.finish(builder.input((2,)), "mse", labels=False, classes=False, target_size=2)
    Engine(tape, batch=4, plan=Plan(2, 2)).prepare()


def prepare(engine: Engine, progress: Progress | None = None, *, also: Sequence[str] = ()) -> bool:
    """Compile or load what an engine needs for training, and ``also`` others by their names.

    The first time it takes some seconds; other threads of this process run on meanwhile. False
    says that the program is being closed. What ``progress`` raises ends it. Safe from any thread.
    """
    tell = progress or _silent
    names = [MACHINE, *(function.name for function in engine.functions()), *also]
    if engine.dtype == np.float32 and not _compile_apart(names, tell):
        return False
    # One by one, and without the computing lock: whoever watches can give up between two of them.
    missing = [each for each in engine.functions() if not each.is_kept(engine.dtype)]
    for done, function in enumerate(missing):
        if _closing.is_set():
            return False
        tell(done / (len(missing) + 1), function.name)
        function.address(engine.dtype)
    if missing:
        tell(len(missing) / (len(missing) + 1), MACHINE)
    engine.prepare()
    for name in also:
        compile_one(name)
    return True


def prepare_all(progress: Progress | None = None) -> None:
    """Compile or load the whole engine, whatever will be drawn."""
    tell = progress or _silent
    names = list(dict.fromkeys([MACHINE, *_USUAL, *functions(), AUGMENT]))
    if _compile_apart(names, lambda share, name: tell(0.95 * share, name)):
        for name in names:
            if _closing.is_set():
                return
            compile_one(name)


def dismiss() -> None:
    """End all workers: the program is closed. What they have compiled is kept."""
    _closing.set()
    crew = _crew()
    if crew is not None:
        crew.dismiss()


# -- inside


def _compile_apart(names: Sequence[str], progress: Progress) -> bool:
    """Have what is not kept compiled in other processes, where that is worth it and possible.

    False when the program is being closed.
    """
    missing = [name for name in names if not _is_kept(name)]
    crew = _crew() if len(missing) >= _WORTH_WORKERS else None
    return crew is None or crew.compile(missing, progress)


@functools.cache
def _crew() -> Crew | None:
    """The workers of this process, hired when there is something to do for the first time."""
    return crew_of_this_machine()


def _augment_nothing() -> None:
    """Compile the kernel by changing one number in no way."""
    one = np.zeros((1, 1), np.float32)
    nothing = Augmenting(
        None, np.zeros(augment.NUMBERS), np.zeros(augment.NORMALS, np.float32), seed=0
    )
    nothing.fill(one, np.zeros(1, np.int64), one.copy(), one[:0])


def _is_kept(name: str) -> bool:
    if name == AUGMENT:
        return "float32" in kept_forms(augment.augment)
    if name == MACHINE:
        # Its forms have long signatures; that for float32 is enough to know.
        return all("float32" in kept_forms(each) for each in (machine.train, machine.evaluate))
    return functions()[name].is_kept(np.float32)


def _silent(share: float, name: str) -> None:
    """Tell nobody."""
