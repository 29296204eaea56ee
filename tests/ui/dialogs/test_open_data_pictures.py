"""Pictures are previewed before they are taken, and those that cannot be read are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QMessageBox
from pytestqt.qtbot import QtBot

from nndesigner.data import prepare
from nndesigner.ui.views.side import SideArea
from tests.ui.dialogs.test_open_data import opened, pick, settled

# Says nothing about us: the offscreen platform has no window manager to pass sizes to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_a_folder_of_pictures_shows_its_classes(qtbot: QtBot, shared_data: Path) -> None:
    dialog = opened(qtbot, shared_data / "images" / "sign_language_digits" / "Dataset")
    assert dialog.kind == "images"
    assert len(dialog.pictures.thumbnails.items) == 300
    side = dialog.pictures.findChild(SideArea)
    assert side is not None
    qtbot.waitUntil(lambda: side.widget().width() <= side.viewport().width())
    assert [name for name, _ in dialog.pictures.bars.items] == list("0123456789")
    assert sum(count for _, count in dialog.pictures.bars.items) == 2062
    pick(dialog.pictures.size_choice, 16)
    pick(dialog.pictures.colours, "grey")
    settled(qtbot, dialog)
    assert dialog.pictures.thumbnails.items[0][0].width() == 16
    dialog.use.click()
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert dialog.dataset is not None
    assert dialog.dataset.spec.input_shape == (16, 16, 1)


def test_skipped_pictures_are_listed(qtbot: QtBot, tmp_path: Path) -> None:
    from PIL import Image

    for name, shade in (("dark", 20), ("light", 220)):
        folder = tmp_path / "pictures" / name
        folder.mkdir(parents=True)
        for number in range(12):
            Image.new("L", (8, 8), shade + number).save(folder / f"{number}.png")
    (tmp_path / "pictures" / "dark" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    dialog = opened(qtbot, tmp_path / "pictures")
    assert dialog.problem.text() == ""
    assert "broken.png" in dialog.pictures.notes.text()
    assert dialog.pictures.bars.items == (("dark", 12), ("light", 12))


@pytest.mark.parametrize("answer", ["Use 24 pictures", "Go back"])
def test_many_unreadable_pictures_are_asked_about(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    from PIL import Image

    for name in ("dark", "light"):
        (tmp_path / name).mkdir()
        for number in range(12):
            Image.new("L", (8, 8), number).save(tmp_path / name / f"{number}.png")
    for number in range(4):
        (tmp_path / "dark" / f"broken{number}.png").write_bytes(b"no picture")
    asked: list[str] = []

    def click(box: QMessageBox) -> int:
        asked.append(box.text())
        next(button for button in box.buttons() if button.text() == answer).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", click)
    dialog = opened(qtbot, tmp_path)
    dialog.use.click()
    assert asked == ["4 of 28 pictures could not be read. Use the other 24?"]
    if answer == "Go back":
        assert dialog.dataset is None
        assert dialog.isVisible()
    else:
        assert dialog.dataset is not None
        assert dialog.dataset.spec.rows == 24


def test_idx_files_show_their_pictures(qtbot: QtBot, shared_data: Path) -> None:
    dialog = opened(qtbot, shared_data / "mnist" / "t10k-images-idx3-ubyte.gz")
    assert dialog.kind == "idx"
    assert "10,000 pictures" in dialog.pictures.facts.text()
    assert dialog.pictures.options == {}
    dialog.use.click()
    assert dialog.dataset is not None
    assert dialog.dataset.spec.input_shape == (28, 28, 1)


def test_idx_labels_can_be_named(qtbot: QtBot, shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "mnist"
    lonely = tmp_path / "pictures-idx3-ubyte.gz"
    lonely.write_bytes((source / "t10k-images-idx3-ubyte.gz").read_bytes())
    dialog = opened(qtbot, lonely)
    assert dialog.problem.text() != ""
    assert dialog.label_file.isVisible()
    assert not dialog.use.isEnabled()
    dialog.set_labels(source / "t10k-labels-idx1-ubyte.gz")
    settled(qtbot, dialog)
    assert dialog.problem.text() == ""
    assert dialog.use.isEnabled()


def test_a_size_is_typed_values_are_chosen_and_skipped_files_are_listed(
    qtbot: QtBot, shared_data: Path, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        folder = tmp_path / "p" / name
        folder.mkdir(parents=True)
        for source in sorted((shared_data / "sklearn" / "digits_png" / "0").glob("*.png"))[:6]:
            (folder / source.name).write_bytes(source.read_bytes())
    for number in range(9):
        (tmp_path / "p" / "a" / f"bad{number}.png").write_bytes(b"no")
    dialog = opened(qtbot, tmp_path / "p")
    page = dialog.pictures
    assert page.skipped.count() == 9
    assert page.skipped_title.text() == "Skipped files (9)"
    assert page.skipped.item(0).text().startswith("a/bad0.png\nno picture that can be read")
    for text, size in (("12", 12), ("10 × 6", [10, 6])):
        page.size_choice.setEditText(text)
        page._size_typed()
        assert page.options["size"] == size
        settled(qtbot, dialog)
    assert page.facts.text().startswith("12 pictures of 6×10×1")
    for text in ("huge", "0", "99999", "3x4x5"):
        page.size_choice.setEditText(text)
        page._size_typed()
        assert page.options["size"] == [10, 6]
        assert page.size_choice.currentText() == "10 × 6"
    pick(page.scaling, "signed")
    settled(qtbot, dialog)
    dialog._ask_about_skipped = lambda dataset: True  # type: ignore[method-assign]
    dialog.take()
    assert dialog.dataset is not None
    assert prepare(dialog.dataset, 0.2, 1).x_train.min() < 0
