"""How a remedy that the window has as a form is said on the command line."""

from __future__ import annotations

import argparse

#: Words of a sentence about data, the option that is behind them, and how it is given.
HINTS: tuple[tuple[str, str, str], ...] = (
    ("another encoding", "text", "--text encoding=NAME"),
    ("another delimiter", "text", "--text delimiter=SIGN"),
    ("say the decimal mark", "text", "--text decimal=SIGN"),
    ("set the task to regression", "task", "--task regression"),
    ("the task to classification", "task", "--task classification"),
    ("choose a size", "pictures", "--pictures size=N"),
    ("choose a smaller size", "pictures", "--pictures size=N"),
    ("name them as x and y", "arrays", "--arrays X Y"),
    ("leave out the last line", "text", "--text foot=1"),
    ("leave out the last 2 lines", "text", "--text foot=2"),
    ("leave out the last 3 lines", "text", "--text foot=3"),
    ("choose the sheet", "sheet", "--sheet NAME"),
    ("set its type to number", "column", "--column NAME:type=number"),
    ("set its type to category", "column", "--column NAME:type=category"),
    ("set its type to date", "column", "--column NAME:type=date"),
    ("set its role to input", "column", "--column NAME:role=input"),
    ("give the order", "column", "--column NAME:order=low|middle|high"),
    ("coding to ordinal", "column", "--column NAME:coding=ordinal"),
    ("ignore it", "column", "--column NAME:role=ignore"),
    ("ignore the column", "column", "--column NAME:role=ignore"),
    ("choose another target", "target", "--target NAME"),
    ("name the target", "target", "--target NAME"),
    ("name its target column", "target", "--target NAME"),
    ("the input itself", "target", "--target same-as-input"),
    ("which column is the target", "target", "--target NAME"),
    ("change how the rows are split", "split", "--split KEY=VALUE"),
)


def hinted(sentence: str, options: argparse.Namespace) -> str:
    """A sentence with the options of this verb that do what it advises."""
    lower = sentence.casefold()
    said = [how for words, name, how in HINTS if words in lower and hasattr(options, name)]
    new = [how for how in dict.fromkeys(said) if how not in sentence]
    return f"{sentence} [{'; '.join(new)}]" if new else sentence
