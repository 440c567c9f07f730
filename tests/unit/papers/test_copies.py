"""A party takes away its own copy of a paper in several, and no other's."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter

from papers.copies import one_copy
from web.cases.papers import own_copy


def paper(*widths: int) -> bytes:
    """A PDF whose pages are told apart by their width."""
    made, target = PdfWriter(), BytesIO()
    for width in widths:
        made.add_blank_page(width, 100)
    made.write(target)
    return target.getvalue()


def widths(content: bytes) -> list[int]:
    return [int(page.mediabox.width) for page in PdfReader(BytesIO(content)).pages]


@pytest.mark.parametrize(("at", "pages"), [(0, [11, 12]), (1, [21, 22]), (2, [31, 32])])
def test_a_copy_is_its_own_pages(at: int, pages: list[int]) -> None:
    assert widths(one_copy(paper(11, 12, 21, 22, 31, 32), at, 3)) == pages


def test_what_cannot_be_shared_out_evenly_stays_whole() -> None:
    whole = paper(1, 2, 3)

    assert one_copy(whole, 0, 2) == whole


@pytest.mark.parametrize(
    ("copies", "kind", "at"),
    [
        (["第一联　税务机关", "第二联　发行岗位", "第三联　企业"], "enterprise", 2),
        (["第一联　服务单位", "第二联　发行岗位", "第三联　企业"], "service_unit", 0),
        (["第一联　填表单位留存", "第二联　逐级上报"], "service_unit", 0),
        (["第一联　税务机关", "第二联　发行岗位", "第三联　服务单位"], "enterprise", 0),  # it handed all of them in: none is its own
    ],
)
def test_whose_copy_it_is_stands_on_it(copies: list[str], kind: str, at: int) -> None:
    assert own_copy(copies, kind) == at
