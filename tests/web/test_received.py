"""What came with a letter stands on the pages of the office that answers it: the enterprise, the demands, the invoices one by one."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from commands import demo_office
from engine.worklist import WorklistQuery
from tests.procedures.conftest import application, stage, straight  # noqa: F401  (fixtures)
from tests.procedures.test_coinvestigation import send
from tests.procedures.walking import Walk
from tests.web.browsing import Page, Person


def at_the_desk(walk: Walk, login: str) -> Person:
    client: FlaskClient = walk.application.web().test_client()
    person = Person(client)
    person.open("/sign-in").submit("/sign-in", login=login, password=demo_office.password(walk.application))
    return person


def task_of(walk: Walk, login: str, element: str) -> str:
    actor, today = walk.actor(login), walk.application.clock.today()
    page = walk.application.engine.worklist(actor, WorklistQuery(today, scope="mine"))
    return next(task.id for task in page.items if task.element == element)


def table(page: Page, caption: str) -> list[list[str]]:
    (found,) = page.tree.xpath(f"//table[caption='{caption}']")
    return [[cell.text_content() for cell in row.xpath("./th | ./td")] for row in found.xpath(".//tr")]


@pytest.fixture
def investigation(straight: Walk) -> Walk:  # noqa: F811
    """A case that waits for the inspector."""
    send(straight)
    straight.do("shen.yi", "sign_receipt", handled_by="own")
    straight.do("gu.ning", "fill_order", inspector_id="曹平", order_demands="到户核查")
    straight.do("shen.yi", "approve_order", decision="agree")
    return straight


def test_the_inspector_sees_the_invoices_the_enterprise_and_the_demands(investigation: Walk) -> None:
    page = at_the_desk(investigation, "cao.ping").open(f"/tasks/{task_of(investigation, 'cao.ping', 'investigate')}")

    assert table(page, "发票明细")[1] == [
        "320201214000010023 抵扣联", "58,119.66", "9,880.34", "2026-01-15", "—320506713258801", "—330203144052260", "—",
    ]  # fmt: skip
    assert "苏州恒通贸易有限公司" in page.text
    assert "请核实交易" in page.text


def test_columns_of_numbers_stand_to_the_right(investigation: Walk) -> None:
    page = at_the_desk(investigation, "cao.ping").open(f"/tasks/{task_of(investigation, 'cao.ping', 'investigate')}")

    assert [cell.text_content() for cell in page.tree.xpath("//table[caption='发票明细']//td[contains(@class, 'r ')]")] == ["58,119.66", "9,880.34"]


def test_a_list_that_may_stay_empty_asks_nothing_before_a_row_is_added(investigation: Walk) -> None:
    person, task = at_the_desk(investigation, "cao.ping"), task_of(investigation, "cao.ping", "investigate")
    page = person.open(f"/tasks/{task}")
    assert not page.tree.xpath("//input[starts-with(@name, 'exceptions-')]")

    page = page.submit(f"/tasks/{task}", to=f"/tasks/{task}/form", add="exceptions")

    assert len(page.tree.xpath("//input[@name='exceptions-0-invoice_code']")) == 1
