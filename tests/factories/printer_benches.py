"""Each kind of printer on a bench, with the same handles: what lies in its tray, and the faults that all of them meet."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from hardware.printer import ipp_wire as wire
from hardware.printer.ipp import IppPrinter
from hardware.printer.ipp_talk import Talk
from hardware.printer.label import ZplPrinter
from hardware.printer.needle import NeedlePrinter
from hardware.printer.once import HandedOver
from hardware.printer.ports import FormPrinter
from hardware.simulator import FolderPrinter, PrintFault
from tests.factories.plain_printers import PLENTY, PlainPrinter
from tests.factories.printing import IppTray
from tests.factories.sheets import A4, LABEL, read

QUICK = {"patience_s": 0.4, "look_s": 0.02}


class IppBench:
    """ippeveprinter."""

    size = A4

    def __init__(self, tray: IppTray, memory: Path) -> None:
        self.tray, self.memory = tray, memory
        tray.fault("stop")
        printer, until = Talk(tray.uri, 1), time.monotonic() + 5
        while _has_work(printer):  # of the test before
            assert time.monotonic() < until
            time.sleep(0.005)
        if printer.printer().get("printer-state-reasons", ["none"])[0] != "none":  # a jam that it still speaks of
            tray.switch_off()
            tray.switch_on()
        tray.clear()

    def printer(self, *, uri: str = "", memory: Path | None = None, **options: Any) -> FormPrinter:
        """The driver of a station that has just started."""
        return IppPrinter(uri or self.tray.uri, HandedOver(memory or self.memory), **{**QUICK, "grace_s": 0.1, **options})

    def lies(self) -> list[str]:
        """The numbers of the pages that have come out, in their order."""
        return self.tray.pages()

    def switch(self, *, on: bool) -> None:
        """On or off at the mains."""
        if on:
            self.tray.switch_on()
        else:
            self.tray.switch_off()

    def has_paper_for(self, pages: int) -> None:
        """So many sheets are in it from now on."""
        if pages == PLENTY:
            self.tray.fill()
        else:
            self.tray.fault(f"no-paper-{pages + 1}")

    def dies_at(self, page: int) -> None:
        """It dies with this page, which does not come out."""
        self.tray.fault(f"die-{page}")


class NeedleBench:
    """Our needles, or any printer on a plain line."""

    size = A4

    def __init__(self, paper: PlainPrinter, memory: Path) -> None:
        self.paper, self.memory = paper, memory

    def printer(self, *, uri: str = "", **options: Any) -> FormPrinter:
        options = {"patience_s": QUICK["patience_s"], **options}
        return NeedlePrinter(uri or f"needle://127.0.0.1:{self.paper.port}", HandedOver(self.memory), **options)

    def lies(self) -> list[str]:
        return read(self.paper.papers())

    def switch(self, *, on: bool) -> None:
        if on:
            self.paper.switch_on()
        else:
            self.paper.switch_off()

    def has_paper_for(self, pages: int) -> None:
        self.paper.fill(pages)

    def dies_at(self, page: int) -> None:
        self.paper.dies_at = page


class LabelBench(NeedleBench):
    """Our printer of labels, asked how it stands."""

    size = LABEL

    def printer(self, *, uri: str = "", **options: Any) -> FormPrinter:
        return ZplPrinter(uri or f"zpl://127.0.0.1:{self.paper.port}", HandedOver(self.memory), **{**QUICK, "answer_s": 0.1, **options})


class FolderBench:
    """The simulator."""

    size = A4

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._fault: PrintFault | None = None

    def printer(self) -> FormPrinter:
        fault, self._fault = self._fault, None
        return FolderPrinter(self.folder, fault)

    def lies(self) -> list[str]:
        return [str(page) for file in sorted(self.folder.glob("*.pdf")) for page in range(1, len(PdfReader(file).pages) + 1)]

    def switch(self, *, on: bool) -> None:
        self._fault = None if on else PrintFault("offline")

    def has_paper_for(self, pages: int) -> None:
        self._fault = None if pages == PLENTY else PrintFault("paper_out", pages + 1)

    def dies_at(self, page: int) -> None:
        self._fault = PrintFault("dies_at_page", page)


def _has_work(printer: Talk) -> bool:
    """Whether a job is not over yet."""
    return bool(printer._answer(wire.GET_JOBS, [(wire.KEYWORD, "which-jobs", "not-completed")]).of(wire.JOB))


Bench = IppBench | NeedleBench | FolderBench
