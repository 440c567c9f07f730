"""The registers in the browser: their own office, the city above it, the district beside it."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import event, select

from papers.render import PapersUnavailable
from papers.templates import read_templates
from records.coinvestigation import store
from records.coinvestigation.store import OfficeRef
from records.offices import model
from records.offices import store as offices
from records.offices.organisation import load_organisation
from tests.unit.records.making import LIN, TODAY, drafted, sent
from tests.web.browsing import Person
from tests.web.conftest import signed_in
from tests.web.office import PASSWORD, Office
from tests.web.test_tasks import errors
from web import printing, terms
from web.registers import book


@pytest.fixture
def books(office: Office) -> Office:
    """A delegation that Haishu sent to Yinzhou, and a draft whose name is a formula."""
    with office.database.write() as session:
        hs, yz = (offices.office_by_code(session, code) for code in ("hs", "yz"))
        assert hs is not None
        assert yz is not None
        own, to = OfficeRef(hs.id, hs.scope, hs.name), OfficeRef(yz.id, yz.scope, yz.name)
        sent(session, 1, 2, own=own, to=to, number="甬海协〔2026〕1号")
        drafted(session, 3, own=own, to=to, name="=HYPERLINK(1)")
    return office


def test_the_register_comes_with_its_totals(books: Office, clerk: Person) -> None:
    page = clerk.open("/registers")

    assert page.address == "/registers/delegated"
    assert "共 2 件" in page.text
    assert "金额 300,000.00 元" in page.text
    assert "甬海协〔2026〕1号" in page.text


def test_a_sibling_office_sees_nothing(books: Office, outsider: Person) -> None:
    assert "台账还是空的" in outsider.open("/registers/delegated").text
    assert len(rows(outsider, "/registers/delegated.xlsx")) == 1


@pytest.mark.parametrize(("query", "found"), [("q=00000002", 1), ("state=draft", 1), ("since=2026-03-03", 0), ("nature=doubtful", 2), ("state=nonsense&sort=nonsense&offset=-1", 2), ("overdue=1", 0)])  # fmt: skip
def test_page_and_export_find_the_same(books: Office, clerk: Person, query: str, found: int) -> None:
    page = clerk.open(f"/registers/delegated?{query}")

    assert len(page.tree.xpath("//tr[@data-row]")) == found
    assert len(rows(clerk, f"/registers/delegated.xlsx?{query}")) == found + 1


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("since=2026-13-01", "since", "“2026-13-01”不是日历上的日期"),
        ("until=昨天", "until", "日期应写作 2001-07-30，但这里是“昨天”"),
        ("since=2026-03-05&until=2026-03-01", "until", "结束日期不应早于开始日期 2026-03-05"),
    ],
)
def test_a_day_that_is_none_is_said_at_its_field_and_nothing_is_shown(
    books: Office, clerk: Person, query: str, field: str, said: str
) -> None:
    page = clerk.open(f"/registers/delegated?{query}")

    assert page.status == 422
    assert errors(page) == {field: said}
    assert page.form("/registers/delegated").fields[field] == query.rpartition("=")[2]
    assert page.tree.xpath("//tr[@data-row]") == []
    assert "查询条件有误，没有查询" in page.text
    assert "导出" not in page.text


@pytest.mark.parametrize("kind", ["xlsx", "pdf"])
def test_with_a_day_that_is_none_nothing_is_exported_nor_printed(books: Office, clerk: Person, kind: str) -> None:
    page = clerk.open(f"/registers/delegated.{kind}?since=x")

    assert (page.address, set(errors(page))) == ("/registers/delegated", {"since"})


def test_days_are_taken_as_people_write_them(books: Office, clerk: Person) -> None:
    page = clerk.open("/registers/delegated?since=2026年3月1日&until=2026/3/2")

    assert len(page.tree.xpath("//tr[@data-row]")) == 1
    assert page.form("/registers/delegated").fields["since"] == "2026-03-01"


def test_what_was_not_sent_has_no_day_of_sending(books: Office, clerk: Person) -> None:
    draft = clerk.open("/registers/delegated?state=draft").tree.xpath("//td[@data-label='发出']/text()")

    assert draft == ["—"]
    assert rows(clerk, "/registers/delegated.xlsx?state=draft")[1][10] is None
    assert len(clerk.open("/registers/delegated?until=2026-03-09").tree.xpath("//tr[@data-row]")) == 1


def test_a_column_puts_the_register_in_order_and_back(books: Office, clerk: Person) -> None:
    page = clerk.open("/registers/delegated?nature=doubtful")
    (address,) = page.tree.xpath("//th[contains(., '金额')]/a/@href")
    down = clerk.open(address)
    (again,) = down.tree.xpath("//th[contains(., '金额')]/a/@href")

    assert (address, again) == tuple(f"/registers/delegated?nature=doubtful&sort={way}" for way in ("-amount", "amount"))
    assert down.tree.xpath("//td[@data-label='金额']/text()") == ["200,000.00", "100,000.00"]
    assert clerk.open(again).tree.xpath("//td[@data-label='金额']/text()") == ["100,000.00", "200,000.00"]
    assert [th.get("aria-sort") for th in down.tree.xpath("//th[@aria-sort]")] == ["descending"]
    assert down.form("/registers/delegated").fields["sort"] == "-amount"
    assert [row[8] for row in rows(clerk, again.replace("?", ".xlsx?"))[1:]] == [100000, 200000]


def test_an_export_that_stops_before_the_end_says_so_in_the_sheet_and_on_the_page(
    books: Office, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "导出的表格最多" not in clerk.open("/registers/delegated").text
    monkeypatch.setattr(book, "EXPORT_LIMIT", 1)

    _heading, line, last = rows(clerk, "/registers/delegated.xlsx")
    assert line[0] == 1
    assert last[0] == "共 2 件，只导出前 1 件；请缩小查询范围，分次导出"
    assert "导出的表格最多 1 件" in clerk.open("/registers/delegated").text


def test_the_other_side_is_chosen_from_those_with_which_there_is_something(books: Office, clerk: Person, outsider: Person) -> None:
    with books.database.write() as session:
        load_organisation(session, {"offices": [{"code": "sz", "name": "苏州市税务局", "name_en": "Suzhou", "level": "city"}], "people": []})
    asked = list[str]()
    event.listen(books.database.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(" ".join(statement.split())))

    options = [person.open("/registers/delegated").tree.xpath("//select[@name='counterpart']/option/text()") for person in (clerk, outsider)]
    assert options == [["全部", "鄞州区税务局"], ["全部"]]
    assert len(clerk.open("/registers/delegated?counterpart=nothing").tree.xpath("//tr[@data-row]")) == 0
    assert [one for one in asked if "FROM office" in one and "WHERE" not in one] == []


@pytest.mark.parametrize("register", ["delegated", "received"])
@pytest.mark.usefixtures("books")
def test_no_page_holds_two_connections(clerk: Person, connections: list[int], monkeypatch: pytest.MonkeyPatch, register: str) -> None:
    monkeypatch.setattr(terms, "may_be_provisional", lambda _day: True)

    assert clerk.open(f"/registers/{register}").status == 200
    assert connections == [0, 1]


def test_an_export_counts_once_however_often_it_reads(books: Office, clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()
    event.listen(books.database.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(statement))
    monkeypatch.setattr(book, "AT_ONCE", 1)

    assert [row[0] for row in rows(clerk, "/registers/delegated.xlsx")[1:]] == [1, 2]
    assert sum("count(*)" in one and "FROM delegation" in one for one in asked) == 1


def test_an_export_that_is_as_long_as_it_may_be_says_nothing(books: Office, clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "EXPORT_LIMIT", 2)

    assert [row[0] for row in rows(clerk, "/registers/delegated.xlsx")[1:]] == [1, 2]


def rows(person: Person, address: str) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(person.client.get(address).get_data())).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


def test_no_text_of_the_export_calculates(books: Office, clerk: Person) -> None:
    assert rows(clerk, "/registers/delegated.xlsx?state=draft")[1][2] == "'=HYPERLINK(1)"


def test_the_filter_stays_in_the_export_and_the_pages(books: Office, clerk: Person) -> None:
    page = clerk.open("/registers/delegated?state=draft&q=HYPER")

    (export,) = page.tree.xpath("//a[contains(@href, '.xlsx')]/@href")
    assert export == "/registers/delegated.xlsx?state=draft&q=HYPER"


def test_an_empty_filter_says_so(books: Office, clerk: Person) -> None:
    assert "没有符合条件的协查" in clerk.open("/registers/delegated?q=没有这个").text


def test_there_are_two_registers_and_no_third(books: Office, clerk: Person) -> None:
    assert clerk.open("/registers/received").status == 200
    assert [clerk.open(place).status for place in ("/registers/other", "/registers/other.xlsx", "/registers/other.pdf")] == [
        404
    ] * 3


def test_a_visitor_is_asked_who_is_there(books: Office, visitor: Person) -> None:
    assert visitor.open("/registers/delegated").address == "/sign-in"


def test_the_head_reads_what_the_clerk_reads(books: Office, head: Person) -> None:
    assert "共 2 件" in head.open("/registers/delegated").text
    assert "Delegat" in english(books)


def english(office: Office) -> str:
    person = signed_in(office, "zhao.jun")
    person.client.set_cookie("lang", "en")
    return person.open("/registers/delegated").text


@pytest.fixture
def printer(office: Office) -> list[str]:
    """The real paper of the register, with the HTML of each print in place of the child that makes the PDF."""
    printed: list[str] = []

    def stand_in(papers: list[list[str]]) -> list[bytes]:
        printed.append(papers[0][0])
        return [b"%PDF-1.7"]

    office.papers.templates.update(read_templates(Path(__file__).parents[2] / "workflows"))
    office.papers.make = stand_in
    return printed


def test_the_register_is_printed_as_it_is_filtered(books: Office, clerk: Person, printer: list[str]) -> None:
    page = clerk.open("/registers/delegated?q=00000002")
    (address,) = page.tree.xpath("//a[contains(@href, '.pdf')]/@href")
    answer = clerk.client.get(address)

    assert (answer.mimetype, answer.get_data()) == ("application/pdf", b"%PDF-1.7")
    assert "委托协查台账" in printer[0]
    assert page.tree.xpath("//nav[@class='tabs']/a/text()") == ["委托协查台账", "受托协查台账"]
    assert "甬海协〔2026〕1号" in printer[0]
    assert "合　　计（1 件）" in printer[0]
    assert "HYPERLINK" not in printer[0]


def test_a_printed_register_stays_chinese_on_an_english_page(passed_down: Office, printer: list[str]) -> None:
    city = signed_in(passed_down, "xu.wei")
    with passed_down.database.write() as session:
        for row in session.scalars(select(model.Office)):
            row.name_en = "Tax Office"
        for person in session.scalars(select(model.Person)):
            person.name_en = "Somebody"
    city.client.set_cookie("lang", "en")
    city.open("/registers/received.pdf")

    assert "Tax Office" not in printer[0]
    assert "Somebody" not in printer[0]


def test_a_sibling_office_prints_an_empty_register(books: Office, outsider: Person, printer: list[str]) -> None:
    assert outsider.client.get("/registers/received.pdf").status_code == 200
    assert "受托协查台账" in printer[0]
    assert "甬海协" not in printer[0]


def test_more_than_a_print_holds_is_told(
    books: Office, clerk: Person, printer: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "PRINT_LIMIT", 1)

    assert "一次打印不下" in clerk.open("/registers/delegated.pdf").text
    assert printer == []


def test_a_print_that_fails_says_what_is_missing(books: Office, clerk: Person, printer: list[str]) -> None:
    def unavailable(_papers: object) -> list[bytes]:
        raise PapersUnavailable

    books.papers.make = unavailable
    page = clerk.open("/registers/delegated.pdf")

    assert page.status == 503
    assert "还不能生成文书" in page.text


@pytest.fixture
def passed_down(books: Office) -> Office:
    """Two invoices from Haishu that the city received and passed down to Yinzhou, prolonged on the way."""
    with books.database.write() as session:
        hs, nb, yz = (OfficeRef(o.id, o.scope, o.name) for o in (offices.office_by_code(session, code) for code in ("hs", "nb", "yz")) if o)
        given = sent(session, 7, 8, own=hs, to=nb, number="甬海协〔2026〕2号", due_on=date(2026, 4, 9))
        upper = store.open_receipt(session, LIN, delegation_id=given.id, office=nb, received_on=TODAY, due_on=date(2026, 3, 30), extended_to=date(2026, 4, 9))
        store.open_receipt(session, LIN, delegation_id=given.id, office=yz, received_on=TODAY, parent_id=upper.id)
        load_organisation(session, {"people": [{"login": "xu.wei", "name": "徐伟", "password": PASSWORD, "posts": [{"role": "head", "office": "nb"}]}]})
    return books


def columns(person: Person, address: str, *wanted: str) -> list[tuple[object, ...]]:
    """These columns of a workbook, by their headings."""
    heading, *lines = rows(person, address)
    return [tuple(line[heading.index(name)] for name in wanted) for line in lines]


def test_a_matter_that_was_passed_down_counts_once_seen_from_above_and_says_whose_line_it_is(passed_down: Office) -> None:
    city = signed_in(passed_down, "xu.wei")
    page = city.open("/registers/received")

    assert [td.text_content() for td in page.tree.xpath("//td[@data-label='承办机关']")] == ["鄞州区税务局", "宁波市税务局"]
    for said in ("共 1 件", "另列批转下级 1 件，不重复计数", "发票 2 份", "金额 200,000.00 元"):
        assert said in page.text
    assert columns(city, "/registers/received.xlsx", "承办机关", "委托方", "份数") == [("鄞州区税务局", "宁波市税务局", 2), ("宁波市税务局", "海曙区税务局", 2)]


def test_the_lower_office_counts_what_was_passed_down_to_it(passed_down: Office, outsider: Person) -> None:
    page = outsider.open("/registers/received")

    assert "共 1 件" in page.text
    assert "另列批转下级" not in page.text
    assert "金额 200,000.00 元" in page.text
    assert not page.tree.xpath("//*[@data-label='承办机关'] | //select[@name='office']")
    assert "承办机关" not in rows(outsider, "/registers/received.xlsx")[0]


def test_a_printed_register_of_several_offices_names_that_of_each_line(passed_down: Office, outsider: Person, printer: list[str]) -> None:
    city = signed_in(passed_down, "xu.wei")
    city.open("/registers/received.pdf")
    outsider.open("/registers/received.pdf")

    assert ["<th>承办机关</th>" in text for text in printer] == [True, False]
    assert "另列批转下级1件，与上级所列为同一事项，不重复计入合计" in printer[0]


def test_whoever_sees_several_offices_chooses_one(passed_down: Office) -> None:
    city = signed_in(passed_down, "xu.wei")
    choices = dict(zip(*(city.open("/registers/received").tree.xpath(f"//select[@name='office']/option/{what}") for what in ("text()", "@value")), strict=True))
    assert list(choices) == ["全部", "宁波市税务局", "海曙区税务局", "鄞州区税务局"]

    below = city.open(f"/registers/received?office={choices['鄞州区税务局']}")

    assert [td.text_content() for td in below.tree.xpath("//td[@data-label='承办机关']")] == ["鄞州区税务局"]
    assert "共 1 件" in below.text
    assert "金额 200,000.00 元" in below.text
    assert len(rows(city, f"/registers/delegated.xlsx?office={choices['海曙区税务局']}")) == 4
    assert len(rows(city, f"/registers/delegated.xlsx?office={choices['鄞州区税务局']}")) == 1


def test_the_delegating_office_sees_that_the_term_was_prolonged(passed_down: Office, clerk: Person) -> None:
    ((due_on, extended),) = columns(clerk, "/registers/delegated.xlsx?q=2号", "期限", "延期")
    assert (str(due_on)[:10], extended) == ("2026-04-09", "是")
    assert columns(clerk, "/registers/delegated.xlsx?q=1号", "延期") == [("",)]
    assert "已延期" in clerk.open("/registers/delegated?q=2号").text


def test_two_may_print_at_once_and_the_third_is_asked_to_wait(books: Office, clerk: Person, printer: list[str]) -> None:
    with printing.at_the_printer(), printing.at_the_printer():
        page = clerk.open("/registers/delegated.pdf")

    assert (page.status, page.response.headers["Retry-After"], printer) == (503, "30", [])
    assert "正在打印或导出长表的人较多" in page.text
    assert "半分钟" in page.text
    assert clerk.client.get("/registers/delegated.pdf").status_code == 200
    assert clerk.client.get("/registers/delegated.pdf").status_code == 200


def test_long_lists_are_taken_away_by_two_at_once_and_short_ones_by_anybody(books: Office, clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    with printing.at_the_printer(), printing.at_the_printer():
        assert clerk.open("/registers/delegated.xlsx").status == 200
        monkeypatch.setattr(printing, "FEW_ROWS", 1)
        page = clerk.open("/registers/delegated.xlsx")

    assert (page.status, page.response.headers["Retry-After"]) == (503, "30")
    assert "导出长表的人较多" in page.text
    assert clerk.open("/registers/delegated.xlsx").status == 200


def test_a_print_that_fails_leaves_its_turn_to_the_next(books: Office, clerk: Person, printer: list[str]) -> None:
    made = books.papers.make

    def unavailable(_papers: object) -> list[bytes]:
        raise PapersUnavailable

    books.papers.make = unavailable
    for _ in range(printing.AT_ONCE + 1):
        assert "Retry-After" not in clerk.open("/registers/delegated.pdf").response.headers
    books.papers.make = made
    assert clerk.client.get("/registers/delegated.pdf").status_code == 200
