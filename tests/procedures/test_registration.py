"""Change of name and number: refusals that no scenario shows, and what follows a new number; pages in English."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from commands.scenarios import books
from engine.tables import Instance
from engine.worklist import WorklistQuery
from records.devices import holders
from records.devices.store import devices
from records.invoices import store as invoices
from records.offices import store as offices
from records.registration import renaming
from records.taxpayers import enrolments, limits
from records.taxpayers.errors import RenumberRefused, TaxpayerUnknown
from records.taxpayers.store import taxpayer
from tests.procedures.registering import (
    CHANGE,
    END,
    ENTERPRISE,
    NEW,
    NUMBER,
    OTHER,
    TODAY,
    WRITE,
    approved,
    lose,
    running,
    status,
    tomorrow,
    who,
    work,
)
from tests.procedures.test_english import chinese, signed_in
from tests.procedures.walking import Walk, refused


@pytest.fixture
def office(straight: Walk) -> Walk:
    """One enterprise in the system, with its two cards and invoices."""
    books.enter(straight.application, {"enterprises": [ENTERPRISE]})
    return straight


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
        office.start("bai.lu", "yt1", "device_change", **{**CHANGE, **changes})


def test_an_enterprise_of_another_office_applies_there(office: Walk) -> None:
    with refused("主管税务机关是雁塔区国税局第一税务所"):
        office.start("lei.ting", "lh1", "device_change", **CHANGE)


def test_a_new_number_takes_everything_along(office: Walk) -> None:
    earlier = office.start("qinling", "yt1", "device_change", **{**CHANGE, "taxpayer_number": ""})
    office.do("han.xue", "review_change", decision="refuse", refusal_reason="税务登记尚未变更")
    office.do("qin.gang", "head_refuses_change", decision="agree")
    approved(office)
    office.do("song.jia", "prepare_reissue", **WRITE)
    work(office)

    with office.application.database.read() as session:
        (letter,) = office.application.papers.for_subject(session, earlier)
        assert (letter.number, letter.data["appeal"]["to"]) == ("雁国税一登不办〔2026〕1号", "西安市雁塔区国家税务局")
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


def test_what_was_checked_on_another_day_is_checked_and_written_anew(office: Walk) -> None:
    case = approved(office)
    office.do("song.jia", "prepare_reissue", **WRITE)
    tomorrow(office)
    work(office)

    because = str(office.case(case, "song.jia").variables["declined_because"])
    office.do("song.jia", "prepare_reissue", **WRITE)
    work(office)

    assert "2026-03-02 核对，2026-03-03 才写卡" in because
    assert status(office, case) == "completed"


def test_the_report_is_asked_for_inside_the_reporting_period_alone(office: Walk) -> None:
    tomorrow(office, 18)
    case, unasked = approved(office), {key: value for key, value in WRITE.items() if key != "period_reported"}
    tomorrow(office, 12)

    with refused("今天 2026-04-01 已在报税期之内，请先重列待写的卡"):
        office.do("song.jia", "prepare_reissue", **unasked)
    office.do("song.jia", "prepare_reissue", next_step="relist")
    with refused("报税期内的抄税"):
        office.do("song.jia", "prepare_reissue", **unasked)
    tomorrow(office, 12)
    office.do("song.jia", "prepare_reissue", next_step="relist")
    office.do("song.jia", "prepare_reissue", **unasked)
    work(office)

    assert status(office, case) == "completed"


def test_a_withdrawn_change_leaves_nothing_running(office: Walk) -> None:
    approved(office)

    office.do("song.jia", "prepare_reissue", next_step="withdraw")

    with office.application.database.read() as session:
        assert session.scalars(select(Instance.id).where(Instance.status == "active")).all() == []
        assert taxpayer(session, NUMBER).name == ENTERPRISE["name"]
    office.start("bai.lu", "yt1", "device_change", **CHANGE)  # nothing stands in the way of another one


def test_a_card_in_exchange_is_waited_for(office: Walk) -> None:
    approved(office)
    with office.application.database.write() as session:
        city = offices.office_by_code(session, "xa")
        assert city is not None
        unit = holders.service_unit("XAHX", "西安航信技术服务有限公司")
        lent = devices.take_in(session, who(office), "tax_card", "JSK0900", unit, city.scope, TODAY, is_replacement=True)
        devices.move(session, who(office), lent, "lend", TODAY, to=holders.enterprise(NUMBER, str(ENTERPRISE["name"])))

    with refused("是替换卡，原卡换回后再变更发行"):
        office.do("song.jia", "prepare_reissue", **WRITE)


def test_no_name_changes_in_the_books_while_a_card_bears_the_old_one(office: Walk) -> None:
    """One card of the pair is damaged, so that the pair cannot be written: neither the books nor the other card get ahead."""
    with office.application.database.write() as session:
        devices.move(session, who(office), devices.device(session, "tax_card", "JSK0001"), "report_damage", TODAY)
    case = approved(office, change_kind="name", new_name="西安秦岭机械集团有限公司")

    said = str(office.case(case, "song.jia").variables["declined_because"])
    office.do("song.jia", "settle_declined_change", next_step="relist", settled_how="尚未修好")
    assert (status(office, case), "尚未变更发行" in said, "金税卡 JSK0001（已损坏）" in said) == ("active", True, True), said

    office.do("song.jia", "settle_declined_change", next_step="withdraw", settled_how="修好后再申请")
    with office.application.database.read() as session:
        assert (taxpayer(session, NUMBER).name, status(office, case)) == (ENTERPRISE["name"], "completed")


def test_a_name_waits_for_the_cases_that_write_the_old_one(office: Walk) -> None:
    approved(office, change_kind="name", new_name="西安秦岭机械集团有限公司")
    damage = {"device_kind": "tax_card", "device_serial": "JSK0001", "damaged_on": "2026-03-02", "damage_facts": "不能开机"}
    office.start("qinling", "yt1", "device_damage", **damage)

    office.do("song.jia", "prepare_reissue", next_step="relist")
    said = str(next(iter(office.case(case, "song.jia").variables["declined_because"] for case in running(office, "device_change"))))

    assert "企业还有在办事项" in said
    assert "办结后再变更名称" in said


def test_a_name_follows_to_account_enrolment_and_devices(office: Walk) -> None:
    with office.application.database.write() as session:
        renaming.rename_enrolled(session, who(office), NUMBER, "西安秦岭集团", TODAY)
        running = enrolments.running(session, NUMBER)
        assert running is not None
        assert running.taxpayer_name == "西安秦岭集团"
        assert {one.holder_name for one in devices.held_by(session, "enterprise", NUMBER)} == {"西安秦岭集团"}
        with pytest.raises(RenumberRefused, match="与原名称"):
            renaming.rename_enrolled(session, who(office), NUMBER, "西安秦岭集团", TODAY)


def test_the_pages_of_the_tasks_are_in_english_too(office: Walk) -> None:
    """But for the names that people wrote: enterprises, documents."""
    approved(office)
    office.start("bai.lu", "yt1", "deregistration", **{**END, "ground_document": "decision 12"})
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
