"""Fetches one file over HTTP: goes on where it broke off, can be stopped at once, checks what came.

What is there is kept as ``NAME.part`` until it is complete and its checksum is right; only then it
takes its name. The network is read on a thread of its own, so that even a server that says nothing
does not keep anybody from stopping.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import queue
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from nndesigner.data.progress import Progress, tell
from nndesigner.data.words import bytes_text
from nndesigner.errors import DataError

_BLOCK = 1 << 16
_LOOK_SECONDS = 0.05
#: A server that sends nothing for so long is given up.
PATIENCE_SECONDS = 30.0
#: A connection that breaks off is taken up again so many times.
ATTEMPTS = 4
_AGENT = "nndesigner"


class _Broken(Exception):
    """The connection ended early; the text says how."""


@dataclass(frozen=True)
class _Answer:
    """What a server said before the bytes: where they begin and how many the whole file has."""

    start: int
    total: int | None
    validator: str


def download(
    url: str,
    target: Path,
    *,
    size: int = 0,
    sha256: str = "",
    progress: Progress | None = None,
) -> str:
    """Fetch a file into place and give its sha256.

    ``size`` (0: not known) and ``sha256`` (empty: not known) are compared with what came.
    ``progress`` hears the share of this file. Raises: DataError; what came so far is kept, unless
    it is not what was wanted.
    """
    part = target.with_name(f"{target.name}.part")
    fresh = not part.exists()
    for attempt in range(ATTEMPTS):
        try:
            found = _attempt(url, part, size, progress)
        except _Broken as broken:
            if attempt + 1 < ATTEMPTS:
                _wait(0.1 * 2**attempt, progress)
                continue
            had = part.stat().st_size if part.exists() else 0
            of = f" of {bytes_text(size)}" if size else ""
            raise DataError(
                f"The connection to {host_of(url)} broke off ({broken}): {bytes_text(had)}{of} are "
                "kept, fetch again to go on"
            ) from None
        if sha256 and found != sha256:
            _forget(part)
            if not fresh:  # the beginning may have been another file's: once more from the start
                fresh = True
                continue
            raise DataError(
                f"{target.name} from {host_of(url)} is not the file that was expected (its "
                "checksum differs): nothing was kept. Try again later, or another mirror"
            )
        os.replace(part, target)
        _note(part).unlink(missing_ok=True)
        return found
    raise DataError(f"{target.name} could not be fetched from {host_of(url)}: try again later")


def checksum(path: Path) -> str:
    """The sha256 of a file, or an empty text where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


# -- one attempt


def _attempt(url: str, part: Path, size: int, progress: Progress | None) -> str:
    """Read from where the part ends until the file does. Raises: _Broken, DataError."""
    had = part.stat().st_size if part.exists() else 0
    if size and had > size:
        _forget(part)
        had = 0
    if size and had == size:
        return checksum(part)
    reader = _Reader(url, had, _validator(part))
    try:
        answer = reader.answer(progress)
        digest = hashlib.sha256()
        if answer.start and answer.start != had:
            _forget(part)
            raise _Broken("it sent another part of the file")
        if answer.start:
            with part.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        total = answer.total or size or None
        if size and answer.total not in (None, size):
            _forget(part)
            raise DataError(
                f"{host_of(url)} has a file of {bytes_text(answer.total or 0)} where "
                f"{bytes_text(size)} were expected: it is another one. Try another mirror"
            )
        with contextlib.suppress(OSError):
            _note(part).write_text(json.dumps({"url": url, "validator": answer.validator}), "utf-8")
        done = answer.start
        with part.open("ab" if answer.start else "wb") as out:
            for block in reader.blocks(progress):
                done += len(block)
                if total and done > total:
                    out.truncate(0)
                    raise DataError(
                        f"{host_of(url)} sends more than the file has: try another mirror"
                    )
                out.write(block)
                digest.update(block)
                share = done / total if total else 0.0
                of = f" of {bytes_text(total)}" if total else ""
                tell(progress, share, f"{bytes_text(done)}{of}")
        if total and done < total:
            raise _Broken(f"after {bytes_text(done)}")
        return digest.hexdigest()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(
            f"{part.parent} cannot be written: {reason}. Free some space or check your rights"
        ) from None
    finally:
        reader.close()


class _Reader:
    """Reads a response on a thread of its own and hands its blocks over."""

    def __init__(self, url: str, start: int, validator: str) -> None:
        self._url, self._start, self._validator = url, start, validator
        self._queue: queue.Queue[Any] = queue.Queue(maxsize=16)
        self._stop = threading.Event()
        threading.Thread(target=self._run, name="fetch", daemon=True).start()

    def close(self) -> None:
        """Let the thread end; what it still reads is dropped."""
        self._stop.set()

    def answer(self, progress: Progress | None) -> _Answer:
        """What the server says first. Raises: _Broken, DataError."""
        found = self._get(progress, f"asking {host_of(self._url)}")
        if not isinstance(found, _Answer):
            raise _Broken("without an answer")
        return found

    def blocks(self, progress: Progress | None) -> Any:
        """The bytes, piece by piece. Raises: _Broken, DataError."""
        while True:
            block = self._get(progress, "")
            if not block:
                return
            yield block

    def _get(self, progress: Progress | None, words: str) -> Any:
        waited = time.monotonic()
        while True:
            try:
                found = self._queue.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if progress is not None and words:
                    tell(progress, 0.0, words)
                elif progress is not None:
                    tell(progress, -1.0, "")
                if time.monotonic() - waited > PATIENCE_SECONDS:
                    raise _Broken(f"it sent nothing for {PATIENCE_SECONDS:.0f} seconds") from None
                continue
            if isinstance(found, Exception):
                raise found
            return found

    def _put(self, thing: Any) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(thing, timeout=_LOOK_SECONDS)
                return True
            except queue.Full:
                continue
        return False

    def _run(self) -> None:
        try:
            with _open(self._url, self._start, self._validator) as response:
                if not self._put(_answer_of(response, self._start)):
                    return
                read = getattr(response, "read1", response.read)
                while block := read(_BLOCK):
                    if not self._put(block):
                        return
            self._put(b"")
        except urllib.error.HTTPError as error:
            with contextlib.suppress(OSError):
                error.close()
            if error.code == 416:  # the part is longer than the file: begin anew
                self._put(_Answer(-1, None, ""))
            else:
                self._put(_refused(self._url, error))
        except DataError as error:
            self._put(error)
        except (urllib.error.URLError, OSError, http.client.HTTPException, ValueError) as error:
            self._put(_unreachable(self._url, error))


def _open(url: str, start: int, validator: str) -> IO[bytes]:
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise DataError(f"{url} is no web address: it must begin with https:// or http://")
    headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if validator:
            headers["If-Range"] = validator
    opener = urllib.request.build_opener(_SameScheme())
    request = urllib.request.Request(url, headers=headers)
    response: IO[bytes] = opener.open(request, timeout=PATIENCE_SECONDS + 5.0)
    return response


class _SameScheme(urllib.request.HTTPRedirectHandler):
    """Follows a server to another web address, and to nothing else (ftp, files)."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        if urllib.parse.urlsplit(newurl).scheme not in ("http", "https"):
            fp.close()
            raise DataError(
                f"{host_of(req.full_url)} leads to {newurl[:60]}, which is not followed"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _answer_of(response: Any, start: int) -> _Answer:
    headers = response.headers
    etag = headers.get("ETag", "")
    validator = etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")
    length = _number(headers.get("Content-Length"))
    if response.status == 206:
        span, _, total = headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
        begins = _number(span.partition("-")[0])
        return _Answer(start if begins is None else begins, _number(total), validator)
    return _Answer(0, length, validator)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None


def _refused(url: str, error: urllib.error.HTTPError) -> Exception:
    if error.code >= 500 or error.code == 429:
        return _Broken(f"it answers {error.code}, {error.reason}")
    return DataError(
        f"{host_of(url)} does not give {url.rsplit('/', 1)[-1]} (it answers {error.code}, "
        f"{error.reason}): try again later, or another mirror"
    )


def _unreachable(url: str, error: Exception) -> Exception:
    reason = getattr(error, "reason", error)
    if isinstance(reason, socket.gaierror):
        return DataError(
            f"{host_of(url)} cannot be reached: there is no network, or its name is not known. "
            "Check the connection and fetch again"
        )
    if isinstance(error, urllib.error.URLError):
        text = getattr(reason, "strerror", None) or str(reason)
        return DataError(
            f"{host_of(url)} cannot be reached ({text}): check the connection and fetch again"
        )
    return _Broken(str(error) or type(error).__name__)


def _validator(part: Path) -> str:
    try:
        found = json.loads(_note(part).read_text("utf-8"))
        return str(found["validator"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def host_of(url: str) -> str:
    """The computer that an address leads to."""
    return urllib.parse.urlsplit(url).hostname or url


def _wait(seconds: float, progress: Progress | None) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        tell(progress, -1.0, "")
        time.sleep(_LOOK_SECONDS)
