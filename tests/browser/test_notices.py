"""A notice rises in the bell of an open page at once, in real Chromium over the real server; and without JavaScript with the next page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from db.clock import ManualClock
from db.session import Database
from tests.browser.conftest import PHONE, Desk
from tests.factories.processes import wait_until
from tests.factories.streams import Node, served
from tests.web.office import OPENED, Office, open_office


@pytest.fixture
def node(furnished: Path, tmp_path: Path) -> Iterator[Node]:
    """The office by the server that is used, with streams."""
    shutil.copy(furnished, tmp_path / "streams.db")
    database = Database(f"sqlite:///{tmp_path}/streams.db")
    with served(open_office(database, ManualClock(OPENED))) as node:
        yield node
    database.dispose()


@pytest.fixture
def desk(chromium: Browser, node: Node) -> Iterator[Desk]:
    desk = Desk(chromium, f"http://127.0.0.1:{node.port}")
    yield desk
    assert desk.leave() == []


def urge(office: Office, title: str) -> None:
    case = office.start(title, key=f"start:{title}")
    with office.database.write() as session:
        office.deadlines.notify(session, sorted(office.person("li.na").post_ids), case, "urged", f"局长催办：{title}", "urged")
    office.tell()


def number(page: Page) -> str:
    return str(page.locator("[data-bell] b").inner_text())


def test_the_bell_rises_at_once_with_a_word_and_falls_in_every_page(node: Node, desk: Desk) -> None:
    page, other = desk.sit(size=PHONE), desk.sit(scripts=False)
    wait_until(lambda: node.streams.count == 1)
    urge(node.office, "年度合同用印")
    expect(page.locator("#toast a")).to_have_text("局长催办：年度合同用印")
    assert number(page) == "1"
    assert page.locator("[data-bell]").get_attribute("aria-label") == "提醒，1 条未读"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    other.goto("/notices")  # no script: the number is that of the page
    assert number(other) == "1"
    other.click("text=全部标为已读")
    expect(page.locator("[data-bell] b")).to_have_count(0)


def test_a_page_that_was_away_hears_what_it_missed(node: Node, desk: Desk) -> None:
    page = desk.sit()
    wait_until(lambda: node.streams.count == 1)
    page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true}); document.dispatchEvent(new Event('visibilitychange'))")
    wait_until(lambda: node.streams.count == 0)
    urge(node.office, "甲")
    urge(node.office, "乙")
    page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'visible', configurable: true}); document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.locator("#toast a")).to_have_text(["局长催办：甲", "局长催办：乙"])
    assert number(page) == "2"


def test_opening_the_matter_of_a_notice_reads_it(node: Node, desk: Desk) -> None:
    urge(node.office, "甲")
    page = desk.sit()
    page.goto("/notices")
    page.click("text=局长催办：甲")
    page.wait_for_url("**/tasks/*")
    wait_until(lambda: page.goto("/notices") is not None and page.locator("[data-bell] b").count() == 0)
