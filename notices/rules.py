"""The rules of notices as data: those of the installation, and what a person chose for himself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from notices.model import NoticeChoice, NoticeRule
from notices.occasions import OCCASIONS
from notices.quiet import IsWorked, Quiet

DIGEST_DAYS = (0, 30)


@dataclass(frozen=True)
class Rules:
    """What counts where nothing was changed. Hours are `HH:MM` in Asia/Shanghai; `digest_days`: how near a term is told in the digest."""

    quiet_from: str = "20:00"
    quiet_until: str = "07:30"
    quiet_days_off: bool = True
    urgent_passes: bool = False
    digest_at: str = "08:30"
    digest_days: int = 3


@dataclass(frozen=True)
class Choice:
    """What a person chose: ways by occasion, own quiet hours (None: those of the installation), whether the digest comes."""

    ways: Mapping[str, bool]
    quiet: tuple[str, str] | None = None
    digest: bool = True

    def in_pages(self, occasion: str) -> bool:
        """Whether the bell counts it; it stands in the list in any event."""
        return self.ways.get(f"app:{occasion}", True)

    def by_mail(self, occasion: str) -> bool:
        """Whether a mail says it."""
        return self.ways.get(f"mail:{occasion}", OCCASIONS[occasion].by_mail)

    def mail_at(self, occasion: str, rules: Rules, now: datetime, is_worked: IsWorked) -> datetime:
        """When a mail about this may go."""
        if rules.urgent_passes and OCCASIONS[occasion].is_urgent:
            return now
        return self.quiet_hours(rules).end_after(now, is_worked)

    def quiet_hours(self, rules: Rules) -> Quiet:
        """The hours in force for this person."""
        start, until = self.quiet or (rules.quiet_from, rules.quiet_until)
        return Quiet(hour(start), hour(until), rules.quiet_days_off)


NOTHING_CHOSEN = Choice({})


def hour(text: str) -> time:
    """An hour of `HH:MM`; raises ValueError."""
    if len(text) != len("HH:MM"):
        raise ValueError(f"expected HH:MM, but got {text[:20]!r}")
    return time.fromisoformat(text)


def rules_of(session: Session) -> Rules:
    """The rules in force."""
    known = {field.name for field in fields(Rules)}
    changed = {name: value for name, value in session.execute(select(NoticeRule.name, NoticeRule.value)) if name in known}
    return replace(Rules(), **changed)


def change_rules(session: Session, wanted: Rules) -> dict[str, tuple[Any, Any]]:
    """Puts rules in force; (before, after) of what differs. Raises ValueError for an hour or a number that is none."""
    for text in (wanted.quiet_from, wanted.quiet_until, wanted.digest_at):
        hour(text)
    if not DIGEST_DAYS[0] <= wanted.digest_days <= DIGEST_DAYS[1]:
        raise ValueError(f"expected {DIGEST_DAYS[0]} to {DIGEST_DAYS[1]} days, but got {wanted.digest_days}")
    before, after = asdict(rules_of(session)), asdict(wanted)
    changed = {name: (before[name], after[name]) for name in after if after[name] != before[name]}
    for name, (_old, new) in changed.items():
        session.merge(NoticeRule(name=name, value=new))
    return changed


def choices(session: Session, people: Collection[str]) -> dict[str, Choice]:
    """What these people chose; whoever is missing chose nothing."""
    found: dict[str, dict[str, Any]] = {}
    for person_id, name, value in session.execute(select(NoticeChoice.person_id, NoticeChoice.name, NoticeChoice.value).where(NoticeChoice.person_id.in_(people))):
        found.setdefault(person_id, {})[name] = value
    return {person_id: _choice(given) for person_id, given in found.items()}


def _choice(given: dict[str, Any]) -> Choice:
    quiet = given.get("quiet")
    ways = {name: bool(value) for name, value in given.items() if ":" in name}
    return Choice(ways, (quiet[0], quiet[1]) if quiet else None, bool(given.get("digest", True)))


def choose(session: Session, person_id: str, wanted: Choice) -> None:
    """Keeps what a person chose, in the place of what was chosen before. Raises ValueError for an hour that is none."""
    for text in wanted.quiet or ():
        hour(text)
    session.execute(delete(NoticeChoice).where(NoticeChoice.person_id == person_id))
    given: dict[str, Any] = {**wanted.ways, "digest": wanted.digest, **({"quiet": list(wanted.quiet)} if wanted.quiet else {})}
    session.add_all(NoticeChoice(person_id=person_id, name=name, value=value) for name, value in given.items())
