"""What a run is told from other threads: to hold, to go on, to end, and how fast to go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

from nndesigner.training.feed import Feed

#: How often a paused run looks at what is wanted, in seconds.
_LOOK_SECONDS = 0.1

Wish = Literal["run", "pause", "stop"]


class Control:
    """The wishes of whoever steers a run; every verb may be called from any thread.

    The training thread asks `wishes` between two slices and waits in `hold` and `keep_pace`.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._changed = threading.Condition()
        self._wish: Wish = "run"
        self._pause_after_epoch = 0
        self._pace = 0.0

    # -- verbs for any thread

    def pause(self) -> None:
        """Hold after the current slice."""
        self._set("pause")

    def resume(self) -> None:
        """Go on after `pause`."""
        with self._changed:
            self._pause_after_epoch = 0
        self._set("run")

    def run_until(self, epoch: int) -> None:
        """Go on to the end of an epoch and hold there."""
        with self._changed:
            self._pause_after_epoch = epoch
        self._set("run")

    def stop(self) -> None:
        """End after the current slice."""
        self._set("stop")

    def set_pace(self, seconds: float) -> None:
        """Let every epoch take at least so many seconds; 0 is full speed."""
        with self._changed:
            self._pace = max(0.0, seconds)
            self._changed.notify_all()

    def wishes(self, wish: Wish) -> bool:
        """Whether this is what is wanted now."""
        return self._wish == wish

    @property
    def pace(self) -> float:
        """The least seconds of an epoch."""
        return self._pace

    # -- the training thread

    def epoch_ended(self, epoch: int, *, more: bool) -> None:
        """Hold where somebody asked to be shown epoch after epoch, if there are ``more``."""
        if self._pause_after_epoch and epoch >= self._pause_after_epoch:
            with self._changed:
                self._pause_after_epoch = 0
                if self._wish == "run" and more:
                    self._wish = "pause"

    def hold(self, serve: Callable[[frozenset[str]], None]) -> bool:
        """Wait while paused, serving what watchers newly want; return whether to go on."""
        if self.wishes("pause"):
            self._feed.post_status(state="paused", seconds_left=None)
            served: frozenset[str] = frozenset()
            while self.wishes("pause"):
                wanted = self._feed.wanted
                if wanted - served:  # copied without the lock: nobody's Stop waits for it
                    serve(wanted - served)
                served = wanted
                with self._changed:
                    if self.wishes("pause"):
                        self._changed.wait(_LOOK_SECONDS)
            if self.wishes("run"):
                self._feed.post_status(state="running")
        return self.wishes("run")

    def keep_pace(self, began: float) -> None:
        """Wait for the rest of an epoch's least time; any wish or a quicker pace ends it."""
        with self._changed:
            while self.wishes("run"):
                left = began + self._pace - time.monotonic()
                if left <= 0:
                    return
                self._changed.wait(left)

    def _set(self, wish: Wish) -> None:
        with self._changed:
            if self._wish != "stop":
                self._wish = wish
            self._changed.notify_all()
