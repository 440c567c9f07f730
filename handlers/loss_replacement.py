"""What is bought anew after a loss: sold by the service unit, issued at the counter by a station, installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.devices_beside import open_case
from handlers.devices_counter import behind_the_station, in_reporting_period
from handlers.devices_days import require_order
from handlers.devices_law import LAW, LAW_EN
from handlers.devices_pairs import OTHER, of_another_machine, usual_partner
from handlers.devices_tools import as_enterprise, as_service_unit, by_the_books, district_of
from handlers.loss_tools import DAMAGED, named, require_held
from handlers.tools import Tools, text, who
from records.devices import holders, kinds
from records.devices.model import Device
from records.devices.store import devices, stops
from records.taxpayers import enrolments, limits

OFFERED = 200  # rows of a stock that a form can list; what stands behind them is entered by its serial
LAID = frozenset(("sold", "issued", "in_use", "on_loan"))  # states in which the other card can lie in the reader, a replacement card too


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topics of the replacement."""
    _at_the_service_unit(registry)
    _at_the_counter(registry)


def _at_the_service_unit(registry: Registry) -> None:
    @registry.operation("loss.book_sale")
    def book_sale(ctx: StepContext) -> Mapping[str, Any]:
        """The service unit sells a device of the kind that was lost out of its stock, never one on the stop list; or nothing, where nobody buys any more.

        Source: Xi'an 2002-119, 二(五)1(7), 二(五)2(4), 二(一)5.
        """
        if ctx.variables.get("not_bought"):
            return {"new_serial": None, "declined_because": None}
        require_order(("批准日期", "the approval", ctx.variables["approved_on"]), ("发售日期", "the sale", ctx.variables["sold_on"]), "二(五)")
        kind = text(ctx, "lost_kind")
        with by_the_books():
            serial = devices.serial_of(_entered(ctx))
            found = _of_stock(ctx, kind, serial)
            devices.move(
                ctx.session, who(ctx), found, "sell", ctx.clock.today(), to=as_enterprise(ctx), on=ctx.variables["sold_on"], case_id=ctx.case.instance_id,
                note=f"补办：{text(ctx, 'lost_told')}",
            )  # fmt: skip
        usual = _shown(ctx) if kinds.is_card(kind) else None
        return {"new_serial": serial, "other_serial": None, "partner_card": usual.serial if usual is not None else None, "declined_because": None}

    @registry.operation("loss.book_installation")
    def book_installation(ctx: StepContext) -> Mapping[str, Any]:
        """The service unit has installed it: in use again, and the case is done.

        Source: Xi'an 2002-119, 二(五)1(7), 二(一)7.
        """
        for day, zh, en in (("sold_on", "发售日期", "the sale"), ("issued_on", "发行日期", "the issue")):
            require_order((zh, en, ctx.variables.get(day)), ("安装日期", "the installation", ctx.variables["installed_on"]), "二(一)7")
        with by_the_books():
            found = devices.device(ctx.session, text(ctx, "lost_kind"), text(ctx, "new_serial"))
            _require_no_damage(ctx, found)
            if found.state == "in_use":  # the case of its damage has put it back
                return {"result_told": f"已补办{named(found.kind, found.serial)}，经损坏案件修复后启用"}
            devices.move(ctx.session, who(ctx), found, "install", ctx.clock.today(), on=ctx.variables["installed_on"], case_id=ctx.case.instance_id)
        return {"result_told": f"已补办{named(found.kind, found.serial)}并安装启用"}


def _at_the_counter(registry: Registry) -> None:
    @registry.operation("loss.change_card")
    def change_card(ctx: StepContext) -> Mapping[str, Any]:
        """The new device is of no use, at the counter or where it is installed: the district collects it, and the service unit sells another.

        One that was lost meanwhile has a case of its own. Source: Xi'an 2002-119, 四4, 二(四).
        """
        with by_the_books():
            found = devices.device(ctx.session, text(ctx, "lost_kind"), text(ctx, "new_serial"))
            _require_no_damage(ctx, found)
            if found.state in {"sold", "issued"}:
                devices.move(
                    ctx.session, who(ctx), found, "collect", ctx.clock.today(), to=holders.office(district_of(ctx)), case_id=ctx.case.instance_id,
                    note=text(ctx, "unusable_because") or text(ctx, "declined_because"),
                )  # fmt: skip
        return {**dict.fromkeys(("new_serial", "partner_card", "declined_because", "unusable", "unusable_because", "issued_on")), "stock_choices": stock_choices(ctx)}

    @registry.operation("loss.prepare_issue")
    def prepare_issue(ctx: StepContext) -> Mapping[str, Any]:
        """Before a card is written: both cards are the enterprise's and not stopped, its limit is known, the period is reported. Else the clerk is told.

        A card that the case of the other one has issued with it, where both were lost, is not written again.

        Source: Xi'an 2002-119, 二(五), 二(一)6, 三(三)1, 三(一)8.
        """
        kind, number = text(ctx, "lost_kind"), text(ctx, "taxpayer_number")
        _require_reported(ctx)
        with by_the_books():
            new, other = devices.device(ctx.session, kind, text(ctx, "new_serial")), _other(ctx, OTHER[kind])
            for one in (new, other):
                stops.require_not_stopped(ctx.session, one.kind, one.serial)
        if new.state == "issued" and other.state != "sold":  # the case of the other card has written both
            return {"already_issued": True, "declined_because": None}
        if new.state != "sold":
            raise Declined(f"{named(kind, new.serial)}现在不是“已发售”，不能发行（{LAW}二(一)6）", f"{new.serial} is not sold and cannot be issued")
        limit, enrolled = limits.current(ctx.session, number), enrolments.running(ctx.session, number)
        if limit is None or enrolled is None:
            raise Declined(f"“{text(ctx, 'enterprise_name')}”没有在用的开票限额，不能发行（{LAW}二(一)6）", "the enterprise has no limit in force: nothing is issued")
        return {
            kind: new.serial, other.kind: other.serial, "machine_no": int(ctx.variables["machine_no"]), "partner_card": other.serial,
            "version": limit.version, "per_invoice": limit.per_invoice, "monthly_quantity": limit.monthly_quantity, "already_issued": False, "declined_because": None,
        }  # fmt: skip

    @registry.operation("loss.book_issue")
    def book_issue(ctx: StepContext) -> Mapping[str, Any]:
        """The cards have been written: the new one is issued, the other one issued anew. What the books decline goes back to the clerk.

        Source: Xi'an 2002-119, 二(一)6, 三(三)1.
        """
        kind, today = text(ctx, "lost_kind"), ctx.clock.today()
        with behind_the_station(ctx, "卡已写入，但账册不予登记：{}。请收回该卡，核实后重新放置"):
            _require_reported(ctx)  # the station may have worked on a later day than the clerk
            for one in (kind, OTHER[kind]):
                found = devices.device(ctx.session, one, text(ctx, one))
                event = {"sold": "issue", "in_use": "reissue"}.get(found.state, "issue" if one == kind else "")
                if event:
                    devices.move(ctx.session, who(ctx), found, event, today, case_id=ctx.case.instance_id)
        return {"declined_because": None, "issued_on": today}


def _require_reported(ctx: StepContext) -> None:
    """Inside the reporting period this month is reported before a card is issued, on the day of the deed. Raises Declined.

    Source: Xi'an 2002-119, 三(一)5, 三(一)8.
    """
    today = ctx.clock.today()
    if in_reporting_period(ctx, today) and ctx.variables.get("period_reported") is not True:
        raise Declined(f"今天 {today} 在报税期之内，应先抄税再发行（{LAW}三(一)8）", f"{today} lies inside the reporting period: report first, then issue (三(一)8)")


def _require_no_damage(ctx: StepContext, found: Device) -> None:
    """The new device is in no case of damage, which would replace it a second time. Raises Declined, which says what to do.

    Source: Xi'an 2002-119, 二(四).
    """
    reports = [row.case_id for row in devices.postings(ctx.session, found.id) if row.event == "report_damage" and row.case_id]
    running = open_case(ctx.session, reports[-1]) if reports and found.state in DAMAGED else None
    if running is not None:
        raise Declined(
            f"{named(found.kind, found.serial)}安装前已报告损坏，案件{running.business_key}正在办理（{LAW}二(四)）：等该案修复换回后填写安装日期；该案不再更换的，在此勾选不能使用，另换一件",
            f"{found.serial} was reported as damaged before its installation, in the case {running.business_key} ({LAW_EN}, 二(四)): wait for that; where it is given up, tick here that it is not usable",
        )


def stock_choices(ctx: StepContext) -> list[dict[str, str]]:
    """What the service unit may sell of the kind that was lost, as its form offers it; what comes into stock later is entered by its serial."""
    stock = devices.held_by(ctx.session, "service_unit", text(ctx, "service_unit"), [text(ctx, "lost_kind")])
    rows = [one for one in stock if one.state == "in_stock" and not one.is_replacement][:OFFERED]
    return [{"value": one.serial, "label": f"{one.serial}（{one.taken_in_on} 入库）", "label_en": f"{one.serial} (in stock since {one.taken_in_on})"} for one in rows]


def _entered(ctx: StepContext) -> str:
    """The serial that is sold: chosen from the stock or entered, one of both. Raises Declined."""
    chosen, entered = text(ctx, "new_serial"), text(ctx, "other_serial").strip()
    if bool(chosen) == bool(entered):
        raise Declined(f"请从库存中选择一个设备，或者填写列表以外的编号，只填一处（{LAW}二(一)5）", "choose a device of the stock or enter a serial that is not in the list, one of both (二(一)5)")
    return chosen or entered


def _of_stock(ctx: StepContext, kind: str, serial: str) -> Device:
    """What is sold stands in the stock of the service unit of this case. Raises Declined, which says what to do."""
    found = devices.known(ctx.session, kind, serial)
    if found is None:
        raise Declined(
            f"账上没有{named(kind, serial)}。请核对编号和种类；确在库存中的，先在“专用设备”办理入库，再发售（{LAW}三(二)2）",
            f"{serial} is not in the books. Check serial and kind; what stands in the warehouse is taken in first, then sold (三(二)2)",
        )
    require_held(found, as_service_unit(ctx), "发售", "sell it", "二(一)5")
    return found


def _usable(ctx: StepContext, kind: str) -> list[Device]:
    """The enterprise's cards of the other kind that can lie in the reader beside the new one."""
    return [one for one in devices.held_by(ctx.session, "enterprise", text(ctx, "taxpayer_number"), [kind]) if one.state in LAID]


def _lost(ctx: StepContext) -> Device | None:
    """The card in whose place the new one comes; None for one that the books do not know."""
    return devices.known(ctx.session, text(ctx, "lost_kind"), text(ctx, "serial"))


def _shown(ctx: StepContext) -> Device | None:
    """The other card of its machine, where the books show it and it can be used. Source: Xi'an 2002-119, 二(一)6."""
    return usual_partner(ctx.session, text(ctx, "lost_kind"), _lost(ctx), text(ctx, "taxpayer_number"), LAID)


def _other(ctx: StepContext, kind: str) -> Device:
    """The enterprise's card of the other kind, of the machine of the lost one: the one that the clerk names, else the one that the books show.

    Raises Declined where it has none, for instance because both were lost and the other has not been bought anew, and where several could be meant.
    """
    usable, wanted = _usable(ctx, kind), text(ctx, "partner_card").strip().upper()
    listed, name = "、".join(one.serial for one in usable), text(ctx, "enterprise_name")
    if not usable:
        raise Declined(
            f"“{name}”没有可一并发行的{kinds.name(kind)}；两卡均丢失的，先补办另一张再一并发行（{LAW}二(一)6）",
            f"the enterprise has no {kinds.name(kind, 'en')} to be issued with it: replace that one first",
        )  # fmt: skip
    if wanted:
        with by_the_books():
            stops.require_not_stopped(ctx.session, kind, wanted)
        found = next((one for one in usable if one.serial == wanted), None)
        if found is None:
            raise Declined(f"{named(kind, wanted)}不是“{name}”可一并发行的卡，可用的有：{listed}（{LAW}二(一)6）", f"{wanted} is no card of the enterprise that can be issued with it; there are: {listed}")
        _require_same_machine(ctx, found)
        return found
    if (shown := _shown(ctx)) is None:
        raise Declined(
            f"账册不能确定与新卡同一台开票机的是哪一张，请核对后写明{kinds.name(kind)}：{listed}；配套的也丢失的，先补办另一张（{LAW}二(一)6）",
            f"the books do not show which card belongs to the same machine: name the {kinds.name(kind, 'en')}, of {listed}; where that is lost too, replace it first",
        )
    return shown


def _require_same_machine(ctx: StepContext, found: Device) -> None:
    """The books do not show it as the card of another machine. Raises Declined."""
    mate = of_another_machine(ctx.session, found, _lost(ctx), text(ctx, "taxpayer_number"))
    if mate is not None and mate.serial != text(ctx, "new_serial"):  # the case of the other card has written both
        raise Declined(
            f"{named(found.kind, found.serial)}在账册上与{named(mate.kind, mate.serial)}同一台开票机，不能与新卡一并发行（{LAW}二(一)6）；配套的卡也丢失的，先补办再一并发行",
            f"in the books {found.serial} belongs to the machine of {mate.serial} and is not issued with the new card ({LAW_EN}, 二(一)6): replace its own partner first",
        )
