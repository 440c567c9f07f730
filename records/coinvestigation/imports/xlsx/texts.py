"""The shared texts of a workbook: rich text joined, readings (phonetic runs) left out."""

from __future__ import annotations

import re

from records.coinvestigation.imports.xlsx.package import Package
from records.files import FileRefused

_MAX_TEXTS = 2_000_000
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """Undoes `_x000D_`, the format's way to write control characters."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def read_texts(package: Package, part: str) -> list[str]:
    """All shared texts in their order; raises FileRefused."""
    texts: list[str] = []
    pieces: list[str] = []
    state = {"text": False, "reading": 0}

    def start(name: str, _attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if local == "rPh":
            state["reading"] += 1
        state["text"] = local == "t" and not state["reading"]

    def end(name: str) -> None:
        local = name.rpartition(" ")[2]
        state["text"] = False
        if local == "rPh":
            state["reading"] -= 1
        elif local == "si":
            texts.append(unescape("".join(pieces)).strip())
            pieces.clear()

    def text(data: str) -> None:
        if state["text"]:
            pieces.append(data)

    for _ in package.parse(part, start=start, end=end, text=text):
        if len(texts) > _MAX_TEXTS:
            raise FileRefused("file_damaged", part=part)
    return texts
