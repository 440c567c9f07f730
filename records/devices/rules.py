"""The rules of devices as pure functions: who holds a device after an event, and what an event asks of it.

Source of all: Xi'an 2002-119 (市国税发〔2002〕119号).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from records.devices import kinds, states

Sentence = tuple[str, str]
# Who may hold a device after an event; nothing where the holder stays.
HOLDER_AFTER: Mapping[str, frozenset[str]] = {
    "take_in": frozenset(("service_unit", "office")),
    "sell": frozenset(("enterprise",)),
    "lend": frozenset(("enterprise",)),
    "swap_back": frozenset(("enterprise",)),
    "give_back": frozenset(("service_unit",)),
    "send_to_repair": frozenset(("service_unit",)),
    "collect": frozenset(("office",)),
    "confirm": frozenset(("office",)),
    "find": frozenset(("enterprise", "service_unit", "office")),
}
MAY_MOVE: Mapping[str, frozenset[str]] = {"write_off": frozenset(("service_unit", "office")), "bury": frozenset(("service_unit", "office"))}
TO_ENTERPRISE = frozenset(("sell", "lend", "swap_back"))
GIVES_RIGHTS = frozenset(("take_in", "sell", "issue", "reissue", "install", "lend", "swap_back"))  # never of a serial on the stop list (二(五))
SERIAL = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,39}")  # what a station writes, too: hardware/work/order.py
CARDS_ONLY = frozenset(("issue", "reissue", "upgrade"))
UNDER_WAY = frozenset(("damaged", "in_repair", "repaired", "sent_up", "listed", "lost", "found"))


# Where the document has what an event is part of; what is kept of a stock is 三(二)2.
ARTICLES: Mapping[str, str] = {
    "sell": "二(一)5", "issue": "二(一)6", "install": "二(一)7", "reissue": "二(二)", "upgrade": "西城局流程三(五)", "lend": "二(四)", "give_back": "二(四)", "report_damage": "二(四)",
    "send_to_repair": "二(四)", "repaired": "二(四)", "swap_back": "二(四)", "write_off": "四4", "collect": "二(二)", "send_up": "四4", "confirm": "四4",
    "keep_in_use": "二(四)", "keep_issued": "二(四)", "keep_sold": "二(四)", "decline_receipt": "四4", "list_for_destruction": "四4", "destroy": "四4", "report_loss": "二(五)", "find": "二(五)", "clear": "二(五)", "bury": "二(五)",
}  # fmt: skip


def label(kind: str, serial: str) -> Sentence:
    """How a device is named in a sentence."""
    return f"{kinds.name(kind)}“{serial}”", f"the {kinds.name(kind, 'en')} “{serial}”"


def serial_refusal(text: str) -> Sentence | None:
    """Why this is no serial of a device; None where it is one."""
    if SERIAL.fullmatch(text.strip()):
        return None
    return "设备编号由字母、数字和连字符组成，以字母或数字开头，最多 40 个字符", "a serial is made of letters, figures and hyphens, begins with a letter or figure, and has at most 40 characters"


def next_state(kind: str, state: str, state_before: str, event: str) -> str | None:
    """The state after an event; None where the state does not allow it."""
    after = states.following(states.table_of(kind), state, event)
    return state_before if after == states.STATE_BEFORE else after


def kept_before(state: str, state_before: str) -> str:
    """The state to which a device that is lost now comes back when it is found: of one on its way, what it was for its sender."""
    return state_before if state == "found" else states.FORGOTTEN.get(state, state)


def event_refusal(kind: str, serial: str, state: str, event: str, *, is_replacement: bool) -> Sentence | None:
    """Why the event is not possible; None where it is.

    Source: Xi'an 2002-119, 二(一)5-7, 二(二), 二(四), 二(五), 四4.
    """
    zh, en = label(kind, serial)
    if event not in states.EVENTS:
        raise ValueError(f"expected an event of a device, but got {event!r}")
    if next_state(kind, state, "in_stock", event) is None:
        now, now_en = states.name("device", state), states.name("device", state, "en")
        what, what_en = states.event_name(event), states.event_name(event, "en")
        article = ARTICLES.get(event, "三(二)2")
        return f"{zh}现为“{now}”，不能“{what}”（{article}）", f"{en} is “{now_en}” and cannot be “{what_en}” ({article})"
    if event in CARDS_ONLY and not kinds.is_card(kind):
        return f"{zh}不是金税卡或税控IC卡，不办理发行（二(一)6）", f"{en} is not a card: it is not issued (二(一)6)"
    if event == "sell" and is_replacement:
        return f"{zh}是替换卡，只能暂借，不能发售（二(四)）", f"{en} is a replacement card: it is lent, not sold (二(四))"
    if event == "lend" and not is_replacement:
        return f"{zh}不是替换卡，不能作为替换卡借出（二(四)）", f"{en} is not a replacement card and cannot be lent as one (二(四))"
    return None


def holder_refusal(event: str, kind: str | None) -> Sentence | None:
    """Why a device cannot be with such a holder after the event; `kind` None where nobody was named."""
    what, what_en = states.event_name(event), states.event_name(event, "en")
    allowed, article = HOLDER_AFTER.get(event), ARTICLES.get(event, "三(二)2")
    if allowed is not None and kind not in allowed:
        wanted, wanted_en = "或".join(kinds.HOLDERS[k][0] for k in sorted(allowed)), " or ".join(kinds.HOLDERS[k][1] for k in sorted(allowed))
        given, given_en = kinds.HOLDERS[kind] if kind else ("空", "nothing")
        return f"“{what}”之后应由{wanted}持有，但填写的是{given}（{article}）", f"after “{what_en}” it is held by {wanted_en}, but the holder given is {given_en} ({article})"
    if allowed is None and kind is not None and kind not in MAY_MOVE.get(event, ()) and event != "clear":
        return f"“{what}”不改变持有人（{article}）", f"“{what_en}” does not change the holder ({article})"
    return None


def giver_refusal(event: str, held_kind: str) -> Sentence | None:
    """Why this holder cannot do so with the device: only a service unit sells and lends; what an enterprise holds is in nobody's stock.

    Source: Xi'an 2002-119, 二(一)5, 二(四), 三(二)1, 三(二)2.
    """
    if event == "restock" and held_kind == "enterprise":
        return "企业持有的设备不属于库存，不能退回库存（三(二)2）", "what an enterprise holds is in nobody's stock (三(二)2)"
    if event in states.KEPT.values() and held_kind != "enterprise":
        return "库存设备检测完好的，退回库存（三(二)2）", "what is kept in stock and found sound goes back there (三(二)2)"
    if event in {"sell", "lend"} and held_kind != "service_unit":
        what, what_en = states.event_name(event), states.event_name(event, "en")
        return f"专用设备由技术服务单位“{what}”，但该设备由{kinds.HOLDERS[held_kind][0]}持有（二(一)5）", f"devices are {what_en} by a service unit alone (二(一)5)"
    return None


def day_refusal(on: date, last_on: date, today: date, last_event: str = "") -> Sentence | None:
    """Why a posting cannot bear this day: it lies before the last posting, whose event is named where it is given, or ahead of today."""
    if on > today:
        return f"日期 {on} 晚于今天 {today}（四1）", f"the day {on} lies ahead of today, {today} (四1)"
    if on < last_on:
        which, which_en = (f"“{states.event_name(last_event)}”", f", “{states.event_name(last_event, 'en')}”") if last_event else ("", "")
        return f"日期 {on} 早于该设备上一笔记录{which}的日期 {last_on}（四1）", f"the day {on} lies before the device's last posting{which_en}, {last_on} (四1)"
    return None


def loss_refusal(lost_on: date, reported_on: date, today: date) -> Sentence | None:
    """Why the days of a loss cannot be: it was reported before it happened, or lies ahead.

    Source: Xi'an 2002-119, 二(五).
    """
    if reported_on > today:
        return f"报告日期 {reported_on} 晚于今天 {today}（二(五)）", f"the day of the report, {reported_on}, lies ahead of today, {today} (二(五))"
    if lost_on > reported_on:
        return f"丢失被盗日期 {lost_on} 晚于报告日期 {reported_on}（二(五)）", f"the loss, {lost_on}, lies after its report, {reported_on} (二(五))"
    return None


def saved_refusal(how: str, rows: Iterable[Mapping[str, Any]], count: int, undeclared: int, amount: Decimal, tax: Decimal) -> Sentence | None:
    """Why saved data are not whole: figures and rows must say the same, so that the list printed from them is what the card held.

    Source: Xi'an 2002-119, 三(一)11, 三(三)4(2).
    """
    listed = list(rows)
    if how not in kinds.WAYS:
        return f"转存方式应为{'或'.join(zh for zh, _en in kinds.WAYS.values())}（三(一)11）", "data are saved to disk or captured by hand (三(一)11)"
    if count != len(listed):
        return f"填写的发票份数为 {count}，但明细有 {len(listed)} 行（三(一)11）", f"{count} invoices were stated, but {len(listed)} are listed (三(一)11)"
    if not 0 <= undeclared <= count:
        return f"未申报份数 {undeclared} 应在 0 至 {count} 之间（三(一)11）", f"the undeclared invoices, {undeclared}, must be between 0 and {count} (三(一)11)"
    for zh, en, stated, column in (("金额", "amount", amount, "amount"), ("税额", "tax", tax, "tax")):
        total = sum((Decimal(str(row[column])) for row in listed), Decimal(0))
        if total != stated:
            return f"{zh}合计应为 {total}，但填写的是 {stated}（三(一)11）", f"the {en} adds up to {total}, but {stated} was stated (三(一)11)"
    return None
