"""A program that is killed while it saves leaves the old version or the new one, never a mix."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nndesigner.files.project import load_project

SAVER = """
import sys
sys.path.insert(0, sys.argv[1])
from files.helpers import project
from nndesigner.files.project import save_project
from nndesigner.training.settings import Settings

for number in range(int(sys.argv[3]), 1_000_000):
    save_project(sys.argv[2], project(settings=Settings(epochs=number)))
    print(number, flush=True)
"""


@pytest.mark.slow
def test_killing_a_saver_never_loses_what_it_said_was_saved(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "p.nnd"
    chance = random.Random(2)
    first = 1
    for _ in range(40):
        command = [sys.executable, "-c", SAVER, str(root / "tests"), str(path), str(first)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as saver:
            assert saver.stdout is not None
            said = [saver.stdout.readline()]
            time.sleep(chance.uniform(0, 0.05))
            saver.kill()
            said += saver.stdout.readlines()
        acknowledged = int([line for line in said if line.endswith("\n")][-1])
        found = load_project(path)
        assert found.settings.epochs >= acknowledged
        assert found.trained is not None
        first = found.settings.epochs + 1
