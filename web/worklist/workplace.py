"""What the list beside a task shows: rows with their chips, filters with their numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from engine.procedures import Procedure
from engine.worklist import TaskRow
from web import identity, terms
from web.languages import is_english, named
from web.names import person_name
from web.services import services
from web.worklist.filters import Choice, build


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


def row_of(
    task: TaskRow, processes: Mapping[str, str], address: str, provisional: Collection[tuple[str, date]] = (),
    returns: Collection[tuple[str, str]] = (),
) -> Row:  # fmt: skip
    """A task as a row; `returns` as of `returnable`."""
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
        term=terms.term_of(task.due_on, provisional=(task.instance_id, task.due_on) in provisional),
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
    rows = [row_of(task, processes, choice.address(task.id), provisional, returns) for task in page.items]
    further = replace(choice, after=page.next_cursor).address() if page.next_cursor else ""
    return {"filters": build(choice, page, processes), "rows": rows, "next_address": further, "open_id": open_id}
