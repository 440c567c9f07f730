"""A long list is laid out in parts: every page once, counted over the whole, the same bytes each time."""

from __future__ import annotations

import io

from pypdf import PdfReader

from papers.parts import PAGES, is_long, laid_out
from papers.render import render_pdfs

STYLE = (
    '@page { size: A6; @bottom-center { content: "第" counter(page) "页共" counter(pages) "页"; } '
    '@top-right { content: string(running) " " string(copy); } } @page :first { @top-right { content: none; } } '
    "h1 { string-set: running content(), copy attr(data-copy); } table.grid + table.grid { break-before: page; }"
)


def paper(tables: int, copy: str = "", tail: str = "") -> str:
    grids = "\n".join(f'<table class="grid"><tbody><tr><td>row{n}.</td></tr></tbody></table>' for n in range(1, tables + 1))
    head = f"<!doctype html><html><head><style>{STYLE}</style></head><body>"
    return f'{head}<h1 class="form" data-copy="{copy}">LIST</h1>{grids}<p>{tail or "END"}</p></body></html>'


def read(pdf: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def test_pages_are_counted_over_all_parts_and_each_copy_by_itself() -> None:
    count = PAGES + 3
    (pdf,) = render_pdfs([[paper(count, "A"), paper(2, "B"), paper(count, "C")]])

    found = read(pdf)
    assert len(found) == 2 * count + 2
    for at, copy, pages in ((0, "A", count), (count, "B", 2), (count + 2, "C", count)):
        for n in range(1, pages + 1):
            page = found[at + n - 1]
            assert f"row{n}." in page
            assert f"第{n}页共{pages}页" in page
            assert (f"LIST{copy}" in page) == (n > 1), page
        assert "END" in found[at + pages - 1]


def test_a_tail_that_overflows_is_counted_too() -> None:
    (pdf,) = render_pdfs([[paper(PAGES + 1, tail="<br>".join(["word"] * 60))]])

    found = read(pdf)
    assert len(found) > PAGES + 1
    assert [f"第{n}页共{len(found)}页" in page for n, page in enumerate(found, 1)] == [True] * len(found)


def test_the_same_long_paper_gives_the_same_bytes_and_keeps_its_kind() -> None:
    first, second = (render_pdfs([[paper(PAGES + 1)]])[0] for _ in range(2))

    assert first == second
    root = PdfReader(io.BytesIO(first)).root_object
    assert b"pdfaid:part" in root["/Metadata"].get_object().get_data()  # type: ignore[union-attr]
    assert len(root["/OutputIntents"]) == 1  # type: ignore[arg-type]


def test_no_part_holds_more_than_its_pages() -> None:
    sizes: list[int] = []

    def layout(html: str) -> tuple[int, bytes]:
        sizes.append(html.count('<table class="grid">'))
        return sizes[-1], b""

    assert len(laid_out(paper(PAGES * 3), layout)) == 3
    assert sizes == [PAGES] * 3
    assert [is_long(paper(PAGES + more)) for more in (0, 1)] == [False, True]
