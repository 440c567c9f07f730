"""What may follow what: the transition tables of devices, hand-up sheets and entries of the stop list. Nothing else."""

from __future__ import annotations

from collections.abc import Mapping

Table = Mapping[tuple[str, str], str]  # (state, event) → state
STATE_BEFORE = "state_before"  # not a state: the one that the device had before it was lost

_LOST_FROM = (
    "in_stock", "sold", "issued", "in_use", "on_loan", "damaged", "in_repair", "repaired", "scrapped", "collected", "sent_up", "listed", "found",
)  # fmt: skip

DEVICE: Table = {
    ("in_stock", "sell"): "sold",
    ("sold", "issue"): "issued",  # 初始发行
    ("issued", "install"): "in_use",
    ("in_use", "reissue"): "in_use",  # 变更发行
    **{(state, "upgrade"): state for state in ("issued", "in_use", "on_loan", "damaged")},  # 升级发行 (西城局流程三(五)); one reported damaged meanwhile was upgraded all the same
    ("in_stock", "lend"): "on_loan",  # 替换卡 (二(四))
    ("on_loan", "give_back"): "in_stock",
    ("in_stock", "report_damage"): "damaged",  # an authority's own, or a service unit's stock (四4)
    ("issued", "report_damage"): "damaged",
    ("in_use", "report_damage"): "damaged",
    ("damaged", "report_damage"): "damaged",  # its change was refused, and it is reported again: each report is a posting of its own case
    ("damaged", "restock"): "in_stock",  # of a stock, inspected and found sound
    ("damaged", "keep_in_use"): "in_use",  # of an enterprise, inspected and found sound: as it was before
    ("damaged", "keep_issued"): "issued",
    ("damaged", "send_to_repair"): "in_repair",
    ("in_repair", "repaired"): "repaired",
    ("repaired", "swap_back"): "in_use",
    ("in_stock", "write_off"): "scrapped",  # an authority's own card, or a replacement that came back broken (四4)
    ("damaged", "write_off"): "scrapped",
    ("in_repair", "write_off"): "scrapped",
    ("repaired", "write_off"): "scrapped",
    ("sold", "collect"): "collected",  # 收缴 (二(二), 四4)
    ("issued", "collect"): "collected",
    ("in_use", "collect"): "collected",
    ("damaged", "collect"): "collected",
    ("repaired", "collect"): "collected",
    ("scrapped", "collect"): "collected",
    ("collected", "send_up"): "sent_up",
    ("sent_up", "confirm"): "collected",
    ("sent_up", "decline_receipt"): "collected",
    ("collected", "list_for_destruction"): "listed",
    ("listed", "strike_off"): "collected",  # the list was given up before anything was destroyed
    ("listed", "destroy"): "destroyed",
    ("lost", "find"): "found",
    ("found", "clear"): STATE_BEFORE,
    ("found", "bury"): "scrapped",
    **{(state, "report_loss"): "lost" for state in _LOST_FROM},
}
READER: Table = {**DEVICE, ("sold", "install"): "in_use", ("sold", "report_damage"): "damaged", ("damaged", "keep_sold"): "sold"}  # a reader bears no rights: nobody issues it
KEPT = {"in_use": "keep_in_use", "issued": "keep_issued", "sold": "keep_sold"}  # state before a report of damage → event where nothing is damaged
FORGOTTEN = {"sent_up": "collected", "listed": "collected"}  # a sheet does not wait for what was lost on the way: it comes back to its holder

SHEET: Table = {
    ("open", "confirm"): "confirmed",
    ("open", "decline"): "declined",
    ("listed", "destroy"): "destroyed",
    ("listed", "withdraw"): "withdrawn",
}

STOP: Table = {("listed", "lift"): "lifted"}

NAMES: dict[str, dict[str, tuple[str, str]]] = {
    "device": {
        "in_stock": ("库存", "in stock"),
        "sold": ("已发售", "sold"),
        "issued": ("已发行", "issued"),
        "in_use": ("使用中", "in use"),
        "on_loan": ("替换使用中", "on loan"),
        "damaged": ("已损坏", "damaged"),
        "in_repair": ("维修中", "in repair"),
        "repaired": ("已修复", "repaired"),
        "scrapped": ("已报废", "scrapped"),
        "collected": ("已收缴", "collected"),
        "sent_up": ("上交途中", "sent up"),
        "listed": ("待销毁", "listed for destruction"),
        "destroyed": ("已销毁", "destroyed"),
        "lost": ("丢失被盗", "lost"),
        "found": ("已找回，待检查", "found, to be checked"),
    },
    "sheet": {
        "open": ("待接收", "to be confirmed"),
        "confirmed": ("已接收", "confirmed"),
        "declined": ("已拒收", "declined"),
        "listed": ("待销毁", "to be destroyed"),
        "destroyed": ("已销毁", "destroyed"),
        "withdrawn": ("已撤回", "withdrawn"),
    },
    "stop": {"listed": ("停用中", "stopped"), "lifted": ("已解除", "lifted")},
}
EVENTS: dict[str, tuple[str, str]] = {
    "take_in": ("入库", "taken in"),
    "sell": ("发售", "sold"),
    "issue": ("初始发行", "first issue"),
    "install": ("安装启用", "installed"),
    "reissue": ("变更发行", "issued anew"),
    "upgrade": ("升级发行", "upgraded"),
    "lend": ("借出替换卡", "lent as a replacement"),
    "give_back": ("归还替换卡", "given back"),
    "report_damage": ("报损", "reported damaged"),
    "restock": ("检测完好，退回库存", "found sound, back in stock"),
    "keep_in_use": ("检测完好，继续使用", "found sound, still in use"),
    "keep_issued": ("检测完好，待安装", "found sound, to be installed"),
    "keep_sold": ("检测完好，待安装", "found sound, to be installed"),
    "send_to_repair": ("送修", "sent to repair"),
    "repaired": ("修复", "repaired"),
    "swap_back": ("换回", "swapped back"),
    "write_off": ("报废", "written off"),
    "collect": ("收缴", "collected"),
    "send_up": ("上交", "sent up"),
    "confirm": ("确认接收", "receipt confirmed"),
    "decline_receipt": ("拒绝接收", "receipt declined"),
    "list_for_destruction": ("登记待销毁", "listed for destruction"),
    "strike_off": ("移出销毁清册", "struck off the list"),
    "destroy": ("销毁", "destroyed"),
    "report_loss": ("报失", "reported lost"),
    "find": ("找回", "found"),
    "clear": ("检查可用", "cleared"),
    "bury": ("检查报废", "found to be useless"),
    "renumber": ("持有企业税号变更", "holder renumbered"),  # nothing happens to the device itself: see records.registration.renumbering
}


def table_of(kind: str) -> Table:
    """The transition table of a kind of device."""
    return READER if kind == "reader" else DEVICE


def following(table: Table, state: str, event: str) -> str | None:
    """The state after the event, or None where the table does not allow it."""
    return table.get((state, event))


def name(kind: str, state: str, language: str = "zh") -> str:
    """The name of a state, Chinese or English."""
    return NAMES[kind][state][language == "en"]


def event_name(event: str, language: str = "zh") -> str:
    """The name of what happened to a device, Chinese or English."""
    return EVENTS[event][language == "en"]
