"""The state of a training in a project: kept to the last bit, and never trusted."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.errors import FileError
from nndesigner.files.project import Project, project_bytes, project_from
from nndesigner.graph import Graph
from nndesigner.layers import Dense, Input
from nndesigner.training.settings import Settings
from nndesigner.training.trainer import Trainer
from tests.helpers import prepared_classes

GRAPH = Graph.chain([Input(), Dense(units=4), Dense(units=3, activation="softmax")])


@pytest.fixture(scope="module")
def content() -> bytes:
    trained = Trainer(GRAPH, Settings(epochs=2), prepared_classes()).train()
    project = Project(graph=GRAPH, settings=trained.settings, spec=trained.spec, trained=trained)
    return project_bytes(project, Path.cwd())


def changed(content: bytes, change: Callable[[dict[str, Any], dict[str, bytes]], object]) -> bytes:
    """The file with its state or its members changed."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    members = {name: archive.read(name) for name in archive.namelist()}
    plain = json.loads(members["project.json"])
    change(plain["trained"]["state"], members)
    members["project.json"] = json.dumps(plain).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, data in members.items():
            target.writestr(name, data)
    return buffer.getvalue()


def test_a_state_comes_back_to_the_last_bit(content: bytes) -> None:
    found = project_from(content, Path.cwd()).trained
    assert found is not None
    assert found.state is not None
    assert found.state.progress.epoch == 2
    assert found.state.arrays["optimizer"].dtype == np.float32
    assert len(found.state.arrays["optimizer"]) == 2 * found.parameter_count
    again = project_bytes(
        Project(graph=GRAPH, settings=found.settings, spec=found.spec, trained=found), Path.cwd()
    )
    names = {"state/weights.f32", "state/optimizer.f32", "state/best.f32"}
    first, second = (zipfile.ZipFile(io.BytesIO(data)) for data in (content, again))
    assert names <= set(first.namelist())
    for name in names:
        assert first.read(name) == second.read(name)


def test_a_file_without_a_state_opens(content: bytes) -> None:
    archive = zipfile.ZipFile(io.BytesIO(content))
    plain = json.loads(archive.read("project.json"))
    del plain["trained"]["state"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in archive.namelist():
            data = json.dumps(plain).encode() if name == "project.json" else archive.read(name)
            target.writestr(name, data)
    found = project_from(buffer.getvalue(), Path.cwd()).trained
    assert found is not None
    assert found.state is None


NAN = np.full(1, np.nan, "<f4").tobytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s, m: s["arrays"].update(weights=10**12), "does not fit its network"),
        (lambda s, m: s["arrays"].update(weights=-1), "$.trained.state.arrays"),
        (lambda s, m: s["arrays"].update(other=3), "does not fit its network"),
        (lambda s, m: s["arrays"].pop("optimizer"), "is not whole"),
        (lambda s, m: s["progress"].update(first=10**9), "beyond the rows"),
        (lambda s, m: s["progress"].update(epoch=-1), "below 0"),
        (lambda s, m: s["progress"].update(epoch="x"), "$.trained.state.progress.epoch"),
        (lambda s, m: s["progress"].update(extra=1), "$.trained.state.progress"),
        (lambda s, m: m.pop("state/weights.f32"), "is missing"),
        (lambda s, m: m.update({"state/weights.f32": b"1234"}), "wrong size"),
        (
            lambda s, m: m.update({"state/best.f32": NAN + m["state/best.f32"][4:]}),
            "not finite",
        ),
    ],
)
def test_a_damaged_state_is_refused_with_its_place(
    content: bytes, change: Callable[[dict[str, Any], dict[str, bytes]], object], words: str
) -> None:
    with pytest.raises(FileError) as error:
        project_from(changed(content, change), Path.cwd(), "p.nnd")
    assert words in str(error.value)
    assert "p.nnd" in str(error.value)
