"""Offices, people, posts and outside parties from a CSV file: taken in whole or not at all, with a report of every row that is wrong."""

from __future__ import annotations

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from records.audit import Who
from records.files import FileRefused
from records.offices import lists as records
from records.offices.administrators import MAY_CHANGE
from records.offices.lists import COLUMNS, EXAMPLES, ListRefused
from records.spreadsheets import Column, write_csv
from web.administration import desk
from web.administration.board import blueprint, done, page
from web.administration.parties import as_taxpayer
from web.administration.words import LISTS
from web.cases.attachments import clean_name
from web.downloads import sent
from web.languages import is_english
from web.services import services
from web.staff import ROLE_NAMES, role_name

SHOWN = 200


@blueprint.get("/lists")
def lists() -> Response:
    """The lists that the reader may bring."""
    return _page()


@blueprint.post("/lists/<kind>")
def import_list(kind: str) -> BaseResponse:
    """Takes a list in; with one row that is wrong nothing is taken."""
    file = request.files.get("file")
    name = clean_name(file.filename or "") if file else ""
    if file is None or not name:
        return _page(_("请先选择文件。"), kind)
    content = file.stream.read(records.MOST_BYTES + 1)
    scopes, today = desk.scopes(kind), services().clock.today()

    def act(session: Session, acting: Who) -> None:
        records.take(session, acting, kind, content, name, lambda path: any(path.startswith(one) for one in scopes), _role_keys(), today, as_taxpayer)

    try:
        error = desk.change(f"list.{kind}", act)
    except FileRefused as refused:
        error = refused.refusal.say("en" if is_english() else "zh")
    except ListRefused as refused:
        return _page(_("清单有 %(n)s 处错误，没有导入任何一行。", n=len(refused.faults)), kind, refused)
    return _page(error, kind) if error else done(url_for("administration.lists"), "list_imported")


@blueprint.get("/lists/<kind>.csv")
def list_template(kind: str) -> Response:
    """The empty list of a kind: its headings."""
    if kind not in COLUMNS:
        abort(404)
    headings = [Column(en if is_english() else zh) for zh, en, _must in COLUMNS[kind].values()]
    return sent(write_csv(headings, []), "text/csv", _("%(name)s导入模板", name=_names()[kind]) + ".csv", f"template-{kind}", save=True)


def _role_keys() -> dict[str, str]:
    """Every word for a role → its key."""
    given = {role: role for role, _text in desk.roles()}
    return {**{str(ROLE_NAMES[role]): role for role in given if role in ROLE_NAMES}, **{role_name(role): role for role in given}, **given}


def _names() -> dict[str, str]:
    return {kind: str(name) for kind, name in LISTS.items()}


def _page(error: str = "", kind: str = "", refused: ListRefused | None = None) -> Response:
    english = is_english()
    offered = [
        (key, name, [(en if english else zh, must) for zh, en, must in COLUMNS[key].values()], desk.may(key), role_name(MAY_CHANGE[key]), "，".join(EXAMPLES[key]))
        for key, name in _names().items()
    ]
    faults = [
        (fault.line, COLUMNS[kind][fault.column][int(english)] if fault.column else "", fault.value, desk.said(fault.refusal))
        for fault in (refused.faults[:SHOWN] if refused else [])
    ]
    return page(
        "lists", "lists", error=error, offered=offered, faults=faults, kind=kind, total=len(refused.faults) if refused else 0, shown=SHOWN,
        most_rows=records.MOST_ROWS, most_mb=records.MOST_BYTES // records.MB,
    )  # fmt: skip
