"""What a tax card holds is saved and listed before anything is done to it, checked, and sent to the audit system.

Source of all: Xi'an 2002-119, 三(一)11, 三(三)4(2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from db.ids import new_id
from engine.registry import Declined, Registry, StepContext
from engine.tables import Attachment
from handlers.devices_counter import done_by
from handlers.devices_law import LAW, LAW_EN
from handlers.devices_tools import as_enterprise, by_the_books, district_of, number, number_at
from handlers.issuing import issue
from handlers.tools import Tools, text, who
from records.audit import Who
from records.devices import kinds, store
from records.devices.kinds import Kind
from records.devices.model import SavedData
from records.devices.store import saved
from records.invoices import store as invoices

Row = Mapping[str, Any]
CENT = Decimal("0.01")
FIGURES = (("份数", "count"), ("金额", "amount"), ("税额", "tax"))


def register(registry: Registry, tools: Tools) -> None:
    """Registers the topics of saving and checking."""

    @registry.operation("damage.book_saved_data")
    def book_saved_data(ctx: StepContext) -> Mapping[str, Any]:
        """Books what the station has read from the card, in the name of whoever put it in, and prints the list. Source: Xi'an 2002-119, 三(一)11."""
        return _book(ctx, tools, done_by(ctx, "prepare_saving"), "disk", ctx.variables.get("saved_rows") or [], text(ctx, "saved_sha256"))

    @registry.operation("damage.book_captured")
    def book_captured(ctx: StepContext) -> Mapping[str, Any]:
        """Books the stubs that certification has captured; rows and control sums say the same. Source: Xi'an 2002-119, 三(三)4(2)."""
        rows = [
            {"code": one["invoice_code"], "number": one["invoice_number"], "date": one["issued_on"], "amount": one["amount"], "tax": one["tax"], "declared": False}
            for one in ctx.variables.get("stubs") or []
        ]  # fmt: skip
        found, stated = _figures(rows), tuple(ctx.variables[key] for key in ("stub_count", "stub_amount", "stub_tax"))
        if found != stated:
            raise Declined(
                f"合计与明细不符：明细 {found[0]} 份、金额 {found[1]}、税额 {found[2]}，填写的合计为 {stated[0]} 份、{stated[1]}、{stated[2]}（三(三)4(2)）",
                f"the sums are not those of the rows: {found[0]} stubs, {found[1]}, {found[2]} against {stated[0]}, {stated[1]}, {stated[2]}",
            )
        _require_rate(ctx, rows)
        _require_sold(ctx, rows)
        return _book(ctx, tools, who(ctx), "hand", rows, "")

    @registry.operation("damage.make_stub_file")
    def make_stub_file(ctx: StepContext) -> Mapping[str, Any]:
        """Tax reporting has found card and disk alike: what is not declared yet becomes a file on the case, made once, with its notice. Source: 三(三)4(2)."""
        row = saved.saved(ctx.session, ctx.variables["saved_id"])
        _require_alike(ctx, row)
        with by_the_books():
            saved.checked(ctx.session, who(ctx), row, ctx.clock.today())
            made = saved.stub_file(ctx.session, who(ctx), row, ctx.clock.today(), name=_file_name(ctx, row))
        ctx.session.add(Attachment(
            id=new_id(), instance_id=ctx.case.instance_id, person_id=ctx.actor.person_id, person_name=ctx.actor.signature, at=ctx.clock.now(), filename=made.name,
            media_type="text/csv", size=made.size, sha256=made.sha256,
        ))  # fmt: skip
        undeclared = _figures(_undeclared(row))
        sent = {"file": made.name, "sha256": made.sha256, "size": made.size, "count": made.count, "amount": str(undeclared[1]), "tax": str(undeclared[2])}
        by = {"office_name": text(ctx, "district_name"), "checked_by": ctx.actor.signature, "date": _today(ctx)}
        issue(ctx, tools, "stub_notice", {**_head(ctx, row), **sent, **by}, number=number_at(ctx, district_of(ctx), "传"))
        told = f"{kinds.WAYS[row.how][0]}并打印清单：{row.count} 份，其中未申报 {undeclared[0]} 份，未申报金额 {undeclared[1]:,.2f} 元、税额 {undeclared[2]:,.2f} 元；存根联数据已传递稽核系统"
        return {"stub_file": made.name, "stub_sha256": made.sha256, **({"saved_text": told} if ctx.variables["stage"] == "original" else {})}


def _book(ctx: StepContext, tools: Tools, by: Who, how: str, rows: Sequence[Row], sha256: str) -> Mapping[str, Any]:
    device, (count, amount, tax) = store.device(ctx.session, Kind.TAX_CARD, text(ctx, "saved_card")), _figures(rows)
    numbers, undeclared = sorted(str(one["number"]) for one in rows), _figures([one for one in rows if not one["declared"]])
    with by_the_books():
        row = saved.save(
            ctx.session, by, device, ctx.case.instance_id, ctx.clock.today(), how, number_first=numbers[0] if numbers else "", number_last=numbers[-1] if numbers else "",
            count=count, undeclared_count=undeclared[0], amount=amount, tax=tax, rows=rows, holder=as_enterprise(ctx),
        )  # fmt: skip
    listed = {"rows": row.rows, "count": count, "undeclared": undeclared[0], "amount": str(amount), "tax": str(tax), "sha256": sha256, "saved_on": _today(ctx), "saved_by": by.name}
    issue(ctx, tools, "saved_list", {**_head(ctx, row), **listed, "office_name": text(ctx, "office_name")}, number=number(ctx, tools, "清"))
    return {
        "saved_id": row.id, "saved_how": kinds.WAYS[how][0], "saved_count": count, "saved_numbers": _numbers(row), "declined_because": None,
    }  # fmt: skip


def _require_rate(ctx: StepContext, rows: Sequence[Row]) -> None:
    """No stub bears more tax than the highest rate gives, which procedure.yaml names; a case whose version names none asks nothing. Raises Declined."""
    if (named := ctx.about.get("highest_tax_rate")) is None:
        return
    rate = Decimal(str(named))
    for at, one in enumerate(rows, start=1):
        most = (Decimal(one["amount"]) * rate).quantize(CENT, ROUND_HALF_UP)
        if Decimal(one["tax"]) > most:
            raise Declined(
                f"第 {at} 行发票 {one['code']} {one['number']} 的税额 {one['tax']} 高于金额 {one['amount']} 按最高税率 {rate:.0%} 计算的 {most}，请核对票面（{LAW}三(三)4(2)）",
                f"row {at}: the tax {one['tax']} is above {most}, which the highest rate gives for {one['amount']} ({LAW_EN}, 三(三)4(2))",
            )


def _require_sold(ctx: StepContext, rows: Sequence[Row]) -> None:
    """The books know the numbers as sold to this enterprise, or the clerk has looked at the stubs themselves and says so. Raises Declined."""
    sold = invoices.sales(ctx.session, text(ctx, "taxpayer_number"))
    unsold = [
        f"{one['code']} {one['number']}" for one in rows
        if not any(sale.code == one["code"] and sale.number_from <= one["number"] <= sale.number_to for sale in sold)
    ]  # fmt: skip
    if unsold and not ctx.variables.get("unsold_vouched"):
        raise Declined(
            f"账上没有售给该企业的记录：{'、'.join(unsold)}；已核对存根联原件的请勾选说明（{LAW}三(三)4(2)）",
            f"the books know none of these as sold to the enterprise: {', '.join(unsold)}; tick that the stubs themselves were looked at ({LAW_EN}, 三(三)4(2))",
        )


def _require_alike(ctx: StepContext, row: SavedData) -> None:
    """What tax reporting has counted by itself is what the card holds; which of the three differs is told, not by how much. Raises Declined."""
    card, disk = _figures(_undeclared(row)), tuple(ctx.variables.get(key) for key in ("disk_count", "disk_amount", "disk_tax"))
    wrong = [names for names, held, counted in zip(FIGURES, card, disk, strict=True) if held != counted]
    if wrong:
        raise Declined(
            f"填写的软盘（存根）未申报{'、'.join(zh for zh, _en in wrong)}与卡内不符，请重新核查；确属不符的，请选择重新保存（{LAW}三(三)4(2)）",
            f"the {', '.join(en for _zh, en in wrong)} on the disk and on the card differ: count again, or have the data saved again ({LAW_EN}, 三(三)4(2))",
        )


def _undeclared(row: SavedData) -> list[Row]:
    return [one for one in row.rows if not one["declared"]]


def _figures(rows: Sequence[Row]) -> tuple[int, Decimal, Decimal]:
    """Count, amount and tax of invoices."""
    amount, tax = (sum((Decimal(str(one[column])) for one in rows), Decimal("0.00")) for column in ("amount", "tax"))
    return len(rows), amount, tax


def _file_name(ctx: StepContext, row: SavedData) -> str:
    return f"存根联_{row.taxpayer_number}_{text(ctx, 'saved_card')}_{ctx.clock.today():%Y%m%d}.csv"


def _head(ctx: StepContext, row: SavedData) -> dict[str, Any]:
    return {
        "enterprise_name": row.taxpayer_name, "taxpayer_number": row.taxpayer_number, "kind": kinds.name(Kind.TAX_CARD), "serial": text(ctx, "saved_card"),
        "how": kinds.WAYS[row.how][0], "numbers": _numbers(row), "saved_count": row.count,
    }  # fmt: skip


def _numbers(row: SavedData) -> str:
    return f"{row.number_first}—{row.number_last}" if row.number_first else ""


def _today(ctx: StepContext) -> str:
    return ctx.clock.today().isoformat()
