"""Paper against card on the pages: both columns, what differs in words, and every comparison that was ever made."""

from __future__ import annotations

from typing import Any

import pytest

from engine.forms import FormError, parse_form
from tests.web.browsing import Page, Person
from tests.web.comparing import FORM, compared
from tests.web.office import Office


def table(page: Page, at: str) -> list[list[str]]:
    """The rows of a comparison as they are read."""
    return [[" ".join(cell.text_content().split()) for cell in row] for row in page.tree.xpath(f"{at}//table[contains(@class,'compare')]//tr")]


def test_the_form_shows_both_sides_and_says_what_differs(office: Office, clerk: Person) -> None:
    page = clerk.open(f"/tasks/{compared(office)}")

    form = "//section[@id='f-comparison_month']"
    assert table(page, form) == [
        ["核对项目", "汇总表、明细表", "金税卡", "核对结果"],
        ["开票份数", "25", "25", "相符"],
        ["金额合计", "1,284,500.00", "1,284,500.00", "相符"],
        ["税额合计", "218,365.00", "218,365.10", "不符金税卡多 0.10"],
        ["作废份数", "1", "1", "相符"],
    ]
    assert "3 项相符，1 项不符" in page.tree.xpath(f"{form}//p")[0].text_content()
    assert page.tree.xpath(f"{form}//caption")[0].text_content() == "金税卡数据与抄报税汇总表、明细表 · 3 项相符，1 项不符"
    assert {head.get("scope") for head in page.tree.xpath(f"{form}//th")} == {"col", "row"}
    assert not page.tree.xpath(f"{form}//input")


def test_the_same_in_english(office: Office, clerk: Person) -> None:
    clerk.client.set_cookie("lang", "en")

    page = clerk.open(f"/tasks/{compared(office)}")

    rows = table(page, "//section[@id='f-comparison_month']")
    assert rows[0] == ["What is compared", "Reports", "Golden-tax card", "Result"]
    assert rows[3] == ["tax", "218,365.00", "218,365.10", "differsGolden-tax card: 0.10 more"]
    assert "3 agree, 1 differ" in page.text


def test_nothing_posted_changes_a_comparison(office: Office, clerk: Person) -> None:
    task_id = compared(office)
    before = office.engine.task(task_id, office.person("li.na"))

    clerk.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}", found="票表已重印", comparison_month="[]")

    case = office.engine.case(before.task.instance_id, office.person("li.na"))
    assert (case.header.status, case.variables["found"]) == ("completed", "票表已重印")
    assert case.variables["comparison_month"] == before.values["comparison_month"]


def kept(page: Page) -> list[str]:
    return [" ".join(head.text_content().split()) for head in page.tree.xpath("//ol[@class='kept']/li/details/summary")]


def test_every_comparison_stays_in_the_case_the_latest_first(office: Office, clerk: Person) -> None:
    instance_id = office.engine.task(compared(office), office.person("li.na")).task.instance_id

    page = clerk.open(f"/cases/{instance_id}")

    assert kept(page) == [
        "金税卡数据与抄报税汇总表、明细表 核对当月开票数据（第 2 次）2026-03-02 09:00 · 张工3 项相符，1 项不符",
        "核对 第 99 岗2026-03-02 09:30 · 李工1 项全部不符",
        "金税卡数据与抄报税汇总表、明细表 比对数据（第 1 次）2026-03-02 09:00 · 张工3 项相符，1 项不符",
    ]
    assert table(page, "//ol[@class='kept']/li[2]") == [["核对项目", "一方", "另一方", "核对结果"], ["版面", "千元版", "无", "不符"]]
    assert table(page, "//ol[@class='kept']/li[3]")[1] == ["开票份数", "25", "23", "不符汇总表、明细表多 2"]
    assert [fold.get("open") is not None for fold in page.tree.xpath("//ol[@class='kept']//details")] == [True, False, False]


def test_a_case_that_keeps_none_shows_those_of_its_forms(office: Office, clerk: Person) -> None:
    instance_id = office.engine.task(compared(office, keeps_none=True), office.person("li.na")).task.instance_id

    page = clerk.open(f"/cases/{instance_id}")

    assert kept(page) == ["金税卡数据与抄报税汇总表、明细表 核对当月开票数据3 项相符，1 项不符"]


def test_the_sheet_for_paper_has_both_columns(office: Office, clerk: Person) -> None:
    page = clerk.open(f"/tasks/{compared(office)}/sheet")

    assert table(page, "//main")[3] == ["税额合计", "218,365.00", "218,365.10", "不符金税卡多 0.10"]


@pytest.mark.parametrize("change", [{"properties": {}}, {"properties": {"paper": "汇总表"}}, {"key": "1"}])
def test_a_comparison_names_its_two_columns(change: dict[str, Any]) -> None:
    with pytest.raises(FormError):
        parse_form({**FORM, "components": [{**FORM["components"][0], **change}]})


def test_a_comparison_is_never_part_of_a_row_and_never_asked_for() -> None:
    listed = {"type": "dynamiclist", "key": "rows", "components": FORM["components"][:1]}
    with pytest.raises(FormError, match="普通输入"):
        parse_form({**FORM, "components": [listed]})

    form = parse_form({**FORM, "components": [{**FORM["components"][0], "validate": {"required": True}}]})

    loaded = form.load({"comparison_month": "x"}, {})
    assert (loaded.values, loaded.errors) == ({}, {})
    assert [(label, found.headline) for label, found in form.comparisons({"comparison_month": "seven"})] == [("金税卡数据与抄报税汇总表、明细表", "尚未核对")]
    assert form.openapi()["properties"]["comparison_month"]["readOnly"] is True
