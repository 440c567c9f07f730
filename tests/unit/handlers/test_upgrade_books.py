"""The books are asked before a card is written: what they would decline is said, and nothing is booked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from db.session import Database
from engine.registry import Declined
from handlers.upgrade_books import require_bookable
from records.audit import trail_of
from records.upgrade import store
from records.upgrade.volumes import volumes_of
from tests.unit.records.upgrade.test_visits import in_hall, volume
from tests.unit.records.xian import HAN, NOW, furnish


def test_what_the_books_would_decline_is_said_before_a_card_is_written(any_database: Database) -> None:
    with any_database.write() as session:
        visit = in_hall(session, furnish(session))
        ctx: Any = SimpleNamespace(
            session=session, variables={"visit_id": visit.id, "done_by": {task: {"person_id": HAN.person_id, "name": HAN.name} for task in ("check_unused", "check_blanks")}},
            clock=SimpleNamespace(now=lambda: NOW), case=SimpleNamespace(instance_id="case"), element_id="compare_unused",
        )  # fmt: skip
        told = len(trail_of(session, "upgrade_visit", visit.id))

        require_bookable(ctx, store.book_refund, [volume(1, 25)], "check_unused")
        assert (list(volumes_of(session, visit)), len(trail_of(session, "upgrade_visit", visit.id))) == ([], told)

        store.book_refund(session, HAN, visit, [volume(1, 25)], NOW)
        with pytest.raises(Declined, match="已经退回"):
            require_bookable(ctx, store.book_refund, [volume(25, 25)], "check_unused")
        with pytest.raises(Declined, match="不在该企业退回的发票之内"):
            require_bookable(ctx, store.book_buy_back, [volume(1, 26)], "check_blanks")
        assert store.out(session, visit) == [("6100034140", 1, 25)]
