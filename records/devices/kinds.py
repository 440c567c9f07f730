"""The words of devices, each with its key, its Chinese name and an English one. Pure data."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What is counted as a device by its serial. Source: Xi'an 2002-119, 二(一)5."""

    TAX_CARD = "tax_card"
    IC_CARD = "ic_card"
    READER = "reader"


class HolderKind(StrEnum):
    """Who can hold a device."""

    SERVICE_UNIT = "service_unit"
    ENTERPRISE = "enterprise"
    OFFICE = "office"
    NOBODY = "nobody"


NAMES: dict[str, tuple[str, str]] = {
    "tax_card": ("金税卡", "tax card"),
    "ic_card": ("税控IC卡", "IC card"),
    "reader": ("读卡器", "card reader"),
}
HOLDERS: dict[str, tuple[str, str]] = {
    "service_unit": ("技术服务单位", "service unit"),
    "enterprise": ("企业", "enterprise"),
    "office": ("税务机关", "tax authority"),
    "nobody": ("无", "nobody"),
}
CARDS = frozenset((Kind.TAX_CARD, Kind.IC_CARD))
REASONS: dict[str, tuple[str, str]] = {"lost": ("丢失", "lost"), "stolen": ("被盗", "stolen")}
WAYS: dict[str, tuple[str, str]] = {"disk": ("软盘转存", "saved to disk"), "hand": ("存根联补录", "captured by hand")}


def is_card(kind: str) -> bool:
    """Whether it is one of the two cards (两卡), which are issued and written; a reader is not."""
    return kind in CARDS


def name(kind: str, language: str = "zh") -> str:
    """The name of a kind, Chinese or English."""
    return NAMES[kind][language == "en"]
