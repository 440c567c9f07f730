"""What stands on a PDF, read back from its bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pdfplumber
from pypdf import PdfReader

COUNTED = re.compile(r"第(\d+)页共(\d+)页")
MM = 72 / 25.4
SHORT = 6  # pages; reading one takes a quarter of a second


@dataclass(frozen=True)
class Page:
    """One page: its text without any space, its characters, and the upright lines of its tables."""

    index: int
    text: str
    chars: list[dict[str, Any]]
    uprights: list[dict[str, Any]]
    width: float
    height: float

    @property
    def counted(self) -> tuple[int, int]:
        """(n, m) of 第 n 页 共 m 页."""
        (found,) = COUNTED.findall(self.text)
        return int(found[0]), int(found[1])

    @property
    def margin(self) -> str:
        """What stands upright in the right margin, from top to bottom: the name of the copy."""
        margin = 14 if self.width > self.height else 20  # the sheet across is written to 15 mm from its edge: the end of its number is no copy's name
        beside = [c for c in self.chars if c["x0"] > self.width - margin * MM and c["top"] > 30 * MM]
        return "".join(c["text"] for c in sorted(beside, key=lambda c: c["top"]) if not c["text"].isspace())

    def outside(self) -> Iterator[str]:
        """Characters that the paper's edge would cut off."""
        for c in self.chars:
            if c["x0"] < 4 * MM or c["x1"] > self.width - 4 * MM or c["top"] < 4 * MM or c["bottom"] > self.height - 4 * MM:
                yield c["text"]

    def crossing(self) -> Iterator[str]:
        """Characters that an upright line of a table runs through; the seal is allowed to."""
        for c in self.chars:
            for line in self.uprights:
                x, middle = (line["x0"] + line["x1"]) / 2, (c["top"] + c["bottom"]) / 2
                if c["x0"] + 0.6 < x < c["x1"] - 0.6 and line["top"] < middle < line["bottom"] and not _is_red(c):
                    yield c["text"]


def page_count(pdf: bytes) -> int:
    """How many pages a PDF has."""
    return len(PdfReader(io.BytesIO(pdf)).pages)


def pages(pdf: bytes, *, every: bool = False) -> list[Page]:
    """The pages of a PDF; of a long one the first two and the last, unless every page is wanted."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        count = len(document.pages)
        wanted = range(count) if every or count <= SHORT else (0, 1, count - 1)
        return [_page(at, document.pages[at]) for at in wanted]


def _page(index: int, page: Any) -> Page:
    uprights = [e for e in page.edges if e["orientation"] == "v" and e["bottom"] - e["top"] > 2 * MM]
    text = "".join(c["text"] for c in page.chars if not c["text"].isspace())
    return Page(index, text, page.chars, uprights, float(page.width), float(page.height))


def _is_red(char: dict[str, Any]) -> bool:
    colour = char["non_stroking_color"]
    return bool(colour) and len(colour) == 3 and colour[0] > colour[1] + 0.3
