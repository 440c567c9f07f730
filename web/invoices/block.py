"""The block 发票明细 (annex 1, art. 7) as the templates draw it; whoever sees a case sees its invoices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from db.sight import current, seeing
from db.timeouts import Patience
from engine.reads import CaseView
from records.coinvestigation import kinds, listing
from records.coinvestigation.listing import Subject
from records.coinvestigation.model import Finding, InvoiceFace
from web.invoices.choice import PAGE, Choice
from web.languages import is_english
from web.services import services

FAMILY = "coinvestigation"  # the records that know invoices; a procedure names those it keeps
TAKEN_OVER = frozenset({"faces"})  # the list of the form, which the records have taken over: it stands in this block
COLOURS = {"consistent": "green", "violation": "red", "false": "red", "unresolved": "amber"}


@dataclass(frozen=True)
class Line:
    """One invoice with its words; `conclusion` is empty until something was found."""

    code: str
    number: str
    copy: str
    amount: Decimal
    tax: Decimal
    issued_on: date
    seller_id: str
    seller_name: str
    buyer_id: str
    buyer_name: str
    problem: str
    mismatch: str
    conclusion: str
    colour: str
    recovered: Decimal


@dataclass(frozen=True)
class Heading:
    """A column's heading; `address` puts the list in its order, `way` is what stands in `aria-sort`."""

    text: str
    css: str = ""
    address: str = ""
    way: str = ""


@dataclass(frozen=True)
class Block:
    """A page of the invoices of a case. `whole`: how many the case has, `total`: how many the words find."""

    choice: Choice
    whole: int
    total: int
    amount: Decimal
    tax: Decimal
    lines: list[Line]
    has_findings: bool

    @property
    def after(self) -> int:
        return self.choice.offset + len(self.lines)

    @property
    def next(self) -> str:
        return self.choice.address(offset=self.after) if self.after < self.total else ""

    @property
    def before(self) -> str:
        return self.choice.address(offset=max(self.choice.offset - PAGE, 0)) if self.choice.offset else ""

    @property
    def headings(self) -> list[Heading]:
        columns = [
            ("", _("发票代码 / 号码"), ""), ("amount", _("金额（元）"), "r"), ("tax", _("税额（元）"), "r"), ("issued", _("开票日期"), ""),
            ("", _("销货方"), ""), ("", _("购货方"), ""), ("", _("问题"), ""), *([("", _("结论"), "")] if self.has_findings else []),
        ]  # fmt: skip
        return [self._heading(*column) for column in columns]

    def _heading(self, key: str, text: str, css: str) -> Heading:
        """The largest or latest first, then turned round."""
        if not key:
            return Heading(text, css)
        order = self.choice.query.order
        way = {key: "ascending", f"-{key}": "descending"}.get(order, "")
        return Heading(text, css, self.choice.address(order=key if order == f"-{key}" else f"-{key}"), way)


def block_of(case: CaseView, args: Mapping[str, str] | None = None) -> Block | None:
    """The block of a case, its first page where no address says otherwise; None for a case without invoices."""
    choice = Choice.of(case.header.instance_id, args or {})
    with reading(case) as session:
        subject = subject_of(session, case)
        if subject is None:
            return None
        page = listing.faces(session, subject, choice.query, offset=choice.offset, limit=PAGE)
        found = listing.has_findings(session, subject)
        lines = [line_of(face, finding) for face, finding in page.rows]
    return Block(choice, subject.invoice_count, page.total, page.amount, page.tax, lines, found)


def subject_of(session: Session, case: CaseView) -> Subject | None:
    """Of what the invoices of a case are; a case of a procedure that keeps no such records costs nothing."""
    if not _keeps_invoices(case.header.procedure):
        return None
    return listing.subject_of_case(session, case.header.instance_id, *_named(case))


@contextmanager
def reading(case: CaseView, patience: Patience | None = None) -> Iterator[Session]:
    """A reading transaction that sees the records which a case names, since the case itself was seen; it may be that of another office."""
    with seeing(current().naming(*_named(case))), services().database.read(patience) as session:
        yield session


def _named(case: CaseView) -> tuple[str, str]:
    return str(case.variables.get("receipt_id") or ""), str(case.variables.get("delegation_id") or "")


def _keeps_invoices(procedure: str) -> bool:
    return any(found.key == procedure and FAMILY in (found.about.get("records") or ()) for found in services().engine.procedures())


def line_of(face: InvoiceFace, finding: Finding | None) -> Line:
    """An invoice in the words of the page."""
    conclusion = finding.conclusion or "" if finding else ""
    return Line(
        face.invoice_code, face.invoice_number, word("copy", face.copy), face.amount, face.tax, face.issued_on, face.seller_id,
        face.seller_name, face.buyer_id, face.buyer_name, word("problem", face.problem), word("mismatch", face.mismatch),
        word("conclusion", conclusion), COLOURS.get(conclusion, ""), finding.tax_recovered if finding else Decimal(0),
    )  # fmt: skip


def word(kind: str, key: str | None) -> str:
    """The name of a key in the language of the page."""
    return kinds.name(kind, key, "en" if is_english() else "zh")

