"""What a person is reminded of: terms that come near or have passed, and urgings. Read up to the moment last looked at."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from flask import g

from engine.errors import NotFound
from web import identity
from web.languages import named
from web.services import services

LIMIT = 100


@dataclass(frozen=True)
class Notice:
    """A reminder as the list shows it. `kind`: reminder | overdue | repeat | provisional | recomputed | urged."""

    kind: str
    text: str
    instance_id: str
    at: datetime
    is_new: bool


def inbox() -> list[Notice]:
    """The reminders for the posts that this person holds, the latest first."""
    deps, seen = services(), g.get("notices_seen_at")
    actor = identity.staff().actor
    lent = (stead.post_ids for stead in actor.steads if not stead.processes)  # a notice does not say of which process it is
    posts = sorted(actor.post_ids.union(*lent))
    with deps.database.read() as session:
        found = deps.deadlines.notices(session, posts, limit=LIMIT) if posts else []
        listed = [Notice(n.kind, named(n.text, n.text_en), n.subject_id, n.at, seen is None or n.at > seen) for n in found]
    return list(dict.fromkeys(listed))  # who holds several of the posts is told once


def titles(notices: Iterable[Notice]) -> dict[str, str]:
    """What the cases of these notices are called, by identifier; a case that has gone out of the person's sight has no name here."""
    engine, actor = services().engine, identity.staff().actor
    found = {}
    for instance_id in {notice.instance_id for notice in notices}:
        with suppress(NotFound):
            header = engine.header(instance_id, actor)
            found[instance_id] = f"{header.title} · {header.business_key}" if header.business_key else header.title
    return found


def unread() -> int:
    """How many reminders came since the person last looked; counted once a request."""
    if "unread" not in g:
        g.unread = sum(notice.is_new for notice in inbox())
    return int(g.unread)
