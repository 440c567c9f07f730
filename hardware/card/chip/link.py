"""The wire between a virtual reader (the driver vpcd of pcscd) and a chip: lengths of two bytes, control bytes, commands and answers.

To connect is to put the card in, to close is to draw it.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from hardware.card.chip.eeprom import PowerCut
from hardware.card.chip.system import CardSystem

OFF, ON, RESET, ATR = 0, 1, 2, 4
HOST = "127.0.0.1"
Meddler = Callable[[int, bytes, Callable[[], bytes]], bytes]  # number of the command, its bytes, what carries it out → the answer


class Drawn(Exception):
    """The card leaves the reader without an answer."""


class Slot:
    """One chip in one slot, from being put in until it is drawn. `meddler` may hold a command back, or draw the card before or after it."""

    def __init__(self, chip: CardSystem, atr: bytes, port: int) -> None:
        self.chip, self.atr, self.port = chip, atr, port
        self.count = 0
        self.meddler: Meddler | None = None
        self._wire: socket.socket | None = None
        self._thread: Thread | None = None

    def insert(self) -> None:
        """Puts the card in; the reader sees it at its next look."""
        self._wire = socket.create_connection((HOST, self.port), timeout=5)
        self._wire.settimeout(None)
        self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._thread = Thread(target=self._serve, args=(self._wire,), daemon=True)
        self._thread.start()

    def draw(self) -> None:
        """Draws the card."""
        wire, self._wire = self._wire, None
        if wire is not None:
            with suppress(OSError):  # drawn already, by a fault
                wire.shutdown(socket.SHUT_RDWR)
            wire.close()
        if self._thread is not None:
            self._thread.join(5)

    def _serve(self, wire: socket.socket) -> None:
        try:
            while True:
                (length,) = struct.unpack(">H", _received(wire, 2))
                message = _received(wire, length)
                if length == 1:
                    self._control(wire, message[0])
                else:
                    _send(wire, self._answered(message))
        except (Drawn, PowerCut, OSError):
            self.chip.power(on=False)
        finally:
            wire.close()

    def _control(self, wire: socket.socket, byte: int) -> None:
        if byte == ATR:
            _send(wire, self.atr)
        else:
            self.chip.power(on=byte != OFF)

    def _answered(self, message: bytes) -> bytes:
        self.count += 1
        if self.meddler is None:
            return self.chip.answer(message)
        return self.meddler(self.count, message, lambda: self.chip.answer(message))


def _received(wire: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        # The driver sends length and body in two packets: without this every command waits 40 ms for a delayed acknowledgement.
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = wire.recv(count - len(found))
        if not part:
            raise Drawn
        found += part
    return found


def _send(wire: socket.socket, data: bytes) -> None:
    wire.sendall(struct.pack(">H", len(data)) + data)
