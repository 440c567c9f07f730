"""Who is in the hall now, read in one statement: every visit of the day with its open tasks; and how long people wait at each station today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine.tables import Task
from records.upgrade.model import UpgradeVisit
from records.upgrade.states import CAME
from web.hall.names import short
from web.hall.stations import Station

IN_HALL = "signed_in"
CALLED = 4  # the latest calls stand large
ELSEWHERE = Station("", "其他", "Elsewhere")


@dataclass(frozen=True)
class Seat:
    """An enterprise at a station: its ticket and name, since when, and whether somebody has taken its task. Nothing else of it is shown."""

    ticket: int
    name: str
    since: datetime
    is_worked: bool = False
    called_at: datetime | None = None
    doing: str = ""  # what is done, where it is not what the station is called
    doing_en: str = ""


@dataclass(frozen=True)
class Place:
    """A station with those who are there, who is worked on first, then who waits longest."""

    station: Station
    seats: tuple[Seat, ...]

    @property
    def working(self) -> int:
        return sum(one.is_worked for one in self.seats)


@dataclass(frozen=True)
class Hall:
    """The board. `leaving` are those at the last station."""

    places: tuple[Place, ...]
    leaving: tuple[Seat, ...]
    called: tuple[tuple[Seat, Station], ...]
    tickets: int = 0  # enterprises in the hall
    waiting: int = 0
    working: int = 0
    gone: int = 0
    by_device: tuple[Seat, ...] = field(default=())  # a card or a printer is at work, and nobody waits for a person

    @property
    def is_empty(self) -> bool:
        return not (self.tickets or self.gone)


def hall(session: Session, scope: str, office_name: str, today: date, stations: Sequence[Station]) -> Hall:
    """The hall of an office on a day; whoever is still there from an earlier day is there. One statement."""
    of_task = and_(Task.instance_id == UpgradeVisit.case_id, Task.state == "open", UpgradeVisit.state == IN_HALL)
    rows = session.execute(
        select(
            UpgradeVisit.id, UpgradeVisit.ticket, UpgradeVisit.enterprise_name, UpgradeVisit.state, UpgradeVisit.signed_in_at, Task.element, Task.opened_at, Task.claimed_at,
            Task.assignee_id,
        )
        .join(Task, of_task, isouter=True)
        .where(UpgradeVisit.scope == scope, or_(UpgradeVisit.day == today, UpgradeVisit.state == IN_HALL), UpgradeVisit.state.in_(CAME))
        .order_by(UpgradeVisit.day, UpgradeVisit.ticket, Task.opened_at)
    ).all()  # fmt: skip
    at = {element: (station, *words) for station in stations for element, words in station.tasks.items()}
    seats, by_device = dict[Station, list[Seat]](), list[Seat]()
    there, worked = set[str](), set[str]()
    names = dict[str, str]()
    for visit, number, name, state, signed_in_at, element, opened_at, claimed_at, assignee in rows:
        if state != IN_HALL:
            continue
        ticket = number or 0  # whoever is in the hall has one
        there.add(visit)
        said = names.setdefault(name, short(name, office_name))
        if element is None:
            by_device.append(Seat(ticket, said, signed_in_at))
            continue
        station, doing, doing_en = at.get(element, (ELSEWHERE, "", ""))
        if assignee is not None:
            worked.add(visit)
        differs = doing != station.name
        seats.setdefault(station, []).append(
            Seat(ticket, said, claimed_at or opened_at if assignee else opened_at, assignee is not None, claimed_at, doing if differs else "", doing_en if differs else "")
        )
    last = stations[-1] if stations else ELSEWHERE
    calls = [(seat, station) for station, some in seats.items() for seat in some if seat.is_worked and seat.called_at is not None]
    shown = [*stations[:-1], *([ELSEWHERE] if ELSEWHERE in seats else [])]
    return Hall(
        tuple(Place(station, _ordered(seats.get(station, ()))) for station in shown), _ordered(seats.get(last, ())),
        tuple(sorted(calls, key=lambda call: call[0].called_at or call[0].since, reverse=True)[:CALLED]), len(there), len(there) - len(worked) - len(by_device), len(worked),
        len({row.id for row in rows if row.state != IN_HALL}), tuple(by_device),
    )  # fmt: skip


def _ordered(seats: Sequence[Seat]) -> tuple[Seat, ...]:
    return tuple(sorted(seats, key=lambda one: (not one.is_worked, one.since, one.ticket)))


@dataclass(frozen=True)
class Wait:
    """How long enterprises waited at a station today until somebody took their task, in seconds; `now`: the longest of those who wait still."""

    station: Station
    count: int
    mean: float
    longest: float
    now: float


def waits(session: Session, scope: str, today: date, now: datetime, stations: Sequence[Station]) -> list[Wait]:
    """Of each station at which somebody was today, from the tasks of today's visits, open and done."""
    rows = session.execute(
        select(Task.element, Task.state, Task.opened_at, Task.claimed_at, Task.closed_at)
        .join(UpgradeVisit, Task.instance_id == UpgradeVisit.case_id)
        .where(UpgradeVisit.scope == scope, UpgradeVisit.day == today, Task.state.in_(("open", "completed")))
    ).all()  # fmt: skip
    at = {element: station.number for station in stations for element in station.tasks}
    waited: Mapping[str, list[float]] = defaultdict(list)
    still: Mapping[str, list[float]] = defaultdict(list)
    for element, state, opened_at, claimed_at, closed_at in rows:
        if (number := at.get(element)) is None:
            continue
        seconds = max(((claimed_at or closed_at or now) - opened_at).total_seconds(), 0)
        waited[number].append(seconds)
        if state == "open" and claimed_at is None:
            still[number].append(seconds)
    return [
        Wait(one, len(some), sum(some) / len(some), max(some), max(still[one.number], default=0)) for one in stations if (some := waited.get(one.number))
    ]  # fmt: skip
