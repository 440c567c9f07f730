"""Whose copy of a paper in several (一式几联) is whose, and its pages alone, as they were issued."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

from pypdf import PdfReader, PdfWriter

COPIES_FOR, FOR_PARTIES = "copies_for", "for_parties"  # in procedure.yaml, of a paper: kind of party → which copies it holds, counted from 1
# What is written on the copy of a kind of party where procedure.yaml names none: 第三联　企业, 第一联　填表单位留存.
COPY_OF = {"enterprise": ("企业",), "service_unit": ("服务单位", "填表单位", "丢失单位"), "collecting_agent": ("代征",)}


def own_copies(copies: Sequence[str], kind: str, paper: Mapping[str, Any]) -> list[int]:
    """Which of the copies a kind of party holds, counted from 0: those that procedure.yaml names for it, else the first that says so; none where none does."""
    if named := (paper.get(COPIES_FOR) or {}).get(kind):
        return [int(number) - 1 for number in named if 0 < int(number) <= len(copies)]
    return [at for at, copy in enumerate(copies) if any(word in copy for word in COPY_OF.get(kind, ()))][:1]


def copy_faults(listed: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Papers of procedure.yaml that are for a kind of party, of whose copies none is its own."""
    for key, paper in listed.items():
        copies = paper.get("copies") or ()
        for kind in paper.get(FOR_PARTIES) or ():
            if len(copies) > 1 and not own_copies(copies, kind, paper):
                yield f"文书 {key} 发给 {kind}，但各联中没有它的一联：请在联次中写明，或者写 {COPIES_FOR}: {{{kind}: [第几联]}}"


def pages_of(content: bytes, wanted: Sequence[int], of: int) -> bytes:
    """The pages of some of the copies, counted from 0; each copy has as many as the others. The whole where the pages cannot be shared out evenly."""
    pages = PdfReader(BytesIO(content)).pages
    count, rest = divmod(len(pages), of)
    if rest or not count:
        return content
    own, target = PdfWriter(), BytesIO()
    for at in wanted:
        for page in pages[at * count : (at + 1) * count]:
            own.add_page(page)
    own.write(target)
    return target.getvalue()
