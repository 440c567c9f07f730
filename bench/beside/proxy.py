"""Stands between an engine and PostgreSQL and counts round trips: requests after which the client waits for "ready for query".

In PostgreSQL's protocol these are the messages Sync and Query, whatever driver speaks and however many statements it has bundled.
"""

from __future__ import annotations

import socket
import threading

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

    def __init__(self, server_port: int) -> None:
        self._server = server_port
        self._counters: list[Counter] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def round_trips(self) -> int:
        return sum(counter.round_trips for counter in self._counters)

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            counter, server = Counter(), socket.create_connection(("127.0.0.1", self._server))
            self._counters.append(counter)
            threading.Thread(target=_carry, args=(client, server, counter), daemon=True).start()
            threading.Thread(target=_carry, args=(server, client, None), daemon=True).start()

    def close(self) -> None:
        self._listener.close()


def _carry(source: socket.socket, target: socket.socket, counter: Counter | None) -> None:
    """Hands on what comes until either side hangs up."""
    try:
        while piece := source.recv(65536):
            if counter:
                counter.feed(piece)
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # the other side hung up first
        return
