"""What a case page says while the case waits for a station: which, since when, whether it is online, what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.web.browsing import Person
from tests.web.conftest import signed_in
from tests.web.counters import Program, begin, deploy, made
from tests.web.office import Office

KEY = "a" * 32


@pytest.fixture
def house(office: Office) -> Office:
    deploy(office)
    return office


def line(person: Person, case: str) -> str:
    notices = person.open(f"/cases/{case}").tree.xpath("//div[contains(@class,'notice')]")
    return " ".join(" ".join(one.text_content().split()) for one in notices if "工作站" in one.text_content())


def test_a_case_says_which_station_it_waits_for_and_what_to_do(house: Office) -> None:
    case, clerk = begin(house), signed_in(house, "li.na")

    assert line(clerk, case).startswith("等待 海曙区税务局clerk工作站办理“issue”，自 09:00 起；这个岗位还没有工作站。")
    assert "新建一台" in line(clerk, case)

    program = Program(house, made(house)[1])
    assert "工作站未联机" in line(clerk, case)
    assert "联机后自动办理" in line(clerk, case)

    (job,) = program.fetch()
    assert "工作站（窗口 1 号）正在办理“issue”" in line(clerk, case)
    program.call(f"{job['id']}/failure", key=KEY, reason="读卡器里没有 金税卡 661200001", retry_in=60)
    assert "工作站已联机" in line(clerk, case)
    assert "上次没有办成：读卡器里没有 金税卡 661200001。" in line(clerk, case)

    house.clock.advance(timedelta(days=1))
    assert "自 2026-03-02 09:00 起" in line(signed_in(house, "li.na"), case)
    (job,) = program.fetch()
    program.call(f"{job['id']}/error", key=KEY, code="CARD_WRONG", message="另一张卡")
    assert line(signed_in(house, "li.na"), case) == ""


def test_a_case_that_waits_for_nothing_says_nothing(house: Office) -> None:
    assert line(signed_in(house, "li.na"), house.start()) == ""


def test_the_line_of_steps_says_where_the_case_stands(house: Office) -> None:
    case = begin(house)

    now = signed_in(house, "li.na").open(f"/cases/{case}").tree.xpath("//*[@aria-current='step']")

    assert [" ".join(one.text_content().split()) for one in now] == ["issue"]
