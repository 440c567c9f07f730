"""What pages read of the engine, limited to what the reader may see. Refused and not-there look the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from sqlalchemy.orm import Session

from db.clock import SHANGHAI
from engine import dossiers, offers, outside, worklist
from engine.at_hand import at_hand
from engine.case import unsealed
from engine.choices import filled
from engine.codec import decode
from engine.dmn import decide
from engine.dossiers import summarise
from engine.errors import NotFound, TaskNotOpen
from engine.feel import EvalContext
from engine.forms import Form
from engine.kernel import Kernel
from engine.link import Link
from engine.parties import rows
from engine.parties.looking import Unlocked
from engine.parties.reading import seating
from engine.people import Actor
from engine.procedures import Procedure
from engine.rights import acting, holds_post, is_forsaken, is_listed, may_do, prepared_by, reach, require_sight, sees
from engine.scopes import Store, View
from engine.tokens import Machine, ProcessModel
from engine.views import CaseHeader, CaseView, Diagram, HistoryRow, IncidentRow, StartView, TaskView
from engine.vitals import Vitals, vitals
from engine.worklist import WorklistPage, WorklistQuery

__all__ = ["CaseHeader", "CaseView", "Diagram", "HistoryRow", "IncidentRow", "Reads", "StartView", "TaskView", "WorklistQuery", "summarise"]


class Reads:
    """The reading half of the front door. Each call sees one consistent state of the database."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    def vitals(self) -> Vitals:
        """What waits and what has failed, over all cases; for operators, who see no case by it."""
        with self.kernel.database.read() as session:
            return vitals(Link(session), self.kernel.clock.now())

    # --- worklist and tasks ------------------------------------------------------------------------------------------------

    def worklist(self, actor: Actor, query: WorklistQuery) -> WorklistPage:
        """One page of tasks with the counts beside it."""
        with self.kernel.database.read() as session:
            return worklist.page(Link(session), actor, query)

    def at_hand(self, cases: Collection[str], actor: Actor, *, asked: bool = True, within: Session | None = None) -> dict[str, list[str]]:
        """Of each of these cases, the open tasks that are the person's to do, in hand before those to be claimed, and (`asked`) those beside which
        he is asked; no case where there is none. `within`: as a transaction that goes on sees it.
        """
        if within is not None:
            return at_hand(Link(within), actor, cases, asked=asked)
        with self.kernel.database.read() as session:
            return at_hand(Link(session), actor, cases, asked=asked)

    def task(self, task_id: str, actor: Actor) -> TaskView:
        """An open task with its form; raises NotFound for whoever may not see the case, TaskNotOpen when it is over."""
        with self.kernel.database.read() as session:
            link = Link(session)
            row = worklist.one(link, task_id)
            if row is None or not sees(link, row.instance_id, actor) or task_id not in outside.own_tasks(self.kernel, session, link, [task_id], actor):
                raise NotFound(task=task_id)
            if row.state != "open":
                raise TaskNotOpen(task=task_id, instance=row.instance_id)
            procedure, machine = self.machine(link, row.instance_id)
            token = machine.tokens[row.token]
            element = machine.element(token)
            values = View(Store.load(link, row.instance_id), machine.scopes, machine.scopes[token.scope]).flat()
            form, office = procedure.form_to_fill(element), dossiers.header(self.kernel, link, row.instance_id).office_id
            form = filled(self.kernel, session, form, office, known=values) if form else None
            draft = link.one("SELECT draft FROM task WHERE id = ?", task_id)
            mine = row.assignee_id == actor.person_id
            held, lent = holds_post(link, task_id, actor)
            as_done = acting(actor, row.process_id, row.assignee_id, held=held, lent=lent)
            held = held or lent
            may = may_do(row.assignee_id, actor, held=held, listed=is_listed(link, task_id))
            why = prepared_by(link, row.instance_id, element, as_done) if may else ""
            holder = row.assignee_id  # who may have lost the post meanwhile
            is_absent = as_done.acts_for is not None and holder == as_done.acts_for.person_id
            free = not holder or is_absent or is_forsaken(self.kernel, session, link, task_id, holder, row.claimed_at, row.process_id)
            look = Unlocked(task_id, actor)
            look.recall(link, "")
            seats = seating(self.kernel, session, link, look.task(), actor, attended=row.attended, is_holder=mine and may)
            signs = rows.signs(seats.parties, as_done.person_id)
            his = may and (mine or row.assignee_id is None) and not why
            return TaskView(
                row, element, form, values, orjson.loads(draft[0]) if draft and draft[0] else None,
                may_claim=held and free and not mine and not why and not signs,
                may_complete=his and not signs and not seats.waits, may_return=his and not seats.stands_still, refused_because=why,
                has_lost_post=mine and not may, seats=seats, acts_for=as_done.acts_for.name if as_done.acts_for else "",
            )  # fmt: skip

    def machine(self, link: Link, instance_id: str) -> tuple[Procedure, Machine]:
        """The tokens of a case as they were stored last, to be looked at: nothing listens to them, and no right is asked."""
        row = link.one("SELECT definition_id, state, version, mac FROM instance WHERE id = ?", instance_id)
        assert row is not None
        procedure = self.kernel.definitions.get(link, row[0])
        state = unsealed(self.kernel, instance_id, row[2], row[1], row[3])
        return procedure, Machine.load(decode(state), _blind(procedure))

    # --- cases -------------------------------------------------------------------------------------------------------------

    def header(self, instance_id: str, actor: Actor) -> CaseHeader:
        """The head of a case."""
        with self.kernel.database.read() as session:
            link = Link(session)
            require_sight(link, instance_id, actor)
            return dossiers.header(self.kernel, link, instance_id)

    def headers(self, cases: Collection[str], actor: Actor) -> dict[str, CaseHeader]:
        """The heads of those of these cases that the reader sees; who takes part is asked only where the office does not settle it."""
        with self.kernel.database.read() as session:
            link = Link(session)
            found = dossiers.headers(self.kernel, link, cases)
            others = {one.instance_id for one in found if not actor.sees(one.scope, one.process_id)}
            hidden = others.difference(outside.seen(link, others, actor))
            return {one.instance_id: one for one in found if one.instance_id not in hidden}

    def case(self, instance_id: str, actor: Actor) -> CaseView:
        """Everything that a case page shows."""
        with self.kernel.database.read() as session:
            link = Link(session)
            require_sight(link, instance_id, actor)
            return outside.shown(self.kernel, session, link, dossiers.view(self.kernel, link, instance_id), actor)

    def standings(self, cases: Collection[str], actor: Actor) -> dict[str, list[outside.Standing]]:
        """Where those of these cases stand that the reader sees, as a party may know it; none that has no open task."""
        with self.kernel.database.read() as session:
            link = Link(session)
            return outside.standings(link, outside.seen(link, cases, actor), actor)

    def outcomes(self, cases: Collection[str], actor: Actor) -> dict[str, outside.Outcome]:
        """To which end those of these cases came that the reader sees and that are completed."""
        with self.kernel.database.read() as session:
            link = Link(session)
            return outside.outcomes(self.kernel, link, outside.seen(link, cases, actor))

    def history(self, instance_id: str, actor: Actor, before: int) -> tuple[list[HistoryRow], bool]:
        """What happened before a row of the history, oldest first, and whether there is more before that."""
        with self.kernel.database.read() as session:
            link = Link(session)
            outside.require_inside(link, instance_id, actor)
            return dossiers.history(link, instance_id, before)

    def completed(self, instance_id: str, task_id: str, actor: Actor) -> HistoryRow | None:
        """The row that says who completed a task; None where nobody did."""
        with self.kernel.database.read() as session:
            link = Link(session)
            outside.require_inside(link, instance_id, actor)
            return dossiers.completed(link, instance_id, task_id)

    def family(self, instance_id: str, actor: Actor) -> tuple[CaseHeader | None, list[CaseHeader], bool]:
        """The case from which this one came, those that came out of it, as far as the reader sees them, and whether there are more."""
        with self.kernel.database.read() as session:
            link = Link(session)
            require_sight(link, instance_id, actor)
            above = dossiers.header(self.kernel, link, instance_id).parent_id
            parent = dossiers.header(self.kernel, link, above) if above and sees(link, above, actor) else None
            found, has_more = dossiers.children(self.kernel, link, instance_id)
            return parent, [child for child in found if sees(link, child.instance_id, actor)], has_more

    def attachment(self, attachment_id: str, actor: Actor) -> tuple[str, str, bytes]:
        """(file name, media type, bytes) of an attachment of a case that the reader sees."""
        with self.kernel.database.read() as session:
            instance_id, person_id, filename, media_type, content = dossiers.attachment(session, Link(session), attachment_id)
            if not sees(Link(session), instance_id, actor) or not outside.owner_is(self.kernel, session, person_id, actor):
                raise NotFound(attachment=attachment_id)
            return filename, media_type, content

    def cases(
        self, actor: Actor, *, text: str = "", status: str = "", procedure: str = "", process_id: str = "", offset: int = 0, limit: int = 25
    ) -> tuple[list[CaseHeader], bool]:  # fmt: skip
        """Cases of the reader's offices (of somebody outside: those that name him), newest first, and whether there are more."""
        with self.kernel.database.read() as session:
            wanted = {"status": status, "procedure": procedure, "process_id": process_id}
            return dossiers.listed(self.kernel, Link(session), actor, text, wanted, offset, limit)

    def diagram(self, instance_id: str, actor: Actor) -> Diagram:
        """The process of a case with the way that it went."""
        with self.kernel.database.read() as session:
            link = Link(session)
            outside.require_inside(link, instance_id, actor)
            head = dossiers.header(self.kernel, link, instance_id)
            procedure, machine = self.machine(link, instance_id)
            done, flows = dossiers.way(link, instance_id)
            current = [live.element for live in machine.live() if not live.role] if head.status == "active" else []
            faults = [incident.element for incident in dossiers.incidents_of(link, instance_id) if incident.element]
            return Diagram(procedure.gate.xml[head.process_id].decode(), head.process_id, done, flows, current, faults)

    # --- procedures --------------------------------------------------------------------------------------------------------

    def filled(self, form: Form, office_id: str, on: date | None = None, *, known: Mapping[str, Any] | None = None) -> Form:
        """A form with the choices that are offered at an office, today or on the day on which it was filled in, and that stand in the case (`known`)."""
        with self.kernel.database.read() as session:
            return filled(self.kernel, session, form, office_id, on, known=known)

    def foretell(self, process_id: str, decision_id: str, cases: Sequence[Mapping[str, Any]]) -> list[Any]:
        """What a decision will say of cases that are not begun yet, by the version that would begin them; None each where there is no such table.

        Raises DmnError or FeelError, as the case would.
        """
        with self.kernel.database.read() as session:
            procedure = self.kernel.definitions.beginning(Link(session), process_id)
        file = procedure.gate.decisions.get(decision_id) if procedure else None
        context = EvalContext(now=self.kernel.clock.now().astimezone(SHANGHAI))
        return [decide(file, decision_id, case, context=context) if file else None for case in cases]

    def procedures(self) -> list[Procedure]:
        """The newest version of each procedure."""
        with self.kernel.database.read() as session:
            return list(self.kernel.definitions.newest(Link(session)).values())

    def process(self, process_id: str) -> ProcessModel:
        """The newest model of a process; raises NoSuchProcess."""
        with self.kernel.database.read() as session:
            return self.kernel.definitions.of_process(Link(session), process_id).models[process_id]

    def startable(self, actor: Actor) -> list[StartView]:
        """Processes with a none start event that the person may start at some office; not those that are offered on a case."""
        with self.kernel.database.read() as session:
            return [
                view
                for procedure in self.kernel.definitions.newest(Link(session)).values()
                for model in procedure.models.values()
                if not offers.hosts(model)
                and (offices := reach(self.kernel, session, actor, model.starters, model.process_id))
                and (view := _start_view(procedure, model, offices))
            ]

    def of_use(self, actor: Actor) -> list[StartView]:
        """Those of the startable processes that are of use to a party as its facts are now; what is not is refused with its reason when tried."""
        views = self.startable(actor)
        with self.kernel.database.read() as session:
            offering = outside.Offering(self.kernel, session, Link(session), actor)
            return [view for view in views if offering.covers(view.model)]

    def offered(self, instance_id: str, actor: Actor) -> list[StartView]:
        """Processes that the person may start about this case; none once it is over. Raises NotFound for whoever does not see it."""
        with self.kernel.database.read() as session:
            link = Link(session)
            require_sight(link, instance_id, actor)
            head = dossiers.header(self.kernel, link, instance_id)
            if head.status != "active":
                return []
            newest, office = list(self.kernel.definitions.newest(link).values()), head.office_id
            found = offers.offered(self.kernel, session, newest, head.process_id, office, actor)
        return [view for procedure, model in found if (view := _start_view(procedure, model, (office,)))]


def _start_view(procedure: Procedure, model: ProcessModel, office_ids: tuple[str, ...]) -> StartView | None:
    starts = [e for e in model.children.get("", ()) if e.kind == "startEvent" and e.trigger.kind == "none"]
    return StartView(procedure, model, procedure.form(starts[0]), starts[0], office_ids) if starts else None


class _Blind:
    """Hooks for a machine that is only looked at."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure

    def model(self, process_id: str) -> ProcessModel:
        return self.procedure.models[process_id]


def _blind(procedure: Procedure) -> Any:
    return _Blind(procedure)
