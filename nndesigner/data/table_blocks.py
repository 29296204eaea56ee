"""Reads a big text table block by block: little memory beside the columns, and all cores at work.

pandas' parser types the cells of every block; what the blocks say is then put together so that the
columns are those that one reading of the whole text would give.
"""

from __future__ import annotations

import codecs
import hashlib
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nndesigner.data.block_columns import BlockColumns
from nndesigner.data.block_frame import Block, Unfit, read_block, told, without_frame
from nndesigner.data.limits import fits
from nndesigner.data.progress import Progress, tell
from nndesigner.data.store import require_disk
from nndesigner.data.table_frame import TableFrame
from nndesigner.data.table_layout import Layout, detect
from nndesigner.data.table_options import TableOptions
from nndesigner.data.table_text import TableText, read_text
from nndesigner.errors import DataError

#: Texts from this size on are read in blocks of that size.
BLOCKS_FROM = 16 << 20
BLOCK_BYTES = 4 << 20
#: A record longer than this is an open quote.
_LONGEST_RECORD = 64 << 20
_HEAD_BYTES = 1 << 20
_MOST_THREADS = 4
#: What one number of a typed column takes, and what the blocks on their way take beside.
_CELL_BYTES = 8
_BESIDE_BYTES = 16 * BLOCK_BYTES


@dataclass(frozen=True)
class Place:
    """Where a block lies in the file, and the line that it begins with (from 1)."""

    start: int
    size: int
    line: int


@dataclass(frozen=True, eq=False)
class BigTable:
    """What `read_big` found: the text's facts (without the text), its layout and its rows."""

    text: TableText
    layout: Layout
    frame: TableFrame


def read_big(path: Path, options: TableOptions, progress: Progress | None) -> BigTable | None:
    """A big text table, or None where its text is one that must be looked at as a whole: other
    encodings than UTF-8, cells cut by blanks, quotes in odd places.

    What memory cannot hold lies in the cache. Raises: DataError.
    """
    head = read_text(path, options.encoding, most=_HEAD_BYTES)
    layout = detect(head.data, options, path.name)
    if head.encoding not in ("utf-8", "ascii") or layout.delimiter == " ":
        return None
    rows = _likely_rows(head, layout)
    needed = round(1.15 * rows * len(layout.names) * _CELL_BYTES)
    on_disk = "" if fits(needed + _BESIDE_BYTES) else path.name
    if on_disk:
        require_disk(2 * needed, path.name)
    try:
        with path.open("rb") as file:
            return _read(file, head, layout, options, round(1.1 * rows) + 1000, on_disk, progress)
    except (Unfit, UnicodeDecodeError):
        return None
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(
            f"{path} cannot be read: {reason}. Check the name and your rights"
        ) from None
    except MemoryError:
        raise DataError(f"{path.name} does not fit into memory: open a part of it") from None


def _likely_rows(head: TableText, layout: Layout) -> float:
    """How many rows the file should have, by the length of its first lines."""
    body = head.data[layout.body :]
    return head.size / max(1.0, len(body) / max(1, body.count(b"\n")))


def _read(
    file: BinaryIO,
    head: TableText,
    layout: Layout,
    options: TableOptions,
    rows: int,
    on_disk: str,
    progress: Progress | None,
) -> BigTable:
    name = head.path.name
    digest = hashlib.sha256()
    mark = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
    file.seek(0)
    before = file.read(mark + layout.body)
    digest.update(before)
    columns = BlockColumns(len(layout.names), rows, on_disk)
    blocks: list[Block] = []
    places: list[Place] = []
    threads = max(1, min(_MOST_THREADS, os.cpu_count() or 1))
    waiting: deque[Future[Block]] = deque()

    def take() -> None:
        block = waiting.popleft().result()
        columns.add(block.frame, block.rows)
        blocks.append(without_frame(block))

    with ThreadPoolExecutor(threads, thread_name_prefix="table") as pool:
        try:
            for data, place in _cut(file, layout, len(before), digest):
                tell(progress, 0.9 * place.start / max(1, head.size), f"reading {name}")
                here = replace(layout, body=0, body_line=place.line)
                waiting.append(pool.submit(read_block, data, here, options, columns.texts()))
                places.append(place)
                if len(waiting) > threads or len(places) == 1:  # the first tells which are texts
                    take()
            while waiting:
                take()
            for index, wanted in columns.to_repeat().items():
                tell(progress, 0.9 + 0.1 * index / len(places), "reading texts again")
                place = places[index]
                file.seek(place.start)
                here = replace(layout, body=0, body_line=place.line)
                data, regular = file.read(place.size), blocks[index].lines is None
                again = read_block(data, here, options, wanted, regular)
                columns.repeat(index, again.frame, wanted)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    if not columns.rows:
        raise DataError(f"{name}: the file has no rows that can be used")
    text = replace(
        head, data=b"", content_hash=digest.hexdigest(), complete=True, size=file.seek(0, 2)
    )
    found = told(columns.frame(), blocks, layout, options, name)
    return BigTable(text, layout, replace(found, on_disk=bool(on_disk)))


def _cut(
    file: BinaryIO, layout: Layout, start: int, digest: hashlib._Hash
) -> Iterator[tuple[bytes, Place]]:
    """Blocks of whole records. Raises: Unfit, UnicodeDecodeError."""
    rest = b""
    line = layout.body_line
    while True:
        piece = file.read(BLOCK_BYTES)
        digest.update(piece)
        data = rest + piece if rest else piece
        end = _last_record_end(data, layout.quote.encode()) if piece else len(data)
        if piece and not end:
            if len(data) > _LONGEST_RECORD:
                raise Unfit
            rest = data
            continue
        block, rest = data[:end], data[end:]
        if block:
            if b"\0" in block:
                raise Unfit
            if not block.isascii():
                block.decode("utf-8")
            yield block, Place(start, len(block), line)
            start += len(block)
            line += int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord("\n")))
        if not piece:
            return


def _last_record_end(data: bytes, quote: bytes) -> int:
    """Behind the last line end that no quoted cell holds; 0 where there is none."""
    end = data.rfind(b"\n") + 1
    if quote and quote in data and data.count(quote, 0, end) % 2:
        end = data.rfind(b"\n", 0, data.rfind(quote, 0, end)) + 1
    return end
