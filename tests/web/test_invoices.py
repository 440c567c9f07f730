"""发票明细: whoever sees a case sees its invoices, typed in or imported, on its page, beside its tasks, and as a workbook."""

from __future__ import annotations

import gzip
import io

import openpyxl
import pytest
from sqlalchemy import select

from records.coinvestigation.model import Receipt
from records.coinvestigation.store import delegations
from records.coinvestigation.store.delegations import delegation_of_case
from tests.procedures.conftest import application, stage, straight  # noqa: F401  (fixtures)
from tests.procedures.test_coinvestigation import draft, send
from tests.procedures.walking import Walk
from tests.unit.records.making import filled
from tests.web.browsing import Page, Person
from tests.web.office import Office
from tests.web.test_received import at_the_desk

LETTER = {"next_step": "submit", "enterprise_facts": "一般纳税人", "invoice_facts": "税额不符", "demands": "请核实交易"}
LIMIT = 100_000  # bytes


def numbers(page: Page) -> list[str]:
    return [text.strip() for text in page.tree.xpath("//*[@id='invoices']//tbody/tr/td[1]/div/text()")]


def task_of(walk: Walk, case: str, login: str) -> str:
    (task,) = walk.case(case, login).open_tasks
    return f"/tasks/{task.id}"


@pytest.fixture
def imported(straight: Walk) -> str:  # noqa: F811
    """A case whose two invoices came with a list, before its first check."""
    case = straight.imported("chen.min", "hs", more=[{"invoice_number": "00000002", "amount": "200000.00", "tax": "34000.00"}])
    straight.do("chen.min", "fill_letter", **LETTER)
    return case


def test_those_who_check_and_sign_see_every_imported_invoice(straight: Walk, imported: str) -> None:  # noqa: F811
    for login, element, values in (
        ("lin.jing", "check_entry", {"entry_checked": "on", "decision": "agree"}),
        ("sun.qiang", "check_handling", {"handling_checked": "on", "decision": "agree"}),
        ("zhou.hua", "approve_delegation", {}),
    ):
        page = at_the_desk(straight, login).open(task_of(straight, imported, login))

        assert numbers(page) == ["00000001", "00000002"], login
        assert "共 2 份" in page.text
        assert "金额 300,000.00 元" in page.text
        assert "认证不符" in page.text
        if values:
            straight.do(login, element, **values)


def test_the_inspector_inside_the_district_sees_them_too(straight: Walk) -> None:  # noqa: F811
    case = straight.imported("chen.min", "hs", seller_id="330203144052260")

    page = at_the_desk(straight, "sun.qiang").open(task_of(straight, case, "sun.qiang"))

    assert numbers(page) == ["00000001"]


def test_typed_in_invoices_stand_once_on_a_page(straight: Walk) -> None:  # noqa: F811
    case = send(straight)

    for page in (at_the_desk(straight, "chen.min").open(f"/cases/{case}"), at_the_desk(straight, "shen.yi").open(answering(straight))):
        assert numbers(page) == ["00010023"]
        assert page.response.get_data(as_text=True).count("00010023") == 1


def answering(walk: Walk) -> str:
    with walk.application.database.read() as session:
        return f"/cases/{session.scalars(select(Receipt)).one().case_id}"


def test_findings_stand_beside_the_invoices_once_they_exist(straight: Walk) -> None:  # noqa: F811
    case = send(straight)
    straight.do("shen.yi", "sign_receipt", handled_by="own")
    assert "结论" not in headings(at_the_desk(straight, "gu.ning").open(answering(straight)))
    draft(straight, "gu.ning", "shen.yi", "cao.ping")

    page = at_the_desk(straight, "gu.ning").open(answering(straight))

    assert headings(page)[-1] == "结论"
    assert page.tree.xpath("//*[@id='invoices']//td/span[contains(@class, 'tag-green')]/text()") == ["属实"]
    assert "结论" not in headings(at_the_desk(straight, "chen.min").open(f"/cases/{case}"))  # before it is answered
    sheet = workbook(at_the_desk(straight, "gu.ning"), answering(straight))
    assert (sheet[0][13:19], sheet[1][18]) == (("企业及发票是否存在", "发票真伪", "票面内容是否真实", "交易是否真实", "票款往来是否一致", "结论"), "属实")


def headings(page: Page) -> list[str]:
    return [th.text_content().rstrip("↕▲▼") for th in page.tree.xpath("//*[@id='invoices']//th")]


def workbook(person: Person, case: str, query: str = "") -> list[tuple[object, ...]]:
    content = person.open(f"{case}/invoices.xlsx{query}").response.get_data()
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.values)  # type: ignore[union-attr]


def test_who_does_not_see_the_case_sees_no_invoice(straight: Walk, imported: str) -> None:  # noqa: F811
    outsider = at_the_desk(straight, "shen.yi")

    assert [outsider.open(f"/cases/{imported}/invoices{kind}").status for kind in ("", ".xlsx")] == [404, 404]
    assert at_the_desk(straight, "chen.min").open(f"/cases/{imported}/invoices").status == 200


def test_they_are_searched_sorted_and_taken_away(straight: Walk, imported: str) -> None:  # noqa: F811
    person = at_the_desk(straight, "lin.jing")

    assert numbers(person.open(f"/cases/{imported}/invoices?q=00000002")) == ["00000002"]
    assert "共 1 份 / 2" in person.open(f"/cases/{imported}/invoices?q=00000002").text
    assert "没有符合条件的发票" in person.open(f"/cases/{imported}/invoices?q=没有").text
    whole = person.open(f"/cases/{imported}/invoices")
    (address,) = whole.tree.xpath("//th[contains(., '金额')]/a/@href")
    down = person.open(address)
    assert (address, numbers(down)) == (f"/cases/{imported}/invoices?sort=-amount", ["00000002", "00000001"])
    assert numbers(person.open(down.tree.xpath("//th[contains(., '金额')]/a/@href")[0])) == ["00000001", "00000002"]
    (export,) = down.tree.xpath("//a[contains(@href, '.xlsx')]/@href")
    assert export.endswith("?sort=-amount")
    rows = workbook(person, f"/cases/{imported}", "?sort=-amount")
    assert [(row[2], row[4]) for row in rows[1:]] == [("00000002", 200000), ("00000001", 100000)]
    assert person.open(f"/cases/{imported}/invoices?sort=nonsense&offset=-1").status == 200


def test_htmx_gets_the_block_alone(straight: Walk, imported: str) -> None:  # noqa: F811
    block = at_the_desk(straight, "lin.jing").open(
        f"/cases/{imported}/invoices?q=00000002", **{"HX-Request": "true", "HX-Target": "section#invoices"}
    )

    assert numbers(block) == ["00000002"]
    assert not block.tree.xpath("//header")
    assert block.tree.xpath("//a[contains(@class, 'sorts')]/@hx-target")[0] == "#invoices"


def test_a_case_with_many_has_pages_of_fifty_and_stays_light(straight: Walk, imported: str) -> None:  # noqa: F811
    with straight.application.database.write() as session:
        row = delegation_of_case(session, imported)
        assert row is not None
        filled(session, row.id, 118)
        delegations.retotal(session, row)
    person = at_the_desk(straight, "lin.jing")

    task = person.open(task_of(straight, imported, "lin.jing"))
    pages = [person.open(f"/cases/{imported}/invoices?offset={at}") for at in (0, 50, 100)]

    assert [len(numbers(page)) for page in (task, *pages)] == [50, 50, 50, 20]
    assert "第 51 至 100 份" in pages[1].text
    assert [link.get("rel") for link in pages[1].tree.xpath("//*[@id='invoices']//nav/a")] == [None, "prev", "next"]
    for page in (task, person.open(f"/cases/{imported}"), pages[0]):
        assert len(gzip.compress(page.response.get_data(), 5)) < LIMIT / 2  # scripts and style take the other half
        assert len(page.response.get_data()) < LIMIT


def test_a_case_of_another_procedure_has_no_block_and_is_asked_nothing_more(
    office: Office, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_given: object) -> None:
        raise AssertionError("expected no question to the records of co-investigation")

    monkeypatch.setattr("records.coinvestigation.listing.subject_of_case", asked)
    case = office.start()

    assert not clerk.open(f"/cases/{case}").tree.xpath("//*[@id='invoices']")
    assert not clerk.open(f"/tasks/{office.task_of(case)}").tree.xpath("//*[@id='invoices']")
    assert clerk.open(f"/cases/{case}/invoices").status == 404
