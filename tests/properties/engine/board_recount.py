"""Every figure of the board counted a second time, by hand as it were: from the rows of the history in their order, in plain Python.

Nothing is shared with the figures of the product: no statement, no table of theirs, no mark, no helper. Only what the two are asked for is the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
BOUNDS = [timedelta(hours=1), timedelta(hours=4), *(timedelta(days=days) for days in (1, 2, 3, 5, 10, 20, 30, 60, 90))]
Figures = dict[str, dict[Any, Any]]


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
    opened: dict[str, datetime] = field(default_factory=dict)
    closed: dict[str, tuple[datetime, str, date | None]] = field(default_factory=dict)  # when, by whom, until when
    holder: dict[str, str] = field(default_factory=dict)

    @property
    def standing(self) -> list[str]:
        """The steps at which it stands."""
        return [step for step in self.opened if step not in self.closed and not self.ended]

    @property
    def waits_for_a_letter(self) -> bool:
        return not self.ended and not self.standing

    def until(self, step: str) -> date | None:
        """The date of a step: its own, else that of the case."""
        return self.check_by if step == "check" and self.check_by else self.due

    @property
    def next_due(self) -> date | None:
        return min((day for day in (self.due, *(self.until(step) for step in self.standing)) if day), default=None)

    @property
    def kept(self) -> bool | None:
        """Whether the finished case was in time, as a person would judge it; None where nothing had a date."""
        dated = [(when, day) for when, _who, day in self.closed.values() if day] + ([(self.ended, self.due)] if self.due and self.ended else [])
        return all(_day(when) <= day for when, day in dated) if dated else None


def stories(rows: Iterable[Sequence[Any]], cases: Mapping[str, tuple[str, str]], dates: Mapping[str, list[tuple[int, date | None]]], checks: Mapping[str, date | None]) -> list[Story]:
    """Every case; `rows` are (case, moment, kind, step, person) in their order, `cases` says office and process, `dates` which date was set after
    how many rows of a case.
    """
    found: dict[str, Story] = {}
    seen: Counter[str] = Counter()
    for case, at, kind, step, who in rows:
        when = _moment(at)
        story = found.setdefault(case, Story(*cases[case], when, check_by=checks[case]))
        story.due = _set_before(dates.get(case, ()), seen[case])
        seen[case] += 1
        if kind == "opened":
            story.opened[step] = when
        elif kind == "claimed":
            story.holder[step] = who
        elif kind == "released":
            del story.holder[step]
        elif kind == "completed_task":
            story.closed[step] = (when, who, story.until(step))
        elif kind in {"completed", "cancelled"}:
            story.ended, story.way = when, kind
    for case, story in found.items():
        if not story.ended:
            story.due = _set_before(dates.get(case, ()), seen[case])
    return list(found.values())


def figures(seen: Sequence[Story], now: datetime) -> Figures:
    """What a board of these cases must show, each figure by its keys."""
    return {**_open(seen, _day(now)), **_in_hand(seen, _day(now)), **_waiting(seen, now), **_finished(seen), **_by_person(seen), **_heat(seen)}


def _open(seen: Iterable[Story], today: date) -> Figures:
    found: Figures = {"open": Counter(), "due today": Counter(), "overdue": Counter()}
    for story in seen:
        if not story.ended:
            _note(found, (story.office, story.process), story.next_due, today, *found)
    return found


def _in_hand(seen: Iterable[Story], today: date) -> Figures:
    names = ("in hand", "in hand, due today", "in hand, overdue")
    found: Figures = {name: Counter() for name in names}
    for story in seen:
        for step in story.standing:
            _note(found, story.holder.get(step, ""), story.until(step), today, *names)
    return found


def _note(found: Figures, key: Any, day: date | None, today: date, all_: str, due: str, late: str) -> None:
    found[all_][key] += 1
    found[due][key] += day == today
    found[late][key] += day is not None and day < today


def _waiting(seen: Iterable[Story], now: datetime) -> Figures:
    since: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    found: Figures = {"waiting, overdue": Counter(), "waiting, unclaimed": Counter()}
    for story in seen:
        for step in story.standing:
            day, key = story.until(step), (story.process, step)
            since[key].append(story.opened[step])
            found["waiting, overdue"][key] += day is not None and day < _day(now)
            found["waiting, unclaimed"][key] += step not in story.holder
        if story.waits_for_a_letter:
            since[story.process, "wait"].append(story.closed["check"][0])
    means = {key: int(now.timestamp()) - sum(int(moment.timestamp()) for moment in moments) // len(moments) for key, moments in since.items()}
    oldest = {key: min(moments) for key, moments in since.items()}
    return {**found, "waiting": {key: len(moments) for key, moments in since.items()}, "oldest wait": oldest, "mean wait": means}


def _finished(seen: Iterable[Story]) -> Figures:
    found: Figures = {name: Counter() for name in ("finished", "finished with a date", "finished in time", "finished by office", "time of finished")}
    for story in seen:
        if story.way == "completed" and story.ended:
            key = (story.process, _month(story.ended))
            found["finished"][key] += 1
            found["finished with a date"][key] += story.kept is not None
            found["finished in time"][key] += story.kept is True
            found["time of finished"][key] += _seconds(story.begun, story.ended)
            found["finished by office"][story.office] += 1
    return {**found, "rate of finished": _rates(found["finished in time"], found["finished with a date"])}


def _by_person(seen: Iterable[Story]) -> Figures:
    found: Figures = {name: Counter() for name in ("done", "done with a date", "done in time", "time of done")}
    for story in seen:
        for step, (when, who, day) in story.closed.items():
            key = (who, _month(when))
            found["done"][key] += 1
            found["done with a date"][key] += day is not None
            found["done in time"][key] += day is not None and _day(when) <= day
            found["time of done"][key] += _seconds(story.opened[step], when)
    return {**found, "rate of done": _rates(found["done in time"], found["done with a date"])}


def _heat(seen: Iterable[Story]) -> Figures:
    took: dict[tuple[str, str], list[int]] = defaultdict(list)
    for story in seen:
        for step, (when, *_rest) in story.closed.items():
            took[story.process, step].append(_seconds(story.opened[step], when))
    return {
        "heat, done": {key: len(all_) for key, all_ in took.items()}, "heat, mean": {key: sum(all_) // len(all_) for key, all_ in took.items()},
        "heat, half": {key: _half(all_) for key, all_ in took.items()},
    }  # fmt: skip


def _half(all_: Sequence[int]) -> int | None:
    """The shortest of the bounds within which at least half were done."""
    return next((int(bound.total_seconds()) for bound in BOUNDS if 2 * sum(took <= bound.total_seconds() for took in all_) >= len(all_)), None)


def _rates(part: Mapping[Any, int], whole: Mapping[Any, int]) -> dict[Any, int | None]:
    """In thousandths, rounded down."""
    return {key: part[key] * 1000 // number if number else None for key, number in whole.items()}


def _set_before(dates: Sequence[tuple[int, date | None]], rows: int) -> date | None:
    return next((day for before, day in reversed(dates) if before <= rows), None)


def _moment(value: Any) -> datetime:
    """As either database keeps it: a text in UTC, or a moment."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value.astimezone(UTC)


def _day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


def _month(moment: datetime) -> str:
    return _day(moment).isoformat()[:7]


def _seconds(since: datetime, until: datetime) -> int:
    return int((until - since).total_seconds())
