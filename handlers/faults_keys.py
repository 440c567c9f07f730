"""A change of keys after a loss: reported by the office that lost, decided by two people of the next higher one, carried out and confirmed by two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_days import require_order
from handlers.devices_law import LAW, LAW_EN
from handlers.devices_tools import number_at
from handlers.faults_tools import OFFICE_OF_GOLDEN_TAX, ladder, posts
from handlers.tools import Tools, declining, own_office, signer, text, who
from records.devices import holders
from records.devices.kinds import CARDS
from records.devices.model import StopEntry
from records.devices.store import stops
from records.faults.errors import MoveRefused
from records.faults.model import KeyChange
from records.faults.store import matters
from records.offices import store as offices

TERM = "key_decision"


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of a change of keys."""

    @registry.operation("faults.open_key_change")
    def open_key_change(ctx: StepContext) -> Mapping[str, Any]:
        """Reports the keys of the office's own lost cards, which are on the stop list, to the next higher authority, a city to the province.

        Source: Xi'an 2002-119, 三(三)5(2) and (3).
        """
        own, superior, today = own_office(ctx), offices.parent(ctx.session, ctx.case.office_id), ctx.clock.today()
        if superior is None:
            raise Declined("本机关之上没有可以决定的机关", "there is no higher authority to decide")
        made, lost = number_at(ctx, own, "钥"), _lost(ctx)
        found, serials, lost_on = {one.kind for one in lost}, matters.BETWEEN.join(one.serial for one in lost), min(one.lost_on for one in lost)
        row = matters.report_key_change(
            ctx.session, who(ctx), number=made, key="both" if len(found) > 1 else found.pop(), serials=serials, lost_on=lost_on, reported_on=today,
            reason=f"{text(ctx, 'reason')}（{text(ctx, 'police_report')}）", office_name=own.name, scope=own.scope, superior_name=superior.name, case_id=ctx.case.instance_id,
        )  # fmt: skip
        _note(ctx, lost, row)
        ctx.set_title(f"更换密钥：{own.name}，{serials}")
        ctx.set_business_key(made)
        owners = posts(ctx.session, [superior], OFFICE_OF_GOLDEN_TAX, "bureau_leader")
        term = tools.deadlines.start(ctx.session, ctx.case.instance_id, tools.rule(ctx, TERM), today, owner_posts=owners)
        ctx.set_due(term.due_on, term.label)
        city = ladder(ctx.session, own.id)
        return {
            "registration_number": made, "key_change_id": row.id, "serials": serials, "lost_on": lost_on, "office_name": own.name, "superior_office_id": superior.id, "superior_name": superior.name,
            "city_code": city.city.code, "city_name": city.city.name,
        }  # fmt: skip

    @registry.operation("faults.book_key_decision")
    def book_key_decision(ctx: StepContext) -> Mapping[str, Any]:
        """Books the decision; the office that lost is told.

        Source: Xi'an 2002-119, 三(三)5(3).
        """
        today, agreed = ctx.clock.today(), text(ctx, "decision") == "agree"
        words = text(ctx, "key_plan") if agreed else text(ctx, "refusal_reason")
        with declining(MoveRefused):
            row = matters.move_key_change(
                ctx.session, who(ctx), str(ctx.variables["key_change_id"]), "agree" if agreed else "refuse", decision=words, decided_on=today,
                prepared_by_name=signer(ctx, "prepare_key_decision")["name"], decided_by=ctx.actor.person_id, decided_by_name=ctx.actor.signature,
            )  # fmt: skip
        _note(ctx, _lost(ctx, beside=False), row)
        tools.deadlines.meet(ctx.session, ctx.case.instance_id, TERM, today)
        ctx.set_due(None)
        told = posts(ctx.session, [own_office(ctx)], OFFICE_OF_GOLDEN_TAX, "it_support", "card_issuance")
        outcome = "决定更换密钥" if agreed else "不予更换密钥"
        tools.tell(ctx, told, "key_decided", f"{row.superior_name}{outcome}：{words}", f"{row.superior_name}: the key is {'changed' if agreed else 'kept'}")
        return {}

    @registry.operation("faults.check_key_change")
    def check_key_change(ctx: StepContext) -> Mapping[str, Any]:
        """A key is changed when it was decided, not before.

        Source: Xi'an 2002-119, 三(三)5(3).
        """
        decided_on = matters.key_change(ctx.session, str(ctx.variables["key_change_id"])).decided_on
        require_order(("决定日期", "the day of the decision", decided_on), ("更换日期", "the day of the change", ctx.variables["changed_on"]), "三(三)5(3)")
        return {}

    @registry.operation("faults.book_key_changed")
    def book_key_changed(ctx: StepContext) -> Mapping[str, Any]:
        """The key was changed by one and found to work by another; the superior is told.

        Source: Xi'an 2002-119, 三(三)5(3).
        """
        with declining(MoveRefused):
            row = matters.move_key_change(
                ctx.session, who(ctx), str(ctx.variables["key_change_id"]), "change", changed_on=ctx.variables["changed_on"],
                changed_by_name=signer(ctx, "change_key")["name"], witnessed_by_name=signer(ctx, "witness_key_change")["name"],
            )  # fmt: skip
        _note(ctx, _lost(ctx, beside=False), row)
        superior = posts(ctx.session, [offices.office(ctx.session, str(ctx.variables["superior_office_id"]))], OFFICE_OF_GOLDEN_TAX)
        tools.tell(ctx, superior, "key_changed", f"{row.office_name}已于 {row.changed_on} 更换密钥（{row.number}）", f"the key of {row.number} was changed on {row.changed_on}")
        return {}


def _lost(ctx: StepContext, *, beside: bool = True) -> Sequence[StopEntry]:
    """The entries of the stop list that the case is about. Raises Declined for none, for what the office has not reported lost, and, where `beside`
    is asked, for a card whose key is reported already.

    Source: Xi'an 2002-119, 三(三)5(2) and (3).
    """
    wanted = [str(one) for one in ctx.variables.get("stopped_cards") or ()]
    found = {f"{one.kind}:{one.serial}": one for one in stops.lost_by(ctx.session, holders.office(own_office(ctx)), sorted(CARDS))}
    if not wanted or not found.keys() >= set(wanted):
        raise Declined(
            f"请选择停用名单上本机关丢失、被盗的卡；尚未报失的，先报公安机关和上级（{LAW}三(三)5(2)）",
            f"choose the office's own cards on the stop list; what is not reported lost yet is reported first ({LAW_EN}, 三(三)5(2))",
        )  # fmt: skip
    for one in (found[key] for key in wanted) if beside else ():
        if under_way := next((row for row in matters.key_changes_of(ctx.session, one.serial) if row.state in {"reported", "ordered"}), None):
            raise Declined(
                f"{one.serial} 的密钥已由{under_way.number}报请更换，尚未办结（{LAW}三(三)5(3)）", f"the key of {one.serial} is reported already by {under_way.number} ({LAW_EN}, 三(三)5(3))",
            )  # fmt: skip
    return [found[key] for key in wanted]


def _note(ctx: StepContext, lost: Sequence[StopEntry], row: KeyChange) -> None:
    """The entry of each card says what became of its key."""
    for one in lost:
        stops.note_key_change(ctx.session, who(ctx), one, row.number, row.state)
