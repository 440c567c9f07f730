"""What protects every page alike: sign-in, tokens, origins, headers, sizes."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest

import web
from tests.web.browsing import Person, upload
from tests.web.office import Office
from web.rights.table import ROWS

OPEN = {
    "entry.sign_in", "entry.enter", "entry.code", "entry.prove_code", "entry.outside_leave", "entry.outside_back", "entry.language", "assets.built",
}  # fmt: skip


DESCRIBED = "api.openapi"  # how stations talk to us: it names nothing of this house
BY_CREDENTIAL = {row.endpoint for row in ROWS if row.endpoint.startswith("api.")} - {DESCRIBED}


def rules(office: Office) -> list[Any]:
    return list(office.web.url_map.iter_rules())


def address(rule: Any) -> str:
    return str(rule.build(dict.fromkeys(rule.arguments, "x"), append_unknown=False)[1])


def test_only_the_way_in_is_open_to_everybody() -> None:
    assert {row.endpoint for row in ROWS if row.kind.is_public} == OPEN | {DESCRIBED}


def test_every_other_page_asks_to_sign_in(office: Office, visitor: Person) -> None:
    for rule in rules(office):
        if rule.endpoint not in OPEN | {DESCRIBED} | BY_CREDENTIAL and "GET" in rule.methods:
            answer = visitor.client.get(address(rule))
            assert answer.status_code == 303, rule.rule
            assert answer.headers["Location"].startswith("/sign-in"), rule.rule
        elif rule.endpoint in BY_CREDENTIAL and "GET" in rule.methods:
            assert visitor.client.get(address(rule)).status_code == 401, rule.rule


def test_every_change_is_refused_without_a_token(office: Office, clerk: Person) -> None:
    for rule in rules(office):
        if "POST" in rule.methods:
            refused = 401 if rule.endpoint in BY_CREDENTIAL else 403  # a station comes with a credential, not with a session that could be ridden
            assert clerk.client.post(address(rule), data={"key": "0" * 32}).status_code == refused, rule.rule


def test_a_token_of_another_browser_is_refused(office: Office, clerk: Person, colleague: Person) -> None:
    task_id = office.task_of(office.start())
    form = clerk.open(f"/tasks/{task_id}").fields(f"/tasks/{task_id}/claim")

    assert colleague.post(f"/tasks/{task_id}/claim", form).status == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_a_form_from_another_site_is_refused_even_with_a_token(office: Office, clerk: Person, headers: dict[str, str]) -> None:
    task_id = office.task_of(office.start())
    form = clerk.open(f"/tasks/{task_id}").fields(f"/tasks/{task_id}/claim")

    assert clerk.post(f"/tasks/{task_id}/claim", form, **headers).status == 403


def test_a_change_without_its_request_key_is_refused(office: Office, clerk: Person) -> None:
    task_id = office.task_of(office.start())
    form = clerk.open(f"/tasks/{task_id}").fields(f"/tasks/{task_id}/claim")
    form["key"] = "not a key"

    assert clerk.post(f"/tasks/{task_id}/claim", form).status == 400


def test_the_bar_offers_only_what_the_posts_allow(clerk: Person) -> None:
    offered = clerk.open("/tasks").tree.xpath("//header//nav/a/@href")

    assert offered[:3] == ["/tasks", "/start", "/cases"]
    assert "/imports" not in offered
    assert clerk.open("/imports").status == 403


def test_tokens_differ_from_page_to_page(clerk: Person) -> None:
    one, two = (clerk.open("/profile").fields("/sign-out")["csrf"] for _ in range(2))

    assert one != two


def test_pages_carry_the_headers_that_keep_them_to_themselves(clerk: Person) -> None:
    headers = clerk.open("/cases").response.headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_only_pages_with_a_diagram_may_set_style_attributes(office: Office, clerk: Person) -> None:
    policy = clerk.open(f"/cases/{office.start()}").response.headers["Content-Security-Policy"]

    assert "style-src 'self';" in policy
    assert "style-src-attr 'unsafe-inline'" in policy
    assert "script-src 'self';" in policy


def test_pages_are_compressed_where_the_browser_takes_it(clerk: Person) -> None:
    answer = clerk.client.get("/tasks", headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert "我的待办" in gzip.decompress(answer.data).decode()
    assert "Content-Encoding" not in clerk.client.get("/tasks").headers


def test_built_assets_are_kept_for_ever_and_come_compressed(visitor: Person) -> None:
    style = visitor.open("/sign-in").tree.xpath("//link[@rel='stylesheet']/@href")[0]
    answer = visitor.client.get(style, headers={"Accept-Encoding": "gzip"}, buffered=True)

    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.mimetype == "text/css"


@pytest.mark.parametrize(
    "path",
    [
        "/static/dist/manifest.json", "/static/dist/..%2f..%2fservices.py", "/static/dist/%2e%2e/%2e%2e/services.py", "/static/../app.py",
        "/tasks/..;/cases", "//cases", "/cases/%00", "/static/dist/app.js%00.css", "/static/dist/C:%5Cwindows%5Cwin.ini",
    ],
)  # fmt: skip
def test_no_path_leads_past_the_rules(visitor: Person, path: str) -> None:
    answer = visitor.client.get(path)

    assert answer.status_code in {303, 308, 404}
    assert b"def " not in answer.data


@pytest.mark.parametrize("offset", ["9" * 5000, "²", "٣", "-1", "1e9", "999999999"])
@pytest.mark.parametrize("page", ["/cases", "/registers/received", "/registers/delegated"])
def test_an_offset_that_is_no_page_of_ours_is_no_error(clerk: Person, page: str, offset: str) -> None:
    assert clerk.open(f"{page}?offset={offset}").status == 200


def test_files_are_taken_where_a_form_offers_them_and_nowhere_else(office: Office) -> None:
    templates = Path(web.__file__).parent / "templates"
    offered = {
        name
        for file in templates.rglob("*.html")
        for form in re.findall(r"<form[^>]*multipart/form-data[^>]*>", file.read_text("utf-8"))
        for name in re.findall(r"url_for\('([^']+)'", form)
    }

    assert {row.endpoint for row in ROWS if row.files} == offered
    assert offered


def test_a_form_that_is_too_large_is_refused_with_a_sentence(office: Office, clerk: Person) -> None:
    task_id = office.task_of(office.start())
    form = clerk.open(f"/tasks/{task_id}").fields(f"/tasks/{task_id}/claim")
    form["padding"] = "x" * (3 * 1024 * 1024)
    page = clerk.post(f"/tasks/{task_id}/claim", form)

    assert page.status == 413
    assert "上传的内容太大" in page.text


def test_a_form_with_thousands_of_parts_is_refused(office: Office, clerk: Person) -> None:
    instance_id = office.start()
    form = clerk.open(f"/cases/{instance_id}").fields(f"/cases/{instance_id}/attachments")
    form["file"] = upload("a.pdf", b"%PDF")
    for n in range(2100):
        form[f"part{n}"] = "x"

    assert clerk.post(f"/cases/{instance_id}/attachments", form).status == 413


def test_an_unforeseen_error_has_a_number_and_tells_nothing_else(
    office: Office, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_args: object, **_named: object) -> None:
        raise RuntimeError("the name of a secret table")

    monkeypatch.setattr(office.engine, "cases", break_down)
    page = clerk.open("/cases")

    assert page.status == 500
    assert "编号" in page.text
    assert "secret" not in page.text
