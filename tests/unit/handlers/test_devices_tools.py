"""What the handlers of all device procedures ask first: whose case it is, which offices stand above it, which service unit works for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from db.clock import ManualClock
from db.ids import new_id
from db.session import Database
from engine.people import Actor
from engine.registry import Declined
from handlers import devices_tools as tools
from records.devices import holders, store
from records.devices.errors import DevicesError
from records.offices import parties
from records.offices.model import Party, Post
from records.taxpayers import store as taxpayers
from tests.unit.records.xian import DAYAN, HAN, HANCHENG, NOW, QINLING, TIAN, TODAY, UNIT, Xian, furnish, stocked

NEW = "610113220000109"


def step(session: Session, xian: Xian, *, office: str = "yt1", party: str = "", **variables: Any) -> Any:
    """A step of a case at an office, of a clerk or of a party."""
    found = xian.offices[office]
    actor = Actor("han", "韩雪", frozenset(), (found.scope,), office_id=found.id, party=party)
    case = SimpleNamespace(instance_id="case", office_id=found.id, scope=found.scope)
    return SimpleNamespace(session=session, clock=ManualClock(NOW), actor=actor, case=case, element_id="note", variables=variables, about={"marks": {"yt1": "雁国税一"}, "mark_word": "控"})


def test_the_heads_of_a_case_name_enterprise_offices_and_service_unit(any_database: Database) -> None:
    with any_database.write() as session:
        found = tools.heads(step(session, furnish(session), taxpayer_number=f" {QINLING} "))

    assert found == {
        "taxpayer_number": QINLING, "enterprise_name": "西安秦岭机械制造有限公司", "office_code": "yt1", "office_name": "雁塔区国税局第一税务所",
        "district_code": "yt", "district_name": "西安市雁塔区国家税务局", "city_code": "xa", "city_name": "西安市国家税务局",
        "province_code": "sn", "province_name": "陕西省国家税务局", "service_unit": "XAHX", "service_unit_name": UNIT.name,
    }  # fmt: skip


def test_an_enterprise_acts_for_itself_alone(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        assert tools.number_of(step(session, xian, party=f"enterprise:{QINLING}")) == QINLING
        with pytest.raises(Declined, match="企业只能为自己办理"):
            tools.number_of(step(session, xian, party=f"enterprise:{QINLING}", taxpayer_number=DAYAN))
        with pytest.raises(Declined, match="请填写纳税人识别号"):
            tools.number_of(step(session, xian))


def test_an_enterprise_is_handled_at_its_own_office_or_above(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        assert tools.enterprise(step(session, xian, office="xa", taxpayer_number=HANCHENG)).name == "西安汉城电器有限公司"
        with pytest.raises(Declined, match="主管税务机关是莲湖区国税局第一税务所，应在那里办理"):
            tools.enterprise(step(session, xian, taxpayer_number=HANCHENG))


def test_an_enterprise_that_nobody_knows_is_registered_on_first_contact(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        with pytest.raises(Declined, match="没有税号为 610113220000109 的纳税人"):
            tools.enterprise(step(session, xian, taxpayer_number=NEW))
        with pytest.raises(Declined, match="校验位不对"):
            tools.enterprise(step(session, xian, taxpayer_number="610113220000100", enterprise_name="新企业"))
        made = tools.enterprise(step(session, xian, taxpayer_number=NEW, enterprise_name="新企业"))
        assert (made.name, made.office_id) == ("新企业", xian.offices["yt1"].id)
        parties.register(session, TIAN, "enterprise", "610113220000117", "有账户的企业", "", xian.offices["yt1"])
        assert tools.enterprise(step(session, xian, taxpayer_number="610113220000117")).name == "有账户的企业"
        taxpayers.register(session, HAN, "610113220000125", "无主管机关的企业", today=TODAY)
        assert tools.enterprise(step(session, xian, taxpayer_number="610113220000125")).office_id == xian.offices["yt1"].id


def test_where_a_city_has_several_service_units_one_is_chosen(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        with pytest.raises(Declined, match="本市没有编号为“NONE”的技术服务单位"):
            tools.service_unit_of(step(session, xian, service_unit="none"))
        session.add(Party(id=new_id(), kind="service_unit", number="XABX", name="西安百旺", name_en="Baiwang", office_id=xian.offices["sn"].id))
        session.add(Party(id=new_id(), kind="service_unit", number="LHHX", name="莲湖", name_en="Lianhu", office_id=xian.offices["lh"].id))
        session.flush()
        with pytest.raises(Declined, match="本市有：XABX（西安百旺）、XAHX"):
            tools.service_unit_of(step(session, xian))
        assert tools.service_unit_of(step(session, xian, service_unit="xabx")).name == "西安百旺"
        assert [one.number for one in tools.service_units(session, None)] == ["LHHX", "XABX", "XAHX"]
        asked = list[str]()
        event.listen(database.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(statement))
        assert [one.number for one in tools.service_units(session, xian.offices["xa"])] == ["XABX", "XAHX"]
        assert len(asked) == 1  # however many units there are


def test_numbers_run_by_the_mark_of_the_office(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        ctx: Any = step(session, xian)
        numbers = [tools.number(ctx, ctx), tools.number(ctx, ctx), tools.number(ctx, ctx, "损"), tools.number_at(ctx, xian.offices["xa"])]

    assert numbers == ["雁国税一控〔2026〕1号", "雁国税一控〔2026〕2号", "雁国税一控损〔2026〕1号", "西安市国家税务局控〔2026〕1号"]


def test_posts_of_stations_and_of_owners_stand_at_the_level_asked_for(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        post = Post(id=new_id(), role="golden_tax_office", office_id=xian.offices["xa"].id)
        session.add(post)
        session.flush()
        ctx = step(session, xian)

        assert tools.post_of("card_issuance", "yt") == "card_issuance@yt"
        assert tools.posts(ctx, "golden_tax_office", "city") == [post.id]
        assert tools.posts(ctx, "golden_tax_office") == []
        assert tools.posts(ctx, "golden_tax_office", "sat") == []
        assert (tools.district_of(ctx).code, tools.district_of(step(session, xian, office="xa")).code) == ("yt", "xa")


def test_the_competent_office_of_a_case_is_that_of_its_enterprise(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        offices = [tools.tax_office_of(step(session, xian, office="xa", **more)).code for more in ({"taxpayer_number": QINLING}, {"taxpayer_number": NEW}, {})]

    assert offices == ["yt1", "xa", "xa"]


def test_what_the_books_refuse_reaches_the_person_in_both_languages(database: Database) -> None:
    with database.write() as session:
        xian = furnish(session)
        ctx = step(session, xian, taxpayer_number=QINLING, enterprise_name="秦岭", service_unit="XAHX", service_unit_name=UNIT.name)
        with pytest.raises(Declined, match="不能“销毁”") as refused, tools.by_the_books():
            store.move(session, TIAN, stocked(session), "destroy", TODAY)

        assert "in stock" in refused.value.en
        assert isinstance(refused.value.__cause__, DevicesError)
        assert (tools.as_enterprise(ctx), tools.as_service_unit(ctx)) == (holders.enterprise(QINLING, "秦岭"), UNIT)
