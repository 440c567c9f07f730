"""中止计时 and 恢复计时: the terms of a case stand and go on, by a post that the model names; the work itself goes on meanwhile.

Timers of the model go on: what it waits for technically is no term of the law. One that names a deadline has no moment while that stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from engine import standstill, timers
from engine.case import Case
from engine.errors import NotActive, NotFound, NotPossibleNow, NotYours
from engine.kernel import Kernel
from engine.people import SYSTEM, Actor
from engine.registry import Moved
from engine.rights import starting

MAY_STOP = "may_stop_clock"  # property of a process: posts that stop and resume the clock of a case
REASON_LIMIT = 500
_POSTS = (
    "SELECT DISTINCT c.post_id FROM task_candidate c JOIN task t ON t.id = c.task_id WHERE t.instance_id = ? AND t.state = 'open' ORDER BY c.post_id"
)


def offered(kernel: Kernel, session: Session, actor: Actor, properties: Mapping[str, str], instance: tuple[str, str, str, date | None]) -> tuple[bool, bool]:
    """(whether a person may stop the clock of an active case now, whether he may resume it); `instance`: id, office, process, legal date."""
    id_, office_id, process_id, due_on = instance
    if starting(kernel, session, actor, properties.get(MAY_STOP, "").split(","), office_id, process_id) is None:
        return False, False
    if standstill.stands(due_on):
        return False, True
    return kernel.clocks.runs(session, id_), False


def stop(case: Case, reason: str, until: date | None) -> None:
    """Every term of the case stands from today on; raises NotYours, NotActive, NotPossibleNow."""
    _require(case)
    today = case.kernel.clock.today()
    if standstill.known(case) is not None:
        raise NotPossibleNow("计时已经中止，不能再次中止", "the clock stands already", instance=case.ref.instance_id)
    if not reason:
        raise NotPossibleNow("请写明中止计时的理由", "say why the clock is stopped", instance=case.ref.instance_id)
    if until is not None and until <= today:
        raise NotPossibleNow("预计恢复的日期应晚于今天", "the day until which it stands must lie after today", instance=case.ref.instance_id)
    if not case.kernel.clocks.runs(case.session, case.ref.instance_id):
        raise NotPossibleNow("案件没有正在计算的期限，不能中止计时", "no term of the case runs: there is nothing to stop", instance=case.ref.instance_id)
    reason = reason[:REASON_LIMIT]
    case.kernel.clocks.stop(case.session, case.ref.instance_id, reason, until)
    was = case.due_on
    standstill.begin(case, today)
    timers.refresh(case)
    details = {"reason": reason, "until": until.isoformat() if until else None, "due_on": was.isoformat() if was else None}
    _tell(case, "clock_stopped", reason, details)


def resume(case: Case, reason: str) -> None:
    """Every term goes on with what was left of it; raises NotYours, NotActive, NotPossibleNow."""
    _require(case)
    still = standstill.known(case)
    if still is None:
        raise NotPossibleNow("计时没有中止，不必恢复", "the clock does not stand", instance=case.ref.instance_id)
    reason = reason[:REASON_LIMIT]
    due_on = case.kernel.clocks.resume(case.session, case.ref.instance_id, still["due_on"], case.due_label)
    standstill.end(case, due_on, case.due_label)
    timers.refresh(case)
    details = {"reason": reason, "since": still["since"].isoformat(), "due_on": due_on.isoformat() if due_on else None}
    _tell(case, "clock_resumed", reason, details)


def _require(case: Case) -> None:
    """Makes the actor act as he may: in his own name, or for the one for whom he deputises."""
    actor, ref = case.actor, case.ref
    if actor is not SYSTEM and not actor.sees(ref.scope, ref.process_id):
        raise NotFound(instance=ref.instance_id)
    allowed = case.procedure.models[ref.process_id].properties.get(MAY_STOP, "").split(",")
    deciding = starting(case.kernel, case.session, actor, allowed, ref.office_id, ref.process_id)
    if deciding is None:
        raise NotYours("您没有中止或恢复这类案件计时的岗位", instance=ref.instance_id)
    if case.status != "active":
        raise NotActive(instance=ref.instance_id)
    case.actor = deciding


def _tell(case: Case, kind: str, reason: str, details: Mapping[str, object]) -> None:
    case.note(kind, "", case.ref.title, details)
    posts = tuple(row[0] for row in case.link.all(_POSTS, case.ref.instance_id))
    case.kernel.on_moved(case.session, Moved(case.ref, kind, "", "", posts, case.actor, reason))
