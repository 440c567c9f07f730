"""How values look: moments in Shanghai, money, sizes, citations, dynamic rows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask_babel import force_locale

from engine.forms import LIST_LIMIT
from tests.web.office import Office
from web import formats
from web.cases.citation import cited, cited_in_english
from web.tasks.drawing import lines, with_rows_changed


def test_moments_are_shown_in_shanghai() -> None:
    late = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)

    assert formats.moment(late) == "2026-03-02 00:30"
    assert formats.day(late) == "2026-03-02"


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("1234567.8"), "1,234,567.80"), (0, "0.00"), ("-5", "-5.00"), (None, ""), (Decimal("0.005"), "0.00")],
)
def test_money_has_separators_and_two_decimals(value: Any, text: str) -> None:
    assert formats.money(value) == text


@pytest.mark.parametrize(("bytes_", "text"), [(12, "12 B"), (2048, "2 kB"), (3_565_158, "3.4 MB")])
def test_sizes_are_readable(bytes_: int, text: str) -> None:
    assert formats.size(bytes_) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"), (True, "是"), (Decimal("1000"), "1,000"), (date(2026, 3, 2), "2026-03-02"), (["甲", "乙"], "甲、乙"),
        ([{"a": 1}, {"a": 2}], "2 项"), ({"名称": "甲"}, "名称：甲"), ("", "—"),
    ],
)  # fmt: skip
def test_variables_are_written_as_people_would(office: Office, value: Any, text: str) -> None:
    with office.web.test_request_context():
        assert formats.value_text(value) == text


def test_what_was_said_in_both_languages_is_shown_in_that_of_the_page(office: Office) -> None:
    both = {"zh": "主管局", "en": "own office"}
    with office.web.test_request_context():
        assert (formats.value_text(both), formats.fact(both, "text")) == ("主管局", "主管局")
        with force_locale("en"):
            assert (formats.value_text(both), formats.fact(both, "text")) == ("own office", "own office")


def test_a_citation_is_written_the_chinese_way(office: Office) -> None:
    with office.web.test_request_context():
        assert cited("Ningbo 2001-19, annex 2, art. 9, 15") == "甬国税发〔2001〕19号附件2第九、十五条"
        assert cited("Ningbo 2001-19, annex 1, art. 5-8; Ningbo 2001-19, annex 2, art. 10(一)") == (
            "甬国税发〔2001〕19号附件1第五至八条；甬国税发〔2001〕19号附件2第十条(一)"
        )
        assert cited("Xi'an 2002-119, 二(一)3; Xi'an 2002-119, annex 6") == "市国税发〔2002〕119号二(一)3；市国税发〔2002〕119号附件6"
        assert cited("Xi'an 2002-119, 二(一)7；自首次购票起十五日（所选）") == "市国税发〔2002〕119号二(一)7；自首次购票起十五日"
        assert cited("Xi'an 2002-119, 二(四), 三(一)11, 四4, annex 5") == "市国税发〔2002〕119号二(四)、三(一)11、四4、附件5"
        assert cited("Xi'an 2002-119, 三(二)1; annex 8") == "市国税发〔2002〕119号三(二)1；附件8"
        assert cited("任意说明") == "任意说明"


def test_an_english_text_cites_in_the_form_of_models() -> None:
    assert cited_in_english("as in 甬国税发〔2001〕19号附件2第十三条") == "as in Ningbo 2001-19, annex 2, art. 13"
    assert cited_in_english("市国税发〔2002〕119号二(一)8; 市国税发〔2002〕119号附件6") == "Xi'an 2002-119, 二(一)8; Xi'an 2002-119, annex 6"


def test_a_row_is_added_after_the_last() -> None:
    raw = {"items-0-code": "A", "items-1-code": "B", "other": "x"}

    assert with_rows_changed(raw, "items", "") == {**raw, "items-2-": ""}


def test_a_row_is_taken_out_of_the_middle() -> None:
    raw = {"items-0-code": "A", "items-1-code": "B", "items-2-code": "C", "items2-1-code": "Z", "other": "x"}

    assert with_rows_changed(raw, "", "items-1") == {"items-0-code": "A", "items-1-code": "C", "items2-1-code": "Z", "other": "x"}


@pytest.mark.parametrize("number", ["9" * 5000, "999999999", "²", "-1", "x"])
def test_a_row_that_no_form_has_makes_neither_an_error_nor_a_long_page(number: str) -> None:
    raw = {"items-0-code": "A", f"items-{number}-code": "B"}

    assert with_rows_changed(raw, "", f"items-{number}") in (raw, {"items-0-code": "A"})
    (added,) = set(with_rows_changed(raw, "items", "")) - set(raw)
    assert int(added.split("-")[1]) <= LIST_LIMIT + 1


def test_explanations_keep_headings_and_nothing_else() -> None:
    assert [(line.text, line.level) for line in lines("# 标题\n\n**重要** <b>文字</b>")] == [("标题", 1), ("重要 <b>文字</b>", 0)]
