"""A printer of 24 needles (针式打印机) in ESC/P: pages are drawn here and sent as graphics, so that seals, tables and Song come out as on any other printer.

It goes through carbon sets (复写联): one stroke serves as many copies as the set has sheets. A printer on a plain line tells nothing of paper; what it has taken whole
counts as printed, and where it stops taking nobody knows how far it came.

Source: Xicheng, 三(一)1 (一式两份).
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from hardware.printer.line import LOOKS_WITHIN_S, Stalled, opened, require_address
from hardware.printer.once import HandedOver, require_order
from hardware.printer.ports import Alive, Printed, Say, always
from hardware.printer.raster import Raster, drawn
from hardware.printer.words import SILENT, error_of

PATIENCE_S = 180.0
DOTS_PER_INCH = 180
BAND = 24  # dots of the head, one above the other
_RESET, _SIXTH_OF_AN_INCH, _PAGE_END, _LINE = b"\x1b@", b"\x1b2", b"\f", DOTS_PER_INCH // 6
_FEED_MOST = 255  # of ESC J
# For each place of a dot in a byte and each row of eight: byte of the row → the bit of that column where the head wants it.
_COLUMN = [[bytes((dots >> (7 - place) & 1) << (7 - row) for dots in range(256)) for row in range(8)] for place in range(8)]


class NeedlePrinter:
    """The printer at `needle://HOST[:PORT]` or `needle:///dev/usb/lp0`, with `?sheets=N` in a carbon set."""

    def __init__(
        self, uri: str, handed: HandedOver, *, say: Say = lambda _zh, _en: None, patience_s: float = PATIENCE_S
    ) -> None:
        require_address(uri, "needle")
        sheets = parse_qs(urlsplit(uri).query).get("sheets", ["1"])[0]
        if not sheets.isdecimal() or not int(sheets):
            raise ValueError(f"expected sheets=N in a carbon set, but got {uri!r}")
        self._uri, self._sheets = uri, int(sheets)
        self._handed, self._say, self._patience_s = handed, say, patience_s

    def look(self) -> None:
        """Opens the line and says nothing. Raises PrinterError."""
        with opened(self._uri, LOOKS_WITHIN_S, always):
            pass

    def print(self, pdf: bytes, name: str, copies: int, key: str, alive: Alive = always) -> Printed:
        require_order(key, copies)
        return self._handed.once(key, lambda: self._put(pdf, copies, alive))

    def _put(self, pdf: bytes, copies: int, alive: Alive) -> Printed:
        pages = drawn(pdf, DOTS_PER_INCH)
        strokes = -(-copies // self._sheets)
        with opened(self._uri, self._patience_s, alive) as line:
            try:
                for stroke in range(strokes):
                    for at, page in enumerate(pages):
                        line.send(b"".join(graphics(page)))
                        sent = stroke * len(pages) + at + 1
                        self._say(f"已送出 {sent} 页", f"{sent} pages sent")
                line.taken()
            except Stalled as error:
                raise error_of(SILENT, happened="unknown") from error
        return Printed(len(pages) * strokes, copies)


def graphics(page: Raster) -> Iterator[bytes]:
    """What the head is told for a page: its length, then bands of 24 dots, white ones fed over, and the end of the sheet."""
    lines = page.height // _LINE
    yield _RESET + _SIXTH_OF_AN_INCH + b"\x1bC" + bytes([lines])
    white = 0
    for top in range(0, lines * _LINE, BAND):
        columns = _columns(page, top).rstrip(b"\0")
        if not columns:
            white += BAND
            continue
        columns += bytes(-len(columns) % 3)
        yield from _fed(white)
        yield b"\r\x1b*\x27" + (len(columns) // 3).to_bytes(2, "little") + columns
        white = BAND
    yield b"\r" + _PAGE_END


def _columns(page: Raster, top: int) -> bytes:
    """A band as the head takes it: for each column three bytes, the upper dot the highest bit."""
    out = bytearray(page.row_bytes * 8 * 3)
    for third in range(3):
        rows = [page.row(top + 8 * third + row) for row in range(8)]
        if not any(map(any, rows)):
            continue
        for place in range(8):
            dots = 0
            for row, content in enumerate(rows):
                dots |= int.from_bytes(content.translate(_COLUMN[place][row]))
            out[3 * place + third :: 24] = dots.to_bytes(page.row_bytes)
    return bytes(out)


def _fed(white: int) -> Iterator[bytes]:
    while white:
        step = min(white, _FEED_MOST)
        yield b"\x1bJ" + bytes([step])
        white -= step
