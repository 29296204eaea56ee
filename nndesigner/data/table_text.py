"""From the bytes of a text file to UTF-8, with a word on what had to be repaired."""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from nndesigner.data.limits import require_file, require_table, unreadable
from nndesigner.data.progress import Progress, tell
from nndesigner.errors import DataError

#: How files that are no text begin, and what to say about them.
_MAGICS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG picture: put pictures into one folder a class and open the outer folder"),
    (b"\xff\xd8\xff", "a JPEG picture: put pictures into one folder a class and open that folder"),
    (b"GIF8", "a GIF picture: put pictures into one folder a class and open the outer folder"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook: save the sheet as CSV and open that"),
    (b"\x1f\x8b", "a gz archive of something else than idx images: unpack it and open the file"),
    (b"%PDF", "a PDF document: save its table as CSV and open that"),
    (b"SQLite format 3", "an SQLite database: save the table as CSV and open that"),
    (b"\x80\x04\x95", "a Python pickle, which could run any program: save the data as CSV"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Control characters that no text table has: everything below the blank but tab and line ends.
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\r\x0c\x1a\x1b")
_BLOCK = 8 << 20
_LINE_END = re.compile(rb"[\r\n]")


@dataclass(frozen=True, eq=False)
class TableText:
    """A text file in memory: ``data`` is UTF-8 without a byte order mark.

    ``complete`` is False where only the beginning was read; it then ends with a whole line, and
    ``content_hash`` is empty.
    """

    path: Path
    data: bytes
    encoding: str
    size: int
    content_hash: str
    complete: bool
    notes: tuple[str, ...]


def read_text(
    path: Path,
    encoding: str | None = None,
    *,
    most: int | None = None,
    progress: Progress | None = None,
) -> TableText:
    """Read a text file (its first ``most`` bytes) in whatever encoding it has.

    Raises: DataError when it cannot be read, would not fit into memory, is empty, or is no text.
    """
    size = require_file(path)
    if most is None:
        require_table(size, path.name)
    raw, size = _read(path, most, progress)
    if not raw.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise DataError(f"{path.name}: the file has no rows: it is empty")
    for magic, what in _MAGICS:
        if raw.startswith(magic):
            raise DataError(f"{path.name} does not look like a text table: it is {what}")
    content_hash = "" if len(raw) < size else hashlib.sha256(raw).hexdigest()
    data, found, notes = _to_utf8(path, raw, encoding, complete=len(raw) == size)
    if len(raw) < size:
        data = _whole_lines(data)
    return TableText(
        path=path,
        data=data,
        encoding=found,
        size=size,
        content_hash=content_hash,
        complete=len(raw) == size,
        notes=tuple(notes),
    )


def _whole_lines(data: bytes) -> bytes:
    """The beginning up to the last line end that no quoted cell holds."""
    end = max(data.rfind(b"\n"), data.rfind(b"\r"))
    if end < 0:
        return data
    inside = data.count(b'"', 0, end) % 2
    quote = data.rfind(b'"', 0, end) if inside else -1
    # the cell that is cut by the end began on the line of the last quote
    before = max(data.rfind(b"\n", 0, quote), data.rfind(b"\r", 0, quote)) if quote > 0 else -1
    if not _LINE_END.search(data[:before].strip()):  # nothing would be left but a header
        before = -1
    return data[: (before if before > 0 else end) + 1]


def _read(path: Path, most: int | None, progress: Progress | None) -> tuple[bytes, int]:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            if most is not None or size <= _BLOCK:
                return file.read() if most is None else file.read(most), size
            blocks = []
            while block := file.read(_BLOCK):
                blocks.append(block)
                done = len(blocks) * _BLOCK / size
                tell(progress, 0.3 * min(done, 1.0), f"reading {path.name}")
        raw = b"".join(blocks)
    except OSError as error:
        raise unreadable(path, error) from None
    except MemoryError:
        raise DataError(f"{path.name} does not fit into memory: open a part of it") from None
    return raw, len(raw)


def _to_utf8(
    path: Path, raw: bytes, encoding: str | None, *, complete: bool
) -> tuple[bytes, str, list[str]]:
    """The text as UTF-8, the name of its encoding, and notes."""
    if encoding is not None:
        try:
            name = codecs.lookup(encoding).name
        except LookupError:
            raise DataError(
                f"{path.name}: there is no text encoding {encoding!r}: try utf-8 or cp1252"
            ) from None
        text = _decode(path, raw, name, complete)
        return text.encode("utf-8", "replace"), name, []
    for bom, name in _BOMS:
        if raw.startswith(bom):
            if name == "utf-8-sig":
                raw = raw[len(bom) :]
                break
            text = _decode(path, raw, name, complete)
            return text.encode("utf-8", "replace"), name, [f"The text is {name.upper()}."]
    nul = raw.find(b"\0")
    if nul >= 0:
        wide = _utf16_without_mark(raw)
        if wide is not None:
            text = _decode(path, raw, wide, complete)
            return text.encode("utf-8", "replace"), wide, [f"The text is {wide.upper()}."]
        raise DataError(
            f"{path.name} does not look like a text table: byte {nul + 1:,} is a NUL. "
            "Save the table as CSV (UTF-8) and open that"
        )
    head = raw[:65536]
    if len(head) - len(head.translate(None, _CONTROL)) > len(head) // 100:
        raise DataError(
            f"{path.name} does not look like a text table: it is full of control characters. "
            "Save the table as CSV (UTF-8) and open that"
        )
    try:
        codecs.utf_8_decode(raw, "strict", complete)
    except UnicodeDecodeError as error:
        name = _fallback(raw)
        note = (
            f"The text is not UTF-8 (byte {error.start + 1:,} is 0x{raw[error.start]:02x}): "
            f"read as {name}. If letters look wrong, choose another encoding."
        )
        text = raw.decode(name, "replace")
        return text.encode("utf-8"), name, [note]
    return raw, "utf-8", []


def _decode(path: Path, raw: bytes, name: str, complete: bool) -> str:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        return decoder.decode(raw, complete).removeprefix("\ufeff")
    except UnicodeError as error:
        position = getattr(error, "start", 0)
        raise DataError(
            f"{path.name} is not {name}: byte {position + 1:,} does not fit. "
            "Choose another encoding or leave the choice open"
        ) from None


def _utf16_without_mark(raw: bytes) -> str | None:
    """UTF-16 of mostly Latin text has a NUL as nearly every second byte."""
    head = raw[:4096]
    half = len(head) // 2
    if half < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _fallback(raw: bytes) -> str:
    """A one-byte encoding: Mac files end lines with CR alone and use bytes that cp1252 lacks."""
    if re.search(rb"\r(?!\n)", raw[:65536]) and b"\n" not in raw[:65536]:
        return "mac_roman"
    try:
        raw.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"
