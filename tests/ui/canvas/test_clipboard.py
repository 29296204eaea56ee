"""Copying and pasting layers, and what else a clipboard may hold."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPointF, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage

from nndesigner.errors import DesignerError
from nndesigner.graph import Graph, Link, Unknown
from nndesigner.layers import Conv2D, Dense, Input
from nndesigner.ui.canvas.clipboard import GRAPH_MIME, decoded, encoded


def _data(raw: bytes) -> QMimeData:
    data = QMimeData()
    data.setData(GRAPH_MIME, raw)
    return data


def test_copied_layers_come_back_with_settings_and_wires(hand):
    hand.document.select(["dense_1", "dense_2"])
    hand.view.copy()
    assert hand.messages[-1] == "Copied 2 layers"
    hand.view.paste()
    assert hand.document.selection == {"dense_3", "dense_4"}
    assert ("dense_3", "dense_4") in hand.links()
    assert hand.graph.node("dense_4").layer == hand.graph.node("dense_2").layer
    assert hand.document.undo_stack.undoText() == "paste 2 layers"
    hand.view.paste()
    places = {(node.x, node.y) for node in hand.graph.nodes}
    assert len(places) == 8
    hand.agrees()
    hand.document.undo_stack.undo()
    hand.document.undo_stack.undo()
    assert len(hand.graph.nodes) == 4


def test_cut_and_paste_at_a_point(hand):
    hand.document.select(["dense_2"])
    hand.view.cut()
    assert not hand.graph.has("dense_2")
    hand.view.paste(QPointF(80, 240))
    node = hand.graph.nodes[-1]
    assert (node.x, node.y) == (80, 240)
    hand.agrees()


def test_duplicate_leaves_the_clipboard_alone(hand):
    QGuiApplication.clipboard().setText("mine")
    hand.document.select(["dense_1"])
    hand.view.duplicate()
    assert QGuiApplication.clipboard().text() == "mine"
    assert hand.graph.node("dense_3").layer == hand.graph.node("dense_1").layer
    hand.document.select(())
    hand.view.duplicate()
    assert len(hand.graph.nodes) == 5


def test_an_unknown_layer_survives_the_clipboard():
    unknown = Unknown(original={"kind": "gelu", "a": [1, 2]}, reason="not known")
    graph = Graph.chain([Input(), Conv2D(kernel=(5, 3))]).with_node(unknown)
    again = decoded(encoded(graph, [n.id for n in graph.nodes]))
    assert again == graph


def test_wires_to_layers_that_were_not_copied_are_left_behind(digits):
    again = decoded(encoded(digits, ["flatten_1", "dense_1"]))
    assert again.links == (Link("flatten_1", "dense_1"),)


@pytest.mark.parametrize("text", ["hello", "x" * 3_000_000, "🧠" * 10_000, '{"format":1}'])
def test_foreign_text_is_politely_refused(hand, text):
    QGuiApplication.clipboard().setText(text)
    hand.view.paste()
    assert hand.messages[-1] == "The clipboard holds text, not layers: nothing was pasted"
    assert hand.document.undo_stack.count() == 0


def test_other_content_is_named():
    picture = QMimeData()
    image = QImage(2, 2, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    picture.setImageData(image)
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile("/tmp/x.png")])
    for data, words in ((picture, "a picture"), (files, "files"), (None, "empty")):
        with pytest.raises(DesignerError, match=words):
            decoded(data)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"\xff\xfe",
        b'{"format":1,"nodes":[],"links":[',
        b'{"format":1,"nodes":[{}],"links":[]}',
        b'{"format":1,"nodes":[{"id":"a","kind":"dense","fields":{},"name":"","x":'
        + b"9" * 5000
        + b',"y":0}],"links":[]}',
        b'{"format":1,"nodes":[],"links":[],"more":' + b"[" * 100_000,
    ],
)
def test_damaged_layers_are_refused(raw):
    with pytest.raises(DesignerError, match="copy them once more"):
        decoded(_data(raw))


def test_huge_and_newer_content_is_refused():
    with pytest.raises(DesignerError, match="4 MB that can be pasted"):
        decoded(_data(b" " * 5_000_000))
    with pytest.raises(DesignerError, match="another version"):
        decoded(_data(b'{"format":2,"nodes":[],"links":[]}'))
    node = b'{"id":"a%d","kind":"flatten","fields":{},"name":"","x":0,"y":0}'
    nodes = b",".join(node % i for i in range(2_001))
    with pytest.raises(DesignerError, match="2,001 layers"):
        decoded(_data(b'{"format":1,"nodes":[' + nodes + b'],"links":[]}'))


def test_bad_settings_become_a_placeholder_that_says_why():
    raw = (
        b'{"format":1,"links":[["a","a"],["a","zz"]],"nodes":['
        b'{"id":"a","kind":"dense","fields":{"units":-3},"name":"n","x":0,"y":0},'
        b'{"id":"b","kind":"gelu","fields":{"k":1},"name":"","x":0,"y":1e999}]}'
    )
    try:
        graph = decoded(_data(raw))
    except DesignerError:
        raw = raw.replace(b"1e999", b"5e8")
        graph = decoded(_data(raw))
    assert [node.layer.kind for node in graph.nodes] == ["unknown", "unknown"]
    assert "units must be" in graph.nodes[0].layer.reason
    assert graph.nodes[1].layer.original == {"kind": "gelu", "k": 1}
    assert not graph.links
    assert abs(graph.nodes[1].y) <= 200_000


def test_a_copied_dense_keeps_every_field():
    layer = Dense(units=7, activation="tanh", initializer="he_normal", bias=False)
    graph = Graph().with_node(layer, 8, 16, "mine")
    assert decoded(encoded(graph, ["dense_1"])) == graph
