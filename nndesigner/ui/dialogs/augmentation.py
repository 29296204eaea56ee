"""Chooses how training rows are changed by chance, with a preview that follows every choice."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nndesigner.data.dataset import Dataset, FloatArray
from nndesigner.errors import DesignerError
from nndesigner.training.augmentation import PERCENT, Augmentation, applies_to, augmented
from nndesigner.ui import theme
from nndesigner.ui.background import Job
from nndesigner.ui.dialogs.room import make_room
from nndesigner.ui.forms import Form
from nndesigner.ui.views.base import number_text, paint_text
from nndesigner.ui.views.colormaps import picture
from nndesigner.ui.views.lazy import spread_rows

#: So many pictures, each so many times changed.
ROWS, VARIANTS = 5, 6


class PreviewGrid(QWidget):
    """Pictures at the left, and what training sees of each in some epochs at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[tuple[QImage, ...], ...] = ()
        self._note = ""
        self.setMinimumSize(420, 320)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def rows(self) -> tuple[tuple[QImage, ...], ...]:
        """The original and its variants, a row each."""
        return self._rows

    @property
    def note(self) -> str:
        """What is said where there are no pictures."""
        return self._note

    def show_rows(self, rows: tuple[tuple[QImage, ...], ...], note: str = "") -> None:
        """Show other pictures, or a sentence."""
        self._rows, self._note = rows, note
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Pictures in squares under two headings."""
        t = theme.tokens()
        painter = QPainter(self)
        painter.setPen(theme.color(t.text_quiet))
        if not self._rows:
            area = self.rect().adjusted(32, 0, -32, 0)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(area, flags, self._note)
            return
        head, gap, apart = 24, 8, 24
        across, down = len(self._rows[0]), len(self._rows)
        side = min(
            (self.width() - apart - gap * (across - 1)) / across,
            (self.height() - head - gap * (down - 1)) / down,
        )
        painter.drawText(QRectF(0, 0, side + apart, head), "The picture")
        painter.drawText(
            QRectF(side + apart, 0, self.width(), head), "What training sees, epoch by epoch"
        )
        for row, images in enumerate(self._rows):
            for column, image in enumerate(images):
                left = column * (side + gap) + (apart - gap if column else 0)
                place = QRectF(left, head + row * (side + gap), side, side)
                size = image.size().scaled(
                    place.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio
                )
                inner = QRectF(0, 0, size.width(), size.height())
                inner.moveCenter(place.center())
                painter.setRenderHint(
                    QPainter.RenderHint.SmoothPixmapTransform, image.width() > side
                )
                painter.drawImage(inner, image)
                painter.setPen(QPen(theme.color(t.hairline), 1))
                painter.drawRect(inner)


class AugmentationDialog(QDialog):
    """A preview at the left, the choices at the right. After `accept` they are in ``chosen``."""

    def __init__(
        self,
        chosen: Augmentation,
        dataset: Dataset | None,
        seed: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Augmentation")
        self.setSizeGripEnabled(True)
        self.chosen = chosen
        self._seed, self._epoch = seed, 0
        self._job: Job | None = None
        self._again = False
        self._x = example_rows(dataset)
        self.preview = PreviewGrid(self)
        self.preview.setAccessibleName("Preview of changed pictures")
        self.form = Form(self, percent=PERCENT)
        self.help = QLabel(
            f"{Augmentation.help} Rows that are kept aside and new data stay as they are.", self
        )
        self.help.setWordWrap(True)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.others = QPushButton("Other examples", self)
        self.others.setToolTip("Draw the changes anew")
        self.off = QPushButton("Turn all off", self)
        self.cancel = QPushButton("Cancel", self)
        self.use = QPushButton("Use this", self)
        self.use.setDefault(True)
        for button in (self.others, self.off, self.cancel, self.use):
            button.setMinimumSize(96, theme.TARGET)
            button.setAutoDefault(button is self.use)
        self._lay_out()
        self.form.edited.connect(self._edited)
        self.others.clicked.connect(self._draw_anew)
        self.off.clicked.connect(lambda: self._choose(Augmentation()))
        self.use.clicked.connect(self.accept)
        self.cancel.clicked.connect(self.reject)
        theme.changed().connect(self._restyle)
        self._restyle()
        make_room(self)
        self._choose(chosen)

    def sizeHint(self) -> QSize:
        """Room for the pictures and the choices."""
        return QSize(1040, 600)

    def done(self, result: int) -> None:
        """Nobody waits for a preview any more."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        super().done(result)

    @property
    def busy(self) -> bool:
        """Whether a preview is being made."""
        return self._job is not None

    # -- inside

    def _edited(self, name: str, value: Any) -> None:
        try:
            self._choose(self.chosen.changed(**{name: value}))
        except DesignerError as error:
            self.form.rows[name].show_problem(str(error))

    def _choose(self, chosen: Augmentation) -> None:
        self.chosen = chosen
        self.form.show_declaration(chosen)
        self.off.setEnabled(chosen.is_on)
        pictures = self._x is None or self._x.ndim == 4
        self.note.setVisible(not pictures and chosen.for_pictures)
        self.note.setText("These rows are no pictures: of all changes, noise alone applies.")
        self._draw()

    def _draw_anew(self) -> None:
        self._epoch += VARIANTS
        self._draw()

    def _draw(self) -> None:
        """Make the preview beside the window; choices that follow quickly are made once."""
        x, chosen, seed, first = self._x, self.chosen, self._seed, self._epoch
        if x is None:
            self.preview.show_rows((), "Open data with pictures to see what happens to them.")
            return
        if self._job is not None:
            self._again = True
            return

        def work() -> list[FloatArray]:
            if not applies_to(chosen, x.shape[1:]):
                return [x] * VARIANTS
            return [augmented(x, chosen, seed, first + turn) for turn in range(VARIANTS)]

        if not self.preview.rows:
            self.preview.show_rows((), "Preparing the preview…")
        job = Job(work, self)
        self._job = job
        job.done.connect(self._drawn)
        job.failed.connect(lambda text: self._failed(text))
        job.start()

    def _drawn(self, variants: list[FloatArray]) -> None:
        self._job = None
        x = self._x
        if x is not None and x.ndim == 4:
            low, high = min(0.0, float(x.min())), max(1.0, float(x.max()))
            self.preview.show_rows(
                tuple(
                    tuple(picture(each[row], low, high) for each in (x, *variants))
                    for row in range(len(x))
                )
            )
        elif x is not None:
            self.preview.show_rows((), numbers_text(x, variants))
        if self._again:
            self._again = False
            self._draw()

    def _failed(self, text: str) -> None:
        self._job = None
        self.preview.show_rows((), text)

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(theme.MARGIN)
        for widget in (self.help, self.form, self.note):
            side.addWidget(widget)
        side.addStretch()
        column = QWidget(self)
        column.setFixedWidth(340)
        column.setLayout(side)
        middle = QHBoxLayout()
        middle.setSpacing(theme.WIDE_MARGIN)
        middle.addWidget(self.preview, 1)
        middle.addWidget(column)
        foot = QHBoxLayout()
        foot.setSpacing(theme.MARGIN)
        foot.addWidget(self.others)
        foot.addWidget(self.off)
        foot.addStretch()
        foot.addWidget(self.cancel)
        foot.addWidget(self.use)
        layout = QVBoxLayout(self)
        margin = theme.WIDE_MARGIN
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(theme.WIDE_MARGIN)
        layout.addLayout(middle, 1)
        layout.addLayout(foot)

    def _restyle(self) -> None:
        t = theme.tokens()
        paint_text(self.help, t.text_quiet)
        paint_text(self.note, t.warning)
        self.others.setIcon(theme.icon("mdi6.refresh", "text"))


def example_rows(dataset: Dataset | None) -> FloatArray | None:
    """A few encoded rows of different classes to show changes on."""
    if dataset is None:
        return None
    rows = spread_rows(dataset.labels, dataset.spec.rows, ROWS)
    if not len(rows):
        return None
    try:
        return dataset.encode(dataset.fit(rows), rows).x
    except DesignerError:
        return None


def numbers_text(x: FloatArray, variants: list[FloatArray]) -> str:
    """The first numbers of a row and what becomes of them."""
    first = x[0].reshape(-1)[:4]
    lines = ["A row: " + ", ".join(number_text(float(v)) for v in first), ""]
    for each in variants[:4]:
        values = each[0].reshape(-1)[:4]
        lines.append("Training sees: " + ", ".join(number_text(float(v)) for v in values))
    return "\n".join(lines)
