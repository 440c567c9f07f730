"""For which parties somebody can sign in: asked of all at once, and no person is read for it."""

from __future__ import annotations

from sqlalchemy import event

from db.ids import new_id
from db.session import Database
from records.offices import parties
from records.offices.model import Person
from tests.unit.records.xian import QINLING, TIAN, UNIT, furnish


def test_accounts_of_many_parties_are_one_question(any_database: Database) -> None:
    with any_database.write() as session:
        xian = furnish(session)
        firm, gone = (parties.register(session, TIAN, "enterprise", number, f"企业{number}", "", xian.offices["yt1"]) for number in (QINLING, "610113220000109"))
        for login, party, active in (("a", firm, True), ("b", firm, True), ("c", gone, False)):
            session.add(Person(id=new_id(), login=login, name=login, name_en=login, password_hash="-", active=active, party_id=party.id))
        session.flush()
        asked = list[str]()
        event.listen(any_database.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(statement))

        found = parties.with_accounts(session, [firm.key, gone.key, f"service_unit:{UNIT.number}", "enterprise:NONE", new_id()])

    assert found == {firm.key}
    assert len(asked) == 1
    assert "person.login" not in asked[0]
    assert "ORDER BY" not in asked[0]


def test_posts_of_offices_are_no_parties(database: Database) -> None:
    with database.read() as session:
        assert parties.with_accounts(session, [new_id()]) == set()
