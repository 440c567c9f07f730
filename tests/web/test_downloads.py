"""The names under which files are saved."""

from __future__ import annotations

import pytest

from tests.web.browsing import Person
from tests.web.office import Office
from web.downloads import ascii_name


@pytest.mark.parametrize(
    ("name", "plain", "expected"),
    [
        ("协查函-甬海国税稽协〔2026〕8号.pdf", "delegation_letter", "delegation-letter-2026-8.pdf"),
        ("委托协查台账-20261127.xlsx", "delegated", "delegated-20261127.xlsx"),
        ("照片.jpg", "attachment", "attachment.jpg"),
    ],
)
def test_the_plain_name_says_what_it_is_and_keeps_the_figures_apart(name: str, plain: str, expected: str) -> None:
    assert ascii_name(name, plain) == expected


def test_a_register_is_saved_under_both_names(office: Office, clerk: Person) -> None:
    said = clerk.client.get("/registers/delegated.xlsx").headers["Content-Disposition"]

    assert said.startswith("attachment; filename=delegated-2026")
    assert "filename*=UTF-8''%E5%A7%94%E6%89%98" in said
