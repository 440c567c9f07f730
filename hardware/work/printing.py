"""Papers and labels: the document of the job, fetched from the house, comes out once. What may have come out is never printed again by a machine.

A document that still waits for paper is taken back when its job is no longer this station's or the station is told to stop: another prints it then.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hardware.jobs import PRINT_FAILED, PRINT_UNKNOWN
from hardware.printer.ports import FormPrinter, LabelPrinter, Printed, PrinterError, Unwanted
from hardware.work.order import Bench, ModelledError, PaperNotMade, Results, UnknownOrder, Withdrawn

PASSING = frozenset(("absent", "offline", "paper_out", "busy"))  # a person at the counter ends it


def print_paper(bench: Bench) -> Results:
    """打印文书."""
    printed = _printed(bench, bench.desk.printer)
    return {"printed_at": bench.now, "pages_printed": printed.pages}


def print_label(bench: Bench) -> Results:
    """打印主机标签. Source: Xicheng, 三(一)1."""
    _printed(bench, bench.desk.labels)
    return {"label_printed_at": bench.now}


def _printed(bench: Bench, printer: FormPrinter | LabelPrinter | None) -> Printed:
    name, copies = bench.text("paper"), bench.given.get("copies") or 1
    if printer is None or not name or not isinstance(copies, int) or copies < 1:
        raise UnknownOrder("作业没有写明文书或份数，或这个工作站没有打印机")
    try:
        pdf = bench.paper()
    except PaperNotMade as early:
        raise ModelledError(PRINT_FAILED, "文书还在制作", "the paper is still being made", may_pass=True) from early
    bench.say(f"正在打印 {copies} 份", f"printing, copies: {copies}")
    bench.require_ours()

    def alive() -> None:
        if bench.is_ending():
            raise Unwanted
        try:
            bench.require_ours()
        except Withdrawn as gone:
            raise Unwanted from gone

    with _judged():
        return printer.print(pdf, name, copies, bench.order.key, alive)


@contextmanager
def _judged() -> Iterator[None]:
    try:
        yield
    except PrinterError as error:
        if error.happened != "no":
            raise ModelledError(PRINT_UNKNOWN, str(error), error.en) from error
        raise ModelledError(PRINT_FAILED, str(error), error.en, may_pass=error.kind in PASSING) from error
