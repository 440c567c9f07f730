"""The bars of the months: how much was finished, and how much of it in time. A drawing beside a table, never instead of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.board.finished import Kept

HEIGHT, WIDTH, GAP = 120, 34, 14
MONTHS_SHOWN = 12


@dataclass(frozen=True)
class Bar:
    """A month; measures in the units of the drawing."""

    month: str
    x: int
    height: int
    late_height: int
    done: int
    late: int
    per_mille: int | None

    @property
    def y(self) -> int:
        return HEIGHT - self.height

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2


@dataclass(frozen=True)
class Trend:
    """The last months, and how wide the drawing is."""

    bars: tuple[Bar, ...]
    width: int
    height: int = HEIGHT


def trend(kept: Mapping[str, Kept]) -> Trend:
    """Of what was finished in each month."""
    shown = sorted(kept.items())[-MONTHS_SHOWN:]
    most = max((one.done for _month, one in shown), default=0) or 1
    bars = tuple(
        Bar(
            month, GAP + at * (WIDTH + GAP), max(one.done * HEIGHT // most, 2), one.late * HEIGHT // most, one.done, one.late, one.per_mille,
        )
        for at, (month, one) in enumerate(shown)
    )  # fmt: skip
    return Trend(bars, GAP + len(bars) * (WIDTH + GAP))
