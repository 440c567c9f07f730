"""Readers of PC/SC: one exclusive connection a card, and a deadline for every command, which the service itself does not know.

Source of the interface: PC/SC workgroup, parts 3 and 5, as pcsc-lite has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, Queue
from threading import Thread
from typing import Any

from smartcard.Exceptions import CardConnectionException, NoCardException, SmartcardException
from smartcard.scard import SCARD_SHARE_EXCLUSIVE, SCARD_UNPOWER_CARD
from smartcard.System import readers

from hardware.card.golden import card_at
from hardware.card.iso import IsoCard
from hardware.ports import Card, CardError, CardMute, CardRemoved

DEADLINE_S = 10.0  # for one command; cards of the time wrote a kilobyte a second


class PcscReader:
    """All slots of all readers at this counter."""

    def __init__(self, *, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._open: dict[str, IsoCard] = {}

    def cards(self) -> Sequence[Card]:
        """The cards of ours that lie in them just now; a card of somebody else's is none. Raises CardRemoved where the service is away."""
        for name in [name for name, card in self._open.items() if not card.is_there()]:
            self._open.pop(name).wire.close()
        try:
            found = {str(one): one for one in readers()}
        except SmartcardException as error:
            raise CardRemoved("读卡器服务没有响应", "the service of the readers does not answer") from error
        for name, reader in found.items():
            if name not in self._open and (card := self._opened(reader)) is not None:
                self._open[name] = card
        return list(self._open.values())

    def close(self) -> None:
        """Gives all cards free."""
        while self._open:
            self._open.popitem()[1].wire.close()

    def _opened(self, reader: Any) -> IsoCard | None:
        connection = reader.createConnection()
        try:
            connection.connect(mode=SCARD_SHARE_EXCLUSIVE, disposition=SCARD_UNPOWER_CARD)
        except (NoCardException, CardConnectionException):
            return None  # an empty slot, or somebody else has it
        wire = PcscWire(connection, self._deadline_s)
        try:
            return card_at(wire)
        except CardError:
            wire.close()
            return None


class PcscWire:
    """One connection of the service. After a command that got no answer it carries no other: what the card has done must be asked of it anew."""

    def __init__(self, connection: Any, deadline_s: float) -> None:
        self._connection, self._deadline_s = connection, deadline_s
        self._gone: CardError | None = None

    def send(self, command: bytes) -> bytes:
        if self._gone is not None:
            raise self._gone
        box: Queue[Any] = Queue()

        def work() -> None:
            try:
                box.put(self._connection.transmit(list(command)))
            except SmartcardException as error:
                box.put(error)

        Thread(target=work, daemon=True).start()
        try:
            found = box.get(timeout=self._deadline_s)
        except Empty:
            self._gone = CardMute("卡没有响应", "the card does not answer")
            raise self._gone from None
        if isinstance(found, Exception):
            self._gone = CardRemoved("卡被拔出", "the card was drawn")
            raise self._gone from found
        out, first, second = found
        return bytes(out) + bytes([first, second])

    def close(self) -> None:
        with suppress(SmartcardException):  # the service is away, and with it the handle
            self._connection.disconnect()
            self._connection.release()
