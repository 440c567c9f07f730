"""Cards on their way up: a register that adds up, one sheet at a time, as many cards as a sheet holds."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from commands.scenarios import books
from deadlines.model import Notice
from engine.errors import Refusal
from handlers.registration_rows import handed_up_by, previous_holders
from records.devices import holders
from records.devices.model import Device
from records.devices.store import devices
from records.offices import store as offices
from tests.factories.statements import counted
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


def test_a_reader_is_no_card_and_is_offered_for_no_sheet(straight: Walk) -> None:
    books.enter(straight.application, {"cards": [{"office": "yt", "reader": ["KEEP8"]}]})

    with refused("请从列表中选择"):
        straight.start("meng.fan", "yt", "hand_up", cards=["reader:KEEP8"])


def test_a_card_is_destroyed_after_the_approval_and_before_the_eyes_of_the_witness(straight: Walk) -> None:
    books.enter(straight.application, {"cards": [{"office": "sn", "tax_card": ["KEEP1"]}]})
    cards = ["tax_card:KEEP1"]
    case = straight.start("ai.hua", "sn", "destruction", planned_on="2026-03-10", place="环保处理中心", method="粉碎")
    straight.do("ai.hua", "compile_list", cards=cards)
    straight.do("hao.yun", "check_list", decision="agree", cards_found=cards)
    tomorrow(straight)
    straight.do("gong.zheng", "approve_destruction", decision="agree")

    with refused("销毁日期 2026-03-02 不能早于审批日期 2026-03-03"):
        straight.do("hao.yun", "destroy_cards", cards_destroyed=cards, destroyed_on="2026-03-02", as_approved="on", place="别处", method="焚毁")
    straight.do("hao.yun", "destroy_cards", cards_destroyed=cards, destroyed_on="2026-03-03", as_approved="on", place="别处", method="焚毁")
    with refused("监销日期 2026-03-02 与销毁人登记的销毁日期 2026-03-03 不符"):
        straight.do("ning.jing", "witness_destruction", decision="agree", cards_witnessed=cards, witnessed_on="2026-03-02")
    straight.do("ning.jing", "witness_destruction", decision="agree", cards_witnessed=cards, witnessed_on="2026-03-03")

    seen = straight.case(case, "ai.hua").variables
    assert (seen["place"], seen["method"], state_of(straight, "tax_card", "KEEP1")) == ("环保处理中心", "粉碎", ("destroyed", ""))


def test_a_list_of_many_cards_is_made_with_two_queries(straight: Walk) -> None:
    """From whom each came and which office handed it up is asked once for all."""
    books.enter(straight.application, {"cards": [{"office": "yt", "tax_card": [f"KEEP{n}" for n in range(9)]}]})
    with straight.application.database.read() as session:
        cards = devices.held_by(session, "office", "yt")
        with counted(straight.application.database) as asked:
            came, offices_of = previous_holders(session, cards), handed_up_by(session, cards)

    assert len(asked) == 2
    assert (set(came.values()), offices_of) == ({("西安市雁塔区国家税务局", "报废")}, {})


def own_card(walk: Walk, code: str, serial: str) -> None:
    """A card of an office's own stock."""
    with walk.application.database.write() as session:
        office = offices.office_by_code(session, code)
        assert office is not None
        devices.take_in(session, who(walk), "ic_card", serial, holders.office(office), office.scope, TODAY)


def test_a_damaged_card_of_the_authority_itself_goes_up_with_the_others(straight: Walk) -> None:
    own_card(straight, "yt", "KEEP5")
    cards = ["ic_card:KEEP5"]
    with refused("损坏的请写明损坏情况，没有损坏的不上交"):
        straight.start("meng.fan", "yt", "hand_up", cards=cards)

    straight.start("meng.fan", "yt", "hand_up", cards=cards, own_damage="三月一日受潮，技术科检查读不出")
    straight.do("meng.fan", "hand_over_cards", next_step="hand_over", carried_by="孟凡")
    straight.do("tian.ye", "compare_cards", decision="confirm", cards_found=cards)

    with straight.application.database.read() as session:
        life = devices.postings(session, devices.device(session, "ic_card", "KEEP5").id)
    assert [one.event for one in life] == ["take_in", "write_off", "collect", "send_up", "confirm"]
    assert (life[1].note, state_of(straight, "ic_card", "KEEP5")) == ("三月一日受潮，技术科检查读不出", ("collected", "xa"))


def test_a_damaged_card_of_the_province_is_listed_with_the_others(straight: Walk) -> None:
    own_card(straight, "sn", "KEEP6")
    straight.start("ai.hua", "sn", "destruction", planned_on="2026-03-10", place="环保处理中心", method="粉碎")
    with refused("损坏的请写明损坏情况"):
        straight.do("ai.hua", "compile_list", cards=["ic_card:KEEP6"])

    straight.do("ai.hua", "compile_list", cards=["ic_card:KEEP6"], own_damage="发行时折断")

    assert state_of(straight, "ic_card", "KEEP6") == ("listed", "sn")
