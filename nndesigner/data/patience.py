"""Waits for files that may not answer, as on a network that stalls, without holding anybody up.

Work runs on threads of its own while the one who waits is told how it goes and may give up. A piece
of work that never ends is left behind: its thread ends with the program at the latest.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from nndesigner.data.progress import Progress, tell
from nndesigner.errors import DataError

#: A file that has not answered for so long will not.
STALLED_SECONDS = 30.0
#: Reading and decoding let the interpreter go, so that all cores can do it.
THREADS = max(2, min(8, os.cpu_count() or 1))
#: How often the one who waits is asked whether to go on.
_LOOK_SECONDS = 0.1
_LOOK_EVERY = 16
#: How long threads are waited for that should end at once.
_END_SECONDS = 0.5

T = TypeVar("T")


class Stalled(Exception):
    """A piece of work did not answer in time."""


class _Crew(Generic[T]):
    """Threads that do numbered pieces of work, never more than ``ahead`` beyond what was taken."""

    def __init__(self, work: Callable[[int], T], number: int, ahead: int) -> None:
        self._work, self._number, self._ahead = work, number, ahead
        self._news = threading.Condition()
        self._next = self._taken = 0
        self._stopped = False
        self._results: dict[int, tuple[T | None, BaseException | None]] = {}
        self._threads: list[threading.Thread] = []
        for _ in range(min(THREADS, number)):
            self._hire()

    def _hire(self) -> None:
        thread = threading.Thread(target=self._run, name="reading files", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self) -> None:
        while True:
            with self._news:
                while not self._stopped and self._next >= self._taken + self._ahead:
                    self._news.wait()
                if self._stopped or self._next >= self._number:
                    return
                index = self._next
                self._next += 1
            result: tuple[T | None, BaseException | None]
            try:
                result = self._work(index), None
            except BaseException as error:  # carried over to the one who waits
                result = None, error
            with self._news:
                if index >= self._taken:  # else nobody waits for it any more
                    self._results[index] = result
                self._news.notify_all()

    def take(
        self, index: int, look: Callable[[], None], alive: Callable[[], float] = lambda: 0.0
    ) -> T:
        """The outcome of a piece of work; ``alive`` says when it last showed that it goes on.

        Raises: Stalled, what the work and ``look`` raise.
        """
        looked = began = time.monotonic()
        while True:
            with self._news:
                if index not in self._results:
                    self._news.wait(_LOOK_SECONDS)
                found = self._results.pop(index, None)
                now = time.monotonic()
                if found is not None or now - max(began, alive()) > STALLED_SECONDS:
                    self._taken = index + 1
                    self._news.notify_all()
                    break
            if now - looked >= _LOOK_SECONDS:
                looked = now
                look()
        if found is None:
            self._hire()  # one is lost to the file that does not answer
            raise Stalled
        value, error = found
        if error is not None:
            raise error
        return value  # type: ignore[return-value]

    def stop(self) -> None:
        """Let no further work begin, and wait a moment for what is under way."""
        with self._news:
            self._stopped = True
            self._news.notify_all()
        end = time.monotonic() + _END_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))


def in_order(
    work: Callable[[int], T],
    number: int,
    look: Callable[[int], None],
    stalled: Callable[[int], T],
    ahead: int = 1024,
) -> Iterator[T]:
    """The outcomes of ``work(0)``, ``work(1)``, … on several threads, in this order.

    ``look`` is called with the piece that is waited for, before every sixteenth and ten times a
    second while one takes its time, and may raise to give up; ``stalled`` gives the outcome of one
    that does not answer. At most ``ahead`` outcomes wait to be taken.
    """
    crew = _Crew(work, number, max(ahead, 2 * THREADS))
    try:
        for index in range(number):
            if index % _LOOK_EVERY == 0:
                look(index)
            try:
                yield crew.take(index, lambda at=index: look(at))  # type: ignore[misc]
            except Stalled:
                yield stalled(index)
    finally:
        crew.stop()


class Pulse:
    """What a long piece of work calls now and then: to say that it goes on, and to ask whether it
    is still wanted.
    """

    def __init__(self) -> None:
        self.last = time.monotonic()
        self.wanted = True

    def beat(self) -> bool:
        """Whether to go on."""
        self.last = time.monotonic()
        return self.wanted


def patiently(work: Callable[[Pulse], T], progress: Progress | None, share: float, words: str) -> T:
    """The outcome of one long piece of work.

    Raises: DataError when it does not answer or the one who waits gave up; what the work raises.
    """
    pulse = Pulse()
    if progress is None:
        return work(pulse)
    crew = _Crew(lambda _: work(pulse), 1, 1)
    try:
        return crew.take(0, lambda: tell(progress, share, words), lambda: pulse.last)
    except Stalled:
        raise DataError(
            f"{words[:1].upper()}{words[1:]}: no answer for {STALLED_SECONDS:.0f} s. Is the disk "
            "or the network there?"
        ) from None
    finally:
        pulse.wanted = False
        crew.stop()
