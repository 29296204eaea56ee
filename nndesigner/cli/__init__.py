"""The command line: everything that the window does to a project, without a window.

Importing this room loads no heavy library; each verb imports what it needs when it runs.
"""

from nndesigner.cli.parser import VERBS, main

__all__ = ["VERBS", "main"]
