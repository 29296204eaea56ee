"""Compiles the engine in processes of their own: every core helps, and a window stays smooth.

Numba compiles in Python code, which holds the interpreter lock: a thread that compiles makes every
other thread of its process stutter. A worker compiles what it is told into the folder where
compiled kernels are kept; who waits loads them from there.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from nndesigner.engine import jit, kept, threads

log = logging.getLogger(__name__)

#: What gets the share that is done, from 0 to 1, and what is compiled next.
Progress = Callable[[float, str], None]

#: Each worker takes some 300 MB.
_MOST_WORKERS = 4
_LOOK_SECONDS = 0.25
#: How long workers that are told to end may take, and then those that are killed.
_LEAVING_SECONDS = 1.5
_KILLED_SECONDS = 3.0


class Crew:
    """Workers that come when there is something to compile and leave when there is nothing."""

    def __init__(self, size: int, command: Sequence[str]) -> None:
        """At most ``size`` processes of ``command``, each told a name a line until its input ends.

        A worker answers with the same line when that is compiled.
        """
        self._size, self._command = size, list(command)
        self._change = threading.Condition()
        self._waiting: deque[str] = deque()
        self._wishes: list[list[str]] = []  # of those who wait
        self._at_work: set[str] = set()
        self._finished: set[str] = set()
        self._processes: set[subprocess.Popen[str]] = set()
        self._serving = 0
        self._dismissed = False

    def compile(self, names: Sequence[str], progress: Progress) -> bool:
        """Wait until all of these are compiled; they come before all else that waits.

        What a worker could not compile is left to the caller, who finds out when it loads it.
        False says that the crew is dismissed and nobody wants them any more. What ``progress``
        raises ends the waiting; what nobody else waits for is not begun then.
        """
        wanted = list(dict.fromkeys(names))
        with self._change:
            self._wishes.append(wanted)
            try:
                self._put_first(wanted)
                self._hire(min(len(self._waiting), self._size - self._serving))
                while self._serving and not self._dismissed:
                    missing = [name for name in wanted if name not in self._finished]
                    if not missing:
                        break
                    progress(1 - len(missing) / len(wanted), missing[0])
                    self._change.wait(_LOOK_SECONDS)
            finally:
                self._give_up(wanted)
            return not self._dismissed

    def dismiss(self) -> None:
        """End all workers now and take no more work; what they have compiled is kept.

        It takes seconds at most: one that does not go (it was stopped, or ignores the signal) is
        killed, and one that cannot even be killed sees the end of its input when we are gone.
        """
        with self._change:
            self._dismissed = True
            self._waiting.clear()
            for process in self._processes:
                process.terminate()
            if self._change.wait_for(self._all_gone, _LEAVING_SECONDS):
                return
            for process in self._processes:
                process.kill()
            if not self._change.wait_for(self._all_gone, _KILLED_SECONDS):
                log.warning("%d processes that compile do not end", len(self._processes))

    # -- inside

    def _all_gone(self) -> bool:
        return not self._serving and not self._processes

    def _hire(self, count: int) -> None:
        """Start threads that serve, each with a worker; fewer where the system gives no more."""
        for _ in range(count):
            thread = threading.Thread(target=self._serve, name="compiling", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                log.warning("no further process can compile: %s", error)
                return
            self._serving += 1  # whoever counts it out waits for `_change`, which we hold

    def _put_first(self, names: Sequence[str]) -> None:
        for name in reversed(names):
            if name in self._waiting:
                self._waiting.remove(name)
            if name not in self._finished and name not in self._at_work:
                self._waiting.appendleft(name)

    def _give_up(self, wanted: list[str]) -> None:
        """Take from what waits all that nobody else wants."""
        self._wishes = [wish for wish in self._wishes if wish is not wanted]
        others = {name for wish in self._wishes for name in wish}
        for name in wanted:
            if name in self._waiting and name not in others:
                self._waiting.remove(name)

    def _serve(self) -> None:
        """What a thread does beside its worker: tell it names and hear that they are compiled."""
        done = False
        try:
            with self._worker() as process:
                while name := self._next():
                    try:
                        if not _told(process, name):
                            return
                    finally:  # also of one that failed: nobody is to wait for it
                        with self._change:
                            self._at_work.discard(name)
                            self._finished.add(name)
                            self._change.notify_all()
                done = True
        except OSError as error:
            log.warning("the engine cannot be compiled in a process of its own: %s", error)
        finally:
            with self._change:
                self._serving -= not done  # `_next` has counted out one that found nothing to do
                self._change.notify_all()

    def _next(self) -> str:
        """What is to be compiled next; empty, and one worker fewer, where nothing waits."""
        with self._change:
            if not self._waiting:
                self._serving -= 1
                return ""
            name = self._waiting.popleft()
            self._at_work.add(name)
            return name

    @contextlib.contextmanager
    def _worker(self) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=_environment(),
        )
        with self._change:
            self._processes.add(process)
            if self._dismissed:
                process.kill()
        try:
            yield process
        finally:
            with contextlib.suppress(OSError):
                process.communicate()
            with self._change:
                self._processes.discard(process)
                self._change.notify_all()


def _told(process: subprocess.Popen[str], name: str) -> bool:
    """Tell a worker a name; whether it answered that it is compiled."""
    if process.stdin is None or process.stdout is None:
        return False
    try:
        process.stdin.write(f"{name}\n")
        process.stdin.flush()
    except OSError:  # it is gone
        return False
    return process.stdout.readline().rstrip("\n") == name


def _environment() -> dict[str, str]:
    """Ours, with the package where we have it from."""
    package = str(Path(__file__).parents[2])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def crew_of_this_machine() -> Crew | None:
    """A crew for the cores that are there; None where kernels cannot be kept or no Python runs."""
    if jit.CACHE_FOLDER is None or not sys.executable or getattr(sys, "frozen", False):
        return None
    size = min(_MOST_WORKERS, threads.training_threads())
    # -P: a module in the folder that the program was started in must not be taken for ours.
    return Crew(size, [sys.executable, "-P", "-m", "nndesigner.engine.crew"])


def main() -> None:
    """What a worker does: compile for float32 what each line of its input names.

    One whose work cannot be kept is of no use to anybody and leaves.
    """
    from nndesigner.engine.ahead import compile_one

    for line in sys.stdin:
        name = line.rstrip("\n")
        compile_one(name)
        if kept.refused.is_set():
            return
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
