"""Plays random histories of devices in the books and in the second reckoning beside them, and compares the two after every act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.session import Database
from records.devices import store
from records.devices.errors import DevicesError
from records.devices.figures import deviations
from records.devices.holders import Holder
from records.devices.model import Device, HandUpSheet, StopEntry
from records.devices.store import sheets, stops
from records.taxpayers import store as taxpayers
from tests.properties.records.device_books import ENTERPRISES, KINDS, MOVES, NOBODY, NONE, OFFICES, REPLACEMENTS, UNIT, Books
from tests.unit.records import xian as city
from tests.unit.records.xian import AI, DAYAN, HAO, QINLING, TIAN, TODAY, Xian

HOLDERS = (UNIT, *OFFICES, *ENTERPRISES, NONE)
NUMBERS = {"one": QINLING, "two": DAYAN}
PEOPLE = {"ai": AI, "hao": HAO, "tian": TIAN}
ABOVE = {"yt1": "yt", "yt": "xa", "xa": "sn"}
SELDOM = {"report_loss": 0.12, "write_off": 0.06, "collect": 0.15, "send_up": 0.2, "list_for_destruction": 0.2}  # else few devices would live long
CLOSINGS = ("confirm", "decline", "destroy", "withdraw")
# A number is the dice of one act, so that the acts of a history can be told again, and left out when hypothesis makes it shorter.
histories = st.lists(st.integers(0, 2**32), min_size=30, max_size=70)


class _Over(Exception):
    """Nothing of a history is kept."""


@dataclass
class Tally:
    """What was played: histories of devices, acts that the books did and refused, and states in which a device ended."""

    devices: int = 0
    done: int = 0
    refused: int = 0
    events: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)


def play(database: Database, xian: Xian, history: Sequence[int], tally: Tally) -> None:
    """One history in one transaction that is thrown away; raises AssertionError where the books differ from the second reckoning."""
    with suppress(_Over), database.write() as session:
        game = _Game(session, xian, Books(), TODAY, tally)
        for at, dice in enumerate(history):
            game.act(f"{dice}:{at}")
            game.compare()
        game.end()
        raise _Over


@dataclass
class _Game:
    session: Session
    xian: Xian
    books: Books
    today: date
    tally: Tally
    sheets: list[str] = field(default_factory=list)

    def act(self, dice: str) -> None:
        """One act in both; they agree on whether it is possible."""
        name, *given = act = self._chosen(Random(dice))
        if name == "close" and given[0] >= len(self.sheets):
            return
        wanted = self._in_the_second(name, given)
        inner = self.session.begin_nested()
        try:
            made: Callable[..., Any] = getattr(self, f"_{name}")
            made(*given)
            self.session.flush()
        except DevicesError as refused:
            inner.rollback()
            assert not wanted, f"{act}: the books refuse what is possible: {refused}"
            assert str(refused) and refused.en, f"{act}: refused without a sentence"
            self.tally.refused += 1
            self.session.expire_all()
            return
        inner.commit()
        assert wanted, f"{act}: the books do what is not possible"
        self.tally.done += 1

    def _chosen(self, dice: Random) -> tuple[Any, ...]:
        """Mostly something that is possible, else few devices would ever come up to the province; a third of the acts is anything at all."""
        serial, person = dice.choice(sorted(KINDS)), dice.choice(sorted(PEOPLE))
        if dice.random() < 0.65:
            return self._possible(dice, serial, person)
        some = tuple(dice.sample(sorted(KINDS), dice.randint(0, 3)))
        acts: list[tuple[Any, ...]] = [
            *[("move", serial, dice.choice(sorted(MOVES)), dice.choice(HOLDERS))] * 6, ("take_in", serial, dice.choice(HOLDERS)), ("put_on", serial),
            *[("take_off", serial)] * 3, ("open_sheet", dice.choice(OFFICES), dice.choice(OFFICES), some, person), ("open_destruction", dice.choice(OFFICES), some, person),
            ("close", dice.randint(0, 5), dice.choice(CLOSINGS), person), ("day",),
        ]  # fmt: skip
        return ("deregister", dice.choice(ENTERPRISES)) if dice.random() < 0.02 else dice.choice(acts)

    def _possible(self, dice: Random, serial: str, person: str) -> tuple[Any, ...]:
        one = self.books.devices.get(serial)
        if one is None:
            return "take_in", serial, UNIT if dice.random() < 0.8 else dice.choice(OFFICES)
        if one.state == "collected" and dice.random() < 0.8:
            above = ABOVE.get(one.holder)
            with_it = tuple(name for name, other in sorted(self.books.devices.items()) if (other.state, other.holder) == ("collected", one.holder))
            return ("open_sheet", one.holder, above, with_it, person) if above else ("open_destruction", one.holder, with_it, person)
        waiting = [at for at, sheet in enumerate(self.books.sheets) if sheet.open and serial in sheet.serials]
        if one.state in {"sent_up", "listed"} and waiting:
            ways = ("confirm", "confirm", "confirm", "decline") if one.state == "sent_up" else ("destroy", "destroy", "withdraw")
            return "close", waiting[-1], dice.choice(ways), person
        books = replace(self.books, stopped=set()) if dice.random() < 0.3 else self.books  # what the stop list forbids is tried, too
        possible = {event: holders for event in MOVES if (holders := [to for to in HOLDERS if books.after(serial, event, to) is not None])}
        seldom = {event for event in possible if dice.random() > SELDOM.get(event, 1)}
        possible = {event: holders for event, holders in possible.items() if event not in seldom}
        if not possible:
            return ("day",)
        event = dice.choice(sorted(possible))
        return "move", serial, event, dice.choice(possible[event])

    def _in_the_second(self, name: str, given: Sequence[Any]) -> bool:
        if name in {"day", "deregister"}:
            if name == "deregister":
                self.books.gone.add(given[0])
            return True
        done: bool = getattr(self.books, name)(*given)
        return done

    # --- the same in the books ------------------------------------------------------------------------------------------------

    def _take_in(self, serial: str, holder: str) -> None:
        to = self._as(holder) or Holder("nobody", "")
        store.take_in(self.session, TIAN, KINDS[serial], serial, to, "sn/xa/", self.today, is_replacement=serial in REPLACEMENTS)
        self.tally.events["take_in"] += 1

    def _move(self, serial: str, event: str, to: str) -> None:
        store.move(self.session, TIAN, store.device(self.session, KINDS[serial], serial), event, self.today, to=self._as(to))
        self.tally.events[event] += 1

    def _put_on(self, serial: str) -> None:
        days = {"lost_on": self.today, "reported_on": self.today, "today": self.today, "office": self.xian.offices["yt1"]}
        found = store.known(self.session, KINDS[serial], serial)
        if found is not None:
            stops.put_on(self.session, TIAN, found, "lost", **days)
        else:
            stops.put_on_unknown(self.session, TIAN, KINDS[serial], serial, "lost", holder=self.xian.enterprise(), **days)
        self.tally.events["put_on"] += 1

    def _take_off(self, serial: str) -> None:
        entry = stops.entry_of(self.session, KINDS[serial], serial)
        if entry is None:
            raise DevicesError("不在停用名单上", "not on the stop list")
        stops.take_off(self.session, TIAN, entry, "找回", self.today)
        self.tally.events["take_off"] += 1

    def _open_sheet(self, sender: str, to: str, serials: tuple[str, ...], who: str) -> None:
        rows = [store.device(self.session, KINDS[serial], serial) for serial in serials]
        number = f"交{len(self.sheets)}"
        made = sheets.open_sheet(self.session, PEOPLE[who], self.xian.offices[sender], self.xian.offices[to], rows, self.today, number)
        self.sheets.append(made.id)
        self.tally.events["open_sheet"] += 1

    def _open_destruction(self, office: str, serials: tuple[str, ...], who: str) -> None:
        rows = [store.device(self.session, KINDS[serial], serial) for serial in serials]
        self.sheets.append(sheets.open_destruction(self.session, PEOPLE[who], self.xian.offices[office], rows, self.today, f"销{len(self.sheets)}").id)
        self.tally.events["open_destruction"] += 1

    def _close(self, at: int, how: str, who: str) -> None:
        row, person = sheets.sheet(self.session, self.sheets[at]), PEOPLE[who]
        if how == "confirm":
            sheets.confirm(self.session, person, row, self.today)
        elif how == "decline":
            sheets.decline(self.session, person, row, "不符", self.today)
        elif how == "destroy":
            sheets.destroy(self.session, person, row, self.today)
        else:
            sheets.withdraw_destruction(self.session, person, row, "误列", self.today)
        self.tally.events[how] += 1

    def _deregister(self, enterprise: str) -> None:
        taxpayers.deregister(self.session, TIAN, NUMBERS[enterprise], self.today)

    def _day(self) -> None:
        self.today += timedelta(days=1)

    def _as(self, holder: str) -> Holder | None:
        if holder == NONE:
            return None
        return city.UNIT if holder == UNIT else self.xian.office(holder) if holder in OFFICES else self.xian.enterprise(NUMBERS[holder])

    # --- what is compared -----------------------------------------------------------------------------------------------------

    def compare(self) -> None:
        """Every device is in one state with one holder, the one of the second reckoning; so are the stop list and the sheets."""
        rows = self.session.execute(select(Device.serial, Device.state, Device.holder_kind, Device.holder_number, Device.steps)).all()
        found = {serial: (state, self._named(kind, number), steps) for serial, state, kind, number, steps in rows}
        assert len(found) == len(rows), "a serial stands in the books twice"
        assert found == {serial: (one.state, one.holder, one.events) for serial, one in self.books.devices.items()}
        assert set(self.session.scalars(select(StopEntry.serial).where(StopEntry.state == "listed"))) == self.books.stopped
        opened = set(self.session.scalars(select(HandUpSheet.id).where(HandUpSheet.state.in_(("open", "listed")))))
        assert opened == {sheet_id for sheet_id, sheet in zip(self.sheets, self.books.sheets, strict=True) if sheet.open}

    def _named(self, kind: str, number: str) -> str:
        if kind == "nobody":
            return NOBODY
        return {"XAHX": UNIT, **{number: name for name, number in NUMBERS.items()}}.get(number, number)

    def end(self) -> None:
        """The register is the sum of its postings, and each chain of postings is whole."""
        assert deviations(self.session) == []
        for serial, one in self.books.devices.items():
            life = store.postings(self.session, store.device(self.session, KINDS[serial], serial).id)
            assert [posting.step for posting in life] == list(range(1, one.events + 1))
            assert all(posting.day <= self.today for posting in life)
            self.tally.devices += 1
            self.tally.ends[one.state] += 1
