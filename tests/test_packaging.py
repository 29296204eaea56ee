"""What is shipped: bounds, the metadata, and wheels and source archives with all they need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import nndesigner
from nndesigner.shipped import shipped

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_versions_that_fail_are_out_of_bounds() -> None:
    needs = {re.split(r"[<>=]", entry)[0]: entry for entry in PROJECT["project"]["dependencies"]}
    assert needs["PySide6-Essentials"].endswith("<6.11")  # see test_architecture: lost references
    assert needs["pyqtgraph"].endswith("<0.15")
    assert not any("torch" in entry or "PySide6>" in entry for entry in needs.values())
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.15"


def test_the_changelog_knows_the_version() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"\n## {nndesigner.__version__}\n" in changes


def test_resources_and_samples_are_found_in_the_checkout() -> None:
    assert shipped("resources", "icons/nndesigner.svg").is_file()
    assert shipped("samples").is_dir()


def test_no_path_of_a_machine_and_no_registry_is_named() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    names = [name for name in listed.stdout.decode().split("\0") if name]
    assert "uv.lock" not in names, "uv.lock names registry hosts: keep it out"
    forbidden = re.compile(rf"/home/\w|/Users/\w|index-url|{re.escape(str(ROOT))}/")
    for name in names:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".yml", ".yaml", ".json", ""} and path.is_file():
            found = forbidden.search(path.read_text("utf-8", errors="replace"))
            inside_tests = name.startswith("tests/")
            assert found is None or inside_tests, f"{name} names {found and found.group()}"


def test_the_checks_can_be_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK) or sys.platform == "win32"
    last = script.read_text("utf-8").strip().splitlines()[-1]
    assert last == "uv run pytest"  # the README's command, so that its lines are the last ones


def _build(kind: str, out: Path, source: Path) -> Path:
    """A wheel or source archive, by whichever builder is at hand."""
    try:
        import hatchling  # noqa: F401
    except ImportError:
        uv = shutil.which("uv")
        if uv is None:
            pytest.skip("neither hatchling nor uv is installed")
        command = [uv, "build", f"--{kind}", "--out-dir", str(out), str(source)]
    else:
        command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    done = subprocess.run(
        command, cwd=source, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, "the build failed"
    (built,) = out.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


def _committed_or_new() -> set[str]:
    """The modules of the package as wheels name them."""
    return {path.relative_to(ROOT).as_posix() for path in (ROOT / "nndesigner").rglob("*.py")}


@pytest.mark.slow
def test_a_wheel_from_the_source_archive_is_complete(tmp_path: Path) -> None:
    archive = _build("sdist", tmp_path / "sdist", ROOT)
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()
    for name in ("LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", ".ci/run"):
        assert (source / name).is_file(), f"{name} is not in the source archive"
    wheel = _build("wheel", tmp_path / "wheel", source)
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        metadata = next(name for name in names if name.endswith("METADATA"))
        text = opened.read(metadata).decode()
        opened.extractall(tmp_path / "installed")
    assert _committed_or_new() <= names
    for folder in ("resources", "samples"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.name != ".keep":
                inside = f"nndesigner/_shipped/{path.relative_to(ROOT).as_posix()}"
                assert inside in names, f"{inside} is not in the wheel"
    assert not any(name.startswith("tests/") or name.endswith(".pyc") for name in names)
    assert f"Version: {nndesigner.__version__}" in text
    assert "License-Expression: MIT" in text

    # Found from the wheel's place, with the checkout out of sight:
    program = (
        "import nndesigner, pathlib\n"
        "from nndesigner.shipped import shipped\n"
        "home = pathlib.Path(nndesigner.__file__).parent\n"
        "assert shipped('resources', 'icons/nndesigner.svg').is_relative_to(home)\n"
        "assert shipped('samples').is_relative_to(home)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
