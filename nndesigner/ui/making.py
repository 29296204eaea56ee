"""Data without a file: made from a formula, painted by hand, and made anew with another seed."""

from __future__ import annotations

import contextlib

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from nndesigner.data.dataset import Dataset
from nndesigner.data.made import (
    GENERATED,
    PAINTED,
    Painted,
    generate,
    generator_of,
    painted_of,
    prepared_like,
)
from nndesigner.data.same import as_own_target, with_own_target
from nndesigner.errors import DataError
from nndesigner.ui.dialogs.make_data import MakeDataDialog, another_seed
from nndesigner.ui.dialogs.paint_points import PaintDialog
from nndesigner.ui.document import Document
from nndesigner.ui.files_controller import FilesController
from nndesigner.ui.notices import NoticeBar


class Making(QObject):
    """The verbs behind Make points, Paint points and Regenerate."""

    def __init__(
        self, window: QWidget, document: Document, files: FilesController, notices: NoticeBar
    ) -> None:
        super().__init__(window)
        self._window, self._document = window, document
        self._files, self._notices = files, notices
        self.dialog: QDialog | None = None

    def make(self) -> None:
        """Choose a set of points and its settings; that of the open data is there already."""
        dialog = MakeDataDialog(self._document.state.origin, self._window)
        dialog.accepted.connect(lambda: self._take(dialog.dataset))
        dialog.paint_wanted.connect(
            lambda: self._paint(
                Painted(dialog.made.x, dialog.made.y.astype(np.int64), dialog.made.classes)
            )
        )
        self._open(dialog)

    def paint(self) -> None:
        """Paint points; those of the open data are there already, where they are of that kind."""
        self._paint(self._open_points())

    def regenerate(self) -> None:
        """Other points of the same kind: the network, its weights and its settings stay."""
        origin = self._document.state.origin
        if origin is None or origin.kind != GENERATED:
            self._notices.say("Only made points can be made anew: choose Make points first")
            return
        try:
            generator = generator_of(origin)
        except DataError as error:
            self._notices.say(str(error), "error")
            return
        made = generate(generator.changed(seed=another_seed(generator.seed)))
        again = prepared_like(made, origin)
        self._document.set_dataset(as_own_target(again) if with_own_target(origin) else again)

    def use_own_target(self, on: bool) -> None:
        """Learn to give rows back, or predict their target again."""
        dataset = self._document.dataset
        if dataset is None:
            self._notices.say("Open data first: its rows become their own targets")
        elif not on and not len(dataset.source.rows_with_target()):
            self._notices.say(
                f"{dataset.spec.name} holds no labels, so its rows can only be given back: open it "
                "with its labels to tell them apart"
            )
            self._document.data_changed.emit()  # the tick stays where it was
        elif on != dataset.spec.same_as_input:
            self._files.take_data(as_own_target(dataset) if on else dataset.source)

    # -- inside

    def _open_points(self) -> Painted | None:
        origin = self._document.state.origin
        if origin is None:
            return None
        with contextlib.suppress(DataError):
            if origin.kind == PAINTED:
                return painted_of(origin)
            if origin.kind == GENERATED:
                made = generator_of(origin).make()
                if made.classes and made.x.shape[1] == 2:
                    return Painted(made.x, made.y.astype(np.int64), made.classes)
        return None

    def _take(self, dataset: Dataset | None) -> None:
        """Take these points; how others were prepared before holds for them too."""
        if dataset is not None:
            dataset = prepared_like(dataset, self._document.state.origin)
        self._files.take_data(dataset)

    def _paint(self, painted: Painted | None) -> None:
        dialog = PaintDialog(painted, self._window)
        dialog.accepted.connect(lambda: self._take(dialog.dataset))
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(lambda _: self._closed(dialog))
        dialog.open()

    def _closed(self, dialog: QDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()
