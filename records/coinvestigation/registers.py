"""The two registers, 《委托协查台账》 and 《受托协查台账》 (annex 1, art. 12 (9) and (10)), limited to the scopes of whoever looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, case, exists, false, func, literal, or_, select
from sqlalchemy.orm import Session

from records.coinvestigation import rules
from records.coinvestigation.model import Delegation, InspectionTransfer, InvoiceFace, Receipt, ReceiptInvoice
from records.coinvestigation.states import OPEN_DELEGATIONS, OPEN_RECEIPTS


@dataclass(frozen=True)
class RegisterQuery:
    """What a page or an export wants to see; empty fields do not filter. `state`: a state, or `open`."""

    since: date | None = None
    until: date | None = None
    state: str = ""
    office: str = ""  # identifier of the own office, for whoever sees several
    counterpart: str = ""  # identifier of the other office
    nature: str = ""
    source: str = ""
    overdue: bool = False
    text: str = ""  # number, name, enterprise, or an invoice's number


@dataclass(frozen=True)
class RegisterLine:
    """One line of either register. `opened_on`: sent there (None before), received here. `standing` as rules.standing()."""

    id: str
    delegation_id: str
    case_id: str
    number: str
    name: str
    source: str
    nature: str
    organiser: str
    from_office_id: str
    to_office_id: str | None
    enterprise: str
    invoice_count: int
    amount: Decimal
    tax: Decimal
    state: str
    opened_on: date | None
    due_on: date | None
    is_extended: bool
    replied_on: date | None
    standing: str
    responsible: str
    summary: str
    in_inspection: bool  # violations of it moved into inspection proceedings (annex 1, art. 9)


@dataclass(frozen=True)
class RegisterPage:
    """Lines of one page, with the totals of everything that the query finds. What was passed down is a line of its own for the lower office;
    where that of the office above is found too, such a line (`passed_down`) is the same matter and counts in no total.
    """

    lines: list[RegisterLine]
    total: int
    invoice_count: int
    amount: Decimal
    tax: Decimal
    passed_down: int = 0

    @property
    def matters(self) -> int:
        """How many matters the lines are."""
        return self.total - self.passed_down


NO_LINES = RegisterPage([], 0, 0, Decimal(0), Decimal(0))
_BEGAN_ON = func.coalesce(Delegation.sent_on, Delegation.created_on)
_DUE_ON = func.coalesce(Receipt.extended_to, Receipt.due_on)
# Prolonged is the term of the office that was asked first; a delegation carries that day, but not that it was moved (annex 2, art. 13).
_EXTENDED = exists().where(Receipt.delegation_id == Delegation.id, Receipt.parent_id.is_(None), Receipt.extended_to.is_not(None))
# The columns by which a register can be put in order; anything else counts as not asked.
DELEGATED_ORDERS: Mapping[str, Any] = {
    "name": Delegation.name, "number": Delegation.number, "nature": Delegation.nature, "invoices": Delegation.invoice_count,
    "amount": Delegation.amount, "tax": Delegation.tax, "opened": Delegation.sent_on, "due": Delegation.due_on, "state": Delegation.state,
}  # fmt: skip
RECEIVED_ORDERS: Mapping[str, Any] = {
    "name": Delegation.name, "number": Receipt.number, "nature": Receipt.nature, "invoices": Receipt.invoice_count,
    "amount": Receipt.amount, "tax": Receipt.tax, "opened": Receipt.received_on, "due": _DUE_ON, "state": Receipt.state,
}  # fmt: skip


def delegated(
    session: Session, scopes: Sequence[str], query: RegisterQuery, today: date, *, order: str = "", offset: int = 0, limit: int | None = 25,
    counted: RegisterPage | None = None,
) -> RegisterPage:  # fmt: skip
    """《委托协查台账》: what the offices within these scopes delegated, the latest first, or by `order` (a column, `-` before it: from the top).

    `counted`: a page of the same query, whose totals stand: whoever reads on page by page has them counted once.
    """
    conditions = [
        _within(Delegation.from_scope, scopes),
        *_period(Delegation.sent_on, query),
        *_same(Delegation.from_office_id, query.office),
        *_same(Delegation.to_office_id, query.counterpart),
        *_same(Delegation.nature, query.nature),
        *_same(Delegation.source, query.source),
        *_state(Delegation.state, query.state, OPEN_DELEGATIONS),
    ]
    if query.overdue:
        conditions += [Delegation.due_on < today, Delegation.replied_on.is_(None), Delegation.state.in_(OPEN_DELEGATIONS)]
    if query.text:
        holds = select(InvoiceFace.delegation_id).where(InvoiceFace.invoice_number == query.text)
        conditions.append(or_(_mentions(query.text, Delegation.number), Delegation.id.in_(holds)))
    sums = [func.sum(column) for column in (Delegation.invoice_count, Delegation.amount, Delegation.tax)]
    totals = select(func.count(), *sums, literal(0)).where(*conditions)
    by = [*_ordered(DELEGATED_ORDERS, order), _BEGAN_ON.desc(), Delegation.id.desc()]
    rows = select(Delegation, _EXTENDED, _moved(Delegation.id)).where(*conditions).order_by(*by).offset(offset).limit(limit)
    return _page(session, totals, [_delegated_line(*row, today) for row in session.execute(rows)], counted)


def received(
    session: Session, scopes: Sequence[str], query: RegisterQuery, today: date, *, order: str = "", offset: int = 0, limit: int | None = 25,
    counted: RegisterPage | None = None,
) -> RegisterPage:  # fmt: skip
    """《受托协查台账》: what the offices within these scopes received, the latest first, or by `order` as above."""
    conditions = [
        Receipt.delegation_id == Delegation.id,
        _within(Receipt.scope, scopes),
        *_period(Receipt.received_on, query),
        *_same(Receipt.office_id, query.office),
        *_same(Receipt.from_office_id, query.counterpart),
        *_same(Receipt.nature, query.nature),
        *_same(Delegation.source, query.source),
        *_state(Receipt.state, query.state, OPEN_RECEIPTS),
    ]
    if query.overdue:
        conditions += [today > _DUE_ON, Receipt.replied_on.is_(None), Receipt.state.in_(OPEN_RECEIPTS)]
    if query.text:
        holds = (
            select(ReceiptInvoice.receipt_id)
            .join(InvoiceFace, InvoiceFace.id == ReceiptInvoice.face_id)
            .where(InvoiceFace.invoice_number == query.text)
        )
        conditions.append(
            or_(_mentions(query.text, Receipt.number, Receipt.reply_number, Delegation.number), Receipt.id.in_(holds))
        )
    # Correlated to nothing: the same conditions once more, for the lines among which the one of the office above may be.
    again = Receipt.parent_id.in_(select(Receipt.id).where(*conditions).correlate(None))
    sums = [func.sum(case((again, literal(0, column.type)), else_=column)) for column in (Receipt.invoice_count, Receipt.amount, Receipt.tax)]
    totals = select(func.count(), *sums, func.sum(case((again, 1), else_=0))).where(*conditions)
    by = [*_ordered(RECEIVED_ORDERS, order), Receipt.received_on.desc(), Receipt.id.desc()]
    rows = select(Receipt, Delegation, _moved(Receipt.id)).where(*conditions).order_by(*by)
    found = session.execute(rows.offset(offset).limit(limit))
    return _page(session, totals, [_received_line(*row, today) for row in found], counted)


def _page(session: Session, totals: Executable, lines: list[RegisterLine], counted: RegisterPage | None) -> RegisterPage:
    if counted is not None:
        return replace(counted, lines=lines)
    total, invoices, amount, tax, passed_down = session.execute(totals).one()
    return RegisterPage(lines, total, invoices or 0, amount or Decimal(0), tax or Decimal(0), passed_down or 0)


def _within(column: Any, scopes: Sequence[str]) -> ColumnElement[bool]:
    return or_(false(), *(column.startswith(scope, autoescape=True) for scope in scopes))


def _period(column: Any, query: RegisterQuery) -> list[ColumnElement[bool]]:
    return [*([column >= query.since] if query.since else []), *([column <= query.until] if query.until else [])]


def _ordered(columns: Mapping[str, Any], order: str) -> list[ColumnElement[Any]]:
    """By the column of this name; what is empty comes last either way."""
    column = columns.get(order.removeprefix("-"))
    if column is None:
        return []
    return [(column.desc() if order.startswith("-") else column.asc()).nulls_last()]


def _same(column: Any, value: str) -> list[ColumnElement[bool]]:
    return [column == value] if value else []


def _state(column: Any, state: str, open_states: frozenset[str]) -> list[ColumnElement[bool]]:
    return [column.in_(open_states)] if state == "open" else _same(column, state)


def _mentions(text: str, *numbers: Any) -> ColumnElement[bool]:
    columns = [*numbers, Delegation.name, Delegation.enterprise_name, Delegation.enterprise_id]
    return or_(*(and_(column.is_not(None), column.icontains(text, autoescape=True)) for column in columns))


def counterparts(session: Session, register: str, scopes: Sequence[str]) -> set[str]:
    """The identifiers of the offices on the other side of what stands in a register."""
    other, own = (Delegation.to_office_id, Delegation.from_scope) if register == "delegated" else (Receipt.from_office_id, Receipt.scope)
    return set(session.scalars(select(other).where(_within(own, scopes), other.is_not(None)).distinct()))


def answering_cases(session: Session, delegation_ids: Sequence[str]) -> list[tuple[str, str]]:
    """(delegation, case) of the authorities that were asked first; their term is the delegation's."""
    wanted = select(Receipt.delegation_id, Receipt.case_id)
    found = session.execute(wanted.where(Receipt.delegation_id.in_(delegation_ids), Receipt.parent_id.is_(None)))
    return [(delegation_id, case_id) for delegation_id, case_id in found]


def _moved(subject_id: Any) -> ColumnElement[bool]:
    """Whether a transfer to inspection belongs to the row."""
    return exists().where(InspectionTransfer.subject_id == subject_id)


def _delegated_line(row: Delegation, is_extended: bool, moved: bool, today: date) -> RegisterLine:
    return RegisterLine(
        id=row.id, delegation_id=row.id, case_id=row.case_id, number=row.number or "", name=row.name, source=row.source, nature=row.nature,
        organiser=row.organiser, from_office_id=row.from_office_id, to_office_id=row.to_office_id, enterprise=row.enterprise_name,
        invoice_count=row.invoice_count, amount=row.amount, tax=row.tax, state=row.state, opened_on=row.sent_on,
        due_on=row.due_on, is_extended=is_extended, replied_on=row.replied_on, standing=rules.standing(row.due_on, row.replied_on, today),
        responsible=row.created_by_name, summary="", in_inspection=moved,
    )  # fmt: skip


def _received_line(row: Receipt, given: Delegation, moved: bool, today: date) -> RegisterLine:
    due_on = row.extended_to or row.due_on
    return RegisterLine(
        id=row.id, delegation_id=given.id, case_id=row.case_id, number=row.number or "", name=given.name, source=given.source,
        nature=row.nature, organiser=given.organiser, from_office_id=row.from_office_id, to_office_id=row.office_id,
        enterprise=given.enterprise_name, invoice_count=row.invoice_count, amount=row.amount, tax=row.tax, state=row.state,
        opened_on=row.received_on, due_on=due_on, is_extended=row.extended_to is not None, replied_on=row.replied_on,
        standing=rules.standing(due_on, row.replied_on, today), responsible=row.inspector_name, summary=row.summary,
        in_inspection=moved,
    )  # fmt: skip
