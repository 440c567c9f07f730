"""Who is ready for the upgrade hall: the cards that come are those of the day, not of the preparation; a preparation may be cancelled."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from hardware.simulator import MemoryShelf
from records.audit import Who
from records.devices.model import Device
from records.taxpayers.store import taxpayer
from records.upgrade import store
from tests.procedures.damaging import IC_CARD, ISSUE, OWNER, TAX_CARD, lent, work
from tests.procedures.walking import Walk, refused


def ready(walk: Walk) -> None:
    """The enterprise is prepared with the pair that it has now."""
    clock = walk.application.clock
    prepared = {"tax_card": TAX_CARD, "ic_card": IC_CARD, "machine_no": "0", "service_unit": "XAHX", "service_unit_name": "西安航信"}
    with walk.application.database.write() as session:
        store.make_ready(session, Who("tester", "测试", clock.now()), taxpayer(session, OWNER), "yt1", prepared, clock.today())


def signed_in(walk: Walk) -> tuple[str, str]:
    """The two cards that the stations will ask for."""
    case = walk.case(walk.start("he.xi", "yt", "upgrade_handover", taxpayer_number=OWNER, person_name="曲江"), "he.xi")
    shown = {str(row["label"]): row["value"] for row in case.summary}
    return str(shown["金税卡"]), str(shown["税控IC卡"])


@pytest.fixture
def prepared(straight: Walk) -> Walk:
    ready(straight)
    return straight


def test_the_pair_of_the_preparation_signs_in_as_long_as_it_is_the_enterprises(prepared: Walk) -> None:
    assert signed_in(prepared) == (TAX_CARD, IC_CARD)


def test_a_card_that_was_replaced_meanwhile_is_asked_for_in_its_place(prepared: Walk) -> None:
    lent(prepared)
    prepared.do("song.jia", "prepare_issue", **ISSUE)
    work(prepared, "card_issuance@yt", MemoryShelf())

    assert signed_in(prepared) == (TAX_CARD, "ICK-900001")


def test_whose_card_is_broken_and_not_replaced_does_not_sign_in(prepared: Walk) -> None:
    with prepared.application.database.write() as session:
        session.execute(update(Device).where(Device.serial == IC_CARD).values(state="damaged"))

    with refused(f"准备时登记的税控IC卡“{IC_CARD}”现为“已损坏”"):
        signed_in(prepared)
