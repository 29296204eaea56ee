"""What is said on the command line about columns, added inputs and the split of the data."""

from __future__ import annotations

import argparse
from typing import Any

import msgspec

from nndesigner import api
from nndesigner.data.added import parse_added
from nndesigner.data.column_choice import parse_choice
from nndesigner.data.dataset import Dataset
from nndesigner.data.file_choice import parse_pictures, parse_text
from nndesigner.data.split_plan import parse_split
from nndesigner.files.project import Project


def plan_of(options: argparse.Namespace) -> dict[str, Any]:
    """The options of the data that ``--column``, ``--split`` and their like say.

    Raises: DataError naming the word that is not possible.
    """
    plan: dict[str, Any] = {}
    for text in options.column:
        name, said = parse_choice(text)
        plan.setdefault("columns", {}).setdefault(name, {}).update(said)
    if options.add:
        plan["added"] = [_plain(parse_added(text)) for text in options.add]
    if options.split:
        plan["split"] = _plain(parse_split(options.split))
    if options.task is not None:
        plan["task"] = options.task
    plan |= text_of(options)
    if options.pictures:
        plan |= parse_pictures(options.pictures)
    if options.arrays is not None:
        plan["x"], plan["y"] = options.arrays
    return plan


def text_of(options: argparse.Namespace) -> dict[str, Any]:
    """What ``--text`` and ``--sheet`` say of how a table is read. Raises: DataError."""
    said = parse_text(options.text) if options.text else {}
    if options.sheet is not None:
        said["sheet"] = options.sheet
    return said


def open_planned(project: Project, options: argparse.Namespace) -> Dataset:
    """The data of a project, or those of ``--data``, with what was said about them.

    Raises: DataError.
    """
    plan = plan_of(options)
    if options.data is None:
        if options.target is not None:
            plan = {**plan, "target": options.target}
        return api.project_data(project, options=plan)
    return api.open_dataset(
        options.data,
        target=options.target,
        labels=options.labels,
        like=project,
        options=plan,
    )


def _plain(value: Any) -> dict[str, Any]:
    return dict(msgspec.json.decode(msgspec.json.encode(value)))
