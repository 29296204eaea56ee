"""The selected layer: its settings as a form, its shapes and numbers, and what is wrong with it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
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

from nndesigner.data.words import bytes_text
from nndesigner.errors import DesignerError
from nndesigner.graph import Graph, Node, shape_text
from nndesigner.learning.activations import activation_of
from nndesigner.report import Problem, parameters_text
from nndesigner.ui import theme
from nndesigner.ui.document import Document
from nndesigner.ui.fields import TextBox
from nndesigner.ui.forms import Form, empty_layout
from nndesigner.ui.function_picture import FunctionPicture


class Inspector(QScrollArea):
    """Follows the selection of a document and edits it; every change is a step of undo."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._node: str | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # A stack would keep the height of its tallest page, and with it a scroll bar for nothing.
        pages = QWidget(self)
        pages.setObjectName("panel")
        self.nothing = _Overview(document, self)
        self.page = _LayerPage(document, self)
        column = QVBoxLayout(pages)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.nothing)
        column.addWidget(self.page)
        self.setWidget(pages)
        document.selection_changed.connect(self._follow)
        document.checked.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        """Show the selected node, or the network where none or several are selected."""
        chosen = [
            node for node in self._document.graph.nodes if node.id in self._document.selection
        ]
        if len(chosen) == 1:
            self.page.show_node(chosen[0], afresh=chosen[0].id != self._node)
            self._node = chosen[0].id
            self._bring(self.page)
        else:
            self._node = None
            self.nothing.show_count(len(chosen))
            self._bring(self.nothing)

    def _bring(self, page: QWidget) -> None:
        self.page.setVisible(page is self.page)
        self.nothing.setVisible(page is self.nothing)


class _Overview(QWidget):
    """What to see while no single layer is selected: the network in figures."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.title = QLabel("Network", self)
        self.title.setFont(theme.title_font())
        self.figures = QLabel(self)
        self.figures.setWordWrap(True)
        self.figures.setTextFormat(Qt.TextFormat.PlainText)
        self.hint = QLabel(self)
        self.hint.setObjectName("quiet")
        self.hint.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.WIDE_MARGIN, theme.MARGIN, theme.WIDE_MARGIN, theme.MARGIN)
        layout.setSpacing(theme.GRID)
        for widget in (self.title, self.figures, self.hint):
            layout.addWidget(widget)
        layout.addStretch()

    def show_count(self, selected: int) -> None:
        """Fill in the figures of the drawing as it is now."""
        graph, report = self._document.graph, self._document.verdict.report
        layers = len(graph.nodes)
        if not layers:
            self.figures.setText("The canvas is empty.")
            self.hint.setText(
                "Drag a layer from the palette onto the canvas, or press Space there to add one."
            )
            return
        lines = [f"{layers:,} {'layer' if layers == 1 else 'layers'}, {report.parameters_text}"]
        if report.input and report.output_shape and report.input in report.shapes:
            lines.append(
                f"{shape_text(report.shapes[report.input])} → {shape_text(report.output_shape)}"
            )
        needed = self._document.verdict.memory_bytes
        if needed:
            lines.append(f"{bytes_text(needed)} of memory to train")
        self.figures.setText("\n".join(lines))
        self.hint.setText(
            f"{selected} layers are selected. Select a single one to change its settings."
            if selected > 1
            else "Select a layer on the canvas to see and change its settings."
        )


class _LayerPage(QWidget):
    """One layer: title, name, form, figures, problems."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._id = ""
        self._naming = 0
        self._icon = QLabel(self)
        self._icon.setFixedSize(20, 20)
        self.title = QLabel(self)
        self.title.setFont(theme.title_font())
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.name = TextBox(self)
        self.name.setAccessibleName("Name of this layer")
        self.name.setMinimumHeight(theme.TARGET)
        self.name.setMaxLength(200)
        self.name.textEdited.connect(self._named)
        self.name.editingFinished.connect(self._name_done)
        self.help = QLabel(self)
        self.help.setObjectName("quiet")
        self.help.setWordWrap(True)
        self.figures = QLabel(self)
        self.figures.setFont(theme.number_font())
        self.figures.setTextFormat(Qt.TextFormat.PlainText)
        self.figures.setWordWrap(True)
        self.form = Form(self, leave_out=("original", "reason"))
        self.form.edited.connect(self._edited)
        self.picture: FunctionPicture | None = None
        self.problems = QWidget(self)
        self._problem_layout = QVBoxLayout(self.problems)
        self._problem_layout.setContentsMargins(0, 0, 0, 0)
        self._problem_layout.setSpacing(theme.GRID)
        self._problems: tuple[Problem, ...] = ()
        header = QHBoxLayout()
        header.setSpacing(theme.GRID)
        header.addWidget(self._icon)
        header.addWidget(self.title)
        header.addWidget(self.name, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.WIDE_MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        layout.setSpacing(theme.GRID)
        layout.addLayout(header)
        for widget in (self.help, self.problems, self.figures, self.form):
            layout.addWidget(widget)
        layout.addStretch()
        theme.changed().connect(self._restyle)

    def show_node(self, node: Node, *, afresh: bool) -> None:
        """Show a node as it is now; ``afresh`` when it is another one than before."""
        self._id = node.id
        own = node.layer.title if node.name else self._document.graph.title(node.id)
        self.title.setText(own)
        self.help.setText(node.layer.help)
        self.name.setPlaceholderText("Name")
        if self.name.text() != node.name:
            self.name.setText(node.name)
        if afresh:
            self.form.start_afresh()
            self.picture = None
            self._restyle()
        self.form.show_declaration(node.layer)
        function = activation_of(node.layer)
        if function is not None:
            if self.picture is None:
                self.picture = FunctionPicture(self)
                self.form.add_below("activation", self.picture)
            self.picture.show_function(function)
        self._show_figures(node)
        self._show_problems(node)

    def _show_figures(self, node: Node) -> None:
        graph, report = self._document.graph, self._document.verdict.report
        arriving = [report.shapes[s] for s in graph.sources(node.id) if s in report.shapes]
        leaving = report.shapes.get(node.id)
        into = " + ".join(shape_text(shape) for shape in arriving)
        if leaving is None:
            text = f"{into} → ?" if into else "Shapes show once data and wires reach this layer"
        elif into:
            text = f"{into} → {shape_text(leaving)}"
        else:
            text = f"Gives {shape_text(leaving)}"
        arrays = report.parameters.get(node.id, ())
        if arrays:
            parts = ", ".join(
                f"{array.name.replace('_', ' ')} {shape_text(array.shape)}" for array in arrays
            )
            words = parameters_text(report.count(node.id), report.trainable(node.id))
            text += f"\n{words}: {parts}"
        elif leaving is not None and into:
            text += "\nNo parameters"
        self.figures.setText(text)

    def _show_problems(self, node: Node) -> None:
        problems = tuple(p for p in self._document.verdict.problems if p.node == node.id)
        if problems == self._problems and self._problem_layout.count() == len(problems):
            return
        self._problems = problems
        empty_layout(self._problem_layout)
        for problem in problems:
            self._problem_layout.addWidget(ProblemCard(self._document, problem, self.problems))
        self.problems.setVisible(bool(problems))

    def _node(self) -> Node | None:
        graph = self._document.graph
        return graph.node(self._id) if graph.has(self._id) else None

    def _edited(self, name: str, value: Any) -> None:
        node = self._node()
        if node is None:
            return
        row = self.form.rows[name]
        try:
            layer = node.layer.changed(**{name: value})
        except DesignerError as error:
            row.show_problem(str(error))
            return
        self._push(
            f"change {row.field.title.lower()} of {self._document.graph.title(node.id)}",
            self._document.graph.with_layer(self._id, layer),
            self.form.merge_key(name),
        )

    def _named(self, name: str) -> None:
        node = self._node()
        if node is not None:
            graph = self._document.graph.with_name(self._id, name.strip())
            self._push(f"rename {node.layer.title}", graph, f"name/{self._naming}")

    def _name_done(self) -> None:
        self._naming += 1

    def _push(self, text: str, graph: Graph, merge: str) -> None:
        self._document.edit(text, graph, merge=f"inspector/{self._id}/{merge}")

    def _restyle(self) -> None:
        node = self._node()
        if node is not None:
            token = f"bar_{node.layer.category}"
            icon = theme.icon(node.layer.icon, token if hasattr(theme.tokens(), token) else "text")
            self._icon.setPixmap(icon.pixmap(20, 20))


class ProblemCard(QFrame):
    """A problem's sentence with its mark, and its first repair as a button."""

    def __init__(self, document: Document, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("errorCard" if problem.severity == "error" else "warningCard")
        token = "error" if problem.severity == "error" else "warning"
        mark = QLabel(self)
        mark.setPixmap(theme.icon("mdi6.alert-circle-outline", token).pixmap(20, 20))
        mark.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.message = QLabel(problem.message, self)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        self.message.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        column = QVBoxLayout()
        column.setSpacing(theme.GRID)
        column.addWidget(self.message)
        self.buttons: list[QPushButton] = []
        for repair in problem.repairs:
            button = QPushButton(repair.title, self)
            button.setMinimumHeight(theme.TARGET)
            button.clicked.connect(lambda _=False, repair=repair: document.repair(repair))
            self.buttons.append(button)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        layout.setSpacing(theme.GRID)
        layout.addWidget(mark)
        layout.addLayout(column, 1)
