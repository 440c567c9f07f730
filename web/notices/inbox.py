"""A person's notices as pages show them. What the person may no longer see keeps its kind and moment, and says nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import g, url_for

from notices import store
from notices.model import Told
from notices.occasions import OCCASIONS, Occasion
from records.offices.store import named_people
from web import identity
from web.languages import named
from web.services import services

OF_SEATS = frozenset({"delegated", "sign", "question"})
LATE = frozenset({"overdue", "escalated"})
ICONS = {"urged": "bell", "incident": "alert", "overdue": "alert", "escalated": "alert", "reminder": "clock", "due_today": "clock", "moved_term": "clock"}


@dataclass(frozen=True)
class Shown:
    """One notice on the list. `case_id` is empty where there is none, or it is out of the person's sight (`is_hidden`). `is_over`: what
    was asked of him there he is asked no longer, since he has answered or was not needed any more.
    """

    id: int
    name: str
    text: str
    title: str
    case_id: str
    address: str
    at: datetime
    is_new: bool
    is_late: bool
    is_hidden: bool
    icon: str
    stead: str
    is_over: bool = False


def shown(rows: Sequence[Told]) -> list[Shown]:
    """Rows with what this person may see of their cases, and has to do in them, today."""
    engine, actor = services().engine, identity.staff().actor
    heads = engine.headers({row.instance_id for row in rows if row.instance_id}, actor)
    titles = {case_id: f"{head.title} · {head.business_key}" if head.business_key else head.title for case_id, head in heads.items()}
    tasks, names = engine.at_hand(sorted(titles), actor), _names({row.for_id for row in rows if row.for_id})
    return [_shown(row, titles, tasks, names) for row in rows]


def _shown(row: Told, titles: dict[str, str], tasks: dict[str, list[str]], names: dict[str, str]) -> Shown:
    occasion, case_id = OCCASIONS[row.occasion], row.instance_id or ""
    is_hidden, gathered = bool(case_id) and case_id not in titles, row.gathered and row.count > 1
    case_id = "" if is_hidden or gathered else case_id
    return Shown(
        row.id, named(occasion.name, occasion.name_en), "" if is_hidden else named(row.text, row.text_en), titles.get(case_id, ""), case_id,
        "" if is_hidden and not gathered else _address(row, tasks), row.at, row.read_at is None, row.occasion in LATE, is_hidden,
        ICONS.get(row.occasion, "inbox"), names.get(row.for_id, ""), row.occasion in OF_SEATS and row.task_id not in tasks.get(row.instance_id or "", ()),
    )  # fmt: skip


def _address(row: Told, tasks: dict[str, list[str]]) -> str:
    """Where the matter is to be done now: at the task of the person in the case, else on the case."""
    if row.occasion == "claimable":
        return url_for("worklist.index", scope="claimable")
    if row.instance_id and (task_id := row.leads_to(tasks)):
        return url_for("worklist.show", task_id=task_id)
    if row.instance_id:
        return url_for("cases.show", instance_id=row.instance_id)
    return url_for("operations.index") if row.occasion == "incident" else url_for("profile.index")


def _names(people: set[str]) -> dict[str, str]:
    if not people:
        return {}
    with services().database.read() as session:
        return {one.id: named(one.name, one.name_en) for one in named_people(session, people)}


def _latest_and_unread() -> tuple[int, int]:
    """(latest notice, how many are unread), asked once a request."""
    if "notices" not in g:
        me = identity.staff().actor.person_id
        with services().database.read() as session:
            g.notices = store.latest_and_unread(session, [me]).get(me, (0, 0))
    found: tuple[int, int] = g.notices
    return found


def unread() -> int:
    """How many notices the person has not read; claimable tasks of all posts are one."""
    return _latest_and_unread()[1]


def latest() -> int:
    """The newest notice of the person, read or not: what comes after it is news to this page."""
    return _latest_and_unread()[0]


def way_names(occasion: Occasion) -> tuple[str, str]:
    """The names of the choices of an occasion: on the pages, by mail."""
    return f"app:{occasion.key}", f"mail:{occasion.key}"
