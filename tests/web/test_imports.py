"""Importing a list in the browser: an officer of Haishu, a colleague without the post, an officer of another district."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from records.coinvestigation.imports.limits import ImportLimits
from records.coinvestigation.imports.run import run_waiting
from records.offices.organisation import load_organisation
from tests.unit.records.making import csv_bytes, texts
from tests.web.browsing import Page, Person, upload
from tests.web.conftest import signed_in
from tests.web.office import ORGANISATION, PASSWORD, Office
from web.imports import cases, views


def appoint(office: Office, **officers: str) -> None:
    """Gives people the post of a co-investigation officer, and the offices their regions."""
    regions = {"nb": ["3302"], "hs": ["330203"], "yz": ["330227"]}
    people = [{"login": login, "name": login, "password": PASSWORD, "posts": [{"role": "coinvestigation_officer", "office": at}]} for login, at in officers.items()]  # fmt: skip
    with office.database.write() as session:
        load_organisation(
            session, {"offices": [{**o, "regions": regions[o["code"]]} for o in ORGANISATION["offices"]], "people": people}
        )


@pytest.fixture
def officer(office: Office) -> Person:
    """An officer of Haishu, who is a clerk there too and so may start the toy."""
    appoint(office, **{"xu.wei": "nb", "gu.ning": "yz"})
    with office.database.write() as session:
        posts = [{"role": role, "office": "hs"} for role in ("coinvestigation_officer", "clerk")]
        load_organisation(session, {"people": [{"login": "chen.min", "name": "陈敏", "password": PASSWORD, "posts": posts}]})
    return signed_in(office, "chen.min")


def send(person: Person, content: bytes, name: str = "三月.csv") -> Page:
    fields = person.open("/imports").fields("/imports")
    fields["file"] = upload(name, content)
    return person.post("/imports", fields)


def test_a_right_list_is_imported_and_grouped(office: Office, officer: Person) -> None:
    page = send(officer, csv_bytes([texts(1, seller_id="330227123456789"), texts(2)], "gb18030"))
    assert "等待处理" in page.text

    assert run_waiting(office.database, office.clock) == 1

    page = officer.open(page.address)
    assert "2 张发票已全部导入" in page.text
    assert "鄞州区税务局" in page.text
    assert "地区 3205 的受托机关" in page.text


def test_a_wrong_list_shows_each_cell_and_can_be_taken_away(office: Office, officer: Person) -> None:
    page = send(officer, csv_bytes([texts(1, amount="x"), texts(2), texts(2)]))
    run_waiting(office.database, office.clock)

    page = officer.open(page.address)
    assert "3 行中有 2 行共 2 处错误，没有导入任何数据" in page.text
    assert "与本文件第 3 行是同一张发票的同一联" in page.text
    csv, xlsx = (officer.client.get(f"{page.address}/report.{kind}") for kind in ("csv", "xlsx"))
    assert len(csv.get_data(as_text=True).splitlines()) == 3
    assert xlsx.get_data().startswith(b"PK")
    assert "attachment" in xlsx.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [("a.csv", b"", "文件是空的"), ("", b"x", "请先选择文件"), ("a.csv", b"x" * 2000, "超过上限")],
)
def test_what_cannot_be_taken_in_is_said_at_once(
    officer: Person, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, sentence: str
) -> None:
    monkeypatch.setattr(views, "ImportLimits", lambda: ImportLimits(max_bytes=1000))

    page = send(officer, content, name)

    assert (page.status, sentence in page.text) == (422, True)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [("a.xlsm", b"PK\x03\x04", "工作簿含宏"), ("a.pdf", b"%PDF-1.7", "只接受 CSV 或 XLSX"), ("a.csv", "甲\n".encode("big5") * 9, "没有一个认识的列名")],
)  # fmt: skip
def test_what_is_no_list_gets_its_sentence_on_the_page(
    office: Office, officer: Person, name: str, content: bytes, sentence: str
) -> None:
    page = send(officer, content, name)
    run_waiting(office.database, office.clock)

    assert sentence in officer.open(page.address).text


def test_the_same_form_twice_is_one_import(office: Office, officer: Person) -> None:
    fields = officer.open("/imports").fields("/imports")
    addresses = set()
    for _ in range(2):
        fields["file"] = upload("三月.csv", csv_bytes([texts(1)]))
        addresses.add(officer.post("/imports", fields).address)

    assert len(addresses) == 1
    assert run_waiting(office.database, office.clock) == 1


def test_the_bar_leads_to_the_result_when_all_is_read(office: Office, officer: Person) -> None:
    address = send(officer, csv_bytes([texts(1)])).address
    bar = officer.open(f"{address}/progress", **{"HX-Request": "true"})
    assert "已读 0 行" in bar.text

    run_waiting(office.database, office.clock)

    assert officer.open(f"{address}/progress", **{"HX-Request": "true"}).response.headers["HX-Redirect"] == address


def test_a_cancelled_import_is_never_run(office: Office, officer: Person) -> None:
    page = send(officer, csv_bytes([texts(1)]))

    page = page.submit(f"{page.address}/cancel")

    assert "导入已取消" in page.text
    assert run_waiting(office.database, office.clock) == 0


def test_delegations_are_made_once_and_each_has_its_case(
    office: Office, officer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "PROCESS", "seal_request")
    address = send(officer, csv_bytes([texts(1, seller_id="330227123456789"), texts(2)])).address
    run_waiting(office.database, office.clock)
    fields = officer.open(address).fields(f"{address}/delegate")

    pages = [officer.post(f"{address}/delegate", fields) for _ in range(2)]

    assert [page.status for page in pages] == [200, 200]
    links = pages[1].tree.xpath("//section[@aria-label='已生成的委托']//a/@href")
    assert len(links) == 1
    assert officer.open(links[0]).status == 200


def test_a_case_that_cannot_start_makes_no_delegation(office: Office, officer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "PROCESS", "nowhere")
    address = send(officer, csv_bytes([texts(1, seller_id="330227123456789")])).address
    run_waiting(office.database, office.clock)

    page = officer.open(address).submit(f"{address}/delegate")

    assert (page.status, "未生成委托，所做改动已全部还原" in page.text) == (409, True)
    assert "已生成的委托" not in officer.open(address).text


def test_an_unknown_region_is_delegated_to_whom_a_person_picks(
    office: Office, officer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "PROCESS", "seal_request")
    address = send(officer, csv_bytes([texts(1)])).address
    run_waiting(office.database, office.clock)
    page = officer.open(address)
    nb = page.tree.xpath("//select[@name='region-3205']/option[contains(text(), '宁波市')]/@value")[0]

    page = page.submit(f"{address}/delegate", **{"region-3205": nb})

    (made,) = page.tree.xpath("//section[@aria-label='已生成的委托']//*[@class='case-name']")
    assert made.text_content() == "第1-1号 海曙区至宁波市 2026年3月认证系统增值税专用发票协查"
    assert made.get("title") == "2026年3月认证系统增值税专用发票协查（海曙区税务局至宁波市税务局，第1-1号）"


def test_who_has_not_the_post_sees_nothing(office: Office, officer: Person, colleague: Person) -> None:
    address = send(officer, csv_bytes([texts(1)])).address

    assert [colleague.open(place).status for place in ("/imports", address, f"{address}/report.csv")] == [403, 403, 403]


def test_an_officer_of_another_district_finds_nothing_there(office: Office, officer: Person) -> None:
    address = send(officer, csv_bytes([texts(1)])).address
    stranger = signed_in(office, "gu.ning")

    assert [stranger.open(place).status for place in (address, f"{address}/progress", f"{address}/report.csv")] == [404, 404, 404]
    assert "三月.csv" not in stranger.open("/imports").text


def test_the_city_watches_but_does_not_act_for_the_district(office: Office, officer: Person) -> None:
    address = send(officer, csv_bytes([texts(1)])).address
    run_waiting(office.database, office.clock)
    city = signed_in(office, "xu.wei")

    page = city.open(address)

    assert page.status == 200
    assert not [form for form in page.tree.forms if "delegate" in (form.action or "")]
    assert city.post(f"{address}/delegate", city.open("/imports").fields("/imports")).status == 404


def test_only_the_city_is_offered_the_audit_system(office: Office, officer: Person) -> None:
    assert "稽核系统模板" not in officer.open("/imports").text
    assert "稽核系统模板" in signed_in(office, "xu.wei").open("/imports").text


def test_a_source_that_is_not_offered_is_refused(office: Office, officer: Person) -> None:
    fields = officer.open("/imports").fields("/imports")
    fields["place"] = fields["place"].replace("certification", "audit")
    fields["file"] = upload("三月.csv", csv_bytes([texts(1)]))

    assert officer.post("/imports", fields).status == 422


def test_the_template_can_be_taken_away(officer: Person) -> None:
    assert officer.client.get("/imports/template/certification.xlsx").get_data().startswith(b"PK")
    assert officer.open("/imports/template/other.xlsx").status == 404


def test_the_pages_speak_english(office: Office, officer: Person) -> None:
    page = send(officer, csv_bytes([texts(1, amount="x")]))
    run_waiting(office.database, office.clock)
    officer.client.set_cookie("lang", "en")

    assert "expected an amount such as 12345.67" in officer.open(page.address).text


@pytest.mark.parametrize(("day", "late"), [(18, False), (19, True)])
def test_a_list_of_the_audit_system_that_comes_late_is_said_so(
    office: Office, officer: Person, monkeypatch: pytest.MonkeyPatch, day: int, late: bool
) -> None:
    monkeypatch.setattr(cases, "PROCESS", "seal_request")
    office.clock.set(datetime(2026, 3, day, 1, tzinfo=UTC))
    city = signed_in(office, "xu.wei")
    fields = city.open("/imports").fields("/imports")
    place = next(value for value in city.open("/imports").tree.xpath("//select[@name='place']/option/@value") if "audit" in value)
    page = city.post(
        "/imports", {**fields, "place": place, "file": upload("稽核.csv", csv_bytes([texts(1, problem="失控", mismatch="")]))}
    )

    assert ("应于每月 19 日前提取" in page.text) is late


def test_the_city_watches_an_import_of_a_district_and_cannot_cancel_it(office: Office, officer: Person) -> None:
    address = send(officer, csv_bytes([texts(1)])).address
    city = signed_in(office, "xu.wei")

    assert "取消导入" not in city.open(address).text
    assert city.post(f"{address}/cancel", city.open("/imports").fields("/imports")).status == 404
    assert run_waiting(office.database, office.clock) == 1


def test_a_post_of_another_kind_at_another_office_shows_no_imports_of_it(office: Office, officer: Person) -> None:
    address = send(officer, csv_bytes([texts(1)])).address
    with office.database.write() as session:
        posts = [{"role": "coinvestigation_officer", "office": "yz"}, {"role": "archivist", "office": "nb"}]
        load_organisation(session, {"people": [{"login": "both", "name": "兼", "password": PASSWORD, "posts": posts}]})
    both = signed_in(office, "both")

    assert both.open(address).status == 404
    assert "三月.csv" not in both.open("/imports").text
    assert both.post(f"{address}/cancel", both.open("/imports").fields("/imports")).status == 404
