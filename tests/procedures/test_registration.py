"""Change, deregistration, handing up: refusals that no scenario shows, and a register that adds up at every moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from commands.scenarios import books
from commands.scenarios.in_process import InProcess
from commands.scenarios.model import Work
from engine.errors import Refusal
from engine.tables import Instance
from engine.worklist import WorklistQuery
from papers.model import Paper
from records.audit import Who
from records.devices import holders
from records.devices.model import Device
from records.devices.store import devices, stops
from records.invoices import store as invoices
from records.offices import store as offices
from records.taxpayers import enrolments, limits, renaming
from records.taxpayers.errors import RenumberRefused, TaxpayerUnknown
from records.taxpayers.store import taxpayer
from tests.procedures.test_english import chinese, signed_in
from tests.procedures.walking import Walk

NUMBER, NEW, OTHER = "610113220000010", "610113720000017", "610113220000029"
CARDS = ["tax_card:JSK0001", "ic_card:ICK0001"]
TODAY = date(2026, 3, 2)
ENTERPRISE: dict[str, Any] = {
    "number": NUMBER, "name": "西安秦岭机械制造有限公司", "office": "yt1", "tax_card": ["JSK0001"], "ic_card": ["ICK0001"],
    "sold": [{"code": "6100022140", "number_from": "00010001", "number_to": "00010025"}],
}  # fmt: skip
CHANGE = {"taxpayer_number": NUMBER, "change_kind": "number", "new_number": NEW, "changed_on": "2026-02-27"}
PAPERS = ["licence", "tax_registration", "taxpayer_certificate", "number_notice"]
WRITE = {
    "next_step": "write", "form_collected": "on", "period_reported": "reported", "tax_card_key": CARDS[0], "ic_card_key": CARDS[1], "machine_no": "0",
}  # fmt: skip
END = {"taxpayer_number": NUMBER, "ground": "status_withdrawn", "ground_document": "取消资格决定", "ground_on": "2026-02-27"}


@contextmanager
def refused(said: str) -> Iterator[None]:
    with pytest.raises(Refusal) as told:
        yield
    assert said in str(told.value)


@pytest.fixture
def office(straight: Walk) -> Walk:
    """One enterprise in the system, with its two cards and invoices."""
    books.enter(straight.application, {"enterprises": [ENTERPRISE]})
    return straight


def who(walk: Walk) -> Who:
    return Who("test", "测试", walk.application.clock.now())


def approved(walk: Walk) -> str:
    """A change of number, up to the clerk who has the cards written."""
    case = walk.start("han.xue", "yt1", "device_change", **CHANGE)
    walk.do("han.xue", "review_change", decision="agree", originals_seen=PAPERS, copies_kept=PAPERS)
    walk.do("qin.gang", "head_approves_change", decision="agree")
    walk.do("meng.fan", "district_reviews_change", decision="agree")
    walk.do("guo.hong", "leader_decides_change", decision="agree")
    return case


def to_collection(walk: Walk, **changes: Any) -> str:
    """A deregistration, up to the clerk who collects the cards."""
    case = walk.start("han.xue", "yt1", "deregistration", **{**END, **changes})
    machine = {"machine_cards": CARDS} if changes.get("ground") == "fewer_machines" else {}
    walk.do("han.xue", "review_deregistration", decision="agree", ground_seen="on", **machine)
    walk.do("qin.gang", "approve_deregistration", decision="agree")
    walk.do("jia.ming", "confirm_reported", report_done="on", reported_on="2026-03-02")
    walk.do("pan.yue", "hand_in_invoices", unused_left="no")
    return case


def work(walk: Walk) -> None:
    """The station of Yanta's card issuance does what waits for it."""
    InProcess(walk.application).work(Work("", "card_issuance@yt"))
    walk.settle()


def lose(walk: Walk, kind: str, serial: str) -> None:
    """The card is reported lost: on the stop list, and held by nobody."""
    with walk.application.database.write() as session:
        one, yanta = devices.device(session, kind, serial), offices.office_by_code(session, "yt1")
        assert yanta is not None
        stops.put_on(session, who(walk), one, "lost", lost_on=TODAY, reported_on=TODAY, today=TODAY, office=yanta)


def state_of(walk: Walk, kind: str, serial: str) -> tuple[str, str]:
    with walk.application.database.read() as session:
        one = devices.device(session, kind, serial)
        return one.state, one.holder_number


def status(walk: Walk, case: str) -> str:
    with walk.application.database.read() as session:
        return session.get_one(Instance, case).status


# --- change ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"new_number": "610113720000018"}, "校验位"),
        ({"new_number": OTHER}, "已是“西安大雁商贸有限公司”的账户"),
        ({"new_number": NUMBER}, "不能重复使用"),
        ({"change_kind": "quantity"}, "发票领购限量的变更须按二(一)1的级别审批"),
        ({"changed_on": "2026-03-03"}, "晚于今天"),
        ({"taxpayer_number": OTHER}, "本系统没有税号为"),
        ({"change_kind": "name", "new_name": "西安秦岭机械制造有限公司"}, "与原名称相同"),
    ],
)
def test_an_application_that_cannot_be_is_refused_with_a_sentence(office: Walk, changes: Mapping[str, str], said: str) -> None:
    with refused(said):
        office.start("han.xue", "yt1", "device_change", **{**CHANGE, **changes})


def test_an_enterprise_of_another_office_applies_there(office: Walk) -> None:
    with refused("主管税务机关是雁塔区国税局第一税务所"):
        office.start("lei.ting", "lh1", "device_change", **CHANGE)


def test_a_new_number_takes_everything_along(office: Walk) -> None:
    earlier = office.start("qinling", "yt1", "device_change", **{**CHANGE, "taxpayer_number": ""})
    office.do("han.xue", "review_change", decision="refuse", refusal_reason="税务登记尚未变更")
    approved(office)
    office.do("song.jia", "prepare_reissue", **WRITE)
    work(office)

    with office.application.database.read() as session:
        with pytest.raises(TaxpayerUnknown):
            taxpayer(session, NUMBER)
        limit, running = limits.current(session, NEW), enrolments.running(session, NEW)
        assert limit is not None
        assert running is not None
        assert (limit.monthly_quantity, running.state) == (25, "in_use")
        assert len(devices.held_by(session, "enterprise", NEW)) == 2
        assert [sale.taxpayer_number for sale in invoices.sales(session, NEW)] == [NEW]
    assert office.actor("qinling").party == f"enterprise:{NEW}"
    assert office.case(earlier, "qinling").header.status == "completed"  # its cases of before are still its own


def test_a_card_reported_lost_is_not_applied_for_nor_issued_anew(office: Walk) -> None:
    approved(office)
    lose(office, "ic_card", "ICK0001")

    with refused("已报丢失、被盗，在停用名单上"):
        office.do("song.jia", "prepare_reissue", **WRITE)


def test_a_cancelled_change_leaves_nothing_running(office: Walk) -> None:
    case = approved(office)

    office.application.engine.cancel_case(case, "企业不再变更", office.actor("qin.gang"), office.key())
    office.settle()

    with office.application.database.read() as session:
        assert session.scalars(select(Instance.id).where(Instance.status == "active")).all() == []
        assert taxpayer(session, NUMBER).name == ENTERPRISE["name"]
    office.start("han.xue", "yt1", "device_change", **CHANGE)  # nothing stands in the way of another one


def test_a_name_follows_to_account_enrolment_and_devices(office: Walk) -> None:
    with office.application.database.write() as session:
        renaming.rename_enrolled(session, who(office), NUMBER, "西安秦岭集团", TODAY)
        running = enrolments.running(session, NUMBER)
        assert running is not None
        assert running.taxpayer_name == "西安秦岭集团"
        assert {one.holder_name for one in devices.held_by(session, "enterprise", NUMBER)} == {"西安秦岭集团"}
        with pytest.raises(RenumberRefused, match="与原名称"):
            renaming.rename_enrolled(session, who(office), NUMBER, "西安秦岭集团", TODAY)


# --- deregistration --------------------------------------------------------------------------------------------------------


def test_cards_are_collected_only_when_the_period_is_reported_that_day(office: Walk) -> None:
    to_collection(office)

    with refused("三(一)8"):
        office.do("song.jia", "collect_cards", period_reported="not_yet", brought=CARDS, brought_by="秦岭")


def test_a_card_that_does_not_come_is_reported_lost_first_and_the_rest_collected(office: Walk) -> None:
    case = to_collection(office)
    office.do("song.jia", "collect_cards", period_reported="reported", brought=CARDS[:1], brought_by="秦岭")

    because = str(office.case(case, "song.jia").variables["declined_because"])
    lose(office, "ic_card", "ICK0001")
    office.do("song.jia", "collect_cards", period_reported="reported", brought=CARDS[:1], brought_by="秦岭")
    work(office)

    assert "税控IC卡 ICK0001没有交回" in because
    assert "二(五)" in because
    assert status(office, case) == "completed"
    assert (state_of(office, "tax_card", "JSK0001"), state_of(office, "ic_card", "ICK0001")) == (("collected", "yt"), ("lost", ""))


def test_a_replacement_card_goes_back_to_the_service_unit_first(office: Walk) -> None:
    with office.application.database.write() as session:
        unit = holders.service_unit("XAHX", "西安航信技术服务有限公司")
        city = offices.office_by_code(session, "xa")
        assert city is not None
        lent = devices.take_in(session, who(office), "tax_card", "JSK0900", unit, city.scope, TODAY, is_replacement=True)
        devices.move(session, who(office), lent, "lend", TODAY, to=holders.enterprise(NUMBER, str(ENTERPRISE["name"])))
    case = to_collection(office)

    office.do("song.jia", "collect_cards", period_reported="reported", brought=CARDS, brought_by="秦岭")

    assert "是替换卡，请先由服务单位换回" in str(office.case(case, "song.jia").variables["declined_because"])
    assert state_of(office, "tax_card", "JSK0001") == ("in_use", NUMBER)


def test_giving_up_the_last_machine_ends_the_enrolment(office: Walk) -> None:
    case = to_collection(office, ground="fewer_machines", machine_name="唯一的一台")
    office.do("song.jia", "collect_cards", period_reported="outside", brought=CARDS, brought_by="秦岭")
    work(office)

    with office.application.database.read() as session:
        assert enrolments.running(session, NUMBER) is None
        assert taxpayer(session, NUMBER).deregistered_on is None
        assert [paper.template for paper in session.scalars(select(Paper).where(Paper.subject_id == case))] == ["collection_receipt"]
    with refused("未纳入防伪税控系统"):
        office.start("han.xue", "yt1", "deregistration", **END)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"invoice_code": "610002214", "number_from": "00010013", "number_to": "00010025"}, "发票代码应为 10 位"),
        ({"invoice_code": "6100022140", "number_from": "00010025", "number_to": "00010013"}, "大于终止号码"),
        ({"invoice_code": "6100022140", "number_from": "00010001", "number_to": "00010002", "spoiled": "3"}, "应在 0 至 2"),
    ],
)
def test_unused_invoices_are_ranges_that_can_be(office: Walk, row: Mapping[str, str], said: str) -> None:
    office.start("han.xue", "yt1", "deregistration", **END)
    office.do("han.xue", "review_deregistration", decision="agree", ground_seen="on")
    office.do("qin.gang", "approve_deregistration", decision="agree")
    office.do("jia.ming", "confirm_reported", report_done="on", reported_on="2026-03-02")

    with refused(said):
        office.do("pan.yue", "hand_in_invoices", unused_left="yes", unused_invoices=[row])


# --- handing up ------------------------------------------------------------------------------------------------------------


def held(walk: Walk) -> dict[str, int]:
    """How many devices each holder has."""
    with walk.application.database.read() as session:
        counted = select(Device.holder_number, func.count()).where(Device.serial.like("KEEP%")).group_by(Device.holder_number)
        return {holder: count for holder, count in session.execute(counted)}  # noqa: C416 -- rows, not tuples


def test_the_register_adds_up_at_every_moment(straight: Walk) -> None:
    books.enter(straight.application, {"cards": [{"office": "yt", "tax_card": ["KEEP1", "KEEP2"], "ic_card": ["KEEP1"]}]})
    cards, seen = ["tax_card:KEEP1", "ic_card:KEEP1"], list[dict[str, int]]()

    straight.start("meng.fan", "yt", "hand_up", cards=cards)
    straight.do("meng.fan", "hand_over_cards", next_step="hand_over", carried_by="孟凡")
    seen.append(held(straight))
    straight.do("tian.ye", "compare_cards", decision="confirm", cards_found=cards)
    seen.append(held(straight))

    assert seen == [{"yt": 3}, {"yt": 1, "xa": 2}]
    assert state_of(straight, "tax_card", "KEEP1") == ("collected", "xa")


def test_a_second_sheet_waits_until_the_first_is_received(straight: Walk) -> None:
    books.enter(straight.application, {"cards": [{"office": "yt", "tax_card": ["KEEP1", "KEEP2"]}]})
    straight.start("meng.fan", "yt", "hand_up", cards=["tax_card:KEEP1"])
    straight.do("meng.fan", "hand_over_cards", next_step="hand_over", carried_by="孟凡")

    with refused("尚未签收"):
        straight.start("meng.fan", "yt", "hand_up", cards=["tax_card:KEEP2"])


def test_a_sheet_holds_as_many_cards_as_procedure_yaml_says(straight: Walk) -> None:
    serials = [f"KEEP{n}" for n in range(101)]
    books.enter(straight.application, {"cards": [{"office": "yt", "tax_card": serials}]})

    with refused("最多列 100 张卡，选了 101 张"):
        straight.start("meng.fan", "yt", "hand_up", cards=[f"tax_card:{serial}" for serial in serials])


def test_only_the_province_destroys_and_a_tax_office_hands_nothing_up(straight: Walk) -> None:
    for login, office_code, process in (("tian.ye", "xa", "destruction"), ("han.xue", "yt1", "hand_up"), ("ai.hua", "sn", "hand_up")):
        with pytest.raises(Refusal):
            straight.start(login, office_code, process, cards=[], planned_on="2026-03-10", place="某地", method="粉碎")


def test_what_a_service_unit_has_written_off_comes_to_the_city_and_goes_up(straight: Walk) -> None:
    with straight.application.database.write() as session:
        city = offices.office_by_code(session, "xa")
        assert city is not None
        one = devices.take_in(session, who(straight), "tax_card", "KEEP9", holders.service_unit("XAHX", "航信"), city.scope, TODAY)
        devices.move(session, who(straight), one, "write_off", TODAY)

    straight.start("tian.ye", "xa", "hand_up", cards=["tax_card:KEEP9"])
    straight.do("tian.ye", "hand_over_cards", next_step="hand_over", carried_by="田野")
    straight.do("ai.hua", "compare_cards", decision="confirm", cards_found=["tax_card:KEEP9"])

    assert state_of(straight, "tax_card", "KEEP9") == ("collected", "sn")


# --- pages -----------------------------------------------------------------------------------------------------------------


def test_an_enterprise_without_an_account_is_acted_for_by_the_office(straight: Walk) -> None:
    books.enter(straight.application, {"enterprises": [{**ENTERPRISE, "number": NEW, "name": "无帐户企业"}]})
    case = straight.start("han.xue", "yt1", "deregistration", **{**END, "taxpayer_number": NEW})
    straight.do("han.xue", "review_deregistration", decision="return", return_reason="缺文号")

    straight.do("han.xue", "correct_deregistration", next_step="withdraw")

    assert status(straight, case) == "completed"


def test_the_pages_of_the_tasks_are_in_english_too(office: Walk) -> None:
    """But for the names that people wrote: enterprises, documents."""
    approved(office)
    office.start("han.xue", "yt1", "deregistration", **{**END, "ground_document": "decision"})
    left = dict[str, list[str]]()
    for login, addresses in (("song.jia", []), ("han.xue", ["/start/device_change", "/start/deregistration"]), ("meng.fan", ["/start/hand_up"])):
        person, actor = signed_in(office.application, login), office.actor(login)
        tasks = office.application.engine.worklist(actor, WorklistQuery(office.application.clock.today(), scope="office")).items
        for address in [*addresses, *(f"/tasks/{task.id}" for task in tasks)]:
            page = person.open(address)
            assert page.status == 200, address
            text = page.response.get_data(as_text=True).replace(str(ENTERPRISE["name"]), "").replace("西安航信技术服务有限公司", "")
            if found := [one for one in chinese(text) if one not in {"变更认定登记：", "注销认定登记：", *"一二三四"}]:  # titles and articles
                left[address] = found
    assert left == {}
