"""What the posts hear of a move: one sentence in each language, with who and why."""

from __future__ import annotations

from typing import Any

import pytest

from db.session import Database
from engine.registry import CaseRef, Moved
from handlers.moved_cases import SENTENCES, MovedCases
from tests.factories.kit import CHIEF

OUTWARD = ("ended", "stopped")
CASE = CaseRef("c1", "", "年度合同用印", "nb", "nb/", "toys", "toy")


class Bell:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.rung: list[tuple[Any, ...]] = []

    def notify(self, _session: object, posts: object, subject_id: str, kind: str, text: str, text_en: str) -> None:
        self.rung.append((posts, subject_id, kind, text, text_en))


@pytest.mark.parametrize("kind", SENTENCES)
@pytest.mark.parametrize("because", ["", "份数写错"])
def test_each_move_is_told_with_who_and_why(kind: str, because: str, database: Database) -> None:
    bell = Bell()

    with database.read() as session:
        MovedCases(bell)(session, Moved(CASE, kind, "科室审核", "Review", ("head@nb",), CHIEF, because))  # type: ignore[arg-type]

    ((posts, case, _kind, zh, en),) = bell.rung
    assert (posts, case) == (["head@nb"], "c1")
    for text, step in ((zh, "科室审核"), (en, "Review")):
        assert all(part in text for part in ("年度合同用印", because))
        assert ("chief" in text) is not (kind in OUTWARD)  # a party hears how its case ended, not which officer ended it
        assert (step in text) is not (kind.startswith("clock_") or kind == "stopped")  # these are of the whole case
        assert "{" not in text
