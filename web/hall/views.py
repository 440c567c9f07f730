"""The board of the hall, and the piece of it that a screen asks for every few seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from flask import Blueprint, Response, abort, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from db.clock import SHANGHAI
from db.sight import seeing
from engine.people import Actor
from engine.sight import sight_of
from records.offices import store as offices
from records.offices.model import Office
from web import identity, requests
from web.hall.reading import hall, occupied, waits
from web.hall.stations import Station, stations
from web.hall.words import WORDS, waited
from web.navigation import is_screen
from web.rights.kinds import HALL_ROLES
from web.services import services

blueprint = Blueprint("hall", __name__, url_prefix="/hall")
EVERY_SECONDS = 4
SHOWN = 3  # enterprises of a station that stand with their names; the others with their ticket
LEAVERS = 5
CHIPS = 8
_WEEKDAYS, _DAYS = "一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@blueprint.get("")
def index() -> BaseResponse:
    """The whole screen; beneath it, for whoever is no screen, how long people wait today."""
    on_screen = is_screen(identity.staff().actor)
    with services().database.read() as session:
        halls = _halls(session)
    office, board, there = _board(_first(halls))
    with seeing(sight_of(_reader(office))), services().database.read() as session:
        figures = [] if on_screen else waits(session, office.scope, services().clock.today(), services().clock.now(), there)
    fresh = url_for("hall.screen" if on_screen else "hall.fresh", hall=office.code if len(halls) > 1 else None)
    now = services().clock.now().astimezone(SHANGHAI)
    return requests.page(
        "hall/index.html", office=office, halls=halls, fresh=fresh, is_screen=on_screen, waits=figures, stations=there, every=EVERY_SECONDS, now=now, words=WORDS,
        clock=f"{now:%H:%M}", today=(f"{now.month}月{now.day}日 星期{_WEEKDAYS[now.weekday()]}", f"{now.day} {_MONTHS[now.month - 1]}, {_DAYS[now.weekday()]}"), board=board, digest=_digest(board),
    )  # fmt: skip


@blueprint.get("/fresh")
def fresh() -> BaseResponse:
    """The board as it is now, for a page that is open; 204 where it is as the page knows it."""
    with services().database.read() as session:
        halls = _halls(session)
    _office, board, _there = _board(_first(halls))
    digest = _digest(board)
    if request.args.get("seen", "") == digest:
        return Response(status=204)
    answer = Response(board, mimetype="text/html")
    answer.headers["X-Board"] = digest
    return answer


@blueprint.get("/screen")
def screen() -> BaseResponse:
    """The same for a screen, in front of which nobody sits: it stays signed in as long as it asks."""
    return fresh()


def _first(halls: Sequence[Office]) -> Office:
    """The hall that was asked for; else the first in which somebody is, else the first of all."""
    chosen = request.args.get("hall", "")
    if chosen or not halls:
        return next((one for one in halls if one.code == chosen), None) or abort(404)
    if len(halls) == 1:
        return halls[0]
    with seeing(sight_of(_reader(*halls))), services().database.read() as session:
        found = occupied(session, [one.scope for one in halls], services().clock.today())
    return min(halls, key=lambda one: found.index(one.scope) if one.scope in found else len(found))


def _board(office: Office) -> tuple[Office, str, list[Station]]:
    """A hall, its board as it is drawn, and its stations."""
    there = stations(services().engine.procedures())
    with seeing(sight_of(_reader(office))), services().database.read() as session:
        found = hall(session, office.scope, office.name, services().clock.today(), there)
    now = services().clock.now()
    drawn = render_template(
        "hall/_board.html", hall=found, stations=there, shown=SHOWN, leavers=LEAVERS, chips=CHIPS, words=WORDS, waited=lambda since: waited(now - since),
    )  # fmt: skip
    return office, drawn, there


def _halls(session: Session) -> list[Office]:
    """The districts whose hall the person may see: those beneath the posts that open this page, of a tax office the one above it."""
    staff = identity.staff()
    scopes = {scope for role in HALL_ROLES for scope in staff.scopes_of(role)}
    open_ones = offices.offices(session, level="district", only_open=True)
    return [one for one in open_ones if any(one.scope.startswith(scope) or scope.startswith(one.scope) for scope in scopes)]


def _reader(*halls: Office) -> Actor:
    """Whoever sees these halls and nothing else: the database shows the board no more than that."""
    return Actor(identity.staff().actor.person_id, "", post_ids=frozenset(), scopes=tuple(one.scope for one in halls), office_id=halls[0].id)


def _digest(board: str) -> str:
    return hashlib.sha256(board.encode()).hexdigest()[:16]
