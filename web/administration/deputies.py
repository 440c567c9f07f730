"""Deputies of the people of the realm: who stands in for whom; the security administrator names one or takes one back."""

from __future__ import annotations

from flask import Response, abort, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from records.audit import Who
from records.offices import deputies as records
from records.offices import fields
from records.offices.errors import ChangeRefused
from records.offices.model import Deputy
from web.administration import desk
from web.administration.board import blueprint, done, page
from web.services import services
from web.worklist.workplace import process_names


@blueprint.get("/deputies")
def deputies() -> Response:
    """Deputyships, those in force and to come first."""
    return _page()


@blueprint.post("/deputies/new")
def name_deputy() -> BaseResponse:
    """Names a deputy for somebody who cannot do so himself."""
    def act(session: Session, acting: Who) -> None:
        absent = desk.named_person(session, request.form.get("principal", ""), "deputies")
        name(session, acting, absent.id, desk.named_person(session, request.form.get("deputy", ""), "deputies").id)

    if error := desk.change("deputy.name", act):
        return _page(error)
    return done(url_for("administration.deputies"), "deputy_named")


@blueprint.post("/deputies/<row_id>/withdraw")
def withdraw_deputy(row_id: str) -> BaseResponse:
    """Ends a deputyship at once."""
    def act(session: Session, acting: Who) -> None:
        row = session.get(Deputy, row_id)
        if row is None:
            abort(404)
        desk.person(session, row.principal_id, "deputies")
        withdraw(session, acting, row_id)

    if error := desk.change("deputy.withdraw", act):
        return _page(error)
    return done(url_for("administration.deputies"), "deputy_withdrawn")


def name(session: Session, acting: Who, principal_id: str, deputy_id: str) -> None:
    """Has somebody deputise as the form says. Raises ChangeRefused."""
    form, known = request.form, process_names()
    chosen = [] if form.get("reach", "all") == "all" else form.getlist("process")
    for process in chosen:
        if process not in known:
            raise ChangeRefused("process_unknown", value=process[:60])
    if form.get("reach", "all") != "all" and not chosen:
        raise ChangeRefused("missing", field="流程")
    today = services().clock.today()
    start, end = fields.day(form.get("from", "")) or today, fields.needed_day("止期", form.get("until", ""))
    records.name(session, acting, principal_id, deputy_id, start, end, chosen, today)


def withdraw(session: Session, acting: Who, row_id: str) -> None:
    """Ends a deputyship; what the deputy had in hand by it falls back. Raises ChangeRefused."""
    row = records.withdraw(session, acting, row_id, services().clock.today())
    desk.give_back(session, acting, [row.deputy_id], "代理已撤销")


def _page(error: str = "") -> Response:
    today = services().clock.today()
    with services().database.read() as session:
        rows = records.latest(session, [one.id for one in desk.realm(session)], today)
    entered = request.form if error else {}
    return page("deputies", "deputies", error=error, rows=rows, processes=list(process_names().items()), entered=entered)
