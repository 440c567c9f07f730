"""A task that was returned is done: it walks on from there (重走), or goes straight back to whoever returned it (直达).

The direct way passes over the approvals between. It is open only while what they have signed for is as they saw it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.case import Case
from engine.codec import decode
from engine.errors import NoWayBack
from engine.lifecycle import RETURN, becomes
from engine.moves.parking import can_put_back, fingerprints, put_back
from engine.moves.planner import Barred, named
from engine.moves.policy import DIRECT, REWALK, WAYS, vouched_for
from engine.tokens import Scope, Token

RETURNS = "returned_from"  # variable of a case: token of an open returned task → its row in `task_return`
STATES = {REWALK: "walked", DIRECT: "direct"}


def root(case: Case) -> Scope:
    """The scope of the case itself."""
    return next(scope for scope in case.machine.scopes.values() if not scope.parent and not scope.owner)


def known(case: Case) -> dict[str, str]:
    """The returned tasks that are open."""
    found = case.store.contents.get(root(case).id, {}).get(RETURNS)
    return dict(found) if isinstance(found, dict) else {}


def remember(case: Case, open_returns: Mapping[str, str]) -> None:
    """Writes down which returned tasks are open."""
    case.store.keep(root(case).id, RETURNS, dict(open_returns), "")


def go_on(case: Case, token_id: int) -> None:
    """The task of a token was done, and its values are stored: the token goes on."""
    returns = known(case)
    return_id = returns.pop(str(token_id), None)
    if return_id is None:
        if case.way == DIRECT:
            raise NoWayBack("这项任务不是退回的，不能直达", "this task was not returned")
        case.machine.complete(token_id)
        return
    row = case.link.one("SELECT resubmit, parked, from_element, from_name FROM task_return WHERE id = ?", return_id)
    assert row is not None
    parked = decode(bytes(row[1])) if row[1] is not None else None
    token = case.machine.tokens[token_id]
    way = _chosen(case, str(row[0]), barred(case, token, parked))
    remember(case, returns)
    case.note("resubmitted", row[2], row[3], {"way": way})
    case.afterwards.append(
        ("UPDATE task_return SET state = ?, parked = NULL WHERE id = ? AND state = 'open'", (becomes(RETURN, "open", STATES[way]), return_id))
    )
    if way == DIRECT and parked is not None:
        put_back(case, token_id, parked)
    else:
        case.machine.complete(token_id)


def _chosen(case: Case, policy: str, bar: Barred | None) -> str:
    way = case.way or REWALK
    if way == DIRECT and bar is not None:
        raise NoWayBack(bar.zh, bar.en, element=bar.element, instance=case.ref.instance_id)
    if way in WAYS[policy] or (way == REWALK and bar is not None):
        return way
    if way == REWALK:
        raise NoWayBack("按流程规定，退回的任务改好后应直达退回人", "this task goes straight back to whoever returned it")
    raise NoWayBack("按流程规定，退回的任务改好后应逐个环节重走", "this task walks on step by step")


def barred(case: Case, token: Token, parked: Mapping[str, Any] | None) -> Barred | None:
    """Why the direct way is closed; None where it is open."""
    if parked is None:
        return Barred("", "这次退回没有直达的路，请重走", "there is no direct way back from here")
    scope = case.machine.scopes[token.scope]
    if not can_put_back(case.machine, parked):
        return Barred("", "退回之后案件的其他部分已有变化，不能直达，请重走", "other parts of the case have moved on")
    now = fingerprints(case.view(scope).flat())
    changed = [name for name, print_ in parked["seen"].items() if now.get(name) != print_]
    for process, element_id in parked["between"]:
        element = case.procedure.models[process].elements[element_id]
        if values := vouched_for(element, changed):
            labels, labels_en = _labels(case, token, values)
            zh = f"“{named(element)}”所签的内容已改动（{'、'.join(labels)}），不能直达，须重走"
            return Barred(element.id, zh, f"“{element.name_en or element.id}” has signed for what was changed since: {', '.join(labels_en)}")
    return None


def _labels(case: Case, token: Token, names: list[str]) -> tuple[list[str], list[str]]:
    form = case.procedure.form_to_fill(case.machine.element(token))
    fields = {field.key: field for field in form.fields} if form else {}
    return tuple([fields[name].title(language) if name in fields else name for name in names] for language in ("zh", "en"))  # type: ignore[return-value]
