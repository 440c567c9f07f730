"""A person's own page: posts held, deputies, language, and the way to password, second factor and devices."""

from __future__ import annotations

from flask import Blueprint, abort, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from records.audit import Who
from records.offices import deputies, store
from records.offices.errors import ChangeRefused
from records.offices.model import Deputy, Person
from web import flash, identity, requests
from web.administration import desk
from web.administration.deputies import name, withdraw
from web.languages import beside, named
from web.services import services
from web.staff import SHOW_NO_OFFICE
from web.worklist.workplace import process_names

blueprint = Blueprint("profile", __name__, url_prefix="/profile")
COLLEAGUES_SHOWN = 500


@blueprint.get("")
def index() -> BaseResponse:
    """Posts, deputies and language of the person who asks."""
    return _page()


@blueprint.post("/deputies")
def name_deputy() -> BaseResponse:
    """Has a colleague of the same office stand in for the person who asks."""
    if not _may_have_deputy():
        abort(404)

    def act(session: Session, acting: Who) -> None:
        me, login = session.get_one(Person, acting.person_id), request.form.get("deputy", "").strip()
        found = store.person_by_login(session, login)
        if found is None or not found.active:
            raise ChangeRefused("person_unknown", value=login[:60])
        if found.office_id != me.office_id:
            raise ChangeRefused("deputy_elsewhere")
        name(session, acting, me.id, found.id)

    if error := desk.change("deputy.own", act):
        return _page(error)
    return flash.saying(requests.go(url_for("profile.index")), "deputy_named")


@blueprint.post("/deputies/<row_id>/withdraw")
def withdraw_deputy(row_id: str) -> BaseResponse:
    """Ends a deputyship for the person who asks, or by him: it may be given back as well."""

    def act(session: Session, acting: Who) -> None:
        row = session.get(Deputy, row_id)
        if row is None or acting.person_id not in {row.principal_id, row.deputy_id}:
            abort(404)
        withdraw(session, acting, row_id)

    if error := desk.change("deputy.end", act):
        return _page(error)
    return flash.saying(requests.go(url_for("profile.index")), "deputy_withdrawn")


def _may_have_deputy() -> bool:
    """Whether there is anything to deputise for: the post of an administrator and the account of a party are nobody's but one's own."""
    return any(post.role not in SHOW_NO_OFFICE for post in identity.staff().posts)


def _page(error: str = "") -> BaseResponse:
    me, today = identity.staff(), services().clock.today()
    with services().database.read() as session:
        standing = deputies.of_person(session, me.actor.person_id, today)
        own = session.get_one(Person, me.actor.person_id)
        of_office = (Person.office_id == own.office_id, Person.active.is_(True), Person.party_id.is_(None), Person.id != own.id)
        colleagues = session.scalars(select(Person).where(*of_office).order_by(Person.login).limit(COLLEAGUES_SHOWN)).all() if own.office_id else []
        session.expunge_all()
    return requests.page(
        "profile/index.html", status=422 if error else 200, me=me,
        standing=standing, may_have_deputy=_may_have_deputy(), colleagues=[(one.login, beside(named(one.name, one.name_en), one.login)) for one in colleagues], error=error, processes=list(process_names().items()),
        entered=request.form if error else {},
    )  # fmt: skip
