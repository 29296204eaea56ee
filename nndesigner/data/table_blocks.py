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
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nndesigner.data.block_columns import TEXT_BYTES, BlockColumns, Cells
from nndesigner.data.block_frame import Block, Unfit, read_block, read_texts, told
from nndesigner.data.codes import code_columns
from nndesigner.data.limits import fits, unreadable
from nndesigner.data.progress import Progress, tell
from nndesigner.data.store import Shelf, require_disk
from nndesigner.data.table_frame import TableFrame
from nndesigner.data.table_layout import Layout, detect, is_number
from nndesigner.data.table_options import TableOptions
from nndesigner.data.table_text import TableText, read_text
from nndesigner.errors import DataError

#: Texts from this size on are read in blocks of that size.
BLOCKS_FROM = 16 << 20
BLOCK_BYTES = 4 << 20
#: A record longer than this is an open quote.
_LONGEST_RECORD = 64 << 20
_HEAD_BYTES = 1 << 20
#: So many bytes are looked through in one go for the end of a record.
_LOOKED_AT = 1 << 20
_MOST_THREADS = 6
#: So many blocks may wait for their hash.
_MOST_HASHES = 4
#: What the C library keeps for the next block, instead of asking for each block's memory anew.
_KEPT_BYTES = 31 << 20
#: What one number of a typed column takes, and what the blocks on their way take beside.
_CELL_BYTES = 8
_BESIDE_BYTES = 16 * BLOCK_BYTES
#: A text that occurs once is there so often until its column is made: 3.1 were measured.
_TEXT_COPIES = 3


@dataclass(frozen=True, eq=False)
class BigTable:
    """What `read_big` found: the text's facts (without the text), its layout and its rows."""

    text: TableText
    layout: Layout
    frame: TableFrame


def read_big(
    path: Path, options: TableOptions, progress: Progress | None, names: tuple[str, ...] = ()
) -> BigTable | None:
    """A big text table, or None where its text is one that must be looked at as a whole: other
    encodings than UTF-8, cells cut by blanks, quotes in odd places.

    What memory cannot hold lies in the cache. ``names`` are those that choices call the columns by
    where the text has none. Raises: DataError.
    """
    if options.foot:
        return None
    head = read_text(path, options.encoding, most=_HEAD_BYTES)
    layout = detect(head.data, options, path.name)
    if head.encoding not in ("utf-8", "ascii") or layout.delimiter == " ":
        return None
    rows = _likely_rows(head, layout)
    kept = options.needed(names or layout.names)
    needed = round(1.15 * rows * len(layout.names) * _CELL_BYTES)
    texts = _text_bytes(layout, rows)
    shelf = None if fits(needed + texts + _BESIDE_BYTES) else Shelf(path.name)
    if shelf is not None:
        require_disk(2 * needed, path.name)
    try:
        with path.open("rb") as file:
            columns = BlockColumns(len(layout.names), round(1.1 * rows) + 1000, shelf, kept)
            found = _read(file, head, layout, options, columns, progress)
        return replace(found, frame=replace(found.frame, on_disk=shelf is not None))
    except (Unfit, UnicodeDecodeError):
        return None
    except OSError as error:
        raise unreadable(path, error) from None
    except MemoryError:
        raise DataError(f"{path.name} does not fit into memory: open a part of it") from None


def _likely_rows(head: TableText, layout: Layout) -> float:
    """How many rows the file should have, by the length of its first lines."""
    body = head.data[layout.body :]
    return head.size / max(1.0, len(body) / max(1, body.count(b"\n")))


def _text_bytes(layout: Layout, rows: float) -> int:
    """What the different texts of the columns should take, by the first rows."""
    bytes_a_row = 0.0
    for index in range(len(layout.names)):
        cells = [row[index] for row in layout.rows if index < len(row)]
        texts = {cell for cell in cells if not is_number(cell)}
        if 2 * len(texts) > len(cells):  # else they come again and again
            letters = sum(map(len, texts)) / len(texts)
            bytes_a_row += len(texts) / len(cells) * _TEXT_COPIES * (TEXT_BYTES + letters)
    return round(bytes_a_row * rows)


def _read(
    file: BinaryIO,
    head: TableText,
    layout: Layout,
    options: TableOptions,
    columns: BlockColumns,
    progress: Progress | None,
) -> BigTable:
    name = head.path.name
    mark = len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0
    file.seek(0)
    before = file.read(mark + layout.body)
    blocks: list[Block] = []
    places: list[tuple[int, int]] = []
    coded = code_columns(layout, options)
    here = replace(layout, body=0, body_line=0)
    waiting: deque[Future[Block]] = deque()
    line = layout.body_line

    def take() -> None:
        nonlocal line
        block = waiting.popleft().result()
        columns.add(block.cells, block.rows)
        blocks.append(block.at(line))
        line += block.ends

    with _working() as (pool, threads), _Hash() as digest:
        digest.add(before)
        for data, start in _cut(file, layout, len(before)):
            tell(progress, 0.9 * start / max(1, head.size), f"reading {name}")
            digest.add(data)
            texts = sorted({*coded, *columns.mixed()})
            waiting.append(pool.submit(read_block, data, here, options, texts))
            places.append((start, len(data)))
            if len(waiting) > threads + 1:
                take()
        while waiting:
            take()
        again: deque[tuple[int, Future[dict[int, Cells]]]] = deque()
        for index, wanted in columns.to_repeat().items():
            tell(progress, 0.9 + 0.1 * index / len(places), "reading texts again")
            file.seek(places[index][0])
            data, regular = file.read(places[index][1]), blocks[index].lines is None
            job = pool.submit(read_texts, data, here, options, wanted, regular)
            again.append((index, job))
            if len(again) > threads + 1:
                columns.repeat(again[0][0], again.popleft()[1].result())
        for index, job in again:
            columns.repeat(index, job.result())
        content_hash = digest.result()
    if not columns.rows:
        raise DataError(f"{name}: the file has no rows that can be used")
    text = replace(head, data=b"", content_hash=content_hash, complete=True, size=file.seek(0, 2))
    return BigTable(text, layout, told(columns, blocks, layout, options, name))


@contextmanager
def _working() -> Iterator[tuple[ThreadPoolExecutor, int]]:
    """Threads that read blocks, and how many they are."""
    threads = max(1, min(_MOST_THREADS, os.cpu_count() or 1))
    # glibc gives large pieces of memory back at once, and a third of the time would go by while the
    # system clears them for the next block; once a piece of this size was freed, it keeps them
    np.empty(_KEPT_BYTES, dtype=np.uint8)
    with ThreadPoolExecutor(threads, thread_name_prefix="table") as pool:
        try:
            yield pool, threads
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


class _Hash:
    """The sha256 of what is added, reckoned on a thread of its own."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="table hash")
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> _Hash:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, data: bytes) -> None:
        """The next bytes; where many wait, until some are done."""
        self._waiting.append(self._pool.submit(self._digest.update, data))
        if len(self._waiting) > _MOST_HASHES:
            self._waiting.popleft().result()

    def result(self) -> str:
        """The hash of all that was added."""
        while self._waiting:
            self._waiting.popleft().result()
        return self._digest.hexdigest()


def _cut(file: BinaryIO, layout: Layout, start: int) -> Iterator[tuple[bytes, int]]:
    """Blocks of whole records and where they begin in the file. Raises: Unfit."""
    quote = layout.quote.encode()
    size = BLOCK_BYTES
    while True:
        file.seek(start)
        data = file.read(size)
        last = len(data) < size
        end = len(data) if last else _last_record_end(data, quote)
        if not last and not end:
            if size > _LONGEST_RECORD:
                raise Unfit
            size *= 4
            continue
        if end:
            yield data[:end], start
        if last:
            return
        start, size = start + end, BLOCK_BYTES


def _last_record_end(data: bytes, quote: bytes) -> int:
    """Behind the last line end that no quoted cell holds; 0 where there is none.

    A cell may have thousands of lines, so the quotes are counted once, from the end backwards.
    """
    end = data.rfind(b"\n") + 1
    before = data.count(quote, 0, end) if quote else 0
    if not before % 2:
        return end
    while end > 0:
        start = max(0, end - _LOOKED_AT)
        piece = np.frombuffer(data, np.uint8, end - start, start)
        quotes, lines = np.flatnonzero(piece == ord(quote)), np.flatnonzero(piece == ord("\n"))
        before -= len(quotes)
        outside = lines[(before + np.searchsorted(quotes, lines)) % 2 == 0]
        if outside.size:
            return start + int(outside[-1]) + 1
        end = start
    return 0
