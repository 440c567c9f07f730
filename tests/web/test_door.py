"""Control characters in what people send, on either database: taken out of what is entered, and an address with one leads nowhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from db.clock import ManualClock
from db.session import Database
from tests.web.browsing import Person, upload
from tests.web.conftest import signed_in
from tests.web.office import FILLED, PASSWORD, Office, furnish, open_office
from web.door import Entries, plain

BAD = "\x00\x01\x08\x0b\x0c\x0e\x1f\x7f\ufffe\uffff"


@pytest.fixture
def office(any_database: Database, clock: ManualClock) -> Office:
    """The office on each kind of database; SQLite keeps a NUL, PostgreSQL refuses it with an error."""
    furnish(any_database)
    return open_office(any_database, clock)


def test_no_page_breaks_on_a_control_character_in_its_address(office: Office, clerk: Person) -> None:
    case = office.start()
    task = office.task_of(case)
    for rule in office.web.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "assets.built":
            values: dict[str, Any] = {name: {"instance_id": case, "task_id": task, "process_id": "seal_request"}.get(name, "x") for name in rule.arguments}
            path = str(rule.build(values, append_unknown=False)[1])
            names = ("q", "offset", "before", "state", "process", "source", "from", "to", "view", "sort", "next", "only", "kind", "\0")
            page = clerk.open(f"{path}?{'&'.join(f'{quote(name)}=a%00%01b' for name in names)}")
            assert page.status < 500, f"{rule.rule}: {page.status}"
            for name in rule.arguments:
                bad = str(rule.build({**values, name: "a\0b"}, append_unknown=False)[1])
                assert clerk.open(bad).status == (401 if bad.startswith("/api/stations/") else 404), bad  # a station shows its credential first


@pytest.mark.parametrize(("address", "status"), [("/cases?q=%00", 200), ("/cases?q=%E5%B9%B4%00%E5%BA%A6", 200), ("/cases/%00", 404), ("/tasks/%00", 404), ("/%00", 404)])
def test_an_address_with_a_nul_is_no_error(office: Office, clerk: Person, address: str, status: int) -> None:
    office.start("年度合同用印")

    page = clerk.open(address)

    assert page.status == status
    assert "年度合同用印" in page.text or status == 404


def test_a_remark_is_kept_without_what_nobody_sees(office: Office, clerk: Person) -> None:
    case = office.start()
    page = clerk.open(f"/cases/{case}").submit(f"/cases/{case}/comments", text=f"请\x00看{BAD}第\t一行\r\n第二行")

    assert page.status == 200
    (kept,) = [row["text"] for row in office.engine.case(case, office.person("li.na")).comments]
    assert kept.replace("\r\n", "\n") == "请看第\t一行\n第二行"


def test_a_remark_of_nothing_else_is_an_empty_one(office: Office, clerk: Person) -> None:
    case = office.start()
    page = clerk.open(f"/cases/{case}").submit(f"/cases/{case}/comments", text=BAD)

    assert page.status == 200
    assert office.engine.case(case, office.person("li.na")).comments == []


def test_a_form_is_completed_without_them(office: Office, clerk: Person) -> None:
    case = office.start()
    task = office.task_of(case)
    page = clerk.open(f"/tasks/{task}").submit(f"/tasks/{task}/claim").submit(f"/tasks/{task}", **{**FILLED, "purpose": "年度\x00合同"})

    assert page.status == 200
    assert office.engine.case(case, office.person("li.na")).variables["purpose"] == "年度合同"


def test_a_file_keeps_its_content_and_loses_them_in_its_name(office: Office, clerk: Person) -> None:
    case = office.start()
    form = clerk.open(f"/cases/{case}").fields(f"/cases/{case}/attachments")
    form["file"] = upload("证\x01据.pdf", b"%PDF-1.7\x00\x01")
    page = clerk.post(f"/cases/{case}/attachments", form)

    (address,) = page.tree.xpath("//a[contains(@href, '/attachments/')]/@href")
    assert "证据.pdf" in page.text
    assert clerk.client.get(address).get_data() == b"%PDF-1.7\x00\x01"


def test_a_name_with_one_signs_in_as_if_it_had_none(office: Office) -> None:
    visitor = Person(office.web.test_client())
    refused = visitor.open("/sign-in").submit("/sign-in", login="no\0body", password="guess")
    page = visitor.open("/sign-in").submit("/sign-in", login="li\0.na", password=PASSWORD)

    assert refused.status == 401
    assert (page.status, page.address) == (200, "/tasks")
    assert signed_in(office, "li.na").open("/tasks").status == 200


def test_what_is_plain_stays() -> None:
    text = "甲\t乙\r\n𠮷 é \u200b\u3000·"

    assert plain(text) == text
    assert plain(f"甲{BAD}乙") == "甲乙"
    assert Entries([("a\0", "x"), ("a", "y\0")]).getlist("a") == ["x", "y"]
