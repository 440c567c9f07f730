"""Stands between an engine and PostgreSQL and counts round trips: requests after which the client waits for "ready for query".

In PostgreSQL's protocol these are the messages Sync and Query, whatever driver speaks and however many statements it has bundled.
"""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress

_PROTOCOL_3 = 196608
_WAITS = frozenset(b"SQ")


class Counter:
    """Reads the client's half of a conversation piece by piece."""

    def __init__(self) -> None:
        self.round_trips = 0
        self._rest = b""
        self._begun = False

    def feed(self, piece: bytes) -> None:
        """The next bytes that the client has sent."""
        data, at = self._rest + piece, 0
        while True:
            head = 1 if self._begun else 0  # what opens a connection has no letter in front
            if len(data) < at + head + 4:
                break
            end = at + head + int.from_bytes(data[at + head : at + head + 4], "big")
            if len(data) < end:
                break
            if self._begun:
                self.round_trips += data[at] in _WAITS
            else:
                self._begun = int.from_bytes(data[at + 4 : at + 8], "big") == _PROTOCOL_3
            at = end
        self._rest = data[at:]


class Proxy:
    """Listens on a port of loopback until it is closed; `round_trips` counts all connections together."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._server = (host, port)
        self._counters: list[Counter] = []
        self._guests: list[threading.Thread] = []
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._doorman = threading.Thread(target=self._admit, daemon=True)
        self._doorman.start()

    @property
    def round_trips(self) -> int:
        return sum(counter.round_trips for counter in self._counters)

    def close(self) -> None:
        """Lets nobody in any more, and ends the conversations."""
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # or the thread that waits in accept() would keep the port open
        self._listener.close()
        for thread in (self._doorman, *self._guests):
            thread.join()

    def _admit(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            self._counters.append(Counter())
            guest = threading.Thread(target=self._serve, args=(client, self._counters[-1]), daemon=True)
            guest.start()
            self._guests.append(guest)

    def _serve(self, guest: socket.socket, counter: Counter) -> None:
        with guest as client, socket.create_connection(self._server) as server:
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(ConnectionError):  # one side hung up while the other was being answered
                while not self._closing.is_set() and all(
                    _hand_on(side, client, server, counter) for side in select.select([client, server], [], [], 0.2)[0]
                ):
                    pass


def _hand_on(side: socket.socket, client: socket.socket, server: socket.socket, counter: Counter) -> bool:
    """Hands on what one side has said; False when it has hung up."""
    piece = side.recv(65536)
    if side is client:
        counter.feed(piece)
    (server if side is client else client).sendall(piece)
    return bool(piece)
