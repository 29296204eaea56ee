"""Gets a known data set: into the person's data folder, whole or not at all.

The files are fetched into ``NAME.partial``, checked, made into what can be opened, opened once to
count the rows, and only then the folder takes its name. What broke off is taken up again.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from nndesigner.data.catalogue import KnownSet
from nndesigner.data.download import checksum, download
from nndesigner.data.fetch_finish import finish
from nndesigner.data.progress import Progress
from nndesigner.data.words import bytes_text
from nndesigner.errors import DataError

#: Another place to fetch from: ``MIRROR/NAME/FILE`` instead of the addresses of the catalogue.
MIRROR_VARIABLE = "NNDESIGNER_DATA_MIRROR"
_RECORD, _SUMS = "fetched.json", "sums.json"
#: What is made of the files may take so many times their size beside them.
_ROOM = 3


def data_home() -> Path:
    """Where fetched data sets lie for this person."""
    import platformdirs

    return Path(platformdirs.user_data_path("nndesigner", appauthor=False)) / "datasets"


def fetched_path(known: KnownSet, home: Path | None = None) -> Path | None:
    """What to open of a set that has been fetched, or None where it has not."""
    folder = (home or data_home()) / known.name
    path = folder / known.opens
    try:
        return path if (folder / _RECORD).is_file() and path.is_file() else None
    except OSError:
        return None


def fetch(
    known: KnownSet,
    *,
    home: Path | None = None,
    mirror: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fetch a set unless it is there, and give the path to open.

    ``mirror`` (or the variable NNDESIGNER_DATA_MIRROR) is another place to fetch from. When
    ``progress`` returns False, DataError("cancelled") is raised and what came is kept.

    Raises: DataError.
    """
    home = home or data_home()
    there = fetched_path(known, home)
    if there is not None:
        return there
    base = mirror if mirror is not None else os.environ.get(MIRROR_VARIABLE, "")
    work = home / f"{known.name}.partial"
    try:
        work.mkdir(parents=True, exist_ok=True)
        _require_room(known, work)
        sums = _files(known, work, base.rstrip("/"), progress)
        finish(known, work, progress)
        _verify(known, work, progress)
        if known.finish != "none":  # all of them is in what was made of them
            for file in known.files:
                (work / file.name).unlink(missing_ok=True)
        (work / _SUMS).unlink(missing_ok=True)
        record = {"name": known.name, "source": known.source, "sha256": sums}
        (work / _RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
        final = home / known.name
        if final.exists():  # a folder that is no complete set: it is not what was fetched
            shutil.rmtree(final)
        os.replace(work, final)
    except OSError as error:
        raise DataError(
            f"{known.title} cannot be kept in {home}: {error.strerror or error}. Free some space "
            "or check your rights"
        ) from None
    return final / known.opens


def remove(known: KnownSet, home: Path | None = None) -> None:
    """Take a fetched set, and what broke off of it, from the disk."""
    for name in (known.name, f"{known.name}.partial"):
        shutil.rmtree((home or data_home()) / name, ignore_errors=True)


# -- inside


def _require_room(known: KnownSet, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    needed = known.size * _ROOM
    if needed > free:
        raise DataError(
            f"{known.title} needs about {bytes_text(needed)} on the disk and {bytes_text(free)} "
            "are free: make room and fetch again"
        )


def _files(known: KnownSet, work: Path, base: str, progress: Progress | None) -> dict[str, str]:
    """Fetch every file that is not there yet; the sha256 of each by name."""
    kept = _kept_sums(work)
    sums: dict[str, str] = {}
    before = 0
    for file in known.files:
        target = work / file.name
        wanted = file.sha256 or kept.get(file.name, "")
        found = checksum(target) if target.is_file() and wanted else ""
        if not found or found != wanted:
            url = f"{base}/{known.name}/{file.name}" if base else file.url

            share = _Share(known, before, file.size, progress)
            found = download(url, target, size=file.size, sha256=file.sha256, progress=share)
        sums[file.name] = found
        before += file.size
        (work / _SUMS).write_text(json.dumps(sums), encoding="utf-8")
    return sums


class _Share:
    """Tells how far the whole set is while one of its files is fetched."""

    def __init__(self, known: KnownSet, before: int, size: int, progress: Progress | None) -> None:
        self._known, self._before, self._size = known, before, size
        self._progress = progress
        self._latest = (0.9 * before / max(1, known.size), "")

    def __call__(self, share: float, words: str) -> bool:
        """A share below 0 brings no news: it only asks whether to go on."""
        if share >= 0:
            done = self._before + share * self._size
            self._latest = (0.9 * done / max(1, self._known.size), f"{self._known.title}: {words}")
        return self._progress is None or self._progress(*self._latest)


def _kept_sums(work: Path) -> dict[str, str]:
    """The sums of files that were fetched before it broke off."""
    try:
        found = json.loads((work / _SUMS).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _verify(known: KnownSet, work: Path, progress: Progress | None) -> None:
    """Open the set once: it must have the rows that it is known for."""
    from nndesigner.data.opening import open_data

    def part(share: float, words: str) -> bool:
        return progress is None or progress(0.95 + 0.05 * share, f"{known.title}: {words}")

    dataset = open_data(work / known.opens, options=known.options, progress=part)
    if dataset.spec.rows != known.rows:
        remove(known, work.parent)
        raise DataError(
            f"{known.title} was fetched with {dataset.spec.rows:,} rows where {known.rows:,} were "
            "expected: it is another data set. Nothing was kept"
        )
