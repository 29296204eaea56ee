"""Help on one layer, made from its declaration, and all keys on one page."""

from __future__ import annotations

import html
import inspect

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from nndesigner import __version__
from nndesigner.declare import fields_of
from nndesigner.layers import LAYERS
from nndesigner.ui.actions import MENUS, Actions

#: Keys that are not commands of a menu.
CANVAS_KEYS: tuple[tuple[str, str], ...] = (
    ("Space or Tab", "Add a layer"),
    ("Arrows", "Nudge the selected layers"),
    ("Enter", "Rename the selected layer"),
    ("+, −, 0", "Zoom in, zoom out, actual size"),
    ("Escape", "Leave what the mouse is doing"),
)

#: Keys of menu entries that the window fills in itself.
FILLED_KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "*undo": (("Ctrl+Z", "Undo"), ("Ctrl+Shift+Z or Ctrl+Y", "Redo")),
    "*panels": (("Ctrl+1 to Ctrl+9", "Show a panel"),),
}


class HelpWindow(QDialog):
    """A page of text beside the window; it never blocks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(False)
        self.page = QTextBrowser(self)
        self.page.setOpenExternalLinks(False)
        self.page.setAccessibleName("Help")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(self.page, 1)
        layout.addWidget(buttons)

    def sizeHint(self) -> QSize:
        """A column of text."""
        return QSize(520, 520)

    def show_layer(self, kind: str) -> None:
        """What a layer does, what it computes, and each of its settings."""
        cls = LAYERS.get(kind)
        if cls is None:
            self._show("Help", "<p>There is no help on this layer.</p>")
            return
        formula = html.escape(inspect.cleandoc(cls.__doc__ or "")).replace("``", "")
        parts = [f"<h2>{html.escape(cls.title)}</h2><p>{html.escape(cls.help)}</p>"]
        parts += [f"<p>{paragraph}</p>" for paragraph in formula.split("\n\n")]
        fields = fields_of(cls)
        if fields:
            rows = "".join(
                f"<tr><td><b>{html.escape(field.title)}</b></td>"
                f"<td>{html.escape(field.help)} <i>{html.escape(field.range_text)}</i></td></tr>"
                for field in fields
            )
            parts.append(f"<h3>Settings</h3><table cellpadding='4'>{rows}</table>")
        self._show(f"{cls.title} — help", "".join(parts))

    def show_keys(self, actions: Actions) -> None:
        """All keys, menu by menu."""
        sections: list[tuple[str, list[tuple[str, str]]]] = []
        for title, entries in MENUS:
            rows: list[tuple[str, str]] = []
            for name in entries:
                if name is None or name.startswith("*"):
                    rows += FILLED_KEYS.get(name or "", ())
                    continue
                key = actions[name].shortcut().toString()
                if key:
                    rows.append((key, actions[name].text().replace("&", "").rstrip("…")))
            if rows:
                sections.append((title.replace("&", ""), rows))
        sections.append(("On the canvas", list(CANVAS_KEYS)))
        # One table: in one each, the words would begin at another place in every section.
        lines = "".join(
            f"<tr><td colspan='2'><h3>{html.escape(title)}</h3></td></tr>"
            + "".join(
                f"<tr><td><b>{html.escape(key)}</b></td><td>{html.escape(text)}</td></tr>"
                for key, text in rows
            )
            for title, rows in sections
        )
        self._show("Keys", f"<h2>Keys</h2><table cellpadding='3'>{lines}</table>")

    def show_about(self) -> None:
        """The program's name and version."""
        self._show(
            "About nndesigner",
            f"<h2>nndesigner {__version__}</h2><p>Draw a neural network, train it on your own "
            "data, watch it learn, take the weights home.</p><p>Free software under the MIT "
            "licence.</p>",
        )

    def _show(self, title: str, text: str) -> None:
        self.setWindowTitle(title)
        self.page.setHtml(text)
        self.show()
        self.raise_()
