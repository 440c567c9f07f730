"""What the handlers are wired with, and the few conversions that all of them need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from deadlines.api import DeadlineService
from deadlines.rules import TermRule, parse_rule
from engine.registry import StepContext
from papers.api import Papers
from records.audit import Who
from records.coinvestigation.store.delegations import OfficeRef
from records.offices import store as offices
from records.offices.model import Office


class NoSuchOfficeCode(Exception):
    """表单里填写的机关编码不存在"""


@dataclass(frozen=True)
class Tools:
    """Given to every handler module at registration."""

    deadlines: DeadlineService
    papers: Papers
    rules: Mapping[str, TermRule] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)

    def mark(self, office: Office) -> str:
        """The office's mark in document numbers (机关代字)."""
        return self.marks.get(office.code, f"{office.name}协")


def read_procedure(folder: Path) -> tuple[dict[str, TermRule], dict[str, str]]:
    """(deadline rules by key, office marks) of a procedure folder."""
    about = yaml.safe_load((folder / "procedure.yaml").read_text("utf-8"))
    rules = {key: parse_rule(key, row) for key, row in about.get("deadlines", {}).items()}
    return rules, {str(k): str(v) for k, v in about.get("marks", {}).items()}


def who(ctx: StepContext) -> Who:
    """The actor of the step, for the trail of the records."""
    return Who(ctx.actor.person_id, ctx.actor.name, ctx.clock.now(), ctx.case.instance_id, ctx.element_id)


def ref(office: Office) -> OfficeRef:
    """An office as the record family sees it."""
    return OfficeRef(office.id, office.scope, office.name)


def office_by_code(session: Session, code: str) -> Office:
    """The office of a code typed into a form; raises NoSuchOfficeCode naming it."""
    found = offices.office_by_code(session, code.strip().lower())
    if found is None:
        known = "、".join(f"{o.code}（{o.name}）" for o in offices.offices(session))
        raise NoSuchOfficeCode(f"没有编码为“{code}”的机关；可用的编码有 {known}")
    return found


def officer_posts(session: Session, office_id: str, role: str = "coinvestigation_officer") -> list[str]:
    """Posts of a role at an office, as owners of a deadline."""
    return [post.id for post in offices.posts(session, role, office_id)]


def signer(ctx: StepContext, element: str) -> dict[str, Any]:
    """Who did a task of this case and when, as papers print it; empty before it was done."""
    done = (ctx.variables.get("done_by") or {}).get(element) or {}
    on = done.get("on")
    return {"name": done.get("name", ""), "on": on.isoformat() if isinstance(on, date) else ""}
