"""A target over HTTP that keeps the heads of a chain, as an office outside would write it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Notary(ThreadingHTTPServer):
    """Appends each line once, gives all lines; `status` other than 0 is what it answers instead."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.keys: set[str] = set()
        self.status = 0
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/heads"


class _Handler(BaseHTTPRequestHandler):
    server: Notary

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if not self.server.status and self.headers["Idempotency-Key"] not in self.server.keys:
            self.server.keys.add(self.headers["Idempotency-Key"])
            self.server.lines.append(content)
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer("".join(f"{line}\n" for line in self.server.lines).encode())

    def _answer(self, content: bytes) -> None:
        self.send_response(self.server.status or 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


@contextmanager
def notaries() -> Iterator[Notary]:
    server = Notary()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
