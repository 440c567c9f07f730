"""Sorting (分捡): which invoices of a receipt are investigated here, and which go to which office beneath.

Shares are told by lines, not one by one: a receipt may hold 25,000 invoices, and what is told by lines is as short as the lines are, can
be sent along with what is passed down, and is counted again there with the same outcome.
Source: Ningbo 2001-19, annex 2, art. 11 (what is handled at the own level is sorted in time; what a lower level handles is passed down).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from records.coinvestigation.errors import RuleRefused
from records.coinvestigation.model import InvoiceFace

Shares = dict[str, list[InvoiceFace]]


class SortingRefused(RuleRefused):
    """An invoice would go nowhere or to two offices. Source: Ningbo 2001-19, annex 2, arts. 11 and 17."""


@dataclass(frozen=True)
class Line:
    """One share: everything of an enterprise, of an invoice code, or of a run of numbers, goes to one office (its code).

    The enterprise is the party in the own area (`party`): each invoice has one, so that two enterprises never claim the same.
    """

    office: str
    enterprise: str = ""
    invoice_code: str = ""
    number_from: str = ""
    number_to: str = ""

    @property
    def last(self) -> str:
        """The last number of the run; a run without an end is one invoice."""
        return self.number_to or self.number_from

    def takes(self, face: InvoiceFace) -> bool:
        """Whether an invoice of the enterprise belongs to this share. Numbers have eight digits, so that they compare as texts."""
        return (not self.invoice_code or face.invoice_code == self.invoice_code) and (
            not self.number_from or self.number_from <= face.invoice_number <= self.last
        )


@dataclass(frozen=True)
class Sorting:
    """The lines, the office (its code) to which everything else goes, empty where nothing may be left, and the regions that are the own area."""

    lines: tuple[Line, ...] = ()
    rest: str = ""
    here: tuple[str, ...] = ()

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Sorting:
        """As `plain` wrote it, or as a form holds it; what was left empty is empty text."""
        rows = [{name: str(row.get(name) or "") for name in Line.__dataclass_fields__} for row in given.get("lines") or []]
        return cls(tuple(Line(**row) for row in rows), str(given.get("rest") or ""), tuple(given.get("here") or ()))

    def plain(self) -> dict[str, Any]:
        """As JSON; the same sorting after it is read again."""
        return {"lines": [asdict(line) for line in self.lines], "rest": self.rest, "here": list(self.here)}

    def shares(self, faces: Sequence[InvoiceFace]) -> Shares:
        """Office → its invoices in the order of `faces`; every invoice stands in exactly one share.

        Raises: SortingRefused with the line that says too little, meets no invoice or meets one that another line has; or with the first
        invoice that nobody is given.
        """
        of_enterprise, of_code = _indexed(faces, self.here)
        office_of, line_of = dict[str, str](), dict[str, int]()
        for number, line in enumerate(self.lines, 1):
            _sound(number, line)
            near = of_enterprise[line.enterprise] if line.enterprise else of_code[line.invoice_code]
            met = [face for face in near if line.takes(face)]
            if not met:
                raise _refused(number, "本案没有符合的发票，请核对企业、发票代码和号码", "no invoice of the case is meant by this")
            for face in met:
                if face.id in line_of:
                    raise _twice(number, face, line_of[face.id])
                line_of[face.id], office_of[face.id] = number, line.office
        return _shares(faces, office_of, self.rest)


@dataclass(frozen=True)
class Party:
    """The party of an invoice in the own area: who is asked about."""

    id: str
    name: str
    region: str


def party(face: InvoiceFace, here: Iterable[str]) -> Party:
    """The party whose region begins with one of these; the seller where both or neither do, for it holds the stub **[chosen]**."""
    regions = tuple(here)
    if face.buyer_region.startswith(regions) and not face.seller_region.startswith(regions):
        return Party(face.buyer_id, face.buyer_name, face.buyer_region)
    return Party(face.seller_id, face.seller_name, face.seller_region)


def _indexed(
    faces: Iterable[InvoiceFace], here: Iterable[str]
) -> tuple[defaultdict[str, list[InvoiceFace]], defaultdict[str, list[InvoiceFace]]]:
    of_enterprise, of_code = defaultdict[str, list[InvoiceFace]](list), defaultdict[str, list[InvoiceFace]](list)
    for face in faces:
        of_enterprise[party(face, here).id].append(face)
        of_code[face.invoice_code].append(face)
    return of_enterprise, of_code


def _sound(number: int, line: Line) -> None:
    if not line.enterprise and not line.invoice_code:
        raise _refused(number, "请选择企业，或填写发票代码", "choose an enterprise or enter an invoice code")
    if line.number_to and not line.number_from:
        raise _refused(number, "填写了号码止，请同时填写号码起", "a last number needs a first one")
    if line.last < line.number_from:
        raise _refused(number, f"号码止 {line.number_to} 小于号码起 {line.number_from}", "the last number lies before the first")


def _shares(faces: Sequence[InvoiceFace], office_of: Mapping[str, str], rest: str) -> Shares:
    found: Shares = {}
    left = [face for face in faces if face.id not in office_of]
    if left and not rest:
        raise SortingRefused(
            f"还有 {len(left)} 份发票没有分拣，第一份是 {_label(left[0])}；请再加一行，或选择“其余发票交由”",
            f"{len(left)} invoices are given to nobody yet, the first is {_label(left[0])}; add a row, or say who takes the rest",
        )
    for face in faces:
        found.setdefault(office_of.get(face.id, rest), []).append(face)
    return found


def _refused(number: int, zh: str, en: str) -> SortingRefused:
    return SortingRefused(f"分拣第 {number} 行：{zh}", f"row {number}: {en}")


def _twice(number: int, face: InvoiceFace, before: int) -> SortingRefused:
    return _refused(
        number, f"发票 {_label(face)} 已在第 {before} 行分拣，每份发票只交给一个机关", f"invoice {_label(face)} stands in row {before} already"
    )


def _label(face: InvoiceFace) -> str:
    return f"{face.invoice_code} {face.invoice_number}"
