"""A printer of labels (标签机) in ZPL II: each page of the document is drawn at 203 dots an inch, black or white, and sent as a picture.

Over a socket the printer has to say first that it is ready (~HS), and is asked until no label is to come any more. Over a device, and with `?status=no` for what stands
behind a box that only takes, it is believed when it has taken everything.

Source: Xicheng, 三(一)1 (在主机上粘贴标签).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from hardware.printer.line import HURRIED_S, LOOKS_WITHIN_S, Line, Stalled, opened, require_address
from hardware.printer.once import HandedOver, require_order
from hardware.printer.ports import Alive, Printed, Say, always, is_wanted
from hardware.printer.raster import Raster, drawn
from hardware.printer.words import HEAD_OPEN, OUT_OF_PAPER, OUT_OF_RIBBON, PAUSED, SILENT, WORKS_FOR_OTHERS, Hindrance, error_of

PATIENCE_S = 180.0
ANSWER_S, LOOK_S = 2.0, 0.25
DOTS_PER_INCH = 203
_ASK, _TAKE_ALL_BACK = b"~HS", b"~JA"
_FLAGS = ((0, 1, OUT_OF_PAPER), (1, 2, HEAD_OPEN), (1, 3, OUT_OF_RIBBON), (0, 2, PAUSED))  # line and place in it, the first that is set counts

_MUTE = Hindrance("offline", "标签机没有答复，可能缺标签、缺色带或机盖未关", "the printer does not answer: labels, ribbon or head")


@dataclass(frozen=True)
class Standing:
    """An answer to ~HS: what hinders, the formats (pages of ours) that were not begun, the labels that are left of the one that was."""

    why: Hindrance | None
    formats: int
    left: int


class ZplPrinter:
    """The printer at `zpl://HOST[:PORT]` or `zpl:///dev/usb/lp0`."""

    def __init__(
        self, uri: str, handed: HandedOver, *, say: Say = lambda _zh, _en: None,
        patience_s: float = PATIENCE_S, answer_s: float = ANSWER_S, look_s: float = LOOK_S,
    ) -> None:  # fmt: skip
        require_address(uri, "zpl")
        parts = urlsplit(uri)
        self._uri, self._is_asked = uri, bool(parts.hostname) and parts.query != "status=no"
        self._handed, self._say = handed, say
        self._alive: Alive = always  # of the document in hand
        self._patience_s, self._answer_s, self._look_s = patience_s, answer_s, look_s

    def look(self) -> None:
        """Opens the line and says nothing. Raises PrinterError."""
        with opened(self._uri, LOOKS_WITHIN_S, always):
            pass

    def print(self, pdf: bytes, name: str, copies: int, key: str, alive: Alive = always) -> Printed:
        require_order(key, copies)
        self._alive = alive
        return self._handed.once(key, lambda: self._put(pdf, copies))

    def _put(self, pdf: bytes, copies: int) -> Printed:
        pages = drawn(pdf, DOTS_PER_INCH)
        total = len(pages) * copies
        with opened(self._uri, self._patience_s, self._alive) as line:
            if self._is_asked and (why := self._hindered(line, lambda at: at.why or (WORKS_FOR_OTHERS if at.formats or at.left else None))):
                raise error_of(why)
            try:
                for page in pages:
                    line.send(zpl(page, copies))
                if not self._is_asked:
                    line.taken()
                    return Printed(total, copies)
            except Stalled as error:
                raise error_of(SILENT, happened="unknown") from error
            last = Standing(None, 0, total)

            def to_come(at: Standing) -> Hindrance | None:
                nonlocal last
                last = at
                return (at.why or SILENT) if at.formats or at.left else None

            if why := self._hindered(line, to_come):
                with suppress(Stalled):  # it may be the line that is gone
                    line.send(_TAKE_ALL_BACK)
                raise error_of(why, happened="unknown", printed=max(0, total - last.left - last.formats * copies))
        return Printed(total, copies)

    def _hindered(self, line: Line, judged: Callable[[Standing], Hindrance | None]) -> Hindrance | None:
        """Asks until nothing hinders any more: None; or what does so still when for all our patience nothing has changed, or the
        document is wanted no more.
        """
        seen: tuple[Hindrance, Standing | None] | None = None
        since = time.monotonic()
        while True:
            wanted = is_wanted(self._alive)
            try:
                standing = self._standing(line)
            except Stalled:  # the line is gone: nothing more will be heard over it
                return _MUTE
            why = _MUTE if standing is None else judged(standing)
            if why is None:
                return None
            if (now := (why, standing)) != seen:
                if standing is not None and (seen is None or seen[0] is not why):
                    self._say(why.zh, why.en)
                seen, since = now, time.monotonic()
            hurried_s = min(self._patience_s, HURRIED_S) if why in {SILENT, _MUTE} else 0.0  # what comes out just now is let come
            if time.monotonic() - since >= (self._patience_s if wanted else hurried_s):
                return why
            time.sleep(self._look_s)

    def _standing(self, line: Line) -> Standing | None:
        """None where it is silent: many are as long as they have no labels or no ribbon, or their head is open. Raises Stalled."""
        said, until = b"", time.monotonic() + self._answer_s
        line.send(_ASK)
        while (left := until - time.monotonic()) > 0 and said.count(b"\x03") < 3:
            more = line.heard(left)
            if more == b"":
                raise Stalled
            said += more or b""
        return _understood(said)


def _understood(said: bytes) -> Standing | None:
    lines = [part.partition(b"\x02")[2].decode("ascii", "replace").split(",") for part in said.split(b"\x03")[:2]]
    try:
        why = next((why for at, place, why in _FLAGS if lines[at][place] == "1"), None)
        return Standing(why, int(lines[0][4]), int(lines[1][8]))
    except (IndexError, ValueError):
        return None


def zpl(page: Raster, copies: int) -> bytes:
    """The format of a page: its size, the picture in hexadecimal, and how many labels of it."""
    head = f"^XA^PW{page.width}^LL{page.height}^LH0,0^FO0,0^GFA,{len(page.dots)},{len(page.dots)},{page.row_bytes},"
    return head.encode() + page.dots.hex().upper().encode() + f"^FS^PQ{copies}^XZ\n".encode()
