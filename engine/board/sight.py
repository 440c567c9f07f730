"""Whose figures are asked for: the cases of these offices and all beneath, or of an office alone, of one process or of all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sight:
    """`paths` none sees nothing. `alone`: the cases of these offices themselves, without those beneath. `months`: the first and the last
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

    def of_month(self, row: str) -> tuple[str, list[Any]]:
        """The same, for rows of finished work, with the months."""
        condition, values = self.of(row)
        for sign, month in ((">=", self.months[0]), ("<=", self.months[1])):
            if month:
                condition, values = f"{row}.month {sign} ? AND {condition}", [month, *values]
        return condition, values
