"""A printer that speaks IPP, asked directly: what becomes of a document is what the printer itself says of the job, whose name carries our key.

No queue stands between: CUPS calls a job that the printer threw away cancelled, or even completed (ADR 25).

Source: Xicheng, 三(一)1.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from hardware.printer import ipp_wire as wire
from hardware.printer.ipp_talk import Job, Talk
from hardware.printer.once import HandedOver, require_order
from hardware.printer.ports import Alive, Printed, PrinterError, Say, always, is_wanted
from hardware.printer.words import (
    OFF_LINE,
    OUT_OF_PAPER,
    SILENT,
    WORKS_FOR_OTHERS,
    Hindrance,
    cancelled,
    error_of,
    hindrance,
    no_pdf,
    not_whole,
    thrown_away,
)

PATIENCE_S = 180.0  # without anything new: for paper, for a printer that works for others, for the next page
GRACE_S = 5.0  # for a job that was cancelled to end
LOOK_S = 0.25
CANCELLED, ABORTED, COMPLETED = 7, 8, 9  # job-state
_A4 = "iso_a4_210x297mm"
_LONGEST_NAME = 127  # bytes; the standard has 255, printers less


class IppPrinter:
    """The printer at `ipp://HOST[:PORT]/PATH`. `handed` remembers what has left this computer; `say` is told what hinders a job and how far it is."""

    def __init__(
        self, uri: str, handed: HandedOver, *, sides: str = "one-sided", say: Say = lambda _zh, _en: None,
        patience_s: float = PATIENCE_S, grace_s: float = GRACE_S, look_s: float = LOOK_S,
    ) -> None:  # fmt: skip
        self._talk = Talk(uri, patience_s)
        self._handed, self._sides, self._say = handed, sides, say
        self._alive: Alive = always  # of the document in hand
        self._patience_s, self._grace_s, self._look_s = patience_s, grace_s, look_s

    def look(self) -> None:
        """Asks who is there. Raises PrinterError."""
        self._talk.printer()

    def print(self, pdf: bytes, name: str, copies: int, key: str, alive: Alive = always) -> Printed:
        require_order(key, copies)
        self._alive = alive
        try:
            pages = len(PdfReader(io.BytesIO(pdf)).pages)
        except PyPdfError as error:
            raise no_pdf() from error
        called = _called(name, key)

        def find() -> Callable[[], Printed] | None:
            job = self._talk.job_called(called)
            return None if job is None else lambda: self._awaited(job, pages, copies)

        return self._handed.once(key, lambda: self._handed_over(pdf, called, pages, copies), find)

    # --- handing over ------------------------------------------------------------------------------------------------------

    def _handed_over(self, pdf: bytes, called: str, pages: int, copies: int) -> Printed:
        wanted: list[wire.Attribute] = [(wire.INTEGER, "copies", copies), (wire.KEYWORD, "media", _A4)]
        if self._sides in self._talk.printer().get("sides-supported", ()):
            wanted.append((wire.KEYWORD, "sides", self._sides))
        until = time.monotonic() + self._patience_s
        try:
            while (job := self._talk.print_job(pdf, called, wanted)) is None:
                if not is_wanted(self._alive) or time.monotonic() >= until:
                    raise error_of(WORKS_FOR_OTHERS)
                time.sleep(self._look_s)
        except PrinterError as error:
            if error.happened == "no":
                raise
            job = self._found_after(error, called)
        return self._awaited(job, pages, copies)

    def _found_after(self, lost: PrinterError, called: str) -> Job:
        """The job whose answer got lost, if the printer has it after all."""
        until = time.monotonic() + self._grace_s
        while True:
            try:
                job = self._talk.job_called(called)
            except PrinterError:
                job = None
            if job is not None:
                return job
            if not is_wanted(self._alive) or time.monotonic() >= until:
                raise lost
            time.sleep(self._look_s)

    # --- waiting -----------------------------------------------------------------------------------------------------------

    def _awaited(self, job: Job, pages: int, copies: int) -> Printed:
        """Waits for the end, and as long as anything changes."""
        why: Hindrance | None = None
        seen: tuple[int, int | None, Hindrance | None] | None = None
        until = 0.0
        while job.state < CANCELLED:
            why = self._hindrance()
            if (now := (job.state, job.pages, why)) != seen:
                self._tell(now, seen)
                seen, until = now, time.monotonic() + self._patience_s
            wanted = is_wanted(self._alive)
            if (why and not wanted) or time.monotonic() >= until:  # what comes out just now is let come
                return self._given_up(job, why or SILENT, pages, copies)
            time.sleep(self._look_s)
            job = self._looked_at(job)
        return _ended(job, self._hindrance() or why, pages, copies)

    def _given_up(self, job: Job, why: Hindrance, pages: int, copies: int) -> Printed:
        """Takes the job back, so that nothing comes out when nobody expects it any more. Only an end that the printer confirms is known."""
        self._say("取消打印作业", "the job is cancelled")
        try:
            self._talk.cancel(job.id)
            until = time.monotonic() + self._grace_s
            while job.state < CANCELLED and time.monotonic() < until:
                time.sleep(self._look_s)
                job = self._looked_at(job)
        except PrinterError as error:
            if error.happened == "unknown":
                raise
        return _ended(job, why, pages, copies, given_up=True)

    def _looked_at(self, job: Job) -> Job:
        """The job as it is now, as it was while nobody answers."""
        try:
            found = self._talk.job(job.id)
        except PrinterError:
            return job
        if found is None or found.name != job.name:  # it was switched off and begins to count anew
            raise thrown_away(Hindrance("unknown", "打印机不再知道这份文书", "the printer does not know the document any more"), job.pages or 0)
        return found

    def _hindrance(self) -> Hindrance | None:
        try:
            return hindrance(map(str, self._talk.printer().get("printer-state-reasons", ())))
        except PrinterError:
            return OFF_LINE

    def _tell(self, now: tuple[int, int | None, Hindrance | None], before: tuple[int, int | None, Hindrance | None] | None) -> None:
        _state, pages, why = now
        if why is not None and (before is None or before[2] is not why):
            self._say(why.zh, why.en)
        if pages and (before is None or before[1] != pages):
            self._say(f"已打印 {pages} 页", f"{pages} pages came out")


def _ended(job: Job, why: Hindrance | None, pages: int, copies: int, *, given_up: bool = False) -> Printed:
    """What the last word of the printer means; `given_up`: it was us who cancelled the job, because of `why`."""
    printed = job.pages or 0
    if job.state == COMPLETED and 0 < printed < pages * copies:
        raise not_whole(printed, pages * copies)
    if job.state == COMPLETED or (job.state == CANCELLED and printed >= pages * copies):  # the last page was underway already
        return Printed(printed or pages * copies, copies)
    if job.state == ABORTED:
        raise thrown_away(why, printed)
    if job.state == CANCELLED and not given_up:
        raise cancelled(happened="yes" if printed else "unknown", printed=printed)
    if job.state == CANCELLED and why is OUT_OF_PAPER and job.pages == 0:  # a page that does not count yet had nothing to be on
        raise error_of(why)
    raise error_of(why or SILENT, happened="yes" if job.state == CANCELLED and printed else "unknown", printed=printed)


def _called(name: str, key: str) -> str:
    """The name of a job: what people read at the printer, and the key by which it is found again."""
    mark = f" [{key}]"
    plain = " ".join(name.split()).encode()[: _LONGEST_NAME - len(mark)]
    return plain.decode("utf-8", "ignore") + mark
