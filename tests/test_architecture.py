"""The rules of the house: who imports whom, what is heavy, and what a declaration must say."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal

from nndesigner.declare import Declaration, fields_of
from nndesigner.layers import CATEGORIES, LAYERS
from nndesigner.learning.losses import LOSSES
from nndesigner.learning.optimizers import OPTIMIZERS
from nndesigner.learning.schedules import SCHEDULES
from nndesigner.training.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "nndesigner"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

GROUND = {"errors", "declare", "shipped"}
DRAWING = GROUND | {"graph"}
CHOICES = DRAWING | {"learning"}
PIECES = CHOICES | {"layers"}
LOWERED = PIECES | {"report", "recipe", "network", "engine"}
TRAINED = LOWERED | {"data", "training"}
ALL_BUT_UI = TRAINED | {"files", "startup", "api", "cli", "bench"}

#: The room of a module is the name that follows ``nndesigner.``; a room may always import itself.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "shipped": {"errors"},
    "startup": {"errors", "shipped"},
    "declare": {"errors"},
    "graph": {"errors", "declare"},
    "learning": DRAWING | {"engine.ops", "engine.tape"},
    "layers": CHOICES | {"engine.ops", "engine.tape"},
    "report": PIECES,
    "recipe": PIECES,
    "engine": set(),
    "network": LOWERED,
    "data": GROUND,
    "training": TRAINED,
    "files": TRAINED | {"startup"},
    "bench": LOWERED,
    "api": ALL_BUT_UI,
    "cli": ALL_BUT_UI,
    "ui": (ALL_BUT_UI - {"engine", "cli", "bench"}),
    "__main__": ALL_BUT_UI | {"ui"},
    "__init__": ALL_BUT_UI,
}

#: Libraries that one room (or few) may import; every other library is free.
LIBRARY_ROOMS: dict[str, set[str]] = {
    "PySide6": {"ui"},
    "shiboken6": {"ui"},
    "pyqtgraph": {"ui"},
    "qtawesome": {"ui"},
    "numba": {"engine"},
    "llvmlite": {"engine"},
    "pandas": {"data"},
    "PIL": {"data"},
    "pyarrow": {"data"},
    "openpyxl": {"data"},
    "sklearn": {"bench"},
    "safetensors": set(),
    "torch": {"bench"},
    "tensorflow": set(),
    "keras": {"bench"},
}

#: What ``engine`` may use besides the standard library.
ENGINE_LIBRARIES = {"numpy", "numba", "llvmlite", "scipy", "threadpoolctl", "platformdirs"}

#: Libraries that start slowly: imported inside the function that needs them.
WHEN_USED = {"pandas", "PIL", "pyarrow", "openpyxl", "torch", "keras", "sklearn"}


@dataclass(frozen=True)
class Import:
    """One module that a file imports, and whether that happens as the file is loaded."""

    name: str
    line: int
    at_load: bool


def _guards_types(test: ast.expr) -> bool:
    return "TYPE_CHECKING" in ast.unparse(test)


def imports_of(path: Path) -> Iterator[Import]:
    """Every import of a file, inside functions too, without those for type checkers alone."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]

    def walk(node: ast.AST, at_load: bool) -> Iterator[Import]:
        if isinstance(node, ast.If) and _guards_types(node.test):
            for child in node.orelse:
                yield from walk(child, at_load)
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, at_load)
            return
        if isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            for alias in node.names:
                name = f"{module}.{alias.name}"
                whole = _is_module(name) or module == "nndesigner"
                yield Import(name if whole else module, node.lineno, at_load)
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            at_load = False
        for child in ast.iter_child_nodes(node):
            yield from walk(child, at_load)

    yield from walk(ast.parse(path.read_text("utf-8")), True)


def _is_module(name: str) -> bool:
    if not name.startswith("nndesigner"):
        return False
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def room_of(path: Path) -> str:
    """The room that a file belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_relative)
def test_a_room_imports_only_what_lies_below_it(path: Path) -> None:
    room = room_of(path)
    assert room in MAY_IMPORT, f"{_relative(path)} is a room without a rule: add it to MAY_IMPORT"
    for found in imports_of(path):
        parts = found.name.split(".")
        if parts[0] != "nndesigner" or len(parts) == 1 or not _is_module(".".join(parts[:2])):
            continue
        other = parts[1]
        allowed = (
            other == room or other in MAY_IMPORT[room] or ".".join(parts[1:3]) in MAY_IMPORT[room]
        )
        assert allowed, f"{_relative(path)}:{found.line}: {room} may not import {found.name}"


@pytest.mark.parametrize("path", SOURCES, ids=_relative)
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    room = room_of(path)
    for found in imports_of(path):
        library = found.name.split(".")[0]
        where = f"{_relative(path)}:{found.line}"
        if library in LIBRARY_ROOMS:
            assert room in LIBRARY_ROOMS[library], f"{where}: {library} does not belong in {room}"
        if room == "engine" and library != "nndesigner":
            known = library in ENGINE_LIBRARIES or library in sys.stdlib_module_names
            assert known, f"{where}: the engine may not import {library}"
        if library in WHEN_USED:
            assert not found.at_load, f"{where}: import {library} in the function that uses it"


def test_every_rule_is_about_a_room_that_exists() -> None:
    assert set(MAY_IMPORT) == {room_of(path) for path in SOURCES}


def _in_fresh_process(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nothing_below_the_window_loads_qt() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in SOURCES
        if room_of(path) != "ui"
    ]
    loaded = _in_fresh_process(
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "qt = ('PySide6', 'shiboken6', 'pyqtgraph', 'qtawesome')\n"
        "print([name for name in sys.modules if name.split('.')[0] in qt])"
    )
    assert loaded == "[]"


def test_importing_the_package_is_light() -> None:
    seconds, heavy = _in_fresh_process(
        "import sys, time\n"
        "start = time.perf_counter()\n"
        "import nndesigner\n"
        "seconds = time.perf_counter() - start\n"
        "names = 'numpy numba scipy pandas PIL sklearn msgspec PySide6'.split()\n"
        "print(seconds, [name for name in names if name in sys.modules], sep=';')"
    ).split(";")
    assert heavy == "[]"
    assert float(seconds) < 0.3


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=_relative)
def test_a_file_opens_with_one_sentence_and_stays_short(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 600, f"{_relative(path)} is too long: split it"
    if text.strip():
        sentence = (ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0]
        assert sentence, f"{_relative(path)} does not open with a sentence that says what it is"


DECLARATIONS: list[type[Declaration]] = [
    *LAYERS.values(),
    *LOSSES.values(),
    *OPTIMIZERS.values(),
    *SCHEDULES.values(),
]


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda cls: cls.kind_name())
def test_a_declaration_explains_itself(declaration: type[Declaration]) -> None:
    assert declaration.title
    assert declaration.help.endswith(".")
    assert declaration.__doc__
    for field in fields_of(declaration):
        assert field.title, field.name
        assert field.help.endswith("."), field.name
    for name in declaration.positional:
        assert name in declaration.__struct_fields__


def test_kinds_are_unique_and_layers_have_a_place_in_the_palette() -> None:
    kinds = [declaration.kind_name() for declaration in DECLARATIONS]
    assert len(kinds) == len(set(kinds))
    assert {layer.category for layer in LAYERS.values()} <= set(CATEGORIES)
    assert all(layer.icon for layer in LAYERS.values())


def test_every_training_setting_explains_itself() -> None:
    for field in fields_of(Settings):
        if field.type != "declaration":
            assert field.help.endswith("."), field.name


class _Emitter(QObject):
    anything = Signal(object)
    flag = Signal(bool)
    bare = Signal()


def test_emitting_does_not_lose_references(qapp: QObject) -> None:
    """PySide6 6.12 on Python 3.11 takes one away with each emit until the program aborts."""
    emitter = _Emitter()
    got: list[object] = []
    emitter.anything.connect(lambda value: got.append(value is None))
    emitter.flag.connect(lambda value: got.append(value is True))
    emitter.bare.connect(lambda: got.append(True))
    before = {value: sys.getrefcount(value) for value in (True, False, None)}
    for _ in range(1_000):
        emitter.anything.emit(None)
        emitter.anything.emit(True)
        emitter.flag.emit(True)
        emitter.flag.emit(False)
        emitter.bare.emit()
    got.clear()
    for value, count in before.items():
        assert sys.getrefcount(value) > count - 100, value
