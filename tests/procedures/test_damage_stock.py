"""A damaged card that an authority or a service unit keeps (Xi'an 2002-119, 三(三)5(2), 四4)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.errors import Declined
from handlers.registration_lists import cards_to_destroy, cards_to_hand_up
from records.audit import Who
from records.devices import holders, store
from records.offices import holdings
from records.offices import store as offices
from records.offices.model import Office
from tests.procedures.damaging import standing, state, stop, today, told
from tests.procedures.walking import Walk

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


def test_a_card_of_the_provinces_own_that_is_written_off_can_be_listed_for_destruction(walk: Walk) -> None:
    with walk.application.database.write() as session:
        office, clock = session.scalars(select(Office).where(Office.code == "sn")).one(), walk.application.clock
        who = Who("someone", "某人", clock.now())
        store.take_in(session, who, "tax_card", "SWK-000001", holders.office(office), office.scope, clock.today())
    walk.start("ai.hua", "sn", "authority_damage", damaged_on=today(walk), **{**STOCK, "owner": "authority", "device_serial": "SWK-000001"})
    walk.do("hangxin", "inspect_stock", inspected_on=today(walk), **BROKEN)
    walk.do("gong.zheng", "decide_write_off", decision="agree")

    with walk.application.database.read() as session:
        offered = cards_to_destroy(session, session.scalars(select(Office).where(Office.code == "sn")).one())
    assert ["SWK-000001" in one.label for one in offered] == [True]
