"""The registers of enterprises, devices and upgrades on a page, printed and as XLSX; what is seen is limited to the reader's offices and those beneath them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from db.sight import EVERYTHING, seeing
from db.timeouts import LONG
from records.devices import kinds
from records.devices.registers import Found, Page, devices, stops
from records.devices.store.stopped import entries_of
from records.registration.enterprises import enterprises
from records.spreadsheets import write_xlsx
from records.upgrade.registers import visits
from web import flash, identity, printing, requests, shelf
from web.devices import approvals, lives, stock, words
from web.devices.choice import Choice
from web.devices.columns import headings, orders, sheet_columns, shown, taken_away
from web.devices.names import spoken
from web.devices.words import level_name, two
from web.downloads import XLSX, sent
from web.languages import named
from web.registers import book as books
from web.services import services

ONE_LINE = 6  # fields that stand in one line with their buttons on a common screen, if none of them is wider than the others
blueprint = Blueprint("devices", __name__, url_prefix="/devices")
READ: Mapping[str, Callable[..., Found[Any]]] = {"enterprises": enterprises, "devices": devices, "stops": stops, "visits": visits}
lives.install(blueprint)
stock.install(blueprint)


@blueprint.get("")
def index() -> BaseResponse:
    """The register of enterprises comes first."""
    return requests.go(url_for("devices.show", book="enterprises"))


@blueprint.get("/<book>")
def show(book: str) -> BaseResponse:
    """One page of a register; nothing but the filter where a day in it is none."""
    choice, deps = _choice(book), services()
    return _drawn(choice, choice.offset, deps.settings.page_size, "devices/show.html")


@blueprint.get("/<book>/print")
def print_out(book: str) -> BaseResponse:
    """Everything that the filter finds on one page, for paper."""
    choice = _choice(book)
    if choice.errors:
        return requests.go(choice.address())
    found = _found(choice)
    with services().database.read() as session:
        total = found.count(session)
    if total > books.PRINT_LIMIT:
        return flash.saying(requests.go(choice.address()), "too_long_to_print")
    return _drawn(choice, 0, books.PRINT_LIMIT, "devices/print.html")


@blueprint.get("/<book>.xlsx")
def export(book: str) -> BaseResponse:
    """Everything that the filter finds, as a workbook; where that is more than one holds, its last line says so."""
    choice = _choice(book)
    if choice.errors:
        return requests.go(choice.address())
    register, today, found = choice.register, services().clock.today(), _found(choice)

    def cut(total: int, limit: int) -> str:
        return str(_("%(all)s，只导出前 %(limit)s 行；请缩小查询范围，分次导出", all=words.counted(register, total), limit=f"{limit:,}"))

    with services().database.read(LONG) as session:
        total, head = found.count(session), [str(shelf.DEVICES[register]), *words.head(choice, dict(own_offices(session)), today.isoformat())]
        with printing.taking_away(total):
            lines = (taken_away(register, line) for some in found.every(session, books.AT_ONCE) for line in spoken(session, some))
            content = write_xlsx(str(shelf.DEVICES[register]), sheet_columns(register), books.taken_away(lines, total, cut), head)
    return sent(content, XLSX, f"{shelf.DEVICES[register]}-{today:%Y%m%d}.xlsx", register, save=True)


def _choice(book: str) -> Choice:
    if book not in shelf.DEVICES:
        abort(404)
    return Choice.of(book, request.args)


def _found(choice: Choice) -> Found[Any]:
    scopes = identity.staff().actor.scopes
    if choice.register == "approvals":
        return approvals.approvals(scopes, choice.query, choice.order, named=approvals.named())
    return READ[choice.register](scopes, choice.query, choice.order)


def _drawn(choice: Choice, offset: int, limit: int, template: str) -> BaseResponse:
    register, today, found = choice.register, services().clock.today(), _found(choice)
    listed = approvals.named() if register == "approvals" and not choice.errors else {}
    elsewhere = _elsewhere(choice)
    with services().database.read() as session:
        page = Page[Any]([], 0) if choice.errors else found.page(session, offset, limit)
        own, lines = own_offices(session), spoken(session, page.lines)
        tabs = shelf.tabs(session)
        levels = approvals.by_level(session, identity.staff().actor.scopes, choice.query, listed) if listed else {}
    if offset and not lines and not choice.errors:
        return requests.go(choice.address())  # behind the end, by an old address: there are lines before it
    after = offset + len(lines)
    states, holders = words.states_of(register), [(key, two(kinds.HOLDERS, key)) for key in kinds.HOLDERS] if register == "devices" else []
    fields = 4 + sum(map(bool, (states, holders, len(own) > 1)))
    return requests.page(
        template, status=422 if choice.errors else 200, choice=choice, page=page, elsewhere=elsewhere, rows=[shown(register, line) for line in lines], own=own,
        title=shelf.DEVICES[register], tabs=tabs, headings=headings(choice), orders=orders(choice), empty=words.EMPTY[register],
        period=words.PERIODS[register], searched=words.SEARCHED[register], kinds=words.kinds_of(register), states=states,
        holders=holders, wide=fields != ONE_LINE, counted=words.counted(register, page.total),
        levels=[(level_name(level), count, choice_of_level(choice, level)) for level, count in levels.items()],
        export_limit=books.EXPORT_LIMIT, next=choice.address(offset=after) if after < page.total else None, after=after, may_take_in=shelf.keeps_stock(),
        plain_heads=[(heading.text, heading.css) for heading in headings(choice)], head=words.head(choice, dict(own), today.isoformat()),
    )  # fmt: skip


def _elsewhere(choice: Choice) -> list[str]:
    """What other offices have stopped under the very serial that is looked for: the list is for all who sell, issue or write, whose card it is is not said.

    Source: Xi'an 2002-119, 二(五).
    """
    if choice.register != "stops" or not choice.query.text:
        return []
    scopes = tuple(identity.staff().actor.scopes)
    with seeing(EVERYTHING), services().database.read() as session:
        entries = [entry for entry in entries_of(session, choice.query.text) if not entry.scope.startswith(scopes)]
        return [
            _("%(kind)s %(serial)s 已由%(office)s于 %(day)s 报告%(why)s，列入停用名单，不能发售、发行或使用", kind=two(kinds.NAMES, entry.kind), serial=entry.serial,
              office=entry.office_name, day=entry.reported_on, why=two(kinds.REASONS, entry.because))
            for entry in spoken(session, entries)
        ]  # fmt: skip


def choice_of_level(choice: Choice, level: str) -> str:
    """The address of what waits at a level."""
    return Choice(choice.register, type(choice.query)(**{**choice.query.__dict__, "kind": level})).address()


def own_offices(session: Session) -> list[tuple[str, str]]:
    """(path, name) of the offices whose lines the reader sees, in the order of the tree."""
    return [(office.scope, named(office.name, office.name_en)) for office in books.own_offices(session)]
