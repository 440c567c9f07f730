"""Who is told, who was urged and what was answered: a part of the front door."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from db.clock import Clock
from db.ids import new_id
from deadlines import notices
from deadlines.model import Urging


class Urgings:
    """Notices and urgings, dated by the clock of the service."""

    clock: Clock

    def notify(self, session: Session, posts: Sequence[str], subject_id: str, kind: str, text: str, text_en: str) -> None:
        """Leaves a notice for each post."""
        notices.notify(session, posts, subject_id, kind, (text, text_en), self.clock.now())

    def urge(
        self,
        session: Session,
        subject_id: str,
        *,
        by_id: str,
        by_name: str,
        posts: Sequence[str],
        text: str,
        deadline_id: str | None = None,
    ) -> Urging:
        """Urges the holders of posts (Ningbo 2001-19, annex 2, art. 14) and leaves them a notice."""
        row = Urging(
            id=new_id(), subject_id=subject_id, deadline_id=deadline_id, by_id=by_id, by_name=by_name, posts=list(posts), text=text,
            at=self.clock.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        self._tell_urged(session, row)
        return row

    def urge_today(
        self, session: Session, subject_id: str, *, by_id: str, by_name: str, posts: Sequence[str], text: str, deadline_id: str | None = None
    ) -> Urging | None:  # fmt: skip
        """As `urge`, at most once a day for a subject, whoever does it; None where it was urged today already. `posts` may be people, by
        `notices.to_person`.
        """
        now = self.clock.now()
        row = Urging(
            id=new_id(), subject_id=subject_id, deadline_id=deadline_id, by_id=by_id, by_name=by_name, posts=list(posts), text=text, at=now,
            answered_by="", answer="", key=notices.urging_key(subject_id, self.clock.today()),
        )  # fmt: skip
        if not notices.add_once(session, row):
            return None
        self._tell_urged(session, row)
        return row

    def _tell_urged(self, session: Session, row: Urging) -> None:
        self.notify(
            session, row.posts, row.subject_id, "urged", f"{row.by_name} 催办：{row.text}", f"{row.by_name} urges: {row.text}"
        )

    def answer(self, session: Session, urging_id: str, *, by: str, text: str) -> None:
        """The urged side answers; a second answer is refused."""
        notices.answer(session, urging_id, by=by, text=text, at=self.clock.now())

    def urgings(self, session: Session, subject_id: str) -> list[Urging]:
        """Every urging of a subject, the first first."""
        return notices.urgings(session, [subject_id])

    def urgings_among(self, session: Session, subject_ids: Sequence[str]) -> dict[str, list[Urging]]:
        """The urgings of each of these subjects, the first first."""
        found: dict[str, list[Urging]] = {}
        for row in notices.urgings(session, subject_ids):
            found.setdefault(row.subject_id, []).append(row)
        return found
