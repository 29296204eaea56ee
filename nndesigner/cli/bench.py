"""``nndesigner bench``: our speed beside that of others, on this machine."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from nndesigner.cli.output import say
from nndesigner.errors import DesignerError
from nndesigner.training.settings import did_you_mean

PEERS = ("torch", "keras", "sklearn")


def bench(options: argparse.Namespace) -> int:
    """Measure and print; every figure comes from this run."""
    from nndesigner.bench import report
    from nndesigner.bench.cases import CASES
    from nndesigner.bench.run import run
    from nndesigner.files.atomic import write_bytes

    peers = _peers(options.against)
    names = _names(options.only, list(CASES))
    figures = run(
        names,
        peers,
        _pythons(options.peer_python),
        rounds=options.rounds,
        seconds=options.seconds,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )
    say(report.text(figures, peers))
    if options.json:
        write_bytes(options.json, f"{json.dumps(report.as_json(figures), indent=2)}\n".encode())
    return 0


def _peers(text: str) -> list[str]:
    peers = [word.strip().lower() for word in text.split(",") if word.strip()]
    for peer in peers:
        if peer not in PEERS:
            raise DesignerError(
                f"--against knows {', '.join(PEERS)}, got {peer!r}{did_you_mean(peer, PEERS)}"
            )
    return peers


def _names(words: list[str], known: list[str]) -> list[str]:
    """The cases whose names begin with, or hold, what was given."""
    found = []
    for word in words:
        exact = [name for name in known if name.lower() == word.lower()]
        near = exact or [name for name in known if word.lower() in name.lower()]
        if not near:
            raise DesignerError(f"--only knows {'; '.join(known)}, got {word!r}")
        found += [name for name in near if name not in found]
    return found


def _pythons(words: list[str]) -> dict[str, str]:
    found = {}
    for word in words:
        peer, equals, path = word.partition("=")
        if not equals or peer not in PEERS:
            raise DesignerError(
                f"--peer-python wants NAME=PATH with one of {', '.join(PEERS)}, got {word!r}"
            )
        if not Path(path).is_file():
            raise DesignerError(f"--peer-python {peer}: there is no program {path!r}")
        found[peer] = path
    return found
