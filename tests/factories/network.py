"""A network between a node and its database that can be cut: silently, as by a broken switch, or loudly, as by a server that went down."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import make_url


class Proxy:
    """Listens on a port of its own and passes bytes on, until it is told otherwise."""

    def __init__(self, url: str) -> None:
        there = make_url(url)
        self._target = (there.host or "127.0.0.1", there.port or 5432)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._silent = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = there.set(host="127.0.0.1", port=self.port).render_as_string(hide_password=False)
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def silence(self) -> None:
        """From now on nothing gets through in either direction, and nobody is told: acknowledged, and swallowed."""
        self._silent.set()

    def go_down(self) -> None:
        """Closes every connection and takes no new one."""
        # Shut down first: a thread that waits in accept() would keep the port open.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for pair in self._pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def come_back(self) -> None:
        """Listens on the same port again."""
        self._listening = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def close(self) -> None:
        self.go_down()

    def _look_at(self, data: bytes) -> None:
        """What is about to be passed on, in either direction."""

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(self._target)
                self._pairs.append((near, far))
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._look_at(data)
                if not self._silent.is_set():
                    sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()


class Sluice(Proxy):
    """Falls silent before the first piece, in either direction, that `closes_at` recognises; that a side is gone is still passed on."""

    def __init__(self, url: str) -> None:
        self.closes_at: Callable[[bytes], bool] = lambda _data: False
        self.closed = threading.Event()
        super().__init__(url)

    def _look_at(self, data: bytes) -> None:
        if not self.closed.is_set() and self.closes_at(data):
            self.silence()
            self.closed.set()
