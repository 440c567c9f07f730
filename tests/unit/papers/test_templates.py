"""Every paper of every procedure, with its sample and as hard as it gets: nothing lost, nothing clipped, pages and copies counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from papers.chinese_numerals import amount_in_capitals
from papers.render import laid_out
from papers.templates import Template, fill, read_templates
from papers.words import day, money
from tests.conftest import missing as missing_here
from tests.unit.papers.hard import LONG, OFFICE, ROWS, harden
from tests.unit.papers.reading import page_count, pages

# WeasyPrint leaves the profile of colours that it reads to the garbage collector; a child takes it along.
pytestmark = pytest.mark.filterwarnings("ignore:.*sRGB2014:pytest.PytestUnraisableExceptionWarning", "ignore:.*sRGB2014:ResourceWarning")
WORKFLOWS = Path(__file__).parents[3] / "workflows"
TEMPLATES = read_templates(WORKFLOWS)
NUMBER = "甬海国税稽协〔2026〕12345号"
LABELS = {"host_label"}  # stuck on, not filed: no pages to count, and a code whose edges are no lines of a table
SIGNERS = ("leader", "handler", "clerk", "inspector", "receiver")


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
def test_a_paper_shows_all_that_it_was_given_and_clips_nothing(template: Template) -> None:
    soft, hard = template.sample(), harden(template.sample())
    filled = [fill(template, soft, number=NUMBER, copies=template.copies), fill(template, hard, number=NUMBER, copies=template.copies[:1])]
    made = rendered(filled)

    for data, html, pdf in zip((soft, hard), filled, made, strict=True):
        count, rest = divmod(page_count(pdf), len(html))
        assert rest == 0
        seen = pages(pdf)
        for at, copy in enumerate(template.copies[: len(html)] or ("",)):
            of_copy = [page for page in seen if page.index // count == at]
            assert template.key in LABELS or [page.counted for page in of_copy] == [(page.index % count + 1, count) for page in of_copy]
            assert missing(expected(data), "".join(page.text for page in of_copy)) == []
            assert not copy or all(page.margin == copy.replace("　", "") for page in of_copy)
        for page in seen:
            assert "None" not in page.text
            assert list(page.outside()) == []
            assert template.key in LABELS or list(page.crossing()) == []
        # One subtotal a page: no page holds more rows than it was given, and none runs over into the next.
        assert html[0].count("本页小计") in {0, count}
    assert template.landscape or page_count(made[0]) == len(filled[0])


def rendered(papers: list[list[str]]) -> list[bytes]:
    """Laid out in this process: that a child does the same within its limits is asked in test_render.py."""
    try:
        return list(laid_out(papers))
    except OSError as lacking:
        missing_here("pango", str(lacking))


def expected(data: dict[str, Any]) -> Iterator[str]:
    """Title, number, parties, how the last day was counted, amounts in figures and capitals, signatures with their days: as far as the paper has them."""
    is_register = "printed_on" in data
    if not is_register:
        yield NUMBER
    yield from (data[key] for key in ("from_office", "to_office", "case_name", "own_office", "office", "explanation") if data.get(key) and shown(data, key))
    for key in ("amount", "tax", "total"):
        if key in data and isinstance(data[key], str) and shown(data, key):
            yield money(data[key])
    if not is_register and "invoices" not in data and "total" in data:
        yield amount_in_capitals(Decimal(data["total"]))
    for signer in (data[key] for key in SIGNERS if isinstance(data.get(key), dict) and shown(data, key)):
        yield signer["name"]
        yield day(signer["on"])


def shown(data: dict[str, Any], key: str) -> bool:
    """Lists name only who filled and checked them; an order has no addressee."""
    if "invoices" in data:
        return key not in {"explanation", "from_office", "to_office", "leader", "clerk", "handler", "receiver", "total", "inspector"}
    return not (key in {"amount", "tax"} and "points" in data) and not (key in {"amount", "tax"} and "own_office" in data)


def missing(wanted: Iterator[str], text: str) -> list[str]:
    return [word for word in wanted if re.sub(r"\s", "", word) not in text]


def test_a_long_list_repeats_its_head_and_its_subtotals_add_up() -> None:
    template = TEMPLATES["coinvestigation/list"]
    rows = [{**template.sample()["invoices"][0], "ordinal": n, "amount": f"{n}.10", "tax": f"0.{n:02d}"} for n in range(1, ROWS + 1)]
    data = {**template.sample(), "invoices": rows, "count": ROWS, "amount": "1836.00", "tax": "18.30", "total": "1854.30"}

    paper = pages(rendered([fill(template, data, number=NUMBER, copies=())])[0], every=True)

    sums = [re.search(r"本页小计（\d+份）([\d,]+\.\d\d)(\d+\.\d\d)", page.text) for page in paper]
    assert len(paper) > 3
    assert all("发票代码" in page.text and "价税合计" not in page.text for page in paper[:-1])
    assert sum(Decimal(found[1].replace(",", "")) for found in sums if found) == Decimal("1836.00")
    assert sum(Decimal(found[2]) for found in sums if found) == Decimal("18.30")
    assert all(NUMBER in page.text for page in paper)


@pytest.mark.parametrize("key", ["case_facts", "progress", "list", "findings"])
def test_the_day_of_filling_stands_on_one_line(key: str) -> None:
    template = TEMPLATES[f"coinvestigation/{key}"]
    last = pages(rendered([fill(template, template.sample(), number=NUMBER, copies=())])[0])[-1]
    written = [char for char in last.chars if not char["text"].isspace()]
    at = "".join(char["text"] for char in written).index("填制日期：")

    assert len({round(char["bottom"]) for char in written[at : at + len("填制日期：2026年")]}) == 1


def test_what_goes_on_over_a_page_names_its_columns_and_a_seal_never_stands_alone() -> None:
    wanted = {"progress": ["进行事项", "主管领导"], "case_report": ["审核处理意见", "填报依据"], "letter": ["附件：", "联系人"]}
    templates = [TEMPLATES[f"coinvestigation/{key}"] for key in wanted]
    made = rendered([fill(template, harden(template.sample()), number=NUMBER, copies=("",)) for template in templates])

    lasts = [pages(pdf)[-1] for pdf in made]
    assert all(last.index > 0 for last in lasts)
    assert [[word for word in words if word not in last.text] for words, last in zip(wanted.values(), lasts, strict=True)] == [[], [], []]


def test_a_term_that_rests_on_no_holiday_notice_says_so() -> None:
    template = TEMPLATES["coinvestigation/order"]
    filled = ["".join(fill(template, {**template.sample(), "provisional": is_so}, number=NUMBER, copies=())) for is_so in (True, False)]

    assert ["<b>2026年4月7日</b>（暂定）</td>" in html for html in filled] == [True, False]


def test_a_reply_without_materials_says_so() -> None:
    template = TEMPLATES["coinvestigation/reply"]
    (html,) = fill(template, {**template.sample(), "materials": ""}, number=NUMBER, copies=())

    assert '<th>寄送材料</th><td colspan="3">无</td>' in html


def test_papers_cite_one_way() -> None:
    """〔2001〕 and 第十三条, and no version of our calendar."""
    for template in TEMPLATES.values():
        (html,) = fill(template, template.sample(), number=NUMBER, copies=())
        assert re.search(r"\[\d{4}\]|第\d+条|（日历", html) is None


def test_the_ten_papers_of_annex_1_article_12_are_there() -> None:
    titles = {template.title for template in TEMPLATES.values()}

    assert titles >= {
        "增值税专用发票协查函", "已证实虚开的增值税专用发票通知单", "增值税专用发票协查回复函", "案件协查基本情况表", "增值税专用发票清单", "协查处理单",
        "协查进行表", "增值税专用发票明细清单", "增值税专用发票调查结果清单", "委托协查台账", "受托协查台账",
    }  # fmt: skip
    assert titles >= {"增值税专用发票案件协查报告", "增值税专用发票协查催办单"}  # annex 2, arts. 10 and 14


def test_the_hard_names_are_really_long() -> None:
    assert len(LONG) > 50
    assert len(OFFICE) > 35
