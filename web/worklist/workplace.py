"""What the list beside a task shows: rows with their chips, filters with their numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from engine.batch import PROPERTY
from engine.procedures import Procedure
from engine.worklist import Seats, TaskRow
from web import identity, terms
from web.languages import is_english, named
from web.names import person_name
from web.parties.words import kind_name
from web.services import services
from web.worklist.filters import Choice, build

NO_SEATS = Seats()


@dataclass(frozen=True)
class Row:
    """A row of the list."""

    id: str
    title: str
    step: str
    process: str
    business_key: str
    assignee_name: str
    is_mine: bool
    came_back: bool
    has_draft: bool
    asked: str  # for what others ask this person, in words
    waits: bool
    may_pick: bool  # for what is done to several at once
    term: terms.Term
    address: str


def process_names(procedures: Iterable[Procedure] | None = None) -> dict[str, str]:
    """Every process by id, in the language of the page, as designers ordered them."""
    return {
        model.process_id: (model.properties.get("name_en") if is_english() else "") or model.name
        for procedure in procedures or services().engine.procedures()
        for model in procedure.models.values()
    }


def returnable(procedures: Iterable[Procedure]) -> frozenset[tuple[str, str]]:
    """(process, step) of every task that goes back to whoever did it, as its model says."""
    return frozenset(
        (model.process_id, element.id)
        for procedure in procedures
        for model in procedure.models.values()
        for element in model.elements.values()
        if element.goes_back
    )


def batchable(procedures: Iterable[Procedure]) -> frozenset[tuple[str, str]]:
    """(process, step) of every task that may be approved together with others, as its model says."""
    return frozenset(
        (model.process_id, element.id)
        for procedure in procedures
        for model in procedure.models.values()
        for element in model.elements.values()
        if PROPERTY in element.properties
    )


def row_of(
    task: TaskRow, processes: Mapping[str, str], address: str, provisional: Collection[tuple[str, date]] = (),
    returns: Collection[tuple[str, str]] = (), seats: Seats = NO_SEATS, scope: str = "", stopped: terms.Term | None = None,
) -> Row:  # fmt: skip
    """A task as a row; `returns` as of `returnable`, `stopped`: the chip of a case whose clock stands."""
    return Row(
        id=task.id,
        title=task.title,
        step=named(task.name, task.name_en),
        process=processes.get(task.process_id, ""),
        business_key=task.business_key,
        assignee_name=person_name(task.assignee_id, task.assignee_name),
        is_mine=task.assignee_id == identity.staff().actor.person_id,
        came_back=task.returned or (task.done_before and (task.process_id, task.element) in returns),
        has_draft=task.has_draft,
        asked=kind_name(seats.asked) if seats.asked else "",
        waits=seats.waits,
        may_pick=not task.assignee_name if scope == "claimable" else task.assignee_id == identity.staff().actor.person_id,
        term=stopped or terms.term_of(task.due_on, provisional=(task.instance_id, task.due_on) in provisional),
        address=address,
    )


def list_context(args: Mapping[str, str], open_id: str = "") -> dict[str, Any]:
    """Everything that the templates of the list need, for the filters in an address."""
    deps, choice = services(), Choice.of(args)
    today = deps.clock.today()
    procedures = deps.engine.procedures()
    processes, returns = process_names(procedures), returnable(procedures)
    query = choice.query(today, terms.soon_until(today), deps.settings.page_size, returns)
    page = deps.engine.worklist(identity.staff().actor, query)
    provisional = terms.provisional_among((task.instance_id, task.due_on) for task in page.items)
    stopped = terms.stopped_among((task.instance_id, task.due_on) for task in page.items)
    rows = [
        row_of(task, processes, choice.address(task.id), provisional, returns, page.seats.get(task.id, NO_SEATS), choice.scope, stopped.get(task.instance_id))
        for task in page.items
    ]
    further = replace(choice, after=page.next_cursor).address() if page.next_cursor else ""
    unread = deps.engine.parties.unread(identity.staff().actor)
    together = batchable(procedures)
    may_approve = choice.scope == "mine" and any((task.process_id, task.element) in together for task in page.items)
    return {"filters": build(choice, page, processes, unread), "may_approve": may_approve, "rows": rows, "next_address": further, "open_id": open_id}
