"""One result for all invoices and another for those that are named; what was recovered stands where it was given (Ningbo 2001-19, annex 2, arts. 8, 12, 13)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from engine.errors import Declined
from records.coinvestigation.model import Finding, InspectionTransfer, InvoiceFace, Receipt
from records.coinvestigation.store import outcome
from tests.procedures.test_coinvestigation import BEGIN, FACE, POINTS, answer, send, verify
from tests.procedures.walking import Walk

OTHER = {**FACE, "invoice_number": "00010024"}
THIRD = {**FACE, "invoice_number": "00010025"}
FALSE = {"conclusion": "false", "trade": "no", "transfer_reason": "无货虚开"}


def named(number: str, **found: str) -> dict[str, str]:
    return {"invoice_code": "3202012140", "invoice_number": number, **found}


def answered(walk: Walk, **found: Any) -> str:
    """Three invoices, investigated and answered; returns the receipt."""
    send(walk, faces=[FACE, OTHER, THIRD])
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    answer(walk, "gu.ning", "shen.yi", "cao.ping", **found)
    with walk.application.database.read() as session:
        return session.scalars(select(Receipt.id)).one()


def found(walk: Walk) -> dict[str, Finding]:
    with walk.application.database.read() as session:
        rows = session.execute(select(InvoiceFace.invoice_number, Finding).join(Finding, Finding.face_id == InvoiceFace.id))
        return dict(rows.all())


def paper(walk: Walk, receipt_id: str, key: str) -> dict[str, Any]:
    with walk.application.database.read() as session:
        case_id = session.get_one(Receipt, receipt_id).case_id
        return next(p.data for p in walk.application.papers.for_subject(session, case_id) if p.template == key)


def test_an_invoice_that_is_named_has_a_result_of_its_own(walk: Walk) -> None:
    receipt_id = answered(
        walk, **FALSE, exceptions=[named("00010024", conclusion="consistent", trade="yes", remark="有出库单")]
    )

    rows = found(walk)
    assert [rows[n].conclusion for n in sorted(rows)] == ["false", "consistent", "false"]
    assert (rows["00010024"].trade, rows["00010024"].payments, rows["00010024"].remark) == ("yes", "yes", "有出库单")
    with walk.application.database.read() as session:
        moved = session.scalars(select(InspectionTransfer)).one()
        assert (moved.invoice_count, moved.reason) == (2, "无货虚开")
    reply, findings = paper(walk, receipt_id, "reply"), paper(walk, receipt_id, "findings")
    assert reply["conclusion"] == "虚开 2 份、属实 1 份"
    assert [given for _question, given in reply["points"]] == ["是", "真票", "是", "否 2 份、是 1 份", "是"]
    assert [line["conclusion"] for line in findings["invoices"]] == ["虚开", "属实", "虚开"]


def test_a_violation_of_one_invoice_moves_that_one_to_inspection(walk: Walk) -> None:
    answered(walk, exceptions=[named("00010025", conclusion="violation", trade="no", remark="无运输凭证")])

    with walk.application.database.read() as session:
        moved = session.scalars(select(InspectionTransfer)).one()
    assert (moved.invoice_count, moved.reason) == (1, "发票 3202012140 00010025：无运输凭证")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([named("00019999", conclusion="consistent")], "第 1 行：本案没有发票 3202012140 00019999"),
        ([named("00010024", conclusion="consistent")] * 2, "第 2 行：发票 3202012140 00010024 前面已经填写"),
        ([named("00010024", conclusion="consistent", trade="no")], "第 1 行：结论为“属实”，但交易一项为“否”"),
        ([named("00010024", conclusion="false", trade="no")], "发票 3202012140 00010024 有违法行为或属虚开，请在说明中写明"),
    ],
)
def test_a_row_that_cannot_be_is_told_and_nothing_is_booked(walk: Walk, rows: list[dict[str, str]], told: str) -> None:
    send(walk, faces=[FACE, OTHER])
    walk.do("shen.yi", "sign_receipt", handled_by="own")
    walk.do("gu.ning", "fill_order", inspector_id="曹平", order_demands="到户核查")
    walk.do("shen.yi", "approve_order", decision="agree")

    with pytest.raises(Declined, match=told):
        walk.do("cao.ping", "investigate", **{**POINTS, "conclusion": "consistent", "summary": "核实", "exceptions": rows})

    assert found(walk) == {}


def test_tax_stands_with_the_invoice_for_which_it_is_given_and_else_with_the_case(walk: Walk) -> None:
    receipt_id = answered(
        walk, **FALSE, tax_recovered="5000.00", exceptions=[named("00010024", conclusion="false", remark="无货", tax_recovered="9880.34")]
    )

    rows = found(walk)
    assert [rows[n].tax_recovered for n in sorted(rows)] == [Decimal(0), Decimal("9880.34"), Decimal(0)]
    with walk.application.database.read() as session:
        receipt = session.get_one(Receipt, receipt_id)
        assert receipt.tax_recovered == Decimal("5000.00")
        sums = [outcome(session, subject).tax_recovered for subject in (receipt_id, receipt.delegation_id)]
    assert sums == [Decimal("14880.34")] * 2
    findings = paper(walk, receipt_id, "findings")
    assert findings["tax_recovered"] == "14880.34"
    assert [line["remark"] for line in findings["invoices"]] == ["交易真实", "无货；补缴税款 9,880.34 元", "交易真实"]


def test_a_verification_inside_names_invoices_too(walk: Walk) -> None:
    walk.start("chen.min", "hs", "delegation", **{**BEGIN, "to_office": "hs", "faces": [FACE, OTHER]})
    verify(walk, exceptions=[named("00010024", conclusion="false", trade="no", remark="无货")])

    assert {number: (row.conclusion, row.trade) for number, row in found(walk).items()} == {
        "00010023": ("consistent", "yes"), "00010024": ("false", "no"),
    }  # fmt: skip


def test_the_inspector_is_kept_by_identifier_and_printed_by_name(walk: Walk) -> None:
    receipt_id = answered(walk)

    with walk.application.database.read() as session:
        receipt = session.get_one(Receipt, receipt_id)
    assert (receipt.inspector_id, receipt.inspector_name) == (walk.actor("cao.ping").person_id, "曹平")
    assert paper(walk, receipt_id, "order")["inspector"] == "曹平"
