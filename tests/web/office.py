"""A small office with real people, a toy procedure in a real engine, and the web application on top."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from db.clock import ManualClock
from db.session import Database
from deadlines.api import DeadlineService
from engine.api import Engine
from engine.kernel import EngineSettings, Kernel
from engine.people import SYSTEM, Actor
from engine.procedures import read_folder
from engine.registry import BpmnError, Declined, Registry, StepContext
from handlers.people import Directory
from handlers.stopped_clocks import StoppedClocks
from handlers.telling.api import Telling
from handlers.telling.following import Follower
from handlers.telling.mailing import House
from hardware.jobs import JOBS
from notices import bell
from papers.api import Papers
from records.offices import store
from records.offices.organisation import load_organisation
from tests.rooms import create_all
from web import Services, WebSettings, create_web
from web.staff import actor_of, staff_of

TOY = Path(__file__).parent / "toy"
PASSWORD = "seal and paper"
SECRET = b"secret of the tests"
OPENED = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ORGANISATION: dict[str, Any] = {
    "offices": [
        {"code": "nb", "name": "宁波市税务局", "name_en": "Ningbo Tax Bureau", "level": "city"},
        {"code": "hs", "name": "海曙区税务局", "name_en": "Haishu District", "level": "district", "parent": "nb"},
        {"code": "yz", "name": "鄞州区税务局", "name_en": "Yinzhou District", "level": "district", "parent": "nb"},
    ],
    "people": [
        {"login": "li.na", "name": "李娜", "name_en": "Li Na", "posts": [{"role": "clerk", "office": "hs"}]},
        {"login": "wang.fang", "name": "王芳", "name_en": "Wang Fang", "posts": [{"role": "clerk", "office": "hs"}]},
        {"login": "zhao.jun", "name": "赵军", "name_en": "Zhao Jun", "posts": [{"role": "head", "office": "hs"}]},
        {"login": "gao.bo", "name": "高博", "name_en": "Gao Bo", "posts": [{"role": "system_administrator", "office": "hs"}]},
        {"login": "wei.lan", "name": "韦岚", "name_en": "Wei Lan", "posts": [{"role": "security_administrator", "office": "nb"}]},
        {"login": "tian.yu", "name": "田雨", "name_en": "Tian Yu", "posts": [{"role": "security_administrator", "office": "hs"}]},
        {"login": "jiang.tao", "name": "江涛", "name_en": "Jiang Tao", "posts": [{"role": "audit_administrator", "office": "hs"}]},
        {"login": "chen.wei", "name": "陈伟", "name_en": "Chen Wei", "posts": [{"role": "clerk", "office": "yz"}, {"role": "head", "office": "yz"}]},
    ],
}  # fmt: skip


@dataclass
class Stamp:
    """The toy's service task; a test can break it, or have it refuse."""

    broken: bool = False
    reason: str = "印章柜打不开"
    refusal: Declined | None = None

    def __call__(self, ctx: StepContext) -> dict[str, Any]:
        if self.refusal is not None:
            raise self.refusal
        if self.broken:
            raise RuntimeError(self.reason)
        if ctx.variables.get("copies") == 99:
            raise BpmnError("too_many", "份数太多")
        ctx.set_business_key("用印〔2026〕1号")
        return {"stamped": True}


@dataclass
class Office:
    """Everything that a test may hold."""

    database: Database
    clock: ManualClock
    engine: Engine
    deadlines: DeadlineService
    papers: Papers
    web: Flask
    stamp: Stamp
    telling: Telling

    def tell(self) -> None:
        """People are told what happened so far."""
        self.telling.tick()

    def person(self, login: str) -> Actor:
        """The actor behind a login."""
        with self.database.read() as session:
            found = store.person_by_login(session, login)
            assert found is not None
            staff = staff_of(session, found.id, self.clock.today())
        assert staff is not None
        return staff.actor

    def start(self, title: str = "年度合同用印", *, login: str = "li.na", due_in: int | None = None, key: str = "") -> str:
        """A case of the toy procedure; returns its id."""
        actor = self.person(login)
        case = self.engine.start(
            "seal_request",
            office_id=actor.office_id,
            actor=actor,
            key=key or f"start:{title}",
            variables={"purpose": title},
            title=title,
        )
        if due_in is not None:
            with self.database.write() as session:
                self.engine.set_due(session, case.instance_id, self.clock.today() + timedelta(days=due_in), "用印期限")
        return case.instance_id

    def task_of(self, instance_id: str, login: str = "li.na") -> str:
        """The id of the one open task of a case."""
        (task,) = self.engine.case(instance_id, self.person(login)).open_tasks
        return task.id


FILLED = {"purpose": "年度合同用印", "kind": "letter", "copies": "3", "on": "2026-03-05", "seal": "office"}


def furnish(database: Database) -> None:
    """People and the deployed toy in a database that has tables."""
    with database.write() as session:
        load_organisation(session, {**ORGANISATION, "people": [{**p, "password": PASSWORD} for p in ORGANISATION["people"]]})
    clock = ManualClock(OPENED)
    Engine(Kernel(database, Registry(), Directory(), clock, EngineSettings(SECRET))).deploy(read_folder(TOY), SYSTEM)


def furnished_file(file: Path) -> Path:
    """A new SQLite file with tables, people and the deployed toy."""
    database = Database(f"sqlite:///{file}")
    create_all(database)
    furnish(database)
    database.dispose()
    return file


def open_office(database: Database, clock: ManualClock, settings: WebSettings | None = None) -> Office:
    """Engine and web application on a furnished database."""
    stamp, registry = Stamp(), Registry()
    registry.operation("toy.stamp")(stamp)
    deadlines, papers = DeadlineService(clock), Papers(TOY.parent, clock)
    engine = Engine(Kernel(database, registry, Directory(), clock, EngineSettings(SECRET), deadlines))
    engine.kernel.on_outside = bell.ring_counters
    engine.kernel.clocks = StoppedClocks(deadlines)
    web = create_web(Services(engine, database, clock, deadlines, papers, settings or WebSettings(), lambda: SECRET, JOBS))
    telling = Telling(House(engine, database, clock, actor_of), Follower(database, clock, deadlines))
    return Office(database, clock, engine, deadlines, papers, web, stamp, telling)
