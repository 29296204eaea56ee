"""Every file of the real data opens with the right columns and counts, from window and terminal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from nndesigner.cli.parser import main
from nndesigner.data import Dataset, open_data
from nndesigner.data.table import TableDataset
from nndesigner.errors import DataError
from nndesigner.files.project import load_project
from nndesigner.ui.dialogs.open_data import DataDialog

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "propagateSizeHints")


@dataclass(frozen=True)
class Fact:
    """What is known of a file: rows, columns (0 for pictures), target, classes, input shape."""

    path: str
    rows: int
    columns: int
    target: str
    classes: int
    shape: tuple[int, ...]


FACTS = (
    Fact("csv/adult.data", 32_561, 15, "k", 2, (105,)),
    Fact("csv/california_housing.csv", 20_640, 10, "median_house_value", 0, (13,)),
    Fact("csv/diamonds.csv", 53_940, 10, "price", 0, (26,)),
    Fact("csv/mpg.csv", 398, 9, "mpg", 0, (9,)),
    Fact("csv/penguins.csv", 344, 7, "species", 3, (9,)),
    Fact("csv/tips.csv", 244, 7, "tip", 0, (11,)),
    Fact("csv/titanic.csv", 891, 15, "survived", 2, (28,)),
    Fact("csv/winequality-red_semicolon.csv", 1_599, 12, "y", 6, (11,)),
    Fact("sklearn/breast_cancer.csv", 569, 31, "class", 2, (30,)),
    Fact("sklearn/diabetes.csv", 442, 11, "progression", 0, (10,)),
    Fact("sklearn/digits.csv", 1_797, 65, "digit", 10, (64,)),
    Fact("sklearn/iris.csv", 150, 5, "class", 3, (4,)),
    Fact("sklearn/linnerud.csv", 20, 6, "Pulse", 0, (5,)),
    Fact("sklearn/wine.csv", 178, 14, "class", 3, (13,)),
    Fact("sklearn/digits.npz", 1_797, 0, "label", 10, (8, 8, 1)),
    Fact("sklearn/digits_png", 1_797, 0, "class", 10, (8, 8, 1)),
    Fact("sklearn/digits-train-images-idx3-ubyte", 1_437, 0, "label", 10, (8, 8, 1)),
    Fact("sklearn/digits-test-images-idx3-ubyte", 360, 0, "label", 10, (8, 8, 1)),
    Fact("mnist/train-images-idx3-ubyte.gz", 60_000, 0, "label", 10, (28, 28, 1)),
    Fact("mnist/t10k-images-idx3-ubyte.gz", 10_000, 0, "label", 10, (28, 28, 1)),
    Fact("images/sign_language_digits", 2_062, 0, "class", 10, (64, 64, 3)),
)


def check(fact: Fact, dataset: Dataset) -> None:
    spec = dataset.spec
    assert (spec.rows, spec.target_names) == (fact.rows, (fact.target,))
    assert (len(spec.classes), spec.input_shape) == (fact.classes, fact.shape)
    if fact.columns:
        assert isinstance(dataset, TableDataset)
        assert len(dataset.columns) == fact.columns


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.path)
def test_a_file_opens_from_the_window(qtbot: QtBot, shared_data: Path, fact: Fact) -> None:
    dialog = DataDialog(shared_data / fact.path)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=60_000)
    assert dialog.problem.text() == ""
    with qtbot.waitSignal(dialog.accepted, timeout=60_000):
        dialog.use.click()
    assert dialog.dataset is not None
    check(fact, dialog.dataset)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.path)
def test_a_file_opens_from_the_command_line(
    shared_data: Path, tmp_path: Path, fact: Fact, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "p.nnd"
    recipe = f"{'' if fact.columns else 'flatten, '}dense {fact.classes or 1}"
    words = ["new", "--layers", recipe, "--data", str(shared_data / fact.path), "--out", str(out)]
    assert main(words) == 0, capsys.readouterr().err
    spec = load_project(out).spec
    assert spec is not None
    assert (spec.rows, spec.target_names) == (fact.rows, (fact.target,))
    assert (len(spec.classes), spec.input_shape) == (fact.classes, fact.shape)


def test_no_file_is_left_out(shared_data: Path) -> None:
    """Label files and notes apart, each file and picture folder has its line above."""
    known = {fact.path for fact in FACTS}
    for folder in ("csv", "sklearn", "mnist", "images"):
        for path in sorted((shared_data / folder).iterdir()):
            name = f"{folder}/{path.name}"
            if "labels" in name:
                with pytest.raises(DataError, match="looks like a label file"):
                    open_data(path)
            else:
                assert name in known
