"""The side that was asked sorts: a leader signs, and every invoice is handled here or passed down to one office beneath."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.coinvestigation_lower_terms import TERMS
from handlers.tools import Tools, declining, office_by_code, own_office, text, who
from records.coinvestigation.model import InvoiceFace, Receipt
from records.coinvestigation.sorting import Line, Party, Sorting, SortingRefused, party
from records.coinvestigation.store import findings, receipts
from records.offices import store as offices
from records.offices.levels import region_prefixes
from records.offices.model import Office

PROPOSED = 40  # enterprises for which a row each is proposed; of more the officer names those that he wants apart


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of sign-off and sorting."""

    @registry.operation("coinvestigation.book_sign_off")
    def book_sign_off(ctx: StepContext) -> Mapping[str, Any]:
        """Books that a leader has signed. What stays whole is sorted with it; what is to be sorted is prepared by enterprise.

        Source: Ningbo 2001-19, annex 2, art. 11.
        """
        row, seen = receipts.receipt(ctx.session, ctx.variables["receipt_id"]), ctx.variables
        if seen.get("misdirected"):
            return {"handling": "given_back"}
        receipts.move_receipt(ctx.session, who(ctx), row.id, "sign")
        if seen["handled_by"] == "sorted":
            return {"handling": "sorted", **_prepared(ctx, row)}
        office = own_office(ctx) if seen["handled_by"] == "own" else office_by_code(ctx.session, str(seen["lower_office"]))
        return {"handling": "whole", **_booked(ctx, row, Sorting(rest=office.code))}

    @registry.operation("coinvestigation.book_sorting")
    def book_sorting(ctx: StepContext) -> Mapping[str, Any]:
        """Books the shares; each invoice stands in exactly one of them.

        Source: Ningbo 2001-19, annex 2, arts. 11 and 17.
        """
        row, own = receipts.receipt(ctx.session, ctx.variables["receipt_id"]), own_office(ctx)
        lines = tuple(
            Line(**{name: str(given.get(name) or "") for name in Line.__dataclass_fields__}) for given in ctx.variables.get("shares") or []
        )
        return _booked(ctx, row, Sorting(lines, text(ctx, "rest_to"), _area(ctx, own)))

    @registry.operation("coinvestigation.give_back")
    def give_back(ctx: StepContext) -> Mapping[str, Any]:
        """What was passed down to the wrong office goes back up with the reason; its term runs no longer, that of the level above does.

        Source: Ningbo 2001-19, annex 2, arts. 5 and 11 (to which office a matter is passed is the superior's to decide **[chosen]**).
        """
        today, case = ctx.clock.today(), ctx.case.instance_id
        receipts.move_receipt(ctx.session, who(ctx), ctx.variables["receipt_id"], "give_back", due_on=None)
        for key in TERMS:
            tools.deadlines.cancel(ctx.session, case, key, today)
        ctx.set_due(None)
        ctx.refresh_timers()
        ctx.send("matter_settled", case, {"settled_by": "误转的协查已退回上级"}, if_awaited=True)
        ctx.send("reply_sent", case, {}, if_awaited=True)
        ctx.send("reply_returned", str(ctx.variables["reply_to"]), {
            "returned_because": text(ctx, "return_up_reason"), "replied_by_office": own_office(ctx).name, "reply_case_id": case,
        })  # fmt: skip
        return {}


def own_part(ctx: StepContext, row: Receipt) -> list[InvoiceFace]:
    """The invoices of a receipt that are investigated at the own level: its share, or in a second round what came back and was kept.

    Cases of earlier versions were not sorted: all is theirs.
    """
    faces = list(receipts.faces_received(ctx.session, row.id))
    if ctx.variables.get("own_round") == "rest":
        found = {face.id for face, _finding in findings.findings_of(ctx.session, row.id)}
        return [face for face in faces if face.id not in found]
    sorting = ctx.variables.get("sorting")
    return Sorting.read(sorting).shares(faces).get(own_office(ctx).code, []) if sorting else faces


def require_free(ctx: StepContext, row: Receipt, office: Office) -> None:
    """An office has a matter once: what it gave back, or has a share of, does not go there again."""
    if receipts.received_by(ctx.session, row.delegation_id, office.id) is not None:
        raise Declined(
            f"{office.name}已收到过本案（承办其中一部分，或已退回），不能再向其批转；请改由本级或其他下级办理",
            f"{office.name_en or office.name} has a part of this matter or gave it back; choose another office, or handle it here",
        )


def _booked(ctx: StepContext, row: Receipt, sorting: Sorting) -> dict[str, Any]:
    """The shares as the case goes on with them: how much is handled here, and one part for each office beneath."""
    own = own_office(ctx)
    counts = {sorting.rest: row.invoice_count}
    if sorting.lines or not sorting.rest:
        with declining(SortingRefused):
            counts = {code: len(faces) for code, faces in sorting.shares(receipts.faces_received(ctx.session, row.id)).items()}
    beneath = {code: office_by_code(ctx.session, code) for code in counts if code != own.code}
    for office in beneath.values():
        require_free(ctx, row, office)
    parts = [{"office": code, "office_name": office.name, "count": counts[code]} for code, office in beneath.items()]
    return {
        "sorting": sorting.plain(), "own_count": counts.get(own.code, 0), "parts": parts, "parts_open": len(parts), "lower_answers": [],
        "own_round": "first", "own_left": False, "sorting_text": _told(counts.get(own.code, 0), parts),
    }  # fmt: skip


def _told(own_count: int, parts: list[dict[str, Any]]) -> str:
    """The shares in words, where anything was passed down."""
    if not parts:
        return ""
    own = [f"本级 {own_count} 份"] if own_count else []
    return "；".join([*own, *(f"{part['office_name']} {part['count']} 份" for part in parts)])


def _prepared(ctx: StepContext, row: Receipt) -> dict[str, Any]:
    """What the sorting begins with: the enterprises to choose from, and a proposal for those in the area of one office beneath."""
    own, known = own_office(ctx), offices.regions(ctx.session)
    here, of = _area(ctx, own), defaultdict[Party, int](int)
    for face in receipts.faces_received(ctx.session, row.id):
        of[party(face, here)] += 1
    options = [_option(ctx, one, count) for one, count in of.items()]
    competent = {one.id: next((known[r] for r in region_prefixes(one.region) if r in known), None) for one in of}
    proposed = [
        {"enterprise": id_, "office": office.code}
        for id_, office in competent.items()
        if office is not None and office.id != own.id and office.scope.startswith(own.scope)
    ]
    return {"enterprises": options, "shares": proposed if len(of) <= PROPOSED else []}


def _option(ctx: StepContext, one: Party, count: int) -> dict[str, str]:
    """An enterprise to choose; invoices that were typed in name none, the letter may."""
    name = one.name or (text(ctx, "enterprise_name") if one.id == text(ctx, "enterprise_id") else "")
    zh, en = (f"{name}（{one.id}，{count} 份）", f"{name} ({one.id}, {count})") if name else (f"{one.id}（{count} 份）", f"{one.id} ({count})")
    return {"value": one.id, "label": zh, "label_en": en}


def _area(ctx: StepContext, own: Office) -> tuple[str, ...]:
    """The regions of the own office and of those beneath it."""
    return tuple(sorted(region for region, office in offices.regions(ctx.session).items() if office.scope.startswith(own.scope)))
