"""Looks, before Qt is loaded, whether a window can open here, and names what is missing."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

#: The shared libraries that Qt's widgets load, and the Debian package of each.
LIBRARIES: dict[str, str] = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
}
#: Those that a window on X11 needs as well.
X11_LIBRARIES: dict[str, str] = {
    "libX11.so.6": "libx11-6",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}

_WITHOUT = (
    "These work without one: nndesigner train, new, evaluate, predict, export, describe "
    "(for example: nndesigner train samples/digits.nnd)"
)
NO_DISPLAY = f"nndesigner needs a display to open its window, and there is none here. {_WITHOUT}"
#: A display that does not answer within so many seconds is as good as none.
PATIENCE_S = 3.0
#: Where a number of an X display is listened for on a network.
_X_PORT = 6000


def missing_display(
    environment: Mapping[str, str],
    platform: str = sys.platform,
    answers: Callable[[str, str], bool] | None = None,
) -> str:
    """One line that names what works without a display where there is none, or an empty text.

    ``answers`` is asked whether a display of a kind (``x11`` or ``wayland``) can be connected to:
    Qt ends the whole process where it cannot.
    """
    if not platform.startswith("linux"):
        return ""
    chosen = environment.get("QT_QPA_PLATFORM", "")
    plugins = [part.partition(":")[0] for part in chosen.split(";")] if chosen else []
    if plugins and not all(name == "xcb" or name.startswith("wayland") for name in plugins):
        return ""  # offscreen, vnc and their like need no display, and Qt says what it lacks
    reach = answers or (lambda kind, name: _answers(kind, name, environment))
    wanted = []
    if not plugins or any(name.startswith("wayland") for name in plugins):
        # Without a name Wayland means its first display, which X needs to be told.
        name = environment.get("WAYLAND_DISPLAY", "wayland-0" if plugins else "")
        wanted.append(("wayland", name))
    if not plugins or "xcb" in plugins:
        wanted.append(("x11", environment.get("DISPLAY", "")))
    named = [(kind, name) for kind, name in wanted if name]
    if any(reach(kind, name) for kind, name in named):
        return ""
    if not named:
        return NO_DISPLAY
    names = " and ".join(name for _, name in named)
    verb = "does" if len(named) == 1 else "do"
    return (
        f"nndesigner needs a display to open its window, and {names} {verb} not answer. {_WITHOUT}"
    )


def _answers(kind: str, name: str, environment: Mapping[str, str]) -> bool:
    """Whether something listens where a display of that name would."""
    if kind == "wayland":
        if environment.get("WAYLAND_SOCKET"):
            return True  # a connection that is already open was handed to this process
        return _connects(socket.AF_UNIX, str(_runtime(environment) / name))
    if name.startswith("/"):  # as on a Mac: the path of a socket
        return _connects(socket.AF_UNIX, name) or _connects(
            socket.AF_UNIX, name.rpartition(".")[0] or name
        )
    host, colon, rest = name.rpartition(":")
    number = rest.partition(".")[0]
    if not colon or not number.isdigit():
        return False
    host = host.rpartition("/")[2].strip("[]")
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{int(number)}"
        return (
            _connects(socket.AF_UNIX, path)
            or _connects(socket.AF_UNIX, f"\0{path}")
            or _connects(socket.AF_INET, ("localhost", _X_PORT + int(number)))
        )
    try:
        with socket.create_connection((host, _X_PORT + int(number)), PATIENCE_S):
            return True
    except (OSError, OverflowError):
        return False


def _connects(family: int, address: str | tuple[str, int]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as end:
            end.settimeout(PATIENCE_S)
            end.connect(address)
            return True
    except (OSError, OverflowError, ValueError):
        return False


def _runtime(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("XDG_RUNTIME_DIR", ""))


def missing_libraries(
    environment: Mapping[str, str],
    platform: str = sys.platform,
    load: Callable[[str], object] = ctypes.CDLL,
) -> str:
    """One line that names the packages of the system libraries that Qt misses, or an empty text."""
    if not platform.startswith("linux"):
        return ""
    wanted = dict(LIBRARIES)
    chosen = environment.get("QT_QPA_PLATFORM", "")
    if chosen.startswith("xcb") or (not chosen and not environment.get("WAYLAND_DISPLAY")):
        wanted |= X11_LIBRARIES
    packages = []
    missing = []
    for library, package in wanted.items():
        try:
            load(library)
        except OSError:
            missing.append(library)
            packages.append(package)
    if not missing:
        return ""
    what = f"the system library {missing[0]}" if len(missing) == 1 else "system libraries"
    return (
        f"nndesigner's window needs {what} that {'is' if len(missing) == 1 else 'are'} not "
        f"installed: run sudo apt install {' '.join(packages)} "
        "(on other systems, the packages with the same libraries)"
    )


def window_problem(environment: Mapping[str, str] | None = None) -> str:
    """Why no window can open here, in one line, or an empty text."""
    environment = os.environ if environment is None else environment
    return missing_display(environment) or missing_libraries(environment)
