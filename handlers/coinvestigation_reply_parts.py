"""What is passed down: one part for each office beneath, sent, answered or given back, and brought together again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.registry import Registry, StepContext
from handlers.coinvestigation_papers import deliver
from handlers.coinvestigation_reply_papers import issue_part_list
from handlers.coinvestigation_reply_sorting import require_free
from handlers.coinvestigation_sending import shown
from handlers.tools import Tools, office_by_code, officer_posts, own_office, text, who
from records.coinvestigation.model import InvoiceFace, Receipt
from records.coinvestigation.sorting import Sorting
from records.coinvestigation.store import receipts

TEXT_LIMIT = 2_000  # of the reply, as its form has it
PASSED_ON = (
    "delegation_id", "case_name", "nature", "demands", "delegation_number", "enterprise_id", "enterprise_name", "faces",
    "competent_office_name",
)  # fmt: skip


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of the parts."""

    @registry.operation("coinvestigation.pass_down")
    def pass_down(ctx: StepContext) -> Mapping[str, Any]:
        """Passes one office beneath its part, where the same process runs; its reply comes back here, told by receipt and office.

        Source: Ningbo 2001-19, annex 2, arts. 5 and 11.
        """
        row, seen = receipts.receipt(ctx.session, ctx.variables["receipt_id"]), ctx.variables
        for event, state in (("sign", "received"), ("pass_down", "signed")):  # cases of earlier versions are signed here
            if row.state == state:
                row = receipts.move_receipt(ctx.session, who(ctx), row.id, event)
        part: Mapping[str, Any] | None = seen.get("part")
        lower = office_by_code(ctx.session, str(seen.get("part_office") or part["office"] if part else seen["lower_office"]))
        key = f"{row.id}:{lower.code}" if part else row.id
        payload = {name: seen.get(name) for name in PASSED_ON}
        if part and (share := share_of(ctx, row, part)):
            payload |= {"faces": shown(share), "passed_part": {"sorting": seen["sorting"], "office": part["office"]}}
            payload["part_papers"] = issue_part_list(ctx, tools, row, share, lower.name)
        ctx.send("delegation_sent", f"{row.delegation_id}:{lower.id}", {
            **payload, "office_id": lower.id, "title": ctx.case.title, "from_office_name": own_office(ctx).name, "parent_receipt_id": row.id,
            "reply_to": key, "parent_instance_id": ctx.case.instance_id, "takes_back": part is not None,
        })  # fmt: skip
        return {"part_office": lower.code, "part_key": key} if part else {}

    @registry.operation("coinvestigation.collect_reply")
    def collect_reply(ctx: StepContext) -> Mapping[str, Any]:
        """The lower level's findings are in the records already; its reply is noted here, and its papers lie with the case.

        Source: Ningbo 2001-19, annex 2, art. 12.
        """
        if ctx.variables.get("part") is None:  # an earlier version: one office, whose message the case took as it was
            deliver(ctx, tools, text(ctx, "reply_case_id"), "reply")
            ctx.trail("lower_replied", {"reply": text(ctx, "reply_number")})
            return {}
        deliver(ctx, tools, text(ctx, "answered_case"), "reply")
        ctx.trail("lower_replied", {"reply": text(ctx, "answered_number")})
        answers = [*ctx.variables["lower_answers"], {"office": text(ctx, "answered_by"), "text": text(ctx, "answered_text")}]
        return {"lower_answers": answers, "parts_open": ctx.variables["parts_open"] - 1}

    @registry.operation("coinvestigation.book_redirect")
    def book_redirect(ctx: StepContext) -> Mapping[str, Any]:
        """What an office gave back goes to another one beneath, or is kept: then it is handled here once the other parts are answered.

        Source: Ningbo 2001-19, annex 2, art. 11.
        """
        seen, own, to = ctx.variables, own_office(ctx), office_by_code(ctx.session, str(ctx.variables["redirect_to"]))
        told = f"{seen['sorting_text']}；{text(ctx, 'answered_by')}退回的 {seen['part']['count']} 份改由{'本级' if to.id == own.id else to.name}办理"
        if to.id == own.id:
            return {"kept": True, "own_left": True, "parts_open": seen["parts_open"] - 1, "sorting_text": told}
        require_free(ctx, receipts.receipt(ctx.session, seen["receipt_id"]), to)
        return {"kept": False, "part_office": to.code, "sorting_text": told}

    @registry.operation("coinvestigation.gather_parts")
    def gather_parts(ctx: StepContext) -> Mapping[str, Any]:
        """All parts are answered: what was kept is handled now, or the reply of the whole is drafted from what the lower levels wrote.

        Source: Ningbo 2001-19, annex 2, arts. 11 and 12.
        """
        actor, seen = who(ctx), ctx.variables
        if seen["own_left"]:
            receipts.move_receipt(ctx.session, actor, seen["receipt_id"], "take_up")
            tools.tell(
                ctx, officer_posts(ctx.session, ctx.case.office_id), "taken_up", "下级退回的部分收回本级办理，请填制协查处理单",
                "what a lower level gave back is handled here: a handling order is to be filled in",
            )  # fmt: skip
            return {"own_left": False, "own_round": "rest", "is_left": True}
        receipts.move_receipt(ctx.session, actor, seen["receipt_id"], "find")
        return {"is_left": False, **_begun(seen["lower_answers"], alone=not seen["own_count"] and seen["own_round"] == "first")}


def share_of(ctx: StepContext, row: Receipt, part: Mapping[str, Any]) -> list[InvoiceFace]:
    """The invoices of a part; none where it is all that the receipt covers."""
    if part["count"] == row.invoice_count:
        return []
    return Sorting.read(ctx.variables["sorting"]).shares(receipts.faces_received(ctx.session, row.id))[str(part["office"])]


def part_received(ctx: StepContext) -> list[str] | None:
    """Which invoices a receipt that comes from above covers; None for all of the delegation."""
    above, part = ctx.variables.get("parent_receipt_id"), ctx.variables.get("passed_part")
    if above is None or (part is None and receipts.receipt(ctx.session, above).parent_id is None):
        return None
    faces: Sequence[InvoiceFace] = receipts.faces_received(ctx.session, above)
    if part is not None:
        faces = Sorting.read(part["sorting"]).shares(faces)[str(part["office"])]
    return [face.id for face in faces]


def _begun(answers: Sequence[Mapping[str, Any]], *, alone: bool) -> dict[str, Any]:
    """The text with which the draft of the whole begins: the one answer, or each under the name of its office."""
    if not answers:
        return {}
    words = str(answers[0]["text"]) if alone and len(answers) == 1 else "\n".join(f"{a['office']}：{a['text']}" for a in answers)
    return {"reply_text": words[:TEXT_LIMIT]}
