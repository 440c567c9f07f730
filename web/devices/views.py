"""The four registers on a page, printed and as XLSX; what is seen is limited to the reader's offices and those beneath them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from db.timeouts import LONG
from records.devices import kinds, states
from records.devices.registers import Found, Page, devices, stops
from records.registration.enterprises import enterprises
from records.spreadsheets import write_xlsx
from records.taxpayers.enrolments import NAMES as ENROLMENTS
from records.taxpayers.limits import VERSIONS
from web import flash, identity, printing, requests
from web.devices import approvals, lives, stock
from web.devices.choice import Choice
from web.devices.columns import headings, level_name, orders, sheet_columns, shown, taken_away, two
from web.downloads import XLSX, sent
from web.languages import named
from web.registers import book as books
from web.services import services

blueprint = Blueprint("devices", __name__, url_prefix="/devices")
READ: Mapping[str, Callable[..., Found[Any]]] = {"enterprises": enterprises, "devices": devices, "stops": stops}
TITLES: Mapping[str, object] = {"enterprises": _l("企业与限额台帐"), "devices": _l("专用设备台帐"), "stops": _l("停用名单"), "approvals": _l("待审批事项")}
EMPTY: Mapping[str, tuple[object, object]] = {
    "enterprises": (_l("还没有防伪税控企业"), _l("企业申请纳入防伪税控系统后，会自动记入台帐。")),
    "devices": (_l("还没有专用设备"), _l("设备入库后，会自动记入台帐。")),
    "stops": (_l("停用名单是空的"), _l("设备报失后，编号立即列入停用名单。")),
    "approvals": (_l("没有待审批的事项"), _l("限额审批等事项到达各级时，会列在这里。")),
}  # fmt: skip
PERIODS: Mapping[str, object] = {"enterprises": _l("核定日期从"), "devices": _l("最近变动从"), "stops": _l("报告日期从"), "approvals": _l("期限从")}
SEARCHED: Mapping[str, object] = {
    "enterprises": _l("企业名称或税号"), "devices": _l("设备编号、持有人或版本"), "stops": _l("设备编号、企业名称或税号"), "approvals": _l("事项或编号"),
}  # fmt: skip
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
    with services().database.read(LONG) as session:
        total = found.count(session)
        with printing.taking_away(total):
            lines = (taken_away(register, line) for some in found.every(session, books.AT_ONCE) for line in some)
            content = write_xlsx(str(TITLES[register]), sheet_columns(register), books.taken_away(lines, total, _cut))
    return sent(content, XLSX, f"{TITLES[register]}-{today:%Y%m%d}.xlsx", register, save=True)


def _choice(book: str) -> Choice:
    if book not in TITLES:
        abort(404)
    return Choice.of(book, request.args)


def _found(choice: Choice) -> Found[Any]:
    scopes = identity.staff().actor.scopes
    if choice.register == "approvals":
        return approvals.approvals(scopes, choice.query, choice.order, named=approvals.named())
    return READ[choice.register](scopes, choice.query, choice.order)


def _drawn(choice: Choice, offset: int, limit: int, template: str) -> BaseResponse:
    found, listed = _found(choice), approvals.named() if choice.register == "approvals" and not choice.errors else {}
    with services().database.read() as session:
        page = Page[Any]([], 0) if choice.errors else found.page(session, offset, limit)
        own = own_offices(session)
        levels = approvals.by_level(session, identity.staff().actor.scopes, choice.query, listed) if listed else {}
    after = offset + len(page.lines)
    return requests.page(
        template, status=422 if choice.errors else 200, choice=choice, page=page, rows=[shown(choice.register, line) for line in page.lines], own=own,
        title=TITLES[choice.register], tabs=[(key, text) for key, text in TITLES.items()], headings=headings(choice), orders=orders(choice), empty=EMPTY[choice.register],
        period=PERIODS[choice.register], searched=SEARCHED[choice.register], kinds=_kinds(choice.register), states=_states(choice.register),
        holders=[(key, two(kinds.HOLDERS, key)) for key in kinds.HOLDERS] if choice.register == "devices" else [],
        levels=[(level_name(level), count, choice_of_level(choice, level)) for level, count in levels.items()],
        export_limit=books.EXPORT_LIMIT, next=choice.address(offset=after) if after < page.total else None, after=after, may_take_in=stock.may_take_in(),
        plain_heads=[(heading.text, heading.css) for heading in headings(choice)], printed_on=services().clock.today(), printed_by=identity.staff().actor.name,
    )  # fmt: skip


def choice_of_level(choice: Choice, level: str) -> str:
    """The address of what waits at a level."""
    return Choice(choice.register, type(choice.query)(**{**choice.query.__dict__, "kind": level})).address()


def own_offices(session: Session) -> list[tuple[str, str]]:
    """(path, name) of the offices whose lines the reader sees, in the order of the tree."""
    return [(office.scope, named(office.name, office.name_en)) for office in books.own_offices(session)]


def _kinds(register: str) -> tuple[object, list[tuple[str, str]]]:
    if register == "enterprises":
        return _("版本"), [(key, two(VERSIONS, key)) for key in VERSIONS]
    if register == "approvals":
        return _("待审批级次"), [(level, level_name(level)) for level in approvals.LEVELS]
    return _("种类"), [(key, two(kinds.NAMES, key)) for key in kinds.NAMES]


def _states(register: str) -> list[tuple[str, str]]:
    names = {"enterprises": ENROLMENTS, "devices": states.NAMES["device"], "stops": states.NAMES["stop"]}.get(register, {})
    return [(key, two(names, key)) for key in names]


def _cut(total: int, limit: int) -> str:
    return str(_("共 %(total)s 件，只导出前 %(limit)s 件；请缩小查询范围，分次导出", total=f"{total:,}", limit=f"{limit:,}"))
