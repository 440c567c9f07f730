"""Cards on their way up: a register that adds up, one sheet at a time, as many cards as a sheet holds."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from commands.scenarios import books
from deadlines.model import Notice
from engine.errors import Refusal
from records.devices import holders
from records.devices.model import Device
from records.devices.store import devices
from records.offices import store as offices
from tests.procedures.registering import TODAY, state_of, tomorrow, who
from tests.procedures.walking import Walk, refused


def held(walk: Walk) -> dict[str, int]:
    """How many devices each holder has."""
    with walk.application.database.read() as session:
        counted = select(Device.holder_number, func.count()).where(Device.serial.like("KEEP%")).group_by(Device.holder_number)
        return {holder: count for holder, count in session.execute(counted)}  # noqa: C416 -- rows, not tuples


def test_the_register_adds_up_at_every_moment(straight: Walk) -> None:
    books.enter(straight.application, {"cards": [{"office": "yt", "tax_card": ["KEEP1", "KEEP2"], "ic_card": ["KEEP1"]}]})
    cards, seen = ["tax_card:KEEP1", "ic_card:KEEP1"], list[dict[str, int]]()

    straight.start("meng.fan", "yt", "hand_up", cards=cards)
    straight.do("meng.fan", "hand_over_cards", next_step="hand_over", carried_by="孟凡")
    seen.append(held(straight))
    straight.do("tian.ye", "compare_cards", decision="confirm", cards_found=cards)
    seen.append(held(straight))

    assert seen == [{"yt": 3}, {"yt": 1, "xa": 2}]
    assert state_of(straight, "tax_card", "KEEP1") == ("collected", "xa")


def test_a_second_sheet_waits_until_the_first_is_received(straight: Walk) -> None:
    books.enter(straight.application, {"cards": [{"office": "yt", "tax_card": ["KEEP1", "KEEP2"]}]})
    straight.start("meng.fan", "yt", "hand_up", cards=["tax_card:KEEP1"])
    straight.do("meng.fan", "hand_over_cards", next_step="hand_over", carried_by="孟凡")

    with refused("尚未签收"):
        straight.start("meng.fan", "yt", "hand_up", cards=["tax_card:KEEP2"])


def test_a_sheet_holds_as_many_cards_as_procedure_yaml_says(straight: Walk) -> None:
    serials = [f"KEEP{n}" for n in range(101)]
    books.enter(straight.application, {"cards": [{"office": "yt", "tax_card": serials}]})

    with refused("最多列 100 张卡，选了 101 张"):
        straight.start("meng.fan", "yt", "hand_up", cards=[f"tax_card:{serial}" for serial in serials])


def test_only_the_province_destroys_and_it_hands_nothing_up(straight: Walk) -> None:
    for login, office_code, process in (("tian.ye", "xa", "destruction"), ("ai.hua", "sn", "hand_up")):
        with pytest.raises(Refusal):
            straight.start(login, office_code, process, cards=[], planned_on="2026-03-10", place="某地", method="粉碎")


def test_what_a_service_unit_has_written_off_comes_to_the_city_and_goes_up(straight: Walk) -> None:
    with straight.application.database.write() as session:
        city = offices.office_by_code(session, "xa")
        assert city is not None
        one = devices.take_in(session, who(straight), "tax_card", "KEEP9", holders.service_unit("XAHX", "航信"), city.scope, TODAY)
        devices.move(session, who(straight), one, "write_off", TODAY)

    case = straight.start("tian.ye", "xa", "hand_up", cards=["tax_card:KEEP9"])
    straight.do("tian.ye", "hand_over_cards", next_step="hand_over", carried_by="田野")
    straight.do("ai.hua", "compare_cards", decision="confirm", cards_found=["tax_card:KEEP9"])

    with straight.application.database.read() as session:
        sent, signed = straight.application.papers.for_subject(session, case)
    assert (sent.number, signed.number) == ("市国税登交〔2026〕1号", "市国税登交〔2026〕1号（签收）")
    assert "receiver" not in sent.data
    assert (signed.data["receiver"]["name"], signed.data["to_office"]) == ("艾华", "陕西省国家税务局")
    assert [row["serial"] for row in signed.data["cards"]] == ["KEEP9"]

    assert state_of(straight, "tax_card", "KEEP9") == ("collected", "sn")


def test_what_a_tax_office_keeps_goes_up_to_its_district(straight: Walk) -> None:
    books.enter(straight.application, {"cards": [{"office": "yt1", "ic_card": ["KEEP7"]}]})

    straight.start("han.xue", "yt1", "hand_up", cards=["ic_card:KEEP7"])
    straight.do("bai.lu", "hand_over_cards", next_step="hand_over", carried_by="白露")
    straight.do("meng.fan", "compare_cards", decision="confirm", cards_found=["ic_card:KEEP7"])

    assert state_of(straight, "ic_card", "KEEP7") == ("collected", "yt")


def test_a_sheet_that_is_not_received_in_time_is_told_to_both_offices(straight: Walk) -> None:
    books.enter(straight.application, {"cards": [{"office": "yt", "ic_card": ["KEEP7"]}]})
    straight.start("meng.fan", "yt", "hand_up", cards=["ic_card:KEEP7"])
    straight.do("meng.fan", "hand_over_cards", next_step="hand_over", carried_by="孟凡")

    for _day in range(9):  # five working days, and the weekend
        tomorrow(straight)
        straight.application.deadlines.tick(straight.application.database)

    with straight.application.database.read() as session:
        told = set(session.scalars(select(Notice.post_id).where(Notice.kind == "escalated")))
        assert {person.login for person in offices.holders(session, sorted(told), straight.application.clock.today())} == {"meng.fan", "tian.ye", "lu.yao"}


def test_a_card_on_its_way_is_offered_to_nobody(straight: Walk) -> None:
    books.enter(straight.application, {"cards": [{"office": "yt", "ic_card": ["KEEP7"]}]})
    straight.start("meng.fan", "yt", "hand_up", cards=["ic_card:KEEP7"])
    straight.do("meng.fan", "hand_over_cards", next_step="hand_over", carried_by="孟凡")

    with refused("请从列表中选择"):
        straight.start("meng.fan", "yt", "hand_up", cards=["ic_card:KEEP7"])
