"""What a damaged device is refused, sent back and left with, where no scenario shows it (Xi'an 2002-119, 二(四), 二(五), 三(一)11, 三(三)4(2))."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from commands.scenarios.model import Work
from commands.scenarios.stations import EngineDoor, station
from db.blobs import get_blob
from deadlines.model import Notice
from engine.errors import Declined, EngineError, FormInvalid
from engine.tables import Attachment, Instance
from engine.worklist import WorklistQuery
from handlers.registration_lists import cards_to_hand_up
from hardware.simulator import MemoryShelf
from records.audit import Who
from records.devices import holders, store
from records.devices.model import Device, SavedData, StubFile
from records.devices.store import stops
from records.invoices import store as invoices
from records.offices import holdings
from records.offices import store as offices
from records.offices.model import Office
from records.taxpayers import enrolments
from records.taxpayers import store as taxpayers
from tests.procedures.walking import Walk

FOLDER = Path("workflows/device_damage")
OWNER, TAX_CARD, IC_CARD, READER = "610113220000053", "JSK-200311", "ICK-200311", "DKQ-200311"
FOUND = {"cause": "not_man_made", "findings": "供电元件击穿", "technician": "杭欣"}
ISSUE = {"cards_next": "write", "partner_card": TAX_CARD, "period_reported": "unable", "machine_no": "0", "approval_collected": "on", "cards_lie_there": "on"}
SWAP = {"cards_next": "write", "partner_card": TAX_CARD, "machine_no": "0", "period_reported": "reported", "cards_lie_there": "on"}
STUB = {"invoice_code": "6100033140", "invoice_number": "00000101", "issued_on": "2026-02-20", "amount": "1000", "tax": "170"}


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


def today(walk: Walk) -> str:
    return walk.application.clock.today().isoformat()


def report(walk: Walk, kind: str, serial: str, **entered: str) -> str:
    given = {"taxpayer_number": OWNER, "device_kind": kind, "device_serial": serial, "damaged_on": today(walk), "damage_facts": "不能开机", **entered}
    return walk.start("bai.lu", "yt1", "device_damage", **given)


def work(walk: Walk, post: str, shelf: MemoryShelf, **how: str) -> None:
    station(walk.application, Work("", post, **how), shelf, EngineDoor(walk.application, post)).work_off()
    walk.settle()


def inspected(walk: Walk, kind: str, serial: str) -> str:
    case = report(walk, kind, serial)
    walk.do("hangxin", "inspect_device", inspected_on=today(walk), **FOUND)
    return case


def confirmed(walk: Walk) -> None:
    walk.do("hangxin", "fill_confirmation", confirmed_on=today(walk), service_unit_opinion="先行替换", **FOUND)


def sealed_by_enterprise(walk: Walk) -> None:
    walk.do("qujiang", "seal_enterprise", enterprise_decision="agree", enterprise_signer="曲江", enterprise_sealed="on")


def approved(walk: Walk) -> None:
    """From the confirmation to the decision of the city."""
    confirmed(walk)
    sealed_by_enterprise(walk)
    walk.do("qin.gang", "seal_tax_office", tax_office_opinion="属实", tax_office_sealed="on")
    walk.do("hangxin2", "seal_service_unit", service_unit_signer="洪新", service_unit_sealed="on")
    walk.do("tian.ye", "review_at_city", proposal="agree", review_opinion="齐全")
    walk.do("cheng.gong", "approve_at_city", decision="agree")


def lent(walk: Walk) -> str:
    """An IC card is replaced; the cards lie before the issuing clerk."""
    case = inspected(walk, "ic_card", IC_CARD)
    approved(walk)
    walk.do("hangxin", "lend_device", replacement_serial="ICK-900001", repaired_by="维修中心")
    return case


def stop(walk: Walk, kind: str, serial: str) -> None:
    """Somebody reports the device as lost."""
    clock = walk.application.clock
    with walk.application.database.write() as session:
        office = session.scalars(select(Office).where(Office.code == "yt1")).one()
        device, who = store.device(session, kind, serial), Who("someone", "某人", clock.now())
        stops.put_on(session, who, device, "lost", lost_on=clock.today(), reported_on=clock.today(), today=clock.today(), office=office)


def state(walk: Walk, serial: str) -> str:
    with walk.application.database.read() as session:
        return session.scalars(select(Device.state).where(Device.serial == serial)).one()


def standing(walk: Walk, case: str) -> set[str]:
    return set(walk.application.engine.diagram(case, walk.actor("tian.ye")).current)


# --- the report -------------------------------------------------------------------------------------------------------------


def test_a_device_on_the_stop_list_is_not_reported_as_damaged(walk: Walk) -> None:
    stop(walk, "tax_card", TAX_CARD)

    with pytest.raises(Declined, match="列入停用名单"):
        report(walk, "tax_card", TAX_CARD)


def test_a_day_ahead_is_refused_at_its_field(walk: Walk) -> None:
    ahead = (walk.application.clock.today() + timedelta(days=1)).isoformat()

    with pytest.raises(FormInvalid) as refused:
        report(walk, "reader", READER, damaged_on=ahead)

    assert "请填写今天或以前的日期" in refused.value.errors["damaged_on"]


def test_a_number_of_a_wrong_shape_is_refused_at_its_field(walk: Walk) -> None:
    with pytest.raises(FormInvalid) as refused:
        report(walk, "reader", READER, taxpayer_number="123")

    assert set(refused.value.errors) == {"taxpayer_number"}


def test_a_device_is_not_damaged_before_it_was_put_in_use_nor_inspected_before_it_was_damaged(walk: Walk) -> None:
    with pytest.raises(Declined, match="损坏日期 2025-12-14 不能早于“安装启用”日期 2025-12-15"):
        report(walk, "reader", READER, damaged_on="2025-12-14")

    report(walk, "reader", READER, damaged_on=before(walk, 2))
    with pytest.raises(Declined, match=f"检测日期 {before(walk, 3)} 不能早于损坏日期 {before(walk, 2)}"):
        walk.do("hangxin", "inspect_device", inspected_on=before(walk, 3), **FOUND)
    walk.do("hangxin", "inspect_device", inspected_on=before(walk, 1), **FOUND)
    with pytest.raises(Declined, match=f"填制日期 {before(walk, 2)} 不能早于检测日期 {before(walk, 1)}"):
        walk.do("hangxin", "fill_confirmation", confirmed_on=before(walk, 2), service_unit_opinion="送修", **FOUND)
    confirmed(walk)


def before(walk: Walk, days: int) -> str:
    return (walk.application.clock.today() - timedelta(days=days)).isoformat()


def test_anothers_card_is_told_as_not_ones_own_and_nothing_else_of_it(walk: Walk) -> None:
    stop(walk, "tax_card", "JSK-200437")

    with pytest.raises(Declined) as refused:
        report(walk, "tax_card", "JSK-200437")

    assert "不是“西安曲江印务有限公司”的设备" in str(refused.value)
    assert "停用" not in str(refused.value)


def test_a_device_whose_case_runs_is_not_reported_again_under_another_name(walk: Walk) -> None:
    case = report(walk, "reader", READER)
    with walk.application.database.write() as session:
        taxpayers.rename(session, Who("someone", "某人", walk.application.clock.now()), OWNER, "西安曲江印刷有限公司")
        key = session.scalars(select(Instance.business_key).where(Instance.id == case)).one()

    with pytest.raises(Declined, match=f"案件{key}正在办理，不能重复报告"):
        report(walk, "reader", READER)


def test_a_device_in_repair_is_not_reported_again(walk: Walk) -> None:
    lent(walk)

    with pytest.raises(Declined, match="不能重复报告"):
        report(walk, "ic_card", IC_CARD)


def test_a_replacement_on_loan_is_no_device_of_its_own_case(walk: Walk) -> None:
    lent(walk)

    with pytest.raises(Declined, match="现为“替换使用中”"):
        report(walk, "ic_card", "ICK-900001")


# --- saving and checking ----------------------------------------------------------------------------------------------------


def test_a_stub_that_is_typed_in_twice_is_refused_in_its_row(walk: Walk) -> None:
    inspected(walk, "tax_card", TAX_CARD)
    walk.do("hangxin", "prepare_saving", saving="computer_broken", not_copied_because="主板损坏")

    with pytest.raises(FormInvalid) as refused:
        walk.do("xia.yu", "capture_stubs", unsold_vouched="on", stubs=[STUB, STUB], stub_count="2", stub_amount="2000", stub_tax="340")

    assert "第 1 行已经录入" in refused.value.errors["stubs-1-invoice_number"]


def test_a_stub_bears_no_more_tax_than_the_highest_rate_gives_and_a_number_that_the_books_know_as_sold(walk: Walk) -> None:
    inspected(walk, "tax_card", TAX_CARD)
    walk.do("hangxin", "prepare_saving", saving="computer_broken", not_copied_because="主板损坏")
    with walk.application.database.write() as session:
        clock = walk.application.clock
        invoices.sell(session, Who("someone", "某人", clock.now()), OWNER, STUB["invoice_code"], "00000101", "00000110", clock.today(), ic_serial=IC_CARD)

    sums = {"stub_count": "1", "stub_amount": "1000"}
    with pytest.raises(Declined, match=r"第 1 行发票 6100033140 00000101 的税额 170[.]01 高于金额 1000.* 按最高税率 17% 计算的 170[.]00"):
        walk.do("xia.yu", "capture_stubs", stubs=[{**STUB, "tax": "170.01"}], **sums, stub_tax="170.01")
    with pytest.raises(Declined, match="没有售给该企业的记录：6100033140 00000111；"):
        walk.do("xia.yu", "capture_stubs", stubs=[{**STUB, "invoice_number": "00000111"}], **sums, stub_tax="170")
    walk.do("xia.yu", "capture_stubs", stubs=[STUB], **sums, stub_tax="170")  # sold to it: nothing has to be ticked


def test_tax_reporting_counts_for_itself_what_is_not_declared(walk: Walk, shelf: MemoryShelf) -> None:
    inspected(walk, "tax_card", TAX_CARD)
    walk.do("hangxin", "prepare_saving", saving="card")
    work(walk, "service_unit@XAHX", shelf)

    with pytest.raises(Declined) as refused:
        walk.do("jia.ming", "check_data", data_decision="agree", disk_count="1", disk_amount="3000.00", disk_tax="510.00")
    assert "未申报金额、税额与卡内不符" in str(refused.value)
    assert "3000.5" not in str(refused.value)
    shown = {one["key"] for one in json.loads((FOLDER / "forms" / "check_data.form").read_text())["components"]}
    assert shown.isdisjoint({"saved_undeclared", "saved_amount", "saved_tax"})


def test_the_stub_data_are_a_file_on_the_case_that_bears_its_checksum(walk: Walk, shelf: MemoryShelf) -> None:
    case = inspected(walk, "tax_card", TAX_CARD)
    walk.do("hangxin", "prepare_saving", saving="card")
    work(walk, "service_unit@XAHX", shelf)
    walk.do("jia.ming", "check_data", data_decision="agree", disk_count="1", disk_amount="3000.50", disk_tax="510.08")

    with walk.application.database.read() as session:
        file, stub, saved = session.scalars(select(Attachment)).one(), session.scalars(select(StubFile)).one(), session.scalars(select(SavedData)).one()
        content = get_blob(session, file.sha256)
        notice = next(p for p in walk.application.papers.for_subject(session, case) if p.template == "stub_notice")
    assert content is not None
    assert (file.instance_id, file.sha256, file.size) == (case, hashlib.sha256(content).hexdigest(), len(content))
    assert (stub.sha256, notice.data["sha256"], notice.data["count"], stub.count) == (file.sha256, file.sha256, 1, 1)
    assert len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))) == 1 + stub.count
    assert (saved.saved_by_name, saved.checked_by_name, saved.count, saved.undeclared_count) == ("杭欣", "贾明", 3, 1)


def test_nothing_goes_to_repair_before_its_data_are_checked(walk: Walk, shelf: MemoryShelf) -> None:
    case = inspected(walk, "tax_card", TAX_CARD)
    walk.do("hangxin", "prepare_saving", saving="card")
    work(walk, "service_unit@XAHX", shelf)

    assert standing(walk, case) == {"check_data"}
    assert state(walk, TAX_CARD) == "damaged"


# --- confirming -------------------------------------------------------------------------------------------------------------


def test_three_seals_stand_on_the_confirmation_with_name_and_hour(walk: Walk) -> None:
    case = inspected(walk, "reader", READER)
    approved(walk)

    with walk.application.database.read() as session:
        paper = next(p for p in walk.application.papers.for_subject(session, case) if p.template == "confirmation")
    seals, now = paper.data["seals"], today(walk)
    assert {key: (seal["name"], seal["on"]) for key, seal in seals.items()} == {
        "enterprise": ("曲江", now), "tax_office": ("秦刚", now), "service_unit": ("洪新", now),
    }  # fmt: skip
    assert all(len(seal["time"]) == 5 for seal in seals.values())
    assert (paper.data["decision"]["name"], paper.data["review"]["name"]) == ("程功", "田野")
    assert len(paper.copies) == 4


def test_the_head_sends_the_confirmation_back_and_it_is_sealed_anew(walk: Walk) -> None:
    case = inspected(walk, "reader", READER)
    confirmed(walk)
    sealed_by_enterprise(walk)
    returned(walk, "qin.gang", "seal_tax_office", "fill_confirmation")

    assert standing(walk, case) == {"fill_confirmation"}
    approved(walk)
    assert standing(walk, case) == {"lend_device"}


def returned(walk: Walk, login: str, element: str, step: str) -> None:
    engine, actor = walk.application.engine, walk.actor(login)
    task = next(t for t in engine.worklist(actor, WorklistQuery(walk.application.clock.today(), scope="claimable")).items if t.element == element)
    engine.claim(task.id, actor, walk.key())
    node = next(passed.done.node for passed in engine.moves.options(task.id, actor) if passed.target.id == step)
    seen = engine.moves.preview(task.id, node, actor)
    engine.moves.return_task(task.id, node, seen.version, "检测情况不清", actor, walk.key())
    walk.settle()


def test_a_refusal_is_told_to_both_parties_with_its_reason(walk: Walk) -> None:
    inspected(walk, "reader", READER)
    confirmed(walk)
    sealed_by_enterprise(walk)
    walk.do("qin.gang", "seal_tax_office", tax_office_opinion="属实", tax_office_sealed="on")
    walk.do("hangxin2", "seal_service_unit", service_unit_signer="洪新", service_unit_sealed="on")
    walk.do("tian.ye", "review_at_city", proposal="refuse", review_opinion="不详")
    walk.do("cheng.gong", "approve_at_city", decision="refuse", refusal_reason="封签缺失，原因未说明")

    for login in ("qujiang", "hangxin"):
        assert any("封签缺失，原因未说明" in one for one in told(walk, login, "damage_refused"))


# --- writing cards ----------------------------------------------------------------------------------------------------------


def test_a_replacement_on_the_stop_list_is_refused_at_its_field(walk: Walk) -> None:
    inspected(walk, "ic_card", IC_CARD)
    approved(walk)
    stop(walk, "ic_card", "ICK-900002")

    with pytest.raises(FormInvalid) as refused:
        walk.do("hangxin", "lend_device", replacement_serial="ICK-900002", repaired_by="维修中心")

    assert "停用名单" in refused.value.errors["replacement_serial"]


def test_a_replacement_that_another_enterprise_has_is_refused_at_its_field(walk: Walk) -> None:
    lent(walk)
    walk.start(
        "lei.ting", "lh1", "device_damage", taxpayer_number="610104220000061", device_kind="ic_card", device_serial="ICK-200437", damaged_on=today(walk),
        damage_facts="不能读写",
    )  # fmt: skip
    walk.do("hangxin", "inspect_device", inspected_on=today(walk), **FOUND)
    confirmed(walk)
    walk.do("yuxiang", "seal_enterprise", enterprise_decision="agree", enterprise_signer="余祥", enterprise_sealed="on")
    walk.do("shi.lei", "seal_tax_office", tax_office_opinion="属实", tax_office_sealed="on")
    walk.do("hangxin2", "seal_service_unit", service_unit_signer="洪新", service_unit_sealed="on")
    walk.do("tian.ye", "review_at_city", proposal="agree", review_opinion="齐全")
    walk.do("cheng.gong", "approve_at_city", decision="agree")

    with pytest.raises(FormInvalid) as refused:
        walk.do("hangxin", "lend_device", replacement_serial="ICK-900001", repaired_by="维修中心")

    assert refused.value.errors["replacement_serial"].endswith("现为“替换使用中”，不能“借出替换卡”（二(四)）")


def test_a_replacement_of_another_kind_is_refused(walk: Walk) -> None:
    inspected(walk, "ic_card", IC_CARD)
    approved(walk)

    with pytest.raises(Declined, match="账上没有"):
        walk.do("hangxin", "lend_device", replacement_serial="JSK-900001", repaired_by="维修中心")
    assert state(walk, IC_CARD) == "damaged"  # nothing of the step is left


def test_the_stop_list_is_asked_before_a_card_is_written(walk: Walk) -> None:
    case = lent(walk)
    stop(walk, "tax_card", TAX_CARD)

    with pytest.raises(Declined, match="停用名单"):
        walk.do("song.jia", "prepare_issue", **ISSUE)
    assert standing(walk, case) == {"prepare_issue"}


def test_a_card_is_written_for_a_machine_that_the_enterprise_has(walk: Walk) -> None:
    lent(walk)

    with pytest.raises(Declined, match="登记开票机 1 台，编号 0 至 0，没有 7 号"):
        walk.do("song.jia", "prepare_issue", **{**ISSUE, "machine_no": "7"})


def test_a_card_that_is_stopped_while_it_is_written_comes_back_to_the_clerk_with_the_sentence(walk: Walk, shelf: MemoryShelf) -> None:
    case = lent(walk)
    walk.do("song.jia", "prepare_issue", **ISSUE)
    stop(walk, "ic_card", "ICK-900001")
    work(walk, "card_issuance@yt", shelf)

    assert standing(walk, case) == {"prepare_issue"}
    assert "停用名单" in declined_because(walk, "song.jia", "prepare_issue")


def declined_because(walk: Walk, login: str, element: str) -> str:
    engine, actor = walk.application.engine, walk.actor(login)
    task = next(t for t in engine.worklist(actor, WorklistQuery(walk.application.clock.today(), scope="claimable")).items if t.element == element)
    return str(engine.task(task.id, actor).values["declined_because"])


def back_from_repair(walk: Walk, shelf: MemoryShelf) -> str:
    """The original is repaired, its replacement has to come back."""
    case = lent(walk)
    walk.do("song.jia", "prepare_issue", **ISSUE)
    work(walk, "card_issuance@yt", shelf)
    walk.do("hangxin", "await_repair", repair_result="repaired", repaired_on=today(walk), repair_findings="更换元件")
    return case


def test_a_replacement_that_is_lost_is_first_reported_as_lost(walk: Walk, shelf: MemoryShelf) -> None:
    case = back_from_repair(walk, shelf)

    with pytest.raises(Declined, match="请先办理丢失被盗报告"):
        walk.do("song.jia", "take_back", returned_as="lost")
    stop(walk, "ic_card", "ICK-900001")
    walk.do("song.jia", "take_back", returned_as="lost")

    assert standing(walk, case) == {"prepare_swap"}
    assert state(walk, "ICK-900001") == "lost"


def test_a_replacement_comes_back_blank_and_can_be_lent_again(walk: Walk, shelf: MemoryShelf) -> None:
    back_from_repair(walk, shelf)
    walk.do("song.jia", "take_back", returned_as="sound")
    work(walk, "card_issuance@yt", shelf)

    card = shelf.take("ICK-900001")
    assert card is not None
    assert OWNER not in "".join(card.files.values())
    with walk.application.database.read() as session:
        device = store.device(session, "ic_card", "ICK-900001")
    assert (device.state, device.holder_number, device.is_replacement) == ("in_stock", "XAHX", True)


# --- the term of the repair -------------------------------------------------------------------------------------------------


def test_a_repair_that_takes_too_long_is_told_to_the_tax_office_and_the_city(walk: Walk) -> None:
    inspected(walk, "reader", READER)
    approved(walk)
    walk.do("hangxin", "lend_device", repaired_by="维修中心")
    with walk.application.database.read() as session:
        due_on: date | None = session.scalars(select(Instance.due_on).where(Instance.status == "active")).one()
    assert due_on is not None
    while walk.application.clock.today() <= due_on:
        walk.application.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
        walk.application.deadlines.tick(walk.application.database)
        walk.settle()

    sentence = f"已于 {due_on} 届满"
    assert all(any(sentence in one for one in told(walk, login, "escalated")) for login in ("han.xue", "tian.ye"))


def told(walk: Walk, login: str, kind: str) -> set[str]:
    """The notices of a kind for somebody's posts, or for the party for which he acts."""
    posts: Any = walk.actor(login).post_ids
    with walk.application.database.read() as session:
        rows = session.scalars(select(Notice).where(Notice.kind == kind)).all()
    return {row.text for row in rows if row.post_id in posts}


# --- what happens to the cards of a case meanwhile --------------------------------------------------------------------------


def back_at_the_counter(walk: Walk, shelf: MemoryShelf) -> str:
    """The original is repaired, its replacement taken back; the pair waits to be written."""
    case = back_from_repair(walk, shelf)
    walk.do("song.jia", "take_back", returned_as="sound")
    work(walk, "card_issuance@yt", shelf)
    return case


def bought(walk: Walk, kind: str, serial: str) -> None:
    """The enterprise has bought another card in a case of its own."""
    clock = walk.application.clock
    with walk.application.database.write() as session:
        device, who = store.device(session, kind, serial), Who("someone", "某人", clock.now())
        for event, to in (("sell", holders.enterprise(OWNER, "西安曲江印务有限公司")), ("issue", None), ("install", None)):
            store.move(session, who, device, event, clock.today(), to=to)


def test_the_card_that_replaced_a_lost_partner_is_written_with_the_repaired_one(walk: Walk, shelf: MemoryShelf) -> None:
    case = back_from_repair(walk, shelf)
    stop(walk, "tax_card", TAX_CARD)
    bought(walk, "tax_card", "JSK-300001")
    walk.do("song.jia", "take_back", returned_as="sound")
    work(walk, "card_issuance@yt", shelf)

    assert value(walk, "song.jia", "prepare_swap", "partner_card") == "JSK-300001"
    walk.do("song.jia", "prepare_swap", **{**SWAP, "partner_card": "JSK-300001"})
    work(walk, "card_issuance@yt", shelf)
    assert standing(walk, case) == set()
    assert (state(walk, IC_CARD), state(walk, "JSK-300001")) == ("in_use", "in_use")


def test_both_cards_damaged_are_written_with_each_others_replacement(walk: Walk, shelf: MemoryShelf) -> None:
    lent(walk)
    second = inspected(walk, "tax_card", TAX_CARD)
    walk.do("hangxin", "prepare_saving", saving="card")
    work(walk, "service_unit@XAHX", shelf)
    walk.do("jia.ming", "check_data", data_decision="agree", disk_count="1", disk_amount="3000.50", disk_tax="510.08")
    approved(walk)
    walk.do("hangxin", "lend_device", replacement_serial="JSK-900001", repaired_by="维修中心")

    walk.do("song.jia", "prepare_issue", **{**ISSUE, "partner_card": "JSK-900001"})
    work(walk, "card_issuance@yt", shelf)
    walk.do("song.jia", "prepare_issue", **{**ISSUE, "partner_card": "ICK-900001"})
    work(walk, "card_issuance@yt", shelf)

    assert standing(walk, second) == {"await_repair"}


def test_an_original_lost_in_repair_is_bought_anew_once_its_loss_is_reported(walk: Walk, shelf: MemoryShelf) -> None:
    case = lent(walk)
    walk.do("song.jia", "prepare_issue", **ISSUE)
    work(walk, "card_issuance@yt", shelf)
    result = {"repair_result": "lost", "repaired_on": today(walk), "repair_findings": "维修中心被盗"}
    with pytest.raises(Declined, match=f"维修结果日期 {before(walk, 1)} 不能早于送修日期 {today(walk)}"):
        walk.do("hangxin", "await_repair", **{**result, "repaired_on": before(walk, 1)})
    with pytest.raises(Declined, match="尚未报失"):
        walk.do("hangxin", "await_repair", **result)
    stop(walk, "ic_card", IC_CARD)
    walk.do("hangxin", "await_repair", **result)
    walk.do("song.jia", "take_back", returned_as="sound")
    work(walk, "card_issuance@yt", shelf)
    sold_and_installed(walk, shelf)

    assert standing(walk, case) == set()
    assert (state(walk, IC_CARD), state(walk, "ICK-300001")) == ("lost", "in_use")


def test_a_damaged_card_that_is_lost_before_it_goes_to_repair_does_not_stop_its_case(walk: Walk) -> None:
    case = inspected(walk, "ic_card", IC_CARD)
    approved(walk)
    stop(walk, "ic_card", IC_CARD)
    walk.do("hangxin", "lend_device", replacement_serial="ICK-900001", repaired_by="维修中心")

    assert standing(walk, case) == {"prepare_issue"}
    assert state(walk, IC_CARD) == "lost"


def test_a_repaired_card_that_is_lost_at_the_counter_is_bought_anew_and_nothing_collected(walk: Walk, shelf: MemoryShelf) -> None:
    case = back_at_the_counter(walk, shelf)
    stop(walk, "ic_card", IC_CARD)

    with pytest.raises(Declined, match="停用名单"):
        walk.do("song.jia", "prepare_swap", **SWAP)
    walk.do("song.jia", "prepare_swap", cards_next="another")
    sold_and_installed(walk, shelf)
    assert standing(walk, case) == set()


def sold_and_installed(walk: Walk, shelf: MemoryShelf) -> None:
    walk.do("hangxin", "sell_device", new_serial="ICK-300001", sale_receipt="售-1")
    walk.do("song.jia", "prepare_issue", **ISSUE)
    work(walk, "card_issuance@yt", shelf)
    walk.do("hangxin", "install_device", installed_on=today(walk), installer="杭欣")


def test_a_scrapped_card_that_is_lost_before_it_is_handed_in_is_not_collected(walk: Walk, shelf: MemoryShelf) -> None:
    case = back_at_the_counter(walk, shelf)
    walk.do("song.jia", "prepare_swap", cards_next="another")
    sold_and_installed(walk, shelf)

    with pytest.raises(Declined, match="尚未报失"):
        walk.do("song.jia", "collect_scrapped", scrap="lost")
    stop(walk, "ic_card", IC_CARD)
    walk.do("song.jia", "collect_scrapped", scrap="lost")

    assert standing(walk, case) == set()
    with walk.application.database.read() as session:
        assert [p.template for p in walk.application.papers.for_subject(session, case)] == ["confirmation"]


def test_a_new_card_that_is_damaged_before_it_is_installed_has_a_case_of_its_own(walk: Walk, shelf: MemoryShelf) -> None:
    case = back_at_the_counter(walk, shelf)
    walk.do("song.jia", "prepare_swap", cards_next="another")
    walk.do("hangxin", "sell_device", new_serial="ICK-300001", sale_receipt="售-1")
    walk.do("song.jia", "prepare_issue", **ISSUE)
    work(walk, "card_issuance@yt", shelf)
    report(walk, "ic_card", "ICK-300001")
    walk.do("hangxin", "install_device", installed_on=today(walk), installer="杭欣")

    assert standing(walk, case) == {"collect_scrapped"}
    assert state(walk, "ICK-300001") == "damaged"


def test_a_swap_that_the_books_refuse_leaves_nothing_half_done_and_the_clerk_goes_on(walk: Walk, shelf: MemoryShelf) -> None:
    case = back_at_the_counter(walk, shelf)
    walk.do("song.jia", "prepare_swap", **SWAP)
    report(walk, "tax_card", TAX_CARD)  # the other card of the pair, while the station works
    work(walk, "card_issuance@yt", shelf)

    assert standing(walk, case) == {"prepare_swap"}
    assert "请先办结它的案件" in declined_because(walk, "song.jia", "prepare_swap")
    assert state(walk, IC_CARD) == "repaired"  # not in use: what was booked of the swap is taken back
    bought(walk, "tax_card", "JSK-300001")
    walk.do("song.jia", "prepare_swap", **{**SWAP, "partner_card": "JSK-300001"})
    work(walk, "card_issuance@yt", shelf)
    assert (standing(walk, case), state(walk, IC_CARD)) == (set(), "in_use")


def test_a_card_laid_before_the_reporting_period_is_not_written_inside_it_unreported(walk: Walk, shelf: MemoryShelf) -> None:
    case, clock = back_at_the_counter(walk, shelf), walk.application.clock
    while clock.today().day <= 10:
        clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    walk.do("song.jia", "prepare_swap", **{**SWAP, "period_reported": "outside"})
    while clock.today().day != 1:
        clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    work(walk, "card_issuance@yt", shelf)

    assert standing(walk, case) == {"prepare_swap"}
    assert "在报税期" in declined_because(walk, "song.jia", "prepare_swap")
    with pytest.raises(Declined, match="应先抄税"):
        walk.do("song.jia", "prepare_swap", **{**SWAP, "period_reported": "outside"})


def test_an_enterprise_that_is_deregistered_meanwhile_gets_no_card_and_its_case_ends(walk: Walk, shelf: MemoryShelf) -> None:
    case = back_at_the_counter(walk, shelf)
    deregister(walk)
    walk.do("song.jia", "prepare_swap", **SWAP)
    work(walk, "card_issuance@yt", shelf)

    assert "已注销" in value(walk, "song.jia", "prepare_swap", "declined_because")
    walk.do("song.jia", "prepare_swap", cards_next="give_up", not_wanted_because="企业已注销")
    walk.do("song.jia", "collect_scrapped", scrap="received", handed_in_by="杭欣", collected_on=today(walk), scrap_received="on")
    assert standing(walk, case) == set()
    assert state(walk, IC_CARD) == "collected"
    assert any("企业已注销" in one for one in told(walk, "qujiang", "damage_given_up"))


def deregister(walk: Walk) -> None:
    clock = walk.application.clock
    with walk.application.database.write() as session:
        enrolments.end_enrolment(session, Who("someone", "某人", clock.now()), OWNER, clock.today(), "注销税务登记")


def value(walk: Walk, login: str, element: str, name: str) -> str:
    engine, actor = walk.application.engine, walk.actor(login)
    task = next(t for t in engine.worklist(actor, WorklistQuery(walk.application.clock.today(), scope="claimable")).items if t.element == element)
    return str(engine.task(task.id, actor).values[name])


# --- whose hand -------------------------------------------------------------------------------------------------------------


def test_the_office_seals_for_no_enterprise_that_has_an_account(walk: Walk) -> None:
    inspected(walk, "ic_card", IC_CARD)
    confirmed(walk)

    assert "seal_enterprise" not in claimable(walk, "bai.lu")
    assert "seal_enterprise" in claimable(walk, "qujiang")


def test_the_office_records_what_a_service_unit_without_an_account_has_done_on_paper(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.devices_acting.parties.with_accounts", lambda _session, _names: set())
    report(walk, "ic_card", IC_CARD)
    assert "inspect_device" in claimable(walk, "bai.lu")
    walk.do("bai.lu", "inspect_device", inspected_on=today(walk), **FOUND)
    walk.do("bai.lu", "fill_confirmation", confirmed_on=today(walk), service_unit_opinion="先行替换", **FOUND)
    walk.do("han.xue", "seal_enterprise", enterprise_decision="agree", enterprise_signer="曲江", enterprise_sealed="on")
    walk.do("qin.gang", "seal_tax_office", tax_office_opinion="属实", tax_office_sealed="on")

    assert "seal_service_unit" in claimable(walk, "han.xue")


def test_who_fills_the_confirmation_in_does_not_seal_it(walk: Walk) -> None:
    inspected(walk, "ic_card", IC_CARD)
    confirmed(walk)
    sealed_by_enterprise(walk)
    walk.do("qin.gang", "seal_tax_office", tax_office_opinion="属实", tax_office_sealed="on")

    with pytest.raises(EngineError, match="您经办过“填制确认单”"):
        walk.do("hangxin", "seal_service_unit", service_unit_signer="杭欣", service_unit_sealed="on")
    walk.do("hangxin2", "seal_service_unit", service_unit_signer="洪新", service_unit_sealed="on")


def claimable(walk: Walk, login: str) -> set[str]:
    found = walk.application.engine.worklist(walk.actor(login), WorklistQuery(walk.application.clock.today(), scope="claimable"))
    return {task.element for task in found.items}


def test_an_objection_goes_to_the_city_with_the_form_and_the_city_finds_the_cause(walk: Walk) -> None:
    case = inspected(walk, "reader", READER)
    walk.do("hangxin", "fill_confirmation", confirmed_on=today(walk), service_unit_opinion="人为", **{**FOUND, "cause": "man_made"})
    walk.do("qujiang", "seal_enterprise", enterprise_decision="object", objection="雷击所致")
    walk.do("qin.gang", "seal_tax_office", tax_office_opinion="请市局认定", tax_office_sealed="on")
    walk.do("hangxin2", "seal_service_unit", service_unit_signer="洪新", service_unit_sealed="on")
    walk.do("tian.ye", "review_at_city", proposal="agree", review_opinion="确系雷击")
    walk.do("cheng.gong", "approve_at_city", decision="agree", city_cause="not_man_made")

    assert standing(walk, case) == {"lend_device"}  # neither bought anew nor referred for a penalty
    with walk.application.database.read() as session:
        paper = next(p for p in walk.application.papers.for_subject(session, case) if p.template == "confirmation")
    assert paper.data["objection"] == "雷击所致"
    assert paper.data["cause"] == "服务单位认定：人为原因；市局认定：非人为原因"
    assert (paper.data["seals"]["enterprise"]["on"], paper.data["seals"]["tax_office"]["name"]) == ("", "秦刚")


# --- what an authority or a service unit keeps ------------------------------------------------------------------------------

STOCK = {"owner": "service_unit", "device_kind": "tax_card", "device_serial": "JSK-300008", "kept_by": "杭欣", "damage_facts": "受潮"}
BROKEN = {"stock_finding": "damaged", "cause": "not_man_made", "findings": "锈蚀", "technician": "田野"}


def test_a_damaged_card_in_stock_is_sold_to_nobody_and_is_handed_up_by_the_city_once_written_off(walk: Walk) -> None:
    walk.start("hangxin", "xa", "authority_damage", damaged_on=today(walk), **STOCK)
    assert state(walk, "JSK-300008") == "damaged"
    assert "JSK-300008" not in handed_up(walk, "xa")
    walk.do("tian.ye", "verify_stock", inspected_on=today(walk), **BROKEN)
    walk.do("cheng.gong", "decide_write_off", decision="agree")

    assert "JSK-300008" in handed_up(walk, "xa")
    assert any("列入下一次上交清单" in one for one in told(walk, "hangxin", "stock_written_off"))


def handed_up(walk: Walk, code: str) -> str:
    with walk.application.database.read() as session:
        return "、".join(one.label for one in cards_to_hand_up(session, session.scalars(select(Office).where(Office.code == code)).one()))


def test_whoever_reported_a_card_in_stock_does_not_write_it_off(walk: Walk) -> None:
    walk.start("lu.yao", "xa", "authority_damage", damaged_on=today(walk), **STOCK)
    walk.do("tian.ye", "verify_stock", inspected_on=today(walk), **BROKEN)
    with walk.application.database.write() as session:
        office, clock = session.scalars(select(Office).where(Office.code == "xa")).one(), walk.application.clock
        leader = offices.posts(session, "bureau_leader", office.id)[0]
        holdings.appoint(session, Who("someone", "某人", clock.now()), walk.actor("lu.yao").person_id, leader, clock.today(), None)

    with pytest.raises(Declined, match="报告人不能自己审批报废"):
        walk.do("lu.yao", "decide_write_off", decision="agree")


def test_a_card_in_stock_that_is_lost_meanwhile_is_left_to_the_case_of_its_loss(walk: Walk) -> None:
    case = walk.start("hangxin", "xa", "authority_damage", damaged_on=today(walk), **STOCK)
    walk.do("tian.ye", "verify_stock", inspected_on=today(walk), **BROKEN)
    stop(walk, "tax_card", "JSK-300008")
    walk.do("cheng.gong", "decide_write_off", decision="agree")

    assert (standing(walk, case), state(walk, "JSK-300008")) == (set(), "lost")
    with walk.application.database.read() as session:
        assert list(walk.application.papers.for_subject(session, case)) == []


# --- papers -----------------------------------------------------------------------------------------------------------------

def test_whoever_seals_or_decides_has_the_matter_on_the_form() -> None:
    matter = {"damaged_on", "inspected_on", "confirmed_on", "damage_facts", "cause", "findings", "treatment", "service_unit_opinion"}
    for task in ("seal_enterprise", "seal_tax_office", "seal_service_unit", "review_at_city", "approve_at_city"):
        shown = {one["key"] for one in json.loads((FOLDER / "forms" / f"{task}.form").read_text())["components"] if one.get("readonly")}
        assert matter <= shown, task


def test_a_party_receives_the_papers_of_which_a_copy_is_made_for_it() -> None:
    about = yaml.safe_load((FOLDER / "procedure.yaml").read_text())
    for key, paper in about["papers"].items():
        named = [party for party, word in (("enterprise", "企业"), ("service_unit", "服务单位")) if any(word in copy for copy in paper["copies"])]
        assert paper["for_parties"] == named, key


def test_each_paper_says_how_many_copies_it_has_and_the_data_that_the_number_is_chosen() -> None:
    text = (FOLDER / "procedure.yaml").read_text()
    assert "各文书的联数都是所选" in text  # said to designers; an official form prints no remark of theirs
    for key, paper in yaml.safe_load(text)["papers"].items():
        printed = (FOLDER / "papers" / f"{key}.html").read_text()
        assert f"一式{'零一两三四'[len(paper['copies'])]}联" in printed, key
        assert "所选" not in printed, key


def test_a_damaged_reader_whose_enterprise_gave_up_is_reported_again(walk: Walk) -> None:
    first = inspected(walk, "reader", READER)
    approved(walk)
    walk.do("hangxin", "lend_device", not_wanted="on", not_wanted_because="暂不更换")
    assert (standing(walk, first), state(walk, READER)) == (set(), "damaged")

    assert standing(walk, report(walk, "reader", READER)) == {"inspect_device"}


def test_a_device_in_repair_of_another_enterprise_is_told_without_its_case(walk: Walk) -> None:
    lent(walk)

    with pytest.raises(Declined) as refused:
        walk.start(
            "lei.ting", "lh1", "device_damage", taxpayer_number="610104220000061", device_kind="ic_card", device_serial=IC_CARD, damaged_on=today(walk), damage_facts="坏",
        )  # fmt: skip

    assert "不是“" in str(refused.value)
    assert "案件" not in str(refused.value)
