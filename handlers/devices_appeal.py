"""Where and how long a party may object to what is refused or imposed, as letters of device procedures say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import StepContext
from records.offices import store as offices
from records.offices.model import Office


def appeal_of(ctx: StepContext, office: Office) -> dict[str, Any]:
    """The days, the office above whoever decided and the statute (`appeal` of procedure.yaml, **[chosen]**); empty where the version of the case has none."""
    given: Mapping[str, Any] = ctx.about.get("appeal") or {}
    if not given:
        return {}
    above = offices.parent(ctx.session, office.id)
    return {"days": int(given["days"]), "basis": str(given["basis"]), "to": above.name if above is not None else "上一级税务机关"}
