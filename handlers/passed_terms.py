"""What follows when a statutory term has passed, as procedure.yaml says: `when_passed: urge` or `escalate`.

Called by the ledger inside its own transaction; a message to the engine is written there and delivered after commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from deadlines.api import DeadlineService
from deadlines.reminders import Said
from engine.api import Engine
from engine.people import PostDirectory
from engine.registry import CaseRef


class PassedTerms:
    """Given the front doors of engine, ledger and offices; holds nothing else."""

    def __init__(self, engine: Engine, deadlines: DeadlineService, directory: PostDirectory) -> None:
        self.engine, self.deadlines, self.directory = engine, deadlines, directory

    def __call__(self, session: Session, said: Said) -> None:
        """Starts, repeats or escalates; reminders before the end need nothing more than their notice."""
        if said.kind not in {"overdue", "repeat"}:
            return
        found = self.engine.place(session, said.subject_id)
        if found is None:
            return
        case, about = found
        rule: Mapping[str, Any] = (about.get("deadlines") or {}).get(said.key) or {}
        if rule.get("when_passed") == "urge":
            self._urge(session, said, case)
        elif rule.get("when_passed") == "escalate":
            self._escalate(session, said, case, rule.get("escalate_to") or [])

    def _urge(self, session: Session, said: Said, case: CaseRef) -> None:
        """Wakes the urging of this matter, and starts one where there is none; which of the two is seen when the message arrives."""
        payload = {
            "office_id": case.office_id, "subject_id": said.subject_id, "title": f"催办：{case.title}", "parent_instance_id": said.subject_id,
        }  # fmt: skip
        self.engine.post_message(session, "term_passed", said.subject_id, payload, f"term-passed:{said.deadline_id}:{said.step}")

    def _escalate(self, session: Session, said: Said, case: CaseRef, groups: list[str]) -> None:
        posts = [post for group in groups for post in self._posts(session, group, case.office_id)]
        zh, en = f"“{case.title}”的“{said.label}”已于 {said.due_on} 届满", f"{case.title}: due on {said.due_on} and still open"
        self.deadlines.notify(session, posts, said.subject_id, "escalated", zh, en)

    def _posts(self, session: Session, group: str, office_id: str) -> list[str]:
        role, _, relation = group.partition("@")
        return list(self.directory.candidates(session, role, relation or "own", office_id))
