"""Who is told what, on both databases: every source of notices, deputies, rights, and that nothing is told twice or lost."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from db.followed import Untold
from db.session import Database
from deadlines import reminders
from deadlines.api import DeadlineService
from deadlines.rules import TermRule
from engine.people import SYSTEM
from engine.registry import EffectContext
from engine.troubles import Query
from handlers.issuing import serve
from handlers.moved_cases import SENTENCES, MovedCases
from handlers.returned_work import ReturnedWork
from handlers.telling import sources
from handlers.tools import Tools, within
from notices.model import Told
from records.audit import Who
from records.offices import deputies
from tests.web.asking import with_parties
from tests.web.office import FILLED, Office, open_office

ON_SQLITE = pytest.mark.parametrize("office", ["sqlite"], indirect=True)


def told(office: Office, login: str, *, case: str | None = None) -> list[str]:
    """`occasion: words` of a person's notices, the first first."""
    office.tell()
    with office.database.read() as session:
        wanted = select(Told).where(Told.person_id == office.person(login).person_id).order_by(Told.id)
        return [f"{row.occasion}: {row.text}" for row in session.scalars(wanted) if case is None or row.instance_id == case]


def names(office: Office, login: str) -> list[str]:
    return [line.partition(":")[0] for line in told(office, login)]


def held(office: Office, title: str = "年度合同用印", login: str = "li.na") -> tuple[str, str]:
    """(case, task) that somebody has begun and claimed."""
    case = office.start(title, login=login, key=f"start:{title}:{office.clock.now()}")
    task = office.task_of(case, login)
    office.engine.claim(task, office.person(login), f"claim:{task}")
    return case, task


def key(office: Office) -> str:
    office.clock.advance(timedelta(milliseconds=1))
    return f"key:{office.clock.now().isoformat()}"


def deputise(office: Office, principal: str, deputy: str, *, processes: tuple[str, ...] = ()) -> None:
    today = office.clock.today()
    with office.database.write() as session:
        who = Who("system", "系统", office.clock.now())
        deputies.name(session, who, office.person(principal).person_id, office.person(deputy).person_id, today, today + timedelta(days=2), processes, today)


def test_tasks_for_a_post_are_one_notice_with_a_count_and_whoever_began_them_hears_nothing(office: Office) -> None:
    office.start("甲")
    office.start("乙", key="second")
    assert told(office, "wang.fang") == ["claimable: 新到 2 项可认领的任务，最近一项是“填写用印单”"]
    assert told(office, "li.na") == []
    with office.database.write() as session:
        session.execute(text("UPDATE told SET read_at = at"))
    office.start("丙", key="third")

    assert told(office, "wang.fang")[-1] == "claimable: 新到 1 项可认领的任务，最近一项是“填写用印单”"
    assert told(office, "chen.wei") == []  # another office


@ON_SQLITE
def test_tasks_of_one_element_opened_in_one_step_are_counted_once_each(office: Office) -> None:
    office.start("甲")
    with office.database.write() as session:  # as several instances of one activity leave them
        session.execute(text("INSERT INTO history (instance_id, at, kind, element, name, person_id, person_name) SELECT instance_id, at, kind, element, name, person_id, person_name FROM history WHERE kind = 'opened'"))

    assert told(office, "wang.fang") == ["claimable: 新到 1 项可认领的任务，最近一项是“填写用印单”"]


@ON_SQLITE
def test_a_task_that_is_gone_when_it_would_be_told_is_news_to_nobody(office: Office) -> None:
    case, task = held(office)
    office.engine.complete(task, FILLED, office.person("li.na"), key(office))

    assert told(office, "wang.fang") == []
    assert told(office, "zhao.jun", case=case) == ["claimable: 新到 1 项可认领的任务，最近一项是“科室审核”"]


@ON_SQLITE
def test_transfer_and_giving_back_are_told_with_who_and_why(office: Office) -> None:
    _case, task = held(office)
    office.engine.parties.transfer(task, office.person("wang.fang").person_id, "出差", office.person("li.na"), key(office))
    assert told(office, "wang.fang") == ["transferred: 李娜把“填写用印单”转办给您：出差"]
    office.engine.release(task, office.person("wang.fang"), key(office))

    assert told(office, "li.na") == ["claimable: 新到 1 项可认领的任务，最近一项是“填写用印单”"]


@ON_SQLITE
@pytest.mark.parametrize(("kind", "occasion"), [("delegate", "delegated"), ("before", "sign"), ("sign", "sign"), ("ask", "question")])
def test_whoever_is_asked_beside_a_task_is_told_and_whoever_asked_hears_the_answer(office: Office, kind: str, occasion: str) -> None:
    _case, task = held(office)
    ann, zhao = office.person("li.na"), office.person("zhao.jun")
    (seat,) = office.engine.parties.ask(task, kind, [zhao.person_id], ann, key(office), text="请看")
    assert names(office, "zhao.jun") == [occasion]
    given = {"values": FILLED} if kind == "delegate" else {"opinion": "可以"} if kind == "ask" else {"agreed": True, "opinion": "可以"}
    office.engine.parties.answer(seat, zhao, key(office), **given)  # type: ignore[arg-type]

    assert names(office, "li.na") == ["answered"]
    assert told(office, "li.na")[0].startswith("answered: 赵军")


@ON_SQLITE
def test_in_order_the_next_is_told_when_it_is_his_turn_and_a_refusal_after_it_gives_the_task_back(office: Office) -> None:
    _case, task = held(office)
    li, wang, zhao = (office.person(login) for login in ("li.na", "wang.fang", "zhao.jun"))
    first, _second = office.engine.parties.ask(task, "sign", [zhao.person_id, wang.person_id], li, key(office), rule="sequence")
    assert "sign" not in names(office, "wang.fang")
    office.engine.parties.answer(first, zhao, key(office), agreed=True, opinion="同意")
    assert "sign" in names(office, "wang.fang")

    _case, other = held(office, "另一件")
    (after,) = office.engine.parties.ask(other, "after", [zhao.person_id], li, key(office))
    assert names(office, "zhao.jun").count("sign") == 1
    office.engine.complete(other, FILLED, li, key(office))
    assert names(office, "zhao.jun").count("sign") == 2
    office.engine.parties.answer(after, zhao, key(office), agreed=False, opinion="份数不对")
    assert "back: “填写用印单”交还给您：份数不对" in told(office, "li.na")


@ON_SQLITE
def test_a_copy_an_urging_and_its_answer(office: Office) -> None:
    case, task = held(office)
    zhao = office.person("zhao.jun")
    office.engine.parties.copy(task, [zhao.person_id], office.person("li.na"), key(office))
    with office.database.write() as session:
        posts = sorted(office.person("li.na").post_ids)
        urging = office.deadlines.urge(session, case, by_id=zhao.person_id, by_name="赵军", posts=posts, text="请尽快").id
    assert told(office, "li.na") == ["urged: 赵军 催办：请尽快"]
    with office.database.write() as session:
        office.deadlines.answer(session, urging, by="李娜", text="今天办完")

    assert told(office, "zhao.jun") == ["copied: 李娜把案件抄送给您", "urge_answered: 李娜答复了催办：今天办完"]


@ON_SQLITE
def test_what_comes_back_by_the_model_is_one_notice_with_its_reason(office: Office) -> None:
    office.engine.kernel.on_came_back = lambda session, found: office.deadlines.notify(session, found.posts, found.case.instance_id, "returned", "请您再看一遍", "once more")
    case, task = held(office)
    office.engine.complete(task, FILLED, office.person("li.na"), key(office))
    zhao, review = office.person("zhao.jun"), office.task_of(case, "zhao.jun")
    office.engine.claim(review, zhao, key(office))
    office.engine.complete(review, {"decision": "return", "opinion": "份数不对"}, zhao, key(office))

    assert told(office, "li.na", case=case) == ["returned: 请您再看一遍"]


@ON_SQLITE
def test_a_term_that_ends_today_is_told_apart_in_whatever_words(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "_texts", lambda *_: ("该办了", "do it"))
    case, rule = office.start(), TermRule("seal", "用印期限", "Seal", 3, "day", reminders=(1, 0))
    with office.database.write() as session:
        office.deadlines.start(session, case, rule, office.clock.today(), owner_posts=sorted(office.person("li.na").post_ids))
    for _day in range(4):
        office.clock.advance(timedelta(days=1))
        office.deadlines.tick(office.database)

    assert told(office, "li.na") == ["reminder: 该办了", "due_today: 该办了", "overdue: 该办了"]


def test_a_returned_task_is_one_notice_with_its_reason(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SENTENCES, "returned", ("returned", "{by}请您重做", "{by} wants it anew"))  # in whatever words
    office.engine.kernel.on_moved = MovedCases(office.deadlines)
    case, task = held(office)
    office.engine.complete(task, FILLED, office.person("li.na"), key(office))
    review = office.task_of(case, "zhao.jun")
    zhao = office.person("zhao.jun")
    office.engine.claim(review, zhao, key(office))
    (step,) = office.engine.moves.options(review, zhao)
    seen = office.engine.moves.preview(review, step.done.node, zhao)
    office.engine.moves.return_task(review, step.done.node, seen.version, "份数与合同不符", zhao, key(office))

    assert told(office, "li.na", case=case) == ["returned: 赵军请您重做：份数与合同不符"]


def test_an_incident_is_told_to_operators_without_the_case(office: Office) -> None:
    office.stamp.broken = True
    case, task = held(office)
    office.engine.complete(task, FILLED, office.person("li.na"), key(office))
    zhao, review = office.person("zhao.jun"), office.task_of(case, "zhao.jun")
    office.engine.claim(review, zhao, key(office))
    with pytest.raises(Exception, match="印章柜"):
        office.engine.complete(review, {"decision": "approve", "opinion": "同意"}, zhao, key(office))
    office.tell()

    with office.database.read() as session:
        (row,) = session.scalars(select(Told).where(Told.person_id == office.person("gao.bo").person_id)).all()
    assert (row.occasion, row.instance_id, "年度合同" in row.text) == ("incident", None, False)


def test_a_deputy_is_told_what_he_stands_in_for_and_a_question_stays_with_the_person(office: Office) -> None:
    deputise(office, "zhao.jun", "wang.fang")
    case, task = held(office)
    office.engine.parties.ask(task, "ask", [office.person("zhao.jun").person_id], office.person("li.na"), key(office), text="请问")
    assert "question" in names(office, "zhao.jun")
    assert "question" not in names(office, "wang.fang")
    with office.database.write() as session:
        office.deadlines.notify(session, sorted(office.person("zhao.jun").post_ids), case, "urged", "局长催办", "urged")
    office.tell()

    with office.database.read() as session:
        (row,) = session.scalars(select(Told).where(Told.person_id == office.person("wang.fang").person_id, Told.occasion == "urged")).all()
    assert row.for_id == office.person("zhao.jun").person_id


@ON_SQLITE
def test_a_deputy_for_another_process_is_not_told(office: Office) -> None:
    deputise(office, "zhao.jun", "wang.fang", processes=("something_else",))
    case, _task = held(office)
    with office.database.write() as session:
        office.deadlines.notify(session, sorted(office.person("zhao.jun").post_ids), case, "urged", "局长催办", "urged")

    assert "urged" not in names(office, "wang.fang")


def test_a_deputyship_is_told_to_both_when_it_begins_and_when_it_is_over(office: Office) -> None:
    deputise(office, "zhao.jun", "wang.fang")
    for _ in range(2):
        office.telling.look_at_dates()
    assert told(office, "wang.fang") == told(office, "zhao.jun") == ["deputy_begins: 王芳开始代赵军办理，至 2026-03-04"]
    office.clock.advance(timedelta(days=4))
    for _ in range(2):
        office.telling.look_at_dates()

    assert told(office, "zhao.jun")[1:] == ["deputy_ends: 王芳代赵军办理已结束"]


def test_a_row_that_cannot_be_told_holds_up_no_other_and_comes_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.start("甲")
    with office.database.write() as session:
        session.add(Untold(source="unheard_of", key="1"))
    assert names(office, "wang.fang") == ["claimable"]
    with office.database.read() as session:
        (row,) = session.scalars(select(Untold)).all()
    assert (row.attempts, row.due_at is not None and row.due_at > office.clock.now()) == (1, True)

    monkeypatch.setattr(sources.Sources, "read", lambda *_: [])
    office.clock.advance(timedelta(hours=1))
    office.tell()
    with office.database.read() as session:
        assert session.scalars(select(Untold)).all() == []


def test_what_can_never_be_told_is_shown_to_operators_and_what_is_told_at_last_is_not(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with office.database.write() as session:
        session.add_all([Untold(source="unheard_of", key="1"), Untold(source="incident", key="1")])

    def fail(*_: object) -> None:
        raise RuntimeError("no such reader")

    read = sources.Sources.read
    with monkeypatch.context() as patched:
        patched.setattr(sources.Sources, "read", fail)
        for _attempt in range(8):
            office.tell()
            office.clock.advance(timedelta(hours=1))
    assert told(office, "gao.bo") == ["incident: 有 1 项办理中断，最近一项是“提醒”"]
    (trouble,), _more = office.engine.operations.listed(office.person("gao.bo"), Query())
    assert "（unheard_of 1）5 次都未能发出" in trouble.reason
    assert "no such reader" in trouble.reason

    monkeypatch.setattr(sources.Sources, "read", lambda self, source, key: read(self, source, key) if source != "unheard_of" else [])
    office.clock.advance(timedelta(hours=1))
    office.tell()
    assert office.engine.operations.listed(office.person("gao.bo"), Query()) == ([], False)


def test_a_party_hears_what_it_is_asked_and_of_each_paper_for_it_in_its_own_words(office: Office) -> None:
    office = with_parties(office)
    firm, clerk = office.person("ent.firm"), office.person("li.na")
    case = office.engine.start("asking", office_id=clerk.office_id, actor=clerk, key="start").instance_id
    assert told(office, "ent.firm") == ["party_task: 限额须写明理由，请填写"]
    office.engine.claim(apply := office.engine.at_hand([case], firm)[case][0], firm, "claim")
    office.engine.complete(apply, {"reason": "业务扩大"}, firm, "apply")
    assert told(office, "wang.fang") == ["claimable: 新到 1 项可认领的任务，最近一项是“审核”"]
    office.engine.claim(review := office.task_of(case), clerk, "review")
    office.engine.complete(review, {}, clerk, "reviewed")
    assert told(office, "unit.one") == ["party_task: 请您办理：安装"]

    with office.database.write() as session:
        paper = office.papers.issue(session, "toy", "sheet", {"purpose": "限额"}, subject_id=case, prefix="", number="限额〔2026〕1号", issued_by="李娜", once="sheet")
        named = {"paper_id": paper.id, "for": ["enterprise"], "title_en": "Sheet"}
    making = EffectContext(f"render:{paper.id}", named, case, 1, office.clock, office.database)
    deadlines = DeadlineService(office.clock)
    for _time in range(2):  # an effect may be done again
        serve(making, Tools(deadlines, office.papers))

    assert told(office, "ent.firm")[1:] == ["party_paper: 贵单位有新的文书：《用印单》（限额〔2026〕1号），可以下载、打印"]
    assert told(office, "unit.one") == ["party_task: 请您办理：安装"]


@ON_SQLITE
def test_a_party_is_told_once_of_what_comes_back_to_it(office: Office) -> None:
    office = with_parties(office)
    office.engine.kernel.on_came_back, office.engine.kernel.on_moved = ReturnedWork(office.deadlines), MovedCases(office.deadlines)
    firm, clerk = office.person("ent.firm"), office.person("li.na")
    case = office.engine.start("asking", office_id=clerk.office_id, actor=clerk, key="start").instance_id
    office.engine.claim(apply := office.engine.at_hand([case], firm)[case][0], firm, "claim")
    office.engine.complete(apply, {"reason": "业务扩大"}, firm, "apply")
    before = {login: told(office, login) for login in ("ent.firm", "ent.second")}
    office.engine.claim(review := office.task_of(case), clerk, "review")
    (step,) = office.engine.moves.options(review, clerk)
    office.engine.moves.return_task(review, step.done.node, office.engine.moves.preview(review, step.done.node, clerk).version, "请写明月用量", clerk, "return")

    said = ["returned: “申请限额”的“填写申请”被税务机关退回：请写明月用量"]  # and by none of its people
    assert [told(office, login)[len(before[login]) :] for login in before] == [said, said]


def test_quotation_marks_within_a_sentence_are_the_inner_ones() -> None:
    assert within("被盗：金税卡“JSK-1”") == "被盗：金税卡‘JSK-1’"


@ON_SQLITE
def test_what_is_rolled_back_is_told_to_nobody(office: Office) -> None:
    with pytest.raises(RuntimeError), office.database.write() as session:
        office.engine.start("seal_request", office_id=office.person("li.na").office_id, actor=SYSTEM, key="x", variables={"purpose": "x"}, session=session)
        raise RuntimeError

    assert told(office, "wang.fang") == []


@pytest.mark.parametrize("office", ["postgres"], indirect=True)
def test_of_two_followers_each_row_is_told_by_one(office: Office) -> None:
    other = Database(office.database.url.render_as_string(hide_password=False))
    second = open_office(other, office.clock)
    for n in range(40):
        office.start(f"案件 {n}", key=f"n{n}")
    threads = [threading.Thread(target=one.tell) for one in (office, second, office, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.dispose()

    assert told(office, "wang.fang") == ["claimable: 新到 40 项可认领的任务，最近一项是“填写用印单”"]


