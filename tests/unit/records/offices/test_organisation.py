"""Loading an organisation and asking it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.session import Database
from records.offices import staff, store
from records.offices.errors import OfficeUnknown, OrganisationRefused
from records.offices.levels import ancestors, region_prefixes
from records.offices.model import Person, PostHolding
from records.offices.organisation import load_organisation

TODAY = date(2026, 3, 2)
DESCRIPTION: dict[str, Any] = {
    "offices": [
        {"code": "sat", "name": "国家税务总局", "name_en": "SAT", "level": "sat"},
        {"code": "nb", "name": "宁波市局", "level": "city", "parent": "sat", "regions": ["3302"]},
        {"code": "hs", "name": "海曙区局", "level": "district", "parent": "nb", "regions": ["330203"]},
        {"code": "hs1", "name": "海曙一所", "level": "tax_office", "parent": "hs"},
    ],
    "posts": [{"office": "nb", "roles": ["archivist"]}],
    "people": [
        {
            "login": "chen", "name": "陈敏", "password": "p",
            "posts": [
                {"role": "data_entry", "office": "hs", "from": date(2026, 1, 1), "to": date(2026, 3, 1)},
                {"role": "inspector", "office": "hs", "from": "2026-03-02"},
            ],
        },
    ],
}  # fmt: skip


def load(database: Database, **changed: Any) -> None:
    with database.write() as session:
        load_organisation(session, {**DESCRIPTION, **changed})


def test_the_scope_of_an_office_is_its_path(any_database: Database) -> None:
    load(any_database)

    with any_database.read() as session:
        assert [office.scope for office in store.offices(session)] == ["sat/", "sat/nb/", "sat/nb/hs/", "sat/nb/hs/hs1/"]


def test_loading_again_changes_nothing(any_database: Database) -> None:
    load(any_database)
    with any_database.read() as session:
        before = store.people(session)[0].password_hash

    load(any_database)

    with any_database.read() as session:
        assert store.people(session)[0].password_hash == before
        assert session.scalar(select(func.count()).select_from(PostHolding)) == 2


def test_a_post_counts_from_its_first_day_to_its_last(database: Database) -> None:
    load(database)

    with database.read() as session:
        chen = store.person_by_login(session, "chen")
        assert chen is not None
        roles = {
            day: [post.role for post in store.held_posts(session, chen.id, day)]
            for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 1), date(2026, 3, 2))
        }
    assert list(roles.values()) == [[], ["data_entry"], ["data_entry"], ["inspector"]]


def test_who_left_holds_nothing(database: Database) -> None:
    load(database)
    with database.write() as session:
        person = session.scalars(select(Person)).one()
        person.active = False

    with database.read() as session:
        (post,) = store.posts(session, "inspector", store.offices(session, level="district")[0].id)
        assert store.held_posts(session, person.id, TODAY) == []
        assert store.holders(session, [post.id], TODAY) == []


def test_holders_of_a_post_are_found(database: Database) -> None:
    load(database)

    with database.read() as session:
        hs = store.office_by_code(session, "hs")
        assert hs is not None
        (post,) = store.posts(session, "inspector", hs.id)
        assert [person.name for person in store.holders(session, [post.id], TODAY)] == ["陈敏"]
        assert store.posts(session, "inspector", "nowhere") == []


@pytest.mark.parametrize(
    ("level", "code"), [("tax_office", "hs1"), ("district", "hs"), ("city", "nb"), ("sat", "sat"), ("province", None)]
)
def test_the_nearest_office_of_a_level_is_at_or_above(database: Database, level: str, code: str | None) -> None:
    load(database)

    with database.read() as session:
        start = store.office_by_code(session, "hs1")
        assert start is not None
        found = store.office_at_level(session, start.id, level)
        assert (found.code if found else None) == code


def test_parents_end_at_the_root(database: Database) -> None:
    load(database)

    with database.read() as session:
        nb = store.office_by_code(session, "nb")
        assert nb is not None
        above = store.parent(session, nb.id)
        assert above is not None
        assert above.code == "sat"
        assert store.parent(session, above.id) is None


@pytest.mark.parametrize(("region", "code"), [("330203", "hs"), ("330299", "nb"), ("330000", None), ("310101", None)])
def test_the_narrowest_region_decides_who_is_competent(any_database: Database, region: str, code: str | None) -> None:
    load(any_database)

    with any_database.read() as session:
        known = store.regions(session)
        assert next((known[p].code for p in region_prefixes(region) if p in known), None) == code


def test_an_unknown_office_is_named(database: Database) -> None:
    with database.read() as session, pytest.raises(OfficeUnknown, match="'nowhere'"):
        store.office(session, "nowhere")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"offices": [{"code": "a/b", "name": "x", "level": "city"}]}, "a/b"),
        ({"offices": [{"code": "a", "name": "x", "level": "ministry"}]}, "ministry"),
        ({"offices": [{"code": "a", "name": "x", "level": "city", "parent": "later"}]}, "later"),
        ({"offices": [*DESCRIPTION["offices"], {"code": "x", "name": "x", "level": "city", "parent": "hs"}]}, "beneath"),
        ({"offices": [*DESCRIPTION["offices"], {"code": "x", "name": "x", "level": "city", "regions": ["3302"]}]}, "3302"),
        ({"offices": [{"code": "a", "name": "x", "level": "city", "regions": ["33020"]}]}, "33020"),
        ({"posts": [{"office": "hs", "roles": ["Data Entry"]}]}, "Data Entry"),
        ({"people": [{"login": "z", "name": "z", "password": "p", "posts": [{"role": "a", "office": "hs", "from": "2026-02-01", "to": "2026-01-01"}]}]}, "2026-01-01"),
        ({"people": [{"login": "z", "name": "z", "password": "p", "posts": [{"role": "audit_administrator", "office": "hs"}, {"role": "inspector", "office": "hs"}]}]}, "nothing else"),
    ],
)  # fmt: skip
def test_a_wrong_description_is_refused_as_a_whole(database: Database, changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OrganisationRefused, match=sentence):
        load(database, **changed)

    with database.read() as session:
        assert store.offices(session) == []


def test_ancestors_begin_with_the_office_itself() -> None:
    assert ancestors("sat/nb/hs/") == ["sat/nb/hs/", "sat/nb/", "sat/"]


def test_whoever_holds_several_posts_stands_under_his_own_office(any_database: Database) -> None:
    offices = [*DESCRIPTION["offices"], {"code": "bl", "name": "北仑区局", "level": "district", "parent": "nb"}]
    posts = [{"role": "inspector", "office": "hs"}, {"role": "archivist", "office": "bl"}]
    load(any_database, offices=offices, people=[{"login": "lin", "name": "林静", "password": "p", "posts": posts}])

    with any_database.read() as session:
        (found,) = staff.around(session, store.office(session, office_id(session, "hs")), TODAY)
        (elsewhere,) = staff.holders(session, [post.id for post in store.posts(session, "archivist", office_id(session, "bl"))], TODAY)

    assert (found.office.name, found.roles) == ("海曙区局", ["inspector"])
    assert (elsewhere.office.name, elsewhere.roles) == ("北仑区局", ["archivist"])


def office_id(session: Session, code: str) -> str:
    found = store.office_by_code(session, code)
    assert found is not None
    return found.id
