"""What the golden-tax card's own commands carry, as bytes. The layout is the project's own."""

from __future__ import annotations

import struct
from typing import Any

from hardware.ports import ORDINARY, SPECIAL, CardState, Position, Volume

_VOLUME = struct.Struct(">12s8sI")
_TOKEN = struct.Struct(">I")
_STATE = struct.Struct(">16s?BQI")
_LIMIT = struct.Struct(">QI")  # of one kind of invoices
_MOVE = struct.Struct(">I?I?40s")
_VERSION = 16
_PARTNER = 40  # bytes of a serial
LIMIT_SIZE = _LIMIT.size
IN, OUT = 2, 1
INVOICES = {SPECIAL: 0, ORDINARY: 1}  # what AUTHORISE is for
COMMIT, ABORT = 1, 0
MOST_VOLUMES = 5


def _parted(layout: struct.Struct, content: bytes) -> tuple[Any, ...]:
    if len(content) != layout.size:
        raise ValueError(f"expected {layout.size} bytes, but got {len(content)}")
    return layout.unpack(content)


def volume_bytes(volume: Volume) -> bytes:
    """A volume on the wire."""
    return _VOLUME.pack(volume.code.encode().ljust(12), volume.first.encode(), volume.count)


def volume_of(content: bytes) -> Volume:
    """The volume in these bytes; raises ValueError."""
    code, first, count = _parted(_VOLUME, content)
    return Volume(code.decode("ascii").strip(), first.decode("ascii"), count)


def token_bytes(token: int) -> bytes:
    """A token on the wire."""
    return _TOKEN.pack(token)


def token_of(content: bytes) -> int:
    """What FINISH brings; raises ValueError."""
    if len(content) != _TOKEN.size:
        raise ValueError(f"expected a token of {_TOKEN.size} bytes, but got {len(content)}")
    return int.from_bytes(content, "big")


def move_bytes(token: int, volume: Volume, partner: str) -> bytes:
    """What PREPARE brings on the wire."""
    return _TOKEN.pack(token) + volume_bytes(volume) + partner.encode("ascii")


def move_of(content: bytes) -> tuple[int, Volume, str]:
    """Token, volume and serial of the other card in what PREPARE brings; raises ValueError."""
    end = _TOKEN.size + _VOLUME.size
    if not end < len(content) <= end + _PARTNER:
        raise ValueError(f"expected a token, a volume and the serial of a card, but got {len(content)} bytes")
    return token_of(content[: _TOKEN.size]), volume_of(content[_TOKEN.size : end]), content[end:].decode("ascii")


def state_bytes(state: CardState) -> bytes:
    """A state on the wire."""
    if len(state.version.encode("ascii")) > _VERSION:
        raise ValueError(f"expected a version of at most {_VERSION} characters, but got {state.version}")
    head = _STATE.pack(state.version.encode().ljust(16), state.is_locked, state.outside_period, state.per_invoice, state.monthly_quantity)
    return head + limit_bytes(state.ordinary_per_invoice, state.ordinary_quantity)


def state_of(content: bytes) -> CardState:
    """The state in these bytes; a chip of before knows no ordinary invoices. Raises ValueError."""
    version, is_locked, outside, per_invoice, quantity = _parted(_STATE, content[: _STATE.size])
    ordinary = limit_of(content[_STATE.size :]) if len(content) > _STATE.size else (0, 0)
    return CardState(version.decode("ascii").strip(), is_locked, outside, per_invoice, quantity, *ordinary)


def limit_bytes(per_invoice: int, monthly_quantity: int) -> bytes:
    """Limit of one invoice in yuan and invoices a month on the wire."""
    return _LIMIT.pack(per_invoice, monthly_quantity)


def limit_of(content: bytes) -> tuple[int, int]:
    """Limit and quantity in these bytes; raises ValueError."""
    per_invoice, quantity = _parted(_LIMIT, content)
    return per_invoice, quantity


def position_bytes(position: Position) -> bytes:
    """A position on the wire."""
    tail = volume_bytes(position.volume) if position.volume is not None else b""
    return _MOVE.pack(position.last_token, position.last_took_place, position.open_token, position.goes_in, position.partner.encode("ascii")) + tail


def position_of(content: bytes) -> Position:
    """The position in these bytes; raises ValueError."""
    last, took_place, pending, goes_in, partner = _parted(_MOVE, content[: _MOVE.size])
    rest = content[_MOVE.size :]
    return Position(last, took_place, pending, goes_in, volume_of(rest) if rest else None, partner.rstrip(b"\0").decode("ascii"))
