"""The front door of the figures: counting what was finished, and everything that a board shows. Rights are the caller's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from db.timeouts import LONG
from engine.board import counting, finished, listing, ongoing, recounting
from engine.board.finished import Kept, StepTime
from engine.board.listing import CaseLine, Hands, TaskLine
from engine.board.ongoing import Open, Wait
from engine.board.sight import Sight
from engine.kernel import Kernel
from engine.link import Link, hold

T = TypeVar("T")


class Board:
    """Given a kernel; `engine.api.Engine.board`."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    # --- counting ----------------------------------------------------------------------------------------------------------

    def count_new(self) -> int:
        """Counts what was finished since the last time, so many per transaction; how many cases and tasks. Called every few seconds."""
        total = 0
        while self._read(counting.is_any_new):
            with self.kernel.database.write() as session:
                found = counting.count_some(Link(session))
            if not found:  # somebody else is at it
                break
            total += found
        return total

    def deviations(self) -> list[str]:
        """Where the figures differ from what a count from the beginning finds; nothing is changed."""
        with self.kernel.database.read(LONG) as session:
            return recounting.deviations(Link(session))

    def recount(self) -> list[str]:
        """Counts everything from the beginning and writes the figures anew; returns where they had been wrong."""
        with self.kernel.database.write(LONG) as session:
            return recounting.recount(Link(session))

    # --- what is open ------------------------------------------------------------------------------------------------------

    def open_cases(self, sight: Sight) -> dict[tuple[str, str], Open]:
        """Open cases by (office, process)."""
        return self._read(lambda link: ongoing.cases(link, sight, self._today))

    def open_by_month(self, sight: Sight) -> dict[str, Open]:
        """Open cases by the month of the date that counts; under `ongoing.NO_MONTH` those that have none."""
        return self._read(lambda link: ongoing.months(link, sight, self._today))

    def hands(self, sight: Sight) -> dict[str, Open]:
        """Open tasks by who has them in hand; under the empty name those that are yet to be claimed."""
        return self._read(lambda link: ongoing.people(link, sight, self._today))

    def waits(self, sight: Sight) -> list[Wait]:
        """Where cases wait, the fullest step first."""
        return self._read(lambda link: ongoing.waits(link, sight, self._today, self.kernel.clock.now()))

    # --- what was finished -------------------------------------------------------------------------------------------------

    def finished_by(self, sight: Sight, *columns: str) -> dict[tuple[str, ...], Kept]:
        """Finished cases by office (`scope`), process (`process_id`), month."""
        return self._read(lambda link: finished.cases_by(link, sight, *columns))

    def done_by(self, sight: Sight) -> dict[str, Kept]:
        """Finished tasks by who did them."""
        return self._read(lambda link: finished.people(link, sight))

    def steps(self, sight: Sight) -> list[StepTime]:
        """How long the steps of one process took."""
        return self._read(lambda link: finished.steps(link, sight))

    def pending(self, sight: Sight) -> int:
        """How many finished cases are not counted yet."""
        return self._read(lambda link: finished.pending(link, sight))

    # --- what the figures count --------------------------------------------------------------------------------------------

    def list_open(self, sight: Sight, term: str = "", **chosen: Any) -> list[CaseLine]:
        """Open cases, the latest first: `waiting` for a message at an element, of a `month` of their date, `only` these."""
        return self._read(lambda link: listing.open_cases(link, sight, self._today, term=term, **chosen))

    def hands_of(self, ids: Sequence[str]) -> dict[str, list[Hands]]:
        """Of each case, in whose hands its open tasks are."""
        return self._read(lambda link: listing.hands_of(link, ids))

    def held(self, session: Session, sight: Sight, instance_id: str) -> tuple[CaseLine | None, list[Hands]]:
        """An open case and in whose hands it is, inside the caller's transaction; the case is locked, so that both stay so until its end."""
        link = Link(session)
        hold(link, instance_id)
        line = next(iter(listing.open_cases(link, sight, self._today, only=[instance_id])), None)
        return line, listing.hands_of(link, [instance_id])[instance_id]

    def list_finished(self, sight: Sight, kept: str = "", *, limit: int = 25, offset: int = 0) -> list[CaseLine]:
        """Finished cases, the latest first."""
        return self._read(lambda link: listing.finished_cases(link, sight, kept=kept, limit=limit, offset=offset))

    def list_tasks(self, sight: Sight, **chosen: Any) -> list[TaskLine]:
        """Open tasks: of a `person`, of an `element`, of a `term`."""
        return self._read(lambda link: listing.open_tasks(link, sight, self._today, **chosen))

    def list_done(self, sight: Sight, **chosen: Any) -> list[TaskLine]:
        """Finished tasks: of a `person`, of an `element`, `kept` in time or late."""
        return self._read(lambda link: listing.finished_tasks(link, sight, **chosen))

    @property
    def _today(self) -> date:
        return self.kernel.clock.today()

    def _read(self, ask: Callable[[Link], T]) -> T:
        with self.kernel.database.read() as session:
            return ask(Link(session))
