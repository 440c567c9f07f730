"""When the upgrade has succeeded the enterprise is called to the buy-back. Source: Xicheng, 三(六)2."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app import Application
from engine.registry import Registry
from handlers import upgrade_issuance
from handlers.tools import officer_posts
from records.offices import store as offices

DONE = {"install_system": {"person_id": "p", "name": "杭欣"}}


@pytest.mark.parametrize(("number", "result", "kinds"), [("610113220000053", "success", "enterprise"), ("610199999999999", "success", "reception"), ("610113220000053", "failed", "")])
def test_the_enterprise_or_reception_is_told_of_success(application: Application, number: str, result: str, kinds: str) -> None:
    told, registry = list[tuple[list[str], str]](), Registry()
    upgrade_issuance.register(registry, SimpleNamespace(tell=lambda _ctx, who, _kind, zh, _en: told.append((who, zh))))  # type: ignore[arg-type]
    with application.database.read() as session:
        yanta = offices.office_by_code(session, "yt")
        assert yanta is not None
        variables = {"taxpayer_number": number, "enterprise_name": "西安曲江", "ticket": 3, "install_result": result, "problem_text": "报错" if result == "failed" else None, "done_by": DONE}
        case = SimpleNamespace(instance_id="case", office_id=yanta.id)
        ctx: Any = SimpleNamespace(variables=variables, session=session, case=case, clock=application.clock, element_id="note_installation", about={"handover": {}})
        registry.handlers["upgrade.note_installation"].function(ctx)
        expected = {"enterprise": [f"enterprise:{number}"], "reception": officer_posts(session, yanta.id, "reception")}.get(kinds)

    assert [who for who, _zh in told] == ([expected] if expected else [])
    assert all("到发票发售岗办理发票回购" in zh for _who, zh in told)
