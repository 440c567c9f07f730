"""Who is in the hall now: every visit of the day with its open tasks, where a device is at work, who is left from earlier days; and how long people wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from db.clock import SHANGHAI
from engine.tables import Outbox, Task
from records.upgrade.model import UpgradeVisit
from records.upgrade.states import CAME
from web.hall.names import short
from web.hall.stations import Station

IN_HALL = "signed_in"
CALLED = 4  # the latest calls stand large
ELSEWHERE = Station("", "其他", "Elsewhere")
BY_DEVICE, STUCK = ("设备处理中", "With a device"), ("设备没有办成", "Device: not done yet")


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
    is_by_device: bool = False  # a card or a printer is at work, and nobody waits for a person
    day: date | None = None


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
    """The board of a day. `leaving` are those at the last station; `earlier` those of days before who have not left, (seat, station): their tickets
    are no tickets of today.
    """

    places: tuple[Place, ...]
    leaving: tuple[Seat, ...]
    called: tuple[tuple[Seat, Station], ...]
    earlier: tuple[tuple[Seat, Station], ...] = ()
    tickets: int = 0  # enterprises of today in the hall
    waiting: int = 0
    working: int = 0
    by_device: int = 0
    gone: int = 0  # who has left today, of whatever day

    @property
    def is_empty(self) -> bool:
        return not (self.tickets or self.gone or self.earlier)


def hall(session: Session, scope: str, office_name: str, today: date, stations: Sequence[Station]) -> Hall:
    """The hall of an office on a day; whoever is still there from an earlier day stands apart. One statement, and two where a device is at work."""
    of_task = and_(Task.instance_id == UpgradeVisit.case_id, Task.state == "open", UpgradeVisit.state == IN_HALL)
    midnight = datetime.combine(today, time.min, SHANGHAI)
    rows = session.execute(
        select(UpgradeVisit, Task.element, Task.opened_at, Task.claimed_at, Task.assignee_id)
        .join(Task, of_task, isouter=True)
        .where(
            UpgradeVisit.scope == scope, UpgradeVisit.state.in_(CAME),
            or_(UpgradeVisit.state == IN_HALL, UpgradeVisit.left_at >= midnight),
        )
        .order_by(UpgradeVisit.day, UpgradeVisit.ticket, Task.opened_at)
    ).all()  # fmt: skip
    at = {element: (station, *words) for station in stations for element, words in station.tasks.items()}
    last, first = (stations[-1], stations[0]) if stations else (ELSEWHERE, ELSEWHERE)
    there = [row for row in rows if row[0].state == IN_HALL]
    devices = _devices(session, {visit.case_id for visit, element, *_rest in there if element is None})
    names = dict[str, str]()
    seated = list[tuple[Seat, Station]]()
    for visit, element, opened_at, claimed_at, assignee in there:
        said = names.setdefault(visit.enterprise_name, short(visit.enterprise_name, office_name))
        seat = Seat(visit.ticket or 0, said, visit.signed_in_at or midnight, day=visit.day)  # whoever is in the hall has signed in
        if element is None:
            came_from, since, is_stuck = devices.get(visit.case_id, ("", None, False))
            station = at[came_from][0] if came_from in at else first
            doing, doing_en = STUCK if is_stuck else BY_DEVICE
            seated.append((replace(seat, since=since or seat.since, is_by_device=not is_stuck, doing=doing, doing_en=doing_en), station))
            continue
        station, doing, doing_en = at.get(element, (ELSEWHERE, "", ""))
        since = claimed_at or opened_at if assignee else opened_at
        if doing == station.name:
            doing = doing_en = ""
        seated.append((replace(seat, since=since, is_worked=assignee is not None, called_at=claimed_at, doing=doing, doing_en=doing_en), station))
    seats = defaultdict[Station, list[Seat]](list)
    for seat, station in seated:
        if seat.day == today:
            seats[station].append(seat)
    calls = [(seat, station) for seat, station in seated if seat.day == today and seat.is_worked and seat.called_at is not None]
    shown = [*stations[:-1], *([ELSEWHERE] if ELSEWHERE in seats else [])]
    present, worked, by_device = _counts(seats.values())
    return Hall(
        tuple(Place(station, _ordered(seats.get(station, ()))) for station in shown), _ordered(seats.get(last, ())),
        tuple(sorted(calls, key=lambda call: call[0].called_at or call[0].since, reverse=True)[:CALLED]), tuple(one for one in seated if one[0].day != today),
        present, present - worked - by_device, worked, by_device, len({visit.id for visit, *_rest in rows if visit.state != IN_HALL}),
    )  # fmt: skip


def occupied(session: Session, scopes: Sequence[str], today: date) -> list[str]:
    """The halls in which somebody is, those first where somebody has signed in today."""
    wanted = select(UpgradeVisit.scope, func.max(UpgradeVisit.day)).where(UpgradeVisit.scope.in_(scopes), UpgradeVisit.state == IN_HALL).group_by(UpgradeVisit.scope)
    return [scope for scope, day in sorted(session.execute(wanted).all(), key=lambda row: (row[1] != today, row[0]))]


def _counts(seats: Collection[Sequence[Seat]]) -> tuple[int, int, int]:
    """How many enterprises there are, of how many somebody has a task in hand, and with how many a device is at work; one may stand at two stations."""
    worked = {one.ticket for some in seats for one in some if one.is_worked}
    by_device = {one.ticket for some in seats for one in some if one.is_by_device}
    return len({one.ticket for some in seats for one in some}), len(worked), len(by_device)


def _devices(session: Session, cases: Collection[str]) -> dict[str, tuple[str, datetime | None, bool]]:
    """Of cases without an open task: the task that was done last, since when a device is at work, and whether it has failed and not succeeded since."""
    if not cases:
        return {}
    done = session.execute(
        select(Task.instance_id, Task.element, Task.closed_at).where(Task.instance_id.in_(cases), Task.state == "completed").order_by(Task.closed_at, Task.id)
    ).all()
    found: dict[str, tuple[str, datetime | None, bool]] = {case: (element, closed_at, False) for case, element, closed_at in done}
    jobs = select(Outbox.instance_id, func.min(Outbox.created_at), func.max(Outbox.last_error)).where(
        Outbox.instance_id.in_(cases), Outbox.external == 1, Outbox.state.in_(("pending", "failed", "held"))
    ).group_by(Outbox.instance_id)  # fmt: skip
    for case, since, error in session.execute(jobs):
        found[str(case)] = (found.get(str(case), ("", None, False))[0], since, bool(error))
    return found


def _ordered(seats: Sequence[Seat]) -> tuple[Seat, ...]:
    return tuple(sorted(seats, key=lambda one: (not one.is_worked, one.is_by_device, one.since, one.ticket)))


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
