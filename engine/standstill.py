"""A case whose clock stands (中止计时): how its date sorts meanwhile, and what it remembers so that the date comes back.

A date that stands is no day of the calendar: it lies after every day and before none, so that one index finds what stands and nothing counts
it as due or late. What had passed when the clock stopped stays told apart. How long a term still is, the ledger knows (`Kernel.clocks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from engine.link import NEVER

if TYPE_CHECKING:
    from engine.case import Case

DAY = timedelta(days=1)
IN_TIME = NEVER - DAY
LATE = IN_TIME - DAY
STANDS = "clock_stands"  # variable of a case: since when, its own date as it was, those of its steps by task


def stands(due_on: date | None) -> bool:
    """Whether a legal date says that the clock stands."""
    return due_on in {LATE, IN_TIME}


def mark(due_on: date | None, since: date) -> date:
    """What stands in the place of a date while the clock does."""
    return LATE if due_on is not None and due_on < since else IN_TIME


def known(case: Case) -> dict[str, Any] | None:
    """What the case remembers; None while its clock runs."""
    root = _root(case)
    found = case.store.contents.get(root, {}).get(STANDS) if root is not None else None
    return dict(found) if isinstance(found, dict) and found else None


def kept(case: Case) -> date | None:
    """The legal date of a case as people know it: its own while the clock runs, the one that is kept while it stands."""
    still = known(case)
    return case.due_on if still is None else still["due_on"]


def begin(case: Case, since: date) -> None:
    """Case and open tasks have no day any more; what it was is kept."""
    rows = case.link.all(
        "SELECT id, due_on FROM task WHERE instance_id = ? AND state = 'open' AND own_due = 1 AND due_on <> ?", case.ref.instance_id, case.link.due(None)
    )
    own = {id_: day for id_, due in rows if (day := case.link.as_day(due)) is not None}
    _remember(case, {"since": since, "due_on": case.due_on, "tasks": own})
    case.waiting.redated.update({id_: mark(day, since) for id_, day in own.items()})
    case.put_due(mark(case.due_on, since), case.due_label)


def end(case: Case, due_on: date | None, label: str) -> None:
    """The case has this date again, and each step that had one of its own that one, later by the days for which the clock stood. Of a step that
    came meanwhile it is counted from now on.
    """
    still = known(case)
    assert still is not None, "only a clock that stands goes on"
    stood = case.kernel.clock.today() - still["since"]
    rows = case.link.all("SELECT id, token FROM task WHERE instance_id = ? AND state = 'open' AND own_due = 1", case.ref.instance_id)
    for id_, token in rows:
        if id_ in still["tasks"]:
            case.waiting.redated[id_] = still["tasks"][id_] + stood
        elif token in case.machine.tokens:
            case.waiting.redated[id_] = case.waiting.own_due(token) or NEVER
    case.waiting.redate_new_tasks()
    _remember(case, {})
    case.put_due(due_on, label)


def instead(case: Case, still: Mapping[str, Any], due_on: date | None, label: str) -> None:
    """A step sets the date of a case whose clock stands: it is kept until the clock goes on. Once no term stands any more, all have been met or
    cancelled, and with them the standstill is over.
    """
    if not case.kernel.clocks.stands(case.session, case.ref.instance_id):
        end(case, due_on, label)
        return
    _remember(case, {**still, "due_on": due_on})
    case.put_due(mark(due_on, still["since"]), label)


def _remember(case: Case, content: Mapping[str, Any]) -> None:
    root = _root(case)
    assert root is not None
    case.store.put(root, STANDS, dict(content))


def _root(case: Case) -> int | None:
    """The scope of the case itself; none once its last token is gone."""
    return next((scope.id for scope in case.machine.scopes.values() if not scope.parent and not scope.owner), None)
