"""A card of ours, spoken to by commands of ISO/IEC 7816-4 over whatever wire leads to it."""

from __future__ import annotations

from hardware.card import apdu
from hardware.card.apdu import Command
from hardware.card.layout import (
    APPLICATION,
    CAPACITY,
    EMPTY,
    FILES,
    IDENTITY,
    ISSUER_KEY,
    LENGTH_BYTES,
    PIN_REFERENCE,
    UNFINISHED,
    is_pin,
)
from hardware.card.wire import Wire
from hardware.ports import (
    PIN_TRIES,
    Authority,
    CardDamaged,
    CardError,
    KeyBlocked,
    MemoryFull,
    NotAuthorised,
    PinBlocked,
    WrongKey,
    WrongPin,
)

CHALLENGE_BYTES = 8
_NEW_PIN_ALONE = 0x02  # RESET RETRY COUNTER without a code that resets: the issuer key was proven before
_CHUNK = 240
_NEAR = 0x8000  # offsets that P1 and P2 can name


class IsoCard:
    """One card, as long as it lies in the reader. Making one asks the card who it is; raises CardError for a card of somebody else's."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._selected = -1
        self.send(Command(0x00, apdu.SELECT, 0x04, 0x00, APPLICATION))
        self._select(IDENTITY)
        self._kind, _colon, self._serial = self._read(0, apdu.MOST_DATA).decode("ascii", "replace").partition(":")

    @property
    def kind(self) -> str:
        return self._kind

    @property
    def serial(self) -> str:
        return self._serial

    def is_there(self) -> bool:
        """Whether it still answers. What was shown to it stays shown."""
        try:
            self._selected = -1
            self._select(IDENTITY)
        except CardError:
            return False
        return True

    # --- the port ----------------------------------------------------------------------------------------------------------

    def verify(self, pin: str) -> None:
        self.send(Command(0x00, apdu.VERIFY, 0x00, PIN_REFERENCE, pin.encode()))

    def tries_left(self) -> int:
        _out, status = self.exchanged(Command(0x00, apdu.VERIFY, 0x00, PIN_REFERENCE))
        if status & 0xFFF0 == apdu.TRIES_LEFT:
            return status & 0x0F
        if status not in {apdu.OK, apdu.BLOCKED}:  # OK: it was shown already
            raise refusal(status)
        return PIN_TRIES if status == apdu.OK else 0

    def read(self, file: str) -> bytes:
        self._select(FILES[file])
        head = self._read(0, LENGTH_BYTES)
        length = int.from_bytes(head, "big")
        if head == UNFINISHED or length > CAPACITY:
            raise incomplete()
        found = bytearray()
        while len(found) < length:
            part = self._read(LENGTH_BYTES + len(found), min(_CHUNK, length - len(found)))
            if not part:
                raise incomplete()
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

    # --- authority: whoever has the office's key machine -------------------------------------------------------------------

    def unlock_pin(self, authority: Authority, new_pin: str) -> None:
        """税控IC卡解锁: a new PIN with all its tries for one that is blocked or forgotten; it has to be shown after that. Cut off, the card has the old one or the new.
        Raises WrongKey, KeyBlocked, ValueError for what is no PIN.
        """
        if not is_pin(new_pin.encode()):
            raise ValueError("expected a PIN of 4 to 8 digits")
        self.prove(authority)
        self.send(Command(0x00, apdu.RESET_RETRIES, _NEW_PIN_ALONE, PIN_REFERENCE, new_pin.encode()))

    def prove(self, authority: Authority) -> None:
        """Shows the issuer key; the card believes it until it is drawn. Raises WrongKey, KeyBlocked: a wrong key costs a try."""
        challenge = self.send(Command(0x00, apdu.CHALLENGE, expected=CHALLENGE_BYTES))
        if len(challenge) != CHALLENGE_BYTES:
            raise CardDamaged("卡的应答无法识别", "the answer of the card cannot be understood")
        _out, status = self.exchanged(Command(0x00, apdu.EXTERNAL_AUTHENTICATE, 0x00, ISSUER_KEY, authority(challenge)))
        if status & 0xFFF0 == apdu.TRIES_LEFT:
            raise WrongKey(status & 0x0F)
        if status == apdu.BLOCKED:
            raise KeyBlocked
        if status != apdu.OK:
            raise refusal(status)

    # --- commands ----------------------------------------------------------------------------------------------------------

    def send(self, command: Command) -> bytes:
        """The answer to a command, fetched whole as T=0 wants it; raises CardError for any status other than 9000."""
        out, status = self.exchanged(command)
        if status != apdu.OK:
            raise refusal(status)
        return out

    def asked(self, command: Command) -> bytes | None:
        """The same; None where the card has no such record."""
        out, status = self.exchanged(command)
        if status == apdu.NO_RECORD:
            return None
        if status != apdu.OK:
            raise refusal(status)
        return out

    def exchanged(self, command: Command) -> tuple[bytes, int]:
        """Answer and status word, fetched whole."""
        wire = command.packed()
        out, status = _parted(self.wire.send(wire))
        if status >> 8 == 0x6C:
            out, status = _parted(self.wire.send(wire[:-1] + bytes([status & 0xFF])))
        while status >> 8 == 0x61:
            rest = Command(0x00, apdu.GET_RESPONSE, expected=status & 0xFF or apdu.MOST_EXPECTED)
            more, status = _parted(self.wire.send(rest.packed()))
            out += more
        return out, status

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


def _parted(answer: bytes) -> tuple[bytes, int]:
    if len(answer) < 2:
        raise CardDamaged("卡的应答无法识别", "the answer of the card cannot be understood")
    return answer[:-2], int.from_bytes(answer[-2:], "big")


def incomplete() -> CardDamaged:
    """A file that was cut off while it was written."""
    return CardDamaged("卡内数据不完整", "what the card holds is incomplete")


def refusal(status: int) -> CardError:
    """What a status word means."""
    if status & 0xFFF0 == apdu.TRIES_LEFT:
        return WrongPin(status & 0x0F)
    if status == apdu.BLOCKED:
        return PinBlocked()
    if status == apdu.NOT_ALLOWED:
        return NotAuthorised("卡要求先验证口令或密钥", "the card wants its PIN or a key first")
    if status == apdu.FULL:
        return MemoryFull("卡的存储区已满", "the memory of the card is full")
    return CardDamaged(f"卡拒绝了命令（状态字 {status:04X}）", f"the card refused the command (status {status:04X})")
