"""Before Qt: no display and missing libraries are one line each, with the remedy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nndesigner.startup import LIBRARIES, missing_display, missing_libraries, window_problem


def test_without_a_display_the_line_names_what_works_without_one():
    line = missing_display({}, "linux")
    assert "\n" not in line
    assert "nndesigner train" in line


@pytest.mark.parametrize(
    ("environment", "platform"),
    [
        ({"DISPLAY": ":0"}, "linux"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux"),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux"),
        ({}, "darwin"),
        ({}, "win32"),
    ],
)
def test_with_a_display_there_is_nothing_to_say(environment, platform):
    assert missing_display(environment, platform) == ""


def without(*missing):
    def load(name: str) -> object:
        if name in missing:
            raise OSError(f"{name}: cannot open shared object file")
        return object()

    return load


def test_a_missing_library_is_named_with_its_package():
    line = missing_libraries({"DISPLAY": ":0"}, "linux", without("libxcb-cursor.so.0"))
    assert "libxcb-cursor.so.0" in line
    assert "sudo apt install libxcb-cursor0" in line
    assert "\n" not in line


def test_several_missing_libraries_are_one_line_of_packages():
    load = without("libEGL.so.1", "libxkbcommon.so.0")
    line = missing_libraries({"DISPLAY": ":0"}, "linux", load)
    assert "apt install libegl1 libxkbcommon0" in line


def test_wayland_and_offscreen_do_not_need_the_libraries_of_x11():
    load = without("libxcb-cursor.so.0")
    assert missing_libraries({"WAYLAND_DISPLAY": "wayland-0"}, "linux", load) == ""
    assert missing_libraries({"QT_QPA_PLATFORM": "offscreen"}, "linux", load) == ""


def test_nothing_is_probed_elsewhere():
    assert missing_libraries({}, "darwin", without(*LIBRARIES)) == ""


def test_the_display_is_asked_for_first():
    assert "display" in window_problem({})


def test_looking_loads_no_qt():
    code = (
        "import sys; from nndesigner.startup import window_problem; window_problem({}); "
        "assert not any(name.startswith('PySide6') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
