"""A form whose entries were declined behind it, by a step of the machine whose error the model leads back to the form: said at once, on the form."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import NotFound, NotYours, TaskAlreadyClaimed, TaskNotOpen
from engine.reads import TaskView
from web import identity
from web.cases.words import Words
from web.services import services


@dataclass(frozen=True)
class Back:
    """The task at which the case stands again, and the sentence of the error."""

    task_id: str
    because: str


def straight_back(instance_id: str, key: str) -> Back | None:
    """The same step again where the case has come straight back to it with an error that the model catches; it is then taken for whoever sent it."""
    engine, actor = services().engine, identity.staff().actor
    tasks = engine.at_hand([instance_id], actor).get(instance_id, [])
    try:
        views = [engine.task(task, actor) for task in tasks]
        found = next((view for view in views if view.task.done_before and _is_again(view)), None)
        because = _because(found) if found else ""
        if found is None or not because:
            return None
        if found.task.assignee_id != actor.person_id:
            engine.claim(found.task.id, actor, key)
    except (NotFound, NotYours, TaskAlreadyClaimed, TaskNotOpen):  # it is somebody else's by now
        return None
    return Back(found.task.id, because)


def _is_again(view: TaskView) -> bool:
    """Whether an open task was opened by the very step in which this person completed it, and is no run of a repeated step."""
    done = (view.values.get("done_by") or {}).get(view.element.id) or {}
    is_mine = done.get("person_id") == identity.staff().actor.person_id
    return is_mine and view.element.multi is None and done.get("at") == view.task.opened_at


def _because(view: TaskView) -> str:
    """The sentence of the error that a step of the machine left, as the model keeps it (`errorMessageVariable`)."""
    header = services().engine.header(view.task.instance_id, identity.staff().actor)
    model = Words.of(header).model
    names = dict.fromkeys(element.trigger.message_variable for element in model.elements.values() if element.trigger.message_variable) if model else {}
    return next((str(view.values[name]) for name in names if view.values.get(name)), "")
