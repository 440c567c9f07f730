"""How a card's files are laid out: JSON with its types and a checksum, so that a write that was cut off is seen.

The layout is ours; the one of the real golden-tax cards is not public.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from db.wire import NotOnTheWire, from_wire, to_wire
from hardware.ports import Card, CardDamaged

HOLDER, SALES, INVOICES = "holder", "sales", "invoices"
VOLUMES = "volumes"  # of the IC card: runs of invoices that stand on it
MOVES = "moves"  # of the IC card: tokens of moves that it has its part of, by the serial of the golden-tax card
PENDING, DONE = "pending", "done"  # the job that is being written, and those that were written last


def packed(value: Any) -> bytes:
    """A value as the content of a file."""
    text = json.dumps(to_wire(value), ensure_ascii=False, sort_keys=True).encode()
    return b"%08x" % zlib.crc32(text) + text


def unpacked(content: bytes) -> Any:
    """The value in the content of a file, None in an empty one; raises CardDamaged."""
    if not content:
        return None
    try:
        if int(content[:8], 16) != zlib.crc32(content[8:]):
            raise CardDamaged("卡内数据不完整", "what the card holds is incomplete")
        return from_wire(json.loads(content[8:]))
    except (ValueError, NotOnTheWire) as error:
        raise CardDamaged("卡内数据无法识别", "what the card holds cannot be understood") from error


def read_file(card: Card, file: str) -> Any:
    """The value in a file of a card, None in an empty one; raises CardError."""
    return unpacked(card.read(file))
