"""The registers of devices and of the stop list, limited to the scopes of whoever looks; searching, filtering and paging of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session

from records.devices.model import Device, StopEntry

Line = TypeVar("Line")


@dataclass(frozen=True)
class DeviceQuery:
    """What a page or an export wants to see; empty fields do not filter. `office`: the path of one of the own offices, with all beneath."""

    text: str = ""
    kind: str = ""
    state: str = ""
    holder: str = ""
    office: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Page(Generic[Line]):
    """The lines of one page, and how many there are."""

    lines: Sequence[Line]
    total: int


DEVICE_ORDERS: Mapping[str, Any] = {
    "serial": Device.serial, "kind": Device.kind, "state": Device.state, "holder": Device.holder_name, "taken_in": Device.taken_in_on, "last": Device.last_on,
}  # fmt: skip
STOP_ORDERS: Mapping[str, Any] = {
    "serial": StopEntry.serial, "kind": StopEntry.kind, "holder": StopEntry.taxpayer_name, "lost": StopEntry.lost_on, "reported": StopEntry.reported_on,
    "office": StopEntry.office_name, "state": StopEntry.state,
}  # fmt: skip


def within(column: Any, scopes: Sequence[str]) -> ColumnElement[bool]:
    """Whether a row lies beneath one of the paths."""
    return or_(false(), *(column.startswith(scope, autoescape=True) for scope in scopes))


def mentions(text: str, *columns: Any) -> list[ColumnElement[bool]]:
    """Whether one of the columns holds what is looked for."""
    return [or_(*(column.icontains(text, autoescape=True) for column in columns))] if text else []


def same(column: Any, value: str) -> list[ColumnElement[bool]]:
    """Whether a column is what was chosen."""
    return [column == value] if value else []


def period(column: Any, query: DeviceQuery) -> list[ColumnElement[bool]]:
    """Whether a day lies in the period that is asked for, both ends included."""
    return [*([column >= query.since] if query.since else []), *([column <= query.until] if query.until else [])]


@dataclass(frozen=True)
class Found(Generic[Line]):
    """What a query finds, in its order; nothing of it is read yet. `line` makes a line of a row."""

    wanted: Select[Any]
    line: Callable[[Any], Line]

    def page(self, session: Session, offset: int, limit: int) -> Page[Line]:
        """The lines from `offset` on, and how many there are of all."""
        rows = session.execute(self.wanted.offset(offset).limit(limit)).all()
        return Page([self.line(row) for row in rows], self.count(session))

    def count(self, session: Session) -> int:
        """How many lines there are."""
        return session.execute(select(func.count()).select_from(self.wanted.order_by(None).subquery())).scalar_one()

    def every(self, session: Session, at_once: int) -> Iterator[list[Line]]:
        """All lines by one query, never more than so many in memory."""
        for rows in session.execute(self.wanted, execution_options={"yield_per": at_once}).partitions():
            yield [self.line(row) for row in rows]


def found(wanted: Select[Any], line: Callable[[Any], Line], orders: Mapping[str, Any], order: str, last: Sequence[Any]) -> Found[Line]:
    """What is wanted in the order of a column (`-` before it: from the top) and then of `last`; what is empty comes last."""
    column = orders.get(order.removeprefix("-"))
    by = [] if column is None else [(column.desc() if order.startswith("-") else column.asc()).nulls_last()]
    return Found(wanted.order_by(*by, *last), line)


def devices(scopes: Sequence[str], query: DeviceQuery, order: str = "") -> Found[Device]:
    """Every device that is looked after beneath these paths, those that were moved last first; one that is lost is found by who had it, too."""
    wanted = select(Device).where(
        within(Device.scope, scopes), *([Device.scope.startswith(query.office, autoescape=True)] if query.office else []), *same(Device.kind, query.kind),
        *same(Device.state, query.state), *same(Device.holder_kind, query.holder), *period(Device.last_on, query),
        *mentions(query.text, Device.serial, Device.holder_name, Device.holder_number, Device.version, Device.held_before_name, Device.held_before_number),
    )  # fmt: skip
    return found(wanted, lambda row: cast("Device", row[0]), DEVICE_ORDERS, order, (Device.last_on.desc(), Device.id.desc()))


def stops(scopes: Sequence[str], query: DeviceQuery, order: str = "") -> Found[StopEntry]:
    """The stop list with what was taken off it, the latest reports first. Source: Xi'an 2002-119, 二(五)."""
    wanted = select(StopEntry).where(
        within(StopEntry.scope, scopes), *([StopEntry.scope.startswith(query.office, autoescape=True)] if query.office else []),
        *same(StopEntry.kind, query.kind), *same(StopEntry.state, query.state), *same(StopEntry.holder_kind, query.holder), *period(StopEntry.reported_on, query),
        *mentions(query.text, StopEntry.serial, StopEntry.taxpayer_name, StopEntry.taxpayer_number),
    )  # fmt: skip
    return found(wanted, lambda row: cast("StopEntry", row[0]), STOP_ORDERS, order, (StopEntry.reported_on.desc(), StopEntry.id.desc()))
