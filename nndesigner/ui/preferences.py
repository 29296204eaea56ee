"""What the window remembers between two starts: one small JSON file that is never in the way."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import platformdirs

#: Raised whenever the docks or toolbars change, so that an old layout is not forced onto them.
VERSION = 1
MOST_BYTES = 1_000_000
MOST_RECENT = 10


def default_path() -> Path:
    """Where the file lies for this person."""
    return Path(platformdirs.user_config_path("nndesigner", appauthor=False)) / "window.json"


class Preferences:
    """Values by name. A damaged file is put aside as ``.bad``; an unwritable place costs nothing.

    ``notice`` is a sentence for the person when something was wrong with the file.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        self.notice = ""
        self._values: dict[str, Any] = {}
        self._warned = False
        self._read()

    def get(self, name: str, kind: type, default: Any) -> Any:
        """A value if it is of the kind that is wanted, else the default."""
        value = self._values.get(name, default)
        return value if isinstance(value, kind) else default

    def set(self, **values: Any) -> None:
        """Remember some values now."""
        changed = {**self._values, **values}
        if changed != self._values:
            self._values = changed
            self._write()

    # -- recent files; they are not touched before the person chooses one

    @property
    def recent(self) -> tuple[str, ...]:
        """The projects opened last, the newest first."""
        found = self.get("recent", list, [])
        return tuple(path for path in found if isinstance(path, str))[:MOST_RECENT]

    def add_recent(self, path: Path) -> None:
        """Put a project first."""
        text = str(path)
        others = [other for other in self.recent if other != text]
        self.set(recent=[text, *others][:MOST_RECENT])

    def forget_recent(self, path: str | None = None) -> None:
        """Take one project off the list, or all."""
        self.set(recent=[other for other in self.recent if path is not None and other != path])

    # -- inside

    def _read(self) -> None:
        try:
            if not self.path.exists():
                return
            if self.path.stat().st_size > MOST_BYTES:
                raise ValueError("too large")
            found = json.loads(self.path.read_text(encoding="utf-8"))
            if not isinstance(found, dict):
                raise ValueError("not an object")
        except (ValueError, RecursionError):
            bad = self.path.with_suffix(".bad")
            with contextlib.suppress(OSError):
                os.replace(self.path, bad)
            self.notice = (
                f"The saved window layout was damaged, so the default one is used. "
                f"The old file is kept as {bad.name}"
            )
        except OSError:
            self.notice = "The saved window layout cannot be read, so the default one is used"
        else:
            self._values = found

    def _write(self) -> None:
        temporary = self.path.with_suffix(".tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(self._values, indent=1), encoding="utf-8")
            os.replace(temporary, self.path)
        except OSError as error:
            if not self._warned:
                self._warned = True
                self.notice = (
                    f"The window layout cannot be remembered: {self.path.parent} cannot be "
                    f"written ({error.strerror or error})"
                )
