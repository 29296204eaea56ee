"""Project files: what goes in comes out, the same bytes every time, and nothing else is let in."""

from __future__ import annotations

import io
import json
import os
import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.data.dataset import Origin
from nndesigner.errors import DesignerError, FileError
from nndesigner.files import codec
from nndesigner.files.project import (
    Project,
    backup_of,
    load_project,
    project_bytes,
    project_from,
    save_project,
)
from nndesigner.graph import Graph, Link, Unknown
from nndesigner.layers import Dense, Input
from nndesigner.learning.losses import MeanSquaredError
from nndesigner.learning.optimizers import Nesterov
from nndesigner.training.settings import Settings

from .helpers import failing_at, project, same_weights


def text_of(content: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found: dict[str, Any] = json.loads(archive.read("project.json"))
    return found


def with_text(content: bytes, text: bytes) -> bytes:
    """The same zip with another project.json."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, text if name == "project.json" else old.read(name))
    return buffer.getvalue()


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    content = project_bytes(project(), Path("/"))
    plain = text_of(content)
    change(plain)
    return with_text(content, json.dumps(plain).encode())


def refusal(content: bytes) -> str:
    with pytest.raises(FileError) as caught:
        project_from(content, Path("/"), "p.nnd")
    return str(caught.value)


# -- there and back


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "mine é.nnd"
    saved = project(settings=Settings(loss=MeanSquaredError(), optimizer=Nesterov(momentum=0.5)))
    save_project(path, saved)
    again = load_project(path)
    assert again.graph == saved.graph
    assert again.settings == saved.settings
    assert again.origin == saved.origin
    assert again.spec == saved.spec
    assert saved.trained is not None
    assert again.trained is not None
    assert same_weights(again.trained, saved.trained)
    assert all(a.flags.c_contiguous and a.flags.owndata for a in again.trained.weights.values())
    assert again.trained.encoding == saved.trained.encoding
    assert again.trained.history == saved.trained.history
    assert (again.trained.graph, again.trained.spec) == (saved.graph, saved.spec)


def test_an_empty_project_comes_back(tmp_path: Path) -> None:
    save_project(tmp_path / "p.nnd", Project())
    again = load_project(tmp_path / "p.nnd")
    assert (again.graph, again.settings) == (Graph(), Settings())
    assert (again.origin, again.spec, again.trained) == (None, None, None)


def test_saving_what_was_loaded_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.nnd", tmp_path / "b.nnd"
    save_project(first, project())
    save_project(second, load_project(first))
    assert first.read_bytes() == second.read_bytes()


def test_data_below_the_project_is_named_relative_to_it(tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    (home / "data").mkdir(parents=True)
    other.mkdir()
    inside = Origin(
        kind="idx",
        path=str(home / "data" / "x"),
        options={"labels": str(home / "data" / "y"), "target": "x"},
    )
    outside = Origin(kind="csv", path=str(tmp_path / "t.csv"))
    save_project(home / "p.nnd", project(origin=inside))
    plain = text_of((home / "p.nnd").read_bytes())["origin"]
    assert (plain["path"], plain["options"]) == ("data/x", {"labels": "data/y", "target": "x"})
    home.rename(tmp_path / "moved")
    moved = load_project(tmp_path / "moved" / "p.nnd").origin
    assert moved is not None
    assert moved.path == str(tmp_path / "moved" / "data" / "x")
    save_project(other / "p.nnd", project(origin=outside))
    assert text_of((other / "p.nnd").read_bytes())["origin"]["path"] == outside.path
    assert load_project(other / "p.nnd").origin == outside


def test_a_path_from_another_system_stays_as_it_is() -> None:
    content = changed(lambda p: p.update(origin={"kind": "csv", "path": "C:\\data\\x.csv"}))
    origin = project_from(content, Path("/home"), "p").origin
    assert origin is not None
    assert origin.path == "C:\\data\\x.csv"


# -- what is not known


@pytest.mark.parametrize(
    ("layer", "word"),
    [
        ({"kind": "lstm", "units": 3, "deep": {"er": [1, None]}}, "'lstm'"),
        ({"kind": "dense", "units": 3, "sparsity": 0.5}, "'sparsity' of Dense"),
    ],
)
def test_an_unknown_layer_becomes_a_placeholder_and_is_written_back(
    layer: dict[str, Any], word: str
) -> None:
    content = changed(lambda p: p["graph"]["nodes"][3].update(layer=layer))
    loaded = project_from(content, Path("/"))
    found = loaded.graph.nodes[3].layer
    assert isinstance(found, Unknown)
    assert word in found.reason
    assert "update nndesigner" in found.reason
    assert loaded.graph.links == project().graph.links
    again = text_of(project_bytes(loaded, Path("/")))
    assert again["graph"]["nodes"][3]["layer"] == layer


def test_an_unknown_encoding_is_kept_and_explained() -> None:
    content = changed(lambda p: p["trained"].update(encoding={"kind": "audio", "rate": 16}))
    loaded = project_from(content, Path("/"))
    assert loaded.trained is not None
    assert isinstance(loaded.trained.encoding, codec.UnknownEncoding)
    with pytest.raises(DesignerError, match="'audio'"):
        loaded.trained.encoding.decode(None)
    assert text_of(project_bytes(loaded, Path("/")))["trained"]["encoding"]["kind"] == "audio"


def test_an_unknown_sample_is_no_reason_to_refuse_the_design() -> None:
    content = changed(lambda p: p["origin"].update(path="a sample of tomorrow"))
    assert project_from(content, Path("/")).origin == Origin(
        kind="sample", path="a sample of tomorrow", content_hash="00ff"
    )


def test_a_newer_format_is_refused_in_one_sentence() -> None:
    text = refusal(changed(lambda p: p.update(format=2)))
    assert text == (
        "p.nnd was saved by a newer nndesigner (format 2, this one reads up to 1): "
        "update nndesigner; the file was left as it is"
    )
    for wrong in (0, -1, True, None, "1", 1.5):
        assert "$.format" in refusal(changed(lambda p, wrong=wrong: p.update(format=wrong)))


# -- what is wrong, and where


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: p["graph"]["nodes"][1].update(x="left"), "$.graph.nodes[1].x: expected `float`"),
        (
            lambda p: p["graph"]["nodes"][1].update(colour=1),
            "$.graph.nodes[1]: object contains unk",
        ),
        (lambda p: p["graph"]["nodes"][1].update(id="a/b"), "$.graph.nodes[1].id must be a short"),
        (lambda p: p["graph"]["nodes"][1].update(id="\ud800"), "$.graph.nodes[1].id must be"),
        (lambda p: p["graph"]["nodes"][1].update(id="input_1"), "a second node has the id"),
        (
            lambda p: p["graph"]["nodes"][3]["layer"].update(units=-3),
            "$.graph.nodes[3].layer.units: Dense: units must be a whole number from 1 to",
        ),
        (
            lambda p: p["graph"]["nodes"][3]["layer"].update(activation="step"),
            "$.graph.nodes[3].layer.activation: Dense: activation must be one of linear",
        ),
        (lambda p: p["graph"]["nodes"][3].update(layer=[]), "$.graph.nodes[3].layer: expected"),
        (lambda p: p["graph"]["nodes"][3]["layer"].update(kind=3), "layer.kind must be a text"),
        (lambda p: p["graph"]["links"].append(["input_1", "gone"]), "names a node 'gone'"),
        (lambda p: p["graph"]["links"].append(["input_1"]), "$.graph.links[4]"),
        (lambda p: p["graph"].update(nodes={}), "$.graph.nodes must be a list, got an object"),
        (lambda p: p.update(graph=None), "$.graph must be an object, got nothing"),
        (lambda p: p["settings"].update(epochs=0), "$.settings.epochs: Training: epochs must be"),
        (lambda p: p["settings"].update(epochs=10**30), "$.settings.epochs holds a number of 31"),
        (lambda p: p["settings"].update(speed=1), "$.settings has a key 'speed'"),
        (lambda p: p["settings"]["optimizer"].update(kind="magic"), "$.settings.optimizer.kind"),
        (
            lambda p: p["settings"]["optimizer"].update(learning_rate=-1),
            "$.settings.optimizer.learning_rate: Adam: learning rate must be a number above 0",
        ),
        (lambda p: p["settings"].update(loss=3), "$.settings.loss must be an object, got a number"),
        (lambda p: p["spec"].update(task="guess"), "$.spec.task: invalid enum value 'guess'"),
        (lambda p: p["spec"].update(input_shape=[0, 6, 1]), "$.spec.input_shape must be one to"),
        (
            lambda p: p["spec"].update(input_shape=[65_536, 65_536, 3]),
            "$.spec.input_shape must hold fewer than 2,147,483,648 numbers a row",
        ),
        (lambda p: p["spec"].update(rows=-1), "$.spec.rows must be at least 0"),
        (lambda p: p["origin"].pop("path"), "$.origin: object missing required field `path`"),
        (lambda p: p["trained"].update(encoding=3), "$.trained.encoding must be an object"),
        (
            lambda p: p["trained"].update(encoding={"kind": "hand_made", "means": "x"}),
            "$.trained.encoding.means: expected `array`",
        ),
        (lambda p: p["trained"]["history"].update(epochs=9), "$.trained.history does not fit"),
        (lambda p: p["trained"]["weights"][0].update(file="gone"), "'gone' is missing"),
        (lambda p: p["trained"].update(extra=1), "$.trained has a key 'extra'"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(
    change: Callable[[dict[str, Any]], object], words: str
) -> None:
    text = refusal(changed(change))
    assert words in text
    assert text.startswith("p.nnd")
    assert "Error" not in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            b'{"format": 1, "settings": {"validation_share": NaN}}',
            "$.settings.validation_share must",
        ),
        (b'{"format": 1, "settings": {"validation_share": 1e999}}', "not finite"),
        (b'{"format": 1, "settings": {"seed": ' + b"9" * 5000 + b"}}", "$.settings.seed"),
        (b'{"format": 1, "graph": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested deeper"),
        (b'{"format": 1, "graph": ' + b"[" * 500 + b"]" * 500 + b"}", "$.graph[0][0]"),
        (b'{"format": 1, "format": 1}', "'format' stands twice"),
        (b'{"format": 1', "damaged"),
        (b"\xff\xfe{}", "byte 0 is no text"),
        (b"[]", "$.format"),
        (b"", "damaged"),
    ],
    ids=["nan", "infinite", "digits", "deep", "less deep", "twice", "cut", "utf16", "list", "none"],
)
def test_hostile_json_is_refused(text: bytes, words: str) -> None:
    assert words in refusal(with_text(project_bytes(project(), Path("/")), text))


def test_weights_that_do_not_fit_are_refused_with_a_table() -> None:
    def narrower(plain: dict[str, Any]) -> None:
        plain["trained"]["graph"]["nodes"][3]["layer"]["units"] = 5

    lines = refusal(changed(narrower)).splitlines()
    assert lines[0] == "the weights in p.nnd do not fit their design, so nothing was loaded:"
    assert lines[1].split() == ["array", "expected", "found"]
    assert [line.split() for line in lines[2:]] == [
        ["dense_1/weight", "32×5", "32×4"],
        ["dense_1/bias", "5", "4"],
        ["dense_2/weight", "5×3", "4×3"],
    ]


def test_weights_with_nan_or_missing_bytes_are_refused() -> None:
    content = project_bytes(project(), Path("/"))
    for new, words in (
        (np.full(18, np.nan, "<f4").tobytes(), "18 of the 18 numbers of conv2d_1/weight are not"),
        (b"\0" * 8, "should have 72 bytes and has 8"),
        (b"\0" * 80, "claims 80 bytes"),
    ):
        buffer = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as zipped:
            for name in old.namelist():
                zipped.writestr(name, new if name == "weights/0.f32" else old.read(name))
        assert words in refusal(buffer.getvalue())


def test_weights_that_are_not_finite_never_keep_a_drawing_from_being_saved(tmp_path: Path) -> None:
    bad = project()
    assert bad.trained is not None
    assert save_project(tmp_path / "p.nnd", bad) == ()
    bad.trained.weights["dense_2/bias"][1] = np.inf
    notes = save_project(tmp_path / "p.nnd", bad)
    assert len(notes) == 1
    assert notes[0].startswith("p.nnd was saved without its weights: 1 of the ")
    again = load_project(tmp_path / "p.nnd")
    assert again.trained is None
    assert again.graph == bad.graph
    # The weights that were good are still in the version before it.
    assert load_project(tmp_path / "p.bak.nnd").trained is not None


def test_what_a_killed_save_left_is_swept_at_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / ".nndesigner-0123456789abcdef.tmp"
    left.write_bytes(b"half")
    now = time.time()
    save_project(tmp_path / "p.nnd", project())
    assert left.exists()
    monkeypatch.setattr(time, "time", lambda: now + 4000)
    save_project(tmp_path / "p.nnd", project())
    assert sorted(os.listdir(tmp_path)) == ["p.bak.nnd", "p.nnd"]


def test_a_version_before_that_cannot_be_kept_is_no_reason_not_to_save(tmp_path: Path) -> None:
    """A name just short enough for the project, and a folder where the backup would lie."""
    longest = tmp_path / f"{'x' * (os.pathconf(tmp_path, 'PC_NAME_MAX') - 4)}.nnd"
    taken = tmp_path / "taken.nnd"
    backup_of(taken).mkdir()
    for path, reason in ((longest, "the name is too long"), (taken, "that is a folder")):
        assert save_project(path, project(settings=Settings(epochs=3))) == ()
        (note,) = save_project(path, project(settings=Settings(epochs=4)))
        assert load_project(path).settings.epochs == 4
        assert note.endswith(f"could not be kept as {backup_of(path).name}: {reason}")
    assert sorted(tmp_path.iterdir()) == sorted([longest, taken, backup_of(taken)])


def test_a_zip_that_lies_is_refused() -> None:
    def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return buffer.getvalue()

    assert "no project of nndesigner" in refusal(zipped({"../x": b"1"}))
    assert "entries" in refusal(zipped({str(i): b"" for i in range(20_001)}))
    bomb = zipped({"project.json": b" " * (65 * 2**20)}, zipfile.ZIP_DEFLATED)
    assert "cannot be right" in refusal(bomb)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("project.json", b"{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("project.json", b"{}")
    assert "twice" in refusal(buffer.getvalue())


# -- damage


def test_a_damaged_project_names_the_version_before_it(tmp_path: Path) -> None:
    path = tmp_path / "p.nnd"
    save_project(path, project())
    save_project(path, project(settings=Settings(epochs=9)))
    whole = path.read_bytes()
    for damaged, words in (
        (b"", "it is empty"),
        (b"\0" * len(whole), "nothing but zeros"),
        (whole[: len(whole) // 2], "its end is missing"),
        (b"hello", "no nndesigner project"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(FileError) as caught:
            load_project(path)
        assert words in str(caught.value)
        assert f"The version saved before it is {backup_of(path)}: open that" in str(caught.value)
        assert path.read_bytes() == damaged
    assert load_project(backup_of(path)).settings.epochs == 3
    save_project(path, project())  # over the damaged one: the good backup must survive
    assert load_project(backup_of(path)).settings.epochs == 3


def test_whatever_call_fails_a_save_leaves_a_whole_version(tmp_path: Path) -> None:
    path = tmp_path / "p.nnd"
    save_project(path, project(settings=Settings(epochs=1)))
    for number in range(1, 80):
        with failing_at(number) as counter:
            try:
                save_project(path, project(settings=Settings(epochs=number + 1)))
                saved = True
            except FileError as error:
                assert str(path) in str(error)  # noqa: PT017
                saved = False
        assert load_project(path).settings.epochs == (number + 1 if saved else 1)
        assert set(os.listdir(tmp_path)) <= {"p.nnd", "p.bak.nnd"}
        if not counter.failed:
            return
        save_project(path, project(settings=Settings(epochs=1)))
    pytest.fail("there was always one more call to fail")


def test_only_our_errors_come_from_damaged_bytes() -> None:
    whole = project_bytes(project(), Path("/"))
    chance = random.Random(5)
    for round_number in range(400):
        content = bytearray(whole)
        if round_number % 2:
            del content[chance.randrange(len(content)) :]
        else:
            for _ in range(chance.choice((1, 1, 3, 20))):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        try:
            loaded = project_from(bytes(content), Path("/"), "p.nnd")
        except DesignerError:
            continue
        assert isinstance(loaded.graph, Graph)


def test_a_cycle_or_a_self_loop_is_loaded_and_left_to_the_checks() -> None:
    graph = Graph.chain([Input(), Dense(), Dense()])
    graph = Graph(
        graph.nodes, (*graph.links, Link("dense_2", "dense_1"), Link("dense_1", "dense_1"))
    )
    content = project_bytes(Project(graph=graph), Path("/"))
    assert project_from(content, Path("/")).graph == graph
