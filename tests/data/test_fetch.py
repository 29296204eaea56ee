"""Known sets are fetched whole or not at all, whatever the server does, and go on later."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import socket
import tarfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nndesigner.cli.parser import main
from nndesigner.data import (
    catalogue,
    download,
    fetch_finish,
    open_data,
    open_origin,
    prepare,
    read_with,
)
from nndesigner.data.catalogue import KNOWN_SETS, KnownSet, RemoteFile, find_known
from nndesigner.data.fetch import data_home, fetch, fetched_path, remove
from nndesigner.data.pixels import PixelDataset
from nndesigner.errors import DataError
from tests.data.helpers import idx_bytes
from tests.data.web import Web, serving

BODY = bytes(np.random.default_rng(0).integers(0, 256, 100_000, dtype=np.uint8))
SUM = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy between the test and its own server, and no long patience."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 1.0)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as found:
        found.files["/file"] = BODY
        yield found


def get(web: Web, target: Path, **said: object) -> str:
    wanted = {"size": len(BODY), "sha256": SUM, **said}
    return download.download(f"{web.address}/file", target, **wanted)  # type: ignore[arg-type]


# -- one file


@pytest.mark.parametrize("lengths", [True, False])
@pytest.mark.parametrize("said", [{}, {"size": 0}, {"sha256": ""}, {"size": 0, "sha256": ""}])
def test_a_file_comes_whole_with_its_sum(
    web: Web, tmp_path: Path, said: dict[str, object], lengths: bool
) -> None:
    web.lengths = lengths
    shares: list[float] = []

    def progress(share: float, words: str) -> bool:
        shares.append(share)
        return True

    assert get(web, tmp_path / "f", progress=progress, **said) == SUM
    assert (tmp_path / "f").read_bytes() == BODY
    assert [file.name for file in tmp_path.iterdir()] == ["f"]
    if lengths or said.get("size") != 0:
        assert max(shares) == pytest.approx(1.0)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_connection_that_breaks_is_taken_up_again(web: Web, tmp_path: Path, ranges: bool) -> None:
    web.ranges = ranges
    web.cut = [30_000, 20_000]
    assert get(web, tmp_path / "f") == SUM
    assert (tmp_path / "f").read_bytes() == BODY
    assert [wanted for _, wanted in web.asked][:2] == ["", "bytes=30000-"]


def test_what_broke_off_for_good_is_kept_and_gone_on_with(web: Web, tmp_path: Path) -> None:
    web.cut = [10_000] * download.ATTEMPTS
    with pytest.raises(DataError, match=r"broke off .*40\.0 kB of 100 kB are kept, fetch again"):
        get(web, tmp_path / "f")
    assert not (tmp_path / "f").exists()
    web.asked.clear()
    assert get(web, tmp_path / "f") == SUM
    assert web.asked == [("/file", "bytes=40000-")]


def test_a_file_that_changed_meanwhile_is_fetched_anew(web: Web, tmp_path: Path) -> None:
    web.files["/file"] = b"\0" * len(BODY)
    web.cut = [10_000] * download.ATTEMPTS
    with pytest.raises(DataError, match="broke off"):
        get(web, tmp_path / "f")
    web.files["/file"], web.etag = BODY, '"two"'
    assert get(web, tmp_path / "f") == SUM
    # without a validator the sum shows it, and all is fetched once more
    web.files["/file"], web.cut, web.etag = b"\0" * len(BODY), [9_000] * 4, ""
    with pytest.raises(DataError, match="broke off"):
        get(web, tmp_path / "g")
    web.files["/file"] = BODY
    assert get(web, tmp_path / "g") == SUM


def test_a_wrong_sum_keeps_nothing(web: Web, tmp_path: Path) -> None:
    web.files["/file"] = BODY[:-1] + b"x"
    with pytest.raises(DataError, match=r"f from 127\.0\.0\.1 is not the file that was expected"):
        get(web, tmp_path / "f")
    assert list(tmp_path.iterdir()) == []


def test_another_size_is_refused_before_it_is_fetched(web: Web, tmp_path: Path) -> None:
    web.files["/file"] = BODY * 3
    with pytest.raises(DataError, match="300 kB where 100 kB were expected"):
        get(web, tmp_path / "f")
    web.lengths = False
    with pytest.raises(DataError, match="sends more than the file has"):
        get(web, tmp_path / "f")
    assert not any(file.stat().st_size > len(BODY) for file in tmp_path.iterdir())


@pytest.mark.parametrize(("status", "words"), [(404, "answers 404"), (403, "answers 403")])
def test_a_refusal_is_one_sentence(web: Web, tmp_path: Path, status: int, words: str) -> None:
    web.status = [status]
    with pytest.raises(DataError, match=f"does not give file .it {words}"):
        get(web, tmp_path / "f")


def test_a_server_in_trouble_is_asked_again(web: Web, tmp_path: Path) -> None:
    web.status = [503, 500]
    assert get(web, tmp_path / "f") == SUM
    web.status = [503] * 9
    with pytest.raises(DataError, match=r"broke off .it answers 503"):
        get(web, tmp_path / "g")


def test_a_part_longer_than_the_file_is_thrown_away(web: Web, tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(BODY + BODY)
    assert get(web, tmp_path / "f") == SUM
    (tmp_path / "g.part").write_bytes(BODY + BODY)
    assert get(web, tmp_path / "g", size=0) == SUM


def test_a_server_that_sends_another_range_is_not_believed(web: Web, tmp_path: Path) -> None:
    web.cut, web.wrong_start = [10_000], True
    assert get(web, tmp_path / "f") == SUM


def test_a_silent_server_is_given_up_and_can_be_left_at_once(web: Web, tmp_path: Path) -> None:
    web.silent.set()
    with pytest.raises(DataError, match="sent nothing for 1 seconds"):
        get(web, tmp_path / "f")
    began = time.monotonic()
    with pytest.raises(DataError, match=r"^cancelled$"):
        get(web, tmp_path / "f", progress=lambda share, words: time.monotonic() < began + 0.2)
    assert time.monotonic() < began + 1.0


def test_a_slow_server_can_be_stopped_and_what_came_is_kept(web: Web, tmp_path: Path) -> None:
    web.pause = 0.02
    began = time.monotonic()
    with pytest.raises(DataError, match=r"^cancelled$"):
        get(web, tmp_path / "f", progress=lambda share, words: share < 0.2)
    assert time.monotonic() < began + 2.0
    assert (tmp_path / "f.part").stat().st_size >= 20_000
    web.pause = 0.0
    assert get(web, tmp_path / "f") == SUM
    assert web.asked[-1][1].startswith("bytes=")


def test_nothing_but_web_addresses_is_followed(web: Web, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    with pytest.raises(DataError, match="is no web address"):
        download.download((tmp_path / "secret").as_uri(), tmp_path / "f")
    for place in ((tmp_path / "secret").as_uri(), "ftp://127.0.0.1/x"):
        web.redirect = place
        with pytest.raises(DataError, match=r"is not followed|answers 302"):
            get(web, tmp_path / "f")
    assert not (tmp_path / "f").exists()


def test_without_a_network_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(DataError, match=r"example\.org cannot be reached: there is no network"):
        download.download("https://example.org/f", tmp_path / "f")
    monkeypatch.undo()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(DataError, match=r"127\.0\.0\.1 cannot be reached .*refused"):
        download.download(f"http://127.0.0.1:{port}/f", tmp_path / "f")


def test_a_folder_that_cannot_be_written_is_named(web: Web, tmp_path: Path) -> None:
    (tmp_path / "f.part").mkdir()
    with pytest.raises(DataError, match="cannot be written"):
        get(web, tmp_path / "f", size=0)


# -- whole sets


def small_mnist(web: Web, name: str = "mnist") -> KnownSet:
    """A set as MNIST is made, of 30 and 12 pictures, on the server."""
    known = find_known(name)
    assert known is not None
    rng = np.random.default_rng(1)
    files = []
    for file in known.files:
        rows = 30 if file.name.startswith("train") else 12
        array = (
            rng.integers(0, 256, (rows, 28, 28)).astype(np.uint8)
            if "images" in file.name
            else (np.arange(rows) % 10).astype(np.uint8)
        )
        content = gzip.compress(idx_bytes(array))
        web.files[f"/{name}/{file.name}"] = content
        files.append(
            RemoteFile(file.name, file.url, len(content), hashlib.sha256(content).hexdigest())
        )
    return replace(known, files=tuple(files), rows=30)


def known_as(monkeypatch: pytest.MonkeyPatch, known: KnownSet) -> None:
    """Make the catalogue say this of the set of that name."""
    others = tuple(known if other.name == known.name else other for other in KNOWN_SETS)
    monkeypatch.setattr(catalogue, "KNOWN_SETS", others)


def test_a_set_is_fetched_opened_and_kept_by_its_name(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = small_mnist(web)
    known_as(monkeypatch, known)
    monkeypatch.setattr("nndesigner.data.fetch.data_home", lambda: tmp_path)
    with pytest.raises(DataError, match=r"MNIST is not on this computer yet: .*fetch mnist'"):
        open_data("mnist")
    monkeypatch.setenv("NNDESIGNER_DATA_MIRROR", web.address + "/")
    said: list[str] = []

    def progress(share: float, words: str) -> bool:
        assert 0.0 <= share <= 1.0
        said.append(words)
        return True

    path = fetch(known, progress=progress)
    assert path == tmp_path / "mnist" / "train-images-idx3-ubyte.gz"
    assert any(words.startswith("MNIST: ") and " of " in words for words in said)
    assert not (tmp_path / "mnist.partial").exists()
    record = json.loads((tmp_path / "mnist" / "fetched.json").read_text())
    assert record["sha256"] == {file.name: file.sha256 for file in known.files}
    dataset = open_data("MNIST")
    assert (dataset.spec.name, dataset.spec.rows) == ("mnist", 30)
    assert (dataset.origin.kind, dataset.origin.path) == ("fetched", "mnist")
    assert open_origin(dataset.origin).origin == dataset.origin
    encoding = prepare(dataset, 0.0, 1).encoding
    assert len(read_with(encoding, "mnist").x) == 30
    web.asked.clear()
    assert fetch(known) == path
    assert web.asked == []
    remove(known, tmp_path)
    assert fetched_path(known, tmp_path) is None


def test_a_set_goes_on_with_the_files_that_are_there(web: Web, tmp_path: Path) -> None:
    known = small_mnist(web)
    third = f"/mnist/{known.files[2].name}"
    kept = web.files.pop(third)
    with pytest.raises(DataError, match="answers 404"):
        fetch(known, home=tmp_path, mirror=web.address)
    assert fetched_path(known, tmp_path) is None
    web.files[third] = kept
    web.asked.clear()
    fetch(known, home=tmp_path, mirror=web.address)
    assert [path for path, _ in web.asked] == [f"/mnist/{file.name}" for file in known.files[2:]]


def test_a_set_without_a_sum_is_trusted_once_and_remembered(web: Web, tmp_path: Path) -> None:
    known = small_mnist(web)
    known = replace(known, files=tuple(replace(file, sha256="") for file in known.files))
    fetch(known, home=tmp_path, mirror=web.address)
    record = json.loads((tmp_path / "mnist" / "fetched.json").read_text())
    for file in known.files:
        content = (tmp_path / "mnist" / file.name).read_bytes()
        assert record["sha256"][file.name] == hashlib.sha256(content).hexdigest()


def test_the_command_lists_fetches_and_says_how_to_use_it(
    web: Web,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    known_as(monkeypatch, small_mnist(web))
    for room in ("nndesigner.data.fetch", "nndesigner.cli.fetch"):
        monkeypatch.setattr(f"{room}.data_home", lambda: tmp_path)
    assert main(["fetch"]) == 0
    listed = capsys.readouterr().out
    assert all(other.title in listed and other.licence in listed for other in KNOWN_SETS)
    assert main(["fetch", "mnist", "--mirror", web.address]) == 0
    said = capsys.readouterr()
    assert said.out.index("Licence: CC BY-SA 3.0") < said.out.index("fetched ")
    assert "--data mnist" in said.out
    assert main(["fetch", "MNIST"]) == 0
    assert "already" in capsys.readouterr().out
    assert main(["fetch", "mnits"]) == 2
    assert "did you mean mnist" in capsys.readouterr().err
    out = tmp_path / "m.nnd"
    words = ["new", "--layers", "flatten, dense 10 softmax", "--data", "mnist", "--out", str(out)]
    assert main(words) == 0
    assert main(["train", str(out), "--epochs", "1", "--quiet", "--save", str(out)]) == 0


def test_a_set_with_other_rows_is_not_kept(web: Web, tmp_path: Path) -> None:
    known = replace(small_mnist(web), rows=31)
    with pytest.raises(DataError, match="with 30 rows where 31 were expected"):
        fetch(known, home=tmp_path, mirror=web.address)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_before_anything_is_fetched(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = small_mnist(web)
    full = type("usage", (), {"free": 10})
    monkeypatch.setattr("shutil.disk_usage", lambda _: full)
    with pytest.raises(DataError, match="10 bytes are free: make room"):
        fetch(known, home=tmp_path, mirror=web.address)
    assert web.asked == []


def test_california_and_adult_become_tables_with_names(
    web: Web, tmp_path: Path, shared_data: Path
) -> None:
    california, adult = find_known("california"), find_known("adult")
    assert california is not None
    assert adult is not None
    lines = (shared_data / "csv" / "california_housing.csv").read_text().splitlines()[1:200]
    plain = "".join(",".join(line.split(",")[:9]) + "\n" for line in lines)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        info = tarfile.TarInfo("CaliforniaHousing/cal_housing.data")
        info.size = len(plain)
        tar.addfile(info, io.BytesIO(plain.encode()))
    people = (shared_data / "csv" / "adult.data").read_text().splitlines()[1:301]
    contents = {
        "california-housing": {"cal_housing.tgz": archive.getvalue()},
        "adult": {
            "adult.data": ("\n".join(people) + "\n\n").encode(),
            "adult.test": ("|1x3 Cross validator\n" + ".\n".join(people) + ".\n").encode(),
        },
    }
    for known, rows in ((california, 199), (adult, 300)):
        files = []
        for file in known.files:
            content = contents[known.name][file.name]
            web.files[f"/{known.name}/{file.name}"] = content
            files.append(
                RemoteFile(file.name, "", len(content), hashlib.sha256(content).hexdigest())
            )
        small = replace(known, files=tuple(files), rows=rows)
        path = fetch(small, home=tmp_path, mirror=web.address)
        dataset = open_data(path, options=known.options)
        assert dataset.spec.rows == rows
        if known is adult:
            assert dataset.spec.classes == ("<=50K", ">50K")
            encoding = prepare(dataset, 0.0, 1).encoding
            assert len(read_with(encoding, tmp_path / "adult" / "adult-test.csv").x) == 300
        else:
            assert dataset.spec.task == "regression"
            assert dataset.spec.feature_names[-1] == "median_income"


def test_cifar_becomes_arrays_with_names_and_a_test_part(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_finish, "_CIFAR_ROWS", 20)
    known = find_known("cifar10")
    assert known is not None
    rng = np.random.default_rng(2)
    archive = io.BytesIO()
    first = np.zeros(0, dtype=np.uint8)
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name in (*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"):
            rows = rng.integers(0, 256, (20, 3073)).astype(np.uint8)
            rows[:, 0] = np.arange(20) % 10
            first = rows[0] if name == "data_batch_1.bin" else first
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = rows.size
            tar.addfile(info, io.BytesIO(rows.tobytes()))
    content = archive.getvalue()
    web.files["/cifar-10/cifar-10-binary.tar.gz"] = content
    file = RemoteFile(known.files[0].name, "", len(content), hashlib.sha256(content).hexdigest())
    path = fetch(replace(known, files=(file,), rows=120), home=tmp_path, mirror=web.address)
    dataset = open_data(path)
    assert isinstance(dataset, PixelDataset)
    assert dataset.spec.input_shape == (32, 32, 3)
    assert dataset.spec.classes[:2] == ("airplane", "automobile")
    np.testing.assert_array_equal(
        dataset.pixels[0], np.moveaxis(first[1:].reshape(3, 32, 32), 0, 2)
    )
    assert len(prepare(dataset, 0.0, 1).x_train) == 100
    assert sorted(p.name for p in path.parent.iterdir()) == ["cifar-10.npz", "fetched.json"]


def test_an_archive_without_its_file_is_explained(web: Web, tmp_path: Path) -> None:
    known = find_known("california-housing")
    assert known is not None
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz"):
        pass
    for content in (archive.getvalue(), b"no archive"):
        web.files["/california-housing/cal_housing.tgz"] = content
        file = RemoteFile("cal_housing.tgz", "", len(content))
        with pytest.raises(DataError, match="what was fetched cannot be unpacked"):
            fetch(replace(known, files=(file,)), home=tmp_path, mirror=web.address)
        remove(known, tmp_path)


@pytest.mark.parametrize("known", KNOWN_SETS, ids=lambda known: known.name)
def test_every_set_says_what_a_person_must_know(known: KnownSet) -> None:
    assert find_known(known.name) is known
    assert find_known(known.title) is known
    assert known.help.endswith((".", "?"))
    assert known.licence
    assert known.source
    assert known.size > 400_000
    for file in known.files:
        assert file.url.startswith(("https://", "http://"))
        assert len(file.sha256) == 64
        assert file.size > 0


def test_the_pinned_sums_are_those_of_the_files_at_hand(shared_data: Path) -> None:
    known = find_known("mnist")
    assert known is not None
    same = 0
    for file in known.files:
        path = shared_data / "mnist" / file.name
        if path.stat().st_size == file.size:  # one of the four is packed differently here
            assert download.checksum(path) == file.sha256
            same += 1
    assert same >= 3


def test_sets_lie_in_the_data_folder_of_the_person() -> None:
    assert data_home().parts[-2:] == ("nndesigner", "datasets")
