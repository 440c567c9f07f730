"""A small procedure that compares figures of paper and card, twice, and keeps both comparisons."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from engine.registry import StepContext
from handlers.upgrade_comparing import all_agree, rows
from tests.factories.bpmn import chain, end, process, properties, service, start, user
from tests.web.office import Office

COMPARING = process(
    start(), service("compare", "toy.compare"), user("judge", inside=properties(name_en="Compare the month", station="6"), name="核对当月开票数据"), end(),
    chain("begun", "compare", "judge", "done"), id_="comparing",
).replace("玩具流程".encode(), "核对".encode()).replace(b'id="compare"', 'id="compare" name="比对数据"'.encode())  # fmt: skip
FORM: dict[str, Any] = {
    "id": "judge",
    "type": "default",
    "components": [
        {"type": "comparison", "key": "comparison_month", "label": "金税卡数据与抄报税汇总表、明细表", "description": "不一致的，重新打印两表，全部资料退还企业。",
         "properties": {"label_en": "Card and reports", "paper": "汇总表、明细表", "paper_en": "Reports", "card": "金税卡", "card_en": "Golden-tax card", "help_en": "Where they differ, print anew."}},
        {"type": "textarea", "key": "found", "label": "查明的原因", "properties": {"label_en": "Cause"}},
    ],
}  # fmt: skip
BEFORE = [("开票份数", "invoices issued", Decimal(25), 23), ("金额合计", "amount", Decimal("1284500.00"), "1284500.00"), ("税额合计", "tax", Decimal("218365.00"), "218365.00"), ("作废份数", "cancelled", Decimal(1), 1)]
NOW = [("开票份数", "invoices issued", Decimal(25), 25), ("金额合计", "amount", Decimal("1284500.00"), "1284500.00"), ("税额合计", "tax", Decimal("218365.00"), "218365.10"), ("作废份数", "cancelled", Decimal(1), 1)]


def compare(ctx: StepContext) -> dict[str, Any]:
    """What an earlier round found, and this one."""
    found = rows(NOW)
    ctx.set_business_key("升级〔2026〕6号")
    kept = [
        {"station": "6", "task": "compare", "key": "comparison_month", "made_at": ctx.clock.now(), "made_by": "张工", "rows": rows(BEFORE)},
        {"station": "99", "key": "unknown", "made_at": "2026-03-02 09:30", "made_by": "李工", "rows": [{"what": "版面", "what_en": "layout", "paper": "千元版", "card": None, "agrees": False}]},
        {"station": "6", "key": "comparison_month", "made_at": ctx.clock.now(), "made_by": "张工", "rows": found},
    ]
    return {"comparison_month": found, "comparison_agrees": all_agree(found), **({} if ctx.variables.get("keeps_none") else {"comparisons_kept": kept})}


def compared(office: Office, **variables: Any) -> str:
    """A case at the task that looks at the comparison; returns the id of the task, claimed by the clerk."""
    office.engine.kernel.registry.operation("toy.compare")(compare)
    office.engine.deploy(ProcedureFiles("comparing", {"comparing.bpmn": COMPARING.decode(), "forms/judge.form": json.dumps(FORM), "procedure.yaml": "name: 核对\nname_en: Comparing\n"}), SYSTEM)
    clerk = office.person("li.na")
    case = office.engine.start("comparing", office_id=clerk.office_id, actor=clerk, key="start:comparing", variables=variables, title="北京市海淀区四季青电子技术开发有限责任公司")
    task_id = office.task_of(case.instance_id)
    office.engine.claim(task_id, clerk, "claim:comparing")
    return task_id
