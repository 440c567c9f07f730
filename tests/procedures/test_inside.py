"""What the own office is competent for it verifies itself: the inspector finds, clerk and director sign (Ningbo 2001-19, annex 1, art. 10; annex 2, arts. 8, 15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from db.clock import ManualClock
from deadlines.model import Notice
from engine.errors import FormInvalid, PreparedByYou
from engine.registry import CaseRef
from handlers.wiring import build_registry
from records.coinvestigation.model import Delegation, Finding, InspectionTransfer, Receipt
from records.coinvestigation.store import signatures_of
from tests.factories.notices import left_for
from tests.procedures.test_coinvestigation import BEGIN, FACE, POINTS, answer, mine, send, verify
from tests.procedures.test_terms_of_cases import on
from tests.procedures.walking import Walk

FOUND = {**POINTS, "conclusion": "consistent", "summary": "交易属实"}
AGREED = {"entry_checked": "on", "decision": "agree"}


def begun(walk: Walk, **changes: Any) -> str:
    return walk.start("chen.min", "hs", "delegation", **{**BEGIN, "to_office": "hs", **changes})


def delegation(walk: Walk) -> Delegation:
    with walk.application.database.read() as session:
        return session.scalars(select(Delegation)).one()


def test_the_officer_who_brought_it_in_does_not_verify_it(walk: Walk) -> None:
    begun(walk)

    with pytest.raises(StopIteration):
        walk.do("chen.min", "verify_inside", **FOUND)
    verify(walk)
    assert delegation(walk).state == "replied"


def test_three_sign_and_only_then_it_is_settled(walk: Walk) -> None:
    case = begun(walk)
    walk.do("sun.qiang", "verify_inside", **FOUND)
    walk.do("lin.jing", "check_verification", **AGREED)
    assert (delegation(walk).state, walk.case(case, "chen.min").header.due_on) == ("verifying", date(2026, 4, 2))

    walk.do("zhou.hua", "approve_verification", decision="agree")

    assert (delegation(walk).state, walk.case(case, "chen.min").header.due_on) == ("replied", None)
    with walk.application.database.read() as session:
        signed = [(s.role, s.person_name) for s in signatures_of(session, delegation(walk).id, "verification")]
        assert session.scalars(select(Finding.found_by_name)).all() == ["孙强"]
    assert signed == [("clerk", "林静"), ("handler", "孙强"), ("leader", "周华")]


@pytest.mark.parametrize(("element", "login"), [("check_verification", "lin.jing"), ("approve_verification", "zhou.hua")])
def test_whoever_verified_signs_in_no_other_role(walk: Walk, element: str, login: str) -> None:
    case = begun(walk)
    walk.do("sun.qiang", "verify_inside", **FOUND)
    if element == "approve_verification":
        walk.do("lin.jing", "check_verification", **AGREED)
    (task,) = walk.case(case, "chen.min").open_tasks
    assert task.element == element

    both = replace(walk.actor(login), person_id=walk.actor("sun.qiang").person_id, name="孙强")
    with pytest.raises(PreparedByYou):
        walk.application.engine.complete(task.id, AGREED, both, walk.key())


def test_what_is_returned_is_corrected_by_who_found_it_and_written_anew(walk: Walk) -> None:
    begun(walk)
    walk.do("sun.qiang", "verify_inside", **FOUND)
    walk.do("lin.jing", "check_verification", **AGREED)
    walk.do("zhou.hua", "approve_verification", decision="return", return_reason="请核对资金流向")
    assert mine(walk, "sun.qiang") == ["verify_inside"]

    verify(walk, payments="no", conclusion="false", transfer_reason="资金回流")

    with walk.application.database.read() as session:
        assert session.scalars(select(Finding.conclusion)).all() == ["false"]
        assert len(session.scalars(select(InspectionTransfer)).all()) == 1


def test_the_five_points_of_a_doubtful_invoice_are_asked_and_those_of_a_confirmed_one_not(walk: Walk) -> None:
    begun(walk)
    with pytest.raises(FormInvalid, match="开票企业是否存在"):
        walk.do("sun.qiang", "verify_inside", conclusion="consistent", summary="交易属实")
    verify(walk)

    begun(walk, nature="confirmed", faces=[{**FACE, "invoice_number": "00010024"}])
    walk.do("sun.qiang", "verify_inside", conclusion="false", transfer_reason="无货虚开", summary="已立案")


def test_a_case_that_runs_an_earlier_version_books_the_result_at_once(straight: Walk) -> None:
    case = begun(straight)
    straight.do("sun.qiang", "verify_inside", **{**FOUND, "conclusion": "false", "transfer_reason": "无货虚开"})
    handlers = build_registry(straight.application.deadlines, straight.application.papers).handlers
    seen = straight.case(case, "chen.min")

    class Earlier:
        """What an operation is given whose version names nobody who signs."""

        variables = seen.variables
        about = {"marks": {"hs": "甬海国税稽协"}}
        element_id = "book_verification"
        clock, actor = straight.application.clock, straight.actor("sun.qiang")
        case = CaseRef(seen.header.instance_id, "", seen.header.title, seen.header.office_id, seen.header.scope, "coinvestigation", "delegation")

        def set_due(self, *_: object) -> None: ...
        def send(self, *_: object, **__: object) -> None: ...

    with straight.application.database.write() as session:
        context: Any = Earlier()
        context.session = session
        moved = handlers["coinvestigation.book_verification"].function(context)
    assert moved == {"transfer_number": "甬海国税稽协移〔2026〕1号", "transferred_invoices": 1}
    assert delegation(straight).state == "replied"


# --- inspection proceedings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("inside", "number", "director"), [(True, "甬海国税稽协移〔2026〕1号", "zhou.hua"), (False, "苏吴国税稽协移〔2026〕1号", "shen.yi")])
def test_a_transfer_to_inspection_has_a_number_is_told_and_stands_on_the_case(walk: Walk, inside: bool, number: str, director: str) -> None:
    found = {"trade": "no", "conclusion": "false", "transfer_reason": "无货虚开"}
    if inside:
        case = begun(walk)
        verify(walk, **found)
    else:
        send(walk)
        walk.do("shen.yi", "sign_receipt", handled_by="own")
        answer(walk, "gu.ning", "shen.yi", "cao.ping", **found)
        with walk.application.database.read() as session:
            case = session.scalars(select(Receipt.case_id)).one()

    with walk.application.database.read() as session:
        assert session.scalars(select(InspectionTransfer.number)).one() == number
        told = left_for(session, sorted(walk.actor(director).post_ids))
        assert session.scalars(select(Notice.subject_id).where(Notice.kind == "to_inspection")).all() == [case]
    text = next(notice.text for notice in told if notice.kind == "to_inspection")
    assert text.endswith(f"有 1 份发票查有违法行为，转入稽查程序（{number}）：无货虚开")
    seen = walk.case(case, director)
    assert (seen.variables["transfer_number"], seen.variables["transferred_invoices"]) == (number, 1)
    assert {"移送稽查": number}.items() <= {row["label"]: row["value"] for row in seen.summary}.items()


def test_what_is_in_order_goes_to_no_inspection(walk: Walk) -> None:
    case = begun(walk)
    verify(walk)

    assert "移送稽查" not in {row["label"] for row in walk.case(case, "chen.min").summary}
    with walk.application.database.read() as session:
        assert session.scalars(select(Notice).where(Notice.kind == "to_inspection")).all() == []


# --- who verifies ----------------------------------------------------------------------------------------------------------


def test_the_city_sends_what_a_district_is_competent_for_down_to_it(walk: Walk, clock: ManualClock) -> None:
    walk.start("xu.wei", "nb", "delegation", **{**BEGIN, "to_office": "hs", "faces": [FACE]})
    walk.do("xu.wei", "fill_letter", next_step="submit", enterprise_facts="一般纳税人", invoice_facts="失控", demands="请核实交易")
    walk.do("zheng.jie", "check_entry", **AGREED)
    walk.do("he.tao", "check_handling", handling_checked="on", decision="agree")
    walk.do("ma.lin", "approve_delegation", decision="agree")

    with walk.application.database.read() as session:
        receipt = session.scalars(select(Receipt)).one()
    assert (receipt.number, receipt.due_on) == ("甬海国税稽协受〔2026〕1号", date(2026, 4, 2))
    walk.do("zhou.hua", "sign_receipt", handled_by="own")
    on(walk, clock, "2026-03-20")
    walk.do("chen.min", "fill_order", inspector_id="孙强", order_demands="到户核查")
    walk.do("zhou.hua", "approve_order", decision="agree")
    walk.do("sun.qiang", "investigate", **FOUND)
    walk.do("chen.min", "draft_reply", reply_text="交易真实")
    walk.do("lin.jing", "check_reply", **AGREED)
    walk.do("zhou.hua", "approve_reply", decision="agree")
    assert [t.element for t in walk.case(delegation(walk).case_id, "xu.wei").open_tasks] == ["evaluate_reply"]


@pytest.mark.parametrize("to", ["hs", "szwz"])
def test_the_city_organises_what_it_brought_in_itself_and_reports_it_to_nobody(straight: Walk, to: str) -> None:
    face = {**FACE, "amount": "9000000.00", "tax": "1530000.00"}
    straight.start("xu.wei", "nb", "delegation", **{**BEGIN, "to_office": to, "faces": [face]})
    straight.do("xu.wei", "fill_letter", next_step="submit", enterprise_facts="一般纳税人", invoice_facts="失控", demands="请核实交易")
    straight.do("zheng.jie", "check_entry", **AGREED)
    straight.do("he.tao", "check_handling", handling_checked="on", decision="agree")
    straight.do("ma.lin", "approve_delegation", decision="agree")

    with straight.application.database.read() as session:
        receipt = session.scalars(select(Receipt)).one()
        issued = [paper.template for paper in straight.application.papers.for_subject(session, delegation(straight).case_id)]
    assert (delegation(straight).organiser, issued[0]) == ("city", "letter")
    assert receipt.number == {"hs": "甬海国税稽协受〔2026〕1号", "szwz": "苏国税稽协受〔2026〕1号"}[to]  # the district itself, or the city above the other
