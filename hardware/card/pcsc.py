"""Readers of PC/SC: one exclusive connection a card, and a deadline for every command, which the service itself does not know.

Each connection has a context of its own: the client library lets one call at a time through a context, and a card that does not answer would
stop the others. Source of the interface: PC/SC workgroup, parts 3 and 5, as pcsc-lite has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from smartcard import scard

from hardware.card.golden import card_at
from hardware.card.iso import IsoCard
from hardware.ports import Card, CardError, CardMute, CardRemoved

DEADLINE_S = 10.0  # for one command; cards of the time wrote a kilobyte a second


class PcscReader:
    """All slots of all readers at this counter."""

    def __init__(self, *, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._open: dict[str, IsoCard] = {}
        self._mute: dict[str, PcscWire] = {}  # slots in which the service still waits for an answer

    def slots(self) -> Sequence[str]:
        """The names of all slots, empty ones too. Raises CardRemoved where the service is away."""
        context = _context()
        try:
            result, names = scard.SCardListReaders(context, [])
        finally:
            scard.SCardReleaseContext(context)
        if result == scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        if result != scard.SCARD_S_SUCCESS:
            raise _away()
        return list(names)

    def cards(self) -> Sequence[Card]:
        """The cards of ours that lie in them just now; a card of somebody else's is none. Raises CardRemoved where the service is away."""
        for name in [name for name, card in self._open.items() if not card.is_there()]:
            self._give_free(name)
        self._mute = {name: wire for name, wire in self._mute.items() if wire.is_closing}
        for name in self.slots():
            if name not in self._open and name not in self._mute and (card := self._opened(name)) is not None:
                self._open[name] = card
        return list(self._open.values())

    def close(self) -> None:
        """Gives all cards free."""
        for name in list(self._open):
            self._give_free(name)

    def _opened(self, name: str) -> IsoCard | None:
        context = _context()
        result, handle, protocol = scard.SCardConnect(context, name, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1)
        if result != scard.SCARD_S_SUCCESS:
            scard.SCardReleaseContext(context)
            return None  # an empty slot, or somebody else has it
        wire = PcscWire(context, handle, protocol, self._deadline_s)
        try:
            return card_at(wire)
        except CardError:
            self._let_go(name, wire)
            return None

    def _give_free(self, name: str) -> None:
        wire = self._open.pop(name).wire
        assert isinstance(wire, PcscWire)
        self._let_go(name, wire)

    def _let_go(self, name: str, wire: PcscWire) -> None:
        """A slot whose card does not answer is passed over until the service has let go of it: asking there would wait without end."""
        wire.close()
        if wire.is_closing:
            self._mute[name] = wire


class PcscWire:
    """One connection of the service. After a command that got no answer it carries no other: what the card has done must be asked of it anew.

    A thread of its own speaks to the service from first to last: a deadline needs one that waits, and one for each command takes longer than the command does.
    """

    def __init__(self, context: Any, handle: Any, protocol: int, deadline_s: float) -> None:
        self._context, self._handle, self._deadline_s = context, handle, deadline_s
        self._request = scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0
        self._gone: CardError | None = None
        self._commands: SimpleQueue[bytes | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[int, list[int]]] = SimpleQueue()
        self._is_closed = False
        self._speaker = Thread(target=self._speak, name="card", daemon=True)
        self._speaker.start()

    def send(self, command: bytes) -> bytes:
        if self._gone is not None:
            raise self._gone
        self._commands.put(command)
        try:
            result, answer = self._answers.get(timeout=self._deadline_s)
        except Empty:
            self._gone = CardMute("卡没有响应", "the card does not answer")
            raise self._gone from None
        if result != scard.SCARD_S_SUCCESS or not answer:  # a card that is drawn in the middle of a command ends it without an answer
            self._gone = CardRemoved("卡被拔出", "the card was drawn")
            raise self._gone
        return bytes(answer)

    @property
    def is_closing(self) -> bool:
        """Whether the service has not let go of it yet."""
        return self._is_closed and self._speaker.is_alive()

    def close(self) -> None:
        """Ends the connection; where a command still waits, behind its answer, which may never come.

        The client library holds all its connections while it waits to end one, so that none is ended before its command has come back.
        """
        self._is_closed = True
        self._commands.put(None)
        if not isinstance(self._gone, CardMute):
            self._speaker.join(self._deadline_s)

    def _speak(self) -> None:
        try:
            while (command := self._commands.get()) is not None:
                self._answers.put(scard.SCardTransmit(self._handle, self._request, list(command)))
        finally:
            scard.SCardDisconnect(self._handle, scard.SCARD_UNPOWER_CARD)
            scard.SCardReleaseContext(self._context)


def _context() -> Any:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if result != scard.SCARD_S_SUCCESS:
        raise _away()
    return context


def _away() -> CardRemoved:
    return CardRemoved("读卡器服务没有响应", "the service of the readers does not answer")
