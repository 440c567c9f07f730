"""Reading one invoice face."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from records.coinvestigation.faces import Fault, read_face
from records.coinvestigation.kinds import Source
from tests.unit.records.making import TODAY, texts


def faults(source: Source = Source.CERTIFICATION, **changed: str) -> list[Fault]:
    return read_face(texts(**changed), source, TODAY)[1]


def test_a_right_row_is_read_as_it_stands() -> None:
    face, found = read_face(texts(7), Source.CERTIFICATION, TODAY)

    assert found == []
    assert face is not None
    assert (face.invoice_number, face.amount, face.issued_on) == ("00000007", Decimal("100000.00"), date(2001, 5, 1))
    assert (face.copy, face.problem, face.mismatch) == ("deduction", "certification_mismatch", "tax")


def test_keys_are_understood_as_well_as_names() -> None:
    face, _ = read_face(texts(copy="stub", problem="cipher_error", mismatch=""), Source.CERTIFICATION, TODAY)

    assert face is not None
    assert (face.copy, face.problem, face.mismatch) == ("stub", "cipher_error", None)


def test_everything_that_is_wrong_is_named_at_once() -> None:
    found = faults(invoice_code="12", invoice_number="", amount="x", seller_id="1", copy="第五联")

    assert [fault.column for fault in found] == ["invoice_code", "invoice_number", "copy", "amount", "seller_id"]
    assert found[1].refusal.say() == "此项不能为空"
    assert "第五联" in found[2].refusal.say()


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"issued_on": "1993-12-31"}, "issued_on", "date_early"),
        ({"issued_on": "2026-03-03"}, "issued_on", "date_late"),
        ({"buyer_id": "320506123456789"}, "buyer_id", "same_numbers"),
        ({"problem": "缺联", "mismatch": ""}, "problem", "problem_of_other_source"),
        ({"problem": ""}, "problem", "missing"),
        ({"mismatch": ""}, "mismatch", "mismatch_missing"),
        ({"problem": "密文有误"}, "mismatch", "mismatch_unwanted"),
        ({"amount": "123.45", "tax": "999"}, "tax", "tax_above_amount"),
        ({"amount": "250000", "tax": "999999"}, "tax", "tax_above_amount"),
        ({"amount": "100.00", "tax": "100.01"}, "tax", "tax_above_amount"),
        ({"amount": "-100.00", "tax": "-100.01"}, "tax", "tax_above_amount"),
        ({"amount": "-100.00", "tax": "17.00"}, "tax", "tax_sign"),
        ({"seller_name": "长" * 101}, "seller_name", "too_long"),
        ({"seller_name": "甲\x00乙"}, "seller_name", "control_character"),
    ],
)
def test_what_only_shows_in_the_whole_row_is_refused(changed: dict[str, str], column: str, code: str) -> None:
    (fault,) = faults(**changed)

    assert (fault.column, fault.refusal.code) == (column, code)
    assert fault.refusal.say("zh")
    assert fault.refusal.say("en")


def test_the_day_of_import_itself_is_not_late() -> None:
    assert faults(issued_on=str(TODAY)) == []


def test_a_typed_in_face_needs_no_problem() -> None:
    assert faults(Source.MANUAL, problem="", mismatch="") == []


def test_a_wrong_problem_does_not_hide_behind_its_mismatch() -> None:
    assert [fault.refusal.code for fault in faults(problem="不知道")] == ["not_listed"]


def test_copies_of_one_invoice_are_told_apart() -> None:
    stub, _ = read_face(texts(copy="存根联"), Source.CERTIFICATION, TODAY)
    deduction, _ = read_face(texts(copy="抵扣联"), Source.CERTIFICATION, TODAY)

    assert stub is not None
    assert deduction is not None
    assert stub.identity != deduction.identity


def test_two_invoices_with_one_number_are_told_apart_only_when_that_is_the_problem() -> None:
    def identity(problem: str, amount: str) -> str:
        face, found = read_face(texts(problem=problem, mismatch="", amount=amount, tax="0.17"), Source.AUDIT, TODAY)
        assert face is not None, found
        return face.identity

    assert identity("重号", "1") != identity("重号", "2")
    assert identity("重号", "1") == identity("重号", "1")
    assert identity("失控", "1") == identity("失控", "2")


@pytest.mark.parametrize(("amount", "tax"), [("100.00", "17.01"), ("-100.00", "-17.00"), ("100.00", "0"), ("100.00", "13.00"), ("0", "0"), ("100.00", "25.00")])
def test_tax_is_read_as_it_is_printed(amount: str, tax: str) -> None:
    assert faults(amount=amount, tax=tax) == []


def test_a_tax_that_is_too_high_names_both_figures() -> None:
    (fault,) = faults(amount="250000", tax="999999")

    assert fault.refusal.say() == "税额 999,999.00 元大于金额 250,000.00 元，请核对两者是否填反或抄错"
    assert "999,999.00 yuan is more than the amount of 250,000.00 yuan" in fault.refusal.say("en")
