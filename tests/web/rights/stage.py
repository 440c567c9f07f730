"""An office with somebody in every standing, and in every relation to a case that runs and to one that is over."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from db.clock import ManualClock
from db.ids import new_id
from db.session import Database, Work
from db.timeouts import Patience
from deadlines.rules import TermRule
from engine import incidents
from engine.incidents import Failed
from engine.link import Link
from engine.people import SYSTEM, Actor
from engine.procedures import ProcedureFiles
from notices.model import Told
from papers.templates import read_templates
from records.audit import Who
from records.coinvestigation.imports.batches import create_batch
from records.coinvestigation.imports.model import ImportBatch
from records.coinvestigation.kinds import Source
from records.coinvestigation.store import OfficeRef
from records.devices import holders
from records.devices import store as devices
from records.offices import deputies, holdings, stations
from records.offices import store as offices
from records.offices.model import Deputy, Post
from records.offices.model import Person as Account
from records.offices.organisation import load_organisation
from records.taxpayers import store as taxpayers
from tests.factories.bpmn import boundary, chain, end, error, flow, gateway, on_error, process, properties, service, start, user
from tests.unit.records.making import csv_bytes, sent, texts
from tests.web.office import OPENED, PASSWORD, Office, furnish, open_office
from web import WebSettings
from web.entry.outside.settings import OutsideSettings
from web.returned.tables import WebReturned
from web.rights.model import Relation
from web.sessions.tables import WebSession

TITLE, OVER = "在办的事项甲", "办结的事项乙"
BOOK, OTHER_BOOK = "甬海协〔2026〕7号", "甬鄞协〔2026〕8号"
CARD, OTHER_CARD = "HS0001", "YZ0001"
FIRM, STRANGER = "91330200000000007X", "91330200000000008Y"
MATTER = process(
    start(inside=""), user("note"), gateway("parallel", "split"), user("a", inside=properties(name_en="A")), user("b"), gateway("parallel", "meet"), end(),
    chain("begun", "note", "split"), flow("split", "a"), flow("split", "b"), flow("a", "meet"), flow("b", "meet"), flow("meet", "done"),
    id_="matter", camunda_candidateStarterGroups="clerk@own",
).replace(b'<startEvent id="begun"', properties(may_cancel="inspection_director@own", may_stop_clock="inspection_director@own", parties="firm").encode() + b'<startEvent id="begun"', 1)


READING = process(
    start(), service("read", "station.read_card", properties(post='"clerk@hs"')), user("look"), end(), chain("begun", "read", "look", "done"),
    boundary("wrong", "read", on_error("CARD_WRONG")), flow("wrong", "look"), references=error("CARD_WRONG"), id_="reading", camunda_candidateStarterGroups="clerk@own",
)


def _of(login: str, name: str, *posts: tuple[str, str]) -> dict[str, Any]:
    return {"login": login, "name": name, "name_en": name, "password": PASSWORD, "posts": [{"role": role, "office": office} for role, office in posts]}


MORE: Mapping[str, Any] = {
    "people": [
        _of("zheng.yi", "郑毅", ("inspection_director", "hs")), _of("ma.lin", "马琳", ("process_designer", "hs")), _of("ren.yi", "任毅", ("coinvestigation_officer", "hs")),
        _of("sun.li", "孙丽", ("bureau_leader", "nb")), _of("he.jing", "何静", ("clerk", "yz")), _of("lu.yan", "陆妍", ("clerk", "yz")), _of("qi.fei", "齐飞", ("clerk", "yz")),
        _of("qu.wen", "屈文", ("clerk", "yz")), _of("mo.han", "莫寒", ("clerk", "hs")), _of("dai.li", "戴丽"), _of("bian.he", "卞和"), _of("kong.ming", "孔明"), _of("wu.you", "吴优", ("clerk", "hs")),
        _of("jin.wei", "金伟", ("golden_tax_office", "hs")), _of("cao.rui", "曹锐", ("supervising_director", "hs")), _of("tang.min", "唐敏", ("bureau_leader", "yz")), _of("shi.yan", "石岩", ("system_administrator", "nb")),
        _of("bao.dan", "鲍丹", ("reception", "hs")), _of("da.ping", "大屏", ("hall_screen", "hs")),
    ],
    "parties": [
        {"kind": "enterprise", "number": FIRM, "name": "宁波甲公司", "office": "hs", "accounts": [{"login": "ent.firm", "name": "甲公司", "password": PASSWORD}]},
        {"kind": "enterprise", "number": STRANGER, "name": "宁波乙公司", "office": "yz", "accounts": [{"login": "ent.other", "name": "乙公司", "password": PASSWORD}]},
    ],
}  # fmt: skip

# Who stands in which column of the table, and how he stands to the cases of Haishu.
CAST: Mapping[str, tuple[str, Relation]] = {
    "li.na": ("staff", Relation.HOLDER), "wang.fang": ("staff", Relation.POSTED), "zheng.yi": ("supervisor", Relation.ENDER), "ma.lin": ("designer", Relation.OFFICE), "ren.yi": ("officer", Relation.OFFICE),
    "sun.li": ("supervisor", Relation.BENEATH), "chen.wei": ("staff", Relation.OTHER), "he.jing": ("staff", Relation.DEPUTY), "lu.yan": ("staff", Relation.SIGNER), "qi.fei": ("staff", Relation.COPIED),
    "qu.wen": ("staff", Relation.ASKED), "mo.han": ("staff", Relation.DONE), "dai.li": ("deputy", Relation.OFFICE), "bian.he": ("lent-head", Relation.ENDER), "ent.firm": ("party", Relation.NAMED), "ent.other": ("party", Relation.OTHER),
    "kong.ming": ("postless", Relation.OTHER), "gao.bo": ("system", Relation.OTHER), "tian.yu": ("security", Relation.OTHER), "jiang.tao": ("audit", Relation.OTHER),
    "jin.wei": ("stock-keeper", Relation.OFFICE), "cao.rui": ("supervisor", Relation.OFFICE), "tang.min": ("supervisor", Relation.OTHER), "shi.yan": ("system", Relation.OTHER),
    "bao.dan": ("reception", Relation.OFFICE), "da.ping": ("screen", Relation.OTHER),
}  # fmt: skip
OF_THE_TREE = frozenset({"shi.yan"})  # who administers every office
OF_YINZHOU = frozenset({"chen.wei", "he.jing", "lu.yan", "qi.fei", "qu.wen", "mo.han", "tang.min"})  # who has a post there, where the other book is
OWING = "wu.you"  # who must choose a password first
NOBODY_THERE = OutsideSettings("http://127.0.0.1:9", "jinshui", "secret", "number")  # a provider of identities that does not answer


class Rehearsal(Database):
    """A database in which, while `rehearses`, every writing transaction is played to its end and then undone. It lives as long as its test:
    nothing waits for the disk, which took a third of the time.
    """

    rehearses = False

    def __init__(self, url: str) -> None:
        super().__init__(url)
        if self.is_sqlite:
            event.listen(self.engine, "connect", lambda driver, _record: driver.execute("PRAGMA synchronous=OFF"))

    @contextmanager
    def write(self, patience: Patience | None = None) -> Iterator[Work]:
        if not self.rehearses:
            with super().write(patience) as session:
                yield session  # type: ignore[misc]
            return
        with self._turn():
            session = Work(self._writer, writes=True)
            try:
                session.start(patience)
                yield session
                if session.in_transaction():
                    session.flush()
                if session.flight is not None:
                    session.flight.settle()
            finally:
                session.undo()
                session.end()


@dataclass
class Stage:
    """The office, and the parts of addresses: of the case that runs, of the one that is over, of offices here and elsewhere."""

    office: Office
    database: Rehearsal
    running: dict[str, str] = field(default_factory=dict)
    over: dict[str, str] = field(default_factory=dict)
    here: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    own: dict[str, dict[str, str]] = field(default_factory=dict)  # by login: what is nobody else's
    seated: Any = None  # everybody at a browser, once


def stage(database: Rehearsal) -> Stage:
    """Everybody and everything, in an empty database."""
    furnish(database)
    found = Stage(open_office(database, ManualClock(OPENED), WebSettings(outside=NOBODY_THERE)), database)
    office = found.office
    office.papers.templates.update(read_templates(Path(__file__).parents[3] / "workflows"))
    with database.write() as session:
        load_organisation(session, MORE)
    office.engine.deploy(ProcedureFiles("matters", {"matter.bpmn": MATTER.decode(), "procedure.yaml": "name: 事项\nrecords: [coinvestigation]\n"}), SYSTEM)
    _lend(found)
    found.running, found.over = _case(found, TITLE), _case(found, OVER)
    _finish(found)
    _books(found)
    _devices(found)
    _places(found)
    _desks(found)
    _standstill(found)
    _counters(found)
    _leave(found)
    return found


def _lend(found: Stage) -> None:
    who, today = Who("", "系统", OPENED), date(2026, 3, 2)
    with found.database.write() as session:
        for principal, deputy in (("li.na", "he.jing"), ("ma.lin", "dai.li"), ("zheng.yi", "bian.he")):
            ids = [offices.person_by_login(session, login).id for login in (principal, deputy)]  # type: ignore[union-attr]
            deputies.name(session, who, *ids, today, date(2026, 3, 31), (), today)


def _case(found: Stage, title: str) -> dict[str, str]:
    office, engine, parties = found.office, found.office.engine, found.office.engine.parties
    li, mo = office.person("li.na"), office.person("mo.han")
    id_ = engine.start("matter", office_id=li.office_id, actor=li, key=new_id(), variables={"firm": f"enterprise:{FIRM}"}, title=title).instance_id
    (note,) = engine.case(id_, li).open_tasks
    engine.claim(note.id, mo, new_id())
    engine.complete(note.id, {}, mo, new_id())
    with found.database.write() as session:
        office.deadlines.start(session, id_, TermRule("matter", "办理期限", "Matter", 1, "month"), office.clock.today())
    tasks = {task.element: task.id for task in engine.case(id_, li).open_tasks}
    for task in tasks.values():
        engine.claim(task, li, new_id())
    person = {login: office.person(login) for login in CAST}
    parties.copy(tasks["a"], [person["qi.fei"].person_id], li, new_id())
    parties.ask(tasks["a"], "ask", [person["qu.wen"].person_id], li, new_id(), text="可否")
    parties.ask(tasks["b"], "sign", [person["lu.yan"].person_id], li, new_id(), text="请签")
    with found.database.read() as session:
        seats = {row[1]: row[0] for row in Link(session).all("SELECT id, kind FROM task_party WHERE instance_id = ?", id_)}
    attachment = engine.attach(id_, "附件.txt", b"text", "text/plain", li, new_id())
    with found.database.write() as session:
        failed = Failed("complete", li.person_id, {"task_id": tasks["a"], "values": {}}, id_, "a", tasks["a"])
        incident = incidents.record(Link(session), OPENED, failed, "印章柜打不开", "")
        paper = office.papers.issue(session, "toy", "sheet", {"title": title}, subject_id=id_, prefix="用印", issued_by="李娜", once=f"sheet:{id_}")
        head = person["zheng.yi"]
        urging = office.deadlines.urge_today(session, id_, by_id=head.person_id, by_name=head.name, posts=sorted(li.post_ids), text="请抓紧办理")
        assert urging
    office.papers.make = lambda papers: ["".join(["%PDF-1.7", *copies]).encode() for copies in papers]  # type: ignore[method-assign,assignment]
    office.papers.render(found.database, paper.id)
    return {
        "instance_id": id_, "task_id": tasks["a"], "attachment_id": attachment, "incident_id": incident, "paper_id": paper.id,
        "seat": seats["sign"], "question": seats["ask"], "copy": seats["copy"], "b": tasks["b"], "note": note.id, "urging_id": urging.id,
    }  # fmt: skip


def _finish(found: Stage) -> None:
    engine, li, lu = found.office.engine, found.office.person("li.na"), found.office.person("lu.yan")
    engine.parties.answer(found.over["seat"], lu, new_id(), agreed=True, opinion="同意")
    for task in (found.over["task_id"], found.over["b"]):
        engine.complete(task, {}, li, new_id())
    assert engine.case(found.over["instance_id"], li).header.status == "completed"
    engine.board.count_new()


def _books(found: Stage) -> None:
    """A delegation of Haishu that belongs to the running case, one that belongs to the other, and a list of each office."""
    with found.database.write() as session:
        hs, yz, nb = (offices.office_by_code(session, code) for code in ("hs", "yz", "nb"))
        assert hs and yz and nb
        ref = {one.code: OfficeRef(one.id, one.scope, one.name) for one in (hs, yz, nb)}
        made = [sent(session, 1, own=ref["hs"], to=ref["nb"], number=BOOK), sent(session, 2, own=ref["hs"], to=ref["nb"], number="甬海协〔2026〕9号"), sent(session, 3, own=ref["yz"], to=ref["nb"], number=OTHER_BOOK)]
        session.flush()
        for row, case in zip(made, (found.running["instance_id"], found.over["instance_id"]), strict=False):
            row.case_id = case
        for code, place in (("hs", found.here), ("yz", found.elsewhere)):
            batch = create_batch(
                session, Who("x", "任毅", OPENED), ref[code], batch_id=new_id(), source=Source.CERTIFICATION, file_name="清单.csv", content=csv_bytes([texts(1)]), today=date(2026, 3, 2),
            )  # fmt: skip
            place["batch_id"] = batch.id
        session.flush()
        session.execute(update(ImportBatch).values(state="completed"))


def _devices(found: Stage) -> None:
    """A card of each office, and an enterprise of each."""
    who, today = Who("", "系统", OPENED), date(2026, 3, 2)
    with found.database.write() as session:
        for code, number, serial, place in (("hs", "330203000000019", CARD, found.here), ("yz", "330212000000000", OTHER_CARD, found.elsewhere)):
            office = offices.office_by_code(session, code)
            assert office
            place["device_id"] = devices.take_in(session, who, "ic_card", serial, holders.office(office), office.scope, today).id
            place["taxpayer_id"] = taxpayers.register(session, who, number, f"企业{code}", today=today, office_id=office.id).id


def _places(found: Stage) -> None:
    """A person, an office, a party and a deputyship of Haishu, and of elsewhere."""
    with found.database.write() as session:
        for place, office, login, party in ((found.here, "hs", "wang.fang", "ent.firm"), (found.elsewhere, "yz", "chen.wei", "ent.other")):
            person, account = offices.person_by_login(session, login), offices.person_by_login(session, party)
            assert person and account and account.party_id
            place |= {"office_id": offices.office_by_code(session, office).id, "person_id": person.id, "party_id": account.party_id, "session_id": new_id()}  # type: ignore[union-attr]
        rows = {row.principal_id: row.id for row in session.scalars(select(Deputy))}
        ma = offices.person_by_login(session, "ma.lin")
        assert ma
        found.here["row_id"] = rows[ma.id]
        account = offices.person_by_login(session, "lu.yan")
        substitute = offices.person_by_login(session, "qi.fei")
        assert account and substitute
        made = deputies.name(session, Who("", "系统", OPENED), account.id, substitute.id, date(2026, 3, 2), date(2026, 3, 3), ("seal_request",), date(2026, 3, 2))
        found.elsewhere["row_id"] = made.id


def _desks(found: Stage) -> None:
    """A notice for everybody, and the deputyships of those who have one or are one."""
    with found.database.write() as session:
        people = {login: offices.person_by_login(session, login) for login in CAST}
        told = {
            login: Told(person_id=one.id, key="rights", occasion="copied", instance_id=found.running["instance_id"], text="抄送", text_en="copied", at=OPENED)
            for login, one in people.items() if one
        }  # fmt: skip
        session.add_all(told.values())
        session.flush()
        found.own = {login: {"notice_id": str(row.id)} for login, row in told.items()}
        _pages_and_devices(found, session)
        named = {one.id: login for login, one in people.items() if one}
        for row in session.scalars(select(Deputy)):
            for person in (row.principal_id, row.deputy_id):
                found.own[named[person]]["row_id"] = row.id


def _pages_and_devices(found: Stage, session: Session) -> None:
    """A page that came back to each of them, and a session of each at another device."""
    for login in (*CAST, OWING):
        person, page, device = offices.person_by_login(session, login), new_id(), 2 * new_id()
        assert person
        session.add(WebReturned(id=page, person_id=person.id, status=200, content=gzip.compress(b"<p>saved</p>"), created_at=OPENED))
        found.own.setdefault(login, {})["page_id"] = page
        if login in CAST:
            session.add(WebSession(token_sha256=device, person_id=person.id, created_at=OPENED, seen_at=OPENED, agent="", address=""))
            found.own[login]["session_id"] = device
    found.here["session_id"], found.elsewhere["session_id"] = found.own["wang.fang"]["session_id"], found.own["chen.wei"]["session_id"]


def _standstill(found: Stage) -> None:
    """A task of Haishu whose post nobody holds, a post that could have it, and a message that was not delivered yet."""
    office, li = found.office, found.office.person("li.na")
    case = office.engine.start("matter", office_id=li.office_id, actor=li, key=new_id(), variables={"firm": ""}, title="无人办理的事项").instance_id
    task = office.task_of(case)
    with found.database.write() as session:
        link, vacant = Link(session), Post(id=new_id(), role="bureau_leader", office_id=found.here["office_id"])
        session.add(vacant)
        session.flush()
        (post,) = link.one("SELECT post_id FROM task_candidate WHERE task_id = ?", task) or ("",)
        link.run("UPDATE task_candidate SET post_id = ? WHERE task_id = ?", vacant.id, task)
        office.engine.post_message(session, "news", "nobody", {}, new_id())
        (message,) = link.one("SELECT id FROM message") or ("",)
    found.here |= {"unattended": task, "post": post, "message": message}


def _counters(found: Stage) -> None:
    """A station of Haishu that has a job in hand, and one of elsewhere."""
    office, li, places = found.office, found.office.person("li.na"), {"hs": found.here, "yz": found.elsewhere}
    with found.database.write() as session:
        for code, place in places.items():
            at = offices.office_by_code(session, code)
            assert at
            row, token = stations.make(session, Who("", "系统", OPENED), f"窗口 {code}", at, [f"clerk@{code}"])
            place |= {"station_id": row.id, "credential": token}
    files = {"toy.bpmn": READING.decode(), "procedure.yaml": "name: 读卡\nrecords: []\n"}
    office.engine.deploy(ProcedureFiles("reading", files), SYSTEM)
    office.engine.start("reading", office_id=li.office_id, actor=li, key=new_id(), title="读卡的事项")
    (job,) = office.engine.workers.fetch(found.here["station_id"], ["station.read_card"], posts=["clerk@hs"])
    found.here["job_id"] = job.id


def _leave(found: Stage) -> None:
    """Who did the first step works elsewhere since."""
    who, today = Who("", "系统", OPENED), date(2026, 3, 2)
    with found.database.write() as session:
        mo = offices.person_by_login(session, "mo.han")
        yz = offices.office_by_code(session, "yz")
        assert mo and yz
        for held in holdings.of_person(session, mo.id, today):
            holdings.end(session, who, held.id, date(2026, 3, 1), today)
        post = session.scalars(select(Post).where(Post.role == "clerk", Post.office_id == yz.id)).one()
        holdings.appoint(session, who, mo.id, post, today, None)
        session.get_one(Account, mo.id).office_id = yz.id


def owing(found: Stage, person_id: str) -> None:
    """Whoever is signed in as this person must choose a password first."""
    with found.database.write() as session:
        session.execute(update(WebSession).where(WebSession.person_id == person_id).values(must_change=True))


def actor_of(found: Stage, login: str) -> Actor:
    return found.office.person(login)


