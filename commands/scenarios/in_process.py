"""Plays a scenario through the front doors, without pages; `reopen` has everything that is warm forgotten between all steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from commands.scenarios.choosing import chosen
from commands.scenarios.lists import upload_of
from commands.scenarios.model import Attach, Bring, Do, Start, Work
from commands.scenarios.play import Refused
from commands.scenarios.stations import EngineDoor, station
from db.ids import new_id
from engine.errors import Refusal, StepFailed
from engine.people import Actor
from engine.worklist import TaskRow, WorklistQuery
from hardware.simulator import MemoryShelf, Shelf
from records.audit import Who
from records.coinvestigation.imports.batches import create_batch
from records.coinvestigation.imports.model import ImportBatch
from records.coinvestigation.imports.run import run_waiting
from records.coinvestigation.kinds import Source
from records.coinvestigation.store import OfficeRef
from records.offices import store as offices
from web.errors import answer_of
from web.imports.cases import ref, start_cases
from web.staff import staff_of

if TYPE_CHECKING:
    from flask import Flask

    from app import Application


class InProcess:
    """Hands that need no page."""

    def __init__(self, application: Application, *, reopen: Callable[[], Application] | None = None) -> None:
        self.application = application
        self.reopen = reopen
        self.cards: Shelf = MemoryShelf()
        self._pages: Flask | None = None

    def rest(self) -> None:
        """Forgets, perhaps, everything that is warm."""
        if self.reopen is not None:
            self.application.database.dispose()
            self.application = self.reopen()

    def perform(self, act: Callable[[], object]) -> None:
        """Does what changes the database; done once more with the same keys, it changes nothing."""
        act()

    def start(self, act: Start, about: str) -> None:
        """Starts a process as its start page does."""
        with self._as_told():
            office, actor, key = self._office(act.office).id if act.office else "", self._actor(act.by), new_id()
            self.perform(
                lambda: self.application.engine.start(act.process, office_id=office, actor=actor, key=key, form=act.form, about=about)
            )

    def do(self, act: Do) -> None:
        """Claims and completes the task; one that others hold is tried all the same, to be refused."""
        with self._as_told():
            engine, actor = self.application.engine, self._actor(act.by)
            task, keys = self._task(act, actor), (new_id(), new_id())
            values = chosen(engine.task(task.id, actor).form, act.form)

            def hand_in() -> None:
                engine.claim(task.id, actor, keys[0])
                engine.complete(task.id, values, actor, keys[1])

            self.perform(hand_in)

    def bring(self, act: Bring) -> None:
        """Takes a list in, and starts a case for each delegation made of it."""
        actor, database, clock = self._actor(act.by), self.application.database, self.application.clock
        who, own, batch_id = Who(actor.person_id, actor.name, clock.now()), self._office(act.office), new_id()
        name, content = upload_of(act)

        def upload() -> None:
            with database.write() as session:
                create_batch(session, who, own, batch_id=batch_id, source=Source(act.source), file_name=name, content=content, today=clock.today())

        def delegate() -> None:
            with database.write() as session:
                batch = session.get_one(ImportBatch, batch_id)
                start_cases(session, self.application.engine, actor, who, batch, {}, batch_id)

        with self._as_told():
            for step in (upload, lambda: run_waiting(database, clock), delegate):
                self.perform(step)

    def attach(self, act: Attach, case_id: str) -> None:
        """Adds the file as the case page does."""
        with self._as_told():
            actor, key = self._actor(act.by), new_id()
            self.perform(lambda: self.application.engine.attach(case_id, act.name, act.content, "application/pdf", actor, key))

    def work(self, act: Work) -> None:
        """Works off what waits for the station."""
        with self._as_told():
            self.perform(lambda: station(self.application, act, self.cards, EngineDoor(self.application, act.station)).work_off())

    def _actor(self, login: str) -> Actor:
        with self.application.database.read() as session:
            person = offices.person_by_login(session, login)
            staff = staff_of(session, person.id, self.application.clock.today()) if person else None
        if staff is None:
            raise Refused(f"没有可以登录的人员 {login}")
        return staff.actor

    def _office(self, code: str) -> OfficeRef:
        with self.application.database.read() as session:
            found = offices.office_by_code(session, code)
        if found is None:
            raise Refused(f"没有编码为 {code} 的机关")
        return ref(found)

    def _task(self, act: Do, actor: Actor) -> TaskRow:
        for scope in ("claimable", "mine", "office"):
            query = WorklistQuery(self.application.clock.today(), scope=scope)
            for task in self.application.engine.worklist(actor, query).items:
                if task.element == act.task:
                    return task
        raise Refused(f"工作台上没有任务 {act.task}")

    @contextmanager
    def _as_told(self) -> Iterator[None]:
        """Has a refusal say what the page says."""
        try:
            yield
        except (Refusal, StepFailed) as error:
            self._pages = self._pages or self.application.web()  # for their words alone, which no reopening changes
            with self._pages.test_request_context():
                answer = answer_of(error)
                raise Refused(f"{answer.title}。{answer.advice} {error}") from error
