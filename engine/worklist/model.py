"""What is asked of a worklist, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

COUNT_CAP = 999
SCOPES = ("mine", "claimable", "office")
TERMS = ("overdue", "today", "soon", "ample", "stopped", "none")
STATES = ("unclaimed", "claimed", "draft", "returned")
FEW = frozenset({"draft", "returned"})  # states that few tasks are in: these have indexes of their own


@dataclass(frozen=True)
class TaskRow:
    """A row of the worklist; `due_on` None sorts last. `done_before`: the case came to this step again. `has_draft`: it is half filled in.
    `attended`: others were asked beside its holder. `returned`: somebody returned the case to this step by hand.
    """

    id: str
    instance_id: str
    token: int
    element: str
    name: str
    name_en: str
    procedure: str
    process_id: str
    business_key: str
    title: str
    scope: str
    state: str
    assignee_id: str | None
    assignee_name: str
    claimed_at: datetime | None
    opened_at: datetime | None
    due_on: date | None
    done_before: bool
    has_draft: bool
    attended: bool = False
    returned: bool = False


@dataclass(frozen=True)
class WorklistQuery:
    """What a person wants to see. `soon_until` is the last day that counts as soon; `after` the cursor of the last page; `returns` are the
    (process, element) of the steps to which work goes back, as the models say: what comes to one of them again was returned.
    """

    today: date
    scope: str = "mine"
    term: str = ""
    procedure: str = ""
    process_id: str = ""
    text: str = ""
    after: str = ""
    limit: int = 25
    soon_until: date | None = None
    state: str = ""
    returns: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Seats:
    """How a task stands with those who were asked: for what this person is (empty: for nothing), and whether its holder waits."""

    asked: str = ""
    waits: bool = False


@dataclass
class WorklistPage:
    """Rows by remaining term, then by age; counts are capped at COUNT_CAP, and absent for a text that too many tasks hold. States are counted
    only where the scope holds no more than COUNT_CAP tasks: no index knows them. `seats`: tasks at which others were asked.
    """

    items: list[TaskRow]
    next_cursor: str = ""
    scopes: dict[str, int] = field(default_factory=dict)
    terms: dict[str, int] = field(default_factory=dict)
    procedures: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    seats: dict[str, Seats] = field(default_factory=dict)
