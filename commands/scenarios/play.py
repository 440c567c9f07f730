"""Plays a scenario with somebody's hands: through the front doors in process, or through the pages over HTTP."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select

from commands.scenarios import books
from commands.scenarios.model import Advance, Attach, Bring, Do, Scenario, Start, Step, Work
from commands.scenarios.outcome import Outcome, compare, gather
from commands.scenarios.read import ScenarioFault
from db.clock import ManualClock
from engine.tables import Instance, Outbox
from handlers.day_ends import end_day
from handlers.month_ends import begin_totals
from hardware.simulator import Shelf
from records.coinvestigation.imports.run import run_waiting

if TYPE_CHECKING:
    from app import Application


class Refused(Exception):
    """What a person was told who may not do that, or did it wrong."""


class Hands(Protocol):
    """How people act. Each act raises Refused with what they are told; `rest` follows every step, once all is worked off."""

    application: Application
    cards: Shelf  # of the counters

    def start(self, act: Start, about: str) -> None: ...
    def bring(self, act: Bring) -> None: ...
    def do(self, act: Do) -> None: ...
    def attach(self, act: Attach, case_id: str) -> None: ...
    def work(self, act: Work) -> None: ...
    def rest(self) -> None: ...


@dataclass
class Played:
    """How it went; `faults` are sentences, none if all went as the scenario says."""

    scenario: Scenario
    steps_done: int = 0
    outcome: Outcome | None = None
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


def play(scenario: Scenario, hands: Hands, clock: ManualClock) -> Played:
    """Plays to the end or to the first step that goes otherwise than it says, then compares."""
    begun, played = time.monotonic(), Played(scenario)
    books.enter(hands.application, scenario.given)
    try:
        for step in scenario.steps:
            _perform(scenario, step, hands, clock)
            if not (isinstance(step, Advance) and step.messages_wait):
                work_off(hands.application)
            hands.rest()
            played.steps_done += 1
    except ScenarioFault as fault:
        played.faults.append(str(fault))
    played.outcome = gather(hands.application, scenario.expected, hands.cards)
    if not played.faults:
        played.faults += [str(ScenarioFault(scenario.file, *row)) for row in compare(scenario.expected, played.outcome)]
    played.seconds = time.monotonic() - begun
    return played


def work_off(application: Application) -> None:
    """Works off everything that is due now: lists, messages, timers, papers."""
    while run_waiting(application.database, application.clock) + application.engine.tick().total:
        pass


def _perform(scenario: Scenario, step: Step, hands: Hands, clock: ManualClock) -> None:
    if isinstance(step, Advance):
        _advance(scenario, step, hands.application, clock)
        return
    if isinstance(step, Work):
        _work(scenario, step, hands)
        return
    try:
        _act(scenario, step, hands)
    except Refused as refused:
        if not step.refused or step.refused not in str(refused):
            wanted = f"应被拒绝并说明“{step.refused}”，实际是" if step.refused else "被拒绝："
            raise ScenarioFault(scenario.file, step.place, f"{_words(step)}{wanted}{refused}") from refused
        return
    if step.refused:
        raise ScenarioFault(scenario.file, step.place, f"{_words(step)}应被拒绝并说明“{step.refused}”，却办成了")


def _act(scenario: Scenario, step: Start | Bring | Do | Attach, hands: Hands) -> None:
    match step:
        case Start():
            hands.start(step, _open_case(scenario, step, hands.application))
        case Bring():
            hands.bring(step)
        case Do():
            hands.do(step)
        case Attach():
            hands.attach(step, _open_case(scenario, step, hands.application))


def _work(scenario: Scenario, step: Work, hands: Hands) -> None:
    """Raises ScenarioFault where nothing waits for the station, or something still does."""
    if not _waiting(hands.application, step.station):
        raise ScenarioFault(scenario.file, step.place, f"没有等待工作站 {step.station} 的作业")
    try:
        hands.work(step)
    except Refused as refused:
        raise ScenarioFault(scenario.file, step.place, f"工作站 {step.station} 没有办成：{refused}") from refused
    if left := _waiting(hands.application, step.station):
        raise ScenarioFault(scenario.file, step.place, f"工作站 {step.station} 没有办成：{'；'.join(f'{topic} {error}' for topic, error in left)}")


def _waiting(application: Application, post: str) -> list[tuple[str, str]]:
    """(topic, why it failed) of the jobs of a post that are not done."""
    wanted = select(Outbox.topic, Outbox.last_error).where(Outbox.external == 1, Outbox.post == post, Outbox.state.in_(("pending", "failed")))
    with application.database.read() as session:
        return [(topic, error or "") for topic, error in session.execute(wanted.order_by(Outbox.id))]


def _words(step: Start | Bring | Do | Attach) -> str:
    match step:
        case Do():
            what = step.task
        case Start():
            what = step.process
        case Attach():
            what = step.name
        case Bring():
            what = step.file.name
    return f"{step.by} 办理 {what} "


def _advance(scenario: Scenario, step: Advance, application: Application, clock: ManualClock) -> None:
    if step.on < clock.today():
        raise ScenarioFault(scenario.file, step.place, f"时间不能倒流：已是 {clock.today()}")
    while clock.today() < step.on:
        clock.advance(timedelta(days=1))
        application.deadlines.tick(application.database)
        if step.chores and clock.today() == step.on:
            begin_totals(application.engine, application.database, clock)
            end_day(application.engine, application.database, clock)
        if not (step.messages_wait and clock.today() == step.on):
            work_off(application)


def _open_case(scenario: Scenario, step: Start | Attach, application: Application) -> str:
    """The youngest open case of the process that `about` names."""
    if not step.about:
        return ""
    wanted = select(Instance.id).where(Instance.process_id == step.about, Instance.status == "active")
    with application.database.read() as session:
        found = session.scalars(wanted.order_by(Instance.id.desc()).limit(1)).first()
    if found is None:
        raise ScenarioFault(scenario.file, step.place, f"没有未办结的 {step.about} 案件")
    return found
