"""What opening data asks in small dialogs of their own: where they lie, and whether the rest do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from nndesigner.data.formats import IDX, NUMPY, dialog_filter, patterns
from nndesigner.data.pixels import PixelDataset


def ask_data_path(kind: str, parent: QWidget | None = None, folder: str = "") -> Path | None:
    """Ask where a table, an image folder or packed pictures lie; None when nothing was chosen."""
    if kind == "images":
        chosen = QFileDialog.getExistingDirectory(
            parent, "The folder that holds one folder a class", folder
        )
    else:
        table = kind == "table"
        chosen, _ = QFileDialog.getOpenFileName(
            parent,
            "Open a table" if table else "Open pictures in a file",
            folder,
            dialog_filter("table" if table else "pictures"),
        )
    return Path(chosen) if chosen else None


def ask_label_path(parent: QWidget, folder: Path) -> Path | None:
    """Ask which file holds the labels of pictures that came without."""
    chosen, _ = QFileDialog.getOpenFileName(
        parent, "Label file", str(folder), f"Labels ({patterns((IDX, NUMPY))});;All files (*)"
    )
    return Path(chosen) if chosen else None


def ask_about_skipped(dataset: PixelDataset, parent: QWidget) -> bool:
    """Whether the pictures that are left will do, when many could not be read."""
    left = dataset.files - dataset.skipped
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Open data")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(
        f"{dataset.skipped:,} of {dataset.files:,} pictures could not be read. "
        f"Use the other {left:,}?"
    )
    box.setInformativeText("The notes beside the pictures say which ones, and why.")
    use = box.addButton(f"Use {left:,} pictures", QMessageBox.ButtonRole.AcceptRole)
    back = box.addButton("Go back", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(back)
    box.setEscapeButton(back)
    box.exec()
    return box.clickedButton() is use
