"""What the golden-tax card's own commands carry, as bytes. The layout is the project's own."""

from __future__ import annotations

import struct

from hardware.ports import CardState, Position, Volume

_VOLUME = struct.Struct(">12s8sI")
_TOKEN = struct.Struct(">I")
_STATE = struct.Struct(">16s?BQI")
_MOVE = struct.Struct(">II?")
IN, OUT = 2, 1
COMMIT, ABORT = 1, 0
MOST_VOLUMES = 5


def volume_bytes(volume: Volume) -> bytes:
    """A volume on the wire."""
    return _VOLUME.pack(volume.code.encode().ljust(12), volume.first.encode(), volume.count)


def volume_of(content: bytes) -> Volume:
    """The volume in these bytes; raises ValueError."""
    try:
        code, first, count = _VOLUME.unpack(content)
    except struct.error as error:
        raise ValueError(f"expected {_VOLUME.size} bytes of a volume, but got {len(content)}") from error
    return Volume(code.decode("ascii").strip(), first.decode("ascii"), count)


def token_bytes(token: int) -> bytes:
    """A token on the wire."""
    return _TOKEN.pack(token)


def token_and_volume(content: bytes) -> tuple[int, Volume | None]:
    """What PREPARE and FINISH bring; raises ValueError."""
    if len(content) < _TOKEN.size:
        raise ValueError("expected a token of four bytes")
    (token,) = _TOKEN.unpack(content[: _TOKEN.size])
    rest = content[_TOKEN.size :]
    return token, volume_of(rest) if rest else None


def state_bytes(state: CardState) -> bytes:
    """A state on the wire."""
    return _STATE.pack(state.version.encode().ljust(16), state.is_locked, state.outside_period, state.per_invoice, state.monthly_quantity)


def state_of(content: bytes) -> CardState:
    """The state in these bytes."""
    version, is_locked, outside, per_invoice, quantity = _STATE.unpack(content)
    return CardState(version.decode("ascii").strip(), is_locked, outside, per_invoice, quantity)


def position_bytes(position: Position) -> bytes:
    """A position on the wire."""
    tail = volume_bytes(position.volume) if position.volume is not None else b""
    return _MOVE.pack(position.last_token, position.open_token, position.goes_in) + tail


def position_of(content: bytes) -> Position:
    """The position in these bytes."""
    last, pending, goes_in = _MOVE.unpack(content[: _MOVE.size])
    rest = content[_MOVE.size :]
    return Position(last, pending, goes_in, volume_of(rest) if rest else None)
