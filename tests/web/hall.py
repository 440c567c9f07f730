"""A hall for tests: a small procedure of ours whose tasks carry `station` and `hall`, visits that are signed in, people who see the board."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from db.ids import new_id
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from engine.tables import Task
from records.audit import Who
from records.offices import store as offices
from records.offices.organisation import load_organisation
from records.taxpayers.model import Taxpayer
from records.upgrade import store
from records.upgrade.model import UpgradeVisit
from tests.factories.bpmn import chain, end, process, properties, service, start, user
from tests.web.office import PASSWORD, Office

HALLS = process(
    start(), user("receive", inside=properties(name_en="Receive", station="1", hall="签到")), user("check", inside=properties(name_en="Check", station="2", hall="核对专票")),
    user("correct", inside=properties(name_en="Correct", station="2", hall="企业更正")), service("copy", "station.read_card", properties(post='"clerk@hs"')),
    user("buy", inside=properties(name_en="Buy back", station="13a", hall="回购")), user("hand_back", inside=properties(name_en="Hand back", station="14", hall="验机签字")), end(),
    chain("begun", "receive", "check", "correct", "copy", "buy", "hand_back", "done"), id_="hall_walk", camunda_candidateStarterGroups="clerk@own",
)
PEOPLE = [
    {"login": "bao.dan", "name": "鲍丹", "name_en": "Bao Dan", "password": PASSWORD, "posts": [{"role": "reception", "office": "hs"}]},
    {"login": "da.ping", "name": "大屏", "name_en": "Screen", "password": PASSWORD, "posts": [{"role": "hall_screen", "office": "hs"}]},
    {"login": "ma.lin", "name": "马林", "name_en": "Ma Lin", "password": PASSWORD, "posts": [{"role": "bureau_leader", "office": "nb"}]},
]  # fmt: skip
STEPS = ("receive", "check", "correct")


def furnish_hall(office: Office) -> None:
    """The people and the procedure."""
    with office.database.write() as session:
        load_organisation(session, {"people": PEOPLE})
    office.engine.deploy(ProcedureFiles("hall_walk", {"hall_walk.bpmn": HALLS.decode(), "procedure.yaml": "name: 大厅\nrecords: []\n"}), SYSTEM)


def arrived(office: Office, name: str, *, person: str = "张三", steps: int = 0, minutes: int = 0, claimed: bool = False, number: str = "", at: str = "hs") -> str:
    """An enterprise that signed in, whose case has done so many steps; the last one waits so many minutes, or is claimed. Returns its visit."""
    clerk = office.person("li.na")
    who = Who("tester", "测试", office.clock.now())
    with office.database.write() as session:
        taxpayer = Taxpayer(id=new_id(), number=number or new_id()[:20].upper(), name=name, region="330203", office_id=None, registered_on=office.clock.today(), deregistered_on=None)
        session.add(taxpayer)
        session.flush()
        row = store.make_ready(session, who, taxpayer, at, {}, office.clock.today())
    case = office.engine.start("hall_walk", office_id=clerk.office_id, actor=clerk, key=new_id(), variables={"taxpayer_number": "1", "enterprise_name": name, "tax_card": "1", "ic_card": "1"}, title=name).instance_id
    with office.database.write() as session:
        store.sign_in(session, who, store.visit(session, row.id), person, office.clock.now(), case_id=case)
    for _step in range(steps):
        task = office.task_of(case)
        office.engine.claim(task, clerk, new_id())
        office.engine.complete(task, {}, clerk, new_id())
    if claimed:
        office.engine.claim(office.task_of(case), clerk, new_id())
    office.clock.advance(timedelta(minutes=minutes))
    return row.id


def gone(office: Office, visit: str) -> None:
    """The enterprise has left."""
    with office.database.write() as session:
        store.leave(session, Who("tester", "测试", office.clock.now()), store.visit(session, visit), office.clock.now(), 2)


def many(office: Office, count: int) -> None:
    """So many enterprises in the hall at once, spread over the stations: rows as the engine writes them."""
    first = arrived(office, "宁波第一企业有限公司")
    with office.database.write() as session:
        made = session.get_one(UpgradeVisit, first)
        task = session.execute(select(Task.__table__).where(Task.instance_id == made.case_id, Task.state == "open")).mappings().one()
        visit = session.execute(select(UpgradeVisit.__table__).where(UpgradeVisit.id == first)).mappings().one()
        instance = session.execute(select(Task.metadata.tables["instance"]).where(Task.metadata.tables["instance"].c.id == made.case_id)).mappings().one()
        assert offices.office_by_code(session, "hs") is not None
        rows: dict[str, list[dict[str, Any]]] = {"taxpayer": [], "instance": [], "task": [], "upgrade_visit": []}
        payer = dict(session.execute(select(Taxpayer.__table__).where(Taxpayer.id == made.taxpayer_id)).mappings().one())
        for at in range(2, count + 1):
            case, owner = new_id(), new_id()
            rows["taxpayer"].append({**payer, "id": owner, "number": f"3302{at:016d}"})
            rows["instance"].append({**instance, "id": case})
            rows["task"].append({**task, "id": new_id(), "instance_id": case, "element": (*STEPS, "buy", "hand_back")[at % 5]})
            rows["upgrade_visit"].append({**visit, "id": new_id(), "taxpayer_id": owner, "taxpayer_number": f"3302{at:016d}", "ticket": (made.ticket or 0) + at - 1, "case_id": case, "enterprise_name": f"宁波第{at}机械制造有限公司"})
        for table, some in rows.items():
            session.execute(insert(Task.metadata.tables[table]), some)


__all__ = ["HALLS", "arrived", "furnish_hall", "gone", "many"]
