"""What the report of a damaged device is refused, and how its data are saved and checked (Xi'an 2002-119, 二(四), 二(五), 三(一)11, 三(三)4(2))."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from db.blobs import get_blob
from engine.errors import Declined, FormInvalid
from engine.tables import Attachment, Instance
from hardware.simulator import MemoryShelf
from records.audit import Who
from records.devices.model import SavedData, StubFile
from records.invoices import store as invoices
from records.taxpayers import store as taxpayers
from tests.procedures.damaging import (
    FOLDER,
    FOUND,
    IC_CARD,
    OWNER,
    READER,
    STUB,
    TAX_CARD,
    approved,
    before,
    bought,
    confirmed,
    inspected,
    lent,
    report,
    standing,
    state,
    stop,
    today,
    told,
    work,
)
from tests.procedures.walking import Walk


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


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


def test_what_is_found_sound_is_as_before_its_report(walk: Walk) -> None:
    bought(walk, "ic_card", "ICK-300001", "sell", "issue")
    for serial, as_it_was in ((IC_CARD, "in_use"), ("ICK-300001", "issued")):
        case = report(walk, "ic_card", serial)
        walk.do("hangxin", "inspect_device", sound="on", inspected_on=today(walk), findings="接触不良，擦拭后正常", technician="杭欣")
        assert (standing(walk, case), state(walk, serial)) == (set(), as_it_was)
    assert len(told(walk, "qujiang", "damage_found_sound")) == 2


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
