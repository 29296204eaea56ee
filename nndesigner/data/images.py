"""Image folders: one folder a class, every picture brought to one size and one kind of colour."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.data import image_cache
from nndesigner.data.dataset import Encoded, Origin, Spec, Task
from nndesigner.data.formats import ZIP, format_of
from nndesigner.data.image_cache import Pictures
from nndesigner.data.image_file import (
    FORMATS_TEXT,
    NO_MEMORY,
    BadPicture,
    NotRead,
    decode,
    probe,
    quiet,
)
from nndesigner.data.image_folder import Found, find_classes, flat_pictures
from nndesigner.data.image_list import find_listed, looks_like_list
from nndesigner.data.image_plan import (
    ImageOptions,
    Plan,
    plan_of,
    relative,
    repeated_notes,
    skipped_notes,
)
from nndesigner.data.limits import FLOAT_BYTES, fits, not_a_file
from nndesigner.data.number_texts import FloatColumn
from nndesigner.data.patience import THREADS, in_order
from nndesigner.data.pixels import (
    NO_LABELS,
    MeasuredPixelEncoding,
    PixelDataset,
    PixelEncoding,
    labels_as,
    scaled,
)
from nndesigner.data.progress import Progress, part_of, tell
from nndesigner.data.store import require_room, room
from nndesigner.data.words import bytes_text, count, some
from nndesigner.data.zipped import unpacked
from nndesigner.errors import DataError

#: So many decoded pictures wait for their turn, of so many bytes at most.
_WAITING = 1024
_WAITING_BYTES = 32 << 20
#: No picture to learn from has a file of more bytes than the first; several are held at a time, and
#: from the second on it is asked whether memory holds them.
_MOST_FILE_BYTES = 256 << 20
_LARGE_FILE_BYTES = 16 << 20
#: Files that cannot be used, and why.
Skipped = list[tuple[Path, BadPicture]]


def open_images(
    folder: Path,
    options: ImageOptions,
    progress: Progress | None = None,
    *,
    keep: bool = True,
    labelled: bool = True,
) -> PixelDataset:
    """Open a folder with one folder of pictures a class, a zip of one, or a list of pictures.

    With ``keep`` the pixels of many pictures are kept in the cache for the next time. Without
    ``labelled`` the pictures of a list may have no labels.

    Raises: DataError.
    """
    if folder.is_file() and format_of(folder) is ZIP:
        with unpacked(folder, part_of(progress, 0.0, 0.2)) as inside:
            dataset = open_images(inside, options, part_of(progress, 0.2, 1.0), keep=False)
        origin = msgspec.structs.replace(dataset.origin, path=str(folder.absolute()))
        return replace(dataset, origin=origin)
    tell(progress, 0.0, f"looking into {folder.name}")
    if folder.is_dir():
        found = find_classes(folder, progress=progress)
        if options.task == "regression":
            raise DataError(
                f"{folder.name} holds folders of pictures, each a class: to predict a number, open "
                "a CSV that lists the pictures with the number beside each"
            )
    else:
        rest = part_of(progress, 0.0, 0.0)
        found = find_listed(folder, options.target, rest, labelled=labelled, task=options.task)
    files = found.files
    facts, pixels = _read(folder, found, options, progress, keep)
    plan = Plan(facts.size, facts.channels, facts.notes)
    readable = [files[place] for place in facts.done]
    skipped = [(files[place], reason) for place, reason in facts.skipped]
    labels, classes, notes = _labelled(found, readable)
    numbers = _numbers(found, readable)
    spec = Spec(
        name=(folder.stem if folder.is_file() else folder.name) or str(folder),
        rows=len(pixels),
        task="classification" if numbers is None else "regression",
        input_shape=(plan.size[1], plan.size[0], plan.channels),
        outputs=max(1, len(classes)),
        classes=classes,
        target_names=("class",) if numbers is None else (found.target,),
    )
    told = labels if numbers is None else numbers
    notes += repeated_notes(readable, facts.digests, told, found)
    # What numbers were taken for stays so when the list grows.
    pinned = {} if found.task is None else {"task": found.task}
    tell(progress, 1.0, "ready")
    return PixelDataset(
        spec=spec,
        origin=Origin(
            kind="images",
            path=str(folder.absolute()),
            options={**options.plain(), **pinned},
            content_hash=facts.content_hash,
        ),
        notes=(*found.notes, *plan.notes, *notes, *skipped_notes(skipped, len(files), folder)),
        pixels=pixels,
        row_labels=labels,
        row_numbers=numbers,
        label_columns=found.columns,
        label_column=found.target if found.columns else "",
        fit_mode=options.fit,
        scaling=options.scaling,
        skipped_files=tuple((relative(file, found.root), reason) for file, reason in skipped),
        files=len(files),
        skipped=len(skipped),
        row_parts=_parts(found, readable),
    )


def read_images_with(
    encoding: PixelEncoding,
    path: Path,
    progress: Progress | None = None,
    *,
    keep_all: bool = False,
) -> Encoded:
    """New pictures through a saved encoding: class folders, a folder of pictures, or one picture.

    Without class folders y is None, as it is for a number that no list names. Pictures of a class
    that the network does not know are left out, or are -1 with ``keep_all``; those without a number
    are NaN then. Raises: DataError.
    """
    if path.is_file() and format_of(path) is ZIP:
        with unpacked(path, part_of(progress, 0.0, 0.2)) as inside:
            rest = part_of(progress, 0.2, 1.0)
            return read_images_with(encoding, inside, rest, keep_all=keep_all)
    found: Found | None = None
    measured = encoding if isinstance(encoding, MeasuredPixelEncoding) else None
    if path.is_file() and looks_like_list(path):
        target = measured.target.name if measured is not None else None
        task: Task = "classification" if measured is None else "regression"
        listed = find_listed(path, target, progress, labelled=False, task=task)
        found = listed.judged()
        files = found.files
    else:
        files = flat_pictures(path, progress)
    if not files:
        found = find_classes(path, least=1, progress=progress).judged()
        files = found.files
    height, width, channels = encoding.shape
    plan = Plan((width, height), channels, ())
    skipped: Skipped = []
    pixels, done, _ = _decode_all(files, plan, encoding.fit, path, skipped, progress)
    kept = np.array(done, dtype=np.int64)
    notes = list(skipped_notes(_reasons(skipped), len(files), path))
    root = found.root if found is not None else path if path.is_dir() else path.parent
    called = tuple(relative(file, root) for file in files)
    if measured is not None and found is not None and found.numbers is not None:
        numbers = np.array([found.numbers[files[index]] for index in done], dtype=np.float64)
        if not keep_all and np.isnan(numbers).any():
            there = ~np.isnan(numbers)
            pixels, numbers, kept = pixels[there], numbers[there], kept[there]
        y_numbers = measured.encoded_target(numbers)
        x = scaled(pixels, encoding)
        notes = [*found.notes, *notes]
        return Encoded(x=x, y=y_numbers, kept=kept, notes=tuple(notes), names=called)
    if found is None or not found.labelled or measured is not None:
        x = scaled(pixels, encoding)
        return Encoded(x=x, y=None, kept=kept, notes=tuple(notes), names=called)
    notes = [*found.notes, *notes]
    names = tuple(group.name for group in found.classes)
    place = {file: index for index, g in enumerate(found.classes) for file in g.files}
    own = np.array([place.get(files[index], -1) for index in done], dtype=np.int64)
    y, unknown = labels_as(own, names, encoding.classes, keep_all=keep_all)
    notes += unknown
    known = y >= 0
    if not (keep_all or known.all()):
        pixels, y, kept = pixels[known], y[known], kept[known]
    x = scaled(pixels, encoding)
    return Encoded(x=x, y=y, kept=kept, notes=tuple(notes), names=called)


# -- reading


def _read(
    folder: Path, found: Found, options: ImageOptions, progress: Progress | None, keep: bool
) -> tuple[Pictures, npt.NDArray[np.uint8]]:
    """Every picture in one size, from the cache where it was read before."""
    files = found.files
    choices = (options.size, options.colours, options.fit)
    key = image_cache.key_of(files, found.root, choices, progress) if keep else ""
    kept = image_cache.load(key, len(files))
    if kept is not None:
        return kept
    skipped: Skipped = []
    headers = _probe_all(files, skipped, progress)
    plan = plan_of(headers, options)
    places = [place for place, file in enumerate(files) if file in headers]
    readable = [files[place] for place in places]
    digests: list[bytes] = []
    pixels, done, content_hash = _decode_all(
        readable, plan, options.fit, found.root, skipped, progress, digests
    )
    place_of = {file: place for place, file in enumerate(files)}
    facts = Pictures(
        size=plan.size,
        channels=plan.channels,
        notes=plan.notes,
        done=[places[index] for index in done],
        digests=digests,
        skipped=[(place_of[file], reason) for file, reason in _reasons(skipped)],
        content_hash=content_hash,
    )
    if not any(isinstance(reason, NotRead) for _, reason in skipped):  # they may be read next time
        image_cache.keep(key, facts, pixels, progress)
    return facts, pixels


def _probe_all(
    files: Sequence[Path], skipped: Skipped, progress: Progress | None
) -> dict[Path, tuple[int, int, bool]]:
    """Size and colour of every picture from its header."""
    headers: dict[Path, tuple[int, int, bool]] = {}

    def work(index: int) -> tuple[int, int, bool] | BadPicture:
        try:
            _check_file(files[index])
            return probe(str(files[index]))
        except OSError as error:
            return NotRead(f"it cannot be read: {error.strerror or error}")
        except BadPicture as reason:
            return reason

    def look(index: int) -> None:
        share = 0.05 + 0.15 * index / len(files)
        tell(progress, share, f"looking at picture {index + 1:,} of {len(files):,}")

    with quiet():
        outcomes = in_order(work, len(files), look, _no_answer)
        for file, outcome in zip(files, outcomes, strict=True):
            if isinstance(outcome, BadPicture):
                skipped.append((file, outcome))
            else:
                headers[file] = outcome
    if not headers:
        raise DataError(
            f"None of the {count(len(files), 'file')} can be read as a picture "
            f"({FORMATS_TEXT}). First: {skipped[0][0].name}: {skipped[0][1]}"
        )
    return headers


def _reasons(skipped: Skipped) -> list[tuple[Path, str]]:
    return [(file, str(reason)) for file, reason in skipped]


def _check_file(file: Path) -> None:
    """Raises: BadPicture for an empty file, for one of far too many bytes, and for what is none: a
    pipe would be waited for.
    """
    found = file.stat()
    what = not_a_file(found.st_mode)
    if what:
        raise BadPicture(f"it is no file but {what}")
    if found.st_size == 0:
        raise BadPicture("it is empty (0 bytes)")
    if found.st_size > _MOST_FILE_BYTES:
        raise BadPicture(f"it has {bytes_text(found.st_size)}, far too many for a picture")
    if found.st_size > _LARGE_FILE_BYTES and not fits(THREADS * found.st_size):
        raise NotRead(NO_MEMORY)


def _decode_all(
    files: Sequence[Path],
    plan: Plan,
    fit: str,
    root: Path,
    skipped: Skipped,
    progress: Progress | None,
    digests: list[bytes] | None = None,
) -> tuple[npt.NDArray[np.uint8], list[int], str]:
    """The pixels of every picture that can be decoded, which those are, and a hash of the files.

    ``digests`` takes the sha256 of each of them.
    """
    width, height = plan.size
    numbers = len(files) * height * width * plan.channels
    name = f"{root.name} ({count(len(files), 'picture')} of {width} × {height})"
    require_room(numbers * (1 + FLOAT_BYTES), name, "choose a smaller size")
    pixels = room((len(files), height, width, plan.channels), np.uint8, name)

    def work(index: int) -> tuple[npt.NDArray[np.uint8], bytes] | BadPicture:
        try:
            content = _content(files[index])
            picture = decode(content, plan.size, plan.channels, fit)
        except OSError as error:
            return NotRead(f"it cannot be read: {error.strerror or error}")
        except BadPicture as reason:
            return reason
        return picture, hashlib.sha256(content).digest()

    def look(index: int) -> None:
        share = 0.2 + 0.7 * index / len(files)
        tell(progress, share, f"reading picture {index + 1:,} of {len(files):,}")

    total = hashlib.sha256()
    done: list[int] = []
    ahead = min(_WAITING, _WAITING_BYTES // max(1, width * height * plan.channels))
    with quiet():
        outcomes = in_order(work, len(files), look, _no_answer, ahead)
        for index, outcome in enumerate(outcomes):
            if isinstance(outcome, BadPicture):
                skipped.append((files[index], outcome))
                continue
            pixels[len(done)], digest = outcome  # behind the last good one: no gaps are left
            done.append(index)
            total.update(relative(files[index], root).encode("utf-8", "surrogateescape"))
            total.update(digest)
            if digests is not None:
                digests.append(digest)
    if not done:
        reason = f" First: {skipped[0][0].name}: {skipped[0][1]}" if skipped else ""
        raise DataError(f"No picture in {root} can be read.{reason}")
    return pixels[: len(done)], done, total.hexdigest()


def _content(file: Path) -> bytes:
    """The bytes of a picture's file. Raises: BadPicture, OSError."""
    _check_file(file)
    try:
        return file.read_bytes()
    except MemoryError:
        raise NotRead(NO_MEMORY) from None


def _no_answer(_: int) -> NotRead:
    return NotRead("it does not answer: is the disk or the network there?")


def _parts(found: Found, files: Sequence[Path]) -> npt.NDArray[np.int8] | None:
    """What every picture is for, where folders or a list say so."""
    if not any(found.parts.values()):
        return None
    return np.array([found.parts.get(file, 0) for file in files], dtype=np.int8)


def _numbers(found: Found, files: Sequence[Path]) -> FloatColumn | None:
    """The number that a list has for every picture; None where it has classes."""
    if found.numbers is None:
        return None
    return np.array([found.numbers[file] for file in files], dtype=np.float64)


def _labelled(
    found: Found, files: Sequence[Path]
) -> tuple[npt.NDArray[np.int64], tuple[str, ...], list[str]]:
    """The class of every picture; classes of which no picture could be read are left out."""
    if found.numbers is not None:
        return np.zeros(len(files), dtype=np.int64), (), []
    if not found.labelled:
        return np.full(len(files), -1, dtype=np.int64), (), [NO_LABELS]
    home = {file: group.name for group in found.classes for file in group.files}
    names = [home.get(file, "") for file in files]
    present = {name for file, name in zip(files, names, strict=True) if file in home}
    classes = tuple(group.name for group in found.classes if group.name in present)
    lost = [group.name for group in found.classes if group.name not in present]
    notes = [f"No picture of {some(map(repr, lost))} can be read: left out."] if lost else []
    if len(classes) < 2:
        raise DataError(
            f"Only the class {classes[0]!r} has pictures that can be read: at least two classes "
            "are needed, one folder each"
        )
    index = {name: place for place, name in enumerate(classes)}
    labels = [index[name] if file in home else -1 for file, name in zip(files, names, strict=True)]
    return np.array(labels, dtype=np.int64), classes, notes
