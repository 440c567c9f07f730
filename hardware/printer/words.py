"""What printers say, put into words for the clerk: reasons and refusals in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hardware.printer.ports import Happened, PrinterError, PrinterFault


@dataclass(frozen=True)
class Hindrance:
    """Why no page comes out just now."""

    kind: PrinterFault
    zh: str
    en: str


OUT_OF_PAPER = Hindrance("paper_out", "打印机缺纸", "the printer is out of paper")
OFF_LINE = Hindrance("offline", "打印机没有响应", "the printer does not answer")
SILENT = Hindrance("unknown", "打印机没有进展", "the printer makes no progress")
_JAM = Hindrance("jam", "打印机卡纸", "paper is jammed in the printer")
PAUSED = Hindrance("offline", "打印机已暂停或脱机", "the printer is paused or off line")
HEAD_OPEN = Hindrance("offline", "打印机机盖未关", "the printer is open")
OUT_OF_RIBBON = Hindrance("paper_out", "打印机的色带用尽", "the ribbon of the printer is used up")
WORKS_FOR_OTHERS = Hindrance("busy", "打印机一直在打印别的文书", "the printer is busy with other documents")
_EMPTY = Hindrance("paper_out", "打印机的墨粉用尽", "the toner of the printer is used up")
_BY_REASON: Mapping[str, Hindrance] = {  # printer-state-reasons of RFC 8011, 5.4.12, without the severity behind them
    "media-empty": OUT_OF_PAPER, "media-needed": OUT_OF_PAPER, "media-jam": _JAM,
    "cover-open": HEAD_OPEN, "door-open": HEAD_OPEN, "interlock-open": HEAD_OPEN, "paused": PAUSED, "shutdown": PAUSED, "timed-out": PAUSED,
    "marker-supply-empty": _EMPTY, "toner-empty": _EMPTY,
}  # fmt: skip
_REFUSED: Mapping[int, tuple[PrinterFault, str, str]] = {  # status codes of RFC 8011, appendix B
    0x0403: ("refused", "打印机不允许这台电脑打印", "the printer does not let this computer print"),
    0x0406: ("absent", "这个地址上没有打印机", "there is no printer at this address"),
    0x0408: ("refused", "文书太大，打印机不接受", "the document is too large for the printer"),
    0x040A: ("refused", "打印机不能打印 PDF", "the printer does not print PDF"),
    0x040B: ("refused", "打印机没有 A4 纸，或不能打印这么多份", "the printer has no A4 paper, or does not print so many copies"),
    0x0506: ("offline", "打印机暂停接收作业", "the printer takes no jobs just now"),
}


def hindrance(reasons: Iterable[str]) -> Hindrance | None:
    """The first of printer-state-reasons that keeps pages from coming out, None for none; a mere report does not."""
    plain = (reason.removesuffix("-error").removesuffix("-warning") for reason in reasons)
    return next((_BY_REASON[reason] for reason in plain if reason in _BY_REASON), None)


def error_of(what: Hindrance, *, happened: Happened = "no", printed: int = 0) -> PrinterError:
    """The refusal for a hindrance that has not gone, saying how much paper is known to lie there."""
    zh = {"no": "，没有打印", "yes": f"，已打印 {printed} 页，其余没有打印", "unknown": "，不知道打印到哪里，请查看打印出来的纸"}[happened]
    en = {"no": ", nothing was printed", "yes": f", {printed} pages came out, the rest did not", "unknown": ", nobody knows how far it came: look at the paper"}[happened]
    return PrinterError(what.zh + zh, what.en + en, kind=what.kind, happened=happened, printed=printed)


def refusal(status: int, message: str) -> PrinterError:
    """That of a printer which did not take the job."""
    kind, zh, en = _REFUSED.get(status, ("refused", "打印机不接受这份文书", "the printer does not take the document"))
    code = f"{status:04X}{f' {message}' if message else ''}"
    return PrinterError(f"{zh}（{code}）", f"{en} ({code})", kind=kind)


def no_pdf() -> PrinterError:
    """For a document that is none."""
    return PrinterError("文书不是可以打印的 PDF", "the document is no PDF that can be printed", kind="refused")


def cancelled(*, happened: Happened, printed: int) -> PrinterError:
    """For a job that somebody has taken back at the printer."""
    return error_of(Hindrance("cancelled", "打印作业被人取消", "somebody has cancelled the job"), happened=happened, printed=printed)


def thrown_away(why: Hindrance | None, printed: int) -> PrinterError:
    """For a job that the printer has given up by itself."""
    return error_of(why or Hindrance("unknown", "打印机中途放弃了打印", "the printer has given the job up"), happened="unknown", printed=printed)


def not_whole(printed: int, pages: int) -> PrinterError:
    """For a printer that calls a job completed of which it has counted fewer pages."""
    return PrinterError(
        f"打印机称已打印完毕，但只计到 {printed} 页，应为 {pages} 页，请查看打印出来的纸", f"the printer calls it completed, but counts {printed} pages of {pages}: look at the paper",
        kind="unknown", happened="unknown", printed=printed,
    )  # fmt: skip
