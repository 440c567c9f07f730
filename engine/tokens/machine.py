"""The token game itself: what happens when a token comes to an element, waits there, and leaves it.

One `run()` plays until every token waits. The cost of a run depends on the elements passed and the tokens alive; there
is no history in here. Gateways stand in `gateways.py`, repeated activities in `repeat.py`, events and cancelling in `events.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from engine.tokens import events, gateways, repeat
from engine.tokens.errors import BpmnError, JoinNeverFires, NoFlowMatches, NotWaiting, TooManySteps
from engine.tokens.hooks import Hooks
from engine.tokens.model import WAITING_TASKS, WORKING_TASKS, Element, Flow, ProcessModel
from engine.tokens.state import Live, Scope, Token
from engine.tokens.trail import Trail

STEP_LIMIT = 10_000
FORMAT = 1
# The whole state is written with every step: a case may have thousands of tokens, and these are the quickest way over them.
_TOKEN = attrgetter("id", "element", "scope", "state", "via", "role", "host", "multi")
_SCOPE = attrgetter("id", "process", "element", "parent", "owner")


class Machine:
    """One case at play. Not thread-safe: one step at a time, on one thread."""

    def __init__(self, process_id: str, hooks: Hooks) -> None:
        self.process_id = process_id
        self.hooks = hooks
        self.tokens: dict[int, Token] = {}
        self.scopes: dict[int, Scope] = {}
        self.owned: dict[int, set[int]] = {}  # token → scopes that it waits for
        self.hanging: dict[int, set[int]] = {}  # token → tokens whose `host` it is
        self.arrivals: dict[tuple[int, str], dict[str, deque[int]]] = {}
        self.ready: deque[int] = deque()
        self.trail = Trail()
        self.counter = 0

    # --- life of a case ----------------------------------------------------------------------------------------------------

    @classmethod
    def start(cls, process_id: str, hooks: Hooks, *, at: str = "", values: Mapping[str, Any] | None = None) -> Machine:
        """A new case with its first token on the none start event, or on the start event `at` that was triggered."""
        machine = cls(process_id, hooks)
        scope = machine.open_scope(process_id, values=values or {})
        if at:
            machine.arm(scope)
            machine.add(at, scope)
        else:
            machine.begin(scope)
        return machine

    @property
    def is_finished(self) -> bool:
        """Whether no token is left."""
        return not self.scopes

    def run(self, limit: int = STEP_LIMIT) -> int:
        """Plays until every token waits; returns the number of elements passed."""
        passed = 0
        while True:
            while self.ready:
                token = self.tokens.get(self.ready.popleft())
                if token is None or token.state != "ready":
                    continue
                passed += 1
                if passed > limit:
                    raise TooManySteps(token.element, limit)
                self._enter(token)
            if not gateways.fire_inclusive(self) and not events.fire_conditional(self):
                self._see_that_something_comes()
                return passed

    def _see_that_something_comes(self) -> None:
        """A case in which every token stands at a join would be open for ever, and nobody would be told."""
        stuck = ""
        for token in reversed(self.tokens.values()):  # those at the edge of the world are mostly the youngest
            if token.state == "waiting" and self._waits_for_the_world(token):
                return
            stuck = stuck or (token.element if token.state == "arrived" else "")
        if stuck:
            raise JoinNeverFires(stuck)

    def _waits_for_the_world(self, token: Token) -> bool:
        return token.id not in self.owned and token.multi is None

    def complete(self, token_id: int) -> None:
        """The answer that a waiting activity or event waited for has come."""
        token = self.tokens.get(token_id)
        if token is None or token.state != "waiting" or not self._waits_for_the_world(token):
            raise NotWaiting(token_id)
        element = self.element(token)
        self.hooks.ceases(element, token, True)
        if token.role in {"", "item"}:
            self.finish_activity(token, element)
        else:
            events.fire(self, token, element)

    def fail(self, token_id: int, error: BpmnError) -> None:
        """A waiting activity answers with a modelled error."""
        token = self.tokens.get(token_id)
        if token is None or token.state != "waiting":
            raise NotWaiting(token_id)
        events.throw_error(self, token, error)

    def cancel(self) -> None:
        """Withdraws everything; the case is over."""
        for scope in [s for s in self.scopes.values() if s.parent == 0 and s.owner == 0]:
            events.clear_scope(self, scope)
            self.close_scope(scope, completed=False)

    def live(self) -> list[Live]:
        """Every token that waits for the world (activities that wait for their own scopes are left out)."""
        return [
            Live(t.id, t.element, self.scopes[t.scope].process, t.scope, t.role)
            for t in self.tokens.values()
            if t.state == "waiting" and self._waits_for_the_world(t) and self.element(t).kind != "eventBasedGateway"
        ]

    # --- the model ---------------------------------------------------------------------------------------------------------

    def model_of(self, scope: Scope) -> ProcessModel:
        return self.hooks.model(scope.process)

    def element(self, token: Token) -> Element:
        """The element on which a token stands."""
        return self.hooks.model(self.scopes[token.scope].process).elements[token.element]

    # --- tokens and scopes -------------------------------------------------------------------------------------------------

    def number(self) -> int:
        self.counter += 1
        return self.counter

    def add(
        self, element_id: str, scope: Scope, *, via: str = "", role: str = "", host: int = 0, state: str = "ready",
        of: tuple[int, ...] = (),
    ) -> Token:  # fmt: skip
        """Puts a new token on an element. `of`: what it came of (`engine.tokens.trail`); else it came with its host or its scope."""
        token = Token(self.number(), element_id, scope.id, state, via, role, host)
        around = host or scope.owner
        self.trail.born[token.id] = token, of or ((-around,) if around else ())
        self.place(token)
        if state == "ready":
            self.ready.append(token.id)
        return token

    def place(self, token: Token) -> None:
        """Has a token found where it stands: in its scope, at its host, among the arrivals at its gateway; nothing else happens."""
        self.tokens[token.id] = token
        self.scopes[token.scope].tokens.add(token.id)
        if token.host:
            self.hanging.setdefault(token.host, set()).add(token.id)
        if token.state == "arrived":
            self.arrivals.setdefault((token.scope, token.element), {}).setdefault(token.via, deque()).append(token.id)

    def remove(self, token: Token) -> None:
        """Takes a token away; nothing else happens."""
        del self.tokens[token.id]
        self.scopes[token.scope].tokens.discard(token.id)
        if token.host and (siblings := self.hanging.get(token.host)) is not None:
            siblings.discard(token.id)
            if not siblings:
                del self.hanging[token.host]
        if token.state == "arrived":
            place = self.arrivals[token.scope, token.element]
            place[token.via].remove(token.id)
            if not place[token.via]:
                del place[token.via]
            if not place:
                del self.arrivals[token.scope, token.element]

    def open_scope(
        self,
        process: str,
        *,
        element: Element | None = None,
        parent: int = 0,
        owner: Token | None = None,
        values: Mapping[str, Any],
    ) -> Scope:
        """Begins a scope; `element` is the activity that it plays, None for the process of the case."""
        inside = element.id if element is not None and element.kind == "subProcess" else ""
        scope = Scope(self.number(), process, inside, parent, owner.id if owner else 0)
        self.scopes[scope.id] = self.trail.scopes[scope.id] = scope
        if owner:
            self.owned.setdefault(owner.id, set()).add(scope.id)
        self.hooks.opened(scope, element, values)
        return scope

    def begin(self, scope: Scope) -> None:
        """Puts the first tokens into a scope and listens for its event sub-processes."""
        self.arm(scope)
        for entry in self.model_of(scope).entries(scope.element):
            self.add(entry.id, scope)
        self.settle(scope)

    def arm(self, scope: Scope) -> None:
        """The event sub-processes of a scope begin to listen."""
        for _sub, start in self.model_of(scope).event_starts(scope.element):
            if start.trigger.kind in events.WAITED_FOR:
                token = self.add(start.id, scope, role="start", state="waiting")
                self.hooks.waits(start, token, scope)

    def close_scope(self, scope: Scope, *, completed: bool) -> None:
        """Ends an empty scope and forgets it."""
        owner = self.tokens.get(scope.owner)
        element = self.element(owner) if owner else None
        self.hooks.closed(scope, element, completed)
        if not completed:
            self.trail.broken.append(scope.id)
        del self.scopes[scope.id]
        if owner:
            self.owned[owner.id].discard(scope.id)
            if not self.owned[owner.id]:
                del self.owned[owner.id]

    def settle(self, scope: Scope) -> None:
        """Ends the scope when nothing in it is alive any more, and lets its owner go on."""
        if scope.id not in self.scopes or any(not self.tokens[t].passive for t in scope.tokens):
            return
        events.clear_scope(self, scope)
        owner = self.tokens.get(scope.owner)
        self.close_scope(scope, completed=True)
        if owner is not None:
            self.finish_activity(owner, self.element(owner))

    # --- entering and leaving ----------------------------------------------------------------------------------------------

    def _enter(self, token: Token) -> None:
        element = self.element(token)
        kind = element.kind
        if token.role != "item":
            self.hooks.entered(element, token)
        if kind in gateways.ENTER:
            gateways.ENTER[kind](self, token, element)
        elif kind in ("startEvent", "boundaryEvent"):
            self.leave(token, element)
        elif kind in ("endEvent", "intermediateThrowEvent", "intermediateCatchEvent"):
            events.enter(self, token, element)
        elif element.multi is not None and token.role != "item":
            self.listen(token, element)
            repeat.begin(self, token, element)
        else:
            self._begin_activity(token, element)

    def _begin_activity(self, token: Token, element: Element) -> None:
        scope = self.scopes[token.scope]
        if element.kind in WORKING_TASKS:
            try:
                done = self.hooks.perform(element, token, scope)
            except BpmnError as error:
                events.throw_error(self, token, error)
                return
            if done:
                self.finish_activity(token, element)
                return
        token.state = "waiting"
        if token.role != "item":
            self.listen(token, element)
        if element.kind == "subProcess":
            self.begin(self.open_scope(scope.process, element=element, parent=scope.id, owner=token, values={}))
        elif element.kind == "callActivity":
            self.begin(self.open_scope(element.called_element, element=element, parent=scope.id, owner=token, values={}))
        elif element.kind in WAITING_TASKS or element.kind in WORKING_TASKS:
            self.hooks.waits(element, token, scope)
        else:  # an abstract task is done at once
            self.finish_activity(token, element)

    def listen(self, token: Token, element: Element) -> None:
        """Boundary events begin to wait with their activity."""
        scope = self.scopes[token.scope]
        for boundary in self.model_of(scope).boundaries.get(element.id, ()):
            if boundary.trigger.kind in events.WAITED_FOR:
                waiting = self.add(boundary.id, scope, role="boundary", host=token.id, state="waiting")
                self.hooks.waits(boundary, waiting, scope)

    def finish_activity(self, token: Token, element: Element) -> None:
        """An activity is done: its boundary events stop waiting and the token goes on."""
        if token.role == "item":
            repeat.item_done(self, token, element)
            return
        events.withdraw_hanging(self, token)
        token.multi = None
        self.leave(token, element)

    def leave(self, token: Token, element: Element) -> None:
        """Sends the token along the outgoing flows; several flows without condition are a split (BPMN 2.0, 13.2.1)."""
        if element.acts:
            self.trail.deeds.append(token.id)
        self.hooks.left(element, token, "completed")
        scope = self.scopes[token.scope]
        flows = self.chosen(element, scope) if element.outgoing else []
        self.follow(token, flows)

    def follow(self, token: Token, flows: Iterable[Flow]) -> None:
        """Replaces a token by one on the target of each flow."""
        scope = self.scopes[token.scope]
        self.remove(token)
        for flow in flows:
            self.hooks.took(flow.id)
            self.add(flow.target, scope, via=flow.id, of=(token.id,))
        self.settle(scope)

    def chosen(self, element: Element, scope: Scope) -> list[Flow]:
        """The flows that leave an activity or event: all without condition, those whose condition holds, or the default.

        A token that finds none would vanish with the rest of the case; BPMN leaves open what happens, here it is an error.
        """
        flows = [self.model_of(scope).flows[f] for f in element.outgoing]
        taken = [
            f
            for f in flows
            if f.id != element.default_flow and (not f.condition or self.hooks.evaluate(f.condition, scope) is True)
        ]
        taken = taken or [f for f in flows if f.id == element.default_flow]
        if not taken:
            raise NoFlowMatches(element.id)
        return taken

    # --- as data -----------------------------------------------------------------------------------------------------------

    def told(self) -> dict[str, Any]:
        """What the step leaves behind for a later return (`engine.tokens.trail`); the next step begins anew."""
        found, self.trail = self.trail.take(self), Trail()
        return found

    def dump(self) -> dict[str, Any]:
        """Plain data in an order of its own; everything derived is left out. Values of items keep their types."""
        return {
            "f": FORMAT,
            "p": self.process_id,
            "n": self.counter,
            "t": list(map(_TOKEN, self.tokens.values())),
            "s": list(map(_SCOPE, self.scopes.values())),
        }

    @classmethod
    def load(cls, data: Mapping[str, Any], hooks: Hooks) -> Machine:
        """The machine as it was dumped; raises ValueError for another format."""
        if data.get("f") != FORMAT:
            raise ValueError(f"案件状态的格式应为 {FORMAT}，实际为 {data.get('f')!r}，须先升级")
        machine = cls(data["p"], hooks)
        machine.counter = data["n"]
        for id_, process, element, parent, owner in data["s"]:
            machine.scopes[id_] = Scope(id_, process, element, parent, owner)
            if owner:
                machine.owned.setdefault(owner, set()).add(id_)
        for row in data["t"]:
            machine.place(Token(*row))
        machine.ready.extend(t.id for t in machine.tokens.values() if t.state == "ready")
        return machine
