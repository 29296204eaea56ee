"""What every test stands on: no screen, a home of its own, real data, and no thread left behind."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _private_home() -> Path:
    """A folder for settings and state that goes away after the session, set before Qt looks."""
    home = Path(tempfile.mkdtemp(prefix="nndesigner-tests-"))
    for variable in ("CONFIG", "DATA", "STATE"):
        folder = home / variable.lower()
        folder.mkdir()
        os.environ[f"XDG_{variable}_HOME"] = str(folder)
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)  # Qt complains about any other mode
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    # The compiled engine stays from run to run: compiling it anew costs most of a minute.
    cache = ROOT / ".pytest_cache" / "home"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        cache = home / "cache"
        cache.mkdir()
    os.environ["XDG_CACHE_HOME"] = str(cache)
    return home


os.environ["QT_QPA_PLATFORM"] = "offscreen"
_HOME = _private_home()


def pytest_unconfigure() -> None:
    """Take the session's home away again."""
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data beside the checkout; the test is skipped where there is none."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("../shared/data is absent: this test needs its real data")
    return folder


@pytest.fixture(autouse=True)
def no_thread_left_behind() -> Iterator[None]:
    """A thread that a test started and that would keep the program alive is a defect."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 2.0
    while True:
        left = [
            thread
            for thread in threading.enumerate()
            if thread not in before and not thread.daemon and thread.is_alive()
        ]
        if not left:
            return
        if time.monotonic() > deadline:
            names = ", ".join(thread.name for thread in left)
            pytest.fail(f"threads were left behind: {names}")
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def no_window_left_behind() -> Iterator[None]:
    """Closed windows go for good: without an event loop Qt keeps what asked to be deleted later.

    Each one left would be styled again whenever a later test changes the theme.
    """
    yield
    if "PySide6.QtWidgets" in sys.modules:
        from PySide6.QtCore import QCoreApplication, QEvent

        if QCoreApplication.instance() is not None:
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
