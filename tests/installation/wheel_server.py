"""A server with an index of wheels, at the end of a poor line: it can break off in mid-file."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WheelServer(http.server.ThreadingHTTPServer):
    """Serves the wheels of a folder as pip wants them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.cuts = 0
        """So many of the next downloads break off in their middle."""
        self.served: list[str] = []
        """The names of the wheels that were asked for."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/whl/cpu"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: WheelServer

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        name = self.path.rstrip("/").rpartition("/")[2].replace("%2B", "+")
        if not name.endswith(".whl"):
            wheels = sorted(self.server.folder.glob(f"{name}-*.whl"))
            links = "".join(f'<a href="/files/{wheel.name}">{wheel.name}</a>' for wheel in wheels)
            page = f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
            self._send(page, "text/html", len(page) if with_body else 0)
            return
        data = (self.server.folder / name).read_bytes()
        size = len(data) if with_body else 0
        if with_body:
            self.server.served.append(name)
            if self.server.cuts > 0:
                self.server.cuts -= 1
                size = len(data) // 2
        self._send(data, "application/octet-stream", size)

    def _send(self, data: bytes, kind: str, count: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:count])
        self.close_connection = True

    def log_message(self, *_words: object) -> None:
        return


@contextmanager
def serving(folder: Path) -> Iterator[WheelServer]:
    with WheelServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
