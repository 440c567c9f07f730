"""Walks a case: who does which task with which entries, by login."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from app import Application, compose
from commands.scenarios.choosing import chosen
from db.ids import new_id
from engine.errors import Refusal
from engine.people import Actor
from engine.views import CaseView
from engine.worklist import WorklistQuery
from handlers.tools import ref
from records.audit import Who
from records.coinvestigation.imports.batches import create_batch
from records.coinvestigation.imports.run import run_waiting
from records.coinvestigation.kinds import Source
from records.offices import store
from tests.unit.records.making import csv_bytes, texts
from web.imports.cases import start_cases
from web.staff import staff_of


@contextmanager
def refused(said: str) -> Iterator[None]:
    """Expects that what is done here is refused, with these words."""
    with pytest.raises(Refusal) as told:
        yield
    assert said in str(told.value)


class Walk:
    """Short verbs over the front doors."""

    def __init__(self, application: Application, *, restored: bool) -> None:
        self.application = application
        self.restored = restored
        self.count = 0

    def key(self) -> str:
        self.count += 1
        return f"walk-{self.count}"

    def actor(self, login: str) -> Actor:
        with self.application.database.read() as session:
            person = store.person_by_login(session, login)
            assert person is not None
            staff = staff_of(session, person.id, self.application.clock.today())
        assert staff is not None
        return staff.actor

    def office(self, code: str) -> str:
        with self.application.database.read() as session:
            found = store.office_by_code(session, code)
        assert found is not None
        return found.id

    def settle(self) -> None:
        """Lets messages and effects arrive; then, perhaps, forgets everything that is warm."""
        while self.application.engine.tick().total:
            pass
        if self.restored:
            was = self.application
            was.database.dispose()
            self.application = compose(was.config, was.clock, render=was.papers.make)
            self.application.engine.kernel.definitions = was.engine.kernel.definitions  # of the models, which never change

    def start(self, login: str, office: str, process: str, *, about: str = "", **values: Any) -> str:
        engine, where = self.application.engine, self.office(office)
        case = engine.start(process, office_id=where, actor=self.actor(login), key=self.key(), form=values, about=about)
        self.settle()
        return case.instance_id

    def imported(
        self, login: str, office: str, *, meanwhile: Callable[[], object] = lambda: None, more: Sequence[Mapping[str, str]] = (), **changes: str
    ) -> str:  # fmt: skip
        """A case whose invoice (and `more` like it) comes from a certification list; `meanwhile` passes between import and case."""
        database, clock, officer = self.application.database, self.application.clock, self.actor(login)
        who = Who(officer.person_id, officer.name, clock.now())
        with database.write() as session:
            batch = create_batch(
                session, who, ref(store.office(session, self.office(office))), batch_id=new_id(), source=Source.CERTIFICATION,
                file_name="清单.csv", content=csv_bytes([texts(**changes), *(texts(**{**changes, **other}) for other in more)]), today=clock.today(),
            )  # fmt: skip
        assert run_waiting(database, clock) == 1
        meanwhile()
        with database.write() as session:
            (case,) = start_cases(session, self.application.engine, officer, who, batch, {}, self.key())
        self.settle()
        return case

    def do(self, login: str, element: str, **values: Any) -> None:
        """Claims and completes the one task of this name that the person may claim, or that is back with him."""
        self.hand_in(login, element, **values)
        self.settle()

    def hand_in(self, login: str, element: str, **values: Any) -> None:
        """As `do`; what follows from it has not arrived yet."""
        engine, actor = self.application.engine, self.actor(login)
        lists = [WorklistQuery(self.application.clock.today(), scope=scope) for scope in ("claimable", "mine")]
        task = next(t for wanted in lists for t in engine.worklist(actor, wanted).items if t.element == element)
        engine.claim(task.id, actor, self.key())
        engine.complete(task.id, chosen(engine.task(task.id, actor).form, values), actor, self.key())

    def case(self, instance_id: str, login: str) -> CaseView:
        return self.application.engine.case(instance_id, self.actor(login))
