"""The words of faults, in Chinese and English: sides, grades, levels, subsystems, what was done."""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "side": {"enterprise": ("企业端", "enterprise side"), "tax": ("税务端", "tax side")},
    "grade": {"ordinary": ("一般", "ordinary"), "widespread": ("带有普遍性", "widespread"), "serious": ("重大", "serious")},
    "level": {"own": ("主管局", "own office"), "city": ("市局", "city"), "province": ("省局", "province")},
    "subsystem": {
        "issuance": ("企业发行子系统", "enterprise issuance"),
        "invoice_sale": ("企业发票发售子系统", "invoice sale"),
        "certification": ("认证子系统", "certification"),
        "reporting": ("报税子系统", "tax reporting"),
        "billing": ("开票子系统", "billing"),
        "other": ("其他", "other"),
    },
    "act": {
        "reported": ("填制上报", "reported"),
        "signed": ("岗位签认", "signed by the post"),
        "passed_up": ("上报", "passed up"),
        "regraded": ("改变等级", "graded anew"),
        "solved": ("处理完毕，答复", "solved"),
        "not_solved": ("确认未解决", "not solved"),
        "confirmed": ("确认已解决", "confirmed"),
        "to_maker": ("报系统研制生产单位", "passed to the maker"),
        "duplicate": ("并入他件", "duplicate"),
        "maintained": ("服务单位维护税务端", "maintained by the service unit"),
    },
    "effect": {"audit": ("稽核系统数据库", "audit database"), "rates": ("“五率”考核", "the five rates"), "other": ("其他重大事项", "another major matter")},
    "key": {"tax_card": ("税务机关用金税卡", "tax card of an authority"), "ic_card": ("税务机关用IC卡", "IC card of an authority"), "both": ("税务机关用两卡", "both cards of an authority")},
}


def name(kind: str, value: str, language: str = "zh") -> str:
    """The word for a value, Chinese or English; the value itself where there is none, nothing for nothing."""
    return NAMES[kind].get(value, (value, value))[language == "en"]


def names(kind: str, values: list[str]) -> str:
    """The Chinese words for several values, by 、."""
    return "、".join(name(kind, value) for value in values)


def both(kind: str, *values: str, suffix: tuple[str, str] = ("", "")) -> dict[str, str]:
    """The words for values in both languages, as pages show a variable."""
    return {"zh": "、".join(name(kind, one) for one in values) + suffix[0], "en": ", ".join(name(kind, one, "en") for one in values) + suffix[1]}
