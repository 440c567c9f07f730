"""Cards in readers of PC/SC: one exclusive connection a card, and a deadline for every command, which the service itself does not know.

Source of the interface: PC/SC workgroup, parts 3 and 5, as pcsc-lite has it; of the commands: ISO/IEC 7816-4.
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

from hardware.card import apdu
from hardware.card.apdu import Command
from hardware.card.layout import APPLICATION, CAPACITY, EMPTY, FILES, IDENTITY, LENGTH_BYTES, PIN_REFERENCE, UNFINISHED
from hardware.ports import Card, CardDamaged, CardError, CardMute, CardRemoved, MemoryFull, NotAuthorised, PinBlocked, WrongPin

DEADLINE_S = 10.0  # for one command; cards of the time wrote a kilobyte a second
_CHUNK = 240
_NEAR = 0x8000  # offsets that P1 and P2 can name


class PcscReader:
    """All slots of all readers at this counter."""

    def __init__(self, *, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._open: dict[str, PcscCard] = {}

    def cards(self) -> Sequence[Card]:
        """The cards of ours that lie in them just now; a card of somebody else's is none. Raises CardRemoved where the service is away."""
        for name in [name for name, card in self._open.items() if not card.is_alive]:
            self._open.pop(name).close()
        try:
            names = {str(one): one for one in readers()}
        except SmartcardException as error:
            raise CardRemoved("读卡器服务没有响应", "the service of the readers does not answer") from error
        for name, reader in names.items():
            if name not in self._open and (card := self._opened(reader)) is not None:
                self._open[name] = card
        return list(self._open.values())

    def close(self) -> None:
        """Gives all cards free."""
        while self._open:
            self._open.popitem()[1].close()

    def _opened(self, reader: Any) -> PcscCard | None:
        connection = reader.createConnection()
        try:
            connection.connect(mode=SCARD_SHARE_EXCLUSIVE, disposition=SCARD_UNPOWER_CARD)
        except (NoCardException, CardConnectionException):
            return None  # an empty slot, or somebody else has it
        card = PcscCard(connection, self._deadline_s)
        try:
            card.open()
        except CardError:
            card.close()
            return None
        return card


class PcscCard:
    """One of our cards, as long as it lies in the reader."""

    def __init__(self, connection: Any, deadline_s: float) -> None:
        self._connection, self._deadline_s = connection, deadline_s
        self._kind, self._serial, self._selected = "", "", -1
        self._gone: CardError | None = None

    @property
    def kind(self) -> str:
        return self._kind

    @property
    def serial(self) -> str:
        return self._serial

    @property
    def is_alive(self) -> bool:
        """Whether it still lies there, by the word of its reader."""
        if self._gone is None:
            try:
                self._connection.getATR()
                self.send(Command(0x00, apdu.SELECT, 0x04, 0x00, APPLICATION))
                self._selected = -1
            except (CardError, SmartcardException):
                return False
        return self._gone is None

    def open(self) -> None:
        """Selects our application and reads who the card is; raises CardError for a card of somebody else's."""
        self.send(Command(0x00, apdu.SELECT, 0x04, 0x00, APPLICATION))
        self._select(IDENTITY)
        self._kind, _colon, self._serial = self._read(0, apdu.MOST_DATA).decode("ascii", "replace").partition(":")

    def close(self) -> None:
        """Gives the reader free: a dead handle would keep it locked for everybody."""
        with suppress(SmartcardException):  # the service is away, and with it the handle
            self._connection.disconnect()
            self._connection.release()

    # --- the port ----------------------------------------------------------------------------------------------------------

    def verify(self, pin: str) -> None:
        self.send(Command(0x00, apdu.VERIFY, 0x00, PIN_REFERENCE, pin.encode()))

    def read(self, file: str) -> bytes:
        self._select(FILES[file])
        head = self._read(0, LENGTH_BYTES)
        if head == UNFINISHED:
            raise CardDamaged("卡内数据不完整", "what the card holds is incomplete")
        length = int.from_bytes(head, "big")
        found = bytearray()
        while len(found) < length:
            part = self._read(LENGTH_BYTES + len(found), min(_CHUNK, length - len(found)))
            if not part:
                raise CardDamaged("卡内数据不完整", "what the card holds is incomplete")
            found += part
        return bytes(found)

    def write(self, file: str, content: bytes) -> None:
        if len(content) > CAPACITY:
            raise MemoryFull("卡的存储区已满", "the memory of the card is full")
        self._select(FILES[file])
        self._update(0, UNFINISHED)
        for at in range(0, len(content), _CHUNK):
            self._update(LENGTH_BYTES + at, content[at : at + _CHUNK])
        self._update(0, len(content).to_bytes(LENGTH_BYTES, "big") if content else EMPTY)

    # --- commands ----------------------------------------------------------------------------------------------------------

    def _select(self, file: int) -> None:
        if file != self._selected:
            self.send(Command(0x00, apdu.SELECT, 0x02, 0x0C, file.to_bytes(2, "big")))
            self._selected = file

    def _read(self, offset: int, count: int) -> bytes:
        if offset < _NEAR:
            return self.send(Command(0x00, apdu.READ, offset >> 8, offset & 0xFF, expected=count))
        return self.send(Command(0x00, apdu.READ_FAR, data=apdu.far(offset), expected=count))

    def _update(self, offset: int, data: bytes) -> None:
        if offset < _NEAR:
            self.send(Command(0x00, apdu.UPDATE, offset >> 8, offset & 0xFF, data))
        else:
            self.send(Command(0x00, apdu.UPDATE_FAR, data=apdu.far(offset, data)))

    def send(self, command: Command) -> bytes:
        """The answer to a command, fetched whole as T=0 wants it; raises CardError for any status other than 9000."""
        out, status = self._transmitted(command.packed())
        if status >> 8 == 0x6C:
            out, status = self._transmitted(command.packed()[:-1] + bytes([status & 0xFF]))
        while status >> 8 == 0x61:
            more, status = self._transmitted(Command(0x00, apdu.GET_RESPONSE, expected=status & 0xFF or apdu.MOST_EXPECTED).packed())
            out += more
        if status != apdu.OK:
            raise refusal(status)
        return out

    def _transmitted(self, wire: bytes) -> tuple[bytes, int]:
        if self._gone is not None:
            raise self._gone
        box: Queue[Any] = Queue()

        def work() -> None:
            try:
                box.put(self._connection.transmit(list(wire)))
            except SmartcardException as error:
                box.put(error)

        Thread(target=work, daemon=True).start()
        try:
            found = box.get(timeout=self._deadline_s)
        except Empty:
            self._gone = CardMute(f"卡 {self._serial} 没有响应", f"card {self._serial} does not answer")
            raise self._gone from None
        if isinstance(found, Exception):
            self._gone = CardRemoved(f"卡 {self._serial} 被拔出", f"card {self._serial} was drawn")
            raise self._gone from found
        out, first, second = found
        return bytes(out), first << 8 | second


def refusal(status: int) -> CardError:
    """What a status word means."""
    if status & 0xFFF0 == apdu.TRIES_LEFT:
        return WrongPin(status & 0x0F)
    if status == apdu.BLOCKED:
        return PinBlocked()
    if status == apdu.NOT_ALLOWED:
        return NotAuthorised("卡要求先验证口令", "the card wants its PIN first")
    if status == apdu.FULL:
        return MemoryFull("卡的存储区已满", "the memory of the card is full")
    return CardDamaged(f"卡拒绝了命令（状态字 {status:04X}）", f"the card refused the command (status {status:04X})")
