"""Changes of the tree of offices: making, renaming, moving with all beneath, closing. Every change is in the trail.

A move takes everything along in one transaction (ADR 15): the caller has the engine's cases follow by the same paths.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.ids import new_id
from records import audit
from records.audit import Who
from records.offices import paths, store
from records.offices.errors import ChangeRefused
from records.offices.fields import required
from records.offices.levels import LEVEL_NAMES, LEVELS
from records.offices.model import Office, OfficeRegion, Person, Post, PostHolding

_CODE = re.compile(r"[a-z0-9-]{1,20}")  # nothing that a path or a LIKE pattern could take for its own
_REGION = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}")


@dataclass(frozen=True)
class Work:
    """What still runs at an office, as the engine counts it."""

    cases: int
    tasks: int


def create(session: Session, who: Who, code: str, name: str, name_en: str, level: str, above: Office | None) -> Office:
    """An office beneath another. Raises ChangeRefused."""
    code = code.strip()
    if not _CODE.fullmatch(code):
        raise ChangeRefused("office_code", value=code)
    if level not in LEVELS:
        raise ChangeRefused("office_level", value=level, choices="、".join(LEVEL_NAMES.values()))
    if (known := store.office_by_code(session, code)) is not None:
        raise ChangeRefused("office_twice", value=code, name=known.name)
    if above is None and (top := session.scalars(select(Office).where(Office.parent_id.is_(None)).limit(1)).first()) is not None:
        raise ChangeRefused("office_root", name=top.name)
    name = required("机构名称", name, 100)
    if above is not None:
        _refuse_closed(above)
        _refuse_level(name, level, above)
    scope = f"{above.scope if above else ''}{code}/"
    row = Office(id=new_id(), code=code, name=name, name_en=name_en.strip()[:120] or name, level=level, parent_id=above.id if above else None, scope=scope)
    session.add(row)
    session.flush()
    audit.note(session, who, "offices:office:created", "office", row.id, new={"code": code, "name": name, "level": level, "above": above.code if above else None})
    return row


def rename(session: Session, who: Who, office_id: str, name: str, name_en: str) -> Office:
    """Other words for an office; cases that keep the name of the day keep it."""
    row = store.office_to_change(session, office_id)
    name = required("机构名称", name, 100)
    before = {"name": row.name, "name_en": row.name_en}
    row.name, row.name_en = name, name_en.strip()[:120] or name
    session.flush()
    audit.note(session, who, "offices:office:renamed", "office", row.id, old=before, new={"name": row.name, "name_en": row.name_en})
    return row


def move(session: Session, who: Who, office_id: str, above_id: str) -> tuple[str, str]:
    """Puts an office with all beneath it under another one; returns (old path, new path). Raises ChangeRefused.

    The rows of records that lie beneath it follow here; cases, tasks and their lists are the engine's, and the caller's to move.
    """
    session.execute(select(Office.id).order_by(Office.scope).with_for_update())  # two moves at once could make a path of two halves
    row, above = store.office_to_change(session, office_id), store.office_to_change(session, above_id)
    if above.scope.startswith(row.scope):
        raise ChangeRefused("office_cycle", name=row.name, above=above.name)
    if row.parent_id == above.id:
        raise ChangeRefused("office_same", name=row.name, above=above.name)
    _refuse_closed(above)
    _refuse_level(row.name, row.level, above)
    old, new, before = row.scope, f"{above.scope}{row.code}/", row.parent_id
    row.parent_id = above.id
    session.flush()
    paths.follow(session, old, new)
    audit.note(session, who, "offices:office:moved", "office", office_id, old={"parent": before, "path": old}, new={"parent": above_id, "path": new})
    session.flush()
    return old, new


def close(session: Session, who: Who, office_id: str, today: date, count: Callable[[Office, Sequence[str]], Work]) -> Office:
    """No case begins at the office any more, and nobody holds a post there. `count` says what still runs there, given its posts; it is asked
    when nothing new can begin. Raises ChangeRefused.
    """
    row = store.office_to_change(session, office_id)
    _refuse_closed(row)
    children = session.scalars(select(Office).where(Office.parent_id == row.id, Office.closed_on.is_(None)).order_by(Office.scope)).all()
    if children:
        raise ChangeRefused("office_has_children", name=row.name, n=len(children), first=children[0].name)
    posts = session.scalars(select(Post.id).where(Post.office_id == row.id).order_by(Post.id)).all()
    work = count(row, posts)
    if work.cases or work.tasks:
        raise ChangeRefused("office_has_work", name=row.name, cases=work.cases, tasks=work.tasks)
    held = _holders(session, row.id, today)
    if held:
        raise ChangeRefused("office_has_holders", name=row.name, n=len(held), first=held[0])
    row.closed_on = today
    session.flush()
    audit.note(session, who, "offices:office:closed", "office", row.id, new={"on": str(today)})
    return row


def reopen(session: Session, who: Who, office_id: str) -> Office:
    """Takes a closing back; the office above must be open."""
    row = store.office_to_change(session, office_id)
    if row.closed_on is None:
        raise ChangeRefused("office_not_closed", name=row.name)
    if row.parent_id is not None:
        _refuse_closed(store.office(session, row.parent_id))
    before, row.closed_on = row.closed_on, None
    session.flush()
    audit.note(session, who, "offices:office:reopened", "office", row.id, old={"closed_on": str(before)})
    return row


def set_regions(session: Session, who: Who, office_id: str, regions: Sequence[str]) -> None:
    """The regions for which an office is competent: these and no others. Raises ChangeRefused."""
    row = store.office_to_change(session, office_id)
    before = sorted(session.scalars(select(OfficeRegion.region).where(OfficeRegion.office_id == row.id)))
    wanted = sorted(dict.fromkeys(regions))
    if wanted == before:
        return
    for region in wanted:
        if not _REGION.fullmatch(region):
            raise ChangeRefused("region", value=region)
        known = session.get(OfficeRegion, region)
        if known is not None and known.office_id != row.id:
            raise ChangeRefused("region_taken", value=region, name=store.office(session, known.office_id).name)
        if known is None:
            session.add(OfficeRegion(region=region, office_id=row.id))
    for region in set(before) - set(wanted):
        session.delete(session.get_one(OfficeRegion, region))
    session.flush()
    audit.note(session, who, "offices:office:regions", "office", row.id, old={"regions": before}, new={"regions": wanted})


def _holders(session: Session, office_id: str, today: date) -> list[str]:
    """Names of those who hold a post of the office today or will."""
    still = (PostHolding.valid_to.is_(None)) | (PostHolding.valid_to >= today)
    wanted = (
        select(func.min(Person.name))
        .join(PostHolding, PostHolding.person_id == Person.id)
        .join(Post, Post.id == PostHolding.post_id)
        .where(Post.office_id == office_id, Person.active.is_(True), still)
        .group_by(Person.id)
    )
    return sorted(session.scalars(wanted))


def _refuse_closed(office: Office) -> None:
    if office.closed_on is not None:
        raise ChangeRefused("office_closed", name=office.name)


def _refuse_level(name: str, level: str, above: Office) -> None:
    if LEVELS.index(above.level) >= LEVELS.index(level):
        raise ChangeRefused("office_above", name=name, level=LEVEL_NAMES[level], above=above.name, above_level=LEVEL_NAMES[above.level])
