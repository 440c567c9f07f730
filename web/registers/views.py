"""The two registers on a page and as XLSX; what is seen is limited to the reader's offices and those beneath them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from flask import Blueprint, abort, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from db.timeouts import LONG
from records.coinvestigation import kinds, registers, states
from records.coinvestigation.kinds import Nature, Source
from records.coinvestigation.register_paper import PAPERS, TITLES, register_paper
from records.coinvestigation.registers import RegisterLine, RegisterPage
from records.offices.model import Office
from records.spreadsheets import Cell, Column, write_xlsx
from web import flash, identity, printing, requests, shelf, terms
from web.downloads import XLSX, sent
from web.languages import is_english, named
from web.registers import book
from web.registers.choice import SUBJECTS, Choice
from web.registers.columns import headings, orders
from web.services import services

blueprint = Blueprint("registers", __name__, url_prefix="/registers")


@blueprint.get("")
def index() -> BaseResponse:
    """The first of the registers of which the reader's offices have anything."""
    with services().database.read() as session:
        (_name, _text, address), *_others = shelf.tabs(session)
    return requests.go(address)


@blueprint.get("/<register>")
def show(register: str) -> BaseResponse:
    """One page of a register; nothing but the filter where a day in it is none."""
    choice, deps = _choice(register), services()
    size = deps.settings.page_size
    with deps.database.read() as session:
        page = registers.NO_LINES if choice.errors else _read(session, choice, offset=choice.offset, limit=size)
        others = _others(session, register)
        names, own, tabs = office_names(session, others), own_offices(session), shelf.tabs(session)
        running = _running(session, choice, page.lines)
    if choice.offset and not page.lines and not choice.errors:
        return requests.go(choice.address())  # behind the end, by an old address: there are lines before it
    due = {line.id: line.due_on for line in page.lines}
    unsure = terms.provisional_among((case_id, due[line_id]) for line_id, case_id in running)
    provisional = {line_id for line_id, case_id in running if (case_id, due[line_id]) in unsure}
    rows = [(line, _term(line, provisional), _state(choice, line)) for line in page.lines]
    after = choice.offset + len(rows)
    return requests.page(
        "registers/show.html", status=422 if choice.errors else 200, choice=choice, page=page, rows=rows, names=names, own=own,
        others=sorted(((key, names[key]) for key in others if key in names), key=lambda one: one[1]), title=title(register), tabs=tabs,
        name=_name, headings=headings(choice, with_office=len(own) > 1), orders=orders(choice),
        states=[("open", _("未办结")), *((key, states.name(SUBJECTS[register], key, _language())) for key in states.NAMES[SUBJECTS[register]])],
        natures=[(nature.value, _name("nature", nature)) for nature in Nature], sources=[(s.value, _name("source", s)) for s in Source],
        export_limit=book.EXPORT_LIMIT, next=choice.address(offset=after) if after < page.total else None, after=after,
    )  # fmt: skip


@blueprint.get("/<register>.xlsx")
def export(register: str) -> BaseResponse:
    """Everything that the filter finds, as a workbook; where that is more than one holds, its last line says so."""
    choice = _choice(register)
    if choice.errors:
        return requests.go(choice.address())
    with services().database.read(LONG) as session:
        with_office = len(own_offices(session)) > 1
        counted = _read(session, choice, offset=0, limit=1)
        with printing.taking_away(counted.total):
            lines = book.taken_away(_lines(session, choice, counted, with_office), counted.total, _cut)
            content = write_xlsx(title(register), _columns(register, with_office), lines)
    name = f"{title(register)}-{services().clock.today():%Y%m%d}.xlsx"
    return sent(content, XLSX, name, register, save=True)


@blueprint.get("/<register>.pdf")
def print_out(register: str) -> BaseResponse:
    """Everything that the filter finds, laid out as the register is printed (annex 1, art. 12 (9) and (10))."""
    choice, deps, staff = _choice(register), services(), identity.staff()
    if choice.errors:
        return requests.go(choice.address())
    today = deps.clock.today()
    with deps.database.read() as session:
        page = _read(session, choice, offset=0, limit=book.PRINT_LIMIT)
        names, several = {office.id: office.name for office in _concerned(session, _others(session, register))}, len(own_offices(session)) > 1
    if page.total > book.PRINT_LIMIT:
        return flash.saying(requests.go(choice.address()), "too_long_to_print")
    head, by = "、".join(names[office_id] for office_id in staff.offices), staff.actor.name  # papers stay Chinese, whatever the page speaks
    data = register_paper(register, page, choice.query, names, office_name=head, printed_by=by, printed_on=today, with_office=several)
    with printing.at_the_printer():
        content = deps.papers.print_out(*PAPERS[register], data)
    return sent(content, "application/pdf", f"{TITLES[register]}-{today:%Y%m%d}.pdf", register, save=False)


def title(register: str) -> str:
    """The register's name in the language of the page: in Chinese that of the official form, 台账 (Ningbo 2001-19, annex 1, art. 12)."""
    return str(_("委托协查台账") if register == "delegated" else _("受托协查台账"))


def office_names(session: Session, others: Collection[str]) -> dict[str, str]:
    """The offices that stand in a register by identifier: the reader's own, and those on the other side."""
    return {office.id: named(office.name, office.name_en) for office in _concerned(session, others)}


def _others(session: Session, register: str) -> set[str]:
    return registers.counterparts(session, register, identity.staff().actor.scopes)


def _concerned(session: Session, others: Collection[str]) -> list[Office]:
    own = book.own_offices(session)
    return [*own, *session.scalars(select(Office).where(Office.id.in_(set(others) - {office.id for office in own})))]


def own_offices(session: Session) -> list[tuple[str, str]]:
    """(identifier, name) of the offices whose lines the reader sees, in the order of the tree; a tax office neither asks nor is asked."""
    return [(office.id, named(office.name, office.name_en)) for office in book.own_offices(session) if office.level != "tax_office"]


def _choice(register: str) -> Choice:
    if register not in SUBJECTS:
        abort(404)
    return Choice.of(register, request.args)


def _read(session: Session, choice: Choice, *, offset: int, limit: int, counted: RegisterPage | None = None) -> RegisterPage:
    read = registers.delegated if choice.register == "delegated" else registers.received
    return read(session, identity.staff().actor.scopes, choice.query, services().clock.today(), order=choice.order, offset=offset, limit=limit, counted=counted)


def _running(session: Session, choice: Choice, lines: Sequence[RegisterLine]) -> Sequence[tuple[str, str]]:
    """(line, case) of the terms that may rest on a holiday notice that is not published; a delegation's term runs in the case that answers it."""
    due = {line.id for line in lines if line.replied_on is None and terms.may_be_provisional(line.due_on)}
    return registers.answering_cases(session, list(due)) if choice.register == "delegated" else [(line.id, line.case_id) for line in lines if line.id in due]


def _term(line: RegisterLine, provisional: Collection[str]) -> terms.Term:
    """The chip of the term; a line that was answered says whether that was in time."""
    if line.replied_on is None:
        return terms.term_of(line.due_on, provisional=line.id in provisional)
    late = line.standing == "late"
    return terms.Term("overdue" if late else "met", _("逾期回复") if late else _("按期回复"), line.due_on)


def _state(choice: Choice, line: RegisterLine) -> str:
    state = states.name(SUBJECTS[choice.register], line.state, _language())
    return " · ".join([state, _("移送稽查")]) if line.in_inspection else state


def _columns(register: str, with_office: bool) -> list[Column]:
    opened = _("发出日期") if register == "delegated" else _("收到日期")
    counterpart = _("受托方") if register == "delegated" else _("委托方")
    return [
        Column(_("序号"), 6), Column(_("编号"), 24), Column(_("协查名称"), 44),
        *([Column(_("承办机关"), 28)] if with_office else []), Column(counterpart, 28), Column(_("来源"), 12),
        Column(_("类别"), 12), Column(_("涉案企业"), 28), Column(_("份数"), 8), Column(_("金额"), 16), Column(_("税额"), 16),
        Column(opened, 12), Column(_("期限"), 12), Column(_("延期"), 8), Column(_("回复日期"), 12), Column(_("状态"), 12),
        Column(_("回复情况"), 12), Column(_("经办人"), 12),
    ]  # fmt: skip


def _cut(total: int, limit: int) -> str:
    return str(_("共 %(total)s 件，只导出前 %(limit)s 件；请缩小查询范围，分次导出", total=f"{total:,}", limit=f"{limit:,}"))


def _lines(session: Session, choice: Choice, counted: RegisterPage, with_office: bool) -> Iterator[tuple[Cell, ...]]:
    names, offset = office_names(session, _others(session, choice.register)), 0
    standings = {"on_time": _("按期"), "late": _("逾期"), "overdue": _("逾期未复"), "open": _("未到期")}
    while lines := _read(session, choice, offset=offset, limit=book.AT_ONCE, counted=counted).lines:
        for number, line in enumerate(lines, offset + 1):
            sender, receiver = (names.get(office or "", "") for office in (line.from_office_id, line.to_office_id))
            own, counterpart = (sender, receiver) if choice.register == "delegated" else (receiver, sender)
            yield (
                number, line.number, line.name, *([own] if with_office else []), counterpart, _name("source", line.source), _name("nature", line.nature),
                line.enterprise, line.invoice_count, line.amount, line.tax, line.opened_on, line.due_on,
                _("是") if line.is_extended else "", line.replied_on, _state(choice, line), standings[line.standing], line.responsible,
            )  # fmt: skip
        session.expunge_all()
        offset += len(lines)


def _name(kind: str, key: str) -> str:
    return kinds.name(kind, key, _language())


def _language() -> str:
    return "en" if is_english() else "zh"
