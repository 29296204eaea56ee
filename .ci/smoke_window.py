"""Starts the real window on a virtual screen, sees that it draws, closes it as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCREEN = "1280x800x24"
SECONDS_TO_OPEN = 120  # the first start of a fresh machine, with two slow cores
SECONDS_TO_CLOSE = 60

#: Run inside the virtual screen: how many colours the whole screen shows, and a picture of it.
LOOK = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication(["look"])
image = app.primaryScreen().grabWindow(0).toImage()
image.save(sys.argv[1])
seen = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
print(len(seen))
"""


def main() -> int:
    """Go on to the virtual screen, or be on it already."""
    if len(sys.argv) > 1 and sys.argv[1] == "inside":
        return inside()
    command = ["xvfb-run", "-a", "-s", f"-screen 0 {SCREEN}", sys.executable, __file__, "inside"]
    return subprocess.run(command, check=False, timeout=600).returncode


def inside() -> int:
    """Open, look, close. The exit code is that of the program, or 1 with a sentence."""
    with tempfile.TemporaryDirectory(prefix="nndesigner-smoke-") as home:
        manager = subprocess.Popen(
            ["openbox", "--sm-disable"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            return walk(Path(home))
        finally:
            manager.terminate()
            manager.wait(timeout=10)


def walk(home: Path) -> int:
    """The walk itself, with a home of its own."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "xcb",
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
    }
    log = home / "log.txt"
    with log.open("wb") as sink:
        program = subprocess.Popen(
            [sys.executable, "-m", "nndesigner"], env=environment, stdout=sink, stderr=sink
        )
    try:
        window = wait_for_window(program)
        if window is None:
            return complain("no window came up", log)
        colours = wait_for_drawing(home / "screen.png")
        keep_picture(home / "screen.png")
        if colours < 20:
            return complain(f"the window stays blank: {colours} colours", log)
        print(f"the window is up and shows {colours} colours")
        subprocess.run(["xdotool", "windowactivate", "--sync", window], check=False, timeout=30)
        subprocess.run(["xdotool", "key", "--clearmodifiers", "alt+F4"], check=True, timeout=30)
        try:
            code = program.wait(timeout=SECONDS_TO_CLOSE)
        except subprocess.TimeoutExpired:
            return complain(f"it was still running {SECONDS_TO_CLOSE} s after closing", log)
        if code != 0:
            return complain(f"it ended with exit code {code}", log)
        said = log.read_text("utf-8", errors="replace").strip()
        if "Traceback" in said or "QThread" in said:
            return complain("it ended well, but complained", log)
        print("it closed with exit code 0")
        return 0
    finally:
        if program.poll() is None:
            program.kill()
            program.wait(timeout=10)


def wait_for_window(program: subprocess.Popen[bytes]) -> str | None:
    """The id of the program's main window, once it is on the screen."""
    deadline = time.monotonic() + SECONDS_TO_OPEN
    while time.monotonic() < deadline and program.poll() is None:
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--pid", str(program.pid)],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        for window in reversed(found.stdout.split()):
            size = subprocess.run(
                ["xdotool", "getwindowgeometry", "--shell", window],
                capture_output=True,
                text=True,
                check=False,
                timeout=30,
            ).stdout
            facts = dict(line.split("=") for line in size.split() if "=" in line)
            if int(facts.get("WIDTH", 0)) >= 640 and int(facts.get("HEIGHT", 0)) >= 400:
                return window
        time.sleep(0.25)
    return None


def wait_for_drawing(picture: Path) -> int:
    """How many colours the screen shows once it shows enough, or after half a minute."""
    colours = 0
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and colours < 20:
        time.sleep(1.0)
        seen = subprocess.run(
            [sys.executable, "-c", LOOK, str(picture)],
            env={**os.environ, "QT_QPA_PLATFORM": "xcb"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        colours = int(seen.stdout.split()[-1])
    return colours


def keep_picture(picture: Path) -> None:
    """A copy under build/ for whoever wants to see what the check saw."""
    folder = Path(__file__).resolve().parents[1] / "build"
    folder.mkdir(exist_ok=True)
    (folder / "smoke.png").write_bytes(picture.read_bytes())


def complain(sentence: str, log: Path) -> int:
    """Say what went wrong and what the program said."""
    print(f"smoke run: {sentence}")
    print(log.read_text("utf-8", errors="replace")[-4000:])
    return 1


if __name__ == "__main__":
    sys.exit(main())
