"""The figures of the board in words and with the addresses of what they count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask_babel import gettext as _

from engine.board.finished import MONTH, PROCESS, SCOPE, Kept
from engine.board.ongoing import NO_MONTH, NOBODY, Open
from engine.board.sight import Sight
from web.board.choice import Choice
from web.board.reach import Place, Reach, people_names
from web.board.words import Vocabulary
from web.services import services

OpenCases = dict[tuple[str, str], Open]
NO_OPEN, NO_KEPT = Open(), Kept()


@dataclass(frozen=True)
class Line:
    """One office, process, month or person. `done_now` is what a person has finished this month."""

    label: str
    kept: Kept
    open: Open = NO_OPEN
    all: str = ""  # addresses of what is counted
    today: str = ""
    overdue: str = ""
    done: str = ""
    late: str = ""
    done_now: int = 0
    now: str = ""
    stopped: str = ""


@dataclass(frozen=True)
class Figures:
    """The large figures."""

    open: Open
    kept: Kept
    pending: int  # finished, and not among them yet
    latest: int  # days by which the latest of all is late


def figures(sight: Sight, open_cases: OpenCases) -> Figures:
    """Everything in sight, in one line."""
    board, today = services().engine.board, services().clock.today()
    first = board.list_open(sight, "overdue", limit=1)
    latest = (today - first[0].due_on).days if first and first[0].due_on else 0
    return Figures(total(open_cases.values()), add_up(board.finished_by(sight, MONTH).values()), board.pending(sight), latest)


def total(found: Iterable[Open]) -> Open:
    """All together."""
    return sum(found, NO_OPEN)


def add_up(found: Iterable[Kept]) -> Kept:
    """All together."""
    return sum(found, NO_KEPT)


def by_office(choice: Choice, reach: Reach, open_cases: OpenCases) -> list[Line]:
    """The offices directly beneath the chosen one, and that one's own cases; several that are headed side by side."""
    sight = choice.sight(reach)
    top = sight.paths[0] if len(sight.paths) == 1 else ""
    places = reach.beneath(top) if top and not choice.alone else [reach.by_scope[path] for path in sight.paths]
    kept = services().engine.board.finished_by(replace(sight, paths=tuple(place.scope for place in places)), SCOPE)
    found = [
        _case_line(choice, place.name, kept.get((place.scope,), NO_KEPT), _beneath(open_cases, place), office=place.id)
        for place in places
    ]  # fmt: skip
    if top and places and not choice.alone:
        own = replace(sight, alone=True)
        mine = total(one for (scope, _process), one in open_cases.items() if scope == top)
        name = str(_("%(office)s（本级）", office=reach.by_scope[top].name))
        line = _case_line(
            choice, name, add_up(services().engine.board.finished_by(own, SCOPE).values()), mine, office=reach.by_scope[top].id, alone="1"
        )
        found.insert(0, line)
    elif top and not choice.alone:
        place = reach.by_scope[top]
        found = [_case_line(choice, place.name, add_up(services().engine.board.finished_by(sight, SCOPE).values()), _beneath(open_cases, place), office=place.id)]
    return found


def by_process(choice: Choice, sight: Sight, open_cases: OpenCases, words: Vocabulary) -> list[Line]:
    """Every process of which there are cases, in the order of the designers."""
    kept = {key[0]: one for key, one in services().engine.board.finished_by(sight, PROCESS).items()}
    ongoing: dict[str, Open] = {}
    for (_scope, process_id), one in open_cases.items():
        ongoing[process_id] = ongoing.get(process_id, NO_OPEN) + one
    order = [process_id for process_id, _name in words.processes]
    listed = sorted({*kept, *ongoing}, key=lambda id_: (order.index(id_) if id_ in order else len(order), id_))
    return [
        _case_line(choice, words.process(id_), kept.get(id_, NO_KEPT), ongoing.get(id_, NO_OPEN), process=id_) for id_ in listed
    ]


def by_month(choice: Choice, sight: Sight) -> list[Line]:
    """Every month in which something was finished or an open case falls due, the latest last; then the open cases without a date, or whose clock stands."""
    kept, ongoing = finished_months(sight), services().engine.board.open_by_month(sight)
    found = [_month_line(choice, month, month, kept.get(month, NO_KEPT), ongoing.get(month, NO_OPEN)) for month in sorted({*kept, *ongoing} - {NO_MONTH})]
    if NO_MONTH in ongoing:
        found.append(_month_line(choice, str(_("没有期限或计时中止")), NO_MONTH, NO_KEPT, ongoing[NO_MONTH]))
    return found


def finished_months(sight: Sight) -> dict[str, Kept]:
    """What was finished, by month."""
    return {month: one for (month,), one in services().engine.board.finished_by(sight, MONTH).items()}


def _month_line(choice: Choice, label: str, month: str, kept: Kept, ongoing: Open) -> Line:
    due = {term: choice.address("cases", due=month, term=term) for term in ("", "today", "overdue", "stopped")}
    return Line(
        label, kept, ongoing, due[""], due["today"], due["overdue"], choice.address("finished", month=month), choice.address("finished", month=month, kept="late"),
        stopped=due["stopped"],
    )  # fmt: skip


def by_person(choice: Choice, sight: Sight) -> list[Line]:
    """Whoever has something in hand or has finished something, the most burdened first; what nobody has claimed comes before all."""
    board, this_month = services().engine.board, services().clock.today().isoformat()[:7]
    hands, kept = board.hands(sight), board.done_by(sight)
    now = board.done_by(replace(sight, months=(this_month, this_month)))
    names = people_names([*hands, *kept, *now])
    found = [
        Line(
            names.get(id_, id_), kept.get(id_, NO_KEPT), hands.get(id_, NO_OPEN), choice.address("tasks", person=id_),
            choice.address("tasks", person=id_, term="today"), choice.address("tasks", person=id_, term="overdue"),
            choice.address("tasks", person=id_, state="done", month=choice.month), choice.address("tasks", person=id_, state="done", kept="late", month=choice.month),
            now.get(id_, NO_KEPT).done, choice.address("tasks", person=id_, state="done", month=this_month), choice.address("tasks", person=id_, term="stopped"),
        )
        for id_ in {*hands, *kept, *now} if id_ != NOBODY
    ]  # fmt: skip
    found.sort(key=lambda line: (-line.open.overdue, -line.open.open, -line.done_now, -line.kept.done, line.label))
    if free := hands.get(NOBODY):
        listed = {term: choice.address("tasks", unclaimed="1", term=term) for term in ("", "today", "overdue", "stopped")}
        found.insert(0, Line(str(_("待认领")), NO_KEPT, free, listed[""], listed["today"], listed["overdue"], stopped=listed["stopped"]))
    return found


def _case_line(choice: Choice, label: str, kept: Kept, ongoing: Open, **narrowed: str) -> Line:
    return Line(
        label, kept, ongoing, choice.address("cases", **narrowed), choice.address("cases", term="today", **narrowed),
        choice.address("cases", term="overdue", **narrowed), choice.address("finished", month=choice.month, **narrowed),
        choice.address("finished", kept="late", month=choice.month, **narrowed), stopped=choice.address("cases", term="stopped", **narrowed),
    )  # fmt: skip


def _beneath(open_cases: OpenCases, place: Place) -> Open:
    return total(one for (scope, _process), one in open_cases.items() if scope.startswith(place.scope))
