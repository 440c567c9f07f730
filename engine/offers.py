"""Processes that are started about a case, from its page: the property `offered_on` names the process of that case."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.errors import NotOffered
from engine.kernel import Kernel
from engine.link import Link
from engine.people import Actor
from engine.procedures import Procedure
from engine.rights import holds, require_sight
from engine.tokens import ProcessModel

OFFERED_ON = "offered_on"


def office_of(kernel: Kernel, link: Link, model: ProcessModel, about: str, actor: Actor, given: str) -> str:
    """The office of the case that a process is started about, or the one that is given; raises NotFound for whoever does not see the case, NotOffered
    where it is no host of the process, and for a process with hosts that is started about none.
    """
    if not about:
        if hosts(model):
            raise NotOffered("这个流程从所涉案件的页面发起")
        return given
    require_sight(link, about, actor)
    row = link.one("SELECT process_id, status, office_id FROM instance WHERE id = ?", about)
    if row is None or row[1] != "active" or row[0] not in hosts(model):
        raise NotOffered(instance=about)
    return str(row[2])


def hosts(model: ProcessModel) -> frozenset[str]:
    """The processes on whose case page this one is offered."""
    return frozenset(part.strip() for part in model.properties.get(OFFERED_ON, "").split(",") if part.strip())


def offered(
    kernel: Kernel, session: Session, procedures: list[Procedure], process_id: str, office_id: str, actor: Actor
) -> list[tuple[Procedure, ProcessModel]]:
    """What a person may start about a case of this process at this office."""
    return [
        (procedure, model)
        for procedure in procedures
        for model in procedure.models.values()
        if process_id in hosts(model) and holds(kernel, session, actor, model.starters, office_id, model.process_id)
    ]
