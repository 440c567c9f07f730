"""What the city reports to the SAT of the large mismatches that its districts reported at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from db.clock import legal_date
from engine.registry import Declined, Registry, StepContext
from handlers.tools import Tools, own_office, text, who
from records.coinvestigation.store import paperwork
from records.offices import store as offices


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topic of the summary."""

    @registry.operation("coinvestigation.sum_up")
    def sum_up(ctx: StepContext) -> Mapping[str, Any]:
        """Sums up by district what the city has received up to the end of a month and not summed up yet; the director reports it to the SAT.

        Source: Ningbo 2001-19, annex 1, art. 10 (1), second paragraph. “Regularly” is once a month **[chosen]**; what was acknowledged
        after the summary of its month stands in the next.
        """
        own, month = own_office(ctx), text(ctx, "summary_month")
        if own.level != "city":
            raise Declined("随时报告由市局稽查局汇总上报总局（附件1第十条）", "the city sums up and reports to the SAT (annex 1, art. 10)")
        first = date.fromisoformat(f"{month}-01")
        found = paperwork.sum_up_reports(ctx.session, who(ctx), own.id, first)
        if not found:
            raise Declined(
                f"截至 {month} 没有已接收而尚未汇总的随时报告，不必汇总上报",
                f"nothing that was received up to {month} is still to be summed up: there is nothing to report",
            )
        by_office: dict[str, list[Decimal]] = defaultdict(list)
        for report, face in found:
            by_office[report.office_id].append(face.amount)
        ctx.set_title(f"大额不符汇总：{month}")
        return {
            "reported_invoices": len(found), "reported_amount": sum((face.amount for _report, face in found), Decimal(0)),
            "reported_tax": sum((face.tax for _report, face in found), Decimal(0)),
            "reported_late": sum(legal_date(report.reported_at) < first for report, _face in found) or None,
            "reported_by": "；".join(f"{offices.office(ctx.session, id_).name} {len(a)} 份 {sum(a, Decimal(0)):,} 元" for id_, a in by_office.items()),
        }  # fmt: skip
