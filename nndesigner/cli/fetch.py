"""The verb ``fetch``: lists the known data sets, and gets one with progress, to go on later."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from nndesigner.cli.output import say, warn
from nndesigner.cli.parser import EXIT_OK, EXIT_STOPPED
from nndesigner.data.catalogue import KNOWN_SETS, KnownSet, find_known, known_names
from nndesigner.data.fetch import data_home, fetched_path
from nndesigner.data.fetch import fetch as get
from nndesigner.data.words import bytes_text
from nndesigner.errors import DataError
from nndesigner.training.settings import did_you_mean


def fetch(options: argparse.Namespace) -> int:
    """List the sets, or get the one that is named. Raises: DesignerError."""
    if options.name is None:
        for known in KNOWN_SETS:
            here = "  (on this computer)" if fetched_path(known) is not None else ""
            say(f"{known.name:<20}{bytes_text(known.size):>8}  {known.title}{here}")
            say(f"{'':<30}{known.help}")
            say(f"{'':<30}Licence: {known.licence}. Source: {known.source}")
        say(f"They are kept in {data_home()}; 'nndesigner fetch NAME' gets one.")
        return EXIT_OK
    known_set = find_known(options.name)
    if known_set is None:
        hint = did_you_mean(options.name, known_names())
        raise DataError(
            f"there is no data set {options.name!r}{hint}; there are {', '.join(known_names())}"
        )
    there = fetched_path(known_set)
    if there is not None:
        say(f"{known_set.title} is on this computer already: {there}")
        return EXIT_OK
    say(f"{known_set.title}: {known_set.help}")
    say(f"Size: {bytes_text(known_set.size)}. Licence: {known_set.licence}.")
    say(f"Source: {known_set.source}.")
    bar = _Bar()
    try:
        path = get(known_set, mirror=options.mirror, progress=bar)
    except KeyboardInterrupt:
        bar.close()
        warn("stopped; what came is kept: the same command goes on")
        return EXIT_STOPPED
    finally:
        bar.close()
    say(f"fetched {path}")
    say(_advice(known_set))
    return EXIT_OK


def _advice(known: KnownSet) -> str:
    text = f"use it with --data {known.name}"
    if known.tests:
        tests = data_home() / known.name / known.tests
        text += f", and test with --test {tests}"
    return text


class _Bar:
    """A bar on a terminal; elsewhere a line at every tenth."""

    def __init__(self) -> None:
        self._said = -1
        self._move: Callable[[float, str], object] = self._plain
        self._close: Callable[[], object] = lambda: None
        if sys.stderr.isatty():
            from tqdm import tqdm

            bar = tqdm(total=100.0, bar_format="{l_bar}{bar}| {desc}", leave=False)

            def move(share: float, words: str) -> None:
                bar.set_description_str(words, refresh=False)
                bar.update(max(0.0, 100.0 * share - bar.n))

            self._move, self._close = move, bar.close

    def __call__(self, share: float, words: str) -> bool:
        """Show how far it is; never cancels, for Ctrl-C does."""
        self._move(share, words)
        return True

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._close()
        self._close = lambda: None

    def _plain(self, share: float, words: str) -> None:
        tenth = int(share * 10)
        if words and tenth > self._said:
            self._said = tenth
            warn(words)
