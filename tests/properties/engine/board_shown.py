"""What the board of the product shows, laid beside what the second count of the history finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from engine.board.api import Board
from engine.board.finished import Kept
from engine.board.ongoing import Open
from engine.board.sight import Sight
from tests.properties.engine.board_history import History
from tests.properties.engine.board_recount import Figures, figures
from tests.properties.engine.board_story import stories

View = tuple[tuple[str, ...], bool]
VIEWS: tuple[View, ...] = ((("a/",), False), (("a/1/",), False), (("b/",), False), (("a/",), True), (("a/", "b/"), False))  # paths, and whether alone
PROCESSES = ("short", "long")
LEAVES = ("a/1/", "a/2/", "b/")


def differences(played: History, view: View) -> dict[str, Any]:
    """Each figure that is wrong: as it is shown, and as it should be."""
    shown, counted = shown_to(played, view), counted_in(played, view)
    assert set(shown) == set(counted)
    return {name: (shown[name], counted[name]) for name in shown if _told(shown[name]) != _told(counted[name])}


@lru_cache(maxsize=len(VIEWS))
def counted_in(played: History, view: View) -> Figures:
    """From the history: the cases of these offices, by the names that paths have. Of a history that is over it is counted once."""
    paths, alone = view
    kit = played.kit
    cases = {case: (office, process) for case, office, process in kit.rows("SELECT id, office_id, process_id FROM instance")}
    told = stories(kit.rows("SELECT instance_id, at, kind, element, person_id, details FROM history ORDER BY id"), cases, played.dates, played.checks)
    seen = [story for story in told if (f"{story.office}/" in paths if alone else f"{story.office}/".startswith(paths))]
    return figures(seen, kit.clock.now())


def shown_to(played: History, view: View) -> Figures:
    """Of the product, in the same shape."""
    board, (paths, alone) = played.kit.engine.board, view
    sight = Sight(paths, alone=alone)
    return {**_ongoing(board, sight), **_waiting(board, sight), **_finished(board, sight), **_done(played, sight), **_heat(board, sight)}


def _ongoing(board: Board, sight: Sight) -> Figures:
    cases, hands = {(scope[:-1], process): one for (scope, process), one in board.open_cases(sight).items()}, board.hands(sight)
    months = ("open, by month", "due today, by month", "overdue, by month", "stopped, by month")
    return {
        **_told_apart(("open", "due today", "overdue", "stopped"), cases), **_told_apart(months, board.open_by_month(sight)),
        **_told_apart(("in hand", "in hand, due today", "in hand, overdue", "in hand, stopped"), hands),
    }  # fmt: skip


def _told_apart(names: Sequence[str], found: Mapping[Any, Open]) -> Figures:
    return {name: {key: getattr(one, part) for key, one in found.items()} for name, part in zip(names, ("open", "today", "overdue", "stopped"), strict=True)}


def _waiting(board: Board, sight: Sight) -> Figures:
    found = board.waits(sight)
    assert [one.open for one in found] == sorted((one.open for one in found), reverse=True)
    by = {(one.process_id, one.element): one for one in found}
    return {
        "waiting": {key: one.open for key, one in by.items()}, "waiting, overdue": {key: one.overdue for key, one in by.items()},
        "waiting, unclaimed": {key: one.unclaimed for key, one in by.items()}, "oldest wait": {key: one.oldest for key, one in by.items()},
        "mean wait": {key: one.mean for key, one in by.items()},
    }  # fmt: skip


def _finished(board: Board, sight: Sight) -> Figures:
    own = () if sight.alone else tuple(office for office in LEAVES if office.startswith(sight.paths))
    by_office = board.finished_by(Sight(own), "scope") | board.finished_by(Sight(tuple({*sight.paths} - {*own}), alone=True), "scope")
    return {**_kept("finished", board.finished_by(sight, "process_id", "month")), "finished by office": {scope[:-1]: one.done for (scope,), one in by_office.items()}}


def _done(played: History, sight: Sight) -> Figures:
    """By person and month; those of all months must add up to what is shown without a month."""
    board, added = played.kit.engine.board, defaultdict[str, Kept](Kept)
    found = {(who, month): kept for month in _months(played.kit.clock.today()) for who, kept in board.done_by(replace(sight, months=(month, month))).items()}
    for (who, _month), kept in found.items():
        added[who] += kept
    assert board.done_by(sight) == added
    return _kept("done", found)


def _months(last: date) -> list[str]:
    return [f"{year}-{month:02}" for year in range(2026, last.year + 1) for month in range(1, 13) if (year, month) <= (last.year, last.month)]


def _kept(name: str, found: dict[Any, Kept]) -> Figures:
    return {
        name: {key: one.done for key, one in found.items()}, f"{name} with a date": {key: one.dated for key, one in found.items()},
        f"{name} in time": {key: one.in_time for key, one in found.items()}, f"rate of {name}": {key: one.per_mille for key, one in found.items()},
        f"time of {name}": {key: one.seconds for key, one in found.items()},
    }  # fmt: skip


def _heat(board: Board, sight: Sight) -> Figures:
    steps = {(process, one.element): one for process in PROCESSES for one in board.steps(Sight(sight.paths, process, alone=sight.alone))}
    return {
        "heat, done": {key: one.done for key, one in steps.items()}, "heat, mean": {key: one.mean for key, one in steps.items()},
        "heat, half": {key: one.half_within for key, one in steps.items()},
    }  # fmt: skip


def _told(figure: dict[Any, Any]) -> dict[Any, Any]:
    """Without nothing: one counts a nought where the other has no row."""
    return {key: value for key, value in figure.items() if value not in (0, None)}
