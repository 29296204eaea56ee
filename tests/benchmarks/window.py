"""How smooth the window stays while the engine is compiled beside it, and how soon Train begins.

``python -m tests.benchmarks.window`` opens the window off screen with nothing compiled, measures
the pauses of its event loop until the whole engine is there, and then once more with Train pressed
after some seconds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

#: A pause that is seen.
SEEN_MS = 50
_PATIENCE_SECONDS = 300


def measure(press_after: float) -> str:
    """One start in this process, whose caches must be empty; what was measured, in words."""
    from nndesigner.engine.threads import prepare_environment

    prepare_environment()
    from PySide6.QtCore import QTimer

    from nndesigner.ui import theme
    from nndesigner.ui.app import Warming, make_application
    from nndesigner.ui.preferences import Preferences
    from nndesigner.ui.window import MainWindow

    app = make_application()
    theme.apply("light")
    window = MainWindow(Preferences())
    warming = Warming(window)
    window.resize(1280, 800)
    window.show()
    window.start_with(None)
    shown = time.perf_counter()
    while time.perf_counter() < shown + 2:
        app.processEvents()
    pauses: list[float] = []
    shares = [0.0]
    begun = last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        pauses.append(1000 * (now - last))
        last = now

    timer = QTimer()
    timer.setInterval(10)
    timer.timeout.connect(tick)
    warming.progressed.connect(lambda share, text: shares.append(share))
    timer.start()
    warming.start()
    pressed = trained = 0.0
    while time.perf_counter() < begun + _PATIENCE_SECONDS:
        app.processEvents()
        time.sleep(0.001)
        now = time.perf_counter()
        if press_after and not pressed and now > begun + press_after:
            pressed = now
            window.toolbar.train_button.click()
        if pressed and not trained and window.runner.state == "running":
            trained = now
        if max(shares) >= 1 and (trained or not press_after):
            break
    took = time.perf_counter() - begun
    window.runner.shut_down()
    warming.stop()
    window.document.mark_discarded()
    window.close()
    seen = sum(pause > SEEN_MS for pause in pauses)
    words = f"the whole engine after {took:.1f} s; {seen} pauses above {SEEN_MS} ms, the longest "
    words += f"{max(pauses):.0f} ms"
    if pressed:
        words += f"; Train pressed after {press_after:g} s began {trained - pressed:.1f} s later"
    return words


def main() -> None:
    """Measure each start in a process with a home of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--one", type=float, metavar="SECONDS", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one is not None:
        sys.stdout.write(measure(chosen.one) + "\n")
        return
    for _ in range(chosen.rounds):
        for press_after in (0.0, 3.0):
            with tempfile.TemporaryDirectory() as home:
                places = {
                    name: str(Path(home) / name)
                    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
                }
                subprocess.run(
                    [sys.executable, "-m", "tests.benchmarks.window", "--one", str(press_after)],
                    check=True,
                    stderr=subprocess.DEVNULL,
                    env={
                        **os.environ,
                        **places,
                        "NUMBA_CACHE_DIR": str(Path(home) / "kernels"),
                        "QT_QPA_PLATFORM": "offscreen",
                    },
                )


if __name__ == "__main__":
    main()
