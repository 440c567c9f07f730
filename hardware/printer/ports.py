"""What the work at a counter needs of its printers: a document goes on paper once for its key, and nobody claims more than the printer has said.

Every error says what `happened`: after "no" nothing came out and the document may be printed again, after "yes" part of it lies there (`printed` pages), after "unknown"
a person has to look. No machine prints again after the last two: a new key is a new document, given by whoever has looked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from hardware.ports import DeviceError

Happened = Literal["no", "yes", "unknown"]
PrinterFault = Literal["absent", "offline", "paper_out", "jam", "refused", "busy", "cancelled", "no_tools", "unknown"]
Say = Callable[[str, str], None]  # a line for the clerk, Chinese and English: paper is out, the next page has come
Alive = Callable[[], None]  # asked at every look of a printer that is waited for; raises Unwanted


class Unwanted(Exception):
    """Nobody waits for the document any more: where it does not come out just now, it is taken back as if patience had ended. Whatever else `Alive` raises leaves it with the printer."""


def always() -> None:
    """A document that is waited for as long as patience lasts."""


def is_wanted(alive: Alive) -> bool:
    """Whether the document is still waited for."""
    try:
        alive()
    except Unwanted:
        return False
    return True


@dataclass(frozen=True)
class Printed:
    """`pages` that came out, of all copies together, as far as the printer counts them; `copies` of the document."""

    pages: int
    copies: int


class PrinterError(DeviceError):
    """Something that a printer does not do. Its text is Chinese, `en` English; `printed`: the pages that are known to lie there."""

    def __init__(self, zh: str, en: str, *, kind: PrinterFault, happened: Happened = "no", printed: int = 0) -> None:
        super().__init__(zh)
        self.en, self.kind, self.happened, self.printed = en, kind, happened, printed


class FormPrinter(Protocol):
    """A printer of A4 forms. Raises PrinterError."""

    def print(self, pdf: bytes, name: str, copies: int, key: str, alive: Alive = always) -> Printed:
        """Puts so many copies on paper and waits until they lie there, as long as the document is wanted. With the key of a document that was printed before it answers as it did then and prints nothing.
        Raises ValueError for fewer than one copy and for a key that cannot stand in the name of a job.
        """
        ...


class LabelPrinter(Protocol):
    """A printer of labels, one for each page of the document. Raises PrinterError."""

    def print(self, pdf: bytes, name: str, copies: int, key: str, alive: Alive = always) -> Printed:
        """As that of a FormPrinter."""
        ...
