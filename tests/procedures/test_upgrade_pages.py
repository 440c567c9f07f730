"""The pages of whoever serves the upgrade hall: signing in begins where somebody is ready, and breaking off leads back to the enterprise's own case."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.scenarios.model import Do
from commands.scenarios.read import read_scenario
from tests.procedures.damaging import OWNER
from tests.procedures.test_english import signed_in
from tests.procedures.test_upgrade_ready import ready
from tests.procedures.walking import Walk

FOLDER = Path(__file__).parents[2] / "workflows/upgrade"
SIGN_IN, BREAK_OFF = "/start/upgrade_handover", "/start/upgrade_break_off"


@pytest.fixture
def prepared(straight: Walk) -> Walk:
    ready(straight)
    return straight


def test_signing_in_begins_at_the_hall_where_somebody_is_ready_and_breaking_off_leads_to_the_case_of_the_enterprise(prepared: Walk) -> None:
    reception = signed_in(prepared.application, "he.xi", "zh")

    assert OWNER in reception.open(SIGN_IN).tree.xpath("//select[@name='taxpayer_number']/option/@value")

    case = prepared.start("he.xi", "yt", "upgrade_handover", taxpayer_number=OWNER, person_name="曲江")
    (offer,) = reception.open(f"/cases/{case}").tree.xpath(f"//a[contains(@href,'{BREAK_OFF}')]")
    assert "btn-primary" not in offer.get("class")

    page = reception.post(f"{BREAK_OFF}?about={case}", reception.open(f"{BREAK_OFF}?about={case}").fields(BREAK_OFF, break_off_because="企业负责人当天不在"))
    assert page.tree.xpath("//h1")[0].text_content() == reception.open(f"/cases/{case}").tree.xpath("//h1")[0].text_content()


def test_an_enterprise_that_is_ready_reads_where_to_go_and_what_to_bring(straight: Walk) -> None:
    case = straight.start("qujiang", "yt1", "upgrade_preparation", limit_applied_for=100000, quantity_applied_for=50)
    for step in read_scenario(FOLDER / "scenarios/straight_day.yaml").steps[1:8]:
        assert isinstance(step, Do)
        straight.do(step.by, step.task, **step.form)

    page = signed_in(straight.application, "qujiang", "zh").open(f"/cases/{case}").text
    assert "西安市雁塔区国家税务局升级现场（雁塔分局办税大厅）" in page
    assert "3.5 寸软盘 2 张" in page
    straight.application.telling.tick()
    told = signed_in(straight.application, "qujiang", "zh").open("/notices").text
    assert "请携带：升级的计算机主机；税控IC卡" in told
