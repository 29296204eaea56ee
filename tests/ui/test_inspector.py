"""The inspector: a form from the declaration, undo by stretches of typing, bad values kept."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nndesigner.declare import fields_of
from nndesigner.graph import Graph
from nndesigner.layers import LAYERS, Activation, Conv2D, Dense, Dropout, Input, MaxPool2D, Reshape
from nndesigner.ui.document import Document, State
from nndesigner.ui.fields import PairBox, SliderBox
from nndesigner.ui.forms import Form
from nndesigner.ui.inspector import Inspector, ProblemCard
from nndesigner.ui.numbers import NumberBox, number_text
from tests.ui import fakes


@pytest.fixture
def document(qtbot):
    return fakes.document()


@pytest.fixture
def inspector(qtbot, document):
    widget = Inspector(document)
    widget.resize(320, 480)
    qtbot.addWidget(widget)
    widget.show()
    return widget


def pictures() -> Document:
    document = Document()
    graph = Graph.chain([Input(), Conv2D(), MaxPool2D(), Activation()])
    spec = fakes.SPEC.__class__(
        name="p", rows=9, task="classification", input_shape=(8, 8, 1), outputs=2
    )
    document.load(State(graph, spec=spec), dataset=None)
    return document


def editor(inspector: Inspector, name: str):
    return inspector.page.form.rows[name].editor


def layer(document: Document, node: str):
    return document.graph.node(node).layer


def test_without_a_selection_the_network_is_told_in_figures(inspector, document):
    assert inspector.nothing.isVisible()
    assert "67 parameters" in inspector.nothing.figures.text()
    assert "4 → 3" in inspector.nothing.figures.text()


@pytest.mark.parametrize("kind", list(LAYERS))
def test_every_layer_has_a_form_with_all_its_fields(qtbot, kind):
    document = Document()
    document.edit("add", Graph().with_node(LAYERS[kind]()))
    widget = Inspector(document)
    qtbot.addWidget(widget)
    document.select([document.graph.nodes[0].id])
    assert list(widget.page.form.rows) == sorted(
        (field.name for field in fields_of(LAYERS[kind])),
        key=lambda name: next(f.advanced for f in fields_of(LAYERS[kind]) if f.name == name),
    )
    assert widget.page.title.text() == LAYERS[kind].title


def test_figures_say_what_enters_what_leaves_and_what_is_trained(inspector, document):
    document.select(["dense_1"])
    text = inspector.page.figures.text()
    assert "4 → 8" in text
    assert "40 parameters: weight 4×8, bias 8" in text


def test_typing_a_number_is_one_step_of_undo(inspector, document):
    document.select(["dense_1"])
    box = editor(inspector, "units")
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "128")
    assert layer(document, "dense_1").units == 128
    assert document.undo_stack.count() == 1
    QTest.keyClick(box, Qt.Key.Key_Return)
    box.selectAll()
    QTest.keyClicks(box, "64")
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    assert layer(document, "dense_1").units == 128
    assert box.text() == "128"
    document.undo_stack.undo()
    assert layer(document, "dense_1").units == 8


@pytest.mark.parametrize("text", ["0", "-3", "many", "1.5", "99999999999", ""])
def test_a_bad_value_keeps_its_text_and_says_what_is_allowed(inspector, document, text):
    document.select(["dense_1"])
    box, row = editor(inspector, "units"), inspector.page.form.rows["units"]
    box.type_text(text)
    assert box.text() == text
    assert box.property("bad")
    assert "a whole number from 1 to 10,000,000" in row.message.text()
    assert row.message.isVisible()
    assert layer(document, "dense_1").units == 8
    document.select(["dense_2"])  # another layer shows its own number
    assert editor(inspector, "units").text() == "3"
    document.select(["dense_1"])
    assert editor(inspector, "units").text() == "8"


def test_escape_brings_the_last_good_number_back(inspector, document):
    document.select(["dense_1"])
    box = editor(inspector, "units")
    box.type_text("x")
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == "8"
    assert not inspector.page.form.rows["units"].message.isVisible()


def test_a_changed_field_shows_a_dot_that_resets_it(inspector, document):
    document.select(["dense_1"])
    row = inspector.page.form.rows["units"]
    assert row.dot.on  # 8 is not the default
    row.dot.click()
    assert layer(document, "dense_1").units == 32
    assert not row.dot.on
    row.editor.type_text("oh")
    document.undo_stack.undo()
    assert row.dot.on


def test_the_dot_also_clears_a_bad_text(inspector, document):
    document.select(["dense_1"])
    row = inspector.page.form.rows["units"]
    row.editor.type_text("oh")
    row.dot.click()
    assert row.editor.text() == "32"
    assert not row.message.isVisible()


def test_the_activation_is_drawn_and_follows_the_choice(inspector, document):
    document.select(["dense_1"])
    editor(inspector, "activation").type_text("Tanh")
    assert layer(document, "dense_1").activation == "tanh"
    assert inspector.page.picture.kind == "tanh"
    before = inspector.page.picture.grab().toImage()
    document.undo_stack.undo()
    assert inspector.page.picture.kind == "relu"
    assert inspector.page.picture.grab().toImage() != before


def test_advanced_settings_fold_away_and_stay_as_they_are(inspector, document, monkeypatch):
    monkeypatch.setattr(Form, "advanced_open", False)
    document.select(["dense_1"])
    assert not inspector.page.form.rows["bias"].isVisible()
    inspector.page.form._fold.click()
    assert inspector.page.form.rows["bias"].isVisible()
    document.select(["dense_2"])
    assert inspector.page.form.rows["bias"].isVisible()
    editor(inspector, "bias").click()
    assert layer(document, "dense_2").bias is False


def test_a_name_is_one_step_and_empty_shows_the_title(inspector, document):
    document.select(["dense_1"])
    name = inspector.page.name
    QTest.keyClicks(name, "Hidden")
    assert document.graph.node("dense_1").title == "Hidden"
    assert document.undo_stack.count() == 1
    QTest.keyClick(name, Qt.Key.Key_Return)
    name.selectAll()
    QTest.keyClick(name, Qt.Key.Key_Delete)
    assert document.graph.node("dense_1").title == "Dense"


def test_markup_in_a_name_is_shown_as_text(inspector, document):
    document.edit("rename", document.graph.with_name("dense_1", "<b>x</b>"))
    document.select(["dense_1"])
    assert inspector.page.name.text() == "<b>x</b>"
    assert inspector.page.title.textFormat() == Qt.TextFormat.PlainText


def test_a_pair_changes_together_until_the_chain_is_opened(qtbot):
    document = pictures()
    inspector = Inspector(document)
    qtbot.addWidget(inspector)
    document.select(["conv2d_1"])
    pair = editor(inspector, "kernel")
    assert isinstance(pair, PairBox)
    pair.first.type_text("5")
    assert layer(document, "conv2d_1").kernel == (5, 5)
    pair.chain.click()
    pair.second.type_text("2")
    assert layer(document, "conv2d_1").kernel == (5, 2)
    pair.first.type_text("0")
    assert "from 1 to 1,024" in inspector.page.form.rows["kernel"].message.text()
    assert layer(document, "conv2d_1").kernel == (5, 2)


def test_an_optional_pair_may_be_left_open(qtbot):
    document = pictures()
    inspector = Inspector(document)
    qtbot.addWidget(inspector)
    document.select(["maxpool2d_1"])
    pair = editor(inspector, "stride")
    assert pair.first.text() == ""
    pair.first.type_text("1")
    assert layer(document, "maxpool2d_1").stride == (1, 1)
    pair.first.type_text("")
    assert layer(document, "maxpool2d_1").stride is None


def test_the_problem_of_a_layer_is_told_with_its_repair(qtbot):
    document = Document()
    spec = pictures().spec
    document.load(State(Graph.chain([Input(), Dense()]), spec=spec), dataset=None)
    inspector = Inspector(document)
    qtbot.addWidget(inspector)
    document.select(["dense_1"])
    card = inspector.page.problems.findChild(ProblemCard)
    assert "add Flatten before it" in card.message.text()
    card.buttons[0].click()
    assert any(node.layer.kind == "flatten" for node in document.graph.nodes)
    assert not any("Flatten before" in p.message for p in document.verdict.problems)
    assert not any("Flatten before" in p.message for p in inspector.page._problems)


def test_scrolling_over_a_number_does_not_change_it(inspector, document):
    document.select(["dense_1"])
    box = editor(inspector, "units")
    inspector.page.name.setFocus()
    wheel = QWheelEvent(
        QPoint(5, 5),
        box.mapToGlobal(QPoint(5, 5)),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, wheel)
    assert layer(document, "dense_1").units == 8
    assert not wheel.isAccepted()


def test_arrows_step_whole_numbers_and_stay_in_range(inspector, document):
    document.select(["dense_1"])
    box = editor(inspector, "units")
    box.stepBy(1)
    assert layer(document, "dense_1").units == 9
    box.stepBy(-50)
    assert layer(document, "dense_1").units == 1


def test_a_share_has_a_slider_and_a_box_in_step(qtbot):
    document = Document()
    document.edit("add", Graph().with_node(Dropout()))
    inspector = Inspector(document)
    qtbot.addWidget(inspector)
    document.select(["dropout_1"])
    box = editor(inspector, "rate")
    assert isinstance(box, SliderBox)
    box.slider.setValue(0)
    assert layer(document, "dropout_1").rate == 0.0
    box.type_text("0,25")
    assert layer(document, "dropout_1").rate == 0.25
    assert 0.2 < box.slider.value() / box.slider.maximum() < 0.3
    box.type_text("1")
    assert layer(document, "dropout_1").rate == 0.25


def test_a_learning_rate_steps_by_one_two_five(qtbot):
    (field,) = [f for f in fields_of(Activation) if f.name == "slope"]
    box = NumberBox(field.__class__(**{**field.__dict__, "log": True}))
    qtbot.addWidget(box)
    box.set_value(0.01)
    box.stepBy(1)
    assert box.value == 0.02
    box.stepBy(2)
    assert box.value == 0.1
    box.stepBy(-4)
    assert box.value == 0.005


def test_numbers_are_short():
    assert number_text(0.001) == "0.001"
    assert number_text(1e-8) == "1e-8"
    assert number_text(32) == "32"


def test_deleting_the_shown_layer_shows_the_network(inspector, document):
    document.select(["dense_1"])
    document.edit("delete", document.graph.without(["dense_1"]))
    assert inspector.nothing.isVisible()
    assert "2 layers" in inspector.nothing.figures.text()


def test_nothing_is_cut_in_a_narrow_dock(qtbot):
    document = pictures()
    inspector = Inspector(document)
    qtbot.addWidget(inspector)
    document.select(["conv2d_1"])
    inspector.resize(320, 300)
    inspector.show()
    assert inspector.widget().width() <= inspector.viewport().width()


def test_the_page_without_a_selection_has_no_scroll_bar(qtbot, inspector, document):
    inspector.resize(320, 200)
    document.select(["dense_1"])
    qtbot.waitUntil(lambda: inspector.verticalScrollBar().maximum() > 0)
    document.select([])
    qtbot.waitUntil(lambda: inspector.verticalScrollBar().maximum() == 0)


def test_settings_that_do_not_count_are_hidden(qtbot: QtBot) -> None:
    from nndesigner.layers import Activation as ActivationLayer
    from nndesigner.layers import Dense
    from nndesigner.ui.forms import Form

    form = Form()
    qtbot.addWidget(form)
    form.show_declaration(ActivationLayer())
    assert form.rows["slope"].isHidden()
    form.show_declaration(ActivationLayer(activation="leaky_relu"))
    assert not form.rows["slope"].isHidden()
    assert form.rows["frozen"].isHidden()
    form.show_declaration(ActivationLayer(activation="prelu"))
    assert form.rows["slope"].isHidden()
    assert not form.rows["frozen"].isHidden()
    dense = Form()
    qtbot.addWidget(dense)
    dense.show_declaration(Dense(initializer="constant"))
    assert dense.rows["initializer_scale"].isHidden()  # folded away
    dense._fold.setChecked(True)  # type: ignore[union-attr]
    assert not dense.rows["initializer_scale"].isHidden()
    assert dense.rows["initializer_low"].isHidden()
    dense.show_declaration(Dense(initializer="uniform"))
    assert not dense.rows["initializer_low"].isHidden()
    dense.show_declaration(Dense(initializer="he_normal"))
    assert dense.rows["initializer_scale"].isHidden()
    dense._fold.setChecked(False)  # type: ignore[union-attr]


def test_lengths_are_typed_with_a_cross_between_them(inspector, document):
    document.load(
        State(Graph.chain([Input(), Reshape(shape=(16, 4)), Activation()]), spec=pictures().spec),
        dataset=None,
    )
    document.select(["reshape_1"])
    box = editor(inspector, "shape")
    assert box.text() == "16×4"
    box.type_text("4x4x4")
    assert layer(document, "reshape_1").shape == (4, 4, 4)
    box.type_text("4×4×")
    assert "up to 3 whole numbers" in inspector.page.form.rows["shape"].message.text()
    assert layer(document, "reshape_1").shape == (4, 4, 4)
    box.type_text("1×2×3×4")
    assert "up to 3" in inspector.page.form.rows["shape"].message.text()
    box.type_text("?, 2")
    assert layer(document, "reshape_1").shape == (-1, 2)
    assert not inspector.page.form.rows["shape"].message.text()


def test_freezing_is_a_step_of_undo_and_is_told_in_figures(inspector, document):
    document.select(["dense_1"])
    editor(inspector, "frozen").type_text("yes")
    assert layer(document, "dense_1").frozen
    assert "none trainable" in inspector.page.figures.text()
    document.undo_stack.undo()
    assert not layer(document, "dense_1").frozen
