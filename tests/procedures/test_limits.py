"""Limit approval: what its scenarios do not show of the stop list, of returns, of tables that change, and of the papers' words."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, cast

import pytest
from sqlalchemy import select

from app import Application
from commands.scenarios import books
from commands.scenarios.in_process import InProcess
from commands.scenarios.model import Work
from db.clock import SHANGHAI, ManualClock
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles, read_folder
from engine.registry import Registry
from engine.tables import Task
from handlers import limits_checks
from hardware.layout import SALES
from papers.model import Paper
from records.audit import Who
from records.devices.store import devices, stops
from records.invoices import store as invoices
from records.offices import store as offices
from records.taxpayers import limits
from tests.procedures.registering import ENTERPRISE, NEW, to_collection
from tests.procedures.walking import Walk, refused
from tests.unit.hardware.counters import on_card

QINLING, QUJIANG, YUXIANG = "610113220000010", "610113220000053", "610104220000061"
WANTED: dict[str, Any] = {
    "address": "科技二路六十八号", "phone": "029-88880001", "legal_representative": "秦岭", "general_taxpayer_since": "2024-05-01", "business": "industrial",
    "version_applied_for": "ten_thousand", "quantity_applied_for": "50", "unit_price": "8000", "last_year_sales": "3600000", "machines": "1", "operator_name": "方圆",
    "operator_certificate": "陕计2001-0457", "certificate_copy": "on", "reason": "业务需要",
}  # fmt: skip
DEVICES = {
    "tax_card": "JSK-300001", "ic_card": "ICK-300001", "reader": "DKQ-300001", "contract_number": "维1", "copy3_collected": "on", "unit_notice_collected": "on",
    "approval_form_seen": "on",
}  # fmt: skip
CARDS = {
    "copy2_collected": "on", "post_notice_collected": "on", "form_collected": "on", "tax_card_shown": "JSK-300001", "ic_card_shown": "ICK-300001", "machine_no": "0",
}  # fmt: skip


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 12, 9, tzinfo=SHANGHAI))


def purchasing(walk: Walk) -> tuple[str, InProcess]:
    """The IC card is read and compared; the invoices are about to be sold. With the hands that keep the cards."""
    case, hands = sold(walk), InProcess(walk.application)
    six = {f"{paper}_{part}": "on" for paper in ("licence", "registration", "qualification", "legal_id", "buyer_id") for part in ("original", "copy")}
    walk.do("song.jia", "prepare_issue", **CARDS)
    hands.work(Work("test", "card_issuance@yt"))
    walk.settle()
    walk.do(
        "yu.qing", "receive_papers", **six, authorisation_original="on", authorised_on="2026-03-10", authorised_until="2026-12-31", buyer_name="方圆",
        buyer_id_number="610113197501010011", ic_card_shown="ICK-300001",
    )  # fmt: skip
    hands.work(Work("test", "invoice_issuance@yt"))
    walk.settle()
    return case, hands


def applied(walk: Walk, **changes: Any) -> str:
    return walk.start("qinling", "yt1", "limit_approval", **{**WANTED, **changes})


def signed(walk: Walk) -> None:
    """The tax office and the district's reviewer have signed."""
    walk.do("bai.lu", "review_application", decision="agree", office_opinion="属实")
    walk.do("qin.gang", "head_signs", decision="agree", head_opinion="同意")
    walk.do("meng.fan", "district_reviews", district_opinion="属实")


def sold(walk: Walk) -> str:
    """Included, trained, and with devices of its own."""
    case = applied(walk)
    signed(walk)
    walk.do("guo.hong", "district_decides", decision="agree", district_leader_opinion="同意")
    walk.do("lu.yao", "fix_inclusion", decision="agree", plan_batch="第一批", training_on="2026-03-12", training_place="市局")
    walk.do("lu.yao", "note_training", operator_name="方圆", trained_on="2026-03-12", training_passed="on")
    walk.do("hangxin", "sell_devices", **DEVICES)
    return case


def lost(application: Application, serial: str) -> None:
    """Somebody reports the IC card of this serial as lost."""
    today = application.clock.today()
    with application.database.write() as session:
        office = offices.office_by_code(session, "yt1")
        assert office is not None
        who = Who("test", "测试", application.clock.now())
        stops.put_on(session, who, devices.device(session, "ic_card", serial), "lost", lost_on=today, reported_on=today, today=today, office=office)


def station(walk: Walk, post: str) -> None:
    InProcess(walk.application).work(Work("test", post))
    walk.settle()


def open_tasks(walk: Walk, case: str) -> list[str]:
    with walk.application.database.read() as session:
        return sorted(session.scalars(select(Task.element).where(Task.instance_id == case, Task.state == "open")))


def papers_of(walk: Walk, case: str) -> dict[str, Paper]:
    with walk.application.database.read() as session:
        return {paper.template: paper for paper in session.scalars(select(Paper).where(Paper.subject_id == case))}


def test_a_device_on_the_stop_list_is_neither_sold_nor_issued(straight: Walk) -> None:
    lost(straight.application, "ICK-300002")
    sold_to = applied(straight)
    signed(straight)
    straight.do("guo.hong", "district_decides", decision="agree", district_leader_opinion="同意")
    straight.do("lu.yao", "fix_inclusion", decision="agree", plan_batch="第一批", training_on="2026-03-12", training_place="市局")
    straight.do("lu.yao", "note_training", operator_name="方圆", trained_on="2026-03-12", training_passed="on")

    with refused("不在本服务单位的库存"):
        straight.do("hangxin", "sell_devices", **{**DEVICES, "ic_card": "ICK-300002"})
    straight.do("hangxin", "sell_devices", **DEVICES)
    lost(straight.application, "ICK-300001")

    with refused("停用名单"):
        straight.do("song.jia", "prepare_issue", **CARDS)
    assert open_tasks(straight, sold_to) == ["prepare_issue"]


def test_a_card_lost_while_it_waits_for_the_station_is_not_issued_in_the_books(straight: Walk) -> None:
    case = sold(straight)
    straight.do("song.jia", "prepare_issue", **CARDS)
    lost(straight.application, "ICK-300001")

    station(straight, "card_issuance@yt")

    assert open_tasks(straight, case) == ["prepare_issue"]
    assert "ICK-300001" in str(straight.case(case, "meng.fan").variables["declined_because"])
    with straight.application.database.read() as session:
        assert devices.device(session, "tax_card", "JSK-300001").state == "sold"  # nothing was half booked
        assert devices.device(session, "ic_card", "ICK-300001").state == "lost"


def test_each_level_returns_to_the_one_before_and_nothing_that_was_issued_is_returned_past(straight: Walk) -> None:
    case = applied(straight)
    signed(straight)
    engine, leader = straight.application.engine, straight.actor("guo.hong")
    with straight.application.database.read() as session:
        (task,) = session.scalars(select(Task.id).where(Task.instance_id == case, Task.state == "open"))
    engine.claim(task, leader, straight.key())
    offered = engine.moves.options(task, leader)

    assert {passed.target.id for passed in offered} == {"district_reviews", "review_application"}
    node = next(passed.done.node for passed in offered if passed.target.id == "district_reviews")
    engine.moves.return_task(task, node, engine.moves.preview(task, node, leader).version, "请补充核查情况", leader, straight.key())
    straight.settle()
    assert open_tasks(straight, case) == ["district_reviews"]


@pytest.mark.parametrize(("changed_before_it_began", "opens"), [(False, "fix_inclusion"), (True, "city_reviews")])
def test_a_running_case_goes_by_the_table_with_which_it_began(straight: Walk, *, changed_before_it_began: bool, opens: str) -> None:
    def change() -> None:
        """The designer has ten-thousand-yuan versions decided by the city."""
        files = dict(read_folder(straight.application.workflows / "limit_approval").files)
        row = r'(<rule id="rule_ten_thousand">.*?)"district"'
        files["decisions/limit_level.dmn"], count = re.subn(row, r'\1"city"', files["decisions/limit_level.dmn"], count=1, flags=re.DOTALL)
        assert count == 1
        straight.application.engine.deploy(ProcedureFiles("limit_approval", files), SYSTEM)

    if changed_before_it_began:
        change()
    case = applied(straight)
    if not changed_before_it_began:
        change()
    signed(straight)
    straight.do("guo.hong", "district_decides", decision="agree", district_leader_opinion="同意")

    assert open_tasks(straight, case) == [opens]


def test_the_letters_say_who_decided_and_why_in_the_copies_of_the_law(straight: Walk) -> None:
    refused_case = applied(straight, version_applied_for="million", beyond_standard="on")
    signed(straight)
    straight.do("guo.hong", "district_decides", decision="refuse", refusal_reason="单价和销售额都不够")
    letter = papers_of(straight, refused_case)["refusal"]
    assert (letter.number, letter.data["reason"], letter.data["from_office"]) == ("雁国税控不批〔2026〕1号", "单价和销售额都不够", "西安市雁塔区国家税务局")
    assert "单价须超过100万元" in letter.data["criterion"]
    assert letter.data["appeal"] == {"days": 60, "to": "西安市国家税务局", "basis": "《中华人民共和国行政复议法》第九条、第十二条"}

    issued = papers_of(straight, sold(straight))
    assert {key: paper.number for key, paper in issued.items()} == {
        "application": "雁国税一控〔2026〕2号", "limit_form": "雁国税控限〔2026〕1号", "notice": "市国税控通〔2026〕1号", "card_notice": "市国税控发〔2026〕1号",
    }
    assert (issued["card_notice"].data["from_office"], issued["card_notice"].data["approval_number"]) == ("西安市国家税务局", "雁国税控限〔2026〕1号")
    assert issued["application"].copies == ["第一联　税务机关", "第二联　发行岗位", "第三联　服务单位"]
    assert issued["notice"].copies == ["第一联　服务单位", "第二联　发行岗位", "第三联　企业"]
    assert [one["level"] for one in issued["limit_form"].data["opinions"]] == ["tax_office", "district"]
    assert (issued["notice"].data["install_within"], issued["notice"].data["old_within"]) == ("15日", "10日")


def test_who_records_the_wish_of_an_enterprise_without_an_account_does_not_review_it(straight: Walk) -> None:
    books.enter(straight.application, {"enterprises": [{**ENTERPRISE, "number": NEW, "name": "无账户企业"}]})
    wish = {"version_applied_for": "thousand", "quantity_applied_for": "50", "unit_price": "800", "last_year_sales": "90000", "reason": "业务减少"}
    case = straight.start("bai.lu", "yt1", "limit_change", taxpayer_number=NEW, **wish)

    with refused("您经办过"):
        straight.do("bai.lu", "review_application", decision="agree", office_opinion="属实")
    straight.do("han.xue", "review_application", decision="agree", office_opinion="属实")

    assert open_tasks(straight, case) == ["head_signs"]


def test_a_changed_limit_is_in_force_when_the_cards_bear_it(straight: Walk) -> None:
    def version() -> str:
        with straight.application.database.read() as session:
            now = limits.current(session, QUJIANG)
            assert now is not None
            return now.version

    case = straight.start("qujiang", "yt1", "limit_change", version_applied_for="thousand", quantity_applied_for="50", unit_price="800", last_year_sales="90000", reason="业务减少")
    signed(straight)
    straight.do("guo.hong", "district_decides", decision="agree", district_leader_opinion="同意")
    notice = papers_of(straight, case)["card_notice"]
    assert (notice.number, notice.data["from_office"]) == ("雁国税控发〔2026〕1号", "西安市雁塔区国家税务局")  # whoever decided tells the issuing post
    straight.do("song.jia", "prepare_reissue", tax_card_shown="JSK-200311", ic_card_shown="ICK-200311", machine_no="0")
    assert version() == "ten_thousand"
    station(straight, "card_issuance@yt")
    assert version() == "thousand"


def test_a_changed_limit_is_in_force_when_every_machine_bears_it_and_cannot_be_given_up_in_between(straight: Walk) -> None:
    def version() -> str:
        with straight.application.database.read() as session:
            now = limits.current(session, YUXIANG)
            assert now is not None
            return now.version

    fewer = {"version_applied_for": "ten_thousand", "quantity_applied_for": "100", "unit_price": "800", "last_year_sales": "90000", "reason": "业务减少"}
    case = straight.start("yuxiang", "lh1", "limit_change", **fewer)
    straight.do("lei.ting", "review_application", decision="agree", office_opinion="属实")
    straight.do("shi.lei", "head_signs", decision="agree", head_opinion="同意")
    straight.do("meng.fan", "district_reviews", district_opinion="属实")
    straight.do("kang.jian", "district_decides", decision="agree", district_leader_opinion="同意")
    straight.do("song.jia", "prepare_reissue", tax_card_shown="JSK-200438", ic_card_shown="ICK-200438", machine_no="1")
    station(straight, "card_issuance@lh")
    assert (open_tasks(straight, case), version()) == (["prepare_reissue"], "hundred_thousand")
    assert straight.case(case, "meng.fan").variables["cards_left"] == "JSK-200437"

    damage = {"device_kind": "tax_card", "device_serial": "JSK-200437", "damaged_on": "2026-03-12", "damage_facts": "不能开机"}
    straight.start("yuxiang", "lh1", "device_damage", **damage)
    with refused("企业有卡在维修、替换"):  # it would come back with the limit of before
        straight.do("song.jia", "prepare_reissue", tax_card_shown="JSK-200437", ic_card_shown="ICK-200437", machine_no="0")

    straight.do("song.jia", "prepare_reissue", giving_up="on", giving_up_reason="企业撤回变更")
    with refused("已有 1 台开票机的两卡写入新的限额"):
        straight.do("shi.lei", "confirm_giving_up", giving_up_seen="on")


def test_what_the_office_verified_decides_and_the_enterprises_own_word_stays(straight: Walk) -> None:
    case = applied(straight, business="commercial", quantity_applied_for="25")
    assert str(straight.case(case, "bai.lu").variables["first_because"]).startswith("认定已满12个月")

    verified = {"facts_differ": "on", "business_verified": "commercial", "recognised_on_verified": "2025-03-13"}
    straight.do("bai.lu", "review_application", decision="agree", office_opinion="属实", **verified)

    seen = straight.case(case, "qin.gang").variables
    assert str(seen["first_because"]).startswith("新认定的商贸企业")
    assert (seen["recognised_months"], seen["general_taxpayer_since"], seen["recognised_on_held"]) == (11, date(2024, 5, 1), date(2025, 3, 13))


@pytest.mark.parametrize(("entered", "at"), [
    ({"code": "61000"}, "0-code"), ({"number_from": "12"}, "0-number_from"), ({"number_to": "00000000"}, "0-number_to"), ({"spoiled": "500"}, "0-spoiled"),
])  # fmt: skip
def test_a_fault_of_old_invoices_stands_at_its_own_column(entered: dict[str, str], at: str) -> None:
    row = {"kind": "handwritten", "code": "6100011120", "number_from": "00500011", "number_to": "00500025", "spoiled": "2", **entered}
    registry, nothing = Registry(), cast("Any", None)
    limits_checks.register(registry, nothing)
    assert list(registry.checks["limits.old_invoices"](nothing, [row])) == [at]


def test_who_gives_up_is_deregistered_first_and_neither_case_waits_for_the_other(straight: Walk) -> None:
    case = sold(straight)
    straight.do("song.jia", "prepare_issue", **CARDS)
    station(straight, "card_issuance@yt")
    straight.do("yu.qing", "receive_papers", giving_up="on", giving_up_reason="已注销")
    with refused("应先办理注销、收缴两卡"):
        straight.do("qin.gang", "confirm_giving_up", giving_up_seen="on")
    ending = to_collection(straight, ground_on="2026-03-12", reported_on="2026-03-12")
    straight.do("song.jia", "collect_cards", next_step="collect", brought=["tax_card:JSK-300001", "ic_card:ICK-300001"], brought_by="秦岭")
    station(straight, "card_issuance@yt")  # two cards, one after the other

    straight.do("qin.gang", "confirm_giving_up", giving_up_seen="on")

    assert (open_tasks(straight, ending), open_tasks(straight, case)) == ([], [])


@pytest.mark.parametrize("at", ["correct_change", "consent_to_lowering"])
def test_a_change_that_waits_for_an_enterprise_that_ends_keeps_no_card_back(straight: Walk, at: str) -> None:
    million = {"version_applied_for": "million", "quantity_applied_for": "100", "unit_price": "9000", "last_year_sales": "900000", "beyond_standard": "on"}
    case = straight.start("qujiang", "yt1", "limit_change", **million, reason="业务扩大")
    ending = to_collection(straight, taxpayer_number=QUJIANG, ground_on="2026-03-12", reported_on="2026-03-12")
    brought = ["tax_card:JSK-200311", "ic_card:ICK-200311"]
    with refused("办结或撤回后再收缴两卡"):  # the office has it, and can end it
        straight.do("song.jia", "collect_cards", next_step="collect", brought=brought, brought_by="税务所")
    if at == "correct_change":
        straight.do("bai.lu", "review_application", decision="return", correction_reason="请说明理由")
    else:
        signed(straight)
        lowering = {"decision": "lower", "refusal_reason": "交易额较小", "district_leader_opinion": "拟降低"}
        with refused("最高只能降为万元版"):
            straight.do("guo.hong", "district_decides", lowered_version="hundred_thousand", **lowering)
        straight.do("guo.hong", "district_decides", lowered_version="ten_thousand", **lowering)

    straight.do("song.jia", "collect_cards", next_step="collect", brought=brought, brought_by="税务所")
    station(straight, "card_issuance@yt")

    assert (open_tasks(straight, case), open_tasks(straight, ending)) == ([at], [])


def test_numbers_that_the_books_refuse_do_not_stay_on_the_card(straight: Walk, clock: ManualClock) -> None:
    case, hands = purchasing(straight)
    straight.do("yu.qing", "sell_invoices", contents_agree="on", invoice_code="6100261140", number_from="00000001", number_to="00000025")
    with straight.application.database.write() as session:  # sold to somebody else while the card lies in the reader
        invoices.sell(session, Who("test", "测试", clock.now()), QUJIANG, "6100261140", "00000001", "00000020", clock.today(), ic_serial="ICK-200311")
    hands.work(Work("test", "invoice_issuance@yt"))
    straight.settle()
    assert open_tasks(straight, case) == ["sell_invoices"]

    straight.do("yu.qing", "sell_invoices", contents_agree="on", invoice_code="6100261140", number_from="00000101", number_to="00000125")
    hands.work(Work("test", "invoice_issuance@yt"))
    straight.settle()

    assert open_tasks(straight, case) == ["install_system"]
    assert [sale["number_from"] for sale in on_card(hands.cards, "ICK-300001", SALES)] == ["00000101"]


def test_the_tax_office_and_its_head_hear_that_the_ten_days_have_passed(straight: Walk, clock: ManualClock) -> None:
    case, _hands = purchasing(straight)
    straight.do("yu.qing", "sell_invoices", contents_agree="on", invoice_code="6100261140", number_from="00000001", number_to="00000025")
    station(straight, "invoice_issuance@yt")
    straight.do("hangxin", "install_system", installer="洪新", installed_on="2026-03-12", in_use_on="2026-03-12", test_passed="on")

    with straight.application.database.read() as session:
        term = straight.application.deadlines.running(session, case, ["old_invoices"])
        assert term is not None
        assert term.due_on == date(2026, 3, 23)  # the tenth day is a Sunday
    told = []
    for day in range(13, 26):
        clock.set(datetime(2026, 3, day, 9, tzinfo=SHANGHAI))
        told += [(day, said.kind) for said in straight.application.deadlines.tick(straight.application.database)]
    assert [day for day, kind in told if kind == "reminder"] == [16, 20]  # five working days before, and one
    assert 24 in [day for day, kind in told if kind != "reminder"]

    row = {"kind": "handwritten", "code": "6100011120", "number_from": "00500011", "number_to": "00500025", "spoiled": "2"}
    with straight.application.database.write() as session:
        invoices.hand_in_old(session, Who("test", "潘悦", clock.now()), QUJIANG, "handwritten", "6100011120", "00500001", "00500011", date(2026, 3, 20))
    with refused("号码 00500011 至 00500011 已缴回，请核对号码"):
        straight.do("qinling", "hand_in_old_invoices", handed_in_on="2026-03-25", old_invoices=[row])
    with refused("又勾选了没有剩余"):
        straight.do("qinling", "hand_in_old_invoices", handed_in_on="2026-03-25", nothing_left="on", old_invoices=[{**row, "number_from": "00500012"}])
    straight.do("qinling", "hand_in_old_invoices", handed_in_on="2026-03-25", old_invoices=[{**row, "number_from": "00500012"}])
    assert straight.case(case, "pan.yue").variables["days_late"] == 2
    with straight.application.database.write() as session:
        invoices.hand_in_old(session, Who("test", "潘悦", clock.now()), QUJIANG, "handwritten", "6100011120", "00500012", "00500012", date(2026, 3, 21))
    with refused(f"已由纳税人 {QUJIANG} 于 2026-03-21 缴回（经办 潘悦），不能再次缴销；请选“不符”"):
        straight.do("pan.yue", "cancel_old_invoices", decision="agree")
    straight.do("pan.yue", "cancel_old_invoices", decision="return", return_reason="00500012 已由别户缴回")
    with straight.application.database.read() as session:
        (due,) = session.scalars(select(Task.due_on).where(Task.instance_id == case, Task.state == "open"))
    assert due == date(2026, 3, 23)  # what comes back as wrong is due when it was


def test_whoever_lowers_has_decided_and_the_books_say_so(straight: Walk) -> None:
    case = applied(straight, version_applied_for="million", beyond_standard="on", unit_price="1000000", last_year_sales="12000000")
    signed(straight)
    straight.do("guo.hong", "district_decides", decision="lower", lowered_version="hundred_thousand", refusal_reason="单价恰为一百万元", district_leader_opinion="可降")
    straight.do("qinling", "consent_to_lowering", consent="agree")
    straight.do("tian.ye", "city_reviews", city_opinion="可再降")
    fewer = {"lowered_version": "ten_thousand", "lowered_quantity": "30", "refusal_reason": "交易额较小"}
    straight.do("cheng.gong", "city_decides", decision="lower", city_leader_opinion="可降", **fewer)
    straight.do("qinling", "consent_to_lowering", consent="agree")
    straight.do("lu.yao", "fix_inclusion", decision="agree", plan_batch="第一批", training_on="2026-03-12", training_place="市局")

    seen = straight.case(case, "lu.yao")
    told = {row["label"]: row["value"] for row in seen.summary}
    assert (told["申请最高限额"]["zh"], told["核定最高限额"]["zh"], told["单张最高开具"]) == ("百万元版", "万元版", 100_000)  # the application stays as it was made
    assert (seen.variables["version_applied_for"], seen.variables["level"]) == ("million", "city")
    with straight.application.database.read() as session:
        now, enrolled = limits.current(session, QINLING), limits.running(session, QINLING)
        assert now is not None
        assert (now.version, now.kind, now.decided_level, now.document_number, int(now.per_invoice)) == (
            "ten_thousand", "lowered", "city", "市国税控限〔2026〕1号", 100_000,
        )  # fmt: skip
        assert enrolled is not None
        assert (enrolled.state, enrolled.service_unit) == ("enrolled", "XAHX")
    form = papers_of(straight, case)["limit_form"].data
    consented = {"consented_by": "秦岭", "consented_on": "2026-03-12", "noted_by": ""}
    assert (form["applied"], form["granted"], form["applied_quantity"], form["monthly_quantity"]) == ("百万元版", "万元版", "50", "30")
    assert papers_of(straight, case)["application"].data["monthly_quantity"] == "50"
    assert form["lowerings"] == [
        {"from": "百万元版", "to": "十万元版", "because": "单价恰为一百万元", "office": "西安市雁塔区国家税务局", "by": "郭宏", "on": "2026-03-12", **consented},
        {"from": "十万元版、每月 50 份", "to": "万元版、每月 30 份", "because": "交易额较小", "office": "西安市国家税务局", "by": "程功", "on": "2026-03-12", **consented},
    ]


def test_a_refusal_leaves_the_enterprise_free_to_apply_again(straight: Walk) -> None:
    applied(straight, version_applied_for="million", beyond_standard="on")
    signed(straight)
    straight.do("guo.hong", "district_decides", decision="refuse", refusal_reason="不够标准")
    with straight.application.database.read() as session:
        assert limits.running(session, QINLING) is None
        assert limits.current(session, QINLING) is None
    again = applied(straight)
    assert open_tasks(straight, again) == ["review_application"]

    straight.do("han.xue", "review_application", decision="agree", office_opinion="属实")
    straight.do("qin.gang", "head_signs", decision="refuse", refusal_reason="资料不实")
    letter = papers_of(straight, again)["refusal"]
    assert (letter.number, letter.data["criterion"]) == ("雁国税一控不批〔2026〕1号", "")  # a standard that is met is no ground
