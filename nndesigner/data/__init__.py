"""Data: from files to numbers that a network can learn from.

`open_data` opens what a person points at, `prepare` splits and encodes it for training, `read_with`
brings new data through a saved encoding. Importing this loads numpy and nothing heavier.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nndesigner.data.dataset import Dataset, Encoded, Encoding, Origin, Prepared, Spec
from nndesigner.data.made import generator_names
from nndesigner.data.new_rows import read_with
from nndesigner.data.opening import kind_of, open_data, open_origin
from nndesigner.data.pixels import PixelEncoding
from nndesigner.data.same import SAME, as_own_target
from nndesigner.data.samples import SampleInfo, sample_names, samples
from nndesigner.data.split import prepare
from nndesigner.data.table_encoding import TableEncoding
from nndesigner.data.table_options import ColumnChoice, TableOptions

if TYPE_CHECKING:
    from nndesigner.data.table_head import TableHead


def read_table_head(
    path: str | Path, options: TableOptions | None = None, rows: int = 200
) -> TableHead:
    """What a table looks like under these options, for a preview.

    Raises: DataError when it is no text table or has no rows.
    """
    from nndesigner.data import table_head

    return table_head.read_table_head(path, options, rows)


__all__ = [
    "SAME",
    "ColumnChoice",
    "Dataset",
    "Encoded",
    "Encoding",
    "Origin",
    "PixelEncoding",
    "Prepared",
    "SampleInfo",
    "Spec",
    "TableEncoding",
    "TableOptions",
    "as_own_target",
    "generator_names",
    "kind_of",
    "open_data",
    "open_origin",
    "prepare",
    "read_table_head",
    "read_with",
    "sample_names",
    "samples",
]
