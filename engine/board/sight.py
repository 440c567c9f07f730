"""Whose figures are asked for: the cases of these offices and all beneath, or of an office alone, of one process or of all."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from engine.link import Link


@dataclass(frozen=True)
class Sight:
    """`paths` none sees nothing; none of them lies beneath another. `alone`: the cases of these offices themselves, without those beneath. `months`: the first and the last
    of what was finished, both included; empty for all.
    """

    paths: tuple[str, ...]
    process_id: str = ""
    alone: bool = False
    months: tuple[str, str] = field(default=("", ""))

    def of(self, row: str) -> tuple[str, list[Any]]:
        """A condition on the columns `scope` and `process_id` of a row, and its values."""
        if not self.paths:
            return "1 = 0", []
        if self.alone:
            parts, values = [f"{row}.scope = ?"] * len(self.paths), list[Any](self.paths)
        else:
            parts = [f"substr({row}.scope, 1, ?) = ?"] * len(self.paths)
            values = [value for path in self.paths for value in (len(path), path)]
        found = f"({' OR '.join(parts)})"
        return (f"{found} AND {row}.process_id = ?", [*values, self.process_id]) if self.process_id else (found, values)

    def of_tally(self, row: str, *, by_office: bool) -> tuple[str, list[Any]]:
        """The same, for rows of finished work, with the months; `by_office`: those that are kept with all beneath, too."""
        if by_office:
            condition = f"{row}.scope IN ({Link.places(self.paths)}) AND {row}.beneath = ?" if self.paths else "1 = 0"
            values = [*self.paths, 0 if self.alone else 1] if self.paths else []
        else:
            condition, values = replace(self, process_id="").of(row)
        for column, sign, wanted in (("process_id", "=", self.process_id), ("month", ">=", self.months[0]), ("month", "<=", self.months[1])):
            if wanted or (column == "process_id" and not by_office):
                condition, values = f"{row}.{column} {sign} ? AND {condition}", [wanted, *values]
        return condition, values
