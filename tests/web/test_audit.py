"""审计: for the audit administrator alone; how the chain stands, what a verification found, the trail by every filter, and files of it."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from bench.soak.tampering import superuser
from db.chain.anchors import FilePlace
from db.chain.api import VERIFY, Chain
from db.chores import Chore
from engine.link import Link
from records.audit import Who, note
from records.offices import deputies
from tests.web.browsing import Page, Person
from tests.web.office import SECRET, Office

ADDRESSES = ("/audit", "/audit/trail.xlsx", "/audit/trail.csv")


@pytest.fixture
def chain(office: Office, tmp_path: Path) -> Chain:
    """Of this office, with a file outside."""
    return Chain(office.database, office.clock, lambda: SECRET, [FilePlace(str(tmp_path / "heads"))])


def trail(office: Office, like: str) -> list[tuple[str, str]]:
    with office.database.read() as session:
        return Link(session).all("SELECT event, person_name FROM trail_entry WHERE event LIKE ? ORDER BY sequence", like)  # type: ignore[return-value]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("who", ["clerk", "colleague", "head", "outsider", "operator"])
def test_to_anybody_else_it_is_not_there(who: str, address: str, request: pytest.FixtureRequest) -> None:
    person: Person = request.getfixturevalue(who)
    nothing = person.open("/nothing/of/the/kind")
    found = person.open(address)

    assert (found.status, found.tree.xpath("string(//h1)")) == (404, nothing.tree.xpath("string(//h1)"))
    assert "审计" not in person.open("/tasks").tree.xpath("string(//header)")


def test_a_verification_is_wanted_by_the_auditor_alone(office: Office, clerk: Person, auditor: Person) -> None:
    form = auditor.open("/audit").fields("/audit/verify")
    form["csrf"] = clerk.open("/profile").fields("/sign-out")["csrf"]

    assert clerk.post("/audit/verify", form).status == 404
    assert trail(office, "audit:%") == []


def test_a_visitor_is_asked_to_sign_in(visitor: Person) -> None:
    assert visitor.open("/audit").address == "/sign-in"


def test_the_auditor_sees_the_chain_and_no_case(office: Office, chain: Chain, auditor: Person) -> None:
    case = office.start()
    assert "还没有封条" in auditor.open("/audit").text
    chain.tick()
    chain.verify()

    page = auditor.open("/audit")

    assert "链完整" in page.text and "第 1 号" in page.text
    assert chain.places[0].address in page.text
    assert auditor.open(f"/cases/{case}").status == 404
    assert auditor.open("/cases").status == 403


def test_a_deviation_is_named_with_the_moment_until_which_all_was_well(office: Office, chain: Chain, auditor: Person) -> None:
    office.start()
    chain.tick()
    with superuser(office.database) as session:
        session.execute(text("UPDATE history SET person_name = '别人' WHERE id = 1"))
    chain.verify()

    page = auditor.open("/audit")

    assert "上次核对发现 1 处不一致" in page.text
    (row,) = page.tree.xpath("//section[@aria-labelledby='deviations']//tbody/tr")
    assert [" ".join(cell.text_content().split()) for cell in row] == ["history", "1", "内容与封存时不同", "1", "2026-03-02 09:00"]


def test_a_place_that_takes_nothing_is_told(office: Office, chain: Chain, auditor: Person, tmp_path: Path) -> None:
    (tmp_path / "heads").mkdir()
    office.start()
    chain.tick()

    assert "起未接收" in auditor.open("/audit").text


def test_nobody_seals_and_nobody_verifies_is_told(office: Office, chain: Chain, auditor: Person) -> None:
    office.start()
    chain.tick()
    chain.verify()
    office.clock.advance(timedelta(days=3))
    auditor = _again(office)

    page = auditor.open("/audit")

    assert "已两天以上没有核对" in page.text
    assert "没有进程在封存" in page.text


def _again(office: Office) -> Person:
    from tests.web.conftest import signed_in  # the session of three days ago has ended

    return signed_in(office, "jiang.tao")


def test_a_verification_that_is_asked_for_is_due_now_and_stands_in_the_trail(office: Office, auditor: Person) -> None:
    with office.database.write() as session:
        session.add(Chore(name=VERIFY, due_at=office.clock.now() + timedelta(hours=20)))

    page = auditor.open("/audit").submit("/audit/verify")

    assert "已安排核对" in page.text
    with office.database.read() as session:
        assert session.get_one(Chore, VERIFY).due_at == office.clock.now()
    assert trail(office, "audit:%") == [("audit:chain:verification_wanted", "江涛")]


def events(page: Page) -> list[str]:
    return [" ".join(row.text_content().split()) for row in page.tree.xpath("//tr[@data-row]")]


def test_the_trail_is_searched_by_person_event_and_period(office: Office, clerk: Person, auditor: Person) -> None:
    assert len(events(auditor.open("/audit"))) == 2

    by_name, by_login = auditor.open("/audit?person=李娜"), auditor.open("/audit?person=li.na")
    assert len(events(by_name)) == len(events(by_login)) == 1
    assert "session:sign_in:accepted" in events(by_name)[0]
    assert events(auditor.open("/audit?event=refused")) == []
    assert len(events(auditor.open("/audit?since=2026-03-02&until=2026-03-02"))) == 2
    assert events(auditor.open("/audit?until=2026-03-01")) == []
    assert "没有符合条件的记录" in auditor.open("/audit?until=2026-03-01").text


def test_the_history_is_searched_by_case_and_shows_what_was_entered(office: Office, clerk: Person, auditor: Person) -> None:
    case, other = office.start(), office.start("另一件")

    page = auditor.open(f"/audit?source=history&case={case}")

    assert events(page) and all(case in one for one in events(page))
    assert "年度合同用印" in page.text
    assert events(auditor.open(f"/audit?source=history&case={other}&person=李娜"))
    assert events(auditor.open(f"/audit?source=history&case={other}&person=王芳")) == []
    assert events(auditor.open("/audit?source=history&case=没有这一件")) == []
    assert events(auditor.open("/audit?source=history&event=started&until=2026-03-02&since=2026-03-02"))


def test_a_day_that_is_none_is_said_at_its_field(auditor: Person) -> None:
    page = auditor.open("/audit?since=2026-02-30")

    assert page.status == 422
    assert "查询条件有误" in page.text


def test_older_entries_have_pages(office: Office, auditor: Person) -> None:
    for number in range(30):
        office.start(f"第 {number} 件")
    first = auditor.open("/audit?source=history")

    (further,) = first.tree.xpath("//a[@rel='next']/@href")

    assert len(events(first)) == 25
    assert not set(events(first)) & set(events(auditor.open(further)))


def test_files_hold_what_the_filters_find_and_that_they_were_taken_stands_in_the_trail(office: Office, clerk: Person, auditor: Person) -> None:
    found = auditor.open("/audit/trail.csv?person=李娜").response
    book = load_workbook(io.BytesIO(auditor.open("/audit/trail.xlsx?source=history").response.data))

    lines = found.data.decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and "session:sign_in:accepted" in lines[1] and "2026-03-02 09:00:00" in lines[1]
    assert book.active is not None and book.active.max_row >= 1
    assert trail(office, "audit:%") == [("audit:trail:exported", "江涛")] * 2
    assert auditor.open("/audit/trail.exe").status == 404


def acted_for_another(office: Office) -> None:
    """Chen Wei claims Li Na's task in her stead, and an entry of the trail is signed by both."""
    (principal, deputy), today, at = (office.person(login) for login in ("li.na", "chen.wei")), office.clock.today(), office.clock.now()
    with office.database.write() as session:
        deputies.name(session, Who("system", "系统", at), principal.person_id, deputy.person_id, today, today, (), today)
    both = office.person("chen.wei")
    office.engine.claim(office.task_of(office.start()), both, "in her stead")
    signed = both.in_stead_of(both.stead_in("seal_request"))
    with office.database.write() as session:
        note(session, Who(signed.person_id, signed.signature, at), "board:urging:sent", "urging", "1")


@pytest.mark.parametrize(("source", "event"), [("history", "claimed"), ("trail", "board:urging:sent")])
def test_both_names_stand_under_what_was_done_in_somebodys_stead(office: Office, auditor: Person, source: str, event: str) -> None:
    acted_for_another(office)
    address = f"source={source}&event={event}"

    for name in ("陈伟", "李娜"):
        (found,) = events(auditor.open(f"/audit?{address}&person={name}"))
        assert "陈伟 代 李娜" in found
        assert "陈伟 代 李娜" in auditor.open(f"/audit/trail.csv?{address}&person={name}").response.data.decode("utf-8-sig")
    assert events(auditor.open(f"/audit?{address}&person=王芳")) == []
    auditor.open("/audit").submit("/language", language="en")
    absent = "Li Na" if source == "history" else "李娜"  # the trail keeps the name alone, as it was signed
    (found,) = events(auditor.open(f"/audit?{address}"))
    assert f"Chen Wei for {absent}" in found
    assert f"Chen Wei for {absent}" in auditor.open(f"/audit/trail.csv?{address}").response.data.decode("utf-8-sig")


def test_it_is_english_in_english(office: Office, chain: Chain, auditor: Person) -> None:
    office.start()
    chain.tick()
    auditor.open("/audit").submit("/language", language="en")

    page = auditor.open("/audit")

    assert "Audit" in page.text and "Chain of seals" in page.text
