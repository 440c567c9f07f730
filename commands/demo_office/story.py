"""One case of a demonstration: the row of demo/cases.yaml that tells it, and how far it has come."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from commands.scenarios.choosing import chosen
from engine.views import TaskView

_DATE = "@"  # a value "@+30" is the day thirty days later


@dataclass
class Book:
    """One file of cases with the usual entries for its tasks, and its dice: the same office at every run."""

    file: Path
    data: Mapping[str, Any]
    chance: random.Random

    @classmethod
    def read(cls, file: Path) -> Book:
        data = yaml.CSafeLoader(file.read_text("utf-8")).get_single_data()
        return cls(file, data, random.Random(str(data["seed"])))  # noqa: S311 -- a demonstration, not a secret

    def fault(self, what: str) -> LookupError:
        """What is wrong with a row, with the folder in which it stands."""
        return LookupError(f"{self.file.parents[1].name}/demo/cases.yaml，{what}")


@dataclass
class Story:
    """One row of a book, and how far it has come."""

    book: Book
    row: Mapping[str, Any]
    number: int
    begins: date
    family: set[str] = field(default_factory=set)
    done: dict[str, int] = field(default_factory=dict)
    next_on: date = date.min
    extras: int = 0
    taken: bool = False

    def stops_at(self, element: str) -> bool:
        """Whether the row wants this task left open: `task`, or `task#2` where it comes for the second time."""
        until = self.row.get("until", [])
        for stop in [until] if isinstance(until, str) else until:
            name, _, time_ = stop.partition("#")
            if name == element and self.done.get(element, 0) >= int(time_ or 1) - 1:
                return True
        return False

    def entries(self, view: TaskView, today: date) -> dict[str, Any]:
        """What is entered: the usual words for the task, with those of the row; a list of rows counts the times."""
        own = self.row.get("enter", {}).get(view.element.id, {})
        if isinstance(own, list):
            own = own[min(self.done.get(view.element.id, 0), len(own) - 1)]
        usual = self.book.data.get("entries", {}).get(view.element.id, {})
        return chosen(view.form, dated({**usual, **own}, today))

    def later(self, today: date) -> date:
        """The day on which somebody goes on with it."""
        return today + timedelta(days=self.book.chance.randint(1, int(self.row.get("pace", 3))))

    @property
    def rounds(self) -> int:
        """How often in a day somebody goes on with it: what is done while an enterprise stands in the hall is done in one day."""
        return int(self.row.get("rounds", 1))

    def fault(self, what: str) -> LookupError:
        """What is wrong with this row."""
        return self.book.fault(f"第 {self.number} 件：{what}")


def dated(value: Any, today: date) -> Any:
    """A value, or all in it, with the days that are counted from today."""
    if isinstance(value, Mapping):
        return {key: dated(one, today) for key, one in value.items()}
    if isinstance(value, list):
        return [dated(one, today) for one in value]
    if isinstance(value, str) and value.startswith(_DATE):
        return (today + timedelta(days=int(value.removeprefix(_DATE)))).isoformat()
    return value
