"""The people of the realm: finding one, and making an account."""

from __future__ import annotations

from flask import Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from records.audit import Who
from records.offices import people as records
from records.offices import store
from records.offices.model import Person
from web import requests
from web.administration import desk
from web.administration.board import blueprint, done, page
from web.languages import beside, named
from web.services import services
from web.staff import role_name

TEXT_LIMIT = 60
LAST_OFFSET = 1_000_000


@blueprint.get("/people")
def people() -> Response:
    """People by login or name, with the posts of today."""
    return _page()


@blueprint.post("/people/new")
def create_person() -> BaseResponse:
    """A new account of an office; the security administrator gives it posts and a password."""
    made = list[Person]()

    def act(session: Session, acting: Who) -> None:
        form, at = request.form, desk.office(session, request.form.get("office", ""), "people")
        made.append(records.create(session, acting, form.get("login", ""), form.get("name", ""), form.get("name_en", ""), at))

    if error := desk.change("person.create", act):
        return _page(error)
    login = request.form.get("login", "").strip()
    return done(url_for("administration.person", person_id=made[0].id) if made else url_for("administration.people", q=login))


def _page(error: str = "") -> Response:
    deps, today = services(), services().clock.today()
    text, state = request.args.get("q", "").strip()[:TEXT_LIMIT], request.args.get("state", "")
    wanted, offset = request.args.get("office", ""), requests.whole(request.args.get("offset", ""), LAST_OFFSET)
    size = deps.settings.page_size
    with deps.database.read() as session:
        realm = desk.realm(session)
        names = {one.id: named(one.name, one.name_en) for one in realm}
        among = [wanted] if wanted in names else list(names)
        found = records.search(session, among, text, state=state, offset=offset, limit=size + 1)
        held = {one.id: store.held_posts(session, one.id, today) for one in found[:size]}
    rows = [
        (one, names.get(one.office_id or "", ""), "、".join(beside(role_name(post.role), named(post.office_name, post.office_name_en)) for post in held[one.id]))
        for one in found[:size]
    ]  # fmt: skip

    def at(to: int) -> str:
        given = {"q": text, "state": state, "office": wanted, "offset": to or None}
        return url_for("administration.people", **{name: value for name, value in given.items() if value})  # type: ignore[arg-type]

    return page(
        "people", "people", error=error, rows=rows, text=text, state=state, office=wanted, offices=desk.choices(realm, only_open=False),
        open_offices=desk.choices(realm), offset=offset, first=at(0) if offset else None, next=at(offset + size) if len(found) > size else None,
        entered=request.form if error else {},
    )  # fmt: skip
