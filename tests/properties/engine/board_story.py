"""A case as the rows of its history tell it, in their order, in plain Python: nothing is shared with the product."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Closing:
    """A step that was done; `kept`: whether in time, None where it had no date."""

    step: str
    opened: datetime
    when: datetime
    who: str
    kept: bool | None


@dataclass
class Story:
    """A case as its history tells it."""

    office: str
    process: str
    begun: datetime
    ended: datetime | None = None
    way: str = ""
    due: date | None = None
    check_by: date | None = None
    stopped: date | None = None  # the day since which its clock stands
    kept_at_end: bool | None = None
    opened: dict[str, datetime] = field(default_factory=dict)
    own: dict[str, date] = field(default_factory=dict)  # dates that the model gave to open steps
    stood: set[str] = field(default_factory=set)  # which of these were open when the clock stopped
    holder: dict[str, str] = field(default_factory=dict)
    handed: dict[str, str] = field(default_factory=dict)  # whose a step will be when it is opened next
    returner: dict[str, str] = field(default_factory=dict)  # who sent the case back from a step
    closed: list[Closing] = field(default_factory=list)

    @property
    def standing(self) -> list[str]:
        """The steps at which it stands."""
        return [] if self.ended else list(self.opened)

    @property
    def waits_for_a_letter(self) -> bool:
        return not self.ended and not self.standing

    def until(self, step: str) -> date | None:
        """The date of an open step: its own, else that of the case."""
        return self.own.get(step, self.due)

    def due_now(self, step: str = "") -> date | None:
        """The date of a step, or the first of all of the case; none while the clock stands."""
        days = [self.until(step)] if step else [self.due, *map(self.until, self.standing)]
        return None if self.stopped else min((day for day in days if day), default=None)

    def in_time(self, day: date | None, when: datetime) -> bool | None:
        """Whether something is kept that is done now; while the clock stands, whether it was not over when that stopped."""
        return None if day is None else (self.stopped or day_of(when)) <= day

    @property
    def kept(self) -> bool | None:
        """Whether the finished case was in time, as a person would judge it; None where nothing had a date."""
        found = [one for one in (*(closing.kept for closing in self.closed), self.kept_at_end) if one is not None]
        return all(found) if found else None

    def open(self, step: str, when: datetime) -> None:
        self.opened[step] = when
        if step == "check" and self.check_by:
            self.own[step] = self.check_by
        if step in self.handed:
            self.holder[step] = self.handed.pop(step)

    def take_away(self, step: str) -> None:
        """It is open no longer, done or not."""
        del self.opened[step]
        for known in (self.own, self.holder):
            known.pop(step, None)
        self.stood.discard(step)

    def close(self, step: str, when: datetime, who: str) -> None:
        self.closed.append(Closing(step, self.opened[step], when, who, self.in_time(self.until(step), when)))
        self.take_away(step)

    def stop(self, day: date) -> None:
        self.stopped, self.stood = day, {*self.own}

    def resume(self, day: date) -> None:
        """All dates that stood are later by as many days; a step that came meanwhile has the date of the model."""
        assert self.stopped
        later = day - self.stopped
        self.due = self.due and self.due + later
        self.own |= {step: self.own[step] + later for step in self.stood}
        self.stopped, self.stood = None, set()

    def tell(self, when: datetime, kind: str, step: str, who: str, details: Mapping[str, Any]) -> None:
        """One row of the history."""
        if kind == "opened":
            self.open(step, when)
        elif kind == "claimed":
            self.holder[step] = who
        elif kind == "released":
            del self.holder[step]
        elif kind == "transferred":
            (self.holder[step],) = details["ids"]
        elif kind == "withdrawn":
            self.take_away(step)
        elif kind == "completed_task":
            self.close(step, when, who)
        elif kind in {"completed", "cancelled"}:
            self.ended, self.way, self.kept_at_end = when, kind, self.in_time(self.due, when)

    def tell_of_a_move(self, when: datetime, kind: str, step: str, who: str, details: Mapping[str, Any]) -> None:
        """One row of the history that tells of a move, or of the clock."""
        if kind == "returned":
            self.returner[step], to = who, details["to"]
            self.handed[to] = next(one.who for one in reversed(self.closed) if one.step == to)
        elif kind == "taken_back":
            self.handed[step] = who
        elif kind == "resubmitted" and details["way"] == "direct":
            self.handed[step] = self.returner[step]
        elif kind == "clock_stopped":
            self.stop(day_of(when))
        elif kind == "clock_resumed":
            self.resume(day_of(when))


def stories(rows: Iterable[Sequence[Any]], cases: Mapping[str, tuple[str, str]], dates: Mapping[str, list[tuple[int, date | None]]], checks: Mapping[str, date | None]) -> list[Story]:
    """Every case; `rows` are (case, moment, kind, step, person, details) in their order, `cases` says office and process, `dates` which date was set
    after how many rows of a case.
    """
    found: dict[str, Story] = {}
    seen: Counter[str] = Counter()
    to_come = {case: list(set_) for case, set_ in dates.items()}
    for case, at, kind, step, who, details in rows:
        when = moment_of(at)
        story = found.setdefault(case, Story(*cases[case], when, check_by=checks[case]))
        _set_dates(story, to_come.get(case, []), seen[case])
        seen[case] += 1
        told = (when, kind, step, who, json.loads(details or "{}"))
        story.tell(*told)
        story.tell_of_a_move(*told)
    for case, story in found.items():
        if not story.ended:
            _set_dates(story, to_come.get(case, []), seen[case])
    return list(found.values())


def _set_dates(story: Story, to_come: list[tuple[int, date | None]], rows: int) -> None:
    """Those that were set before the row of that number."""
    while to_come and to_come[0][0] <= rows:
        story.due = to_come.pop(0)[1]


def moment_of(value: Any) -> datetime:
    """As either database keeps it: a text in UTC, or a moment."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value.astimezone(UTC)


def day_of(moment: datetime) -> date:
    """In China."""
    return moment.astimezone(CHINA).date()
