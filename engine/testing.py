"""Shipped for tests: plays a scenario through the front door, straight or saved and restored between all steps.

A procedure is right when both ways come to the same: what a case is must stand in the database, never in a process.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from db.clock import Clock
from db.session import Database
from engine.api import Engine
from engine.errors import NoSuchList
from engine.forms import Option
from engine.kernel import DeadlineSource, EffectQueue, EngineSettings, Kernel, Polled
from engine.link import Link
from engine.people import PARTY, SYSTEM, Actor, Colleague
from engine.registry import CameBack, Registry

SECRET = b"a secret for tests"


class ToyDirectory:
    """Posts are named `role:office`; an office `a/b` lies beneath `a`. The role `nobody` is held by nobody, those who have `left` nothing."""

    def __init__(self) -> None:
        self.left: set[str] = set()
        self.staff: dict[str, Actor] = {}
        self.unheld: set[str] = set()
        self.known: dict[str, dict[str, Any]] = {}
        self.competent: dict[str, str] = {}  # party → its office

    def candidates(self, session: Session, role: str, relation: str, case_office_id: str) -> Sequence[str]:
        office = case_office_id.rsplit("/", 1)[0] if relation == "parent" else case_office_id
        return [] if role == "nobody" else [f"{role}:{office}"]

    def reach(self, session: Session, role: str, relation: str, post_ids: Collection[str]) -> Sequence[str]:
        if relation == PARTY:
            return [self.competent[post] for post in sorted(post_ids) if post.startswith(f"{role}:") and post in self.competent]
        return [post.partition(":")[2] for post in sorted(post_ids) if post.startswith(f"{role}:")] if relation == "own" else []

    def accounts(self, session: Session, party: str) -> Collection[str]:
        """The staff of a test with accounts of the party."""
        return {id_ for id_, actor in self.staff.items() if actor.party == party}

    def facts(self, session: Session, party: str) -> Mapping[str, Any]:
        """What a test has said to be `known` of it."""
        return self.known.get(party, {})

    def held(self, session: Session, person_id: str, posts: Collection[str], on: date, process_id: str = "") -> Sequence[str]:
        """Whoever is not said to have left holds everything."""
        return [] if person_id in self.left else sorted(posts)

    def vacant(self, session: Session, posts: Collection[str], on: date) -> Collection[str]:
        """Posts that a test has said to be `unheld`."""
        return self.unheld.intersection(posts)

    def gone(self, session: Session, people: Collection[str]) -> Collection[str]:
        """People who have `left`."""
        return self.left.intersection(people)

    def choices(self, session: Session, source: str, case_office_id: str, on: date) -> Sequence[Option]:
        """Every list but `unknown` holds the office itself and one beneath it."""
        if source == "unknown":
            raise NoSuchList(source=source)
        return [
            Option(case_office_id, f"{case_office_id} 本局", "own"),
            Option(f"{case_office_id}/1", "下级", "lower", "下属", "beneath"),
        ]

    def scope_of(self, session: Session, office_id: str) -> str:
        return f"{office_id}/"

    def named(self, session: Session, people: Collection[str], on: date) -> Sequence[Colleague]:
        """The staff that a test has hired, without those who have left."""
        return [Colleague(p, self.staff[p].name) for p in people if p in self.staff and p not in self.left]

    def holders(self, session: Session, posts: Collection[str], on: date) -> Sequence[Colleague]:
        return self.named(session, [p for p, actor in sorted(self.staff.items()) if actor.post_ids & set(posts)], on)

    def colleagues(self, session: Session, office_id: str, on: date) -> Sequence[Colleague]:
        return self.named(session, sorted(self.staff), on)


def person(name: str, *posts: str) -> Actor:
    """A person with posts `role:office`, seeing those offices."""
    roles = frozenset(post.partition(":")[0] for post in posts)
    return Actor(name, name, frozenset(posts), tuple(f"{post.partition(':')[2]}/" for post in posts), roles=roles)


class Workbench:
    """An engine that can be stopped and started: `restart` forgets all that only memory knows."""

    def __init__(
        self, database: Database, clock: Clock, registry: Registry | None = None, deadlines: DeadlineSource | None = None,
        effects: EffectQueue | None = None,
    ) -> None:  # fmt: skip
        self.database, self.clock, self.registry, self.deadlines = database, clock, registry or Registry(), deadlines
        self.effects, self.directory, self.came_back = effects or Polled(), ToyDirectory(), list[CameBack]()
        self.restart()

    def restart(self) -> None:
        """As if the process had been started anew."""
        settings = EngineSettings(SECRET)
        kernel = Kernel(self.database, self.registry, self.directory, self.clock, settings, self.deadlines, self.effects)
        kernel.on_came_back = lambda _session, found: self.came_back.append(found)
        self.kernel, self.engine = kernel, Engine(kernel)


@dataclass(frozen=True)
class Entry:
    """What is entered at a task. `before` is called first: to let time pass, or to send a message."""

    element: str
    values: Mapping[str, Any] = field(default_factory=dict)
    before: Callable[[Workbench], None] | None = None


@dataclass(frozen=True)
class Scenario:
    """A walk: how a case begins, and what is entered at each task, in this order."""

    process_id: str
    entries: tuple[Entry, ...]
    office_id: str = "nb"
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a walk, free of identifiers: one line per case, in the order in which they began."""

    cases: list[tuple[str, str, dict[str, Any]]]  # process, status, variables
    history: list[list[tuple[str, str, str]]]  # kind, element, details
    open: list[str]


def play(bench: Workbench, scenario: Scenario, *, restored: bool) -> Outcome:
    """Plays a walk to its end; `restored` stops and starts the engine before every step."""
    bench.engine.start(
        scenario.process_id, office_id=scenario.office_id, actor=SYSTEM, key="walk-start", variables=scenario.variables
    )
    for number, entry in enumerate(scenario.entries):
        _settle(bench, restored=restored)
        if entry.before is not None:
            entry.before(bench)
            _settle(bench, restored=restored)
        task_id, post, scope = _oldest(bench, entry.element)
        who = Actor(f"{entry.element} {number}", post or SYSTEM.name, frozenset({post}), (scope,))
        bench.engine.complete(task_id, entry.values, who, f"walk-{number}")
    _settle(bench, restored=restored)
    return outcome(bench)


def _settle(bench: Workbench, *, restored: bool) -> None:
    while True:
        if restored:
            bench.restart()
        report = bench.engine.tick(1 if restored else 1000)
        if report.failures:
            raise AssertionError(f"expected nothing to fail, but got {_reasons(bench)}")
        if not report.total:
            return


def _reasons(bench: Workbench) -> list[str]:
    with bench.database.read() as session:
        rows = Link(session).all("SELECT reason FROM incident UNION ALL SELECT last_error FROM outbox WHERE last_error <> ''")
    return [row[0] for row in rows]


def _oldest(bench: Workbench, element: str) -> tuple[str, str, str]:
    with bench.database.read() as session:
        link = Link(session)
        row = link.one("SELECT id, scope FROM task WHERE element = ? AND state = 'open' ORDER BY id LIMIT 1", element)
        if row is None:
            open_now = [r[0] for r in link.all("SELECT element FROM task WHERE state = 'open' ORDER BY id")]
            raise AssertionError(f"expected an open task {element}, but got {open_now}")
        post = link.one("SELECT post_id FROM task_candidate WHERE task_id = ? ORDER BY post_id LIMIT 1", row[0])
    return row[0], post[0] if post else "", row[1]


def outcome(bench: Workbench) -> Outcome:
    """Where all cases of the database stand."""
    with bench.database.read() as session:
        link = Link(session)
        ids = [row[0] for row in link.all("SELECT id FROM instance ORDER BY id")]
        still_open = [row[0] for row in link.all("SELECT element FROM task WHERE state = 'open' ORDER BY element, id")]
    views = [bench.engine.case(id_, SYSTEM) for id_ in ids]
    return Outcome(
        [(view.header.process_id, view.header.status, view.variables) for view in views],
        [[(row.kind, row.element, _without_ids(row.details, ids)) for row in view.history] for view in views],
        still_open,
    )


def _without_ids(details: Mapping[str, Any], ids: Sequence[str]) -> str:
    text = str({name: value for name, value in sorted(details.items()) if name != "task"})
    for number, id_ in enumerate(ids):
        text = text.replace(id_, f"case {number}")
    return text
