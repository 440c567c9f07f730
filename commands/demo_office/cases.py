"""Plays the cases of demo/cases.yaml from the past up to today, day by day, through the front doors of the engine.

Nothing is written into tables by hand: terms pass, reminders are left and urgings begin as they would in an office. Each case is
driven until the tasks that its row names stand open. Papers are left to the pump, so that the pages are there at once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

from commands.demo_office import stations
from commands.demo_office.invoices import faces, taxpayer_number
from commands.demo_office.lists import bring_list
from commands.scenarios.choosing import chosen
from commands.scenarios.files import blank_pdf
from db.clock import SHANGHAI, ManualClock
from db.ids import new_id
from engine.errors import FormInvalid
from engine.link import Link
from engine.people import Actor
from engine.views import TaskView
from records.offices import store as offices
from web.staff import staff_of

if TYPE_CHECKING:
    from app import Application

OPENING, CLOSING = time(9), time(17)
_DATE = "@"  # a value "@+30" is the day thirty days later


@dataclass
class Story:
    """One row of the file, and how far it has come."""

    row: Mapping[str, Any]
    number: int
    begins: date
    family: set[str] = field(default_factory=set)
    done: dict[str, int] = field(default_factory=dict)
    next_on: date = date.min
    extras: int = 0
    taken: bool = False

    def stops_at(self, element: str) -> bool:
        """Whether the row wants this task left open: `task`, or `task#2` where it comes for the second time."""
        until = self.row.get("until", [])
        for stop in [until] if isinstance(until, str) else until:
            name, _, time_ = stop.partition("#")
            if name == element and self.done.get(element, 0) >= int(time_ or 1) - 1:
                return True
        return False


def load_cases(application: Application, reopen: Callable[[ManualClock], Application], tell: Callable[[int, int], None]) -> int:
    """Plays every case file; returns the number of cases. `reopen` composes the application on another clock."""
    count = 0
    for file in sorted(application.workflows.glob("*/demo/cases.yaml")):
        data = yaml.safe_load(file.read_text("utf-8"))
        today = application.clock.today()
        begins = [today - timedelta(days=int(row["days"])) for row in data["cases"]]
        clock = ManualClock(datetime.combine(min(begins), OPENING, SHANGHAI))
        then = reopen(clock)
        stories = [Story(row, n, begin) for n, (row, begin) in enumerate(zip(data["cases"], begins, strict=True), 1)]
        _Player(then, clock, data).play(stories, application.clock.now(), tell)
        then.database.dispose()  # a file with open connections cannot take its place
        count += len(stories)
    return count


class _Player:
    def __init__(self, application: Application, clock: ManualClock, data: Mapping[str, Any]) -> None:
        self.application, self.clock, self.data = application, clock, data
        self.chance = random.Random(str(data["seed"]))  # noqa: S311 -- the same office at every run
        self.actors: dict[str, Actor] = {}

    def play(self, stories: Sequence[Story], now: datetime, tell: Callable[[int, int], None]) -> None:
        """Day after day until now."""
        days = (now.astimezone(SHANGHAI).date() - self.clock.today()).days
        for day in range(days + 1):
            tell(day, days)
            self.actors.clear()  # posts are held from day to day
            self.application.deadlines.tick(self.application.database)
            self._settle()
            if self.application.deadlines.calendar.is_working_day(self.clock.today()):
                self._work(stories, now)
            morning = datetime.combine(self.clock.today() + timedelta(days=1), OPENING, SHANGHAI)
            if morning <= now:
                self.clock.set(morning)

    def _work(self, stories: Sequence[Story], now: datetime) -> None:
        for story in stories:
            if story.begins <= self.clock.today() and not story.family:
                self._begin(story)
            elif story.family and story.next_on <= self.clock.today():
                self._go_on(story)
            self._pass_minutes(now)

    def _pass_minutes(self, now: datetime) -> None:
        later = self.clock.now() + timedelta(minutes=self.chance.randint(3, 9))
        if later < now and later.astimezone(SHANGHAI).time() < CLOSING:
            self.clock.set(later)

    def _settle(self) -> None:
        while self.application.engine.tick(effects=False).total:
            pass
        stations.work_off(self.application)

    # --- beginning ---------------------------------------------------------------------------------------------------------

    def _begin(self, story: Story) -> None:
        row = story.row
        seller = taxpayer_number(str(row["seller_region"]), int(self.data["serial"]) + story.number * 7919)
        buyer = taxpayer_number(str(row["buyer_region"]), int(self.data["serial"]) + story.number * 104729)
        made = faces(seller, buyer, int(row["invoices"]), Decimal(str(row["amount"])), self.clock.today(), story.number)
        if "source" in row:
            story.family.update(bring_list(self.application, self._actor(row["by"]), row, made, row.get("parties", {})))
        else:
            given = {
                "nature": row["nature"], "case_name": f"{row['enterprise']}专用发票协查", "to_office": row["to"], "enterprise_id": seller,
                "enterprise_name": row["enterprise"], "faces": made,
            }  # fmt: skip
            office = self._office(row["from"])
            ref = self.application.engine.start(
                "delegation", office_id=office, actor=self._actor(row["by"]), key=new_id(), form=given
            )
            story.family.add(ref.instance_id)
            if "proof" in row:
                self._prove(row, ref.instance_id)
        self._settle()
        story.next_on = self._later(story)

    def _prove(self, row: Mapping[str, Any], instance_id: str) -> None:
        """The written proof without which a notice of confirmed false invoices is not submitted (annex 2, art. 7)."""
        name = str(row["proof"])
        self.application.engine.attach(instance_id, name, blank_pdf(name), "application/pdf", self._actor(row["by"]), new_id())

    # --- going on ----------------------------------------------------------------------------------------------------------

    def _go_on(self, story: Story) -> None:
        self._gather(story)
        self._extra(story)
        ready = self._open_tasks(story)
        for task_id in ready:
            self._do(story, task_id)
        if not ready and story.row.get("taken") and not story.taken:
            self._take(story)
        self._settle()
        story.next_on = self._later(story)

    def _later(self, story: Story) -> date:
        return self.clock.today() + timedelta(days=self.chance.randint(1, int(story.row.get("pace", 3))))

    def _gather(self, story: Story) -> None:
        with self.application.database.read() as session:
            link, known = Link(session), -1
            while known != len(story.family):
                known = len(story.family)
                marks = link.places(story.family)
                story.family.update(r[0] for r in link.all(f"SELECT id FROM instance WHERE parent_id IN ({marks})", *story.family))

    def _open_tasks(self, story: Story) -> list[str]:
        with self.application.database.read() as session:
            link = Link(session)
            rows = link.all(
                f"SELECT id, element FROM task WHERE state = 'open' AND instance_id IN ({link.places(story.family)}) ORDER BY id",
                *story.family,
            )
        return [id_ for id_, element in rows if not story.stops_at(element)]

    def _do(self, story: Story, task_id: str) -> None:
        found = self._someone(task_id)
        if found is None:
            raise LookupError(f"demo/cases.yaml，第 {story.number} 件：没有人可以办理 {task_id}")
        actor, view = found
        element = view.element.id
        self.application.engine.claim(task_id, actor, new_id())
        try:
            self.application.engine.complete(task_id, self._entries(story, view), actor, new_id())
        except FormInvalid as refusal:
            raise LookupError(f"demo/cases.yaml，第 {story.number} 件，{element}：{refusal}") from refusal
        story.done[element] = story.done.get(element, 0) + 1

    def _take(self, story: Story) -> None:
        """Somebody has taken the task at which the row stops, and not done it yet."""
        with self.application.database.read() as session:
            link = Link(session)
            sql = f"SELECT id FROM task WHERE state = 'open' AND assignee_id IS NULL AND instance_id IN ({link.places(story.family)})"
            waiting = [row[0] for row in link.all(f"{sql} ORDER BY id", *story.family)]
        for task_id in waiting:
            if found := self._someone(task_id):
                self.application.engine.claim(task_id, found[0], new_id())
                story.taken = True

    def _someone(self, task_id: str) -> tuple[Actor, TaskView] | None:
        """Somebody who may do the task, with the task as he sees it."""
        with self.application.database.read() as session:
            posts = [r[0] for r in Link(session).all("SELECT post_id FROM task_candidate WHERE task_id = ?", task_id)]
            logins = [person.login for person in offices.holders(session, posts, self.clock.today())]
        for login in logins:
            view = self.application.engine.task(task_id, self._actor(login))
            if view.may_complete:  # free, or given to this very person
                return self._actor(login), view
        return None

    def _entries(self, story: Story, view: TaskView) -> dict[str, Any]:
        """What is entered: the usual words for the task, with those of the row; a list of rows counts the times."""
        own = story.row.get("enter", {}).get(view.element.id, {})
        if isinstance(own, list):
            own = own[min(story.done.get(view.element.id, 0), len(own) - 1)]
        usual = self.data["entries"].get(view.element.id, {})
        return chosen(view.form, {key: self._dated(value) for key, value in {**usual, **own}.items()})

    def _dated(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith(_DATE):
            return (self.clock.today() + timedelta(days=int(value.removeprefix(_DATE)))).isoformat()
        return value

    def _extra(self, story: Story) -> None:
        """Processes that somebody starts about the case some days after it began."""
        extras = story.row.get("also", [])
        while story.extras < len(extras):
            extra = extras[story.extras]
            if self.clock.today() < story.begins + timedelta(days=int(extra["after"])):
                return
            about = self._case_of(story, extra["about"])
            form = {key: self._dated(value) for key, value in extra["form"].items()}
            self.application.engine.start(
                extra["start"], office_id="", actor=self._actor(extra["by"]), key=new_id(), form=form, about=about
            )
            story.extras += 1

    def _case_of(self, story: Story, process: str) -> str:
        with self.application.database.read() as session:
            link = Link(session)
            row = link.one(
                f"SELECT id FROM instance WHERE process_id = ? AND status = 'active' AND id IN ({link.places(story.family)})",
                process, *story.family,
            )  # fmt: skip
        if row is None:
            raise LookupError(f"demo/cases.yaml，第 {story.number} 件：没有办理中的 {process}")
        return str(row[0])

    # --- people ------------------------------------------------------------------------------------------------------------

    def _actor(self, login: str) -> Actor:
        if login not in self.actors:
            with self.application.database.read() as session:
                person = offices.person_by_login(session, login)
                staff = staff_of(session, person.id, self.clock.today()) if person else None
            if staff is None:
                raise LookupError(f"demo/cases.yaml：没有人员 {login}")
            self.actors[login] = staff.actor
        return self.actors[login]

    def _office(self, code: str) -> str:
        with self.application.database.read() as session:
            found = offices.office_by_code(session, code)
        if found is None:
            raise LookupError(f"demo/cases.yaml：没有机关 {code}")
        return found.id
