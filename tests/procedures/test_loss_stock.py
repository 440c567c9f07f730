"""Losses of authorities and service units, the monthly totals, and the table of the SAT."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from app import Application
from db.clock import SHANGHAI, ManualClock
from deadlines.model import Notice
from engine.errors import Declined, FormInvalid
from engine.tables import Instance
from handlers.loss_table import COLUMNS, read_table
from handlers.month_ends import begin_totals
from handlers.tools import officer_posts
from records.devices import holders
from records.devices.model import Device
from records.devices.store import devices, stops
from records.offices import store as offices
from tests.procedures.losing import (
    FACTS,
    LOSS,
    QUJIANG,
    certification_posts,
    entries,
    later,
    state_of,
    who,
)
from tests.procedures.walking import Walk


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 9, tzinfo=SHANGHAI))


def test_a_row_that_names_a_device_twice_is_said_at_the_row(straight: Walk) -> None:
    rows = [{"kind": "tax_card", "device_serial": "JSK-300007"}, {"kind": "tax_card", "device_serial": "jsk-300007"}]

    with pytest.raises(FormInvalid) as invalid:
        straight.start("tian.ye", "xa", "authority_loss", owner="service_unit", lost_devices=rows, **FACTS)

    assert "与第 1 行是同一设备" in invalid.value.errors["lost_devices-1-device_serial"]


def test_one_device_that_cannot_be_lost_leaves_none_on_the_list(application: Application, straight: Walk) -> None:
    rows = [{"kind": "tax_card", "device_serial": "JSK-300007"}, {"kind": "tax_card", "device_serial": "JSK-200311"}]

    with pytest.raises(Declined, match="不由“西安航信技术服务有限公司”持有"):
        straight.start("tian.ye", "xa", "authority_loss", owner="service_unit", lost_devices=rows, **FACTS)

    assert entries(application) == []
    assert state_of(application, "JSK-300007", "tax_card") == "in_stock"


def test_a_service_unit_does_not_report_the_cards_of_an_authority(application: Application, straight: Walk) -> None:
    rows = [{"kind": "tax_card", "device_serial": "SWK-000001"}]

    with pytest.raises(Declined, match="服务单位只能报告自己的库存设备丢失"):
        straight.start("hangxin", "xa", "authority_loss", owner="authority", lost_devices=rows, serial_vouched="on", **FACTS)

    assert entries(application) == []


def test_a_month_begins_its_totals_once_and_where_devices_are(
    application: Application, straight: Walk, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(straight, clock, date(2026, 4, 1))

    assert begin_totals(application.engine, application.database, clock) == 4
    with monkeypatch.context() as today:
        today.setattr(application.database, "write", lambda: pytest.fail("nothing is missing: nothing is written"))
        assert begin_totals(application.engine, application.database, clock) == 0
    straight.settle()

    with application.database.read() as session:
        found = session.scalars(select(Instance.business_key).where(Instance.process_id == "loss_totals")).all()
    assert sorted(found) == ["2026-03 西安市国家税务局", "2026-03 西安市莲湖区国家税务局", "2026-03 西安市雁塔区国家税务局", "2026-03 陕西省国家税务局"]


def test_every_certification_post_of_the_city_hears_of_a_loss_at_the_city(application: Application, straight: Walk) -> None:
    straight.start("tian.ye", "xa", "authority_loss", owner="service_unit", lost_devices=[{"kind": "tax_card", "device_serial": "JSK-300007"}], **FACTS)

    with application.database.read() as session:
        told = set(session.scalars(select(Notice.post_id).where(Notice.kind == "loss")))
        assert told > certification_posts(session)  # and the leading group and the golden-tax office


def test_whoever_looks_after_a_case_of_damage_hears_that_its_card_was_lost(application: Application, straight: Walk) -> None:
    case = straight.start("bai.lu", "yt1", "device_loss", **{**LOSS, "lost_kind": "reader", "serial": "DKQ-200311"})  # stands for a running case of damage
    with application.database.write() as session:
        row = devices.device(session, "ic_card", "ICK-200311")
        for event, to in (("report_damage", None), ("send_to_repair", holders.service_unit("XAHX", "西安航信技术服务有限公司"))):
            devices.move(session, who(application), row, event, application.clock.today(), to=to, case_id=case)

    straight.start("tian.ye", "xa", "authority_loss", owner="service_unit", lost_devices=[{"kind": "ic_card", "device_serial": "ICK-200311"}], **FACTS)

    with application.database.read() as session:
        office = offices.office_by_code(session, "yt1")
        assert office is not None
        told = session.scalars(select(Notice.post_id).where(Notice.text.startswith("损坏案件中的税控IC卡“ICK-200311”已报丢失被盗")))
        assert set(told) == set(officer_posts(session, office.id, "tax_office"))


def test_of_the_sats_table_a_card_of_ours_that_is_stopped_is_a_duplicate(application: Application, straight: Walk) -> None:
    straight.start("bai.lu", "yt1", "device_loss", **LOSS)
    case = straight.start("xia.yu", "xa", "lost_card_table", table_number="国税函12号", table_received_on="2026-03-02")
    straight.do("xia.yu", "enter_table", table_rows=f"{','.join(COLUMNS)}\n税控IC卡,ICK-200311,2026-01-05,{QUJIANG},曲江\n金税卡,JSK-200311,2026-01-05,{QUJIANG},曲江")

    assert straight.case(case, "tian.ye").variables["taken_in_told"] == "共 2 行，新列入停用名单 0 张，重复 1 张，本地账册在用 1 张"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("种类,编号\n金税卡,1", "第一行应为表头"),
        (",".join(COLUMNS), "表头下面没有数据"),
        (f"{','.join(COLUMNS)}\n金税卡,,2026-01-05,1,甲", "第 2 行：没有设备编号"),
        (f"{','.join(COLUMNS)}\n金税卡,金 1/2,2026-01-05,1,甲", "第 2 行：设备编号由字母、数字和连字符组成"),
        (f"{','.join(COLUMNS)}\n金税卡,A1,一月五日,1,甲", "第 2 行：丢失日期“一月五日”"),
        (f"{','.join(COLUMNS)}\n金税卡,A1,2026-03-03,1,甲", "晚于今天"),
        (f"{','.join(COLUMNS)}\n金税卡,A1,2026-01-05", "应有 5 列，实有 3 列"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(content: str, said: str) -> None:
    found, faults = read_table(content, date(2026, 3, 2))

    assert found == []
    assert said in faults[0][0]


def test_a_card_of_the_sats_table_is_neither_sold_nor_issued_here(application: Application, straight: Walk) -> None:
    straight.start("xia.yu", "xa", "lost_card_table", table_number="国税函12号", table_received_on="2026-03-02")
    straight.do("xia.yu", "enter_table", table_rows=f"{','.join(COLUMNS)}\n金税卡,SHK-700001,2026-01-05,310101132200001,上海浦东电子有限公司")

    with application.database.read() as session:
        entry = stops.entry_of(session, "tax_card", "SHK-700001")
        city = offices.office_by_code(session, "xa")
        assert entry is not None
        assert city is not None
        assert list(stops.month(session, city.scope, "2026-03")) == []  # not among the losses of the city
        assert session.scalars(select(Device.id).where(Device.serial == "SHK-700001")).first() is None
