"""Losses and thefts of enterprises: what the scenarios do not show of the stop list, of who may report and decide, and of the replacement."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from app import Application
from db.clock import SHANGHAI, ManualClock
from deadlines.model import Notice
from engine.bpmn import check
from engine.errors import Declined, FormInvalid, PreparedByYou
from engine.procedures import read_folder
from engine.tables import Instance
from handlers.devices_pairs import of_another_machine, usual_partner
from records.devices import holders
from records.devices.store import devices, stops
from records.invoices import store as invoices
from records.invoices.errors import LossRefused
from records.offices import store as offices
from tests.procedures.losing import (
    LOSS,
    PAPERS,
    QUJIANG,
    YUXIANG,
    approved_by_the_city,
    certification_posts,
    entries,
    given_up,
    later,
    moved,
    state_of,
    who,
)
from tests.procedures.walking import Walk, refused


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, tzinfo=SHANGHAI))


def test_the_stop_list_stands_in_the_step_that_reports(application: Application, straight: Walk) -> None:
    engine = application.engine
    engine.start("device_loss", office_id=straight.office("yt1"), actor=straight.actor("bai.lu"), key="report", form=LOSS)  # nothing is worked off afterwards

    assert entries(application) == [("ICK-200311", "listed")]
    assert state_of(application, "ICK-200311") == "lost"
    with application.database.read() as session:
        told = {row.post_id for row in session.scalars(select(Notice).where(Notice.kind == "loss"))}
        assert told == certification_posts(session)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lost_kind": "tax_card", "serial": "JSK-200329"}, "不由“西安曲江印务有限公司”持有，不能由其报失（市国税发〔2002〕119号二(五)）"),
        ({"taxpayer_number": YUXIANG, "serial": "ICK-200437"}, "主管税务机关是莲湖区国税局第一税务所"),
        ({"taxpayer_number": ""}, "请填写纳税人识别号"),
        ({"serial": "ICK-300001"}, "不由“西安曲江印务有限公司”"),
        ({"lost_on": "2025-12-14"}, "丢失被盗日期 2025-12-14 不能早于“安装启用”日期 2025-12-15"),
        ({"serial": "ICK-555555"}, "账上没有税控IC卡“ICK-555555”的记录"),
    ],
)
def test_a_report_that_cannot_be_true_is_declined(changes: dict[str, str], said: str, application: Application, straight: Walk) -> None:
    with pytest.raises(Declined) as declined:
        straight.start("bai.lu", "yt1", "device_loss", **{**LOSS, **changes})

    assert said in str(declined.value)
    assert entries(application) == []


def test_what_was_destroyed_is_not_lost_any_more(application: Application, straight: Walk) -> None:
    moved(application, "ICK-200311", "collect", "list_for_destruction", "destroy")

    with pytest.raises(Declined, match="销毁，不能再报失"):
        straight.start("bai.lu", "yt1", "device_loss", **LOSS)

    assert entries(application) == []


def test_whoever_took_an_ic_card_for_a_tax_card_is_told_so(application: Application, straight: Walk) -> None:
    with refused("“ICK-200311”在账上是“西安曲江印务有限公司”的税控IC卡，不是金税卡，请改选“丢失的是”"):
        straight.start("bai.lu", "yt1", "device_loss", **{**LOSS, "lost_kind": "tax_card"})
    given = {key: value for key, value in LOSS.items() if key != "taxpayer_number"}
    with refused("账上的设备有：税控IC卡“ICK-200311”、读卡器“DKQ-200311”、金税卡“JSK-200311”"):
        straight.start("qujiang", "yt1", "device_loss", **{**given, "serial": "ICK-200312"})

    assert entries(application) == []


def test_a_case_that_has_lost_says_what_holds_and_what_comes_next(straight: Walk, clock: ManualClock) -> None:
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    seen = straight.case(case, "bai.lu")
    assert (str(seen.header.due_on), seen.variables["result_told"]) == ("2026-03-17", "自 2026-03-02 起停用；至 2026-03-17 未侦破的，由企业提交资料，报批后重新购买")

    later(straight, clock, date(2026, 3, 18))

    seen = straight.case(case, "bai.lu")
    assert (str(seen.header.due_on), seen.variables["result_told"]) == ("2026-04-17", "未侦破，请于 2026-04-17 以前提交资料，申请补办")


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"taxpayer_number": YUXIANG}, "企业只能为自己办理"), ({"serial": "ICK-555555", "serial_vouched": "on"}, "到主管税务机关，由经办人员核对后报失")],
)
def test_an_enterprise_reports_for_itself_and_what_the_books_know(changes: dict[str, str], said: str, application: Application, straight: Walk) -> None:
    given = {key: value for key, value in LOSS.items() if key != "taxpayer_number"}

    with pytest.raises(Declined) as declined:
        straight.start("qujiang", "yt1", "device_loss", **{**given, **changes})

    assert said in str(declined.value)
    assert entries(application) == []


def test_an_unknown_serial_takes_the_word_of_a_clerk(application: Application, straight: Walk) -> None:
    straight.start("bai.lu", "yt1", "device_loss", **{**LOSS, "serial": "ick-555555", "serial_vouched": "on"})

    assert entries(application) == [("ICK-555555", "listed")]


@pytest.mark.parametrize(("field", "value", "said"), [("lost_on", "2026-03-03", "晚于今天"), ("police_reported_on", "2026-03-04", "晚于今天"), ("serial", "卡 1", "设备编号由字母")])
def test_the_form_names_the_field_that_is_wrong(field: str, value: str, said: str, straight: Walk) -> None:
    with pytest.raises(FormInvalid) as invalid:
        straight.start("bai.lu", "yt1", "device_loss", **{**LOSS, field: value})

    assert list(invalid.value.errors) == [field]
    assert said in invalid.value.errors[field]


def test_invoices_sold_to_somebody_else_are_not_lost_by_this_enterprise(application: Application, straight: Walk) -> None:
    given = {**LOSS, "lost_kind": "invoices", "invoice_code": "6100041140", "number_from": "00012001", "number_to": "00012010", "serial_vouched": "on"}
    with application.database.write() as session:
        invoices.sell(session, who(application), YUXIANG, "6100041140", "00012005", "00012020", application.clock.today(), ic_serial="ICK-200437")

    with pytest.raises(Declined, match="不是售给“西安曲江印务有限公司”的"):
        straight.start("bai.lu", "yt1", "device_loss", **given)


def test_invoices_that_were_sold_to_it_need_no_clerks_word(application: Application, straight: Walk) -> None:
    given = {**LOSS, "lost_kind": "invoices", "invoice_code": "6100041140", "number_from": "00012001", "number_to": "00012010"}
    with application.database.write() as session:
        invoices.sell(session, who(application), QUJIANG, "6100041140", "00012001", "00012020", application.clock.today(), ic_serial="ICK-200311")

    case = straight.start("bai.lu", "yt1", "device_loss", **given)

    assert straight.case(case, "bai.lu").variables["lost_told"] == "专用发票（代码6100041140，号码00012001至00012010，10份）"


def test_lost_invoices_are_not_sold_taken_in_or_reported_again_until_they_are_found(application: Application, straight: Walk) -> None:
    given = {**LOSS, "lost_kind": "invoices", "invoice_code": "6100041140", "number_from": "00012001", "number_to": "00012010", "serial_vouched": "on"}
    case = straight.start("bai.lu", "yt1", "device_loss", **given)
    today = application.clock.today()

    with pytest.raises(Declined, match="00012010 至 00012010 已由610113220000053于 2026-03-02 报告丢失被盗"):
        straight.start("bai.lu", "yt1", "device_loss", **{**given, "number_from": "00012010", "number_to": "00012012"})
    with application.database.read() as session:
        with pytest.raises(LossRefused, match="尚未找回"):
            invoices.require_sellable(session, YUXIANG, "6100041140", "00012005", "00012006", today)
        with pytest.raises(LossRefused, match="尚未找回"):
            invoices.hand_in_old(session, who(application), QUJIANG, "handwritten", "6100041140", "00012001", "00012001", today)

    straight.start("bai.lu", "yt1", "device_found", about=case, found_kind="invoices", found_on="2026-03-02", found_at="派出所", found_facts="追回")

    with application.database.read() as session:
        assert invoices.require_sellable(session, YUXIANG, "6100041140", "00012005", "00012006", today) == 2


TWO = {
    "decide_invoices": "investigate_invoices", "approve_decision": "propose_decision", "sign_annex6": "district_opinion", "city_decide": "city_review",
    "province_decide": "province_review", "decide_at_city": "prepare_at_city", "decide_at_province": "prepare_at_province", "sign_totals": "report_totals",
    "review_papers": "hand_in_papers", "confirm_table": "enter_table", "approve_lift": "check_found", "approve_late_lift": "check_late_find",
}  # fmt: skip


def test_whoever_prepared_does_not_decide(application: Application) -> None:
    models = check(read_folder(application.workflows / "device_loss").as_bytes()).models
    apart = {e.id: ",".join(e.not_by) for model in models.values() for e in model.elements.values() if e.kind == "userTask" and e.not_by}

    assert apart == TWO


def test_both_cards_lost_are_replaced_one_after_the_other(application: Application, straight: Walk, clock: ManualClock) -> None:
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    approved_by_the_city(straight, clock)
    with application.database.read() as session:
        issued = {paper.template: paper for paper in application.papers.for_subject(session, case)}
        assert {key: paper.number for key, paper in issued.items()} == {
            "annex6": "雁国税失表〔2026〕1号", "reply": "市国税失批〔2026〕1号", "result_notice": "雁国税一失告〔2026〕1号",
        }
        assert (issued["reply"].data["from_office"], issued["reply"].data["leader"]["name"]) == ("西安市国家税务局", "程功")
        assert (issued["result_notice"].data["approval_number"], issued["result_notice"].data["leader"]["name"]) == ("市国税失批〔2026〕1号", "")
    straight.do("hangxin", "sell_device", new_serial="ICK-300001", sold_on="2026-03-18")
    straight.start("bai.lu", "yt1", "device_loss", **{**LOSS, "lost_kind": "tax_card", "serial": "JSK-200311"})

    with pytest.raises(Declined, match="没有可一并发行的金税卡"):
        straight.do("song.jia", "lay_cards", cards_next="write", machine_no="0")

    assert state_of(application, "ICK-300001") == "sold"


def test_sale_and_installation_follow_the_approval(straight: Walk, clock: ManualClock) -> None:
    straight.start("bai.lu", "yt1", "device_loss", **{**LOSS, "lost_kind": "reader", "serial": "DKQ-200311"})
    approved_by_the_city(straight, clock)
    later(straight, clock, date(2026, 3, 20))
    with refused("发售日期 2026-03-17 不能早于批准日期 2026-03-18"):
        straight.do("hangxin", "sell_device", new_serial="DKQ-300001", sold_on="2026-03-17")
    with refused("只填一处"):
        straight.do("hangxin", "sell_device", sold_on="2026-03-19")
    straight.do("hangxin", "sell_device", new_serial="DKQ-300001", sold_on="2026-03-19")

    with refused("安装日期 2026-03-18 不能早于发售日期 2026-03-19"):
        straight.do("hangxin", "install_device", installed_on="2026-03-18", installed_by="杭欣")
    damaged = {"taxpayer_number": QUJIANG, "device_kind": "reader", "device_serial": "DKQ-300001", "damaged_on": "2026-03-20", "damage_facts": "不能读卡"}
    straight.start("bai.lu", "yt1", "device_damage", **damaged)
    for way in ({"unusable": "on", "unusable_because": "不能读卡"}, {"installed_on": "2026-03-20", "installed_by": "杭欣"}):
        with refused("安装前已报告损坏，案件雁国税一损〔2026〕1号正在办理"):
            straight.do("hangxin", "install_device", **way)


def test_of_two_machines_the_clerk_names_the_pair_and_the_number(application: Application, straight: Walk, clock: ManualClock) -> None:
    case = straight.start("lei.ting", "lh1", "device_loss", **{**LOSS, "taxpayer_number": YUXIANG, "serial": "ICK-200438"})
    approved_by_the_city(straight, clock, enterprise="yuxiang", office="lei.ting", leader="kang.jian")
    straight.do("hangxin", "sell_device", new_serial="ICK-300001", sold_on="2026-03-18")
    assert straight.case(case, "song.jia").variables["partner_card"] is None

    with refused("请核对后写明金税卡：JSK-200437、JSK-200438"):
        straight.do("song.jia", "lay_cards", cards_next="write", machine_no="1")
    with refused("金税卡“JSK-200311”不是“西安玉祥门食品有限公司”可一并发行的卡"):
        straight.do("song.jia", "lay_cards", cards_next="write", machine_no="1", partner_card="JSK-200311")
    straight.do("song.jia", "lay_cards", cards_next="write", machine_no="1", partner_card="jsk-200438")

    seen = straight.case(case, "song.jia").variables
    assert (seen["tax_card"], seen["ic_card"], seen["machine_no"]) == ("JSK-200438", "ICK-300001", 1)


def test_only_the_card_that_the_books_show_for_the_machine_is_proposed(application: Application) -> None:
    usable = frozenset(("sold", "issued", "in_use", "on_loan"))
    with application.database.write() as session:
        cards = {serial: devices.device(session, kind, serial) for kind, serial in (("tax_card", "JSK-200437"), ("ic_card", "ICK-200437"), ("tax_card", "JSK-200438"), ("ic_card", "ICK-200438"))}
        lost, today = cards["ICK-200438"], application.clock.today()
        stops.put_on(session, who(application), lost, "lost", lost_on=today, reported_on=today, today=today, office=offices.office_by_code(session, "lh1"))  # type: ignore[arg-type]
        assert usual_partner(session, "ic_card", lost, YUXIANG, usable) is None  # of two machines nobody knows
        for serial in ("JSK-200437", "ICK-200437"):
            devices.move(session, who(application), cards[serial], "reissue", today, case_id="written-together")

        assert usual_partner(session, "ic_card", lost, YUXIANG, usable) is cards["JSK-200438"]
        assert of_another_machine(session, cards["JSK-200437"], lost, YUXIANG) is cards["ICK-200437"]
        devices.move(session, who(application), cards["JSK-200438"], "report_damage", today)
        assert usual_partner(session, "ic_card", lost, YUXIANG, usable) is None  # never that of the other machine


def test_an_ic_card_lost_while_its_tax_card_is_in_repair_is_issued_with_the_replacement(application: Application, straight: Walk, clock: ManualClock) -> None:
    with application.database.write() as session:
        enterprise, unit = holders.enterprise(QUJIANG, "西安曲江印务有限公司"), holders.service_unit("XAHX", "西安航信技术服务有限公司")
        broken, lent = devices.device(session, "tax_card", "JSK-200311"), devices.device(session, "tax_card", "JSK-900001")
        for row, event, to in ((broken, "report_damage", None), (broken, "send_to_repair", unit), (lent, "lend", enterprise)):
            devices.move(session, who(application), row, event, application.clock.today(), to=to)
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    approved_by_the_city(straight, clock)
    straight.do("hangxin", "sell_device", new_serial="ICK-300001", sold_on="2026-03-18")

    straight.do("song.jia", "lay_cards", cards_next="write", machine_no="0")

    assert straight.case(case, "song.jia").variables["tax_card"] == "JSK-900001"


def test_a_card_of_ones_own_that_is_in_repair_is_reported_by_the_service_unit(application: Application, straight: Walk) -> None:
    with application.database.write() as session:
        unit, card = holders.service_unit("XAHX", "西安航信技术服务有限公司"), devices.device(session, "ic_card", "ICK-200311")
        for event, to in (("report_damage", None), ("send_to_repair", unit)):
            devices.move(session, who(application), card, event, application.clock.today(), to=to)

    with refused("是“西安曲江印务有限公司”的设备，现由西安航信技术服务有限公司维修保管；在维修中丢失、被盗的，由西安航信技术服务有限公司报告"):
        straight.start("qujiang", "yt1", "device_loss", **{key: value for key, value in LOSS.items() if key != "taxpayer_number"})
    assert entries(application) == []


def test_a_loss_whose_device_is_not_bought_anew_is_put_to_the_office_for_a_penalty_once(application: Application, straight: Walk, clock: ManualClock) -> None:
    lost = {"lost_kind": "reader", "serial": "DKQ-200311"}
    given_up(straight, clock, **lost)
    straight.do("bai.lu", "propose_penalty", penalty_facts="未入柜保管", penalty_proposal="按未按规定保管专用发票处罚")
    straight.do("qin.gang", "decide_penalty", decision="agree", opinion="同意移送")
    straight.start("qujiang", "yt1", "device_loss", **{key: value for key, value in (LOSS | lost).items() if key != "taxpayer_number"})
    straight.do("qujiang", "hand_in_papers", given_up="on")

    with application.database.read() as session:
        cases = session.scalars(select(Instance.id).where(Instance.process_id == "penalty_referral")).all()
        assert len(cases) == 1
        paper = next(iter(application.papers.for_subject(session, cases[0])))
    assert (paper.template, paper.data["ground"], paper.data["serial"]) == ("penalty_referral", "三(一)14(1)", "DKQ-200311")
    assert paper.data["findings"] == "2026-03-02 被盗，不再补办：夜间防盗门被撬"


def test_the_office_hands_in_for_an_enterprise_without_an_account_and_another_clerk_reviews(application: Application, straight: Walk, clock: ManualClock) -> None:
    straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    later(straight, clock, date(2026, 3, 18))
    with pytest.raises(StopIteration):  # it has an account
        straight.do("bai.lu", "hand_in_papers", **PAPERS)
    straight.do("qujiang", "hand_in_papers", given_up="on")

    straight.start("bai.lu", "yt1", "device_loss", **{**LOSS, "taxpayer_number": "61011322000007X", "serial": "ICK-555555", "serial_vouched": "on"})
    later(straight, clock, date(2026, 4, 20))
    straight.do("bai.lu", "hand_in_papers", **PAPERS)
    with pytest.raises(PreparedByYou):
        straight.do("bai.lu", "review_papers", copies_compared="on", decision="agree", poorly_kept="no")
    with pytest.raises(FormInvalid) as invalid:
        straight.do("han.xue", "review_papers", decision="agree", poorly_kept="no")

    assert list(invalid.value.errors) == ["copies_compared"]
