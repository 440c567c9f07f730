"""What the handlers are wired with, and the few conversions that all of them need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from deadlines.api import DeadlineService
from deadlines.model import Deadline
from deadlines.notices import PERSON
from deadlines.rules import BadRule, TermRule, parse_rule
from deadlines.terms import on_paper
from engine.registry import Declined, StepContext
from papers.api import Papers
from records.audit import Who
from records.coinvestigation.store.delegations import OfficeRef
from records.offices import store as offices
from records.offices.model import Office

_INNER = str.maketrans("“”", "‘’")


class NoSuchOfficeCode(Declined):
    """表单里填写的机关编码不存在"""


@dataclass(frozen=True)
class Tools:
    """Given to every handler module at registration."""

    deadlines: DeadlineService
    papers: Papers

    def rule(self, ctx: StepContext, key: str) -> TermRule:
        """The rule of a term as the version of the case has it; raises BadRule naming the key."""
        return parse_rule(key, self._term(ctx, key))

    def setting(self, ctx: StepContext, key: str, name: str) -> str:
        """What procedure.yaml says of a term beside its rule; empty where it says nothing."""
        return str(self._term(ctx, key).get(name) or "")

    def _term(self, ctx: StepContext, key: str) -> Mapping[str, Any]:
        rows: Mapping[str, Mapping[str, Any]] = ctx.about.get("deadlines") or {}
        if key not in rows:
            raise BadRule(f"流程的 procedure.yaml 没有时限 {key}")
        return rows[key]

    def mark(self, ctx: StepContext, office: Office) -> str:
        """The office's mark in document numbers (机关代字), as the version of the case has it."""
        marks: Mapping[str, Any] = ctx.about.get("marks") or {}
        return str(marks.get(office.code) or f"{office.name}协")

    def tell(self, ctx: StepContext, posts: list[str], kind: str, zh: str, en: str) -> None:
        """Leaves a notice about the case for the holders of posts."""
        self.deadlines.notify(ctx.session, posts, ctx.case.instance_id, kind, zh, en)


@contextmanager
def declining(*kinds: type[Exception]) -> Iterator[None]:
    """Has a rule's refusal reach the person as a sentence: nothing is wrong with the case, and no incident is written."""
    try:
        yield
    except kinds as refusal:
        raise Declined(str(refusal), getattr(refusal, "en", "")) from refusal


def within(text: str) -> str:
    """A text as it stands within quotation marks: its own become the inner ones."""
    return text.translate(_INNER)


def is_party(post: str) -> bool:
    """Whether the name of a post is that of a party outside (`kind:number`), not of a post or of a person."""
    return ":" in post and not post.startswith(PERSON)


def who(ctx: StepContext) -> Who:
    """The actor of the step, for the trail of the records; of a deputy both names."""
    return Who(ctx.actor.person_id, ctx.actor.signature, ctx.clock.now(), ctx.case.instance_id, ctx.element_id)


def ref(office: Office) -> OfficeRef:
    """An office as the record family sees it."""
    return OfficeRef(office.id, office.scope, office.name)


def own_office(ctx: StepContext) -> Office:
    """The office of the case."""
    return offices.office(ctx.session, ctx.case.office_id)


def city_of(session: Session, office_id: str) -> Office:
    """The city above an office, or the office itself where no city stands above it."""
    return offices.office_at_level(session, office_id, "city") or offices.office(session, office_id)


def office_by_code(session: Session, code: str) -> Office:
    """The office of a code typed into a form; raises NoSuchOfficeCode naming it."""
    found = offices.office_by_code(session, code.strip().lower())
    if found is None:
        known = "、".join(f"{o.code}（{o.name}）" for o in offices.offices(session))
        raise NoSuchOfficeCode(f"没有编码为“{code}”的机关；可用的编码有 {known}", f"no office has the code “{code}”")
    return found


def officer_posts(session: Session, office_id: str, role: str = "coinvestigation_officer") -> list[str]:
    """Posts of a role at an office, as owners of a deadline."""
    return [post.id for post in offices.posts(session, role, office_id)]


def signer(ctx: StepContext, element: str) -> dict[str, Any]:
    """Who did a task of this case and when, as papers print it; empty before it was done."""
    done = (ctx.variables.get("done_by") or {}).get(element) or {}
    on = done.get("on")
    return {"name": done.get("name", ""), "on": on.isoformat() if isinstance(on, date) else ""}


def explained(term: Deadline | None) -> str:
    """How the last day of a term was counted, as papers print it; nothing where no term runs."""
    return on_paper(term.explanation) if term else ""


def day_text(value: Any) -> str:
    """A day, or any other value, as data of a paper: ISO for a day, empty for none."""
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def opinion_of(ctx: StepContext, *names: str) -> str:
    """What somebody who agreed wrote into these fields, as one sentence of a paper; 同意 where he wrote nothing."""
    words = [said for name in names if (said := text(ctx, name).rstrip("。；; "))]
    return f"{'；'.join(words) or '同意'}。"


def text(ctx: StepContext, name: str) -> str:
    """A variable as text; empty where it was not entered."""
    value = ctx.variables.get(name)
    return "" if value is None else str(value)
