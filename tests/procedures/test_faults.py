"""What no scenario says of faults: who is told when, how the clock stands and goes on, and that two people decide (Xi'an 2002-119)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from commands.scenarios import books
from db.clock import ManualClock
from db.ids import new_id
from deadlines.model import Deadline, Notice
from engine.errors import Declined, FormInvalid, NotFound, PreparedByYou, TooLate
from engine.worklist import WorklistQuery
from handlers.devices_beside import value_of
from papers.model import Paper
from records.audit import trail_of
from records.devices.model import StopEntry
from records.faults.model import Authorisation, FaultReport
from records.faults.store import matters
from records.offices import store as offices
from records.offices.model import Party, PostHolding
from tests.procedures.walking import Walk

TAX = {"side": "tax", "summary": "认证子系统不能识别密文", "noticed_on": "2026-03-02"}
SHEET = {"concerned_id": "夏雨（认证岗）", "subsystem": "certification", "description": "全部无法认证"}
OWN = {"maintained_by": "own", "database_untouched": "on"}
UP = {"outcome": "pass_up", "handling": "解决不了", **OWN}
SOLVED = {"outcome": "solve", "handling": "已修复", **OWN}
TERM = {"subsystems": ["certification"], "tasks": "一般维护", "valid_from": "2026-03-02", "valid_until": "2026-04-30"}
MATTER = {"effect": "audit", "facts": "数据缺失", "measures": "停止传递", "request": "请协调"}
KEYS: dict[str, Any] = {"stopped_cards": ["tax_card:SQ-1"], "police_report": "8号", "reason": "被盗"}
SO = {"post_agrees": "yes"}


def report(walk: Walk, grade: str = "ordinary") -> str:
    case = walk.start("fu.qiang", "yt", "fault_report", **TAX)
    walk.do("fu.qiang", "fill_tax_side", grade=grade, **SHEET)
    walk.do("xia.yu", "sign_by_post", **SO)
    return case


def authorise(walk: Walk) -> str:
    case = walk.start("tian.ye", "xa", "service_authorisation", service_unit="XAHX")
    walk.do("tian.ye", "draft_authorisation", **TERM)
    walk.do("cheng.gong", "sign_authorisation", decision="agree")
    return case


def open_tasks(walk: Walk, *logins: str) -> set[tuple[str, str]]:
    query = WorklistQuery(walk.application.clock.today(), scope="claimable")
    return {(login, task.element) for login in logins for task in walk.application.engine.worklist(walk.actor(login), query).items}


def told(walk: Walk, kind: str) -> set[str]:
    """Who was left a notice of this kind: parties by name, posts by their holders."""
    with walk.application.database.read() as session:
        names = set(session.scalars(select(Notice.post_id).where(Notice.kind == kind)))
        posts = [one for one in names if ":" not in one]
        return {one for one in names if ":" in one} | {person.login for person in offices.holders(session, posts, walk.application.clock.today())}


def term(walk: Walk, key: str) -> Deadline:
    with walk.application.database.read() as session:
        return session.scalars(select(Deadline).where(Deadline.key == key)).one()


def variable(walk: Walk, case: str, name: str) -> Any:
    with walk.application.database.read() as session:
        return value_of(session, case, name)


def pass_days(walk: Walk, clock: ManualClock, days: int) -> None:
    for _day in range(days):
        clock.advance(timedelta(days=1))
        walk.application.deadlines.tick(walk.application.database)
        walk.settle()


def also(walk: Walk, login: str, role: str, office: str) -> None:
    """The person holds one more post."""
    with walk.application.database.write() as session:
        person, place = offices.person_by_login(session, login), offices.office_by_code(session, office)
        assert person is not None and place is not None
        (post,) = offices.posts(session, role, place.id)
        session.add(PostHolding(id=new_id(), post_id=post.id, person_id=person.id, valid_from=date(2020, 1, 1), valid_to=None))


@pytest.mark.parametrize("grade", ["widespread", "serious"])
def test_city_and_province_see_a_grave_fault_in_the_step_that_reports_it(walk: Walk, grade: str) -> None:
    report(walk, grade)

    assert open_tasks(walk, "fu.qiang", "tian.ye", "lu.yao", "ai.hua", "wan.li") == {
        ("fu.qiang", "handle_at_own"), ("tian.ye", "note_at_city"), ("lu.yao", "note_at_city"), ("ai.hua", "note_at_province"),
    }  # fmt: skip
    assert told(walk, "fault_at_once") == {"tian.ye", "lu.yao", "wan.li", "ai.hua", "hao.yun", "ning.jing"}


def test_of_an_ordinary_fault_only_the_level_that_has_it_is_told_and_of_a_grave_one_once(walk: Walk) -> None:
    report(walk)
    assert (open_tasks(walk, "tian.ye", "ai.hua", "wan.li"), told(walk, "fault_at_once")) == (set(), set())

    walk.do("fu.qiang", "handle_at_own", outcome="regrade", new_grade="widespread", handling="各户均有", **OWN)
    walk.do("fu.qiang", "handle_at_own", outcome="regrade", new_grade="serious", handling="全停", **OWN)

    with walk.application.database.read() as session:
        assert len(session.scalars(select(Notice).where(Notice.kind == "fault_at_once")).all()) == 4  # one for each post
    assert open_tasks(walk, "tian.ye") == {("tian.ye", "note_at_city")}


def test_a_fault_graded_anew_keeps_the_day_on_which_it_came(walk: Walk, clock: ManualClock) -> None:
    report(walk)
    pass_days(walk, clock, 3)
    walk.do("fu.qiang", "handle_at_own", outcome="regrade", new_grade="serious", handling="全停", **OWN)

    assert (term(walk, "fault_ordinary").state, term(walk, "fault_serious").event_on, term(walk, "fault_serious").due_on) == (
        "cancelled", date(2026, 3, 2), date(2026, 3, 3),
    )  # fmt: skip
    walk.do("fu.qiang", "handle_at_own", **UP)
    assert term(walk, "fault_serious").event_on == date(2026, 3, 5)


def test_the_days_of_the_reporter_are_not_those_of_the_level(walk: Walk, clock: ManualClock) -> None:
    case = report(walk)
    pass_days(walk, clock, 1)
    walk.do("fu.qiang", "handle_at_own", **SOLVED)
    pass_days(walk, clock, 7)
    assert term(walk, "fault_ordinary").state == "stopped"
    walk.do("xia.yu", "confirm_tax_side", solved="no", confirm_words="仍不能识别")

    found = term(walk, "fault_ordinary")
    assert (found.state, found.due_on) == ("running", date(2026, 3, 16))  # four of five working days were left on the third, and are on the tenth
    assert walk.case(case, "fu.qiang").header.due_on == date(2026, 3, 16)
    assert told(walk, "fault_not_solved") == {"fu.qiang"}


def test_a_term_that_passes_is_told_to_the_city(walk: Walk, clock: ManualClock) -> None:
    report(walk)
    pass_days(walk, clock, 8)

    assert told(walk, "escalated") == {"tian.ye", "lu.yao"}


def test_who_fills_in_the_sheet_is_not_the_post_concerned(walk: Walk) -> None:
    also(walk, "fu.qiang", "certification", "yt")
    walk.start("fu.qiang", "yt", "fault_report", **TAX)
    with pytest.raises(Declined, match=r"另一人会同填制.*三\(三\)5\(1\)"):
        walk.do("fu.qiang", "fill_tax_side", grade="ordinary", **{**SHEET, "concerned_id": "傅强（认证岗）"})
    walk.do("fu.qiang", "fill_tax_side", grade="ordinary", **SHEET)
    assert open_tasks(walk, "jia.ming", "meng.fan") == set()  # with the post concerned alone
    with walk.application.database.read() as session:
        assert session.scalars(select(Paper)).all() == []  # nothing goes up unsigned
    walk.do("xia.yu", "sign_by_post", **SO)

    with walk.application.database.read() as session:
        (row,) = session.scalars(select(FaultReport)).all()
        (sheet,) = session.scalars(select(Paper).where(Paper.template == "fault_sheet")).all()
    assert (row.filled_by_name, row.concerned_name) == ("傅强", "夏雨")
    assert (sheet.data["filler"]["name"], sheet.data["concerned"]) == ("傅强", "夏雨（2026-03-02 签认）")
    assert [(one["act"], one["who"], one["on"]) for one in sheet.data["steps"]] == [("填制上报", "傅强", "2026-03-02"), ("岗位签认", "夏雨", "2026-03-02")]


def test_nothing_is_booked_without_the_word_that_the_database_was_left_alone(walk: Walk) -> None:
    report(walk)
    with pytest.raises(FormInvalid, match="未打开系统数据库修改、删除信息"):
        walk.do("fu.qiang", "handle_at_own", **{**UP, "database_untouched": ""})


def test_the_authorisation_has_to_name_the_subsystem(walk: Walk) -> None:
    authorise(walk)
    walk.start("fu.qiang", "yt", "fault_report", **TAX)
    walk.do("fu.qiang", "fill_tax_side", grade="ordinary", **{**SHEET, "subsystem": "reporting", "concerned_id": "贾明（抄报税岗）"})
    walk.do("jia.ming", "sign_by_post", **SO)
    by_unit = {"maintained_by": "service_unit", "authorisation_number": "市国税金授〔2026〕1号", "maintained_on": "2026-03-02", "work_done": "重装"}
    with pytest.raises(Declined, match="只授权维护认证子系统，不包括报税子系统"):
        walk.do("fu.qiang", "handle_at_own", **{**SOLVED, **by_unit})


def test_city_and_service_unit_are_reminded_thirty_days_before_the_end(walk: Walk, clock: ManualClock) -> None:
    authorise(walk)
    pass_days(walk, clock, 28)
    assert (clock.today(), told(walk, "authorisation_ends")) == (date(2026, 3, 30), set())
    pass_days(walk, clock, 1)
    assert told(walk, "authorisation_ends") == {"service_unit:XAHX", "tian.ye", "lu.yao"}

    pass_days(walk, clock, 30)
    assert (clock.today(), told(walk, "authorisation_over")) == (date(2026, 4, 30), set())
    pass_days(walk, clock, 1)
    assert told(walk, "authorisation_over") == {"service_unit:XAHX", "tian.ye", "lu.yao"}
    with walk.application.database.read() as session:
        assert session.scalars(select(Authorisation.state)).all() == ["ended"]


def test_the_service_unit_sees_an_authorisation_when_it_is_signed_and_no_fault_of_the_tax_side(walk: Walk) -> None:
    fault = report(walk)
    case = walk.start("tian.ye", "xa", "service_authorisation", service_unit="XAHX")
    walk.do("tian.ye", "draft_authorisation", **TERM)
    for hidden in (fault, case):
        with pytest.raises(NotFound):
            walk.case(hidden, "hangxin")
    walk.do("cheng.gong", "sign_authorisation", decision="agree")

    assert open_tasks(walk, "hangxin") == {("hangxin", "receive_authorisation")}


def in_force(walk: Walk) -> None:
    """Tian Ye asks for a revocation."""
    case = authorise(walk)
    walk.start("tian.ye", "xa", "authorisation_revocation", about=case, revocation_occasion="检查")
    walk.do("tian.ye", "state_reasons", revoked_because="转包他人")


def matter(walk: Walk) -> None:
    """Meng Fan fills in a major matter."""
    walk.start("meng.fan", "yt", "major_matter", matter_title="数据缺失", side="tax", found_on="2026-03-02")
    walk.do("meng.fan", "fill_matter", **MATTER)


def matter_at_city(walk: Walk) -> None:
    """Tian Ye proposes what to do about it."""
    matter(walk)
    walk.do("guo.hong", "sign_matter", decision="agree")
    walk.do("tian.ye", "co_ordinate_at_city", proposal="settle", plan="补录")


def stolen(walk: Walk) -> None:
    """The district's card SQ-1 is on the stop list."""
    books.enter(walk.application, {"stolen": [{"office": "yt", "tax_card": ["SQ-1"]}]})


def keys(walk: Walk) -> None:
    """Tian Ye proposes to change the key."""
    stolen(walk)
    walk.start("song.jia", "yt", "key_change", **KEYS)
    walk.do("tian.ye", "prepare_key_decision", key_proposal="change", key_plan="三日内")


def draft(walk: Walk) -> None:
    """Tian Ye drafts an authorisation."""
    walk.start("tian.ye", "xa", "service_authorisation", service_unit="XAHX")
    walk.do("tian.ye", "draft_authorisation", **TERM)


@pytest.mark.parametrize(
    ("prepare", "login", "office", "element"),
    [
        (draft, "tian.ye", "xa", "sign_authorisation"), (in_force, "tian.ye", "xa", "sign_revocation"), (matter, "meng.fan", "yt", "sign_matter"),
        (matter_at_city, "tian.ye", "xa", "decide_at_city"), (keys, "tian.ye", "xa", "decide_key_change"),
    ],
)  # fmt: skip
def test_whoever_prepared_does_not_decide_even_with_both_posts(walk: Walk, prepare: Callable[[Walk], None], login: str, office: str, element: str) -> None:
    also(walk, login, "bureau_leader", office)
    prepare(walk)
    engine, actor = walk.application.engine, walk.actor(login)
    tasks = engine.worklist(walk.actor("guo.hong" if office == "yt" else "cheng.gong"), WorklistQuery(walk.application.clock.today(), scope="claimable")).items
    (task,) = [one for one in tasks if one.element == element]

    with pytest.raises(PreparedByYou):
        engine.claim(task.id, actor, walk.key())


def test_the_office_that_lost_is_told_of_the_decision_on_its_keys(walk: Walk) -> None:
    keys(walk)
    walk.do("cheng.gong", "decide_key_change", decision="agree")

    assert told(walk, "key_decided") == {"meng.fan", "fu.qiang", "song.jia"}
    with walk.application.database.read() as session:
        entry = session.scalars(select(StopEntry)).one()
        noted = trail_of(session, "stop_entry", entry.id)
        assert [row.number for row in matters.key_changes_of(session, "SQ-1")] == ["雁国税金钥〔2026〕1号"]
        assert matters.key_changes_of(session, "SQ-") == []
    assert [one.new["state"] for one in noted if one.event == "devices:stop:key_change"] == ["reported", "ordered"]


def test_a_fault_of_the_province_itself_is_handled_there_and_goes_to_the_maker(walk: Walk) -> None:
    case = walk.start("ning.jing", "sn", "fault_report", **TAX)
    walk.do("ning.jing", "fill_tax_side", grade="serious", **{**SHEET, "concerned_id": "艾华（金税办）"})
    walk.do("ai.hua", "sign_by_post", **SO)
    assert open_tasks(walk, "ning.jing", "ai.hua", "hao.yun") == {("ning.jing", "handle_at_province")}

    walk.do("ning.jing", "handle_at_province", outcome="to_maker", handling="须由研制单位修改程序", **OWN)

    with walk.application.database.read() as session:
        row = session.scalars(select(FaultReport).where(FaultReport.case_id == case)).one()
        assert (row.state, row.scope) == ("at_maker", "sat/sn/")


def test_a_matter_that_is_not_major_is_sent_to_the_fault_report(walk: Walk) -> None:
    """And a matter of the province itself is decided there."""
    walk.start("ai.hua", "sn", "major_matter", matter_title="存根联数据丢失", side="tax", found_on="2026-03-02")
    walk.do("ai.hua", "fill_matter", **MATTER)
    walk.do("gong.zheng", "sign_matter", decision="agree")
    walk.do("hao.yun", "co_ordinate_at_province", proposal="not_major", plan="按一般故障处理")
    walk.do("gong.zheng", "decide_at_province", decision="agree")

    with walk.application.database.read() as session:
        assert all("请另行发起“系统故障登记上报”" in one for one in session.scalars(select(Notice.text).where(Notice.kind == "matter_decided")))
    assert told(walk, "matter_decided") == {"ai.hua", "hao.yun"}


def test_a_second_revocation_of_the_same_authorisation_is_refused(walk: Walk) -> None:
    in_force(walk)
    walk.do("cheng.gong", "sign_revocation", decision="agree")
    assert told(walk, "authorisation_revoked") == {"service_unit:XAHX", "tian.ye", "lu.yao"}
    with walk.application.database.read() as session:
        (case,) = session.scalars(select(Authorisation.case_id)).all()
    with pytest.raises(Declined, match="已经期满、收回，不必再收回"):
        walk.start("lu.yao", "xa", "authorisation_revocation", about=case, revocation_occasion="检查")


def test_for_a_service_unit_without_an_account_the_office_does_its_tasks_from_paper(walk: Walk) -> None:
    given = {"side": "enterprise", "summary": "不能开票", "noticed_on": "2026-03-02", "service_unit": "XAHX", "taxpayer_number": "610113220000010"}
    walk.start("han.xue", "yt1", "fault_report", **given)
    assert open_tasks(walk, "meng.fan", "hangxin") == {("hangxin", "fill_enterprise_side")}
    with walk.application.database.write() as session:
        for login in ("hangxin", "hangxin2"):
            person = offices.person_by_login(session, login)
            assert person is not None
            person.active = False

    walk.start("han.xue", "yt1", "fault_report", **given, is_another="on")

    walk.do("meng.fan", "fill_enterprise_side", subsystem="billing", grade="ordinary", description="不能开票", contact="杭欣")
    assert open_tasks(walk, "fu.qiang") == {("fu.qiang", "handle_at_own")}


REPORTED = {"side": "enterprise", "summary": "不能开票", "noticed_on": "2026-03-02", "service_unit": "XAHX", "taxpayer_number": "610113220000010"}


def test_the_same_fault_again_is_told_of_the_first_and_another_one_is_taken(walk: Walk) -> None:
    first = walk.start("han.xue", "yt1", "fault_report", **REPORTED)
    header = walk.case(first, "han.xue").header
    assert (header.title, header.business_key) == ("系统故障：西安秦岭机械制造有限公司，不能开票", "雁国税金障〔2026〕1号")
    with pytest.raises(Declined, match="已有同名或同日的故障登记在办：雁国税金障〔2026〕1号“不能开票”"):
        walk.start("hangxin", "xa", "fault_report", **REPORTED)

    second = walk.start("hangxin", "xa", "fault_report", **REPORTED, is_another="on")

    assert walk.case(second, "hangxin").header.business_key == "雁国税金障〔2026〕2号"  # that of the one refused was given back
    assert variable(walk, second, "other_reports") == "雁国税金障〔2026〕1号"


def test_a_service_unit_reports_no_fault_of_the_tax_side(walk: Walk) -> None:
    actor = walk.actor("hangxin")
    with pytest.raises(Declined, match=r"服务单位报告企业端故障.*三\(二\)6"):
        walk.application.engine.start(
            "fault_report", office_id=walk.office("xa"), actor=actor, key=walk.key(), variables={"side": "tax", "summary": "认证停", "noticed_on": date(2026, 3, 2)}
        )


def test_what_was_not_solved_is_read_by_whoever_has_it_next(walk: Walk) -> None:
    case = report(walk)
    walk.do("fu.qiang", "handle_at_own", **SOLVED)
    with pytest.raises(FormInvalid, match="仍有什么问题"):
        walk.do("xia.yu", "confirm_tax_side", solved="no")
    walk.do("xia.yu", "confirm_tax_side", solved="no", confirm_words="仍不能识别")
    walk.do("fu.qiang", "handle_at_own", **UP)

    assert variable(walk, case, "unsolved_because") == "仍不能识别"
    assert variable(walk, case, "handled_before").splitlines() == [
        "2026-03-02 西安市雁塔区国家税务局 傅强 处理完毕，答复：已修复", "2026-03-02 西安市雁塔区国家税务局 夏雨 确认未解决：仍不能识别", "2026-03-02 西安市雁塔区国家税务局 傅强 上报：解决不了",
    ]  # fmt: skip


def test_whoever_signed_at_the_post_does_not_handle_it(walk: Walk) -> None:
    also(walk, "xia.yu", "it_support", "yt")
    report(walk)
    task = next(one for one in walk.application.engine.worklist(walk.actor("fu.qiang"), WorklistQuery(walk.application.clock.today(), scope="claimable")).items)
    with pytest.raises(PreparedByYou):
        walk.application.engine.claim(task.id, walk.actor("xia.yu"), walk.key())


def test_a_renewal_continues_an_authorisation_of_the_same_unit(walk: Walk) -> None:
    authorise(walk)
    with walk.application.database.write() as session:
        city = offices.office_by_code(session, "xa")
        assert city is not None
        session.add(Party(id=new_id(), kind="service_unit", number="XADS", name="西安第二服务单位", name_en="Second unit", office_id=city.id))
    with pytest.raises(Declined, match="市国税金授〔2026〕1号不是授予西安第二服务单位的有效授权"):
        walk.start("tian.ye", "xa", "service_authorisation", service_unit="XADS", extends="市国税金授〔2026〕1号")

    walk.start("tian.ye", "xa", "service_authorisation", service_unit="XAHX", extends="市国税金授〔2026〕1号")


@pytest.mark.parametrize(("login", "office", "process", "form"), [("song.jia", "yt", "key_change", KEYS), ("fu.qiang", "yt", "fault_report", TAX)])
def test_what_was_reported_is_not_withdrawn_and_never_stays_open_behind_an_ended_case(walk: Walk, login: str, office: str, process: str, form: dict[str, Any]) -> None:
    stolen(walk)
    case = walk.start(login, office, process, **form)
    with pytest.raises(TooLate, match="已经办理，不能再撤回"):
        walk.application.engine.moves.withdraw(case, "误报", walk.actor(login), walk.key())
    assert walk.case(case, login).header.status == "active"
