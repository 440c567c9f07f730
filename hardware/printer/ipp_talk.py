"""The operations of IPP that printing needs, one connection for each (RFC 8011 over HTTP, RFC 8010)."""

from __future__ import annotations

import http.client
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from hardware.printer import ipp_wire as wire
from hardware.printer.ports import Happened, PrinterError
from hardware.printer.words import refusal

ANSWER_S = 10.0
_BUSY, _NOT_FOUND, _NOT_SUPPORTED = 0x0507, 0x0406, 0x0501
_JOB_ATTRIBUTES = ("job-id", "job-name", "job-state", "job-state-reasons", "job-impressions-completed")
_USER = "jinshui"


@dataclass(frozen=True)
class Job:
    """What the printer says of a job; `pages` that came out, None where it does not count them."""

    id: int
    name: str
    state: int
    pages: int | None

    @classmethod
    def of(cls, group: wire.Group, name: str = "") -> Job:
        """That of a group of an answer, which may leave out the name. Raises IppGarbled."""
        number, state, pages = (group.get(attribute, (None,))[0] for attribute in ("job-id", "job-state", "job-impressions-completed"))
        if not isinstance(number, int) or not isinstance(state, int):
            raise wire.IppGarbled("a job without number or state")
        return cls(number, str(group.get("job-name", (name,))[0]), state, pages if isinstance(pages, int) else None)


class Talk:
    """With the printer at `ipp://HOST[:PORT]/PATH`. A method raises PrinterError where nobody answers, or something that is not IPP."""

    def __init__(self, uri: str, patience_s: float) -> None:
        parts = urlsplit(uri)
        if parts.scheme != "ipp" or not parts.hostname:
            raise ValueError(f"expected ipp://HOST[:PORT]/PATH, but got {uri!r}")
        self._uri, self._host, self._port, self._path = uri, parts.hostname, parts.port or 631, parts.path or "/"
        self._patience_s, self._numbers = patience_s, itertools.count(1)

    def print_job(self, pdf: bytes, name: str, wanted: Sequence[wire.Attribute]) -> Job | None:
        """Print-Job, all or nothing of what is wanted; None for a printer that works for others. An error whose `happened` is "unknown" leaves open whether it has it."""
        attributes: list[wire.Attribute] = [
            (wire.NAME, "job-name", name), (wire.BOOLEAN, "ipp-attribute-fidelity", True), (wire.MEDIA_TYPE, "document-format", "application/pdf"),
        ]  # fmt: skip
        answer = self._answer(wire.PRINT_JOB, attributes, wanted, pdf)
        if answer.status == _BUSY:
            return None
        found = _jobs(self._good(answer), name)
        if not found:
            raise _no_ipp("unknown")
        return found[0]

    def job_called(self, name: str) -> Job | None:
        """The newest job of this name, open or ended, as long as the printer remembers it."""
        found = list[Job]()
        for which in ("not-completed", "completed"):
            answer = self._answer(wire.GET_JOBS, [(wire.KEYWORD, "which-jobs", which), (wire.KEYWORD, "requested-attributes", _JOB_ATTRIBUTES)])
            if answer.status not in {_NOT_FOUND, _NOT_SUPPORTED}:
                found += _jobs(self._good(answer))
        return max((job for job in found if job.name == name), key=lambda job: job.id, default=None)

    def job(self, number: int) -> Job | None:
        """Get-Job-Attributes; None for one that the printer does not know (any more)."""
        answer = self._answer(wire.GET_JOB, [(wire.INTEGER, "job-id", number), (wire.KEYWORD, "requested-attributes", _JOB_ATTRIBUTES)])
        return None if answer.status == _NOT_FOUND else next(iter(_jobs(self._good(answer))), None)

    def cancel(self, number: int) -> None:
        """Cancel-Job; a job that has ended stays as it is."""
        self._answer(wire.CANCEL_JOB, [(wire.INTEGER, "job-id", number)])

    def printer(self) -> wire.Group:
        """Get-Printer-Attributes: those that are looked at here."""
        asked = ("printer-state-reasons", "sides-supported")
        answer = self._answer(wire.GET_PRINTER, [(wire.KEYWORD, "requested-attributes", asked)])
        return next(iter(self._good(answer).of(wire.PRINTER)), {})

    # --- one exchange ------------------------------------------------------------------------------------------------------

    def _good(self, answer: wire.Answer) -> wire.Answer:
        if answer.status > wire.LAST_SUCCESS:
            raise refusal(answer.status, answer.message)
        return answer

    def _answer(self, operation: int, attributes: Sequence[wire.Attribute], wanted: Sequence[wire.Attribute] = (), document: bytes = b"") -> wire.Answer:
        number = next(self._numbers)
        target: list[wire.Attribute] = [(wire.URI, "printer-uri", self._uri)]
        if attributes[0][1] == "job-id":  # stands behind the printer, before everything else
            target.append(attributes[0])
            attributes = attributes[1:]
        body = wire.encoded(operation, number, [*target, (wire.NAME, "requesting-user-name", _USER), *attributes], wanted) + document
        happened: Happened = "no"
        connection = http.client.HTTPConnection(self._host, self._port, timeout=ANSWER_S)
        try:
            connection.connect()
            if document:  # some print while they read, and have no paper meanwhile
                happened = "unknown"
                connection.sock.settimeout(max(self._patience_s, ANSWER_S))
            connection.request("POST", self._path, body, {"Content-Type": "application/ipp"})
            response = connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise _silent(happened, f"{self._host}:{self._port}") from error
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise PrinterError(
                f"打印机不接受这份文书（HTTP {response.status}）", f"the printer does not take the document (HTTP {response.status})",
                kind="absent" if response.status == http.HTTPStatus.NOT_FOUND else "refused", happened=happened if response.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR else "no",
            )  # fmt: skip
        try:
            answered, answer = wire.decoded(raw)
        except wire.IppGarbled as error:
            raise _no_ipp(happened) from error
        if answered != number:
            raise _no_ipp(happened)
        return answer


def _jobs(answer: wire.Answer, name: str = "") -> list[Job]:
    try:
        return [Job.of(group, name) for group in answer.of(wire.JOB)]
    except wire.IppGarbled as error:
        raise _no_ipp("unknown" if name else "no") from error


def _silent(happened: Happened, where: str) -> PrinterError:
    if happened == "no":
        return PrinterError(f"打印机没有响应（{where}），请检查电源和网线", f"the printer does not answer ({where})", kind="offline")
    return PrinterError(
        f"文书已送往打印机（{where}），但没有得到答复，请查看打印出来的纸", f"the document was sent to the printer ({where}), which did not answer: look at the paper",
        kind="offline", happened=happened,
    )  # fmt: skip


def _no_ipp(happened: Happened) -> PrinterError:
    return PrinterError("这个地址上的不是 IPP 打印机，或答复不完整", "what answers at this address is no IPP printer, or its answer is not whole", kind="absent", happened=happened)
