"""The list of problems: what it says, what a click shows, what a button mends."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from nndesigner.data.dataset import Spec
from nndesigner.graph import Graph
from nndesigner.layers import Conv2D, Dense, Dropout, Input
from nndesigner.ui import theme
from nndesigner.ui.document import Document, State
from nndesigner.ui.problems import MOST_ROWS, ProblemsWidget

# The offscreen platform says so of every window that has a least size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
DIGITS = Spec(name="digits", rows=1797, task="classification", input_shape=(8, 8, 1), outputs=10)


@pytest.fixture
def document():
    theme.apply("light")
    document = Document()
    graph = Graph.chain([Input(), Conv2D(), Dense(units=10, activation="softmax")])
    document.load(State(graph=graph, spec=DIGITS), dataset=None)
    return document


@pytest.fixture
def problems(qtbot, document):
    widget = ProblemsWidget(document)
    qtbot.addWidget(widget)
    widget.resize(600, 200)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def _row(problems: ProblemsWidget, words: str):
    return next(row for row in problems.rows if words in row.sentence.text())


def test_every_problem_is_a_row_with_its_remedy(problems, document):
    assert [row.problem for row in problems.rows] == list(document.verdict.problems)
    row = _row(problems, "add Flatten before it")
    assert row.button.text() == "Insert Flatten"
    assert row.button.height() >= theme.TARGET


def test_the_button_mends_the_design_as_it_is_now(qtbot, problems, document):
    document.edit("move", document.graph.moved({"conv2d_1": (300.0, 40.0)}))
    qtbot.mouseClick(_row(problems, "Flatten").button, Qt.MouseButton.LeftButton)
    assert "flatten" in [node.layer.kind for node in document.graph.nodes]
    assert document.graph.node("conv2d_1").x == 300.0
    assert not any("Flatten before" in row.sentence.text() for row in problems.rows)
    document.undo_stack.undo()
    assert _row(problems, "add Flatten before it")


def test_a_click_or_enter_asks_for_the_node(qtbot, problems):
    row = _row(problems, "add Flatten before it")
    with qtbot.waitSignal(problems.node_wanted) as caught:
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert caught.args == ["dense_1"]
    with qtbot.waitSignal(problems.node_wanted) as caught:
        qtbot.keyClick(row, Qt.Key.Key_Return)
    assert caught.args == ["dense_1"]


def test_rows_stay_while_the_same_is_wrong(problems, document):
    rows = problems.rows
    document.edit("move", document.graph.moved({"conv2d_1": (8.0, 8.0)}))
    assert problems.rows is rows


def test_no_problem_is_said_too(problems, document, monkeypatch):
    monkeypatch.setattr(document, "_verdict", _Fine())
    document.checked.emit()
    assert problems.rows == []
    notes = [label.text() for label in problems.findChildren(QLabel, "note")]
    assert "No problems: the network is ready to train" in notes


class _Fine:
    problems = ()


def test_hundreds_of_problems_are_cut_and_counted(problems, document):
    graph = Graph()
    for _ in range(MOST_ROWS + 70):
        graph = graph.with_node(Dropout())
    document.load(State(graph=graph, spec=DIGITS), dataset=None)
    assert len(problems.rows) == MOST_ROWS
    more = len(document.verdict.problems) - MOST_ROWS
    notes = [label.text() for label in problems.findChildren(QLabel, "note")]
    assert f"and {more} more" in notes


def test_names_are_plain_text(problems, document):
    document.edit("name", document.graph.without(["conv2d_1"]).with_name("dense_1", "<b>x</b> & y"))
    row = _row(problems, "<b>x</b> & y")
    assert row.sentence.textFormat() == Qt.TextFormat.PlainText
    assert "&& y" in row.button.text()


def test_the_theme_is_followed(problems):
    theme.apply("dark")
    assert theme.DARK.panel in problems.styleSheet()
    assert problems.rows
    theme.apply("light")
