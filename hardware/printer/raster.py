"""Pages of a PDF as black dots and white ones, drawn by poppler: what printers of needles and of labels are fed with."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hardware.printer.ports import PrinterError
from hardware.printer.words import no_pdf

_DRAWS_WITHIN_S = 60.0
_HEAD = re.compile(rb"P4\s+(\d+)\s+(\d+)\s")


@dataclass(frozen=True)
class Raster:
    """A page: rows of eight dots a byte, the left one the highest bit, set where it is black."""

    width: int
    height: int
    dots: bytes

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return -(-self.width // 8)

    def row(self, at: int) -> bytes:
        """One row; white beneath the page."""
        return self.dots[at * self.row_bytes : (at + 1) * self.row_bytes].ljust(self.row_bytes, b"\0")


def drawn(pdf: bytes, dots_per_inch: int) -> Sequence[Raster]:
    """All pages. Raises PrinterError for what is no PDF, and on a computer without poppler."""
    program = ["pdftoppm", "-r", str(dots_per_inch), "-mono", "-"]
    try:
        done = subprocess.run(program, input=pdf, capture_output=True, timeout=_DRAWS_WITHIN_S, check=False)  # noqa: S603
    except FileNotFoundError as error:
        raise PrinterError("这台电脑没有安装 poppler-utils", "this computer lacks poppler-utils", kind="no_tools") from error
    except subprocess.TimeoutExpired as error:
        raise no_pdf() from error
    pages = list(_pages(done.stdout))
    if done.returncode or not pages:
        raise no_pdf()
    return pages


def _pages(stream: bytes) -> Iterator[Raster]:
    """The images that stand one behind the other in a stream of PBM."""
    at = 0
    while (head := _HEAD.match(stream, at)) is not None:
        width, height = int(head[1]), int(head[2])
        at = head.end() + -(-width // 8) * height
        yield Raster(width, height, stream[head.end() : at])
