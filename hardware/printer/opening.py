"""The printers of a counter by their addresses, as they stand in the settings of a station."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from hardware.printer.ipp import IppPrinter
from hardware.printer.label import ZplPrinter
from hardware.printer.needle import NeedlePrinter
from hardware.printer.once import HandedOver
from hardware.printer.ports import FormPrinter, LabelPrinter, Say


def handed_over() -> Path:
    """Where this computer remembers what it has handed to printers; it outlives a start of the station and of the computer."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "jinshui" / "handed-over"


def open_printer(uri: str, *, say: Say = lambda _zh, _en: None, memory: Path | None = None) -> FormPrinter:
    """The printer of forms at `ipp://HOST[:PORT]/PATH`, `needle://HOST[:PORT]` or `needle:///dev/usb/lp0` (`?sheets=N` in a carbon set); nobody is asked yet.
    Raises ValueError for another address.
    """
    handed = HandedOver(memory or handed_over())
    if urlsplit(uri).scheme == "needle":
        return NeedlePrinter(uri, handed, say=say)
    return IppPrinter(uri, handed, say=say)


def open_labels(uri: str, *, say: Say = lambda _zh, _en: None, memory: Path | None = None) -> LabelPrinter:
    """The printer of labels at `zpl://HOST[:PORT]` (`?status=no` where it cannot answer) or `zpl:///dev/usb/lp0`. Raises ValueError for another address."""
    return ZplPrinter(uri, HandedOver(memory or handed_over()), say=say)


def look(printer: FormPrinter | LabelPrinter) -> None:
    """Asks whether somebody is there, without printing. Raises PrinterError."""
    if isinstance(printer, IppPrinter | NeedlePrinter | ZplPrinter):
        printer.look()
