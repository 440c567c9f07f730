"""A party takes away its own copy of a paper in several, and no other's."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter

from papers.copies import copy_faults, own_copies, pages_of


def paper(*widths: int) -> bytes:
    """A PDF whose pages are told apart by their width."""
    made, target = PdfWriter(), BytesIO()
    for width in widths:
        made.add_blank_page(width, 100)
    made.write(target)
    return target.getvalue()


def widths(content: bytes) -> list[int]:
    return [int(page.mediabox.width) for page in PdfReader(BytesIO(content)).pages]


@pytest.mark.parametrize(("wanted", "pages"), [([0], [11, 12]), ([1], [21, 22]), ([1, 2], [21, 22, 31, 32])])
def test_a_copy_is_its_own_pages(wanted: list[int], pages: list[int]) -> None:
    assert widths(pages_of(paper(11, 12, 21, 22, 31, 32), wanted, 3)) == pages


def test_what_cannot_be_shared_out_evenly_stays_whole() -> None:
    whole = paper(1, 2, 3)

    assert pages_of(whole, [0], 2) == whole


APPLICATION = ["第一联　税务机关", "第二联　发行岗位", "第三联　服务单位"]


@pytest.mark.parametrize(
    ("copies", "kind", "named", "own"),
    [
        (["第一联　税务机关", "第二联　发行岗位", "第三联　企业"], "enterprise", {}, [2]),
        (["第一联　服务单位", "第二联　发行岗位", "第三联　企业"], "service_unit", {}, [0]),
        (["第一联　填表单位留存", "第二联　逐级上报"], "service_unit", {}, [0]),
        (APPLICATION, "enterprise", {"enterprise": [2, 3]}, [1, 2]),  # which it carries to whoever issues, and to whoever sells
        (APPLICATION, "service_unit", {"enterprise": [2, 3]}, [2]),
        (APPLICATION, "enterprise", {}, []),  # never that of the tax office
    ],
)
def test_whose_copy_it_is_stands_on_it_or_is_named(copies: list[str], kind: str, named: dict[str, list[int]], own: list[int]) -> None:
    assert own_copies(copies, kind, {"copies_for": named}) == own


def test_a_paper_for_a_party_without_a_copy_for_it_is_a_fault_of_its_folder() -> None:
    row = {"copies": APPLICATION, "for_parties": ["enterprise", "service_unit"]}

    (fault,) = copy_faults({"application": row, "letter": {"for_parties": ["enterprise"]}})
    assert "application 发给 enterprise" in fault
    assert list(copy_faults({"application": {**row, "copies_for": {"enterprise": [2, 3]}}})) == []
