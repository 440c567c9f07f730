"""One copy of a paper that was made in several (一式几联): its pages alone, as they were issued."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader, PdfWriter


def one_copy(content: bytes, at: int, of: int) -> bytes:
    """The pages of a copy, counted from 0; each copy has as many as the others. The whole where the pages cannot be shared out evenly."""
    pages = PdfReader(BytesIO(content)).pages
    count, rest = divmod(len(pages), of)
    if rest or not count:
        return content
    copy, target = PdfWriter(), BytesIO()
    for page in pages[at * count : (at + 1) * count]:
        copy.add_page(page)
    copy.write(target)
    return target.getvalue()
