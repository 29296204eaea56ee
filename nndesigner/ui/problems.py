"""The list of what is wrong with the design, each with its first remedy as a button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nndesigner.report import Problem
from nndesigner.ui import theme
from nndesigner.ui.canvas.geometry import plain
from nndesigner.ui.document import Document

#: A design with more problems than these is best mended from the top.
MOST_ROWS = 50


class ProblemRow(QFrame):
    """One problem. ``chosen`` follows a click or Enter, ``repair_wanted`` the button."""

    chosen = Signal()
    repair_wanted = Signal()

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problem = problem
        self.setObjectName("problem")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(plain(problem.message, 500))
        if problem.node is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        is_error = problem.severity == "error"
        picture = QLabel(self)
        name = "mdi6.alert-circle" if is_error else "mdi6.alert"
        picture.setPixmap(theme.icon(name, "error" if is_error else "warning").pixmap(20, 20))
        picture.setAccessibleName("Error" if is_error else "Warning")
        self.sentence = QLabel(plain(problem.message, 500), self)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.MARGIN, 4, theme.MARGIN, 4)
        row.setSpacing(theme.MARGIN)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.sentence, 1)
        self.button: QPushButton | None = None
        if problem.repairs:
            self.button = QPushButton(plain(problem.repairs[0].title, 60).replace("&", "&&"), self)
            self.button.setMinimumHeight(theme.TARGET)
            self.button.clicked.connect(self.repair_wanted)
            row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click shows the node."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter or Space shows the node, too."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)


class ProblemsWidget(QWidget):
    """All problems of the document. ``node_wanted`` asks to be shown the node of one."""

    node_wanted = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.rows: list[ProblemRow] = []
        self._shown: tuple[object, ...] | None = None
        self.setAccessibleName("Problems")
        self._content = QWidget(self)
        self._content.setObjectName("content")
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._area = QScrollArea(self)
        self._area.setWidget(self._content)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._area)
        document.checked.connect(self._show)
        theme.changed().connect(self.restyle)
        self.restyle()

    def sizeHint(self) -> QSize:
        """A few rows."""
        return QSize(420, 140)

    def minimumSizeHint(self) -> QSize:
        """One row."""
        return QSize(160, 64)

    def restyle(self) -> None:
        """Take over the theme."""
        t = theme.tokens()
        self.setStyleSheet(
            f"#content, QScrollArea {{ background: {t.panel}; }}"
            f"#problem {{ background: transparent; border: 2px solid transparent;"
            f" border-bottom: 1px solid {t.hairline}; }}"
            f"#problem:hover {{ background: {t.raised}; }}"
            f"#problem:focus {{ border: 2px solid {t.accent}; border-radius: 4px; }}"
        )
        self._shown = None
        self._show()

    def _show(self) -> None:
        """Show the problems of the last check; rows stay when only their remedies have changed."""
        problems = self.document.verdict.problems
        shown = tuple(
            (p.message, p.node, p.severity, p.repairs[0].title if p.repairs else "")
            for p in problems
        )
        if shown == self._shown:
            return
        self._shown = shown
        self._clear()
        for index, problem in enumerate(problems[:MOST_ROWS]):
            row = ProblemRow(problem, self._content)
            row.chosen.connect(lambda node=problem.node: self._want(node))
            row.repair_wanted.connect(lambda index=index: self._repair(index))
            self._column.addWidget(row)
            self.rows.append(row)
        more = len(problems) - len(self.rows)
        if more > 0:
            self._column.addWidget(self._note(f"and {more:,} more", ""))
        if not problems:
            self._column.addWidget(
                self._note("No problems: the network is ready to train", "mdi6.check-circle")
            )
        self._column.addStretch(1)

    def _clear(self) -> None:
        focused = any(row.hasFocus() or row.isAncestorOf(self.focusWidget()) for row in self.rows)
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.rows = []
        if focused:
            self._area.setFocus(Qt.FocusReason.OtherFocusReason)

    def _note(self, text: str, icon: str) -> QWidget:
        note = QWidget(self._content)
        row = QHBoxLayout(note)
        row.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        if icon:
            picture = QLabel(note)
            picture.setPixmap(theme.icon(icon, "good").pixmap(20, 20))
            row.addWidget(picture)
        label = QLabel(text, note)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setObjectName("note")
        label.setStyleSheet(f"color: {theme.tokens().text_quiet};")
        row.addWidget(label, 1)
        return note

    def _want(self, node: str | None) -> None:
        if node is not None and self.document.graph.has(node):
            self.node_wanted.emit(node)

    def _repair(self, index: int) -> None:
        """Apply the remedy as it stands now: the one of an older check would undo later edits."""
        problems = self.document.verdict.problems
        if index < len(problems) and problems[index].repairs:
            self.document.repair(problems[index].repairs[0])

    def changeEvent(self, event: QEvent) -> None:
        """Fonts changed: lay out anew."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._content.adjustSize()
