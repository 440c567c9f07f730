"""What carries commands to a chip: a reader of PC/SC, or a chip at hand. Whoever speaks to a card knows no more of it."""

from __future__ import annotations

from typing import Protocol


class Wire(Protocol):
    """One connection to one chip, from being put in until it is drawn."""

    def send(self, command: bytes) -> bytes:
        """The answer with its status word. Raises CardRemoved, CardMute: whether it was carried out is not known then."""
        ...

    def close(self) -> None:
        """Gives the reader free: a dead handle would keep it locked for everybody."""
        ...
