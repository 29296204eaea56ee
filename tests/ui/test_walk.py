"""The whole walk through the real window: draw, break, mend, open a table, train, take home."""

from __future__ import annotations

import statistics
import time

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.files.weights import import_weights
from nndesigner.graph import Link
from nndesigner.training.predict import predict
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def window(qtbot, tmp_path):
    preferences = Preferences(tmp_path / "config" / "window.json")
    preferences.set(geometry=[0, 0, 1800, 1000])
    window = MainWindow(preferences)
    window.files.ask_unsaved = lambda running: "discard"
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.start_with(None)
    qtbot.waitUntil(lambda: window.document.dataset is not None, timeout=20_000)
    qtbot.wait(50)
    yield window
    window.close()


def drop_layer(window: MainWindow, kind: str, at: QPoint) -> str:
    """Drag a layer from the palette onto the canvas; gives the new node's id."""
    tree = window.palette_panel.tree
    item = next(
        row for row in window.palette_panel._rows() if window.palette_panel._kind(row) == kind
    )
    mime = tree.mimeData([item])
    view = window.canvas.viewport()
    enter = QDragEnterEvent(
        at,
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view, enter)
    assert enter.isAccepted()
    before = {node.id for node in window.document.graph.nodes}
    drop = QDropEvent(
        QPointF(at),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view, drop)
    (new,) = {node.id for node in window.document.graph.nodes} - before
    return new


def port(window: MainWindow, node: str, *, output: bool) -> QPoint:
    """Where a port of a node is on the viewport."""
    item = window.canvas.network.node_items[node]
    point = item.output_point if output else item.input_point
    return window.canvas.mapFromScene(point)


def drag_wire(window: MainWindow, source: str, target: str) -> None:
    """Draw a wire with the mouse."""
    view = window.canvas.viewport()
    start, end = port(window, source, output=True), port(window, target, output=False)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(view, start + (end - start) * share)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)


def picture(widget) -> bytes:
    image = widget.grab().toImage()
    return bytes(image.constBits())


def view_of(window: MainWindow, kind: str):
    return next(view for view in window.live.views if view.kind == kind)


def test_the_window_answers_within_50_ms_while_it_trains(qtbot, window):
    """Between two beats of a timer the window's thread works little, and most come in time.

    What it works is told by its own clock: on the wall's, other programs would count as well.
    """
    document, runner = window.document, window.runner
    document.edit_settings("long", document.settings.changed(epochs=1_000_000))
    window.commands["train"].trigger()
    qtbot.waitUntil(lambda: len(runner.feed.points()) >= 2, timeout=120_000)
    gaps: list[float] = []
    works: list[float] = []
    last = [time.monotonic(), time.thread_time()]

    def beat() -> None:
        now, worked = time.monotonic(), time.thread_time()
        gaps.append(now - last[0])
        works.append(worked - last[1])
        last[:] = now, worked

    timer = QTimer()
    timer.timeout.connect(beat)
    timer.start(1)
    qtbot.wait(1500)
    timer.stop()
    window.commands["stop"].trigger()
    qtbot.waitUntil(lambda: not runner.active, timeout=10_000)
    works.sort()
    assert len(works) > 10
    assert works[int(len(works) * 0.97)] < 0.05, works[-20:]
    assert works[-1] < 0.25, works[-20:]  # a view may draw itself anew once
    assert statistics.median(gaps) < 0.05, sorted(gaps)[-20:]


def test_the_whole_walk(qtbot, window, tmp_path, shared_data):
    document, commands, runner = window.document, window.commands, window.runner
    assert document.title == "digits"
    assert commands["train"].isEnabled()

    # drop a layer and wire it between the last two
    last = document.verdict.report.output
    before = document.graph.sources(last)[0]
    corner = QPoint(window.canvas.viewport().width() // 2, window.canvas.viewport().height() - 90)
    new = drop_layer(window, "dense", corner)
    assert "not connected" in document.verdict.first_error
    drag_wire(window, before, new)
    drag_wire(window, new, last)
    assert Link(before, new) in document.graph.links
    assert Link(new, last) in document.graph.links
    assert Link(before, last) not in document.graph.links
    assert document.verdict.can_train

    # break it and read the message
    flatten = next(node.id for node in document.graph.nodes if node.layer.kind == "flatten")
    document.select([flatten])
    window.canvas.setFocus()
    commands["delete"].trigger()
    assert not commands["train"].isEnabled()
    error = document.verdict.first_error
    assert error
    assert commands["train"].toolTip() == error
    assert window.run_panel.state.text == error

    # undo
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document.verdict.can_train

    # open a table by dropping it on the window, and mend what no longer fits
    path = shared_data / "csv" / "penguins.csv"
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    window.dropEvent(
        QDropEvent(
            QPointF(300, 300),
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    qtbot.waitUntil(lambda: window.files.dialog is not None, timeout=10_000)
    dialog = window.files.dialog
    qtbot.waitUntil(lambda: not dialog.busy, timeout=30_000)
    dialog.take()
    qtbot.waitUntil(lambda: document.spec.name == "penguins", timeout=30_000)
    for _ in range(6):
        error = next((p for p in document.verdict.problems if p.severity == "error"), None)
        if error is None:
            break
        assert error.repairs, error.message
        document.repair(error.repairs[0])
    assert document.verdict.can_train, document.verdict.first_error

    # train, pause, resume, stop; curve, matrix and weights change meanwhile
    settings = document.settings.changed(epochs=100_000, batch_size=4)
    document.edit_settings("long", settings)
    views = [view_of(window, kind) for kind in ("curves", "confusion", "weights")]
    for view in views:
        window.panels.show(view.kind)
    empty = [picture(view) for view in views]
    commands["train"].trigger()
    qtbot.waitUntil(lambda: len(runner.feed.points()) >= 2, timeout=120_000)
    qtbot.wait(200)
    first = [picture(view) for view in views]
    assert all(one != other for one, other in zip(empty, first, strict=True))
    commands["pause"].trigger()
    qtbot.waitUntil(lambda: runner.state == "paused", timeout=10_000)
    epochs = runner.status.step
    qtbot.wait(150)
    assert runner.status.step == epochs
    commands["train"].trigger()
    qtbot.waitUntil(lambda: runner.state == "running", timeout=10_000)
    qtbot.waitUntil(lambda: runner.status.step > epochs + 50, timeout=20_000)
    qtbot.wait(300)
    later = [picture(view) for view in views]
    assert later[0] != first[0]
    assert later[2] != first[2]
    commands["stop"].trigger()
    qtbot.waitUntil(lambda: not runner.active, timeout=10_000)
    assert runner.state == "stopped"
    trained = document.trained
    assert trained is not None

    # take the weights home, load them again, get the same predictions
    target = tmp_path / "penguins.npz"
    window.files.ask_save = lambda *_: target
    commands["export_weights"].trigger()
    assert window.notices.notices[-1].button.text() == "Show in folder"
    loaded = import_weights(target)
    data = document.dataset
    ours = predict(trained, data.encode(trained.encoding).x)
    theirs = predict(loaded, data.encode(loaded.encoding).x)
    assert len(ours) > 300
    np.testing.assert_array_equal(ours, theirs)
