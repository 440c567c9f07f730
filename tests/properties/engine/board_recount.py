"""Every figure of the board counted a second time, by hand as it were: from the rows of the history in their order, in plain Python (`board_story.py`).

Nothing is shared with the figures of the product: no statement, no table of theirs, no mark, no helper. Only what the two are asked for is the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from tests.properties.engine.board_story import Story, day_of

BOUNDS = [timedelta(hours=1), timedelta(hours=4), *(timedelta(days=days) for days in (1, 2, 3, 5, 10, 20, 30, 60, 90))]
Figures = dict[str, dict[Any, Any]]


def figures(seen: Sequence[Story], now: datetime) -> Figures:
    """What a board of these cases must show, each figure by its keys."""
    return {**_open(seen, day_of(now)), **_in_hand(seen, day_of(now)), **_waiting(seen, now), **_finished(seen), **_by_person(seen), **_heat(seen)}


def _open(seen: Iterable[Story], today: date) -> Figures:
    names = ("open", "due today", "overdue", "stopped")
    by_month = tuple(f"{name}, by month" for name in names)
    found: Figures = {name: Counter() for name in (*names, *by_month)}
    for story in seen:
        if not story.ended:
            day = story.due_now()
            _note(found, names, (story.office, story.process), day, today, story)
            _note(found, by_month, day.isoformat()[:7] if day else "none", day, today, story)
    return found


def _in_hand(seen: Iterable[Story], today: date) -> Figures:
    names = ("in hand", "in hand, due today", "in hand, overdue", "in hand, stopped")
    found: Figures = {name: Counter() for name in names}
    for story in seen:
        for step in story.standing:
            _note(found, names, story.holder.get(step, ""), story.due_now(step), today, story)
    return found


def _note(found: Figures, names: Sequence[str], key: Any, day: date | None, today: date, story: Story) -> None:
    for name, counts in zip(names, (True, day == today, day is not None and day < today, story.stopped is not None), strict=True):
        found[name][key] += counts


def _waiting(seen: Iterable[Story], now: datetime) -> Figures:
    since: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    found: Figures = {"waiting, overdue": Counter(), "waiting, unclaimed": Counter()}
    for story in seen:
        for step in story.standing:
            day, key = story.due_now(step), (story.process, step)
            since[key].append(story.opened[step])
            found["waiting, overdue"][key] += day is not None and day < day_of(now)
            found["waiting, unclaimed"][key] += step not in story.holder
        if story.waits_for_a_letter:
            since[story.process, "wait"].append(next(one.when for one in reversed(story.closed) if one.step == "check"))
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
        for one in story.closed:
            key = (one.who, _month(one.when))
            found["done"][key] += 1
            found["done with a date"][key] += one.kept is not None
            found["done in time"][key] += one.kept is True
            found["time of done"][key] += _seconds(one.opened, one.when)
    return {**found, "rate of done": _rates(found["done in time"], found["done with a date"])}


def _heat(seen: Iterable[Story]) -> Figures:
    took: dict[tuple[str, str], list[int]] = defaultdict(list)
    for story in seen:
        for one in story.closed:
            took[story.process, one.step].append(_seconds(one.opened, one.when))
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


def _month(moment: datetime) -> str:
    return day_of(moment).isoformat()[:7]


def _seconds(since: datetime, until: datetime) -> int:
    return int((until - since).total_seconds())
