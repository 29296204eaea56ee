"""A file is put in place whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nndesigner.errors import DataError, FileError
from nndesigner.files.atomic import FORGOTTEN_SECONDS, read_bytes, sweep, write_bytes, write_pieces

from .helpers import failing_at


def test_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a file é.bin"
    write_bytes(path, b"one")
    write_bytes(path, b"two")
    assert read_bytes(path) == b"two"
    assert os.listdir(tmp_path) == [path.name]


def test_keeps_the_old_version_under_another_name(tmp_path: Path) -> None:
    path, kept = tmp_path / "x", tmp_path / "x.bak"
    write_bytes(path, b"one", keep_as=kept)
    assert not kept.exists()
    write_bytes(path, b"two", keep_as=kept)
    write_bytes(path, b"three", keep_as=kept)
    assert (path.read_bytes(), kept.read_bytes()) == (b"three", b"two")
    assert sorted(os.listdir(tmp_path)) == ["x", "x.bak"]


def test_a_new_file_has_the_rights_of_the_umask_and_an_old_one_keeps_its_own(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x"
    before = os.umask(0o027)
    try:
        write_bytes(path, b"one")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o600)
        write_bytes(path, b"two")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_only_what_was_forgotten_long_ago_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, mine = tmp_path / ".nndesigner-0123456789abcdef.tmp", tmp_path / "mine.tmp"
    for path in (left, mine):
        path.write_bytes(b"half")
        os.utime(path, (0, 0))  # as a link to an old version has it while it is being put in place
    sweep(tmp_path)
    assert left.exists()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + FORGOTTEN_SECONDS + 1)
    sweep(tmp_path)
    assert (left.exists(), mine.exists()) == (False, True)
    sweep(tmp_path / "absent")


def test_writes_through_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"one")
    link.symlink_to(real)
    write_bytes(link, b"two")
    assert link.is_symlink()
    assert real.read_bytes() == b"two"


@pytest.mark.parametrize("fault", [OSError, KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("backup", [False, True])
def test_whatever_call_fails_the_file_is_the_old_one_or_the_new_one(
    tmp_path: Path, fault: type[BaseException], backup: bool
) -> None:
    path, kept = tmp_path / "x.nnd", tmp_path / "x.nnd.bak"
    for number in range(1, 60):
        path.write_bytes(b"old")
        with failing_at(number, fault) as counter:
            try:
                write_bytes(path, b"new" * 1000, keep_as=kept if backup else None)
            except FileError as error:
                failed: BaseException | None = error
            except (KeyboardInterrupt, MemoryError) as error:
                failed = error
            else:
                failed = None
        content = path.read_bytes()
        assert content == (b"new" * 1000 if failed is None else b"old") or (
            fault is not OSError and content == b"new" * 1000  # after the name was taken
        )
        assert set(os.listdir(tmp_path)) <= {"x.nnd", "x.nnd.bak"}
        if isinstance(failed, FileError):
            assert str(path) in str(failed)
            assert "the disk is full; free some space" in str(failed)
        if not counter.failed:
            assert number > 5
            return
    pytest.fail("there was always one more call to fail")


def test_pieces_become_one_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    looks: list[bool] = []
    write_pieces(
        path, (b"%d," % n for n in range(3)), last_look=lambda: looks.append(path.exists())
    )
    assert path.read_bytes() == b"0,1,2,"
    assert looks == [False]
    write_pieces(path, ())
    assert path.read_bytes() == b""
    assert os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize("last", [False, True])
def test_pieces_that_are_given_up_leave_the_old_file_alone(tmp_path: Path, last: bool) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")

    def pieces() -> Iterator[bytes]:
        yield b"new" * 1000
        assert len(os.listdir(tmp_path)) == 2  # the old one, and what is on its way
        if not last:
            raise DataError("cancelled")

    def refuse() -> None:
        raise DataError("cancelled")

    with pytest.raises(DataError, match="cancelled"):
        write_pieces(path, pieces(), last_look=refuse)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["x"]


def test_a_file_system_that_cannot_sync_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.nnd"

    def answer(code: int) -> None:
        def fsync(descriptor: int) -> None:
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(os, "fsync", fsync)

    for code in (errno.EINVAL, errno.ENOTSUP):
        answer(code)
        write_bytes(path, b"new")
        assert path.read_bytes() == b"new"
    answer(errno.EIO)  # a disk that fails is another thing
    with pytest.raises(FileError, match="the disk reports an error"):
        write_bytes(path, b"newer")
    assert path.read_bytes() == b"new"


def test_a_full_device_says_so() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(FileError, match="/dev/full: the disk is full"):
        write_bytes("/dev/full", b"x")
    assert Path("/dev/full").is_char_device()


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    write_bytes(pipe, b"through")
    reader.join(5)
    assert found == [b"through"]
    assert pipe.is_fifo()
    with pytest.raises(FileError, match="not an ordinary file"):
        read_bytes(pipe)  # opening it would wait for ever


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere/x", "no such file or folder"),
        ("", "folder"),
        ("file/x", "not a folder"),
        ("n" * 300, "too long"),
        ("nul\0byte", "null"),
    ],
)
def test_a_bad_path_is_explained(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileError, match=words):
        write_bytes(f"{tmp_path}/{name}", b"x")
    with pytest.raises(FileError, match=words):
        read_bytes(f"{tmp_path}/{name}")


def test_a_file_larger_than_the_memory_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    with pytest.raises(FileError, match="5 bytes and this computer has room for 4"):
        read_bytes(path, most=4)
