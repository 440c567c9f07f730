"""Mail about notices: an effect of the outbox for each person and moment, what came in quiet hours summed up in one letter.

What a letter may say is asked when it is written: who has lost sight of a case reads its name no longer, not even in his own mail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.clock import Clock
from db.session import Database
from engine.api import Engine
from engine.people import Actor
from engine.reads import CaseHeader
from engine.registry import EffectContext, NeverAgain
from engine.tables import Epoch
from handlers.telling.following import is_alone
from notices import letters, store
from notices.letters import Line
from notices.model import NONE, SENT, WAITING, Told
from notices.occasions import OCCASIONS
from notices.rules import NOTHING_CHOSEN, choices
from notices.smtp import Postman, Refused
from records.offices.model import Person

TOPIC, LANE = "notices.mail", "mail"
AT_ONCE = 500
NO_SERVER = "没有设置邮件服务器（JINSHUI_SMTP_HOST），信未发出；设置并重新启动后请重试，不再需要的请跳过"
ActorOf = Callable[[Session, str, date], Actor | None]


@dataclass(frozen=True)
class House:
    """What mail needs of the house: its rooms, who somebody is today, and the address under which people reach the pages."""

    engine: Engine
    database: Database
    clock: Clock
    actor_of: ActorOf
    address: str = ""

    def link(self, path: str) -> str:
        """An address for a letter; none where nobody said under which the pages are reached."""
        return f"{self.address}{path}" if self.address else ""


class Mailing:
    """Given how letters are handed over; without a postman none is asked for, and what was asked for before waits for an operator.

    Registers its effect with the engine in any event: calls in a lane that nobody works would wait unseen.
    """

    def __init__(self, house: House, postman: Postman | None) -> None:
        self.house, self.postman = house, postman
        house.engine.kernel.registry.effect(TOPIC, lane=LANE)(self.deliver)

    # --- asking for letters --------------------------------------------------------------------------------------------------

    def dispatch(self) -> int:
        """Asks for a letter for everybody whose notices may go by mail by now; how many letters."""
        due = (Told.mail == WAITING, Told.mail_at <= self.house.clock.now())
        with self.house.database.read() as session:
            if session.scalars(select(Told.id).where(*due).limit(1)).first() is None:
                return 0
        with self.house.database.write() as session:
            if not is_alone(session):
                return 0
            rows = session.scalars(select(Told).where(*due).order_by(Told.person_id, Told.id).limit(AT_ONCE)).all()
            began = session.scalar(select(func.max(Epoch.began_at)))
            asked = 0
            for person_id, group in groupby(rows, lambda row: row.person_id):
                asked += self._ask(session, person_id, list(group), lambda row: began is None or row.at > began)
            return asked

    def _ask(self, session: Session, person_id: str, rows: Sequence[Told], is_news: Callable[[Told], bool]) -> int:
        """One letter about what is still unread; what was waiting when a backup was made has gone out since, or is none of our business (ADR 11)."""
        person = session.get(Person, person_id)
        reached = person is not None and person.active and bool(person.email)
        choice = choices(session, [person_id]).get(person_id, NOTHING_CHOSEN)  # what it does not count on the pages was never unread there
        told = [row for row in rows if reached and (row.read_at is None or not choice.in_pages(row.occasion)) and is_news(row)]
        for row in rows:
            row.mail = SENT if row in told else NONE
        if told:
            what = hashlib.sha256("\n".join(row.key for row in told).encode()).hexdigest()[:24]
            key = f"{TOPIC}:{person_id}:{told[-1].at.isoformat()}:{what}"
            payload = {"person": person_id, "notices": [row.id for row in told], "gathered": sorted({row.gathered for row in told if row.gathered})}
            self.house.engine.emit(session, TOPIC, payload, key)
        return bool(told)

    # --- the effect ----------------------------------------------------------------------------------------------------------

    def deliver(self, ctx: EffectContext) -> None:
        """Writes and sends one letter: about notices, or the digest of a day. A letter that the server will never take waits for an operator."""
        with self.house.database.read() as session:
            person = session.get(Person, str(ctx.payload["person"]))
            rows = store.of_letter(session, str(ctx.payload["person"]), ctx.payload.get("notices") or [], ctx.payload.get("gathered") or [])
            actor = self.house.actor_of(session, person.id, ctx.clock.today()) if person is not None else None
        if person is None or actor is None or not person.email:  # has left, or wants no mail any more
            return
        digest = ctx.payload.get("digest")
        if digest is not None:
            said = self._of_digest(digest, person)
        elif rows:
            said = letters.of_notices(self._lines(rows, actor), person.name, self.house.link("/notices/settings"))
        else:
            return
        if self.postman is None:
            raise NeverAgain(f"{person.name} <{person.email}>：{NO_SERVER}")
        at = rows[-1].at if rows else ctx.clock.now()
        try:
            self.postman.send(letters.write(ctx.key, self.postman.settings.sender, person.email, *said, at))
        except Refused as refused:
            raise NeverAgain(f"{person.name} <{person.email}>：{refused}") from refused

    def _of_digest(self, digest: Mapping[str, Any], person: Person) -> tuple[str, str]:
        counts = [(str(name), int(n)) for name, n in digest["counts"]]
        return letters.of_digest(counts, str(digest["day"]), person.name, self.house.link("/tasks"), self.house.link("/notices/settings"))

    def _lines(self, rows: Sequence[Told], actor: Actor) -> list[Line]:
        heads = self.house.engine.headers({row.instance_id for row in rows if row.instance_id}, actor)
        tasks = self.house.engine.at_hand(sorted(heads), actor)
        return [self._line(row, heads.get(row.instance_id or ""), row.leads_to(tasks)) for row in rows]

    def _line(self, row: Told, head: CaseHeader | None, task_id: str) -> Line:
        name = OCCASIONS[row.occasion].name
        if row.occasion == "claimable":
            return Line(name, "", self.house.link("/tasks?scope=claimable"), row.count)
        if head is None:
            return Line(name, "", self.house.link("/operations" if row.occasion == "incident" else "/notices"), row.count)
        title = f"{head.title}（{head.business_key}）" if head.business_key else head.title
        path = f"/tasks/{task_id}" if task_id else f"/cases/{head.instance_id}"
        return Line(name, title.removeprefix(f"{name}："), self.house.link(path), row.count)
