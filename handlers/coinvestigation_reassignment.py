"""Another inspector: the director has the handling order recalled, and the officer names somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.tools import Tools, text, who
from records.coinvestigation.store import delegations, receipts


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of both cases."""

    @registry.operation("coinvestigation.ask_recall")
    def ask_recall(ctx: StepContext) -> Mapping[str, Any]:
        """Has the order recalled while the inspector who was named is still at work; the term runs on.

        Source: Ningbo 2001-19, annex 2, arts. 11 and 13.
        """
        row = receipts.receipt_of_case(ctx.session, str(ctx.variables["about"]))
        if row is None or row.state != "investigating":
            raise Declined("这件案件不在检查核实环节，不能改派检查人员", "no inspector is at work in this case: there is nobody to replace")
        ctx.set_title(f"改派检查人员：{row.number}")
        ctx.set_business_key(row.number or "")
        ctx.send("order_recalled", row.case_id, {"return_reason": text(ctx, "reason")}, if_awaited=True)
        asked = delegations.delegation(ctx.session, row.delegation_id)
        return {"case_name": asked.name, "receipt_number": row.number, "inspector_name": row.inspector_name}

    @registry.operation("coinvestigation.recall_order")
    def recall_order(ctx: StepContext) -> Mapping[str, Any]:
        """Takes the matter from the inspector; the officer fills in the order anew and the director approves it.

        Source: Ningbo 2001-19, annex 2, art. 11.
        """
        receipts.move_receipt(ctx.session, who(ctx), ctx.variables["receipt_id"], "recall", inspector_id="", inspector_name="")
        return {"inspector_id": None, "inspector_name": None}
