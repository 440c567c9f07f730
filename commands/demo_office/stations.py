"""Stations of the demonstration: one for each office that administers some, with simulated cards. In data of a real office there are none.

That the data are a demonstration stands in the database (`db.installation`), written when they were loaded into an empty one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from commands.scenarios.stations import simulated
from db.installation import is_demonstration
from engine.tables import Outbox
from hardware.jobs import JOBS
from hardware.simulator import FolderShelf
from records.audit import Who
from records.offices import stations
from records.offices.administrators import SYSTEM
from records.offices.model import Office, Post

FOLDER = "simulator"
NAME = "演示工作站"
_ROLE = re.compile(r"([a-z_]+)@")


@dataclass(frozen=True)
class Simulated:
    """A station to be started: where its credential stands and its cards lie."""

    credential: Path
    cards: Path

    def arguments(self, server: str) -> list[str]:
        """Of `app.py`."""
        return ["station", "--server", server, "--credential", str(self.credential), "--simulator", str(self.cards), "--supervised"]


def prepared(application: Any) -> list[Simulated]:
    """The stations that a demonstration is served with, their credentials made where there are none yet; none for data that are not made up."""
    roles = _roles(application)
    with application.database.read() as session:
        offices = _administered(session) if roles and is_demonstration(session) else []
    return [one for office_id, code in offices if (one := _station(application, office_id, code, roles)) is not None]


def work_off(application: Any, posts: Collection[str]) -> None:
    """Works the jobs that wait for these posts while the demonstration is played, before there is a server; others wait for a station."""
    while waiting := [post for post in _waiting(application) if post in posts]:
        for post in waiting:
            simulated(application, post, FolderShelf(application.config.data / FOLDER)).work_off()


def _waiting(application: Any) -> list[str]:
    due = select(Outbox.post).where(Outbox.external == 1, Outbox.state == "pending", Outbox.topic.in_(JOBS), Outbox.due_at <= application.clock.now())
    with application.database.read() as session:
        return sorted(set(session.scalars(due)))


def _roles(application: Any) -> set[str]:
    """Whose stations the procedures ask for."""
    models = (model for procedure in application.engine.procedures() for model in procedure.models.values())
    tasks = (element for model in models for element in model.elements.values() if element.topic in JOBS)
    return {role for element in tasks for role in _ROLE.findall(element.properties.get("post", ""))}


def _administered(session: Any) -> list[tuple[str, str]]:
    return [(id_, code) for id_, code in session.execute(select(Office.id, Office.code).join(Post, Post.office_id == Office.id).where(Post.role == SYSTEM).order_by(Office.code))]


def _station(application: Any, office_id: str, code: str, roles: set[str]) -> Simulated | None:
    folder = application.config.data / FOLDER
    key = folder / f"{code}.key"
    with application.database.write() as session:
        office = session.get_one(Office, office_id)
        posts = [post for post, _office in stations.posts_beneath(session, office) if post.partition("@")[0] in roles]
        if not posts:
            return None
        if not key.exists() or stations.by_token(session, key.read_text("utf-8")) is None:
            made = [one for one in stations.of_offices(session, [office.id]) if one.is_simulated]
            row = next((one for one in made if one.revoked_at is None), None)
            if made and row is None:  # somebody has revoked it: that holds for good
                return None
            who = Who("", "演示", application.clock.now())
            token = stations.renew(session, who, row.id) if row else stations.make(session, who, NAME, office, posts, is_simulated=True)[1]
            folder.mkdir(parents=True, exist_ok=True)
            key.touch(mode=0o600)
            key.write_text(token, "utf-8")
    return Simulated(key, folder)
