"""A web server on this machine whose answers can be broken in every way that servers break."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Web:
    """What is served, how, and what was asked for. ``cut`` ends an answer after so many bytes."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""
    cut: list[int] = field(default_factory=list)
    ranges: bool = True
    lengths: bool = True
    status: list[int] = field(default_factory=list)
    etag: str = '"one"'
    pause: float = 0.0
    silent: threading.Event = field(default_factory=threading.Event)
    redirect: str = ""
    wrong_start: bool = False


class _Handler(BaseHTTPRequestHandler):
    web: Web

    def do_GET(self) -> None:
        web = self.web
        wanted = self.headers.get("Range", "")
        web.asked.append((self.path, wanted))
        content = web.files.get(self.path)
        if web.silent.is_set():
            while web.silent.is_set():
                time.sleep(0.01)
            return
        status = web.status.pop(0) if web.status else 200
        if web.redirect:
            self.send_response(302)
            self.send_header("Location", web.redirect)
            self.end_headers()
            return
        if status != 200 or content is None:
            self.send_error(404 if content is None else status)
            return
        start = 0
        same = self.headers.get("If-Range", web.etag) == web.etag
        if wanted and web.ranges and same:
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206)
            said = 1 if web.wrong_start else start
            span = f"bytes {said}-{len(content) - 1}/{len(content)}"
            self.send_header("Content-Range", span)
        else:
            self.send_response(200)
        body = content[start:]
        if web.lengths:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", web.etag)
        self.end_headers()
        body = body[: web.cut.pop(0)] if web.cut else body
        for place in range(0, len(body), 4096):
            self.wfile.write(body[place : place + 4096])
            if web.pause:
                self.wfile.flush()
                time.sleep(web.pause)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def serving() -> Iterator[Web]:
    """A server on a free port of this machine, for as long as the block lasts."""
    web = Web()
    handler = type("Handler", (_Handler,), {"web": web})

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Whoever asked has gone: that is what the tests are about."""

    server = Server(("127.0.0.1", 0), handler)
    web.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield web
    finally:
        web.silent.clear()
        server.shutdown()
        thread.join()
        server.server_close()
