"""A table from the clipboard: cells of a spreadsheet, kept as a file to be opened again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from nndesigner.data.words import bytes_text
from nndesigner.errors import DataError

MOST_CHARACTERS = 100_000_000
#: What a pasted table is called.
NAME = "pasted table"
_LOOK = 20
_MARKS = ("\t", ";", ",", "|")


def pasted_home() -> Path:
    """Where pasted tables lie for this person."""
    import platformdirs

    return Path(platformdirs.user_data_path("nndesigner", appauthor=False)) / "pasted"


def looks_like_table(text: str) -> bool:
    """Whether a text has rows of as many cells each, as spreadsheets copy them."""
    lines = [line for line in text[:100_000].splitlines()[:_LOOK] if line.strip()]
    if len(lines) < 2:
        return False
    if all("\t" in line for line in lines):
        return True
    return any(
        min(line.count(mark) for line in lines) > 0
        and len({line.count(mark) for line in lines[:-1]}) == 1
        for mark in _MARKS
    )


def keep_pasted(text: str, home: Path | None = None) -> Path:
    """Keep a pasted table as a file; the same cells give the same file.

    Raises: DataError when it is no table, too long, or cannot be written.
    """
    if not looks_like_table(text):
        raise DataError(
            "The clipboard holds no table: copy rows and columns in a spreadsheet and paste again"
        )
    if len(text) > MOST_CHARACTERS:
        raise DataError(
            f"The clipboard holds {bytes_text(len(text))} of text, more than the "
            f"{bytes_text(MOST_CHARACTERS)} that can be pasted: save it as CSV and open that"
        )
    content = text.replace("\r\n", "\n").replace("\0", "").encode("utf-8", "replace")
    digest = hashlib.sha256(content).hexdigest()[:8]
    # The file's name is that of the data; what tells pasted tables apart is their folder.
    folder = (home or pasted_home()) / digest
    path = folder / f"{NAME}.tsv"
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        raise DataError(
            f"What was pasted cannot be kept in {folder}: {error.strerror or error}. Save it as "
            "CSV and open that"
        ) from None
    return path
