"""A form whose entries were declined behind it, by a step of the machine whose error the model leads back to the form: said at once, on the form."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import NotFound, NotYours, TaskAlreadyClaimed, TaskNotOpen
from engine.reads import TaskView
from web import identity
from web.cases.words import Words
from web.languages import is_english
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
    return next((str(view.values[name]) for name in _names(view) if view.values.get(name)), "")


def _names(view: TaskView) -> list[str]:
    model = Words.of(services().engine.header(view.task.instance_id, identity.staff().actor)).model
    return list(dict.fromkeys(element.trigger.message_variable for element in model.elements.values() if element.trigger.message_variable)) if model else []


def in_english(view: TaskView) -> dict[str, str]:
    """The sentences of errors that a form shows to read, in English on an English page: as whoever raised the error has said them."""
    if not is_english() or view.form is None:
        return {}
    shown = {field.key: view.values[field.key] for field in view.form.fields if field.key in _names(view) and field.readonly and view.values.get(field.key)}
    if not shown:
        return {}
    history = services().engine.case(view.task.instance_id, identity.staff().actor).history
    said = {entry.details.get("message"): entry.details["message_en"] for entry in history if entry.kind == "error" and entry.details and entry.details.get("message_en")}
    return {key: said[zh] for key, zh in shown.items() if zh in said}
