"""Looks, before Qt is loaded, whether a window can open here, and names what is missing."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Mapping

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

NO_DISPLAY = (
    "nndesigner needs a display to open its window, and there is none here. "
    "These work without one: nndesigner train, new, evaluate, predict, export, describe "
    "(for example: nndesigner train samples/digits.nnd)"
)


def missing_display(environment: Mapping[str, str], platform: str = sys.platform) -> str:
    """One line that names what works without a display where there is none, or an empty text."""
    if not platform.startswith("linux") or environment.get("QT_QPA_PLATFORM"):
        return ""
    if environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        return ""
    return NO_DISPLAY


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
