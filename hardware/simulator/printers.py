"""A printer whose paper is a folder: each copy lies there as a PDF, with the pages that came out of it. For tests and the demonstration."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from hardware.printer.once import HandedOver, require_order
from hardware.printer.ports import Alive, Printed, PrinterError, always

_KEYS = "handed-over"


@dataclass
class PrintFault:
    """What the printer meets once: it has no paper from `page` on, it dies at `page`, or it is off line."""

    what: Literal["paper_out", "dies_at_page", "offline"]
    page: int = 1


@dataclass
class FolderPrinter:
    """FormPrinter and LabelPrinter in one. Without a folder the paper lies in `papers` alone: names of copies, each with its PDF."""

    folder: Path | None = None
    fault: PrintFault | None = None
    papers: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._handed = HandedOver(self.folder / _KEYS if self.folder else None)

    def print(self, pdf: bytes, name: str, copies: int, key: str, alive: Alive = always) -> Printed:
        require_order(key, copies)
        alive()
        return self._handed.once(key, lambda: self._put(pdf, name, copies, key))

    def _put(self, pdf: bytes, name: str, copies: int, key: str) -> Printed:
        try:
            pages = PdfReader(io.BytesIO(pdf)).pages
        except PyPdfError as error:
            raise PrinterError("文书不是可以打印的 PDF", "the document is no PDF that can be printed", kind="refused") from error
        fault, self.fault = self.fault, None
        if fault is not None and fault.what == "offline":
            raise PrinterError("打印机脱机", "the printer is off line", kind="offline")
        left = len(pages) * copies if fault is None else fault.page - 1
        for copy in range(1, copies + 1):
            come = min(left, len(pages))
            left -= come
            self._lay(f"{name[:60]}-{key}-{copy}", pdf if come == len(pages) else _first(pages[:come]))
        if fault is None or fault.page > len(pages) * copies:
            return Printed(len(pages) * copies, copies)
        if fault.what == "paper_out":
            raise PrinterError(
                f"打印机缺纸，已打印 {fault.page - 1} 页", f"the printer is out of paper, {fault.page - 1} pages came out",
                kind="paper_out", happened="yes" if fault.page > 1 else "no", printed=fault.page - 1,
            )  # fmt: skip
        raise PrinterError(
            "打印中途停止，不知道打到哪里，请查看打印出来的纸", "printing stopped half way, nobody knows where: look at the paper", kind="unknown", happened="unknown", printed=fault.page - 1
        )

    def _lay(self, called: str, pdf: bytes | None) -> None:
        if pdf is None:
            return
        called = re.sub(r"[^\w.-]", "_", called) + ".pdf"
        self.papers[called] = pdf
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / called).write_bytes(pdf)


def _first(pages: Sequence[PageObject]) -> bytes | None:
    """A PDF of these pages, None of none."""
    if not pages:
        return None
    writer, out = PdfWriter(), io.BytesIO()
    for page in pages:
        writer.add_page(page)
    writer.write(out)
    return out.getvalue()
