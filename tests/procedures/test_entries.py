"""What is wrong with typed-in invoices is said in one round, each fault at its own field."""

from __future__ import annotations

from typing import Any

import pytest

from app import Application
from engine.choices import filled
from engine.errors import NoSuchCheck
from engine.forms import Form, parse_form
from tests.procedures.test_english import BEGIN, FACE, signed_in
from tests.web.browsing import Page, Person
from tests.web.test_tasks import errors

GOOD = {**FACE, "issued_on": "2026-01-15"}


@pytest.fixture
def officer(application: Application) -> Person:
    """Chen Min at Haishu, who types in what she delegates."""
    return signed_in(application, "chen.min", "zh")


def begun(person: Person, *rows: dict[str, Any], **others: Any) -> Page:
    """The start form as it comes back with these rows."""
    cells = {f"faces-{at}-{key}": str(value) for at, row in enumerate(rows) for key, value in row.items()}
    plain = {key: value for key, value in BEGIN.items() if key != "faces"}
    fields = person.open("/start/delegation").fields("/start/delegation", **{**plain, **cells, **others})
    return person.post("/start/delegation", fields)


def test_every_fault_of_every_row_is_said_at_once_at_its_field(officer: Person) -> None:
    page = begun(
        officer,
        {**GOOD, "invoice_code": "123", "amount": "很多", "buyer_id": ""},
        {**GOOD, "invoice_number": "2", "issued_on": "2027-01-01"},
        to_office="", enterprise_id="12",
    )  # fmt: skip

    said = errors(page)
    assert page.status == 422
    assert set(said) == {
        "to_office", "enterprise_id", "faces-0-invoice_code", "faces-0-amount", "faces-0-buyer_id", "faces-1-invoice_number", "faces-1-issued_on",
    }  # fmt: skip
    assert said["faces-0-invoice_code"] == "第 1 行：发票代码应为 10 位数字，但这里是“123”（3 位）"
    assert said["faces-1-issued_on"].startswith("第 2 行：开票日期不应晚于登记当日")
    assert page.form("/start/delegation").fields["faces-0-amount"] == "很多"


def test_one_invoice_in_two_rows_is_said_at_the_second(officer: Person) -> None:
    page = begun(officer, GOOD, {}, GOOD)

    assert set(errors(page)) == {"faces-2-invoice_number"}
    assert "与第 1 行是同一张发票的同一联" in errors(page)["faces-2-invoice_number"]


def test_an_invoice_that_the_office_entered_before_is_said_at_its_row(officer: Person) -> None:
    assert begun(officer, GOOD).status == 200

    page = begun(officer, {**GOOD, "invoice_number": "00010024"}, GOOD)

    assert set(errors(page)) == {"faces-1-invoice_number"}
    assert "已由本机关录入过" in errors(page)["faces-1-invoice_number"]


def test_the_faults_are_english_on_an_english_page(application: Application) -> None:
    page = begun(signed_in(application, "chen.min"), {**GOOD, "invoice_code": "123"})

    assert errors(page) == {"faces-0-invoice_code": "row 1: an invoice code has 10 digits, but this is “123” (3 characters)"}


def test_a_check_that_nobody_registered_is_named(application: Application) -> None:
    form = parse_form({"id": "f", "components": [{"type": "textfield", "key": "a", "properties": {"check": "no.such"}}]})

    with application.database.read() as session, pytest.raises(NoSuchCheck, match=r"no\.such"):
        filled(application.engine.kernel, session, form, "")


def test_every_check_that_a_form_asks_for_is_registered(application: Application) -> None:
    asked = {name for form in forms(application) for name in form.check_names}

    assert asked
    assert asked <= set(application.engine.kernel.registry.checks)


def forms(application: Application) -> list[Form]:
    return [form for procedure in application.engine.procedures() for form in procedure.gate.forms.values()]
