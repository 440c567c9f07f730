"""The table of lost cards that comes down from the SAT: read as CSV, taken into the stop list, duplicates named."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.registry import Declined, Registry, StepContext
from handlers.tools import Tools, own_office, text, who
from records.devices import kinds, rules
from records.devices.errors import StoppedAlready, StopRefused
from records.devices.holders import Holder
from records.devices.store import stops
from records.offices import store as offices

COLUMNS = ("设备种类", "设备编号", "丢失日期", "企业识别号", "企业名称")
KINDS = {zh: kind for kind, (zh, _en) in kinds.NAMES.items() if kinds.is_card(kind)}
NAMED = 20  # duplicates that a sentence names; the rest is counted
Sentence = tuple[str, str]


@dataclass(frozen=True)
class LostCard:
    """A line of the table."""

    kind: str
    serial: str
    lost_on: date
    taxpayer_number: str
    taxpayer_name: str


def read_table(content: str, today: date) -> tuple[list[LostCard], list[Sentence]]:
    """(lines, what is wrong) of a table with its head; a line that stands there twice is a duplicate, not a fault.

    Source: Xi'an 2002-119, 四3.
    """
    lines = [row for row in csv.reader(io.StringIO(content.strip().lstrip("\ufeff").replace("，", ","))) if any(cell.strip() for cell in row)]
    if not lines or tuple(cell.strip() for cell in lines[0]) != COLUMNS:
        return [], [(f"第一行应为表头：{','.join(COLUMNS)}", f"the first line names the columns: {','.join(COLUMNS)}")]
    found, faults = list[LostCard](), list[Sentence]()
    for at, row in enumerate(lines[1:], 2):
        cells = [cell.strip() for cell in row]
        fault = _fault(cells, today)
        if fault is None:
            found.append(LostCard(KINDS[cells[0]], cells[1].upper(), date.fromisoformat(cells[2]), cells[3], cells[4]))
        else:
            faults.append((f"第 {at} 行：{fault[0]}", f"line {at}: {fault[1]}"))
    if not found and not faults:
        faults.append(("表头下面没有数据", "there is nothing beneath the head"))
    return found, faults


def _fault(cells: list[str], today: date) -> Sentence | None:
    if len(cells) != len(COLUMNS):
        return f"应有 {len(COLUMNS)} 列，实有 {len(cells)} 列", f"expected {len(COLUMNS)} columns, but got {len(cells)}"
    if cells[0] not in KINDS:
        return f"设备种类“{cells[0]}”应为{'或'.join(KINDS)}", f"the kind “{cells[0]}” is none of the two cards"
    if not cells[1]:
        return "没有设备编号", "the serial is missing"
    if refusal := rules.serial_refusal(cells[1]):
        return refusal
    try:
        lost_on = date.fromisoformat(cells[2])
    except ValueError:
        return f"丢失日期“{cells[2]}”应写作 2002-05-01", f"the day “{cells[2]}” is not written as 2002-05-01"
    return (f"丢失日期 {lost_on} 晚于今天 {today}", f"the day {lost_on} lies ahead of today") if lost_on > today else None


def register(registry: Registry, _tools: Tools) -> None:
    """Registers the topic of the table."""

    @registry.operation("loss.take_in_table")
    def take_in_table(ctx: StepContext) -> Mapping[str, Any]:
        """Puts every card of the table on the stop list; those that stand there are named, and a card of our own books stays with its report.

        Source: Xi'an 2002-119, 四3, 三(三)3(1).
        """
        today = ctx.clock.today()
        found, faults = read_table(text(ctx, "table_rows"), today)
        if faults:  # the form has said so; of a case that waited over midnight a day may have become one that lies behind us, never the other way
            raise Declined("；".join(zh for zh, _en in faults), "; ".join(en for _zh, en in faults))
        sat = offices.office_at_level(ctx.session, ctx.case.office_id, "sat") or own_office(ctx)
        doubles, ours, taken = list[str](), list[str](), 0
        for card in found:
            label = rules.label(card.kind, card.serial)[0]
            if stops.entry_of(ctx.session, card.kind, card.serial) is not None:  # asked first: one of our own that is stopped already is no news
                doubles.append(label)
                continue
            try:
                stops.put_on_unknown(
                    ctx.session, who(ctx), card.kind, card.serial, "lost", lost_on=card.lost_on, reported_on=max(card.lost_on, ctx.variables["table_received_on"]),
                    today=today, office=sat, holder=Holder("enterprise", card.taxpayer_number, card.taxpayer_name), case_id=ctx.case.instance_id,
                )  # fmt: skip
                taken += 1
            except StoppedAlready:
                doubles.append(label)
            except StopRefused:
                ours.append(label)
        ctx.set_title(f"下发的丢失被盗卡：{text(ctx, 'table_number')}")
        ctx.set_business_key(text(ctx, "table_number"))
        return {
            "taken_in_told": f"共 {len(found)} 行，新列入停用名单 {taken} 张，重复 {len(doubles)} 张，本地账册在用 {len(ours)} 张",
            "duplicates_told": _named("已在停用名单：", doubles) + _named("本地账上的设备，未列入，请与主管税务机关核实：", ours) or None,
        }  # fmt: skip


def _named(head: str, labels: list[str]) -> str:
    if not labels:
        return ""
    more = f"等 {len(labels)} 张" if len(labels) > NAMED else ""
    return f"{head}{'、'.join(labels[:NAMED])}{more}。"
