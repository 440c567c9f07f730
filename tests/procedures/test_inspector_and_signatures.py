"""The handling order names an inspector, and the reply is signed by three (Ningbo 2001-19, annex 2, arts. 11, 12 and 15)."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from db.clock import ManualClock
from engine.errors import Declined, PreparedByYou, TaskAlreadyClaimed
from engine.worklist import WorklistQuery
from handlers.coinvestigation_signing import sign_all
from records.coinvestigation.model import Finding, Receipt
from records.coinvestigation.store import signatures_of
from records.offices import store as offices
from records.offices.model import PostHolding
from tests.factories.notices import left_for
from tests.procedures.test_coinvestigation import POINTS, draft, send
from tests.procedures.walking import Walk


def ordered(walk: Walk) -> str:
    """A matter that the order gives to 曹平; returns the open task."""
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    walk.do("gu.ning", "fill_order", inspector_id="曹平", order_demands="到户核查")
    walk.do("shen.yi", "approve_order", decision="agree")
    return walk.case(receipt(walk).case_id, "gu.ning").open_tasks[0].id


def receipt(walk: Walk) -> Receipt:
    with walk.application.database.read() as session:
        return session.scalars(select(Receipt)).one()


def leaves(walk: Walk, login: str, clock: ManualClock) -> None:
    """A person holds no post from tomorrow on."""
    with walk.application.database.write() as session:
        found = offices.person_by_login(session, login)
        assert found is not None
        session.execute(update(PostHolding).where(PostHolding.person_id == found.id).values(valid_to=clock.today()))
    clock.advance(timedelta(days=1))


def test_the_inspector_whom_the_order_names_investigates_and_no_colleague(walk: Walk) -> None:
    task = ordered(walk)
    engine, colleague = walk.application.engine, walk.actor("qian.feng")

    assert engine.worklist(colleague, WorklistQuery(walk.application.clock.today(), scope="claimable")).items == []
    with pytest.raises(TaskAlreadyClaimed):
        engine.claim(task, colleague, walk.key())
    with pytest.raises(TaskAlreadyClaimed):
        engine.complete(task, {**POINTS, "conclusion": "consistent", "summary": "交易真实"}, colleague, walk.key())

    walk.do("cao.ping", "investigate", **{**POINTS, "conclusion": "consistent", "summary": "交易真实"})
    with walk.application.database.read() as session:
        assert (receipt(walk).inspector_name, session.scalars(select(Finding.found_by_name)).one()) == ("曹平", "曹平")


def test_a_named_inspector_who_leaves_before_the_order_is_approved_leaves_it_to_his_colleagues(walk: Walk, clock: ManualClock) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    walk.do("gu.ning", "fill_order", inspector_id="曹平", order_demands="到户核查")
    leaves(walk, "cao.ping", clock)
    walk.do("shen.yi", "approve_order", decision="agree")

    walk.do("qian.feng", "investigate", **{**POINTS, "conclusion": "consistent", "summary": "交易真实"})
    with walk.application.database.read() as session:
        assert session.scalars(select(Finding.found_by_name)).one() == "钱峰"


def test_a_named_inspector_who_leaves_afterwards_leaves_it_to_his_colleagues(walk: Walk, clock: ManualClock) -> None:
    task = ordered(walk)
    leaves(walk, "cao.ping", clock)

    engine, colleague = walk.application.engine, walk.actor("qian.feng")
    assert engine.task(task, colleague).may_claim
    engine.claim(task, colleague, walk.key())
    assert engine.task(task, colleague).may_complete


def test_a_recalled_order_is_back_with_the_officer_who_filled_it_and_he_is_told_why(walk: Walk) -> None:
    ordered(walk)
    case = receipt(walk).case_id
    walk.start("shen.yi", "szwz", "reassignment", about=case, reason="曹平另有专案任务")

    (task,) = walk.case(case, "gu.ning").open_tasks
    assert (task.element, task.assignee_id) == ("fill_order", walk.actor("gu.ning").person_id)
    with walk.application.database.read() as session:
        told = left_for(session, sorted(walk.actor("gu.ning").post_ids))
    (returned,) = [notice for notice in told if notice.kind == "returned"]
    assert returned.text.endswith("的“填制协查处理单”已退回：曹平另有专案任务")


def test_an_inspector_is_replaced_only_while_he_is_at_work(walk: Walk) -> None:
    send(walk)
    case = receipt(walk).case_id

    with pytest.raises(Declined, match="不在检查核实环节"):
        walk.start("shen.yi", "szwz", "reassignment", about=case, reason="另有任务")


def test_the_reply_is_signed_by_the_clerk_the_handler_and_the_leader(walk: Walk) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    draft(walk, "gu.ning", "shen.yi", "cao.ping")
    drafter = walk.actor("gu.ning")
    task = walk.case(receipt(walk).case_id, "gu.ning").open_tasks[0]
    clerk_too = type(drafter)(drafter.person_id, drafter.name, walk.actor("tang.wei").post_ids, drafter.scopes, roles=drafter.roles)
    with pytest.raises(PreparedByYou):
        walk.application.engine.complete(task.id, {"entry_checked": "on", "decision": "agree"}, clerk_too, walk.key())
    walk.do("tang.wei", "check_reply", entry_checked="on", decision="agree")
    walk.do("shen.yi", "approve_reply", decision="agree")

    with walk.application.database.read() as session:
        row = session.scalars(select(Receipt)).one()
        signed = [(s.role, s.person_name) for s in signatures_of(session, row.id, "reply_letter")]
        reply = next(p.data for p in walk.application.papers.for_subject(session, row.case_id) if p.template == "reply")
    assert signed == [("clerk", "唐薇"), ("handler", "顾宁"), ("leader", "沈毅")]
    assert [reply[role]["name"] for role in ("clerk", "handler", "leader")] == ["唐薇", "顾宁", "沈毅"]


def test_a_reply_that_one_of_the_three_has_not_signed_is_not_sent(straight: Walk) -> None:
    with straight.application.database.read() as session:
        ctx: Any = SimpleNamespace(session=session, variables={"done_by": {}})
        with pytest.raises(Declined, match="还缺录入员、经办人、主管领导签字，函件不能发出"):
            sign_all(ctx, "receipt", "reply_letter", {"clerk": "check_reply", "handler": "draft_reply", "leader": "approve_reply"})


def test_a_reply_that_leaves_an_invoice_out_is_not_sent(walk: Walk) -> None:
    send(walk)
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    draft(walk, "gu.ning", "shen.yi", "cao.ping")
    walk.do("tang.wei", "check_reply", entry_checked="on", decision="agree")
    with walk.application.database.write() as session:
        session.execute(delete(Finding))

    with pytest.raises(Declined, match="发票 3202012140 00010023 等 1 份还没有查证完毕"):
        walk.do("shen.yi", "approve_reply", decision="agree")
