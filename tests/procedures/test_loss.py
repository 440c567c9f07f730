"""Losses and thefts: what the scenarios do not show of the stop list, of who may report and decide, of finds, and of the monthly totals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import Application
from db.clock import SHANGHAI, ManualClock
from deadlines.model import Notice
from engine.bpmn import check
from engine.errors import Declined, FormInvalid, PreparedByYou
from engine.procedures import read_folder
from engine.tables import Instance
from handlers.loss_table import COLUMNS, read_table
from handlers.month_ends import begin_totals
from handlers.tools import officer_posts
from records.audit import Who
from records.devices import holders
from records.devices.model import Device, StopEntry
from records.devices.store import devices, stops
from records.invoices import store as invoices
from records.invoices.errors import LossRefused
from records.offices import store as offices
from records.taxpayers import enrolments
from tests.procedures.walking import Walk

QUJIANG, YUXIANG = "610113220000053", "610104220000061"
FACTS: dict[str, Any] = {
    "lost_how": "stolen", "lost_on": "2026-03-02", "lost_at": "小寨东路财务室", "loss_facts": "夜间防盗门被撬", "police_reported_on": "2026-03-02",
    "police_station": "小寨路派出所",
}  # fmt: skip
LOSS: dict[str, Any] = {"taxpayer_number": QUJIANG, "contact": "曲经理", "lost_kind": "ic_card", "serial": "ICK-200311", **FACTS}
FOUND: dict[str, Any] = {"found_kind": "ic_card", "found_serial": "ICK-200311", "found_on": "2026-03-02", "found_at": "派出所", "found_facts": "追回"}
PAPERS: dict[str, Any] = {
    "police_number": "317号", "police_received_on": "2026-03-02", "notice_media": "西安晚报", "notice_published_on": "2026-03-18", "self_criticism": "愿接受处理",
    "self_criticism_on": "2026-03-18", "annex6_statement": "无人值班", "annex6_on": "2026-03-18",
}  # fmt: skip


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, tzinfo=SHANGHAI))


def later(walk: Walk, clock: ManualClock, day: date) -> None:
    clock.set(datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI))
    walk.application.deadlines.tick(walk.application.database)
    walk.settle()


def state_of(application: Application, serial: str, kind: str = "ic_card") -> str:
    with application.database.read() as session:
        return devices.device(session, kind, serial).state


def entries(application: Application) -> list[tuple[str, str]]:
    with application.database.read() as session:
        return [(row.serial, row.state) for row in session.scalars(select(StopEntry).order_by(StopEntry.id))]


def who(application: Application) -> Who:
    return Who("tester", "测试", application.clock.now())


def moved(application: Application, serial: str, *events: str, kind: str = "ic_card") -> None:
    """The device goes through these events at the district and the province."""
    with application.database.write() as session:
        row = devices.device(session, kind, serial)
        office = offices.office_by_code(session, "sn")
        assert office is not None
        for event in events:
            devices.move(session, who(application), row, event, application.clock.today(), to=holders.office(office) if event in {"collect", "confirm"} else None)


# --- the report --------------------------------------------------------------------------------------------------------------


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
        ({"lost_kind": "tax_card", "serial": "JSK-200329"}, "不由“西安曲江印务有限公司”（610113220000053）持有"),
        ({"taxpayer_number": YUXIANG, "serial": "ICK-200437"}, "主管税务机关是莲湖区国税局第一税务所"),
        ({"taxpayer_number": ""}, "请填写纳税人识别号"),
        ({"serial": "ICK-300001"}, "不由“西安曲江印务有限公司”"),
        ({"serial": "ICK-555555"}, "帐上没有税控IC卡“ICK-555555”的记录"),
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


def certification_posts(session: Session) -> set[str]:
    there = [offices.office_by_code(session, code) for code in ("yt", "lh", "xa")]
    found = {post for one in there if one is not None for post in officer_posts(session, one.id, "certification")}
    assert len(found) == 3
    return found


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


# --- decisions and replacement -----------------------------------------------------------------------------------------------

TWO = {
    "decide_invoices": "investigate_invoices", "approve_decision": "propose_decision", "sign_annex6": "district_opinion", "city_decide": "city_review",
    "province_decide": "province_review", "decide_at_city": "prepare_at_city", "decide_at_province": "prepare_at_province", "sign_totals": "report_totals",
    "review_papers": "hand_in_papers", "confirm_table": "enter_table",
}  # fmt: skip


def test_whoever_prepared_does_not_decide(application: Application) -> None:
    models = check(read_folder(application.workflows / "device_loss").as_bytes()).models
    apart = {e.id: ",".join(e.not_by) for model in models.values() for e in model.elements.values() if e.kind == "userTask" and e.not_by}

    assert apart == TWO


def approved_by_the_city(straight: Walk, clock: ManualClock) -> None:
    later(straight, clock, date(2026, 3, 18))
    straight.do("qujiang", "hand_in_papers", **PAPERS)
    straight.do("bai.lu", "review_papers", copies_compared="on", decision="agree", poorly_kept="no")
    straight.do("meng.fan", "district_opinion", district_view="属实")
    straight.do("guo.hong", "sign_annex6", decision="agree")
    straight.do("tian.ye", "city_review", city_view="同意")
    straight.do("cheng.gong", "city_decide", decision="agree")


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
        straight.do("song.jia", "lay_cards", cards_next="write")

    assert state_of(application, "ICK-300001") == "sold"


def test_an_ic_card_lost_while_its_tax_card_is_in_repair_is_issued_with_the_replacement(application: Application, straight: Walk, clock: ManualClock) -> None:
    with application.database.write() as session:
        enterprise, unit = holders.enterprise(QUJIANG, "西安曲江印务有限公司"), holders.service_unit("XAHX", "西安航信技术服务有限公司")
        broken, lent = devices.device(session, "tax_card", "JSK-200311"), devices.device(session, "tax_card", "JSK-900001")
        for row, event, to in ((broken, "report_damage", None), (broken, "send_to_repair", unit), (lent, "lend", enterprise)):
            devices.move(session, who(application), row, event, application.clock.today(), to=to)
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    approved_by_the_city(straight, clock)
    straight.do("hangxin", "sell_device", new_serial="ICK-300001", sold_on="2026-03-18")

    straight.do("song.jia", "lay_cards", cards_next="write")

    assert straight.case(case, "song.jia").variables["tax_card"] == "JSK-900001"


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


# --- finds -------------------------------------------------------------------------------------------------------------------


def test_what_was_found_before_it_was_lost_is_declined(application: Application, straight: Walk) -> None:
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)

    with pytest.raises(Declined, match="找回日期早于丢失被盗日期"):
        straight.start("bai.lu", "yt1", "device_found", about=case, **{**FOUND, "found_on": "2026-03-01"})

    assert state_of(application, "ICK-200311") == "lost"


def test_of_a_deregistered_enterprise_the_office_collects_what_was_found(application: Application, straight: Walk) -> None:
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    straight.start("bai.lu", "yt1", "device_found", about=case, **FOUND)
    with application.database.write() as session:
        enrolments.end_enrolment(session, who(application), QUJIANG, application.clock.today(), "注销税务登记")

    straight.do("hangxin", "check_found", checked_on="2026-03-02", usable="yes", check_findings="完好")

    with application.database.read() as session:
        found = devices.device(session, "ic_card", "ICK-200311")
        assert (found.state, found.holder_number) == ("collected", "yt1")
    assert entries(application) == [("ICK-200311", "lifted")]


def test_what_a_unit_without_an_account_has_checked_is_recorded_by_the_tax_office(application: Application, straight: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.devices_acting.parties.with_accounts", lambda _session, _names: set())
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    straight.start("bai.lu", "yt1", "device_found", about=case, **FOUND)

    straight.do("bai.lu", "check_found", checked_on="2026-03-02", usable="yes", check_findings="据服务单位检查记录：完好")

    assert state_of(application, "ICK-200311") == "in_use"


def test_what_came_back_can_be_lost_again(application: Application, straight: Walk) -> None:
    case = straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    straight.start("bai.lu", "yt1", "device_found", about=case, **FOUND)
    straight.do("hangxin", "check_found", checked_on="2026-03-02", usable="yes", check_findings="完好")
    assert state_of(application, "ICK-200311") == "in_use"

    straight.start("bai.lu", "yt1", "device_loss", **LOSS)

    assert entries(application) == [("ICK-200311", "lifted"), ("ICK-200311", "listed")]


# --- authorities, months, the table ------------------------------------------------------------------------------------------


def test_a_row_that_names_a_device_twice_is_said_at_the_row(straight: Walk) -> None:
    rows = [{"kind": "tax_card", "device_serial": "JSK-300007"}, {"kind": "tax_card", "device_serial": "jsk-300007"}]

    with pytest.raises(FormInvalid) as invalid:
        straight.start("tian.ye", "xa", "authority_loss", owner="service_unit", lost_devices=rows, **FACTS)

    assert "与第 1 行是同一设备" in invalid.value.errors["lost_devices-1-device_serial"]


def test_one_device_that_cannot_be_lost_leaves_none_on_the_list(application: Application, straight: Walk) -> None:
    rows = [{"kind": "tax_card", "device_serial": "JSK-300007"}, {"kind": "tax_card", "device_serial": "JSK-200311"}]

    with pytest.raises(Declined, match="不由“西安航信技术服务有限公司”持有"):
        straight.start("tian.ye", "xa", "authority_loss", owner="service_unit", lost_devices=rows, **FACTS)

    assert entries(application) == []
    assert state_of(application, "JSK-300007", "tax_card") == "in_stock"


def test_a_service_unit_does_not_report_the_cards_of_an_authority(application: Application, straight: Walk) -> None:
    rows = [{"kind": "tax_card", "device_serial": "SWK-000001"}]

    with pytest.raises(Declined, match="服务单位只能报告自己的库存设备丢失"):
        straight.start("hangxin", "xa", "authority_loss", owner="authority", lost_devices=rows, serial_vouched="on", **FACTS)

    assert entries(application) == []


def test_a_month_begins_its_totals_once_and_where_devices_are(application: Application, straight: Walk, clock: ManualClock) -> None:
    later(straight, clock, date(2026, 4, 1))

    assert [begin_totals(application.engine, application.database, clock) for _day in range(2)] == [4, 4]  # the messages are the same ones
    straight.settle()

    with application.database.read() as session:
        found = session.scalars(select(Instance.business_key).where(Instance.process_id == "loss_totals")).all()
    assert sorted(found) == ["2026-03 西安市国家税务局", "2026-03 西安市莲湖区国家税务局", "2026-03 西安市雁塔区国家税务局", "2026-03 陕西省国家税务局"]


def test_every_certification_post_of_the_city_hears_of_a_loss_at_the_city(application: Application, straight: Walk) -> None:
    straight.start("tian.ye", "xa", "authority_loss", owner="service_unit", lost_devices=[{"kind": "tax_card", "device_serial": "JSK-300007"}], **FACTS)

    with application.database.read() as session:
        told = set(session.scalars(select(Notice.post_id).where(Notice.kind == "loss")))
        assert told > certification_posts(session)  # and the leading group and the golden-tax office


def test_whoever_looks_after_a_case_of_damage_hears_that_its_card_was_lost(application: Application, straight: Walk) -> None:
    case = straight.start("bai.lu", "yt1", "device_loss", **{**LOSS, "lost_kind": "reader", "serial": "DKQ-200311"})  # stands for a running case of damage
    with application.database.write() as session:
        row = devices.device(session, "ic_card", "ICK-200311")
        for event, to in (("report_damage", None), ("send_to_repair", holders.service_unit("XAHX", "西安航信技术服务有限公司"))):
            devices.move(session, who(application), row, event, application.clock.today(), to=to, case_id=case)

    straight.start("tian.ye", "xa", "authority_loss", owner="service_unit", lost_devices=[{"kind": "ic_card", "device_serial": "ICK-200311"}], **FACTS)

    with application.database.read() as session:
        office = offices.office_by_code(session, "yt1")
        assert office is not None
        told = session.scalars(select(Notice.post_id).where(Notice.text.startswith("损坏案件中的税控IC卡“ICK-200311”已报丢失被盗")))
        assert set(told) == set(officer_posts(session, office.id, "tax_office"))


def test_of_the_sats_table_a_card_of_ours_that_is_stopped_is_a_duplicate(application: Application, straight: Walk) -> None:
    straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    case = straight.start("xia.yu", "xa", "lost_card_table", table_number="国税函12号", table_received_on="2026-03-02")
    straight.do("xia.yu", "enter_table", table_rows=f"{','.join(COLUMNS)}\n税控IC卡,ICK-200311,2026-01-05,{QUJIANG},曲江\n金税卡,JSK-200311,2026-01-05,{QUJIANG},曲江")

    assert straight.case(case, "tian.ye").variables["taken_in_told"] == "共 2 行，新列入停用名单 0 张，重复 1 张，本地帐册在用 1 张"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("种类,编号\n金税卡,1", "第一行应为表头"),
        (",".join(COLUMNS), "表头下面没有数据"),
        (f"{','.join(COLUMNS)}\n金税卡,,2026-01-05,1,甲", "第 2 行：没有设备编号"),
        (f"{','.join(COLUMNS)}\n金税卡,金 1/2,2026-01-05,1,甲", "第 2 行：设备编号由字母、数字和连字符组成"),
        (f"{','.join(COLUMNS)}\n金税卡,A1,一月五日,1,甲", "第 2 行：丢失日期“一月五日”"),
        (f"{','.join(COLUMNS)}\n金税卡,A1,2026-03-03,1,甲", "晚于今天"),
        (f"{','.join(COLUMNS)}\n金税卡,A1,2026-01-05", "应有 5 列，实有 3 列"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(content: str, said: str) -> None:
    found, faults = read_table(content, date(2026, 3, 2))

    assert found == []
    assert said in faults[0][0]


def test_a_card_of_the_sats_table_is_neither_sold_nor_issued_here(application: Application, straight: Walk) -> None:
    straight.start("xia.yu", "xa", "lost_card_table", table_number="国税函12号", table_received_on="2026-03-02")
    straight.do("xia.yu", "enter_table", table_rows=f"{','.join(COLUMNS)}\n金税卡,SHK-700001,2026-01-05,310101132200001,上海浦东电子有限公司")

    with application.database.read() as session:
        entry = stops.entry_of(session, "tax_card", "SHK-700001")
        city = offices.office_by_code(session, "xa")
        assert entry is not None
        assert city is not None
        assert list(stops.month(session, city.scope, "2026-03")) == []  # not among the losses of the city
        assert session.scalars(select(Device.id).where(Device.serial == "SHK-700001")).first() is None




def test_while_the_case_is_open_a_find_is_reported_on_its_page(application: Application, straight: Walk) -> None:
    straight.start("bai.lu", "yt1", "device_loss", **LOSS)

    with pytest.raises(Declined, match="报失案件尚未办结，请在该案件页上报告找回"):
        straight.start("bai.lu", "yt1", "device_found_later", **FOUND)
    with pytest.raises(Declined, match="本辖区没有税控IC卡“ICK-200311”的停用记录"):
        straight.start("lei.ting", "lh1", "device_found_later", **FOUND)

    assert state_of(application, "ICK-200311") == "lost"
