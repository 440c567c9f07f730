"""What the forms of co-investigation offer to choose from, at which office."""

from __future__ import annotations

from datetime import date

import pytest

from app import Application
from engine.errors import FormInvalid, NoSuchList
from engine.forms import Option
from handlers.choices import offered
from records.offices import store
from records.offices.organisation import load_organisation
from tests.procedures.walking import Walk

DAY = date(2026, 3, 2)


def lists(application: Application, source: str, office: str) -> list[Option]:
    with application.database.read() as session:
        own = store.office_by_code(session, office)
        assert own is not None
        return list(offered(session, source, own, DAY))


def test_authorities_are_cities_and_districts_by_province_and_city_the_own_one_first(application: Application) -> None:
    found = lists(application, "authorities", "hs")

    assert [option.value for option in found[:2]] == ["hs", "nb"]
    assert {"zj", "js", "sat"} & {option.value for option in found} == set()
    suzhou = next(option for option in found if option.value == "szwz")
    assert (suzhou.label, suzhou.group) == ("苏州市吴中区国家税务局", "江苏省国家税务局 · 苏州市国家税务局")
    assert (suzhou.title("en"), suzhou.heading("en")) == ("Wuzhong District", "Jiangsu Province · Suzhou City")


def test_only_offices_beneath_are_passed_down_to(application: Application) -> None:
    assert "szwz" in [option.value for option in lists(application, "offices_beneath", "sz")]
    assert lists(application, "offices_beneath", "szwz") == []


def test_inspectors_are_those_who_hold_the_post_at_the_office_that_day(application: Application) -> None:
    with application.database.write() as session:
        left = {"role": "inspector", "office": "szwz", "to": date(2026, 1, 31)}
        load_organisation(session, {"people": [{"login": "qian.yi", "name": "钱毅", "password": "x" * 12, "posts": [left]}]})

    found, colleague = lists(application, "holders_of_inspector", "szwz")
    with application.database.read() as session:
        person = store.person_by_login(session, "cao.ping")
    assert person is not None
    assert (found.value, found.label, found.label_en) == (person.id, "曹平", person.name_en)
    assert colleague.label == "钱峰"


def test_people_of_one_name_are_told_apart(application: Application) -> None:
    with application.database.write() as session:
        post = {"role": "inspector", "office": "szwz"}
        load_organisation(session, {"people": [{"login": "cao.ping2", "name": "曹平", "password": "x" * 12, "posts": [post]}]})

    found = lists(application, "holders_of_inspector", "szwz")

    assert sorted(option.label for option in found) == ["曹平（cao.ping2）", "曹平（cao.ping）", "钱峰"]
    assert len({option.value for option in found}) == 3


def test_a_list_that_nobody_knows_is_named(application: Application) -> None:
    with pytest.raises(NoSuchList, match="anything"):
        lists(application, "anything", "hs")


def test_every_list_that_a_form_asks_for_is_known(application: Application) -> None:
    asked = {
        source
        for procedure in application.engine.procedures()
        for form in procedure.gate.forms.values()
        for source in form.sources
    }

    full = {"authorities", "offices_beneath", "holders_of_inspector"}
    assert asked >= full
    assert all(lists(application, source, "nb") for source in full)
    for source in asked - full:  # of devices, units and authorisations that this office does not have: known, and empty
        lists(application, source, "nb")


def test_an_office_that_is_not_offered_is_refused_with_a_sentence(walk: Walk) -> None:
    face = {
        "invoice_code": "3202012140", "invoice_number": "00010023", "copy": "deduction", "amount": "58119.66", "tax": "9880.34", "issued_on": "2026-01-15",
        "seller_id": "320506713258801", "buyer_id": "330203144052260",
    }  # fmt: skip
    begin = {"nature": "doubtful", "case_name": "协查", "enterprise_id": "320506713258801", "enterprise_name": "甲", "faces": [face]}

    with pytest.raises(FormInvalid) as refused:
        walk.start("chen.min", "hs", "delegation", **begin, to_office="js")

    assert refused.value.errors == {"to_office": "“受托机关”请从列表中选择"}
