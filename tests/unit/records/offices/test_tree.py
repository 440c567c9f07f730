"""The tree of offices changes by rules, each with its sentence; and everything that names a path follows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product

import pytest

from db.base import Base
from db.session import Database
from db.types import OfficePath
from records.audit import Who, trail_of
from records.offices import paths, store, tree
from records.offices.errors import ChangeRefused
from records.offices.levels import LEVELS
from records.offices.model import Office
from records.offices.organisation import load_organisation
from tests.factories.offices import TREE
from tests.rooms import load_tables

TODAY = date(2026, 3, 2)
WHO = Who("admin", "高博", datetime(2026, 3, 2, 1, tzinfo=UTC))
DESCRIPTION = {
    "offices": [*TREE],
    "people": [{"login": "chen", "name": "陈敏", "password": "p", "posts": [{"role": "inspector", "office": "hs1"}]}],
}
NOTHING = tree.Work(0, 0)


@pytest.fixture
def offices(any_database: Database) -> Database:
    with any_database.write() as session:
        load_organisation(session, DESCRIPTION)
    return any_database


def id_of(database: Database, code: str) -> str:
    with database.read() as session:
        found = store.office_by_code(session, code)
    assert found is not None
    return found.id


def scopes(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {office.code: office.scope for office in store.offices(session)}


def test_an_office_is_made_beneath_one_of_a_higher_level_only(offices: Database) -> None:
    with offices.write() as session:
        above = session.get_one(Office, id_of(offices, "hs"))
        made = tree.create(session, WHO, "hs2", "海曙二所", "", "tax_office", above)
        assert made.scope == "sat/zj/nb/hs/hs2/"
        for code, level, match in (("hs2", "tax_office", "已由“海曙二所”使用"), ("x y", "tax_office", "机构编码"), ("hs3", "city", "级别应更高"), ("hs3", "moon", "级别应为")):
            with pytest.raises(ChangeRefused, match=match):
                tree.create(session, WHO, code, "某所", "", level, above)
        with pytest.raises(ChangeRefused, match="只能有一个"):
            tree.create(session, WHO, "top", "另一总局", "", "sat", None)
        with pytest.raises(ChangeRefused, match="不能为空"):
            tree.create(session, WHO, "hs3", " ", "", "tax_office", above)


def test_an_office_moves_with_all_beneath_it(offices: Database) -> None:
    with offices.write() as session:
        assert tree.move(session, WHO, id_of(offices, "nb"), id_of(offices, "js")) == ("sat/zj/nb/", "sat/js/nb/")

    assert scopes(offices) == {"sat": "sat/", "zj": "sat/zj/", "js": "sat/js/", "nb": "sat/js/nb/", "hs": "sat/js/nb/hs/", "hs1": "sat/js/nb/hs/hs1/"}
    with offices.read() as session:
        assert store.parent(session, id_of(offices, "nb")).code == "js"  # type: ignore[union-attr]
        (row,) = [entry for entry in trail_of(session, "office", id_of(offices, "nb")) if entry.event == "offices:office:moved"]
        assert row.new["path"] == "sat/js/nb/"


@pytest.mark.parametrize(
    ("code", "above", "match"),
    [("nb", "hs", "不能移到自己的下级"), ("nb", "nb", "不能移到自己的下级"), ("hs1", "hs", "上级已经是"), ("zj", "js", "级别应更高")],
)
def test_a_circle_and_other_wrong_moves_are_refused_and_change_nothing(offices: Database, code: str, above: str, match: str) -> None:
    before = scopes(offices)

    with pytest.raises(ChangeRefused, match=match), offices.write() as session:
        tree.move(session, WHO, id_of(offices, code), id_of(offices, above))

    assert scopes(offices) == before


def test_of_two_offices_at_most_one_may_stand_beneath_the_other() -> None:
    """Each level lies beneath a higher one, so that no moves, in whatever order or at once, make a circle."""

    def may_stand(level: str, above: str) -> bool:
        try:
            tree._refuse_level("甲", level, Office(name="乙", level=above))
        except ChangeRefused:
            return False
        return True

    for one, other in product(LEVELS, LEVELS):
        assert may_stand(one, other) + may_stand(other, one) == (one != other)


def test_an_office_is_closed_when_nothing_is_left_there(offices: Database) -> None:
    def close(code: str, work: tree.Work = NOTHING) -> None:
        with offices.write() as session:
            tree.close(session, WHO, id_of(offices, code), TODAY, lambda _office, _posts: work)

    with pytest.raises(ChangeRefused, match="还有 1 个未撤销的下级机构"):
        close("hs")
    with pytest.raises(ChangeRefused, match="3 件未办结的案件、2 项未办结的任务"):
        close("hs1", tree.Work(3, 2))
    with pytest.raises(ChangeRefused, match="还有 1 人任职（陈敏"):
        close("hs1")
    close("js")
    with pytest.raises(ChangeRefused, match="已经撤销"):
        close("js")
    with pytest.raises(ChangeRefused, match="已经撤销"), offices.write() as session:
        tree.move(session, WHO, id_of(offices, "nb"), id_of(offices, "js"))
    with offices.read() as session:
        assert "js" not in {office.code for office in store.offices(session, only_open=True)}
    with offices.write() as session:
        tree.reopen(session, WHO, id_of(offices, "js"))
    with pytest.raises(ChangeRefused, match="没有撤销"), offices.write() as session:
        tree.reopen(session, WHO, id_of(offices, "js"))


def test_regions_belong_to_one_office(offices: Database) -> None:
    with offices.write() as session:
        tree.set_regions(session, WHO, id_of(offices, "nb"), ["3302"])
        tree.set_regions(session, WHO, id_of(offices, "hs"), ["330203", "330203"])
        with pytest.raises(ChangeRefused, match="已由“宁波市局”管辖"):
            tree.set_regions(session, WHO, id_of(offices, "hs"), ["3302"])
        with pytest.raises(ChangeRefused, match="2、4 或 6 位"):
            tree.set_regions(session, WHO, id_of(offices, "hs"), ["330"])
        tree.set_regions(session, WHO, id_of(offices, "nb"), [])
        assert {region: office.code for region, office in store.regions(session).items()} == {"330203": "hs"}


def test_every_column_that_holds_a_path_follows_a_move() -> None:
    """A table with a column named `scope` that is no OfficePath would be left behind; the engine's have their own way (`engine/offices.py`)."""
    load_tables()
    named = {(t.name, c.name) for t in Base.metadata.sorted_tables for c in t.columns if c.name == "scope" or c.name.endswith("_scope")}

    followed = {(column.table.name, column.name) for column in paths.columns()}
    assert named - followed == {(table, "scope") for table in ("instance", "task", "task_office", "case_tally", "step_tally", "person_tally")}
    assert all(isinstance(column.type, OfficePath) for column in paths.columns())
