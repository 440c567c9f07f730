"""What happens to the cards of a damage case while it runs (Xi'an 2002-119, 二(四), 二(五), 四3, 四4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import Declined
from hardware.simulator import MemoryShelf
from records.audit import Who
from records.taxpayers import enrolments
from tests.procedures.damaging import (
    IC_CARD,
    ISSUE,
    OWNER,
    SWAP,
    TAX_CARD,
    approved,
    back_at_the_counter,
    back_from_repair,
    before,
    bought,
    declined_because,
    inspected,
    lent,
    report,
    sold_and_installed,
    standing,
    state,
    stop,
    today,
    told,
    value,
    work,
)
from tests.procedures.walking import Walk


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


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
    with pytest.raises(Declined, match="不在报税期（每月 1-10 日）之内，不须先抄税，请改选“不在报税期内”"):
        walk.do("song.jia", "prepare_swap", **{**SWAP, "period_reported": "not_yet"})
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
