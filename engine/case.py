"""A case at work inside one transaction: loads what it needs, plays tokens, and writes what has changed.

`engine.play.Play` answers the machine's questions; handlers see the case through `engine.context.Context`.
Waiting work is written by `engine.waiting`. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from db import trace
from db.clock import SHANGHAI
from db.ids import new_id
from db.session import after_commit
from engine import standstill
from engine.codec import decode, encode, encode_state, sign
from engine.errors import Conflict, NotFound, StateDamaged
from engine.feel import EvalContext, compile_expression
from engine.history import KINDS, Note, readable, write
from engine.kernel import Kernel
from engine.link import Link
from engine.people import SYSTEM, Actor
from engine.play import Play
from engine.procedures import Procedure
from engine.registry import CaseRef, Moved
from engine.scopes import Store, View, home, unless
from engine.tokens import Element, Machine, Scope
from engine.waiting import Waiting

_AT_WORK = "engine.cases"  # in the session: the cases of this transaction that are not written yet
_WRITTEN = "engine.written"  # in the session: the cases of this transaction whose rows are under way
COLUMNS = (
    "i.id, i.definition_id, i.procedure, i.process_id, i.business_key, i.title, i.office_id, i.scope, i.status, i.version, i.due_on,"
    " i.due_label, i.parent_id, i.mac, i.incidents, i.state"
)
_BY_ID = f"SELECT {COLUMNS} FROM instance i WHERE i.id = ?"
_DETACHED: Any = None


class CaseIsBusy(Exception):
    """Another step has the case in hand, and whoever wanted it did not want to wait."""


class Case:
    """One case within one step."""

    def __init__(self, kernel: Kernel, session: Session, link: Link, ref: CaseRef, procedure: Procedure) -> None:
        self.kernel = kernel
        self.session = session
        self.link = link
        self.ref = ref
        self.procedure = procedure
        self.now = kernel.clock.now()
        self.moment = link.moment(self.now)
        self.actor: Actor = SYSTEM
        self.status = "active"
        self.version = 0
        self.incidents = 0
        self.due_on: date | None = None
        self.due_label = ""
        self.store = Store({})
        self.machine: Machine = Machine(ref.process_id, Play(self))
        self.waiting = Waiting(self)
        self.passed: list[str] = []
        self.taken: list[str] = []
        self.notes: list[Note] = []
        self.at_element = ""
        self.sent = 0
        self.is_new = False
        self.handed: dict[int, tuple[str, str]] = {}  # token → (person, name) to whom its task goes, if he may do it
        self.way = ""  # how a returned task that is done goes on (`engine.moves.resubmitting`)
        self.afterwards: list[tuple[str, tuple[Any, ...]]] = []  # statements about rows that the step has just written
        self.header_changed = False
        self.named: set[str] = set()  # parties whom this step has named so far
        self.named_last: list[str] = []  # those whom the case named when it ended
        at_work(session)[ref.instance_id] = self
        trace.learned(case=ref.instance_id)

    # --- loading and starting ----------------------------------------------------------------------------------------------

    @classmethod
    def load(cls, kernel: Kernel, session: Session, link: Link, instance_id: str, actor: Actor = SYSTEM, *, wait: bool = True) -> Case:
        """The case with its row locked; from the warm copy where its version is still the stored one.

        Without `wait`, CaseIsBusy is raised where another step has it in hand. On SQLite whoever writes is alone.
        """
        if instance_id in at_work(session):
            raise Conflict(instance=instance_id)
        if link.is_sqlite:
            return cls.of_rows(kernel, session, link, link.all(_BY_ID, instance_id), instance_id, actor)
        known = kernel.warm.version(instance_id)
        locking = link.lock if wait else link.skip_locked()
        rows, stored = link.several((_BY_ID + locking, (instance_id,)), (unless("?"), (instance_id, known)))
        if not rows and not wait:
            raise CaseIsBusy(instance_id)
        return cls.of_rows(kernel, session, link, rows, instance_id, actor, (known, stored))

    @classmethod
    def of_rows(
        cls, kernel: Kernel, session: Session, link: Link, rows: list[tuple[Any, ...]], instance_id: str, actor: Actor,
        unless_known: tuple[int, list[tuple[Any, ...]]] | None = None,
    ) -> Case:  # fmt: skip
        """The case of a row of COLUMNS, locked by whoever read it. Its variables are read here where they are wanted, unless they
        came along: (version in which they were already known, their rows if the case has another one).
        """
        if not rows:
            raise NotFound(instance=instance_id)
        row = rows[0]
        ref = CaseRef(row[0], row[4], row[5], row[6], row[7], row[2], row[3], row[12])
        case = cls(kernel, session, link, ref, kernel.definitions.get(link, row[1]))
        case.actor, case.status, case.version, case.incidents = actor, row[8], row[9], row[14]
        case.due_on, case.due_label = link.as_day(row[10]), row[11]
        warm = kernel.warm.take(ref.instance_id)
        if warm and warm[0] == case.version:
            case.machine, case.store = warm[1]
            case.machine.hooks = Play(case)
            return case
        state = unsealed(kernel, ref.instance_id, case.version, row[15], row[13])
        case.machine = Machine.load(decode(state), Play(case))
        came_along = unless_known is not None and unless_known[0] != case.version
        case.store = Store.of(unless_known[1]) if unless_known and came_along else Store.load(link, ref.instance_id)
        return case

    @classmethod
    def begin(
        cls, kernel: Kernel, session: Session, link: Link, procedure: Procedure, process_id: str, *,
        office_id: str, title: str = "", actor: Actor, parent_id: str | None = None,
    ) -> Case:  # fmt: skip
        """A new case that has not played yet; `play_start` puts its first token down."""
        title = (title or procedure.models[process_id].name)[:255]
        scope = kernel.directory.scope_of(session, office_id)
        ref = CaseRef(new_id(), "", title, office_id, scope, procedure.key, process_id, parent_id)
        case = cls(kernel, session, link, ref, procedure)
        case.actor, case.is_new = actor, True
        link.put(
            "INSERT INTO instance (id, definition_id, procedure, process_id, business_key, title, office_id, scope, status, version,"
            " state, mac, due_label, parent_id, started_at, started_by) VALUES (?, ?, ?, ?, '', ?, ?, ?, 'active', 0, ?, '', '', ?, ?, ?)",
            ref.instance_id, procedure.definition_id, procedure.key, process_id, title, office_id, scope, b"", parent_id,
            case.moment, actor.person_id,
        )  # fmt: skip
        return case

    def play_start(self, values: Mapping[str, Any], *, at: str = "") -> None:
        """Puts the first token down and runs to the first wait states."""
        self.note("started", "", self.ref.title, {"values": values})
        self.machine = Machine.start(self.ref.process_id, Play(self), at=at, values=values)
        self.named.update(self.parties())
        self.run()

    def run(self) -> None:
        """Plays until every token waits; closes the case when none is left."""
        self.machine.run(self.kernel.settings.step_limit)
        if self.machine.is_finished and self.status == "active":
            self.status = "completed"
            self.note("completed", "", self.ref.title)
            self.tell_parties("ended")

    def tell_parties(self, kind: str, because: str = "") -> None:
        """Whom the case names hears that it is over (`ended`, `stopped`), and how; not the party that did it itself."""
        model = self.procedure.models[self.ref.process_id]
        if "parties" not in model.properties:
            return
        before = {row[0] for row in self.link.all("SELECT party FROM case_party WHERE instance_id = ?", self.ref.instance_id)}
        named = tuple(sorted(before.union(self.named, self.parties()) - {self.actor.party}))
        if named:
            ends = [model.elements[id_] for id_ in self.passed if id_ in model.elements and model.elements[id_].kind == "endEvent"]
            name, name_en = (ends[-1].name, ends[-1].name_en) if ends else ("", "")
            self.kernel.on_moved(self.session, Moved(self.ref, kind, name, name_en, named, self.actor, because))

    # --- storing -----------------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Writes state, variables, waiting work and history of the step. The case row comes first, here as everywhere: whoever holds
        it holds the case, so that two steps can never wait for each other, and nobody else has written it since it was read.
        """
        link, ref = self.link, self.ref
        self.waiting.look()
        state = encode_state(self.machine.dump())
        version = self.version + 1
        mac = sign(self.kernel.settings.secret, ref.instance_id, version, state)
        ended = self.moment if self.status != "active" else None
        link.put(
            "UPDATE instance SET state = ?, mac = ?, version = ?, status = ?, title = ?, business_key = ?, due_on = ?, due_label = ?,"
            " ended_at = ? WHERE id = ?",
            state, mac, version, self.status, ref.title, ref.business_key, link.day(self.due_on), self.due_label, ended,
            ref.instance_id,
        )  # fmt: skip
        self.store.flush(link, ref.instance_id, version)
        self._name_parties()
        self.waiting.flush()
        causes = self.machine.told()
        told = encode(causes).decode() if causes else None
        write(link, ref.instance_id, self.moment, self.actor, self.notes, self.passed, self.taken, told)
        for sql, values in self.afterwards:
            link.put(sql, *values)
        self.version = version
        written(self.session).append(at_work(self.session).pop(ref.instance_id))
        after_commit(self.session, self._keep)

    def parties(self) -> list[str]:
        """Those outside the authority whom the process names as the case stands, or stood when it ended (property `parties`, FEEL): one, or a list."""
        text = self.procedure.models[self.ref.process_id].properties.get("parties", "")
        root = next((scope for scope in self.machine.scopes.values() if not scope.parent and not scope.owner), None) if text else None
        if root is None:
            return self.named_last
        found = self.evaluate(text, root)
        return [str(party)[:64] for party in (found if isinstance(found, list) else [found]) if party]

    def _name_parties(self) -> None:
        """Whom the process names sees the case; whom it names no longer, no longer. A case that is over keeps those whom it had."""
        if "parties" not in self.procedure.models[self.ref.process_id].properties:
            return
        named, link, id_ = sorted(self.named.union(self.parties())), self.link, self.ref.instance_id
        if self.status == "active":
            named = sorted(self.parties())
            others = f" AND party NOT IN ({link.places(named)})" if named else ""
            link.put(f"DELETE FROM case_party WHERE instance_id = ?{others}", id_, *named)
        link.many("INSERT INTO case_party (party, instance_id) VALUES (?, ?) ON CONFLICT DO NOTHING", [(party, id_) for party in named])

    def leave(self) -> None:
        """Nothing was done to the case, so nothing is written."""
        del at_work(self.session)[self.ref.instance_id]
        after_commit(self.session, self._keep)

    def abandon(self) -> None:
        """What was done to the case in memory is forgotten, and nothing of it is written."""
        del at_work(self.session)[self.ref.instance_id]

    def _keep(self) -> None:
        self.machine.hooks = _DETACHED
        tasks = [row[0] for row in self.waiting.tasks.values()]
        self.kernel.warm.keep(self.ref.instance_id, self.version, (self.machine, self.store), tasks)

    def note(self, kind: str, element: str, name: str, details: Mapping[str, Any] | None = None) -> None:
        """One row of the history of this case, of a kind that the engine knows."""
        assert kind in KINDS, f"{kind} is no kind of the history"
        self.trail(kind, element, name, details)

    def trail(self, kind: str, element: str, name: str, details: Mapping[str, Any] | None) -> None:
        """The same of a kind that a handler has thought of."""
        self.notes.append((kind, element, name[:255], orjson.dumps(readable(details)).decode() if details else None))

    # --- variables ---------------------------------------------------------------------------------------------------------

    def view(self, scope: Scope) -> View:
        """The variables visible in a scope."""
        return View(self.store, self.machine.scopes, scope)

    def context(self) -> EvalContext:
        """What expressions may call besides the built-in functions."""
        functions: dict[str, Callable[..., Any]] = {"deadline": self._deadline, "case_id": lambda: self.ref.instance_id}
        return EvalContext(functions, self.now.astimezone(SHANGHAI))

    def _deadline(self, key: str) -> datetime | None:
        source = self.kernel.deadlines
        return source.due_moment(self.session, self.ref.instance_id, key) if source else None

    def evaluate(self, expression: str, scope: Scope) -> Any:
        """The value of a FEEL text in a scope."""
        return compile_expression(expression).evaluate(self.view(scope), context=self.context())

    def inputs(self, element: Element, scope: Scope) -> dict[str, Any]:
        """What a task is given: its input parameters, else every visible variable."""
        if element.inputs:
            return {name: self.evaluate(text, scope) for name, text in element.inputs}
        return self.view(scope).flat()

    def put(self, scope: Scope, name: str, value: Any, element: str = "") -> None:
        """Writes a variable where its name lives."""
        self.store.put(home(self.store, self.machine.scopes, scope, name), name, value, element)

    def assign(self, element: Element, scope: Scope, results: Mapping[str, Any], *, since: int | None = None) -> None:
        """Stores results: by the output parameters where there are some, else under their own names.

        `since` is the version in which the writer saw the case: what somebody else wrote later is written over, and the
        history says so.
        """
        if element.outputs:
            seen = {**self.view(scope).flat(), **results}
            results = {name: compile_expression(text).evaluate(seen, context=self.context()) for name, text in element.outputs}
        for name, value in results.items():
            place = home(self.store, self.machine.scopes, scope, name)
            if since is not None and (other := self.store.written_since(place, name, since)) not in {None, element.id}:
                before = self.store.contents[place][name]
                if before != value:
                    details = {"variable": name, "before": before, "after": value, "written_by": other}
                    self.note("overwritten", element.id, element.name, details)
            self.store.put(place, name, value, element.id)

    # --- the header, and what leaves the case ------------------------------------------------------------------------------

    def rename(self, **changes: str) -> None:
        """Changes title or number of the case; its open tasks carry them too."""
        self.ref = replace(self.ref, **changes)
        self.header_changed = True

    def set_due(self, due_on: date | None, label: str) -> None:
        """The legal date of the case; its open tasks carry it, but for those that the model gives a date of their own. While the clock stands it is
        kept for when it goes on.
        """
        still = standstill.known(self)
        if still is None:
            self.put_due(due_on, label)
        else:
            standstill.instead(self, still, due_on, label)

    def put_due(self, due_on: date | None, label: str) -> None:
        """Sets the date as it is, whether the clock stands or not."""
        self.due_on, self.due_label, self.header_changed = due_on, label[:255], True

    def send(
        self, kind: str, name: str, correlation: str, payload: Mapping[str, Any], element: Element | None = None, *,
        if_awaited: bool = False,
    ) -> None:  # fmt: skip
        """Writes a message that the pump delivers after commit, once; `if_awaited`: it is dropped where nobody waits for it then."""
        self.sent += 1
        key = f"{self.ref.instance_id}:{self.version}:{self.sent}"
        self.link.put(
            "INSERT INTO message (id, key, kind, name, correlation, payload, sender_id, if_awaited, state, attempts, due_at, created_at,"
            " last_error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?, '')",
            new_id(), key, kind, name, correlation, encode(dict(payload)), self.ref.instance_id, int(if_awaited), self.moment, self.moment,
        )  # fmt: skip
        where = (element.id, element.name) if element else (self.at_element, name)
        self.note("sent", *where, {"message": name, "correlation": correlation})


def at_work(session: Session) -> dict[str, Case]:
    """The cases of this transaction that are not written yet, by id, the latest last."""
    found: dict[str, Case] = session.info.setdefault(_AT_WORK, {})
    return found


def written(session: Session) -> list[Case]:
    """The cases of this transaction whose rows are written or under way, the latest last."""
    found: list[Case] = session.info.setdefault(_WRITTEN, [])
    return found


def unsealed(kernel: Kernel, instance_id: str, version: int, state: Any, mac: str) -> bytes:
    """The state as bytes; raises StateDamaged when it is not what was stored at this version of this case."""
    content = bytes(state)
    if sign(kernel.settings.secret, instance_id, version, content) != mac:
        raise StateDamaged(instance=instance_id)
    return content
