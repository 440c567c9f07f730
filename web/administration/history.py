"""What the administrators have changed and what was refused, the latest first; the audit administrator reads it, and the two others read each other's."""

from __future__ import annotations

from flask import Response, request, url_for
from sqlalchemy import ColumnElement, or_, select

from db.sight import EVERYTHING, seeing
from records.audit.tables import TrailEntry
from records.offices.model import Office, Party, Person, Post
from web import requests
from web.administration import desk, words
from web.administration.board import blueprint, page
from web.services import services

SHOWN = 100


@blueprint.get("/history")
def history() -> Response:
    """Rows of the trail about offices and people; `before` is the last row of the page before."""
    before, kind = requests.whole(request.args.get("before", ""), 2**62), request.args.get("kind", "")
    wanted = select(TrailEntry).where(_of_administration(), _in_realm()).order_by(TrailEntry.sequence.desc()).limit(SHOWN + 1)
    if before:
        wanted = wanted.where(TrailEntry.sequence < before)
    if kind == "refused":
        wanted = wanted.where(TrailEntry.event.endswith(":refused"))
    elif kind in words.EVENTS:
        wanted = wanted.where(TrailEntry.event == kind)
    with seeing(EVERYTHING), services().database.read() as session:
        rows = session.scalars(wanted).all()
        found = words.told(session, rows[:SHOWN])
    kinds = [("refused", str(words.REFUSED)), *((event, str(text)) for event, text in words.EVENTS.items())]
    further = url_for("administration.history", before=rows[SHOWN - 1].sequence, kind=kind or None) if len(rows) > SHOWN else None
    first = url_for("administration.history", kind=kind or None) if before else None
    return page("history", "history", rows=found, kind=kind, kinds=kinds, next=further, first=first)


def _of_administration() -> ColumnElement[bool]:
    """What is done on these pages: changes of offices and people, and passwords given by administrators."""
    return TrailEntry.event.startswith("offices:") | TrailEntry.event.in_([event for event in words.EVENTS if not event.startswith("offices:")])


def _in_realm() -> ColumnElement[bool]:
    """Changes of the reader's offices and of what belongs to them, and what administrators of these offices were refused."""
    inside = select(Office.id).where(or_(*(Office.scope.startswith(path, autoescape=True) for path in desk.scopes())))
    people = select(Person.id).where(Person.office_id.in_(inside))
    subject = TrailEntry.subject_id
    return or_(
        subject.in_(inside),
        subject.in_(people),
        subject.in_(select(Party.id).where(Party.office_id.in_(inside))),
        subject.in_(select(Post.id).where(Post.office_id.in_(inside))),
        (TrailEntry.subject_kind == "administration") & TrailEntry.person_id.in_(people),
    )
