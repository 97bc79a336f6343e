"""A server on this computer that hands out one answer, as good or as bad as a test wants it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENDLESS = 20 * 2**20


@dataclass
class Served:
    """What the server answers with, and what it was asked for."""

    body: bytes = b""
    code: int = 200
    length: int | None = None
    """Another number of bytes than are sent."""
    moved_to: str | None = None
    endless: bool = False
    hold: threading.Event | None = None
    """The answer begins when this is set."""
    asked: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)


@contextmanager
def serving(served: Served) -> Iterator[str]:
    """The server's address while it runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            served.agents.append(self.headers["User-Agent"])
            if served.hold is not None:
                served.hold.wait(30)
            if served.moved_to is not None and self.path == "/":
                self.send_response(302)
                self.send_header("Location", served.moved_to)
                self.end_headers()
                return
            self.send_response(served.code)
            if not served.endless:
                length = len(served.body) if served.length is None else served.length
                self.send_header("Content-Length", str(length))
            self.end_headers()
            try:
                for _turn in range(ENDLESS // 2**16 if served.endless else 0):
                    self.wfile.write(bytes(2**16))
                self.wfile.write(served.body)
            except OSError:
                pass  # who asked has had enough

        def log_message(self, *_words: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        if served.hold is not None:
            served.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()
