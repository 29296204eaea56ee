"""Before Qt: no display and missing libraries are one line each, with the remedy."""

from __future__ import annotations

import os
import socket
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
    assert missing_display(environment, platform, lambda kind, name: True) == ""


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"DISPLAY": ":77"}, ":77 does not answer"),
        ({"DISPLAY": "localhost:77.0"}, "localhost:77.0 does not answer"),
        ({"DISPLAY": "nonsense"}, "nonsense does not answer"),
        ({"DISPLAY": ":99999999"}, ":99999999 does not answer"),
        ({"DISPLAY": "/tmp/absent:0"}, "absent:0 does not answer"),
        ({"WAYLAND_DISPLAY": "wayland-9"}, "wayland-9 does not answer"),
        ({"DISPLAY": ":77", "WAYLAND_DISPLAY": "wayland-9"}, "wayland-9 and :77 do not answer"),
        ({"QT_QPA_PLATFORM": "xcb"}, "there is none here"),
        ({"QT_QPA_PLATFORM": "xcb", "WAYLAND_DISPLAY": "wayland-9"}, "there is none here"),
        ({"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":77"}, ":77 does not answer"),
        ({"QT_QPA_PLATFORM": "wayland"}, "wayland-0 does not answer"),
    ],
)
def test_a_display_that_does_not_answer_is_one_line(tmp_path, environment, named):
    """Qt ends the process with a core dump there: the line must come first."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "QT_QPA_PLATFORM")
    }
    ended = subprocess.run(
        [sys.executable, "-m", "nndesigner"],
        env={**clean, "XDG_RUNTIME_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert named in line
    assert "nndesigner train" in line


@pytest.fixture
def listening():
    """Opens sockets that take connections, as a display does."""
    ends = []

    def listen(family, address):
        end = socket.socket(family, socket.SOCK_STREAM)
        ends.append(end)
        end.bind(address)
        end.listen()
        return end

    yield listen
    for end in ends:
        end.close()


def test_a_display_that_answers_is_taken(listening, tmp_path):
    listening(socket.AF_UNIX, str(tmp_path / "wayland-5"))
    runtime = {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert missing_display({"WAYLAND_DISPLAY": "wayland-5", **runtime}, "linux") == ""
    assert missing_display({"WAYLAND_DISPLAY": str(tmp_path / "wayland-5")}, "linux") == ""
    assert missing_display({"DISPLAY": ":77", "WAYLAND_DISPLAY": "wayland-5", **runtime}) == ""
    listening(socket.AF_UNIX, "\0/tmp/.X11-unix/X7301")
    assert missing_display({"DISPLAY": ":7301.0"}, "linux") == ""
    assert missing_display({"DISPLAY": "unix:7301"}, "linux") == ""


def test_a_display_on_another_machine_is_asked_over_the_network(listening):
    port = listening(socket.AF_INET, ("localhost", 0)).getsockname()[1]
    assert port > 6000
    assert missing_display({"DISPLAY": f"localhost:{port - 6000}.0"}, "linux") == ""


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
