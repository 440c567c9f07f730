"""Reads one invoice face from texts, be it a row of a list or of a form: every column is checked, every fault is named.

Pure: the same reading serves a keyboard and a file of 100,000 rows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256

from records.coinvestigation import rules
from records.coinvestigation.kinds import NAMES, Copy, Mismatch, Problem, Source, name
from records.sentences import Refusal, ValueRefused
from records.values import InvoiceCode, InvoiceNumber, TaxpayerId, parse_date, parse_money

COLUMNS: Mapping[str, tuple[str, str]] = {
    "invoice_code": ("发票代码", "invoice code"),
    "invoice_number": ("发票号码", "invoice number"),
    "copy": ("联次", "copy"),
    "amount": ("金额", "amount"),
    "tax": ("税额", "tax"),
    "issued_on": ("开票日期", "date of issue"),
    "seller_id": ("销货方纳税人识别号", "seller's taxpayer number"),
    "seller_name": ("销货方名称", "seller's name"),
    "buyer_id": ("购货方纳税人识别号", "buyer's taxpayer number"),
    "buyer_name": ("购货方名称", "buyer's name"),
    "problem": ("问题类型", "problem"),
    "mismatch": ("不符类型", "kind of mismatch"),
}
OPTIONAL = frozenset({"seller_name", "buyer_name", "problem", "mismatch"})
NAME_LIMIT = 100
FIRST_DAY = date(1994, 1, 1)  # paper special invoices exist since then


@dataclass(frozen=True, slots=True)
class Face:
    """The fields of annex 1, art. 7, with the parties' names."""

    invoice_code: str
    invoice_number: str
    copy: str
    amount: Decimal
    tax: Decimal
    issued_on: date
    seller_id: TaxpayerId
    seller_name: str
    buyer_id: TaxpayerId
    buyer_name: str
    problem: str | None
    mismatch: str | None

    @property
    def label(self) -> str:
        """Code, number and copy as a clerk says them."""
        return f"{self.invoice_code} {self.invoice_number} {name('copy', self.copy)}"

    @property
    def identity(self) -> str:
        """Tells copies of invoices apart. Two invoices with one number (重号) differ in what else stands on them."""
        base = f"{self.invoice_code}/{self.invoice_number}/{self.copy}"
        if self.problem != Problem.DUPLICATE_NUMBER:
            return base
        rest = f"{self.amount}/{self.tax}/{self.issued_on}/{self.seller_id}/{self.buyer_id}"
        return f"{base}/{sha256(rest.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Fault:
    """One column of one row that is refused, with the value as it was given."""

    column: str
    value: str
    refusal: Refusal


def _named(kind: str, members: type[Copy | Problem | Mismatch]) -> Callable[[str], str]:
    names = NAMES[kind]
    keys = {zh: key for key, (zh, _) in names.items()} | {member.value: member.value for member in members}
    choices = "、".join(zh for zh, _ in names.values())

    def read(text: str) -> str:
        if text not in keys:
            raise ValueRefused("not_listed", choices=choices, value=text)
        return keys[text]

    return read


def _party_name(text: str) -> str:
    if len(text) > NAME_LIMIT:
        raise ValueRefused("too_long", limit=NAME_LIMIT, length=len(text))
    for position, character in enumerate(text, 1):
        if unicodedata.category(character) in {"Cc", "Cs"}:
            raise ValueRefused("control_character", position=position)
    return text


_READERS: Mapping[str, Callable[[str], object]] = {
    "invoice_code": InvoiceCode,
    "invoice_number": InvoiceNumber,
    "copy": _named("copy", Copy),
    "amount": parse_money,
    "tax": parse_money,
    "issued_on": parse_date,
    "seller_id": TaxpayerId,
    "seller_name": _party_name,
    "buyer_id": TaxpayerId,
    "buyer_name": _party_name,
    "problem": _named("problem", Problem),
    "mismatch": _named("mismatch", Mismatch),
}


def read_face(row: Mapping[str, str], source: Source, today: date) -> tuple[Face | None, list[Fault]]:
    """The face, or None with everything that is wrong in the row, in the order of the columns.

    Shape: `row` maps the keys of COLUMNS to stripped texts; a column that is not there counts as empty.
    """
    values: dict[str, object] = {}
    faults: list[Fault] = []
    for column, read in _READERS.items():
        text = row.get(column, "")
        if not text:
            if column not in OPTIONAL:
                faults.append(Fault(column, "", Refusal("missing")))
            values[column] = "" if column.endswith("_name") else None
            continue
        try:
            values[column] = read(text)
        except ValueRefused as refused:
            faults.append(Fault(column, text, refused.refusal))
    faults += _across(row, values, source, today)
    return (None, faults) if faults else (Face(**values), faults)  # type: ignore[arg-type]  # each reader gives its column's type


def _across(row: Mapping[str, str], values: Mapping[str, object], source: Source, today: date) -> list[Fault]:
    """Faults that only show when columns are seen together."""
    faults = []
    issued_on = values.get("issued_on")
    if isinstance(issued_on, date):
        if issued_on < FIRST_DAY:
            faults.append(
                Fault("issued_on", row["issued_on"], Refusal("date_early", {"value": row["issued_on"], "first": str(FIRST_DAY)}))
            )
        elif issued_on > today:
            faults.append(
                Fault("issued_on", row["issued_on"], Refusal("date_late", {"value": row["issued_on"], "last": str(today)}))
            )
    amount, tax = values.get("amount"), values.get("tax")
    if isinstance(amount, Decimal) and isinstance(tax, Decimal) and (refusal := _tax(amount, tax)) is not None:
        faults.append(Fault("tax", row["tax"], refusal))
    if isinstance(values.get("buyer_id"), str) and values["buyer_id"] == values.get("seller_id"):
        faults.append(Fault("buyer_id", row["buyer_id"], Refusal("same_numbers", {"value": row["buyer_id"]})))
    if "problem" in values:
        faults += _problem(row, values, source)
    return faults


def _tax(amount: Decimal, tax: Decimal) -> Refusal | None:
    """Why the two cannot have been copied rightly: more tax than amount, or only one of the two is red.

    A tax at a rate that the law does not know is no reason: a doubtful invoice is taken as it is printed, and that is what is asked about.
    """
    figures = {"amount": f"{amount:,f}", "tax": f"{tax:,f}"}
    if amount * tax < 0:
        return Refusal("tax_sign", figures)
    return Refusal("tax_above_amount", figures) if abs(tax) > abs(amount) else None


def _problem(row: Mapping[str, str], values: Mapping[str, object], source: Source) -> list[Fault]:
    problem = None if values["problem"] is None else Problem(str(values["problem"]))
    if problem is None and source is not Source.MANUAL:
        return [Fault("problem", "", Refusal("missing"))]
    if problem is not None and problem not in rules.problems_of(source):
        choices = "、".join(name("problem", p) for p in Problem if p in rules.problems_of(source))
        details = {"source": name("source", source), "choices": choices, "value": row["problem"]}
        return [Fault("problem", row["problem"], Refusal("problem_of_other_source", details))]
    if rules.needs_mismatch(problem) and not row.get("mismatch"):
        choices = "、".join(name("mismatch", kind) for kind in Mismatch)
        return [Fault("mismatch", "", Refusal("mismatch_missing", {"problem": name("problem", problem), "choices": choices}))]
    if problem is not None and not rules.needs_mismatch(problem) and row.get("mismatch"):
        details = {"problem": name("problem", problem), "value": row["mismatch"]}
        return [Fault("mismatch", row["mismatch"], Refusal("mismatch_unwanted", details))]
    return []
