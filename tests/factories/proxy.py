"""A door between a program and its database that counts how often the program waits for an answer."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Door:
    """Passes bytes on and counts round trips: a flight is all that the client sends before the server speaks again."""

    def __init__(self, host: str, port: int) -> None:
        self.flights = 0
        self._target = (host, port)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._closing = threading.Event()
        self._guests: list[threading.Thread] = []
        self._doorman = threading.Thread(target=self._admit, daemon=True)
        self._doorman.start()

    def close(self) -> None:
        """Lets nobody in any more."""
        self._closing.set()
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for thread in (self._doorman, *self._guests):
            thread.join()

    def _admit(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._door.accept()
            except OSError:
                return  # closed
            thread = threading.Thread(target=self._pass_on, args=(client,), daemon=True)
            thread.start()
            self._guests.append(thread)

    def _pass_on(self, guest: socket.socket) -> None:
        with guest as client, socket.create_connection(self._target) as server:
            self._between(client, server)

    def _between(self, client: socket.socket, server: socket.socket) -> None:
        for side in (client, server):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        spoke_last = server
        while not self._closing.is_set():
            for side in select.select([client, server], [], [], 0.2)[0]:
                data = side.recv(1 << 16)
                if not data:
                    return
                if side is client and spoke_last is server:
                    self.flights += 1
                spoke_last = side
                (server if side is client else client).sendall(data)


@contextmanager
def door_to(host: str, port: int) -> Iterator[Door]:
    """A door that is open as long as the block runs."""
    door = Door(host, port)
    try:
        yield door
    finally:
        door.close()
