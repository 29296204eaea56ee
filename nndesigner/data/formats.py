"""Every kind of file that data comes in: its name, its endings, how its content begins, its reader.

A format is declared here once. The file dialog's filter, a drop on the window, the command line's
help and the sentence about a file that cannot be read all follow from it. Files are told apart by
what they hold; a name decides only where the content does not, or where it is damaged.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

#: What a file becomes: rows and columns, pictures, or either, as the arrays in it say.
Holds = Literal["table", "pictures", "either"]

_HEAD_BYTES = 4096
_JSON_ROWS = re.compile(rb"(\xef\xbb\xbf)?\s*(\{\s*(\"|\})|\[\s*(\{|\]))")


@dataclass(frozen=True)
class Format:
    """One kind of file. ``kind`` is its stable id, ``title`` what a file dialog calls it.

    ``magics`` are the bytes that such files begin with, ``members`` names in a zip that mark one.
    """

    kind: str
    title: str
    holds: Holds
    suffixes: tuple[str, ...]
    magics: tuple[bytes, ...] = ()
    members: tuple[str, ...] = ()


TEXT = Format("text", "Text tables", "table", (".csv", ".tsv", ".tab", ".txt", ".data", ".dat"))
JSON = Format("json", "JSON lines", "table", (".jsonl", ".ndjson", ".json"))
PARQUET = Format("parquet", "Parquet", "table", (".parquet", ".pq"), (b"PAR1",))
EXCEL = Format(
    "excel", "Excel workbooks", "table", (".xlsx", ".xlsm"), members=("xl/workbook.xml",)
)
NUMPY = Format("numpy", "NumPy arrays", "either", (".npz", ".npy"), (b"\x93NUMPY",))
IDX = Format("idx", "idx images", "pictures", (".idx", ".gz", "ubyte"))
ZIP = Format("zip", "Zipped image folders", "pictures", (".zip",))

#: In the order in which a person may look for them.
FORMATS: tuple[Format, ...] = (TEXT, EXCEL, PARQUET, JSON, NUMPY, IDX, ZIP)


def format_of(path: Path) -> Format:
    """The format of a file, by its content where that says it, else by its name. Never raises."""
    from nndesigner.data.idx_file import looks_like_idx

    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        head = b""
    for found in FORMATS:
        if head.startswith(found.magics or (b"\xff" * 8,)):
            return found
    if head.startswith(b"PK"):
        return _zipped(path)
    if looks_like_idx(path):
        return IDX
    named = named_format(path.name)
    if named is JSON or (_JSON_ROWS.match(head) and named is not TEXT):
        return JSON
    if named in (PARQUET, EXCEL, NUMPY, ZIP):
        return named  # damaged or empty, but meant: its reader says how
    return TEXT


def named_format(name: str) -> Format | None:
    """The format that a file's name says, or None."""
    lower = name.lower()
    return next((f for f in FORMATS if lower.endswith(f.suffixes)), None)


def _zipped(path: Path) -> Format:
    """Workbooks, arrays and image folders all come as zip archives: their members tell."""
    named = named_format(path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return named if named in (EXCEL, NUMPY, ZIP) else ZIP
    if any(member in names for member in EXCEL.members):
        return EXCEL
    if names and all(name.endswith(".npy") for name in names if not name.startswith("__")):
        return NUMPY
    return named if named in (EXCEL, NUMPY) else ZIP


# -- for people


def patterns(formats: tuple[Format, ...] = FORMATS) -> str:
    """``*.csv *.tsv …``: what a file dialog matches names with."""
    return " ".join(f"*{suffix}" for found in formats for suffix in found.suffixes)


def dialog_filter(holds: Holds | None = None) -> str:
    """The filter of a file dialog: everything that fits first, then each format, then all files."""
    fitting = tuple(f for f in FORMATS if holds is None or f.holds in (holds, "either"))
    title = {None: "Data", "table": "Tables", "pictures": "Pictures"}.get(holds, "Data")
    lines = [f"{title} ({patterns(fitting)})"]
    lines += [f"{found.title} ({patterns((found,))})" for found in fitting]
    return ";;".join([*lines, "All files (*)"])
