"""Cards that are lent, written, taken back and too long in repair (Xi'an 2002-119, 二(四), 二(五), 三(一)8)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from engine.errors import Declined, FormInvalid
from engine.tables import Instance
from hardware.simulator import MemoryShelf
from records.audit import Who
from records.devices import holders, store
from records.taxpayers import limits
from tests.procedures.damaging import (
    FOUND,
    IC_CARD,
    ISSUE,
    OWNER,
    READER,
    TAX_CARD,
    approved,
    back_from_repair,
    confirmed,
    declined_because,
    inspected,
    lent,
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


def test_a_card_is_written_with_the_limit_of_the_day_and_anew_where_that_changes_while_the_station_works(walk: Walk, shelf: MemoryShelf) -> None:
    case = lent(walk)
    limited(walk, 40)  # after the report
    walk.do("song.jia", "prepare_issue", **ISSUE)
    assert walk.case(case, "song.jia").variables["monthly_quantity"] == 40
    limited(walk, 30)
    work(walk, "card_issuance@yt", shelf)

    assert standing(walk, case) == {"prepare_issue"}
    assert "写卡期间限额已变更为万元版、每月 30 份" in declined_because(walk, "song.jia", "prepare_issue")
    walk.do("song.jia", "prepare_issue", **ISSUE)
    work(walk, "card_issuance@yt", shelf)
    assert standing(walk, case) == {"await_repair"}
    assert walk.case(case, "song.jia").variables["monthly_quantity"] == 30


def limited(walk: Walk, quantity: int) -> None:
    clock = walk.application.clock
    with walk.application.database.write() as session:
        decided = {"decided_level": "district", "decided_on": clock.today(), "kind": "change"}
        limits.grant(session, Who("someone", "某人", clock.now()), OWNER, "ten_thousand", Decimal(10_000), quantity, **decided)  # type: ignore[arg-type]


def test_a_replacement_that_is_lost_is_first_reported_as_lost(walk: Walk, shelf: MemoryShelf) -> None:
    case = back_from_repair(walk, shelf)

    with pytest.raises(Declined, match="请先办理丢失被盗报告"):
        walk.do("song.jia", "take_back", returned_as="lost")
    stop(walk, "ic_card", "ICK-900001")
    walk.do("song.jia", "take_back", returned_as="lost")

    assert standing(walk, case) == {"prepare_swap"}
    assert state(walk, "ICK-900001") == "lost"


def test_a_replacement_that_is_in_stock_already_when_its_clearing_is_answered_does_not_stop_the_case(walk: Walk, shelf: MemoryShelf) -> None:
    case = back_from_repair(walk, shelf)
    walk.do("song.jia", "take_back", returned_as="sound")
    clock = walk.application.clock
    with walk.application.database.write() as session:
        unit = holders.service_unit("XAHX", "西安航信技术服务有限公司")
        store.move(session, Who("someone", "某人", clock.now()), store.device(session, "ic_card", "ICK-900001"), "give_back", clock.today(), to=unit)
    work(walk, "card_issuance@yt", shelf)

    assert standing(walk, case) == {"prepare_swap"}


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
