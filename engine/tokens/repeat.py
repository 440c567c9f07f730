"""Activities that run several times: multi-instance in parallel or one after another, and the standard loop."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.tokens import events
from engine.tokens.errors import TokenError, TooManyItems
from engine.tokens.model import Element
from engine.tokens.state import Scope, Token

if TYPE_CHECKING:
    from engine.tokens.machine import Machine

ITEM_LIMIT = 10_000
RUN = "nrOfInstances"  # a scope that has this variable is one run of a multi-instance activity


def begin(machine: Machine, token: Token, element: Element) -> None:
    """Counts the runs and starts the first, or all of them when they run in parallel."""
    scope, multi = machine.scopes[token.scope], element.multi
    assert multi is not None
    token.state = "waiting"
    items, total = ([], multi.loop_maximum or ITEM_LIMIT) if multi.loop else _count(machine, element, scope)
    token.multi = {"total": total, "started": 0, "done": 0, "items": items if multi.sequential or not multi.loop else []}
    if total == 0 or (multi.loop and multi.test_before and not _loop_holds(machine, element, scope)):
        machine.finish_activity(token, element)
        return
    for _ in range(1 if multi.sequential or multi.loop else total):
        _start_item(machine, token, element)
    if not (multi.sequential or multi.loop):
        token.multi["items"] = []  # each item has its own scope now


def _count(machine: Machine, element: Element, scope: Scope) -> tuple[list[Any], int]:
    multi = element.multi
    assert multi is not None
    if multi.collection:
        value = machine.hooks.evaluate(multi.collection, scope)
        if not isinstance(value, list):
            raise TokenError(element.id, f"多实例 {element.id} 的集合 {multi.collection} 不是列表")
        items, total = list(value), len(value)
    else:
        items, value = [], machine.hooks.evaluate(multi.cardinality, scope)
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or value != int(value):
            raise TokenError(element.id, f"多实例 {element.id} 的次数 {multi.cardinality} 不是整数")
        total = int(value)
    if not 0 <= total <= ITEM_LIMIT:
        raise TooManyItems(element.id, total, ITEM_LIMIT)
    return items, total


def _start_item(machine: Machine, token: Token, element: Element, after: int = 0) -> None:
    assert token.multi is not None and element.multi is not None
    index = token.multi["started"]
    token.multi["started"] = index + 1
    values: dict[str, Any] = {"loopCounter": index}
    if not element.multi.loop:  # a round of a loop writes outside itself, so that the next round and the condition see it
        values[RUN] = token.multi["total"]
    if token.multi["items"]:
        values[element.multi.element_variable or "item"] = token.multi["items"][index]
    parent = machine.scopes[token.scope]
    scope = machine.open_scope(parent.process, element=None, parent=parent.id, owner=token, values=values)
    scope.element = parent.element
    item = machine.add(element.id, scope, role="item", host=token.id, of=(after, -token.id) if after else ())
    machine.trail.values[item.id] = values


def item_done(machine: Machine, item: Token, element: Element) -> None:
    """One run is over: start the next, or go on when all are done or the completion condition holds."""
    outer = machine.tokens[item.host]
    assert outer.multi is not None and element.multi is not None
    inner = machine.scopes[item.scope]
    machine.hooks.left(element, item, "completed")
    machine.trail.ended.append(item.id)
    if element.acts:
        machine.trail.deeds.append(item.id)
    outer.multi["done"] += 1
    enough = bool(element.multi.completion_condition) and _is_enough(machine, outer, element, inner)
    machine.remove(item)
    machine.close_scope(inner, completed=True)
    if enough or _all_done(machine, outer, element):
        events.clear_owned(machine, outer)
        machine.finish_activity(outer, element)
    elif element.multi.sequential or element.multi.loop:
        _start_item(machine, outer, element, item.id)


def _is_enough(machine: Machine, outer: Token, element: Element, inner: Scope) -> bool:
    assert outer.multi is not None and element.multi is not None
    counters = {
        RUN: outer.multi["total"],
        "nrOfCompletedInstances": outer.multi["done"],
        "nrOfActiveInstances": outer.multi["started"] - outer.multi["done"],
    }
    machine.hooks.opened(inner, None, counters)
    return machine.hooks.evaluate(element.multi.completion_condition, inner) is True


def _all_done(machine: Machine, outer: Token, element: Element) -> bool:
    assert outer.multi is not None and element.multi is not None
    if element.multi.loop and not _loop_holds(machine, element, machine.scopes[outer.scope]):
        return True
    if outer.multi["done"] < outer.multi["total"]:
        return False
    if element.multi.loop and not element.multi.loop_maximum:  # to go on as if the condition had failed would be silently wrong
        raise TooManyItems(element.id, ITEM_LIMIT + 1, ITEM_LIMIT)
    return True


def _loop_holds(machine: Machine, element: Element, scope: Scope) -> bool:
    assert element.multi is not None
    return not element.multi.loop_condition or machine.hooks.evaluate(element.multi.loop_condition, scope) is True


def again(machine: Machine, outer: Token, element: Element, values: Mapping[str, Any], undone: int, restarted: int) -> Token:
    """Begins a run anew that was over, while its activity still runs. `undone`: how many ended runs no longer count, itself among them;
    `restarted`: how many later ones will be begun anew after it.
    """
    assert outer.multi is not None
    outer.multi["done"] -= undone
    outer.multi["started"] -= restarted
    parent = machine.scopes[outer.scope]
    scope = machine.open_scope(parent.process, element=None, parent=parent.id, owner=outer, values=values)
    scope.element = parent.element
    item = machine.add(element.id, scope, role="item", host=outer.id)
    machine.trail.values[item.id] = values
    return item
