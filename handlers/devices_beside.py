"""The other cases of an enterprise, and what stands in another case: asked by whoever must not begin beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.codec import decode
from engine.registry import StepContext
from engine.tables import CaseParty, Instance, Task, Variable
from records.taxpayers.model import Taxpayer


def running_beside(ctx: StepContext, process_id: str = "", variable: str = "", *, taxpayer_number: str = "") -> list[tuple[Instance, Any]]:
    """The other cases of this enterprise that run, of one process or of all, each with a variable of it.

    Whoever asks holds the enterprise's row until the step is over: of two that begin at the same moment the second one waits, and sees the first.
    """
    number = taxpayer_number or str(ctx.variables["taxpayer_number"])
    ctx.session.execute(select(Taxpayer.id).where(Taxpayer.number == number).with_for_update())
    wanted = select(Instance).join(CaseParty, CaseParty.instance_id == Instance.id).where(
        CaseParty.party == f"enterprise:{number}", Instance.status == "active", Instance.id != ctx.case.instance_id)  # fmt: skip
    if process_id:
        wanted = wanted.where(Instance.process_id == process_id)
    rows = ctx.session.scalars(wanted.order_by(Instance.id)).all()
    return [(row, value_of(ctx.session, row.id, variable) if variable else None) for row in rows]


def cases_of(session: Session, party: str, process_id: str) -> Sequence[str]:
    """The cases of one process that name a party, under way or over, the latest first."""
    wanted = select(Instance.id).join(CaseParty, CaseParty.instance_id == Instance.id).where(CaseParty.party == party, Instance.process_id == process_id)
    return session.scalars(wanted.order_by(Instance.id.desc())).all()


def value_of(session: Session, case_id: str, name: str) -> Any:
    """A variable of another case; None where it has none of that name."""
    found = session.scalars(select(Variable.content).where(Variable.instance_id == case_id, Variable.name == name).order_by(Variable.scope_id)).first()
    return decode(bytes(found)) if found is not None else None


def is_open(session: Session, case_id: str) -> bool:
    """Whether a case is still under way."""
    return open_case(session, case_id) is not None


def open_case(session: Session, case_id: str) -> Instance | None:
    """A case that is still under way; None for one that has ended, or none."""
    return session.scalars(select(Instance).where(Instance.id == case_id, Instance.status == "active")).first()


def open_steps(session: Session, case_id: str) -> frozenset[str]:
    """The steps at which another case waits for people."""
    return frozenset(session.scalars(select(Task.element).where(Task.instance_id == case_id, Task.state == "open")))
