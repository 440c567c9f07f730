"""How our cards are laid out: application, files, PIN and keys. The layout of the real golden-tax cards is not public; this one is the project's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import xor

from hardware.layout import DONE, HOLDER, INVOICES, MOVES, PENDING, SALES, VOLUMES
from hardware.ports import IC_CARD, TAX_CARD

APPLICATION = b"\xf0JINSHUI"  # F0: an application that is registered nowhere (ISO/IEC 7816-5)
IDENTITY = 0xEF01  # kind and serial, written when the card is made
FILES: Mapping[str, int] = {HOLDER: 0xEF10, SALES: 0xEF11, INVOICES: 0xEF12, PENDING: 0xEF13, DONE: 0xEF14, VOLUMES: 0xEF15, MOVES: 0xEF16}
PIN_REFERENCE = 0x81
ISSUER_KEY = 0x01  # the key that the office's key machine proves: unlocks, issues, authorises


def is_pin(content: bytes) -> bool:
    """Whether these bytes can be a PIN of our cards: 4 to 8 digits."""
    return content.isdigit() and 4 <= len(content) <= 8


def _with_check(atr: bytes) -> bytes:
    """The answer to reset with its check byte TCK, which T=1 wants (ISO/IEC 7816-3, 8.2.5): all bytes behind the first, combined by exclusive or."""
    return atr + bytes([reduce(xor, atr[1:])])


# Direct convention. The IC card speaks T=0 as cards of its time did, the golden-tax card T=1; the historical bytes say which is which.
ATR: Mapping[str, bytes] = {IC_CARD: b"\x3b\x67\x00\x00JSTAXIC", TAX_CARD: _with_check(b"\x3b\x87\x81\x01JSTAXGT")}
CAPACITY = 64 * 1024  # bytes of one file

# A file begins with how much it holds. While it is written it says UNFINISHED: a card that is drawn then holds neither the old nor the new.
LENGTH_BYTES = 4
UNFINISHED = b"\xff\xff\xff\xff"
EMPTY = b"\x00\x00\x00\x00"
