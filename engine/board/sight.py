"""Whose figures are asked for: the cases of these offices and all beneath, or of an office alone, of one process or of all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from engine.board.counting import ALL
from engine.link import Link

NOTHING = "1 = 0"


@dataclass(frozen=True)
class Sight:
    """`paths` none sees nothing; none of them lies beneath another. `alone`: the cases of these offices themselves, without those beneath. `months`: the first and the last
    of what was finished, both included; empty for all. `within`: the processes of which anything is seen; none named means all.
    """

    paths: tuple[str, ...]
    process_id: str = ""
    alone: bool = False
    months: tuple[str, str] = field(default=("", ""))
    within: tuple[str, ...] = ()

    def covers(self, process_id: str) -> bool:
        """Whether anything of a process is seen."""
        return not self.within or process_id in self.within

    @property
    def _processes(self) -> tuple[str, ...]:
        """Those that are asked for; none means all."""
        return (self.process_id,) if self.process_id else self.within

    @property
    def _is_nothing(self) -> bool:
        return not self.paths or bool(self.process_id and not self.covers(self.process_id))

    def of(self, row: str) -> tuple[str, list[Any]]:
        """A condition on the columns `scope` and `process_id` of a row, and its values."""
        if self._is_nothing:
            return NOTHING, []
        if self.alone:
            parts, values = [f"{row}.scope = ?"] * len(self.paths), list[Any](self.paths)
        else:
            parts = [f"substr({row}.scope, 1, ?) = ?"] * len(self.paths)
            values = [value for path in self.paths for value in (len(path), path)]
        found, processes = f"({' OR '.join(parts)})", self._processes
        return (f"{found} AND {row}.process_id IN ({Link.places(processes)})", [*values, *processes]) if processes else (found, values)

    def of_tally(self, row: str, *, by_office: bool) -> tuple[str, list[Any]]:
        """The same, for rows of finished work, with the months; `by_office`: those that are kept with all beneath, too."""
        if self._is_nothing:
            return NOTHING, []
        if by_office:
            condition, values = f"{row}.scope IN ({Link.places(self.paths)}) AND {row}.beneath = ?", [*self.paths, 0 if self.alone else 1]
        else:
            condition, values = replace(self, process_id="", within=()).of(row)
        for sign, month in zip((">=", "<="), self.months, strict=True):
            if month:
                condition, values = f"{row}.month {sign} ? AND {condition}", [month, *values]
        processes = self._processes or (() if by_office else (ALL,))
        if processes:
            condition, values = f"{row}.process_id IN ({Link.places(processes)}) AND {condition}", [*processes, *values]
        return condition, values
