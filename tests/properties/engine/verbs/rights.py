"""Who may what at a case, and by which name it is refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.properties.engine.verbs.diagram import MAY_DO, NOT_BY
from tests.properties.engine.verbs.people import STRANGER, No
from tests.properties.engine.verbs.way import Task, Way


@dataclass
class Rights:
    """One case. `left` is shared by all cases of a house; `urged` are the people who have urged, with who has answered."""

    starter: str
    left: set[str]
    copies: dict[str, str] = field(default_factory=dict)
    urged: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.way = Way(lambda who, step: who not in self.left and not self.barred(who, step))

    # --- rights --------------------------------------------------------------------------------------------------------------

    def barred(self, who: str, step: str) -> bool:
        """Whoever prepared does not approve."""
        return step in NOT_BY and who in self.way.doers(NOT_BY[step])

    def sees(self, who: str) -> bool:
        """Of the stranger: by a seat whose turn has come and which was not taken back, or by a copy."""
        seats = (seat for task in self.way.tasks for seat in task.seats)
        return who != STRANGER or who in self.copies or any(s.person == who and s.state not in {"withdrawn", "waiting"} for s in seats)

    def lists(self, who: str) -> set[str]:
        """The steps whose tasks stand in the list of somebody: his own, and where he is asked."""
        return {step for step, task in self.way.open.items() if task.holder == who or any(s.is_of(who) and s.state == "open" for s in task.seats)}

    def must_be_open(self, task: Task) -> None:
        if task.state != "open":
            raise No("TaskNotOpen")

    def must_be_mine(self, who: str, task: Task) -> None:
        """He holds it, or nobody does and he could take it."""
        self.must_be_open(task)
        may = who in MAY_DO[task.step]
        if task.holder not in {"", who}:
            raise No("TaskAlreadyClaimed" if may else "NotYours")
        if not may:
            raise No("NotYours")

    def must_be_held(self, who: str, task: Task) -> None:
        self.must_be_open(task)
        if task.holder != who:
            raise No("NotYours")

    def must_be_unbarred(self, who: str, step: str) -> None:
        if self.barred(who, step):
            raise No("PreparedByYou")

    def must_not_sign(self, who: str, task: Task) -> None:
        """Two signatures are two people's."""
        if task.seats.are_signed_by(who):
            raise No("NotEligible")

    def must_be_movable(self, task: Task) -> None:
        if task.seats.stand_still():
            raise No("NotPossibleNow")

    def must_be_active(self) -> None:
        if self.way.status != "active":
            raise No("NotActive")
