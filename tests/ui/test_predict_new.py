"""New data go through the trained network in the window, as they do on the command line."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nndesigner import api
from nndesigner.__main__ import main
from nndesigner.data import open_data
from nndesigner.training.settings import Settings
from nndesigner.training.starter import starter
from nndesigner.ui.dialogs import predict_new
from nndesigner.ui.dialogs.predict_new import PredictDialog
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.window import MainWindow
from tests.ui.test_pictures_again import folders

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> MainWindow:
    window = MainWindow(Preferences(tmp_path / "config" / "window.json"))
    qtbot.addWidget(window)
    window.files.ask_unsaved = lambda running: "discard"
    window.resize(1280, 800)
    window.show()
    return window


def learnt(qtbot: QtBot, window: MainWindow, data: str | Path, epochs: int = 20) -> None:
    """Open data, draw what fits, and train it in the window."""
    dataset = open_data(data)
    window.files.take_data(dataset)
    document = window.document
    document.edit("draw", starter(dataset.spec))
    document.edit_settings("short", Settings(epochs=epochs, validation_share=0.2))
    window.speed.actions["full"].trigger()
    assert document.verdict.can_train, document.verdict.first_error
    window.commands["train"].trigger()
    qtbot.waitUntil(lambda: window.runner.state in ("finished", "failed"), timeout=120_000)
    assert window.runner.state == "finished", window.notices.texts
    assert document.trained is not None


def opened(window: MainWindow) -> PredictDialog:
    window.commands["predict_new"].trigger()
    dialog = window.predicting.dialog
    assert isinstance(dialog, PredictDialog)
    assert dialog.isVisible()
    return dialog


def settled(qtbot: QtBot, dialog: PredictDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)


def cells(dialog: PredictDialog, row: int) -> list[str]:
    table = dialog.table.table
    return [str(table.index(row, column).data()) for column in range(table.columnCount())]


def heads(dialog: PredictDialog) -> list[tuple[str, str]]:
    return [(head.name, head.note) for head in dialog.table.table.heads]


def iris_rows(path: Path, rows: slice, *, target: bool = True) -> Path:
    """Some rows of the iris sample as a table of their own."""
    dataset = open_data("iris")
    names = [column.name for column in dataset.inputs]
    lines = [",".join([*names, *(["class"] if target else [])])]
    for row in range(150)[rows]:
        values = [f"{column.numbers[row]:g}" for column in dataset.inputs]
        label = dataset.spec.classes[dataset.labels[row]]
        lines.append(",".join([*values, *([label] if target else [])]))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_without_weights_the_command_is_off_and_says_why(window: MainWindow) -> None:
    command = window.commands["predict_new"]
    assert not command.isEnabled()
    assert command.text().endswith("(train first)")
    assert "train first" in command.statusTip()


def test_the_whole_walk_with_iris_gives_the_command_lines_file(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    learnt(qtbot, window, "iris")
    assert window.commands["predict_new"].isEnabled()
    assert window.commands["predict_new"].text() == "Predict &new data…"
    steps = window.document.undo_stack.count()
    dialog = opened(window)
    assert "petal" in dialog._empty.text()
    assert not dialog.save.isEnabled()
    new = iris_rows(tmp_path / "new.csv", slice(0, 150, 7), target=False)
    dialog._ask = lambda kind: new if kind == "table" else None
    dialog.file.click()
    settled(qtbot, dialog)
    assert dialog.table.table.rowCount() == 22
    names = [column.name for column in open_data("iris").inputs][:3]
    assert heads(dialog)[:6] == [
        ("Row", ""),
        *((name, "input") for name in names),
        ("Predicted", "class"),
        ("Probability", "of that class"),
    ]
    assert "without a target there are no figures" in dialog.facts.text()
    first = cells(dialog, 0)
    classes = window.document.spec.classes
    assert first[0] == "1"
    assert first[1:4] == new.read_text().splitlines()[1].split(",")[:3]
    assert first[4] in classes
    shares = [dialog._bars.share(0, len(heads(dialog)) - 3 + k) for k in range(3)]
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert dialog._bars.share(0, 5) == max(shares)
    assert dialog._bars.share(0, 4) is None
    written = tmp_path / "window.csv"
    dialog._ask_save = lambda title, name, kinds: written
    dialog.save.click()
    settled(qtbot, dialog)
    assert "22 predictions were written" in dialog.problem.text()
    dialog.close_button.click()
    assert window.document.undo_stack.count() == steps
    project = tmp_path / "iris.nnd"
    window.files.ask_save = lambda *_: project
    assert window.files.save()
    line = tmp_path / "line.csv"
    assert main(["predict", str(project), "--data", str(new), "--out", str(line)]) == 0
    assert written.read_bytes() == line.read_bytes()
    # and after the project is opened again
    window.files.new()
    assert not window.commands["predict_new"].isEnabled()
    window.files.open_project(project)
    qtbot.waitUntil(lambda: window.document.trained is not None, timeout=20_000)
    dialog = opened(window)
    dialog.predict(new)
    settled(qtbot, dialog)
    written.unlink()
    dialog._ask_save = lambda title, name, kinds: tmp_path / "window"  # without an ending
    dialog.save_csv()
    settled(qtbot, dialog)
    assert written.read_bytes() == line.read_bytes()
    dialog.reject()


def test_predictions_never_replace_the_new_data_the_project_or_its_data(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    own = iris_rows(tmp_path / "own.csv", slice(0, 150))
    learnt(qtbot, window, own, epochs=2)
    project = tmp_path / "iris.nnd"
    window.files.ask_save = lambda *_: project
    assert window.files.save()
    new = iris_rows(tmp_path / "new.csv", slice(0, 5))
    dialog = opened(window)
    dialog.predict(new)
    settled(qtbot, dialog)
    for path, part in (
        (new, "new.csv is what was predicted"),
        (tmp_path / "new", "new.csv is what was predicted"),  # the ending is put there
        (own, "own.csv holds the open data"),
        (project, "iris.nnd is the open project"),
    ):
        before = path.with_suffix(path.suffix or ".csv").read_bytes()
        dialog._ask_save = lambda *_, path=path: path
        dialog.save.click()
        settled(qtbot, dialog)
        assert part in dialog.problem.text()
        assert path.with_suffix(path.suffix or ".csv").read_bytes() == before
    dialog.reject()


def test_figures_on_the_training_data_are_said_to_flatter(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    own = iris_rows(tmp_path / "own.csv", slice(0, 150))
    learnt(qtbot, window, own, epochs=2)
    dialog = opened(window)
    for path, told in ((own, True), (iris_rows(tmp_path / "new.csv", slice(0, 9)), False)):
        dialog.predict(path)
        settled(qtbot, dialog)
        assert ("it has learnt 120 of these 150 rows" in dialog.notes.text()) == told
    dialog.reject()


def test_rows_with_missing_cells_are_marked_and_said(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    learnt(qtbot, window, "iris", epochs=2)
    new = iris_rows(tmp_path / "new.csv", slice(0, 3), target=False)
    dialog = opened(window)
    dialog.predict(new)
    settled(qtbot, dialog)
    assert ("Missing", "values") not in heads(dialog)
    lines = new.read_text().splitlines()
    new.write_text("\n".join([*lines[:2], "5,,,", "5000,3,1,2"]) + "\n")
    dialog.predict(new)
    settled(qtbot, dialog)
    assert heads(dialog)[1] == ("Missing", "values")
    assert [cells(dialog, row)[1] for row in range(3)] == ["none", "filled", "none"]
    assert "1 row has missing values" in dialog.notes.text()
    assert "row 2" in dialog.notes.text()
    assert "5000 in row 3" in dialog.notes.text()
    shares = [dialog._bars.share(1, len(heads(dialog)) - 3 + k) for k in range(3)]
    assert sum(share or 0 for share in shares) == pytest.approx(1, abs=1e-5)
    written = tmp_path / "w.csv"
    dialog._ask_save = lambda *_: written
    dialog.save.click()
    settled(qtbot, dialog)
    assert written.read_text().startswith("row,predicted,probability_")  # its form stays
    dialog.reject()


def test_a_target_brings_right_wrong_and_the_figures_of_evaluate(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    learnt(qtbot, window, "iris")
    dialog = opened(window)
    path = iris_rows(tmp_path / "known.csv", slice(0, 150, 2))
    text = path.read_text().splitlines()
    text[1] = text[1].rsplit(",", 1)[0] + ","  # one row without its class
    path.write_text("\n".join(text) + "\n")
    dialog.predict(path)
    settled(qtbot, dialog)
    names = [name for name, _ in heads(dialog)]
    true, verdict = names.index("True"), names.index("Came out")
    assert cells(dialog, 0)[true] == "missing"
    assert cells(dialog, 0)[verdict] == "missing"
    judged = [cells(dialog, row) for row in range(1, 75)]
    for row in judged:
        assert row[verdict] == ("right" if row[true] == row[4] else "wrong")
    right = sum(row[verdict] == "right" for row in judged)
    found = api.evaluate(api.Learnt(window.document.trained), path)
    assert found.metric == pytest.approx(right / 74)
    assert f"Accuracy {100 * right / 74:.1f} %" in dialog.facts.text()
    assert "74 with a known target" in dialog.facts.text()
    dialog.reject()


def test_wrong_columns_are_told_and_other_data_follow(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    learnt(qtbot, window, "iris", epochs=2)
    dialog = opened(window)
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b,c\n1,2,x\n3,4,y\n")
    dialog.predict(wrong)
    settled(qtbot, dialog)
    assert dialog.problem.isVisible()
    assert "wrong.csv has no column" in dialog.problem.text()
    assert "which the network needs" in dialog.problem.text()
    assert not dialog.save.isEnabled()
    assert dialog.answer is None
    dialog.predict(tmp_path / "gone.csv")
    settled(qtbot, dialog)
    assert "gone.csv is not there" in dialog.problem.text()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(iris_rows(tmp_path / "dropped.csv", slice(0, 9))))])
    what = (
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(dialog, QDragEnterEvent(QPoint(9, 9), *what))
    QApplication.sendEvent(dialog, QDropEvent(QPointF(9, 9), *what))
    settled(qtbot, dialog)
    assert dialog.table.table.rowCount() == 9
    assert dialog.problem.text() == ""
    assert "One file at a time" not in dialog.notes.text()
    mime.setUrls([mime.urls()[0], QUrl.fromLocalFile(str(wrong))])
    QApplication.sendEvent(dialog, QDragEnterEvent(QPoint(9, 9), *what))
    QApplication.sendEvent(dialog, QDropEvent(QPointF(9, 9), *what))
    settled(qtbot, dialog)
    assert "One file at a time: dropped.csv was the first of 2." in dialog.notes.text()
    dialog._ask_save = lambda *_: tmp_path / "no folder" / "x.csv"
    dialog.save.click()
    settled(qtbot, dialog)
    assert "cannot save" in dialog.problem.text()
    assert dialog.save.isEnabled()
    dialog.reject()


def test_numbers_are_said_in_the_targets_unit_with_unknown_categories_noted(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    path = tmp_path / "price.csv"
    lines = [
        f"{size:.1f},{'red' if n % 2 else 'blue'},{1000 * size + 50_000:.0f}"
        for n, size in enumerate(rng.uniform(20, 200, 120))
    ]
    path.write_text("size,colour,price\n" + "\n".join(lines) + "\n")
    learnt(qtbot, window, path, epochs=60)
    assert window.document.spec.task == "regression"
    new = tmp_path / "new.csv"
    new.write_text("colour,size,price\ngreen,100,150000\nred,50,\n")
    dialog = opened(window)
    dialog.predict(new)
    settled(qtbot, dialog)
    assert heads(dialog) == [
        ("Row", ""),
        ("size", "input"),
        ("colour", "input"),
        ("price", "predicted"),
        ("price", "true"),
        ("price", "off by"),
    ]
    assert dialog.answer.said.values[0, 0] == pytest.approx(150_000, rel=0.3)
    assert cells(dialog, 0)[1] == "100"
    assert cells(dialog, 1)[1:3] == ["50", "red"]
    assert cells(dialog, 0)[4] == "150,000"
    assert cells(dialog, 1)[4:] == ["missing", "missing"]
    assert "green" in dialog.notes.text()
    assert "Mean absolute error" in dialog.facts.text()
    assert "1 with a known target" in dialog.facts.text()
    dialog.reject()


def test_pictures_are_predicted_by_their_files(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    root = folders(tmp_path / "signs", {"stop": 12, "go": 12})
    learnt(qtbot, window, root, epochs=2)
    flat = folders(tmp_path / "new", {"any": 5}) / "any"
    (flat / "broken.png").write_bytes(b"no picture")
    dialog = opened(window)
    assert dialog.folder.isVisible()
    dialog._ask = lambda kind: flat if kind == "images" else None
    dialog.folder.click()
    settled(qtbot, dialog)
    assert dialog.problem.text() == ""
    assert dialog.table.table.rowCount() == 5
    assert [cells(dialog, row)[1] for row in range(5)] == [
        name for name in dialog.answer.said.names if name != "broken.png"
    ]
    icon = dialog.answer.inputs.icon(4)
    assert icon is not None
    assert not icon.isNull()
    assert dialog.answer.inputs.icon(5) is None
    assert dialog.table.rowHeight(0) > 32
    assert "broken.png" in dialog.notes.text()
    written = tmp_path / "p.csv"
    dialog._ask_save = lambda *_: written
    dialog.save.click()
    settled(qtbot, dialog)
    rows = list(csv.reader(io.StringIO(written.read_text())))
    assert rows[0][:3] == ["row", "file", "predicted"]
    assert len(rows) == 7
    dialog.reject()


def test_sign_language_pictures_of_known_classes_are_judged(
    qtbot: QtBot, window: MainWindow, shared_data: Path
) -> None:
    root = shared_data / "images" / "sign_language_digits"
    learnt(qtbot, window, root, epochs=1)
    dialog = opened(window)
    dialog.predict(root)
    settled(qtbot, dialog)
    assert dialog.problem.text() == ""
    assert dialog.table.table.rowCount() == window.document.spec.rows
    assert "Accuracy" in dialog.facts.text()
    assert "True" in [name for name, _ in heads(dialog)]
    dialog.reject()


def test_reading_can_be_cancelled(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt(qtbot, window, "iris", epochs=2)
    dialog = opened(window)
    held, seen = threading.Event(), threading.Event()
    answer: Callable[..., object] = predict_new.answer_of

    def slow(trained: object, path: Path, read: object, progress: Callable[..., bool]) -> object:
        progress(0.1, "reading slowly")
        held.wait(10)
        seen.set()
        return answer(trained, path, read, progress)

    monkeypatch.setattr(predict_new, "answer_of", slow)
    dialog.predict(iris_rows(tmp_path / "new.csv", slice(0, 20)))
    qtbot.waitUntil(lambda: "slowly" in dialog.words.text, timeout=5_000)
    assert dialog.close_button.text() == "Cancel"
    assert not dialog.file.isEnabled()
    dialog.close_button.click()
    held.set()
    assert seen.wait(10)
    qtbot.wait(200)
    assert dialog.answer is None
    assert dialog.isVisible()
    assert "Cancelled" in dialog.problem.text()
    assert dialog.close_button.text() == "Close"
    dialog.predict(iris_rows(tmp_path / "new.csv", slice(0, 20)))
    settled(qtbot, dialog)
    assert dialog.table.table.rowCount() == 20
    dialog.close_button.click()
    assert not dialog.isVisible()
