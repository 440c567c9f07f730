"""The way in and out."""

from __future__ import annotations

from tests.web.browsing import Person
from tests.web.office import PASSWORD


def test_the_front_page_asks_who_is_there(visitor: Person) -> None:
    assert visitor.open("/").address == "/sign-in"


def test_the_right_password_opens_the_worklist(visitor: Person) -> None:
    page = visitor.open("/sign-in").submit("/sign-in", login="li.na", password=PASSWORD)

    assert page.status == 200
    assert page.address == "/tasks"
    assert "李娜" in page.text
