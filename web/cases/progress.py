"""The line of steps over the diagram: what people did, where the case stands, and what surely comes on its way to the end."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from flask_babel import gettext as _

from engine.reads import CaseView
from engine.tokens import ProcessModel
from web import identity
from web.cases.words import Words
from web.languages import named
from web.services import services

STEPS_SHOWN = 7
STEPS_BACK = 3
# What a person would name as a step: work of people, and waiting for somebody else's answer.
STEPS = frozenset(("userTask", "manualTask", "receiveTask", "intermediateCatchEvent", "callActivity"))


@dataclass(frozen=True)
class Step:
    """A dot of the progress line: done | now | ahead."""

    name: str
    state: str
    element: str = ""


def steps_of(case: CaseView, words: Words) -> list[Step]:
    """The last steps that were done, the current ones, and those that lie on every way to the last one."""
    done = {element: words.step(element, name) for element, name in case.done if _is_step(element, words)}
    now = _at_work({task.element: named(task.name, task.name_en) for task in case.open_tasks} | _waiting(case, words), words)
    if words.model:
        now = {id_: now[id_] for id_ in sorted(now, key=_places(words.model))}
    certain = _ahead(words.model, list(now), done) if words.model else []
    ahead = [name for id_ in certain if (name := _name(words, id_) if id_ else str(_("视决定而定")))]
    past = [Step(name, "done") for element, name in done.items() if name and element not in now and element not in certain]
    shown = past[-STEPS_BACK if ahead else -STEPS_SHOWN :] + [Step(name, "now", element) for element, name in now.items()]
    shown += [Step(name, "ahead") for name in ahead][: max(STEPS_SHOWN - len(shown), 1)]
    return shown if len(shown) > 1 or now else []


def _is_step(element_id: str, words: Words) -> bool:
    """Whether what was finished is a step; a message that came while people were at work (a repeated reminder) is none."""
    element = words.element(element_id)
    return element is None or element.kind in STEPS


def _name(words: Words, element_id: str) -> str:
    element = words.element(element_id)
    return words.step(element_id, element.name) if element else ""


def _at_work(now: dict[str, str], words: Words) -> dict[str, str]:
    """Without the events that may yet come (已找回) while work is going on elsewhere: a reader would take what may happen for what has."""
    working = {id_: name for id_, name in now.items() if (element := words.element(id_)) is None or element.kind != "intermediateCatchEvent"}
    return working or now


def _waiting(case: CaseView, words: Words) -> dict[str, str]:
    """Where the case stands without a person being at work: it waits for a message or for another case."""
    if case.header.status != "active":
        return {}
    found = services().engine.diagram(case.header.instance_id, identity.staff().actor).current
    elements = [element for id_ in found if (element := words.element(id_)) and (element.kind in STEPS - {"userTask", "manualTask"} or "post" in element.properties)]
    return {element.id: words.step(element.id, element.name) for element in elements if element.name}


def _ahead(model: ProcessModel, now: list[str], done: Collection[str] = ()) -> list[str]:
    """Steps without which the last step cannot be reached from where the case stands, in the order of the way; an empty one stands for steps
    that lie between them on some ways only: what is decided later says which.
    """
    known = [element for element in now if element in model.elements]
    reached = [id_ for id_ in _reach(model, known) if id_ not in known]
    candidates = [id_ for id_ in reached if model.elements[id_].kind in STEPS]
    if not candidates:
        return []
    onward = [id_ for id_ in candidates if not set(_reach(model, [id_])).intersection(known)]  # from where no return leads back here
    place = _places(model)
    first = min(map(place, known))
    beyond = onward or [id_ for id_ in candidates if place(id_) > first and id_ not in done]  # where all lead back: not what stands before it, nor what is done
    if not beyond:
        return []
    reach = {id_: set(_reach(model, [id_])) for id_ in beyond}
    ends = [id_ for id_ in beyond if all(other == id_ or id_ in reach[other] for other in reach[id_].intersection(beyond))] or beyond[-1:]
    ways = [[id_ for id_ in candidates if id_ == last or last not in _reach(model, known, without=[id_])] for last in ends]
    longest = [way for way in ways if len(way) == max(map(len, ways))]
    certain = [id_ for id_ in longest[0] if all(id_ in way for way in longest) and (onward or id_ not in done)]
    if not certain:
        return [""]
    if any(id_ in done and place(id_) < first and set(known).intersection(_reach(model, [id_])) for id_ in certain):
        return []  # only a way back leads there: whoever goes on as planned meets no more step
    sure = len(certain)
    while sure and _passes_by(model, certain[sure - 2 : sure - 1] if sure > 1 else known, certain[sure - 1]):
        sure -= 1
    return [*_with_gaps(model, known, certain[:sure]), *([""] if sure < len(certain) else [])]


def _passes_by(model: ProcessModel, before: list[str], last: str) -> bool:
    """Whether the plain way from these leads to the end without the last step (giving up, another card): then it is not certain to come."""
    seen, ahead = set(before), list(before)
    while ahead:
        element = model.elements[ahead.pop()]
        if element.kind == "endEvent":
            return True
        if element.kind in STEPS and element.id not in before:
            continue
        for flow_id in [element.default_flow] if element.default_flow else element.outgoing:
            target = model.flows[flow_id].target
            if target not in seen and target != last:
                seen.add(target)
                ahead.append(target)
    return False


def _with_gaps(model: ProcessModel, known: list[str], certain: list[str]) -> list[str]:
    found, before = list[str](), known
    for id_ in certain:
        between = [other for other in _reach(model, before, without=[id_]) if other not in before and model.elements[other].kind in STEPS]
        if any(id_ in _reach(model, [other], without=[*known, *before]) for other in between):
            found.append("")
        found.append(id_)
        before = [id_]
    return found


def _places(model: ProcessModel) -> Callable[[str], int]:
    """Where an element stands on the way of the process; what only an event at the edge of a step leads to comes last."""
    starts = _reach(model, [element.id for element in model.elements.values() if element.kind == "startEvent"])
    order = _reach(model, [*starts, *(element.id for element in model.elements.values() if element.attached_to)])
    places = {id_: place for place, id_ in enumerate(order)}
    return lambda id_: places.get(id_, len(places))


def _reach(model: ProcessModel, start: list[str], without: Collection[str] = ()) -> list[str]:
    """Elements that can be reached, nearest first; the way out of a sub-process is that of the sub-process itself."""
    seen, ahead = dict.fromkeys(start), list(start)
    while ahead:
        element = model.elements[ahead.pop(0)]
        for target in [*(model.flows[flow_id].target for flow_id in element.outgoing), *filter(None, [element.parent])]:
            if target not in seen and target not in without:
                seen[target] = None
                ahead.append(target)
    return list(seen)
