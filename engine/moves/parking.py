"""What a return takes away, kept as it was, and put back as it was when the direct way is gone: tokens, scopes, variables, holders of tasks."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from engine.case import Case
from engine.codec import encode
from engine.moves.ground import Done, Ground
from engine.moves.planner import Plan
from engine.standstill import STANDS
from engine.tokens import Machine, Scope, Token, events
from engine.tokens.model import WORKING_TASKS

OURS = frozenset(("done_by", "returned_from", "signed", STANDS))  # variables of the engine itself


def park(case: Case, ground: Ground, plan: Plan, between: list[Done]) -> dict[str, Any]:
    """What `plan` will cancel, as data."""
    machine = case.machine
    tokens, scopes = _below(machine, plan.cancelled)
    held = {}
    for id_ in tokens:
        task = ground.open.get(ground.graph.first(id_))
        if task is not None and (task.assignee_id or task.draft):
            held[str(id_)] = [task.assignee_id, task.assignee_name, task.draft, task.claimed_at]
    return {
        "tokens": [[t.id, t.element, t.scope, t.state, t.via, t.role, t.host, t.multi] for t in map(machine.tokens.__getitem__, sorted(tokens))],
        "scopes": [[s.id, s.process, s.element, s.parent, s.owner] for s in map(machine.scopes.__getitem__, sorted(scopes))],
        "values": {str(id_): dict(case.store.contents.get(id_, {})) for id_ in scopes},
        "held": held,
        "between": [[ground.graph.scopes[ground.graph.nodes[done.node].scope].process, done.element] for done in between],
        "same": [[id_, ground.graph.first(id_)] for id_ in sorted(tokens | scopes)],
    }


def _below(machine: Machine, roots: tuple[int, ...]) -> tuple[set[int], set[int]]:
    """The tokens with all that hangs on them, and the scopes that they wait for. Work that is under way elsewhere is asked for anew."""
    tokens, scopes, todo = set[int](), set[int](), [id_ for id_ in roots if id_ in machine.tokens]
    while todo:
        token = machine.tokens[todo.pop()]
        if token.id in tokens:
            continue
        tokens.add(token.id)
        if _asks_anew(machine, token):
            continue
        todo += [id_ for id_ in machine.hanging.get(token.id, ()) if machine.tokens[id_].role != "item"]
        for scope_id in machine.owned.get(token.id, ()):
            scopes.add(scope_id)
            todo += machine.scopes[scope_id].tokens
    scopes |= {machine.tokens[id_].scope for id_ in tokens if machine.tokens[id_].role == "item"}
    return tokens, scopes


def _asks_anew(machine: Machine, token: Token) -> bool:
    return token.state == "waiting" and token.multi is None and token.role in {"", "item"} and machine.element(token).kind in WORKING_TASKS


def fingerprints(values: Mapping[str, Any]) -> dict[str, str]:
    """Each variable in a few letters, so that a later change can be told."""
    return {name: blake2b(encode(value), digest_size=8).hexdigest() for name, value in values.items() if name not in OURS}


def can_put_back(machine: Machine, parked: Mapping[str, Any]) -> bool:
    """Whether everything around what was taken away is still as it was left."""
    inner = {row[0] for row in parked["scopes"]}
    outside = {row[2] for row in parked["tokens"]} | {row[3] for row in parked["scopes"]}
    mine = set(parked["back"])
    untouched = all(id_ in machine.tokens for id_ in mine) and all(
        machine.scopes[scope].tokens <= {*mine, parked["token"]} | _passive(machine, scope)
        for id_ in mine
        for scope in machine.owned.get(id_, ())
    )
    return untouched and outside - inner - {0} <= machine.scopes.keys()


def _passive(machine: Machine, scope: int) -> set[int]:
    return {id_ for id_ in machine.scopes[scope].tokens if machine.tokens[id_].passive}


def put_back(case: Case, token_id: int, parked: Mapping[str, Any]) -> None:
    """The task at the target is done, and everything stands again where it stood before the return."""
    machine = case.machine
    token = machine.tokens[token_id]
    element = machine.element(token)
    machine.hooks.ceases(element, token, True)
    machine.hooks.left(element, token, "completed")
    events.withdraw_hanging(machine, token)
    machine.remove(token)
    for id_ in parked["back"]:
        if id_ in machine.tokens:
            events.cancel_token(machine, machine.tokens[id_])
    machine.trail.broken.clear()
    number = {row[0]: machine.number() for row in sorted([*parked["scopes"], *parked["tokens"]])}
    same = [[number[old], first] for old, first in parked["same"] if old in number]
    machine.trail.notes["redo"] = {"of": token_id, "back": same}
    _restore(case, parked, number)


def _restore(case: Case, parked: Mapping[str, Any], number: Mapping[int, int]) -> None:
    machine, placed = case.machine, list[Token]()
    for id_, process, inside, parent, owner in parked["scopes"]:
        scope = Scope(number[id_], process, inside, number.get(parent, parent), number.get(owner, owner))
        machine.scopes[scope.id] = scope
        machine.owned.setdefault(scope.owner, set()).add(scope.id)
        case.store.open(scope.id, parked["values"][str(id_)])
    for id_, element, scope_id, state, via, role, host, multi in parked["tokens"]:
        token = Token(number[id_], element, number.get(scope_id, scope_id), state, via, role, number.get(host, host), multi)
        machine.place(token)
        placed.append(token)
        if str(id_) in parked["held"]:
            person, name, draft, claimed_at = (*parked["held"][str(id_)], None)[:4]  # what was parked by an earlier release has three
            case.handed[token.id] = person, name
            row = (case.ref.instance_id, token.id)
            if draft:
                case.afterwards.append(("UPDATE task SET draft = ? WHERE instance_id = ? AND token = ?", (draft, *row)))
            if claimed_at:
                claimed = "UPDATE task SET claimed_at = ? WHERE instance_id = ? AND token = ? AND assignee_id = ?"
                case.afterwards.append((claimed, (case.link.moment(claimed_at), *row, person)))
    for token in placed:
        _wait_again(machine, token)


def _wait_again(machine: Machine, token: Token) -> None:
    element = machine.element(token)
    if token.state == "ready" or _asks_anew(machine, token):
        token.state = "ready"
        machine.ready.append(token.id)
    elif token.state == "waiting" and token.multi is None and token.id not in machine.owned and element.kind != "eventBasedGateway":
        machine.hooks.waits(element, token, machine.scopes[token.scope])
