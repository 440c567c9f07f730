"""The people of a demonstration as the engine knows them on a day: officers by their posts, outside parties by their accounts."""

from __future__ import annotations

from db.clock import Clock
from db.session import Database
from engine.api import Engine
from engine.link import Link
from engine.people import Actor
from engine.views import TaskView
from records.offices import parties
from records.offices import store as offices
from web.staff import staff_of


class Crew:
    """Given the engine, its database and the clock of the demonstration; posts are held from day to day."""

    def __init__(self, engine: Engine, database: Database, clock: Clock) -> None:
        self.engine, self.database, self.clock = engine, database, clock
        self._actors: dict[str, Actor] = {}

    def new_day(self) -> None:
        """Forgets who holds what."""
        self._actors.clear()

    def actor(self, login: str) -> Actor:
        """A person of the demonstration; raises LookupError naming the login."""
        if login not in self._actors:
            with self.database.read() as session:
                person = offices.person_by_login(session, login)
                staff = staff_of(session, person.id, self.clock.today()) if person else None
            if staff is None:
                raise LookupError(f"demo/cases.yaml：没有人员 {login}")
            self._actors[login] = staff.actor
        return self._actors[login]

    def office(self, code: str) -> str:
        """The identifier of an office; raises LookupError naming the code."""
        with self.database.read() as session:
            found = offices.office_by_code(session, code)
        if found is None:
            raise LookupError(f"demo/cases.yaml：没有机关 {code}")
        return found.id

    def somebody(self, task_id: str) -> tuple[Actor, TaskView] | None:
        """Somebody who may do the task, with the task as he sees it."""
        with self.database.read() as session:
            posts = [r[0] for r in Link(session).all("SELECT post_id FROM task_candidate WHERE task_id = ?", task_id)]
            people = [*parties.signing_in(session, posts), *offices.holders(session, posts, self.clock.today())]
            logins = [person.login for person in people]
        for login in logins:
            view = self.engine.task(task_id, self.actor(login))
            if view.may_complete:  # free, or given to this very person
                return self.actor(login), view
        return None
