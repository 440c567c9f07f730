"""One person: what he held, holds and will hold, whom he stands in for, what fell back from him; and every change of it."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from db.sight import EVERYTHING, seeing
from records.audit import Who, trail_of
from records.offices import credentials, deputies, fields, holdings, people, store
from records.offices.errors import ChangeRefused
from records.offices.model import Office, Party, Post
from records.offices.passwords import hash_password, readable_secret
from web import identity, requests
from web.administration import desk
from web.administration.board import blueprint, done, page
from web.administration.words import told
from web.services import services
from web.sessions import store as sessions_
from web.staff import role_name
from web.worklist.workplace import process_names

ACTS = {"rename": "people", "email": "people", "transfer": "people", "leave": "people", "back": "people", "appoint": "posts", "end": "posts"}
EVENTS_SHOWN = 50
FALLEN_SHOWN = 200
SHOWN_ONCE = 201  # as in web/security/factor.py: the page that shows a one-time password is kept nowhere


@blueprint.get("/people/<person_id>")
def person(person_id: str) -> Response:
    """The page of one person."""
    return _page(person_id)


@blueprint.post("/people/<person_id>/password")
def password(person_id: str) -> BaseResponse:
    """Makes a one-time password and shows it, this once; it is drawn by us, so that nobody gets one that is easily guessed. The person is out everywhere."""
    with seeing(EVERYTHING), services().database.read() as session:
        desk.person(session, person_id, "passwords")
    made, shown = readable_secret(), list[str]()
    made_hash = hash_password(made)  # before the transaction: it takes longer than many

    def act(session: Session, acting: Who) -> None:
        row = people.to_change(session, person_id)
        if not row.active:
            raise ChangeRefused("person_left", name=row.name)
        credentials.reset_password(session, person_id, made_hash, acting, identity.rules())
        sessions_.end_all(session, person_id)
        shown.append(made)

    error = desk.change("person.password", act)
    return _page(person_id, error, password="".join(shown))  # the same form sent twice made one password, and shows it once


@blueprint.post("/people/<person_id>/<act>")
def change_person(person_id: str, act: str) -> BaseResponse:
    """One change of a person, by the administrator whose it is."""
    with seeing(EVERYTHING), services().database.read() as session:
        desk.person(session, person_id, ACTS[act])
    acts = {"rename": _rename, "email": _email, "transfer": _transfer, "leave": _leave, "back": _back, "appoint": _appoint, "end": _end}
    error = desk.change(f"person.{act}", lambda session, acting: acts[act](session, acting, person_id))
    return _page(person_id, error) if error else done(url_for("administration.person", person_id=person_id))


def _rename(session: Session, acting: Who, person_id: str) -> None:
    people.rename(session, acting, person_id, request.form.get("name", ""), request.form.get("name_en", ""))


def _email(session: Session, acting: Who, person_id: str) -> None:
    people.reach_by_mail(session, acting, person_id, request.form.get("email", ""))


def _transfer(session: Session, acting: Who, person_id: str) -> None:
    people.transfer(session, acting, person_id, desk.office(session, request.form.get("office", ""), "people"))


def _leave(session: Session, acting: Who, person_id: str) -> None:
    if person_id == acting.person_id:
        raise ChangeRefused("own_leave")
    row = people.leave(session, acting, person_id, services().clock.today())
    sessions_.end_all(session, person_id)
    desk.give_back(session, acting, [person_id], f"{row.name}离职")


def _back(session: Session, acting: Who, person_id: str) -> None:
    people.come_back(session, acting, person_id)


def _appoint(session: Session, acting: Who, person_id: str) -> None:
    form, today = request.form, services().clock.today()
    at = desk.office(session, fields.required("机构", form.get("post_office", ""), 40), "posts")
    start, end = fields.day(form.get("from", "")) or today, fields.day(form.get("until", ""))
    post = holdings.make_post(session, acting, desk.role(form.get("role", "")), at)
    holdings.appoint(session, acting, person_id, post, start, end)


def _end(session: Session, acting: Who, person_id: str) -> None:
    form, today = request.form, services().clock.today()
    holding = holdings.to_end(session, form.get("holding", ""))
    if holding.person_id != person_id:
        abort(404)
    post = session.get_one(Post, holding.post_id)
    at = desk.office(session, post.office_id, "posts")
    last = fields.day(form.get("until", "")) or today - timedelta(days=1)  # nothing entered: at once
    row = people.to_change(session, person_id)
    if form.get("confirmed") != "1" and holding.valid_from <= today and holdings.is_last(session, holding, max(last, today - timedelta(days=1)) + timedelta(days=1)):
        _cases, tasks = services().engine.staffing.work_at(session, at.scope, [post.id])
        raise ChangeRefused("last_holder", person=row.name, office=at.name, role=post.role, n=tasks)
    holdings.end(session, acting, holding.id, last, today)
    if last < today:
        desk.give_back(session, acting, [person_id], f"{row.name}不再任{at.name}{role_name(post.role)}")


def _page(person_id: str, error: str = "", password: str = "") -> Response:
    deps, today = services(), services().clock.today()
    with seeing(EVERYTHING), deps.database.read() as session:
        row = desk.person(session, person_id)
        realm = desk.realm(session)
        at = session.get(Office, row.office_id) if row.office_id else None
        party = session.get(Party, row.party_id) if row.party_id else None
        held = holdings.of_person(session, row.id, today)
        standing = deputies.of_person(session, row.id, today)
        trail = list(reversed(trail_of(session, "person", row.id)))
        fallen = [task for entry in trail if entry.event == "offices:person:fell_back" for task in (entry.new or {}).get("tasks", ())]
        work = deps.engine.staffing.work_of(session, list(dict.fromkeys(fallen))[:FALLEN_SHOWN])
        events = told(session, trail[:EVENTS_SHOWN])
        unheld = {work.id: not store.held_by_somebody(session, work.posts, today) for work in work}
    posts = desk.choices([one for one in realm if any(one.scope.startswith(path) for path in desk.scopes("posts"))]) if desk.may("posts") else []
    last_one = _("确要结束") if error and request.form.get("holding") else ""
    return page(
        "person", "people", error=error, status=SHOWN_ONCE if password and not error else 200, person=row, office=at, party=party, held=held, standing=standing, events=events, fell_back=len(set(fallen)),
        fallen=work, unheld=unheld, processes=process_names(), post_offices=posts, offices=desk.choices(realm), roles=desk.roles(),
        password="" if error else password, entered=request.form if error else {}, asks_again=last_one, today=today, key=requests.new_key(),
    )  # fmt: skip
