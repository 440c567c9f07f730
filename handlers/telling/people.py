"""Who is meant: holders of posts today, accounts of parties, and whoever stands in for them. Read once for a turn of the follower."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from deadlines.notices import PERSON
from records.offices.model import Deputy, Party, Person, Post, PostHolding
from records.offices.store import valid

Meant = dict[str, str]  # person → in whose stead; empty for himself


class People:
    """Remembers what it was asked, for as long as one transaction."""

    def __init__(self, session: Session, today: date) -> None:
        self.session, self.today = session, today
        self._holders: dict[str, list[str]] = {}
        self._here: dict[str, bool] = {}
        self._lent: dict[str, list[tuple[str, tuple[str, ...]]]] | None = None

    def holders(self, posts: Iterable[str]) -> list[str]:
        """Active people who hold one of the posts today; of a name `kind:number` the accounts of that party, of `person:…` the person himself."""
        found = dict[str, None]()
        for post in posts:
            if post not in self._holders:
                self._holders[post] = self._named(post) if ":" in post else self._of_post(post)
            found.update(dict.fromkeys(self._holders[post]))
        return list(found)

    def holders_of_role(self, role: str) -> list[str]:
        """Active people who hold a role today, at whatever office."""
        return self.holders(self.session.scalars(select(Post.id).where(Post.role == role)).all())

    def meant(self, people: Iterable[str], process_id: str = "", *, deputies: bool = False, but: Collection[str] = ()) -> Meant:
        """Those of the people who are here, with who stands in for them in this process today; nobody is told of what he did himself (`but`)."""
        found: Meant = {person: "" for person in people if person and self._is_here(person)}
        if deputies:
            for person in list(found):
                for deputy, processes in self._deputies().get(person, ()):
                    if not processes or process_id in processes:
                        found.setdefault(deputy, person)
        return {person: stead for person, stead in found.items() if person not in but}

    def _of_post(self, post: str) -> list[str]:
        held = select(Person.id).join(PostHolding, PostHolding.person_id == Person.id).where(PostHolding.post_id == post, Person.active.is_(True), valid(self.today))
        return list(self.session.scalars(held.order_by(Person.id)))

    def _named(self, name: str) -> list[str]:
        person_id = name.removeprefix(PERSON)
        return self._of_party(name) if person_id == name else [person_id]

    def _of_party(self, name: str) -> list[str]:
        kind, _, number = name.partition(":")
        accounts = select(Person.id).join(Party, Party.id == Person.party_id).where(Party.kind == kind, Party.number == number, Person.active.is_(True))
        return list(self.session.scalars(accounts.order_by(Person.id)))

    def _is_here(self, person_id: str) -> bool:
        if person_id not in self._here:
            self._here[person_id] = bool(self.session.scalar(select(Person.active).where(Person.id == person_id)))
        return self._here[person_id]

    def _deputies(self) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
        """Absent person → (deputy, processes) of today; there are never many."""
        if self._lent is None:
            self._lent = {}
            in_force = (Deputy.withdrawn_at.is_(None), Deputy.valid_from <= self.today, Deputy.valid_to >= self.today)
            rows = self.session.execute(select(Deputy.principal_id, Deputy.deputy_id, Deputy.processes).join(Person, Person.id == Deputy.deputy_id).where(*in_force, Person.active.is_(True)))
            for principal, deputy, processes in rows:
                self._lent.setdefault(principal, []).append((deputy, tuple(processes)))
        return self._lent
