"""The bars of the months: how much was finished, and how much of it in time. A drawing beside a table, never instead of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from web.board.panels import Line

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


def trend(lines: Sequence[Line]) -> Trend:
    """Of the lines of `by_month`."""
    shown = lines[-MONTHS_SHOWN:]
    most = max((line.kept.done for line in shown), default=0) or 1
    bars = tuple(
        Bar(
            line.label, GAP + at * (WIDTH + GAP), max(line.kept.done * HEIGHT // most, 2), line.kept.late * HEIGHT // most, line.kept.done, line.kept.late,
            line.kept.per_mille,
        )
        for at, line in enumerate(shown)
    )  # fmt: skip
    return Trend(bars, GAP + len(bars) * (WIDTH + GAP))
