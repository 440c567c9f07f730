"""Two offices are moved at once, in both orders: the second goes by where the first has put them, or by where they were if it died.

That neither comes to lie beneath the other is the levels' doing: `tests/unit/records/offices/test_tree.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from db.session import Database
from records.audit import Who
from records.offices import store, tree
from records.offices.organisation import load_organisation
from tests.factories.offices import TREE
from tests.factories.races import Died, Held, race

WHO = Who("admin", "高博", datetime(2026, 3, 2, 1, tzinfo=UTC))
DESCRIPTION = {
    "offices": [
        *TREE,
        {"code": "yz", "name": "鄞州区局", "level": "district", "parent": "zj"},
        {"code": "yz1", "name": "鄞州一所", "level": "tax_office", "parent": "yz"},
    ],
}
MOVES = {"under": ("yz1", "hs"), "away": ("nb", "js")}  # no row in common, but what the second takes along holds where the first goes to
AFTER = {
    "both": {"nb": "sat/js/nb/", "hs": "sat/js/nb/hs/", "yz1": "sat/js/nb/hs/yz1/"},
    "under": {"nb": "sat/zj/nb/", "hs": "sat/zj/nb/hs/", "yz1": "sat/zj/nb/hs/yz1/"},
    "away": {"nb": "sat/js/nb/", "hs": "sat/js/nb/hs/", "yz1": "sat/zj/yz/yz1/"},
}


@pytest.mark.parametrize("fate", ["commits", "dies"])
@pytest.mark.parametrize("first", MOVES)
def test_an_office_that_moves_beneath_one_that_is_moved_away_goes_along(
    any_database: Database, first: str, fate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with any_database.write() as session:
        load_organisation(session, DESCRIPTION)
        ids = {office.code: office.id for office in store.offices(session)}
    beside, second = Database(any_database.url.render_as_string(hide_password=False)), next(name for name in MOVES if name != first)

    def move(database: Database, name: str) -> Callable[[], object]:
        def act() -> str:
            with database.write() as session:
                tree.move(session, WHO, *(ids[code] for code in MOVES[name]))
            return "moved"

        return act

    held = Held(monkeypatch, any_database, dies=fate == "dies")
    came = race(held, move(any_database, first), move(beside, second))
    beside.dispose()

    assert came == ("moved" if fate == "commits" else Died, "moved")
    with any_database.read() as session:
        found = {office.code: office.scope for office in store.offices(session)}
    assert {code: found[code] for code in AFTER["both"]} == AFTER["both" if fate == "commits" else second]
