"""Plays the cases of all demo/cases.yaml from the past up to today, day by day, through the front doors of the engine.

Nothing is written into tables by hand: terms pass, reminders are left and urgings begin as they would in an office. All folders live through the
same days. Each case is driven until the tasks that its row names stand open. Papers are left to the pump, so that the pages are there at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from commands.demo_office import stations
from commands.demo_office.beginning import begun
from commands.demo_office.crew import Crew
from commands.demo_office.story import Book, Story, dated
from commands.scenarios import books
from db.clock import SHANGHAI, ManualClock
from db.ids import new_id
from engine.errors import Refusal
from engine.link import Link

if TYPE_CHECKING:
    from app import Application

OPENING, CLOSING = time(9), time(17)
APART = timedelta(seconds=2)  # about what making a paper takes


def load_cases(application: Application, reopen: Callable[[ManualClock], Application], tell: Callable[[int, int], None]) -> int:
    """Plays every case file; returns the number of cases. `reopen` composes the application on another clock."""
    today, stories = application.clock.today(), list[Story]()
    for file in sorted(application.workflows.glob("*/demo/cases.yaml")):
        book = Book.read(file)
        stories += [Story(book, row, n, _begins(application, today, int(row["days"]))) for n, row in enumerate(book.data["cases"], 1)]
    if stories:
        clock = ManualClock(datetime.combine(min(story.begins for story in stories), OPENING, SHANGHAI))
        then = reopen(clock)
        for book in {id(story.book): story.book for story in stories}.values():
            books.enter(then, book.data.get("given", {}))
        _Player(then, clock, stories).play(application.clock.now(), tell)
        _let_pass(then, application.clock.now())
        then.database.dispose()  # a file with open connections cannot take its place
    return len(stories)


def _begins(application: Application, today: date, days: int) -> date:
    """So many days ago; what begins today, on a day off on the last day of work."""
    found = today - timedelta(days=days)
    while days == 0 and not application.deadlines.calendar.is_working_day(found):
        found -= timedelta(days=1)
    return found


def _let_pass(application: Application, now: datetime) -> None:
    """The papers of the demonstration are due one after the other: one that somebody issues meanwhile, and the notice of it, waits for none of the rest."""
    with application.database.write() as session:
        link = Link(session)
        waiting = link.all("SELECT id FROM outbox WHERE state = 'pending' AND external = 0 AND topic = 'papers.render' ORDER BY due_at, id")
        link.many("UPDATE outbox SET due_at = ? WHERE id = ?", [(link.moment(now + APART * at), row[0]) for at, row in enumerate(waiting)])


class _Player:
    def __init__(self, application: Application, clock: ManualClock, stories: Sequence[Story]) -> None:
        self.application, self.clock, self.stories = application, clock, stories
        self.crew = Crew(application.engine, application.database, clock)
        self.posts = {str(post) for story in stories for post in story.book.data.get("stations", ())}
        self.chance = stories[0].book.chance

    def play(self, now: datetime, tell: Callable[[int, int], None]) -> None:
        """Day after day until now."""
        days = (now.astimezone(SHANGHAI).date() - self.clock.today()).days
        for day in range(days + 1):
            tell(day, days)
            self.crew.new_day()
            self.application.deadlines.tick(self.application.database)
            self._settle()
            if self.application.deadlines.calendar.is_working_day(self.clock.today()):
                self._work(now)
            morning = datetime.combine(self.clock.today() + timedelta(days=1), OPENING, SHANGHAI)
            if morning <= now:
                self.clock.set(morning)

    def _work(self, now: datetime) -> None:
        for story in self.stories:
            if story.begins <= self.clock.today() and not story.family:
                story.family.update(begun(self.application, self.crew, story))
            elif story.family and story.next_on <= self.clock.today():
                self._go_on(story)
            else:
                continue
            self._settle()
            for _more in range(story.rounds - 1):
                if not self._open_tasks(story):
                    break
                self._pass_minutes(now)
                self._go_on(story)
                self._settle()
            story.next_on = story.later(self.clock.today())
            self._pass_minutes(now)

    def _pass_minutes(self, now: datetime) -> None:
        later = self.clock.now() + timedelta(minutes=self.chance.randint(3, 9))
        if later < now and later.astimezone(SHANGHAI).time() < CLOSING:
            self.clock.set(later)

    def _settle(self) -> None:
        while self.application.engine.tick(effects=False).total:
            pass
        stations.work_off(self.application, self.posts)

    # --- going on ----------------------------------------------------------------------------------------------------------

    def _go_on(self, story: Story) -> None:
        self._gather(story)
        self._extra(story)
        ready = self._open_tasks(story)
        for task_id in ready:
            self._do(story, task_id)
        if not ready and story.row.get("taken") and not story.taken:
            self._take(story)

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
        found = self.crew.somebody(task_id)
        if found is None:
            raise story.fault(f"没有人可以办理 {task_id}")
        actor, view = found
        element = view.element.id
        self.application.engine.claim(task_id, actor, new_id())
        try:
            self.application.engine.complete(task_id, story.entries(view, self.clock.today()), actor, new_id())
        except Refusal as refusal:
            raise story.fault(f"{element}：{refusal}") from refusal
        story.done[element] = story.done.get(element, 0) + 1

    def _take(self, story: Story) -> None:
        """Somebody has taken the task at which the row stops, and not done it yet."""
        with self.application.database.read() as session:
            link = Link(session)
            sql = f"SELECT id FROM task WHERE state = 'open' AND assignee_id IS NULL AND instance_id IN ({link.places(story.family)})"
            waiting = [row[0] for row in link.all(f"{sql} ORDER BY id", *story.family)]
        for task_id in waiting:
            if found := self.crew.somebody(task_id):
                self.application.engine.claim(task_id, found[0], new_id())
                story.taken = True

    def _extra(self, story: Story) -> None:
        """Processes that somebody starts about the case some days after it began."""
        extras: Sequence[Any] = story.row.get("also", [])
        while story.extras < len(extras):
            extra, today = extras[story.extras], self.clock.today()
            if today < story.begins + timedelta(days=int(extra["after"])):
                return
            about, form = self._case_of(story, extra["about"]), dated(extra["form"], today)
            actor = self.crew.actor(extra["by"])
            self.application.engine.start(extra["start"], office_id="", actor=actor, key=new_id(), form=form, about=about)
            story.extras += 1

    def _case_of(self, story: Story, process: str) -> str:
        with self.application.database.read() as session:
            link = Link(session)
            row = link.one(
                f"SELECT id FROM instance WHERE process_id = ? AND status = 'active' AND id IN ({link.places(story.family)})",
                process, *story.family,
            )  # fmt: skip
        if row is None:
            raise story.fault(f"没有办理中的 {process}")
        return str(row[0])
