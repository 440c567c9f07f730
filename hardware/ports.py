"""What the work at a counter needs of its devices. A driver is behind each: the simulator here, a card reader later.

A card is one of ISO 7816: files that are read and written one by one, a PIN with few tries, and it may be drawn at any moment. Every
error of a device says what `happened`: after "no" the work may be tried again, after "unknown" the device must be asked first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

TAX_CARD, IC_CARD = "tax_card", "ic_card"
DISK = "disk"
SPECIAL, ORDINARY = "special", "ordinary"  # kinds of invoices, each with a limit of its own on the card (专用发票, 普通发票)
PIN_TRIES = 3  # of our cards; the right PIN, and whoever has the issuer key, gives them all back
Authority = Callable[[bytes], bytes]  # the office's key machine: a card's challenge → its cryptogram


class DeviceError(Exception):
    """Something that a device of the counter does not do, whichever it is. Its text is Chinese, `en` English."""

    happened: Literal["no", "yes", "unknown"] = "no"
    en = ""


class CardError(DeviceError):
    """Something that a card or its reader does not do."""

    happened: Literal["no", "unknown"] = "no"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.en = en


class CardRemoved(CardError):
    """The card was drawn, or the reader fell silent: the last command may have been carried out."""

    happened = "unknown"


class CardMute(CardError):
    """The card does not answer."""

    happened = "unknown"


class CardDamaged(CardError):
    """What the card holds cannot be read."""


class MemoryFull(CardError):
    """The file takes no more."""


class NotAuthorised(CardError):
    """The card wants its PIN first."""


class WrongPin(CardError):
    """The PIN was wrong, which cost a try: no machine tries again."""

    def __init__(self, left: int) -> None:
        super().__init__(f"卡的口令不符，还可再试 {left} 次", f"wrong PIN, {left} tries left")
        self.left = left


class PinBlocked(CardError):
    """Too many wrong PINs."""

    def __init__(self) -> None:
        super().__init__("卡的口令已锁死", "the PIN of the card is blocked")


class WrongKey(CardError):
    """The key machine holds another key than the card, which cost a try: no machine tries again."""

    def __init__(self, left: int) -> None:
        super().__init__(f"密钥与卡不符，还可再试 {left} 次", f"the key does not fit the card, {left} tries left")
        self.left = left


class KeyBlocked(CardError):
    """Too many wrong keys: the card takes none any more."""

    def __init__(self) -> None:
        super().__init__("卡的密钥验证已锁死", "the card takes no key any more")


class WrongState(CardError):
    """The card does not do this as it is now: locked, with invoices in stock, or with a move that was not finished."""


class NotInStock(CardError):
    """The volume does not stand in the card's stock: card and paper do not agree."""


class VolumeTwice(CardError):
    """A card holds invoices of this volume already."""


class StockFull(CardError):
    """The card keeps no more volumes."""


class Card(Protocol):
    """One card in a reader. Every method raises CardError."""

    @property
    def kind(self) -> str:
        """TAX_CARD or IC_CARD."""
        ...

    @property
    def serial(self) -> str:
        """The number that is printed on it."""
        ...

    def verify(self, pin: str) -> None:
        """Shows the PIN; before that nothing is written. Raises WrongPin, PinBlocked."""
        ...

    def tries_left(self) -> int:
        """How many wrong PINs it takes before it is blocked, PIN_TRIES where none was shown since the right one; asking costs none."""
        ...

    def read(self, file: str) -> bytes:
        """What a file holds; nothing where it was never written."""
        ...

    def write(self, file: str, content: bytes) -> None:
        """Puts this in the place of what the file held. Cut off in the middle it leaves neither."""
        ...

    def unlock_pin(self, authority: Authority, new_pin: str) -> None:
        """税控IC卡解锁: another PIN with all its tries, which has to be shown after that. Raises WrongKey, KeyBlocked: a wrong key costs a try."""
        ...


@dataclass(frozen=True, order=True)
class Volume:
    """A run of invoices (发票卷): code of 10 or 12 digits, first number of 8, how many."""

    code: str
    first: str
    count: int

    def __post_init__(self) -> None:
        if not (re.fullmatch(r"[0-9]{10}|[0-9]{12}", self.code) and re.fullmatch(r"[0-9]{8}", self.first) and 0 < self.count <= 10**8 - int(self.first)):
            raise ValueError(f"expected a code of 10 or 12 digits, a first number of 8 and invoices behind it, but got {self.code} {self.first} {self.count}")

    def overlaps(self, other: Volume) -> bool:
        """Whether the two have an invoice in common."""
        mine, theirs = int(self.first), int(other.first)
        return self.code == other.code and mine < theirs + other.count and theirs < mine + self.count


@dataclass(frozen=True)
class Position:
    """Where the moves of a golden-tax card stand: the last token that was used up and whether that move took place, and the move that is open:
    its `volume` goes in or out, and the IC card of serial `partner` has the other part of it.
    """

    last_token: int
    last_took_place: bool = True
    open_token: int = 0
    goes_in: bool = False
    volume: Volume | None = None
    partner: str = ""


@dataclass(frozen=True)
class CardState:
    """What a golden-tax card says of itself: version, whether it is locked (锁死), how often it may bill outside the tax period (非征期次数), limit
    of one special invoice in yuan (开票限额), special invoices a month (购票限量), and the same of ordinary invoices (普通发票), which a card knows
    nothing of before it was upgraded.
    """

    version: str
    is_locked: bool
    outside_period: int
    per_invoice: int
    monthly_quantity: int
    ordinary_per_invoice: int = 0
    ordinary_quantity: int = 0


class TaxCard(Card, Protocol):
    """A golden-tax card: its stock of volumes changes in two steps with a rising token, so that a volume is in one place whatever is cut off when."""

    def state(self) -> CardState:
        """读状态."""
        ...

    def stock(self) -> Sequence[Volume]:
        """读库存发票: what is in it, a volume that is on its way out too."""
        ...

    def position(self) -> Position:
        """QUERY."""
        ...

    def prepare(self, token: int, volume: Volume, *, goes_in: bool, partner: str) -> None:
        """PREPARE of a move with the IC card of serial `partner`. Raises NotInStock, StockFull, WrongState (locked, another move open, an old token)."""
        ...

    def finish(self, token: int, *, commit: bool) -> None:
        """COMMIT or ABORT of the open move, which uses its token up; the same once more for the last one changes nothing. Raises WrongState for any other."""
        ...

    def unlock(self, authority: Authority) -> None:
        """解锁. Raises WrongKey, KeyBlocked, as all that follow."""
        ...

    def reissue(self, authority: Authority, version: str) -> None:
        """升级发行: another version. Raises WrongState for a card that is locked, holds invoices or has a move open."""
        ...

    def authorise(self, authority: Authority, per_invoice: int, monthly_quantity: int, *, invoices: str = SPECIAL) -> None:
        """授权 for one kind of invoices: limit of one in yuan, how many a month; that of the other kind stays."""
        ...

    def load(self, authority: Authority, outside_period: int) -> None:
        """加载: how often it may bill outside the tax period."""
        ...


class Reader(Protocol):
    """All slots of a counter."""

    def cards(self) -> Sequence[Card]:
        """The cards that lie in them just now."""
        ...
