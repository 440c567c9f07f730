"""The city decides on 《更换设备确认单》, which three have sealed: the paper is issued with everything that stands on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db.clock import SHANGHAI
from engine.registry import Registry, StepContext
from handlers.damage_tools import original
from handlers.devices_appeal import appeal_of
from handlers.devices_tools import above, number_at
from handlers.issuing import issue
from handlers.tools import Tools, day_text, own_office, signer, text
from records.devices import kinds

CAUSES = {"not_man_made": "非人为原因", "man_made": "人为原因"}
PROPOSALS = {"agree": "建议批准", "refuse": "建议不批准"}
NO_DATA = "该设备不存储开票数据，无须保存"


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics behind the decision of the city."""

    @registry.operation("damage.settle_cause")
    def settle_cause(ctx: StepContext) -> Mapping[str, Any]:
        """Where the enterprise objects, the cause is what the city finds; else what three have sealed. Source: Xi'an 2002-119, 二(四)."""
        told = CAUSES[ctx.variables["cause"]]
        if not _objects(ctx) or ctx.variables["decision"] != "agree":
            return {"cause_text": told}
        settled, opened = ctx.variables["city_cause"], bool(ctx.variables.get("city_opened"))
        return {"cause": settled, "opened_by_others": opened, "cause_text": f"服务单位认定：{told}；市局认定：{CAUSES[settled]}"}

    @registry.operation("damage.book_decision")
    def book_decision(ctx: StepContext) -> Mapping[str, Any]:
        """Issues the confirmation with its seals and the city's decision, and the letter of a refusal. Source: Xi'an 2002-119, 二(四), annex 5."""
        number = text(ctx, "registration_number")
        issue(ctx, tools, "confirmation", confirmation_data(ctx), number=number)
        if ctx.variables["decision"] == "refuse":
            city = above(ctx, "city") or own_office(ctx)
            issue(ctx, tools, "refusal", {**_refusal_data(ctx), "appeal": appeal_of(ctx, city)}, number=number_at(ctx, city, "不换"))
            tools.tell(
                ctx, [f"enterprise:{text(ctx, 'taxpayer_number')}", f"service_unit:{text(ctx, 'service_unit')}"], "damage_refused",
                f"更换{text(ctx, 'device_label')}未获批准：{text(ctx, 'refusal_reason')}", f"the change of {text(ctx, 'device_label_en')} was refused: {text(ctx, 'refusal_reason')}",
            )  # fmt: skip
        return {}

    @registry.operation("damage.refer_penalty")
    def refer_penalty(ctx: StepContext) -> Mapping[str, Any]:
        """Damage by somebody's doing counts as improper keeping: the tax office decides on a penalty in a case of its own, while the enterprise buys anew.

        Source: Xi'an 2002-119, 三(一)14.
        """
        names = ("taxpayer_number", "enterprise_name", "office_name", "device_kind", "device_serial", "device_label", "device_label_en", "findings", "penalty_ground")
        given = {name: ctx.variables[name] for name in names} | {"confirmation_number": text(ctx, "registration_number")}
        case = ctx.start("penalty_referral", ctx.case.office_id, given, title=f"移送处罚：{text(ctx, 'enterprise_name')}（{text(ctx, 'device_label')}）")
        return {"penalty_case": case.instance_id}


def confirmation_data(ctx: StepContext) -> dict[str, Any]:
    """What annex 5 says: device, damage, cause, treatment, saved data, three seals with name and time, the city's decision."""
    seen = ctx.variables
    return {
        **_device(ctx), "service_unit_name": text(ctx, "service_unit_name"), "office_name": text(ctx, "office_name"), "city_name": text(ctx, "city_name"),
        "damaged_on": day_text(seen["damaged_on"]), "confirmed_on": day_text(seen["confirmed_on"]), "damage_facts": text(ctx, "damage_facts"), "findings": text(ctx, "findings"),
        "cause": text(ctx, "cause_text"), "opened": bool(seen.get("opened_by_others")), "treatment": text(ctx, "treatment_text"), "saved": text(ctx, "saved_text") or NO_DATA,
        "objection": text(ctx, "objection") if _objects(ctx) else "", "service_unit_opinion": text(ctx, "service_unit_opinion"), "technician": text(ctx, "technician"),
        "seals": {
            "enterprise": {"on": "", "name": "未盖章", "time": ""} if _objects(ctx) else {**_sealed(ctx, "seal_enterprise"), "name": text(ctx, "enterprise_signer")},
            "tax_office": {**_sealed(ctx, "seal_tax_office"), "role": "负责人", "opinion": text(ctx, "tax_office_opinion")},
            "service_unit": {**_sealed(ctx, "seal_service_unit"), "name": text(ctx, "service_unit_signer")},
        },
        "review": {**signer(ctx, "review_at_city"), "proposal": PROPOSALS[seen["proposal"]], "opinion": text(ctx, "review_opinion")},
        "decision": {**_sealed(ctx, "approve_at_city"), "role": "局领导", "text": "批准" if seen["decision"] == "agree" else "不批准",
                     "opinion": text(ctx, "opinion") if seen["decision"] == "agree" else text(ctx, "refusal_reason")},
    }  # fmt: skip


def _objects(ctx: StepContext) -> bool:
    return bool(ctx.variables["enterprise_decision"] == "object")


def _device(ctx: StepContext) -> dict[str, Any]:
    return {
        "enterprise_name": text(ctx, "enterprise_name"), "taxpayer_number": text(ctx, "taxpayer_number"), "kind": kinds.name(original(ctx).kind),
        "serial": text(ctx, "device_serial"),
    }  # fmt: skip


def _refusal_data(ctx: StepContext) -> dict[str, Any]:
    return {
        **_device(ctx), "office_name": text(ctx, "city_name"), "service_unit_name": text(ctx, "service_unit_name"), "confirmed_on": day_text(ctx.variables["confirmed_on"]),
        "reason": text(ctx, "refusal_reason"), "leader": signer(ctx, "approve_at_city")["name"], "date": ctx.clock.today().isoformat(),
    }  # fmt: skip


def _sealed(ctx: StepContext, task: str) -> dict[str, Any]:
    """Who sealed on which day at which hour."""
    at = ctx.variables["done_by"][task]["at"]
    return {**signer(ctx, task), "time": f"{at.astimezone(SHANGHAI):%H:%M}"}
