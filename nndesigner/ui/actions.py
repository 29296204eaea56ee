"""Every command of the window by name: its words, key, icon and help, and where menus show it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from nndesigner.ui import theme


@dataclass(frozen=True)
class Command:
    """The facts of one command. ``on_canvas`` keys work while the canvas has the focus."""

    name: str
    text: str
    key: str = ""
    icon: str = ""
    tip: str = ""
    on_canvas: bool = False
    checkable: bool = False


COMMANDS: tuple[Command, ...] = (
    Command("new", "&New", "Ctrl+N", "mdi6.file-outline", "Start an empty project"),
    Command("open", "&Open…", "Ctrl+O", "mdi6.folder-open-outline", "Open a project or data"),
    Command("save", "&Save", "Ctrl+S", "mdi6.content-save-outline", "Save this project"),
    Command("save_as", "Save &as…", "Ctrl+Shift+S", "", "Save this project under another name"),
    Command(
        "export_weights",
        "Export &weights…",
        "Ctrl+Shift+E",
        "mdi6.export",
        "Write the trained weights as .npz or .safetensors",
    ),
    Command("export_picture", "Export &picture…", "", "", "Write the drawing as an image"),
    Command("close", "&Quit", "Ctrl+Q", "", "Close the window"),
    Command("cut", "Cu&t", "Ctrl+X", "mdi6.content-cut", "", on_canvas=True),
    Command("copy", "&Copy", "Ctrl+C", "mdi6.content-copy", "", on_canvas=True),
    Command("paste", "&Paste", "Ctrl+V", "mdi6.content-paste", "", on_canvas=True),
    Command("duplicate", "&Duplicate", "Ctrl+D", "", "", on_canvas=True),
    Command("delete", "De&lete", "Del", "mdi6.delete-outline", "", on_canvas=True),
    Command("select_all", "Select &all", "Ctrl+A", "", "", on_canvas=True),
    Command("rename", "&Rename", "F2", "", "Give the selected layer a name", on_canvas=True),
    Command("zoom_in", "Zoom &in", "Ctrl++", "mdi6.magnify-plus-outline"),
    Command("zoom_out", "Zoom &out", "Ctrl+-", "mdi6.magnify-minus-outline"),
    Command("zoom_reset", "&Actual size", "Ctrl+0"),
    Command("fit", "&Fit the network", "F", "mdi6.fit-to-page-outline", on_canvas=True),
    Command("full_screen", "F&ull screen", "F11", checkable=True),
    Command("reset_layout", "&Reset the layout", "", "", "Put all panels back in their places"),
    Command("tidy", "&Tidy up", "Ctrl+L", "mdi6.auto-fix", "Lay the network out in columns"),
    Command("quick_add", "&Add a layer…", "", "mdi6.plus", "Choose a layer by typing its name"),
    Command("first_problem", "Go to the first &problem", "F8", "mdi6.alert-circle-outline"),
    Command("train", "&Train", "F5", "mdi6.play", "Train from fresh weights"),
    Command("pause", "&Pause", "", "mdi6.pause", "Hold training where it is"),
    Command("step", "St&ep", "F10", "mdi6.skip-next-outline", "Train one epoch and pause"),
    Command("stop", "&Stop", "Shift+F5", "mdi6.stop", "End training and keep the weights"),
    Command(
        "continue",
        "&Continue",
        "Ctrl+F5",
        "mdi6.fast-forward",
        "Go on from where training ended",
    ),
    Command(
        "reset", "&Reset", "Ctrl+R", "mdi6.restart", "Forget weights and curves; same seed again"
    ),
    Command("new_seed", "New see&d", "", "mdi6.dice-5-outline", "Forget weights, other start"),
    Command(
        "cross_validate",
        "&Cross-validate…",
        "",
        "mdi6.chart-box-outline",
        "Train once a fold and judge each on the rows left out: mean and deviation",
    ),
    Command(
        "predict_new",
        "Predict &new data…",
        "Ctrl+Shift+P",
        "mdi6.crystal-ball",
        "Put new rows or pictures through the trained network and save what it says",
    ),
    Command(
        "prepare_data",
        "&Prepare the data again…",
        "",
        "mdi6.table-cog",
        "Change the columns, preparing and split of the open table, or size and split of pictures",
    ),
    Command("open_data", "&Open data…", "", "mdi6.table-arrow-up", "A table or pictures"),
    Command(
        "get_data", "&Get a data set…", "", "mdi6.cloud-download-outline", "MNIST, Adult and others"
    ),
    Command(
        "paste_data",
        "&Paste data",
        "Ctrl+Shift+V",
        "mdi6.table-arrow-down",
        "The table that was copied in a spreadsheet",
    ),
    Command(
        "make_points", "&Make points…", "", "mdi6.chart-scatter-plot", "Spirals, clouds, curves"
    ),
    Command("paint_points", "&Paint points…", "", "mdi6.brush", "Points of any class, by hand"),
    Command(
        "own_target",
        "Target is the &input",
        "",
        "",
        "Learn to give every row back (an autoencoder), without labels",
        checkable=True,
    ),
    Command(
        "regenerate",
        "&Regenerate",
        "Ctrl+Shift+R",
        "mdi6.refresh",
        "Make the points anew with another seed; the network stays",
    ),
    Command("help_here", "&Help on this", "F1", "mdi6.help-circle-outline"),
    Command("keys", "&Keys", "", "", "All keys on one page"),
    Command("show_log", "Show the &log", "", "", "The file that unexpected errors go to"),
    Command("about", "&About nndesigner"),
)

#: What each menu shows; None is a line between groups, ``*name`` is filled by the window.
MENUS: tuple[tuple[str, tuple[str | None, ...]], ...] = (
    (
        "&File",
        (
            "new",
            "open",
            "*recent",
            "*examples",
            None,
            "save",
            "save_as",
            None,
            "export_weights",
            "export_picture",
            None,
            "close",
        ),
    ),
    (
        "&Edit",
        (
            "*undo",
            None,
            "cut",
            "copy",
            "paste",
            "duplicate",
            "delete",
            None,
            "select_all",
            "rename",
        ),
    ),
    (
        "&View",
        (
            "zoom_in",
            "zoom_out",
            "zoom_reset",
            "fit",
            None,
            "*panels",
            None,
            "*theme",
            "full_screen",
            "reset_layout",
        ),
    ),
    ("&Network", ("quick_add", "*layers", None, "tidy", "first_problem")),
    (
        "&Train",
        (
            "train",
            "pause",
            "step",
            "stop",
            "continue",
            None,
            "reset",
            "new_seed",
            None,
            "cross_validate",
            "predict_new",
            "*speed",
        ),
    ),
    (
        "&Data",
        (
            "open_data",
            "*recent_data",
            "paste_data",
            "get_data",
            "*samples",
            None,
            "make_points",
            "paint_points",
            "regenerate",
            None,
            "prepare_data",
            "own_target",
        ),
    ),
    ("&Help", ("help_here", "keys", None, "show_log", "about")),
)


class Actions(QObject):
    """The window's commands as Qt actions, by name."""

    def __init__(self, window: QWidget, canvas: QWidget) -> None:
        super().__init__(window)
        self._all: dict[str, QAction] = {}
        self._icons: dict[str, str] = {}
        for command in COMMANDS:
            action = QAction(command.text, window)
            action.setObjectName(command.name)
            action.setCheckable(command.checkable)
            plain = command.text.replace("&", "").rstrip("…")
            if command.key:
                action.setShortcut(QKeySequence(command.key))
                shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                action.setToolTip(f"{command.tip or plain} ({shown})")
            else:
                action.setToolTip(command.tip or plain)
            action.setStatusTip(command.tip)
            if command.on_canvas:
                # In a form, Delete and Ctrl+A belong to the text there.
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                canvas.addAction(action)
            else:
                window.addAction(action)
            if command.icon:
                self._icons[command.name] = command.icon
            self._all[command.name] = action
        self._all["zoom_in"].setShortcuts([QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")])
        theme.changed().connect(self.restyle)
        self.restyle()

    def __getitem__(self, name: str) -> QAction:
        return self._all[name]

    def restyle(self) -> None:
        """Take icons in the colours of the theme."""
        for name, icon in self._icons.items():
            token = "accent_text" if name == "train" else "text"
            self._all[name].setIcon(theme.icon(icon, token))
            self._all[name].setIconVisibleInMenu(name != "train")
