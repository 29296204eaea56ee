"""Fills the menu bar from the table of commands, and the menus that change while it is open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from nndesigner.errors import FileError
from nndesigner.layers import LAYERS
from nndesigner.shipped import shipped
from nndesigner.ui import theme
from nndesigner.ui.actions import MENUS, Actions
from nndesigner.ui.docks import Panels
from nndesigner.ui.document import Document
from nndesigner.ui.files_controller import FilesController
from nndesigner.ui.preferences import Preferences
from nndesigner.ui.speed import SpeedControl

THEMES: tuple[tuple[theme.Mode, str], ...] = (
    ("system", "As the &system"),
    ("light", "&Light"),
    ("dark", "&Dark"),
)


class Menus:
    """The menu bar of one window."""

    def __init__(
        self,
        window: QMainWindow,
        actions: Actions,
        document: Document,
        files: FilesController,
        panels: Panels,
        preferences: Preferences,
        add_layer: Callable[[str], object],
        speed: SpeedControl,
        open_recent_data: Callable[[str], object],
    ) -> None:
        self._window, self._document, self._files = window, document, files
        self._panels, self._preferences, self._add_layer = panels, preferences, add_layer
        self._open_recent_data = open_recent_data
        self.by_title: dict[str, QMenu] = {}
        fill = {
            "*recent": self._recent,
            "*recent_data": self._recent_data,
            "*undo": self._undo,
            "*panels": self._panel_menu,
            "*theme": self._themes,
            "*layers": self._layers,
            "*examples": self._examples,
            "*samples": self._samples,
            "*speed": lambda menu: menu.addMenu(speed.menu(menu)),
        }
        for title, entries in MENUS:
            menu = window.menuBar().addMenu(title)
            menu.setToolTipsVisible(False)
            self.by_title[title.replace("&", "")] = menu
            for name in entries:
                if name is None:
                    menu.addSeparator()
                elif name.startswith("*"):
                    fill[name](menu)
                else:
                    menu.addAction(actions[name])

    def _undo(self, menu: QMenu) -> None:
        stack = self._document.undo_stack
        undo = stack.createUndoAction(self._window, "&Undo")
        undo.setShortcut(QKeySequence("Ctrl+Z"))
        redo = stack.createRedoAction(self._window, "&Redo")
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        menu.addActions([undo, redo])
        self._window.addActions([undo, redo])

    def _recent(self, menu: QMenu) -> None:
        recent = menu.addMenu("Open &recent")
        recent.aboutToShow.connect(lambda: self._fill_recent(recent))
        self._fill_recent(recent)
        menu.aboutToShow.connect(lambda: recent.setEnabled(bool(self._preferences.recent)))

    def _fill_recent(self, menu: QMenu) -> None:
        """Names only: whether the files are still there is asked when one is chosen."""
        menu.clear()
        for path in self._preferences.recent:
            action = menu.addAction(path.replace("&", "&&"))
            action.triggered.connect(lambda _=False, path=path: self._open_recent(path))
        if self._preferences.recent:
            menu.addSeparator()
            menu.addAction("&Clear this list").triggered.connect(
                lambda: self._preferences.forget_recent()
            )

    def _open_recent(self, path: str) -> None:
        if not Path(path).exists():
            self._preferences.forget_recent(path)
        self._files.open_project(Path(path))

    def _recent_data(self, menu: QMenu) -> None:
        recent = menu.addMenu("&Recent data")
        recent.aboutToShow.connect(lambda: self._fill_recent_data(recent))
        menu.aboutToShow.connect(
            lambda: recent.setEnabled(bool(self._preferences.get("recent_data", list, [])))
        )

    def _fill_recent_data(self, menu: QMenu) -> None:
        """Names only: whether the files are still there is asked when one is chosen."""
        menu.clear()
        for path in self._preferences.get("recent_data", list, []):
            if isinstance(path, str):
                action = menu.addAction(path.replace("&", "&&"))
                action.triggered.connect(lambda _=False, path=path: self._open_recent_data(path))

    def _panel_menu(self, menu: QMenu) -> None:
        panels = menu.addMenu("&Panels")
        panels.addActions(self._panels.actions())

    def _themes(self, menu: QMenu) -> None:
        themes = menu.addMenu("&Theme")
        group = QActionGroup(themes)
        for mode, text in THEMES:
            action = QAction(text, themes)
            action.setCheckable(True)
            action.setChecked(theme.mode() == mode)
            action.triggered.connect(lambda _=False, mode=mode: self._use_theme(mode))
            group.addAction(action)
            themes.addAction(action)

    def _use_theme(self, mode: theme.Mode) -> None:
        theme.apply(mode)
        self._preferences.set(theme=mode)

    def _layers(self, menu: QMenu) -> None:
        layers = menu.addMenu("Add a &layer of kind")
        for kind, cls in LAYERS.items():
            action = layers.addAction(cls.title)
            action.setToolTip(cls.help)
            action.triggered.connect(lambda _=False, kind=kind: self._add_layer(kind))

    def _examples(self, menu: QMenu) -> None:
        projects = menu.addMenu("&Example projects")
        try:
            found = (path.name for path in shipped("samples").glob("*.nnd"))
            names = sorted(name for name in found if not name.endswith(".bak.nnd"))
        except FileError:
            names = []
        for name in names:
            action = projects.addAction(name.removesuffix(".nnd").replace("_", " "))
            action.triggered.connect(lambda _=False, name=name: self._files.open_sample(name))
        projects.setEnabled(bool(names))

    def _samples(self, menu: QMenu) -> None:
        data = menu.addMenu("&Sample data")
        data.aboutToShow.connect(lambda: self._fill_samples(data))

    def _fill_samples(self, menu: QMenu) -> None:
        if menu.actions():
            return
        from nndesigner.data import samples

        for sample in samples():
            action = menu.addAction(sample.title)
            action.setStatusTip(sample.help)
            action.triggered.connect(
                lambda _=False, name=sample.name: self._files.open_named_data(name)
            )
