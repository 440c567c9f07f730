"""A small procedure for which an enterprise applies itself: its own task, the office's, the service unit's; with accounts for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.people import SYSTEM
from engine.procedures import ProcedureFiles
from engine.registry import StepContext
from records.offices.organisation import load_organisation
from tests.factories.bpmn import chain, end, process, properties, service, start, user
from tests.web.office import PASSWORD, Office

FIRM, STRANGER, UNIT = "91330200000000007X", "91330200000000008Y", "FW001"
ASKING = process(
    properties(
        parties=f'["enterprise:" + firm, "service_unit:{UNIT}"]', offered_to='registered = false and not(list contains(running, "asking"))',
        purpose="申请开具大额发票", purpose_en="Ask for large invoices", name_en="Ask for a limit",
    ),
    start(), service("file", "toy.file"), user("apply", "enterprise@party", properties(name_en="Fill in the application", party_notice="限额须写明理由，请填写", party_notice_en="say why you need it"), name="填写申请"),
    user("review", "clerk@own", name="审核"), user("fit", "service_unit@party", name="安装"), end(),
    chain("begun", "file", "apply", "review", "fit", "done"),
    id_="asking", camunda_candidateStarterGroups="enterprise@party,clerk@own",
).replace("玩具流程".encode(), "申请限额".encode())  # fmt: skip
FORM = {
    "id": "apply", "type": "default",
    "components": [{"id": "c1", "type": "textfield", "key": "reason", "label": "申请理由", "properties": {"label_en": "Reason"}, "validate": {"required": True, "maxLength": 60}}],
}  # fmt: skip
REVIEW = {"id": "review", "type": "default", "components": [{"id": "c2", "type": "textfield", "key": "opinion", "label": "内部意见", "properties": {"label_en": "Opinion"}}]}
ABOUT = """
name: 防伪税控
name_en: Anti-forgery
summary:
  asking:
    - {label: 申请单位, label_en: Applicant, value: firm, for_parties: [enterprise]}
    - {label: 内部意见, label_en: Opinion, value: opinion}
papers:
  sheet: {title: 审批通知, for_parties: [enterprise]}
"""
PARTIES: Mapping[str, Any] = {
    "parties": [
        {"kind": kind, "number": number, "name": name, "name_en": name_en, "office": office, "accounts": [{"login": login, "name": who, "name_en": who, "password": PASSWORD} for login, who in accounts]}
        for kind, number, name, name_en, office, accounts in (
            ("enterprise", FIRM, "宁波甲公司", "Firm A", "hs", (("ent.firm", "甲会计"), ("ent.second", "甲出纳"))),
            ("enterprise", STRANGER, "宁波乙公司", "Firm B", "yz", (("ent.other", "乙会计"),)),
            ("service_unit", UNIT, "宁波服务公司", "Service", "nb", (("unit.one", "服务员"),)),
        )
    ]
}  # fmt: skip


def file(ctx: StepContext) -> dict[str, Any]:
    """The number comes from the account, never from what was typed."""
    ctx.set_business_key("限额〔2026〕1号")
    return {"firm": ctx.actor.party.partition(":")[2] or FIRM}


def with_parties(office: Office) -> Office:
    """The office with the procedure and the accounts of two enterprises and a service unit."""
    office.engine.kernel.registry.operation("toy.file")(file)
    files = {"asking.bpmn": ASKING.decode(), "procedure.yaml": ABOUT, "forms/apply.form": json.dumps(FORM), "forms/review.form": json.dumps(REVIEW)}
    with office.database.write() as session:
        load_organisation(session, PARTIES)
    office.engine.deploy(ProcedureFiles("limits", files), SYSTEM)
    return office
