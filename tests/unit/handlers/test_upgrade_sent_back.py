"""An enterprise whose papers go back hears why, and where it takes them.

Source: Xicheng, 三(二)2.
"""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from db.clock import ManualClock
from engine.registry import Registry
from handlers import upgrade_machine
from tests.unit.records.xian import HAN, NOW


@pytest.mark.parametrize(("on_card", "told"), [(3, []), (4, ["enterprise:610113220000053"])])
def test_papers_that_differ_from_the_card_send_the_enterprise_word(on_card: int, told: list[str]) -> None:
    heard: list[tuple[list[str], str, str]] = []
    tools: Any = SimpleNamespace(tell=lambda _ctx, posts, _kind, zh, en: heard.append((posts, zh, en)))
    registry = Registry()
    upgrade_machine.register(registry, tools)
    ctx: Any = SimpleNamespace(
        variables={
            "taxpayer_number": "610113220000053", "tax_office_name": "雁塔区国税局第一税务所", "done_by": {"check_month": {"person_id": HAN.person_id, "name": HAN.name}},
            "summary_count": 3, "detail_count": 3, "card_issued": on_card, "summary_amount": Decimal(6000), "detail_amount": Decimal(6000), "card_amount": Decimal(6000),
            "summary_tax": Decimal(1020), "detail_tax": Decimal(1020), "card_tax": Decimal(1020),
        }, clock=ManualClock(NOW), case=SimpleNamespace(instance_id="case"), element_id="compare_month",
    )  # fmt: skip

    found = registry.handlers["upgrade.compare_month"].function(ctx)

    assert found is not None
    assert [one for posts, _zh, _en in heard for one in posts] == told
    assert ("returned_because" in found) is bool(told)
    assert all("汇总表、明细表不一致" in zh and "雁塔区国税局第一税务所" in zh and "at the hall" in en for _posts, zh, en in heard)
