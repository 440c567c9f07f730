"""Streams of open pages on a real port, on both databases: what they say, when they end, and that they take nothing from pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from db.ids import new_id
from db.session import Database
from tests.factories.processes import wait_until
from tests.factories.streams import Reader, served
from tests.web.office import Office, open_office
from web.sessions.store import end_all

ON_SQLITE = pytest.mark.parametrize("office", ["sqlite"], indirect=True)




def urged(office: Office, login: str = "li.na") -> None:
    """A notice for whoever holds a post of this person."""
    case = office.start(f"催办的案件 {office.clock.now().isoformat()}", key=f"start:{office.clock.now().timestamp()}")
    with office.database.write() as session:
        office.deadlines.notify(session, sorted(office.person(login).post_ids), case, "urged", "局长催办：快办", "urged")
    office.tell()
    office.clock.advance(timedelta(seconds=1))


@contextmanager
def read(*readers: Reader) -> Iterator[None]:
    try:
        yield
    finally:
        for reader in readers:
            reader.close()


def test_a_notice_is_on_an_open_page_at_once_as_two_numbers_and_no_content(office: Office) -> None:
    with served(office) as node, closing(Reader.open(node.browser("li.na"))) as page:
        assert json.loads(page.event()["data"]) == {"newest": 0, "unread": 0}
        urged(office)
        event = page.event()

        said = json.loads(event["data"])
        assert (event["event"], set(said)) == ("notices", {"newest", "unread"})
        assert said == {"newest": int(event["id"]), "unread": 1}
        assert page.answer.headers["Content-Type"].startswith("text/event-stream")
        assert (page.answer.headers["Cache-Control"], page.answer.headers["Content-Security-Policy"][:18]) == ("no-store", "default-src 'none'")


def test_whoever_comes_again_misses_nothing_and_is_told_nothing_twice(office: Office) -> None:
    with served(office) as node:
        browser = node.browser("li.na")
        with closing(Reader.open(browser)) as page:
            page.event()
            urged(office)
            first = page.event()
        urged(office)  # nobody listens
        with closing(Reader.open(browser, last_event=first["id"])) as page:
            second = json.loads(page.event()["data"])
            urged(office)
            third = json.loads(page.event()["data"])

    assert (second["unread"], third["unread"]) == (2, 3)
    assert int(first["id"]) < second["newest"] < third["newest"]


@ON_SQLITE
def test_what_was_read_in_one_page_is_read_in_the_other(office: Office) -> None:
    urged(office)
    with served(office) as node:
        browser = node.browser("li.na")
        with closing(Reader.open(browser)) as page:
            assert json.loads(page.event()["data"])["unread"] == 1
            browser.post("/notices/read", browser.get("/notices"), key=new_id())
            assert json.loads(page.event()["data"])["unread"] == 0


@ON_SQLITE
def test_a_session_that_is_ended_ends_its_stream(office: Office) -> None:
    with served(office) as node, closing(Reader.open(node.browser("li.na"))) as page, closing(Reader.open(node.browser("wang.fang"))) as other:
        page.event()
        other.event()
        with office.database.write() as session:
            end_all(session, office.person("li.na").person_id)
        ended = page.event()

        assert (ended["event"], page.event()) == ("over", {})
        urged(office, "wang.fang")
        assert other.event()["event"] == "notices"


@ON_SQLITE
def test_a_session_nobody_uses_ends_with_its_stream_and_the_stream_keeps_none_alive(office: Office) -> None:
    with served(office, look_s=0.2) as node:
        browser = node.browser("li.na")
        with closing(Reader.open(browser)) as page:
            page.event()
            office.clock.advance(timedelta(minutes=70))
            assert browser.get("/notices/latest?after=0").status == 200
            office.clock.advance(timedelta(minutes=51))

            assert page.event()["event"] == "over"


@ON_SQLITE
def test_streams_hold_no_thread_of_the_pages(office: Office) -> None:
    with served(office, threads=2) as node:
        browser = node.browser("li.na")
        pages = [Reader.open(node.browser("wang.fang")) for _ in range(3)] + [Reader.open(browser) for _ in range(5)]
        with read(*pages):
            assert [browser.get("/notices").status for _ in range(6)] == [200] * 6
            assert node.streams.count == 8


@ON_SQLITE
def test_of_too_many_pages_of_one_person_the_oldest_gives_way(office: Office) -> None:
    with served(office) as node:
        browser = node.browser("li.na")
        pages = [Reader.open(browser) for _ in range(6)]
        with read(*pages):
            kinds = [pages[0].event().get("event") for _ in range(2)]

            assert "enough" in kinds
            assert pages[5].event()["event"] == "notices"
            wait_until(lambda: node.streams.count == 5)


@ON_SQLITE
def test_where_there_is_no_room_a_page_is_told_when_to_come_again(office: Office) -> None:
    with served(office, limit=1) as node:
        first, second = Reader.open(node.browser("li.na")), Reader.open(node.browser("wang.fang"))
        with read(first, second):
            assert (first.answer.status, second.answer.status, second.answer.headers["Retry-After"]) == (200, 503, "60")


@ON_SQLITE
def test_a_page_that_went_is_forgotten_and_silence_is_broken_by_a_beat(office: Office) -> None:
    with served(office, heartbeat_s=0.2) as node:
        page = Reader.open(node.browser("li.na"))
        page.event()
        assert page.answer.readline() == b":\n"
        page.close()

        wait_until(lambda: node.streams.count == 0)


@pytest.mark.parametrize("office", ["postgres"], indirect=True)
def test_every_node_of_one_database_hears_of_it(office: Office) -> None:
    other = Database(office.database.url.render_as_string(hide_password=False))
    second = open_office(other, office.clock)
    with served(office) as node, served(second) as far, closing(Reader.open(node.browser("li.na"))) as near, closing(Reader.open(far.browser("wang.fang"))) as page:
        near.event()
        page.event()
        urged(office)

        assert [json.loads(one.event()["data"])["unread"] for one in (near, page)] == [1, 2]  # the case that was begun is claimable to Wang Fang besides
    other.dispose()
