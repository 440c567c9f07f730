"""What an officer is told of a list before cases are made of it is what the cases then do."""

from __future__ import annotations

import re

import pytest

from app import WORKFLOWS, Application
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles, read_folder
from records.coinvestigation.imports.run import run_waiting
from tests.procedures.test_english import signed_in
from tests.unit.records.making import csv_bytes, texts
from tests.web.browsing import Page, Person, upload

WUZHONG, SUZHOU, JIANGDONG, HAISHU = "320506", "320501", "330204", "330203"
ROWS = [
    texts(1, seller_id=f"{WUZHONG}123456789", amount="5000000.00", tax="850000.00"),
    texts(2, seller_id=f"{WUZHONG}123456789", amount="3547008.54", tax="602991.46"),  # with the first 10,000,000.00
    texts(3, seller_id=f"{SUZHOU}123456789", amount="95000000.00", tax="16150000.00"),
    texts(4, seller_id=f"{JIANGDONG}123456789", amount="8547008.54", tax="1452991.45"),  # a fen less
    texts(5, seller_id=f"{HAISHU}987654321", amount="200000000.00", tax="34000000.00"),
    texts(6, seller_id="310101123456789", amount="9000000.00", tax="1530000.00"),
]


def previewed(application: Application, login: str = "chen.min") -> tuple[Person, Page]:
    """The page of the list above, read and not yet made into cases."""
    officer = signed_in(application, login, "zh")
    fields = officer.open("/imports").fields("/imports")
    sent = officer.post("/imports", {**fields, "file": upload("三月.csv", csv_bytes(ROWS))})
    assert run_waiting(application.database, application.clock) == 1
    return officer, officer.open(sent.address)


def said(page: Page) -> dict[str, list[str]]:
    """Office → count, amount, tax, total, and who organises."""
    rows = page.tree.xpath("//div[@aria-label='拟生成的委托']//tbody/tr")
    return {
        (row.xpath("string(td[1]//label)") or row.xpath("string(td[1])")).strip(): [
            *(cell.text_content().strip() for cell in row.xpath("td[contains(@class, 'r ')]")),
            "、".join(tag.text_content().strip() for tag in row.xpath("td[last()]//span[contains(@class, 'tag')]")),
        ]
        for row in rows
    }


def redeploy(application: Application, before: str, after: str) -> None:
    """A designer changes the table that says who organises."""
    files = dict(read_folder(WORKFLOWS / "coinvestigation").files)
    changed, count = re.subn(before, after, files["decisions/organiser.dmn"])
    assert count
    application.engine.deploy(ProcedureFiles("coinvestigation", {**files, "decisions/organiser.dmn": changed}), SYSTEM)


def test_the_preview_says_who_will_organise_each_case(application: Application) -> None:
    _officer, page = previewed(application)

    assert said(page) == {
        "苏州市吴中区国家税务局": ["2", "8,547,008.54", "1,452,991.46", "10,000,000.00", "报市局组织"],
        "苏州市国家税务局": ["1", "95,000,000.00", "16,150,000.00", "111,150,000.00", "报总局组织"],
        "宁波市江东区国家税务局": ["1", "8,547,008.54", "1,452,991.45", "9,999,999.99", "本局发函"],
        "宁波市海曙区国家税务局": ["1", "200,000,000.00", "34,000,000.00", "234,000,000.00", "本局核查（辖区内）"],
        "地区 3101 的受托机关": ["1", "9,000,000.00", "1,530,000.00", "10,530,000.00", "待选受托机关、报市局组织"],
    }
    assert "有 1 个地区没有登记主管税务机关：请在下表逐个选定受托机关" in page.text


def test_the_city_organises_itself_what_it_found(application: Application) -> None:
    _officer, page = previewed(application, "xu.wei")

    assert [row[-1] for name, row in said(page).items() if name.startswith("苏州")] == ["本局组织", "报总局组织"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (r"\b10000000\b", "9000000", "报市局组织"),  # what a designer changes is what the page says
        (r"&lt; 10000000\b", "&lt; 10", "审批时判定"),  # no rule fits: nobody can say yet
    ],
)
def test_the_preview_goes_by_the_table_that_is_deployed(application: Application, before: str, after: str, told: str) -> None:
    redeploy(application, before, after)
    _officer, page = previewed(application)

    assert said(page)["宁波市江东区国家税务局"][-1] == told


def test_a_table_that_contradicts_itself_is_told_on_the_page(application: Application) -> None:
    redeploy(application, r"\[10000000\.\.", "[1..")
    _officer, page = previewed(application)

    assert "由谁组织暂时无法预先判定：决策表“由谁组织协查”只许一条规则命中" in page.text
    assert {row[-1] for name, row in said(page).items() if "海曙" not in name and "地区" not in name} == {"审批时判定"}
