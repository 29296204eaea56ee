"""Data come in by a drop on the canvas, by paste, from the recent list, and from the internet."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from nndesigner.data import catalogue, download
from nndesigner.data.fetch import fetched_path
from nndesigner.ui import theme
from nndesigner.ui.dialogs.fetch_data import FetchDialog
from nndesigner.ui.dialogs.open_data import DataDialog
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.runner import Runner
from nndesigner.ui.window import MainWindow
from tests.data.test_fetch import small_mnist
from tests.data.web import serving
from tests.ui import fakes

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

SHEET = "a\tb\tclass\n" + "".join(f"{i}\t{i / 2}\t{'uv'[i % 2]}\n" for i in range(12))


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("nndesigner.data.pasted.pasted_home", lambda: tmp_path / "pasted")
    document = fakes.document()
    runner = Runner(document, prepare=fakes.prepare, make_trainer=fakes.trainer())
    window = MainWindow(
        Preferences(tmp_path / "config" / "window.json"), document=document, runner=runner
    )
    window.files.ask_unsaved = lambda running: "discard"
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()


@pytest.fixture
def web(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 2.0)
    with serving() as found:
        yield found


def taken(qtbot, window):
    """Wait for the preview, take what it shows, and give the data."""
    qtbot.waitUntil(lambda: window.files.dialog is not None and not window.files.dialog.busy)
    window.files.dialog.use.click()
    qtbot.waitUntil(lambda: window.files.dialog is None)
    return window.document.dataset


def test_a_file_dropped_on_the_canvas_is_opened_by_the_window(qtbot, window, tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text(SHEET)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    target = window.canvas.viewport()
    facts = (
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(QPoint(200, 150), *facts)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(target, QDropEvent(QPointF(200, 150), *facts))
    dataset = taken(qtbot, window)
    assert dataset.spec.name == "t"
    assert dataset.spec.rows == 12


@pytest.mark.parametrize("way", ["canvas", "menu"])
def test_cells_of_a_spreadsheet_are_pasted(qtbot, window, way):
    QGuiApplication.clipboard().setText(SHEET)
    if way == "canvas":
        window.canvas.setFocus()
        window.commands["paste"].trigger()
    else:
        window.commands["paste_data"].trigger()
    dataset = taken(qtbot, window)
    assert dataset.spec.feature_names == ("a", "b")
    assert window.data_bar.recent[0].endswith(".tsv")


def test_a_file_that_was_copied_is_opened(qtbot, window, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(SHEET.replace("\t", ","))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    QGuiApplication.clipboard().setMimeData(mime)
    window.commands["paste_data"].trigger()
    assert taken(qtbot, window).spec.name == "t"


def test_pasting_what_is_no_table_says_so(window):
    QGuiApplication.clipboard().setText("hello")
    window.commands["paste_data"].trigger()
    assert "holds no table" in window.notices.notices[-1].text
    assert window.files.dialog is None


def test_recent_data_is_in_the_data_menu(qtbot, window, tmp_path):
    path = tmp_path / "one & two.csv"
    path.write_text(SHEET)
    window.preferences.set(recent_data=[str(path)])
    menu = window.menus.by_title["Data"]
    (recent,) = (sub for sub in menu.findChildren(QMenu) if "Recent" in sub.title())
    recent.aboutToShow.emit()
    recent.actions()[0].trigger()
    assert taken(qtbot, window).spec.rows == 12


def test_arrays_that_are_not_clear_are_chosen(qtbot, tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "odd.npz"
    shots = rng.integers(0, 256, (12, 5, 4)).astype(np.uint8)
    np.savez(path, left=shots, right=255 - shots, kind=np.arange(12) % 3)
    dialog = DataDialog(path)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.busy)
    assert "which the labels is not clear" in dialog.problem.text()
    assert dialog.arrays.isVisible()
    assert not dialog.use.isEnabled()
    for box, name in ((dialog.arrays.inputs, "right"), (dialog.arrays.labels, "kind")):
        box.setCurrentIndex(box.findData(name))
        box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: not dialog.busy)
    assert dialog.problem.text() == ""
    dialog.use.click()
    assert dialog.dataset.origin.options == {"x": "right", "y": "kind"}
    assert (dialog.dataset.pixels[..., 0] == 255 - shots).all()


# -- a data set from the internet


def dialog_for(qtbot, known, web, home):
    dialog = FetchDialog(sets=(known,), mirror=web.address, home=home)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_a_set_is_shown_fetched_used_and_removed(qtbot, web, tmp_path):
    known = small_mnist(web)
    dialog = dialog_for(qtbot, known, web, tmp_path)
    assert dialog.facts["Licence"].text() == "CC BY-SA 3.0"
    assert "LeCun" in dialog.facts["Source"].text()
    assert "to fetch" in dialog.facts["Size"].text()
    assert web.asked == []
    assert not dialog.use.isEnabled()
    dialog.get.click()
    assert dialog.stop.isVisible()
    qtbot.waitUntil(dialog.use.isEnabled, timeout=20_000)
    assert fetched_path(known, tmp_path) is not None
    assert "on this computer" in dialog.facts["Size"].text()
    with qtbot.waitSignal(dialog.accepted):
        dialog.use.click()
    assert dialog.chosen == "mnist"
    dialog.remove.click()
    assert fetched_path(known, tmp_path) is None


def test_stopping_keeps_what_came_and_a_fault_is_one_sentence(qtbot, web, tmp_path):
    known = small_mnist(web)
    web.pause = 0.05
    dialog = dialog_for(qtbot, known, web, tmp_path)
    dialog.get.click()
    part = tmp_path / "mnist.partial" / f"{known.files[0].name}.part"
    qtbot.waitUntil(lambda: part.exists() and part.stat().st_size > 0, timeout=5000)
    dialog.stop.click()
    assert "was stopped" in dialog.problem.text()
    assert dialog.get.isVisible()
    web.pause = 0.0
    web.files.pop(f"/mnist/{known.files[3].name}")
    dialog.get.click()
    qtbot.waitUntil(lambda: "answers 404" in dialog.problem.text(), timeout=20_000)
    assert not dialog.use.isEnabled()
    dialog.close()


def test_closing_while_fetching_leaves_at_once(qtbot, web, tmp_path):
    web.silent.set()
    dialog = dialog_for(qtbot, small_mnist(web), web, tmp_path)
    dialog.get.click()
    with qtbot.waitSignal(dialog.rejected, timeout=1000):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_the_window_opens_what_was_fetched(qtbot, window, web, tmp_path, monkeypatch):
    known = small_mnist(web)
    others = tuple(known if k.name == known.name else k for k in catalogue.KNOWN_SETS)
    monkeypatch.setattr(catalogue, "KNOWN_SETS", others)
    monkeypatch.setattr("nndesigner.ui.dialogs.fetch_data.KNOWN_SETS", others)
    for room in ("nndesigner.data.fetch", "nndesigner.ui.dialogs.fetch_data"):
        monkeypatch.setattr(f"{room}.data_home", lambda: tmp_path / "sets")
    window.preferences.set(data_mirror=web.address)
    window.commands["get_data"].trigger()
    dialog = window.getting.dialog
    dialog.list.setCurrentRow([k.name for k in others].index("mnist"))
    dialog.get.click()
    qtbot.waitUntil(dialog.use.isEnabled, timeout=20_000)
    dialog.use.click()
    qtbot.waitUntil(lambda: window.document.spec.name == "mnist", timeout=20_000)
    assert window.document.state.origin.kind == "fetched"


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_dialog_follows_the_theme(qtbot, web, tmp_path, mode):
    before = theme.mode()
    dialog = dialog_for(qtbot, small_mnist(web), web, tmp_path)
    theme.apply(mode)
    assert theme.tokens().panel in dialog.list.styleSheet()
    theme.apply(before)
