"""The toy office with heads, and with cases that are late, due, and finished in time and late: what a supervisor's board shows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from db.clock import ManualClock
from db.session import Database
from engine.link import Link
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from records.offices.organisation import load_organisation
from tests.factories.bpmn import chain, end, process, properties, start, user
from tests.web.browsing import Page
from tests.web.office import OPENED, PASSWORD, Office, open_office

DIRECTORS = [
    {"login": "he.jie", "name": "贺洁", "name_en": "He Jie", "password": PASSWORD, "posts": [{"role": "inspection_director", "office": "hs"}]},
    {"login": "lu.an", "name": "陆安", "name_en": "Lu An", "password": PASSWORD, "posts": [{"role": "inspection_director", "office": "yz"}]},
    {"login": "ma.lin", "name": "马林", "name_en": "Ma Lin", "password": PASSWORD, "posts": [{"role": "bureau_leader", "office": "nb"}]},
]  # fmt: skip
MOVING = process(
    properties(may_transfer="inspection_director"), start(), user("draft", "clerk@own"),
    user("sign", "clerk@own", properties(not_by="draft")), end(), chain("begun", "draft", "sign", "done"), id_="moving",
)  # fmt: skip
SUPERVISED = OPENED + timedelta(hours=28)  # the moment at which the figures stand


def supervised_file(database: Database) -> None:
    """Three heads; two cases of Haishu are late, one is due today, one was finished in time and one late; one runs at Yinzhou."""
    office = open_office(database, ManualClock(OPENED))
    with database.write() as session:
        load_organisation(session, {"people": DIRECTORS})
    office.engine.deploy(ProcedureFiles("moving", {"moving.bpmn": MOVING.decode()}), SYSTEM)
    cases = [moving(office, title, due_in) for title, due_in in (("戊案按期", 3), ("己案超期", -1))]
    work(office, "li.na", 2, *cases)
    work(office, "wang.fang", 26, *cases)
    office.start("甲案逾期", due_in=-6)
    office.start("乙案逾期", due_in=-2)
    office.start("丙案今日", due_in=0)
    office.start("丁案鄞州", login="chen.wei", due_in=-1)
    office.engine.board.count_new()
    assert office.clock.now() == SUPERVISED


def open_supervised(place: Path) -> Office:
    """The office of `supervised_file` as its figures stand."""
    return open_office(Database(f"sqlite:///{place}"), ManualClock(SUPERVISED))


def moving(office: Office, title: str, due_in: int) -> str:
    """A case of the other process."""
    actor = office.person("li.na")
    case = office.engine.start("moving", office_id=actor.office_id, actor=actor, key=title, variables={}, title=title).instance_id
    with office.database.write() as session:
        office.engine.set_due(session, case, office.clock.today() + timedelta(days=due_in), "期限")
    return case


def work(office: Office, login: str, hours: int, *cases: str) -> None:
    """One step of each case, after so many hours."""
    office.clock.advance(timedelta(hours=hours))
    for case in cases:
        office.engine.complete(office.task_of(case, login), {}, office.person(login), f"{case}{login}")


def case_of(office: Office, title: str) -> str:
    """The id of a case."""
    with office.database.read() as session:
        return str((Link(session).one("SELECT id FROM instance WHERE title = ?", title) or ("",))[0])


def figures(page: Page) -> list[str]:
    """The large figures."""
    return [" ".join(figure.text_content().split()) for figure in page.tree.xpath("//ul[@class='figures']//b")]


def titles(page: Page) -> list[str]:
    """What stands in a list."""
    return [str(text) for text in page.tree.xpath("//tbody/tr/th/a/text()")]


def urged(page: Page, text: str, *cases: str) -> Page:
    """The page after cases of a list were urged."""
    fields = page.fields("/board/urge", text=text)
    fields.setlist("case", list(cases))
    return page.person.post("/board/urge", fields)
