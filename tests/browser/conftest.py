"""Real Chromium in front of the toy office. Whatever a page does wrong on the way (errors, policy, outside requests) fails the test."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lxml import html
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright
from werkzeug.serving import make_server

from db.clock import ManualClock
from db.session import Database
from tests.conftest import missing
from tests.web.office import OPENED, PASSWORD, Office, furnished_file, open_office

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each test has a context of its own."""
    program = shutil.which("chromium")
    if program is None:
        missing("Chromium", "run ./test, or: sudo apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Site:
    """The office behind an address."""

    office: Office
    base: str


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with people and the deployed toy, made once and copied for each test."""
    return furnished_file(tmp_path_factory.mktemp("site") / "furnished.db")


@pytest.fixture
def site(furnished: Path, tmp_path: Path) -> Iterator[Site]:
    """A fresh office, served on a free port."""
    shutil.copy(furnished, tmp_path / "site.db")
    database = Database(f"sqlite:///{tmp_path}/site.db")
    office = open_office(database, ManualClock(OPENED))
    server = make_server("127.0.0.1", 0, office.web, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(office, f"http://127.0.0.1:{server.port}")
    server.shutdown()
    thread.join()
    server.server_close()
    database.dispose()


@dataclass
class Visit:
    """A person at a browser, and what went wrong there."""

    page: Page
    base: str
    wrong: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(text in message.text for text in self.expected):
            self.wrong.append(f"console: {message.text}")

    def watch(self, request: Request) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.wrong.append(f"outside: {request.url}")


class Desk:
    """Opens browsers for people; closes them and looks at what went wrong."""

    def __init__(self, browser: Browser, base: str, password: str = PASSWORD) -> None:
        self.browser, self.base, self.password, self.visits = browser, base, password, list[Visit]()

    def sit(
        self,
        login: str = "li.na",
        *,
        size: dict[str, int] | None = None,
        language: str = "zh",
        scripts: bool = True,
        expected: tuple[str, ...] = (),
    ) -> Page:
        """A signed-in page. `expected` are console messages that belong to the test, such as a refusal's status."""
        context = self.browser.new_context(
            viewport=size or DESK, locale="zh-CN", base_url=self.base, java_script_enabled=scripts  # type: ignore[arg-type]
        )  # fmt: skip
        context.add_cookies([{"name": "lang", "value": language, "url": self.base}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        visit = Visit(page, self.base, expected=expected)
        page.on("console", visit.hear)
        page.on("pageerror", lambda error: visit.wrong.append(f"script: {error}"))
        page.on("request", visit.watch)
        self.visits.append(visit)
        if scripts:
            self._sign_in(context, login)
            page.goto("/")
        else:
            self._type(page, login)
        return page

    def _sign_in(self, context: BrowserContext, login: str) -> None:
        """Without showing the page, which is half of what a short test costs; it is typed where there are no scripts, and in test_security.py."""
        door = html.fromstring(context.request.get("/sign-in").text())
        (form,) = (form for form in door.forms if "password" in form.fields)
        given = {**dict(form.form_values()), "login": login, "password": self.password}
        answer = context.request.post("/sign-in", form=given, max_redirects=0)
        assert answer.status == 303 and answer.headers["location"] == "/", answer.status_text

    def _type(self, page: Page, login: str) -> None:
        page.goto("/sign-in")
        page.fill("#f-login", login)
        page.fill("#f-password", self.password)
        page.click(".sign-in-box .btn-primary")
        page.wait_for_url(lambda address: "/sign-in" not in address)

    def leave(self) -> list[str]:
        found = [fault for visit in self.visits for fault in visit.wrong]
        for visit in self.visits:
            visit.page.context.close()
        return found


@pytest.fixture
def desk(chromium: Browser, site: Site) -> Iterator[Desk]:
    """Where people sit down; nothing may have gone wrong when they leave."""
    desk = Desk(chromium, site.base)
    yield desk
    assert desk.leave() == []
