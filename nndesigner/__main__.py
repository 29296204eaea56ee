"""Starts the program: without a verb the window, with one the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with these words (those of the process by default) and return its exit code.

    The verbs never load the window's libraries, so they work on a machine without a screen.
    """
    from nndesigner.cli.parser import VERBS
    from nndesigner.cli.parser import main as run_verb
    from nndesigner.engine.threads import prepare_environment

    prepare_environment()  # before the number libraries are loaded
    words = list(sys.argv[1:] if argv is None else argv)
    if words and (words[0] in VERBS or words[0].startswith("-")):
        return run_verb(words)
    if len(words) > 1 or (words and not _may_be_project(words[0])):
        sys.stderr.write(
            f"nndesigner: there is no verb and no project {words[0]!r}: choose from "
            f"{', '.join(VERBS)}, or name one project; 'nndesigner --help' tells more\n"
        )
        return 2
    return _open_window(words[0] if words else None)


def _may_be_project(word: str) -> bool:
    """Whether a word could name a file; a window that opens for a slip of the key would puzzle."""
    return os.path.exists(word) or "." in word or os.sep in word


def _open_window(project: str | None) -> int:
    from nndesigner.startup import window_problem

    problem = window_problem()  # asked before Qt is loaded, which would abort the process
    if problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    try:
        from nndesigner.ui.app import main as open_window
    except ImportError as error:
        sys.stderr.write(
            f"nndesigner: the window cannot open: {error}. Install what is missing (README.md "
            "lists it); 'nndesigner train' and the other verbs work without it\n"
        )
        return 2
    return open_window(project)


if __name__ == "__main__":
    sys.exit(main())
