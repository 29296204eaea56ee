"""What the command line says of texts, pictures, tasks and splits reaches the data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nndesigner.cli.hints import HINTS
from nndesigner.data.file_choice import PictureChoice, TextChoice
from nndesigner.declare import fields_of
from nndesigner.files.project import Project, load_project
from tests.terminal import run

DATA_ROOM = Path(__file__).parent.parent / "nndesigner" / "data"


def made(
    folder: Path, capsys: pytest.CaptureFixture[str], data: object, *words: object
) -> tuple[Project | None, str]:
    """The project that ``new`` saves, None where it saves none, and what it says."""
    path = folder / "p.nnd"
    path.unlink(missing_ok=True)
    layers = next((word for word in words if str(word).startswith("dense")), "dense 4")
    rest = [word for word in words if word != layers]
    code, _, err = run(
        capsys, "new", "--layers", layers, "--data", data, "--out", path, *rest
    )  # fmt: skip
    assert path.exists() == (code == 0)
    return (load_project(path) if code == 0 else None), err


def test_the_text_of_a_table_is_cut_as_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = "".join(f"{i}|5;Süd{i % 2};{i}\n" for i in range(1, 41))
    data = tmp_path / "odd.csv"
    data.write_bytes(f"made by hand\nfirst;second;third\n{lines}1;2\n".encode("cp1252"))
    project, _ = made(
        tmp_path, capsys, data, "dense 40", "--target", "column_2", "--text",
        "delimiter=semicolon", "encoding=cp1252", "header=no", "skip=2", "quote=none",
        "ragged=skip", "decimal=,", "missing=7|9",
    )  # fmt: skip
    assert project is None  # 40 outputs for 2 classes: only to see that what is said is kept
    project, _ = made(
        tmp_path, capsys, data, "dense 2", "--target", "column_2", "--text",
        "delimiter=semicolon", "encoding=cp1252", "header=no", "skip=2", "quote=none",
        "ragged=skip", "decimal=,", "missing=7|9",
    )  # fmt: skip
    assert project is not None
    assert project.spec is not None
    assert project.origin is not None
    assert project.spec.rows == 40
    assert project.spec.classes == ("Süd0", "Süd1")
    held = project.origin.options
    assert (held["delimiter"], held["header"], held["skip"], held["quote"]) == (";", False, 2, "")
    assert (held["decimal"], held["encoding"], held["ragged"]) == (",", "cp1252", "skip")
    assert held["missing"] == ["7", "9"]


def test_few_whole_numbers_can_be_numbers_by_task_or_by_type(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "wine.csv"
    data.write_text("a,b,quality\n" + "".join(f"{i},{i % 7},{3 + i % 5}\n" for i in range(100)))
    project, err = made(tmp_path, capsys, data, "dense 5")
    assert project is not None
    assert project.spec is not None
    assert project.spec.task == "classification"
    assert "set the task to regression" in err
    assert "[--task regression]" in err
    for words in (("--task", "regression"), ("--column", "quality:role=target,type=number")):
        project, _ = made(tmp_path, capsys, data, "dense 1", *words)
        assert project is not None
        assert project.spec is not None
        assert (project.spec.task, project.spec.target_names) == ("regression", ("quality",))


def test_pictures_become_what_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "pics" / name).mkdir(parents=True)
        for i in range(8):
            pixels = rng.integers(0, 255, (40, 60, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pics" / name / f"{i}.png")
    words = ("--pictures", "size=12x8", "colour=grey", "fit=crop")
    layers = ("--layers", "flatten, dense 2")
    out = tmp_path / "p.nnd"
    code, _, _ = run(capsys, "new", *layers, "--data", tmp_path / "pics", "--out", out, *words)
    assert code == 0
    project = load_project(out)
    assert project.spec is not None
    assert project.spec.input_shape == (8, 12, 1)
    assert project.origin is not None
    assert project.origin.options == {"size": [12, 8], "colours": "grey", "fit": "crop"}
    save = tmp_path / "t.nnd"
    code, _, err = run(
        capsys, "train", out, "--data", tmp_path / "pics", "--epochs", 1, "--save", save
    )
    assert code == 0, err  # other pictures become what those of the project are
    code, _, err = run(
        capsys, "new", *layers, "--data", tmp_path / "pics", "--out", out, "--text", "skip=1"
    )
    assert code == 2
    assert "only a table has lines to skip" in err
    code, _, err = run(capsys, "new", *layers, "--data", "wine", "--out", out, *words)
    assert code == 2
    assert "only pictures have a size" in err


def test_predictions_of_pictures_name_every_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    folder = tmp_path / "pics"
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for i in range(6):
            pixels = rng.integers(0, 255, (6, 6), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    path, out = tmp_path / "p.nnd", tmp_path / "out.csv"
    layers = ("--layers", "flatten, dense 2")
    assert run(capsys, "new", *layers, "--data", folder, "--out", path)[0] == 0
    assert run(capsys, "train", path, "--epochs", 1, "--save", path, "--quiet")[0] == 0
    (folder / "cat" / "3.png").write_bytes(b"")
    (folder / "dog" / "z.png").write_bytes(b"no picture")
    code, said, err = run(capsys, "predict", path, "--data", folder, "--out", out)
    assert code == 0, err
    assert "wrote 11 predictions" in said
    assert "2 files that cannot be used" in said
    lines = [line.split(",") for line in out.read_text().splitlines()]
    assert lines[0][:3] == ["row", "file", "predicted"]
    names = [*(f"cat/{i}.png" for i in range(6)), *(f"dog/{i}.png" for i in range(6)), "dog/z.png"]
    assert [line[1] for line in lines[1:]] == names
    assert [line[0] for line in lines[1:]] == [str(row + 1) for row in range(13)]
    empty = [line[1] for line in lines[1:] if not line[2]]
    assert empty == ["cat/3.png", "dog/z.png"]
    one = folder / "dog" / "2.png"
    assert run(capsys, "predict", path, "--data", one, "--out", out)[0] == 0
    assert out.read_text().splitlines()[1].startswith("1,2.png,")


def _groups(folder: Path) -> Path:
    data = folder / "groups.csv"
    rows = (
        f"p{i // 10},{('train', 'train', 'val', 'test')[i % 4]},{i * 7 % 31},{'uv'[i % 2]}\n"
        for i in range(200)
    )
    data.write_text("patient,part,x,y\n" + "".join(rows))
    return data


@pytest.mark.parametrize(
    ("role", "method", "column"), [("group", "group", "patient"), ("split", "column", "part")]
)
def test_a_split_goes_by_the_column_of_its_role(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], role: str, method: str, column: str
) -> None:
    data = _groups(tmp_path)
    words = ("--column", f"{column}:role={role}", "--split", f"method={method}", "test=0.2")
    project, err = made(tmp_path, capsys, data, "dense 2", *words)
    assert project is not None, err
    code, _, err = run(capsys, "train", tmp_path / "p.nnd", "--epochs", 1)
    assert code == 0, err
    if role == "group":
        assert "Whole groups: " in err
    project, err = made(tmp_path, capsys, data, "dense 2", "--split", f"method={method}")
    assert project is None
    assert "name the column that holds the" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("test=500",), "leave none of 200"),
        (("test=0.5", "validation=0.5"), "leave none of 200 rows"),
        (("method=column", "column=patient"), "'patient'"),
        (("method=time", "column=patient"), "holds no dates"),
    ],
)
def test_new_refuses_a_split_that_cannot_be_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    project, err = made(tmp_path, capsys, _groups(tmp_path), "dense 2", "--split", *words)
    assert project is None
    assert sentence in err


def test_new_data_may_be_cut_in_another_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, new = tmp_path / "d.csv", tmp_path / "new.csv"
    data.write_text("a;b;y\n" + "".join(f"{i},5;{i % 7};{'uv'[i % 2]}\n" for i in range(60)))
    new.write_text("a,b\n" + "".join(f"{i}.5,{i % 7}\n" for i in range(5)))
    project, _ = made(tmp_path, capsys, data, "dense 2", "--text", "delimiter=semicolon")
    assert project is not None
    trained, out = tmp_path / "t.nnd", tmp_path / "out.csv"
    code, _, err = run(
        capsys, "train", tmp_path / "p.nnd", "--epochs", 1, "--save", trained, "--quiet"
    )
    assert code == 0, err
    code, _, err = run(capsys, "predict", trained, "--data", new, "--out", out)
    assert code == 2
    code, _, err = run(
        capsys, "predict", trained, "--data", new, "--out", out, "--text", "delimiter=comma"
    )
    assert code == 0, err
    assert len(out.read_text().splitlines()) == 6
    assert "decimal point here" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--text", "delimter=;"), "delimter"),
        (("--text", "delimiter=;;"), "one character"),
        (("--text", "quote=x"), "double, single or none"),
        (("--text", "header=perhaps"), "header"),
        (("--pictures", "size=big"), "32 or 64x48"),
        (("--pictures", "size=0"), "1 to 1024"),
    ],
)
def test_a_slip_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, str], sentence: str
) -> None:
    project, err = made(tmp_path, capsys, "wine", "dense 3", *words)
    assert project is None
    assert sentence in err
    assert err.count("\n") == 1


def test_describe_lists_what_can_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    for kind, cls in (("text", TextChoice), ("pictures", PictureChoice)):
        code, out, _ = run(capsys, "describe", kind)
        assert code == 0
        for field in fields_of(cls):
            assert f"  {field.name} " in out


def test_every_hint_is_for_words_that_are_said() -> None:
    code = "".join(path.read_text("utf-8") for path in DATA_ROOM.glob("*.py"))
    said = " ".join(code.replace('"\n', "").replace('"', "").split()).casefold()
    for words, _, how in HINTS:
        assert words in said, words
        assert how.startswith("--")
