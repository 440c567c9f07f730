"""What all registers have in common: their address, the headings that put them in order, whose lines are seen, and the workbook to take away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Generic, Self, TypeVar
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from records.offices import store as offices
from records.offices.model import Office
from records.spreadsheets import Cell
from web import identity, requests
from web.period import Period

TEXT_LIMIT = 60
LAST_OFFSET = 1_000_000
EXPORT_LIMIT = 100_000
PRINT_LIMIT = 1_000  # lines that are laid out while somebody waits: some ten seconds
AT_ONCE = 2_000  # lines of an export that are held in memory
Query = TypeVar("Query")
_IN_THE_ADDRESS = {"text": "q"}  # fields of a query with another name there


@dataclass(frozen=True)
class Choice(Generic[Query]):
    """A register, the filter and the order that were chosen for it; `days` as they were typed, `errors` by field.

    A date that is none is said at its field; what only a hand-made address holds counts as not asked.
    """

    FAMILY: ClassVar[str] = "registers"
    PART: ClassVar[str] = "register"  # how the addresses of the family call it
    ORDERS: ClassVar[Mapping[str, Collection[str]]] = {}

    register: str
    query: Query
    offset: int = 0
    order: str = ""
    days: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, register: str, args: Mapping[str, str], query: Callable[[str, Period], Query]) -> Self:
        """Reads the address; `query` is made of the text that is looked for and the period."""
        period, known = Period.of(args), {sign + name for name in cls.ORDERS[register] for sign in ("", "-")}
        wanted = query(args.get("q", "").strip()[:TEXT_LIMIT], period)
        return cls(register, wanted, requests.whole(args.get("offset", ""), LAST_OFFSET), one_of(args.get("sort", ""), known), period.typed, period.errors)

    @property
    def asked(self) -> dict[str, object]:
        """The filters in use, by their names in the address; a day also where it is none."""
        found = {one.name: getattr(self.query, one.name) for one in fields(self.query)}  # type: ignore[arg-type]
        found |= {name: found[name] or self.days.get(name) for name in ("since", "until")}
        return {_IN_THE_ADDRESS.get(name, name): "1" if value is True else value for name, value in found.items() if value}

    def address(self, *, offset: int = 0, endpoint: str = "", order: str | None = None) -> str:
        """The address of another page of the same lines, of their export or print, or of the same lines in another order."""
        pairs = {**self.asked, "sort": self.order if order is None else order, "offset": offset or ""}
        chosen = {name: value for name, value in pairs.items() if value}
        part: dict[str, Any] = {self.PART: self.register}
        return url_for(endpoint or f"{self.FAMILY}.show", **part) + (f"?{urlencode(chosen)}" if chosen else "")

    @property
    def chosen(self) -> int:
        """How many of the filters are in use."""
        return len(self.asked)

    @property
    def is_filtered(self) -> bool:
        return self.query != type(self.query)()


def one_of(text: str, known: Collection[str]) -> str:
    """The text where it is one of these, else nothing."""
    return text if text in known else ""


@dataclass(frozen=True)
class Heading:
    """A column's heading; `way` is what stands in `aria-sort`, `address` puts the register in its order."""

    key: str
    text: str
    css: str = ""
    address: str = ""
    way: str = ""


def heading(choice: Choice[Any], key: str, text: str, css: str, from_the_top: Collection[str]) -> Heading:
    """The heading of a column; one without key cannot be put in order, one of `from_the_top` shows the largest or latest first."""
    if not key:
        return Heading(key, text, css)
    way = {key: "ascending", f"-{key}": "descending"}.get(choice.order, "")
    first, second = (f"-{key}", key) if key in from_the_top else (key, f"-{key}")
    return Heading(key, text, css, choice.address(order=second if choice.order == first else first), way)


def orders(headings: Iterable[Heading], from_the_top: Collection[str]) -> list[tuple[str, str]]:
    """The orders as a list to choose from, for screens on which no headings show: (value, text)."""
    found: list[tuple[str, str]] = []
    for one in headings:
        ways = [(one.key, _("%(what)s 升序", what=one.text)), (f"-{one.key}", _("%(what)s 降序", what=one.text))]
        found += (ways[::-1] if one.key in from_the_top else ways) if one.key else []
    return found


def own_offices(session: Session) -> list[Office]:
    """The offices whose lines the reader sees, in the order of the tree; no other is read."""
    scopes = identity.staff().actor.scopes
    outermost = [one for one in scopes if not any(one != other and one.startswith(other) for other in scopes)]
    return sorted((office for scope in dict.fromkeys(outermost) for office in offices.offices(session, beneath=scope)), key=lambda office: office.scope)


def taken_away(lines: Iterable[Sequence[Cell]], total: int, cut: Callable[[int, int], str]) -> Iterator[Sequence[Cell]]:
    """The lines of a workbook; where there are more than one holds, its last line says so: `cut` of (all, those that are there)."""
    for number, line in enumerate(lines, 1):
        if number > EXPORT_LIMIT:
            break
        yield line
    if total > EXPORT_LIMIT:
        yield (cut(total, EXPORT_LIMIT),)
