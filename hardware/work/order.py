"""A job as the counter sees it, and what the work has at hand. Data, and the checks of what the job names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from hardware.clerk import Wanted
from hardware.desk import Desk
from hardware.disk.ports import LABEL
from hardware.jobs import CARD_WRONG, DRIVE, JOBS, READER
from hardware.ports import DISK, IC_CARD, TAX_CARD, Card, TaxCard, Volume

SERIAL = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,39}")  # as records/devices/rules.py has it, which this room does not know; a test holds them together
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
MOST_VOLUMES = 15  # of one job: each is a job of its own to a card, which remembers the last twenty
Given = Mapping[str, Any]
Results = dict[str, Any]
Say = Callable[[str, str], None]


@dataclass(frozen=True)
class Order:
    """A job as the counter sees it; `key` is the same at every attempt."""

    key: str
    topic: str
    given: Given


class ModelledError(Exception):
    """A job ends in an error that the procedure knows. Its text is the sentence for the clerk, `en` the English one; `may_pass`: something else that
    is put in, or a tab that is closed, would help, so that it is waited for first.
    """

    def __init__(self, code: str, zh: str, en: str, *, may_pass: bool = False) -> None:
        super().__init__(zh)
        self.code, self.en, self.may_pass = code, en, may_pass


class UnknownOrder(Exception):
    """A job that no station can do: another topic, or inputs that name no card, volume or document."""


class PaperNotMade(Exception):
    """The house is still making the document of the job: it is asked again soon."""


class Withdrawn(Exception):
    """The job is no longer this station's: nothing more is moved or printed for it."""


def _ours() -> None:
    """A job that nobody can take away."""


def _no_paper() -> bytes:
    raise UnknownOrder("这里取不到文书")


@dataclass(frozen=True)
class Bench:
    """Everything that the work of one order has at hand: the cards by their kind, the document, and whom to tell what is being done.

    `require_ours` is asked before each thing that cannot be undone; it raises Withdrawn once the job was withdrawn or given to another.
    `is_ending`: the station was told to stop.
    """

    order: Order
    desk: Desk
    cards: Mapping[str, Card]
    now: datetime
    paper: Callable[[], bytes] = _no_paper
    say: Say = lambda _zh, _en: None
    require_ours: Callable[[], None] = _ours
    is_ending: Callable[[], bool] = lambda: False

    @property
    def given(self) -> Given:
        """The inputs of the job."""
        return self.order.given

    @property
    def tax_card(self) -> TaxCard:
        """The golden-tax card; raises UnknownOrder where the job names none."""
        return cast("TaxCard", self._card(TAX_CARD))

    @property
    def ic_card(self) -> Card:
        """The IC card; raises UnknownOrder where the job names none."""
        return self._card(IC_CARD)

    def _card(self, kind: str) -> Card:
        if kind not in self.cards:
            raise UnknownOrder(f"作业没有写明 {kind} 的卡号")
        return self.cards[kind]

    def text(self, name: str) -> str:
        """An input that is a text."""
        return str(self.given.get(name) or "")

    def volumes(self) -> list[Volume]:
        """The volumes that the job names; raises UnknownOrder."""
        rows = self.given.get("volumes")
        if not isinstance(rows, list) or len(rows) > MOST_VOLUMES:
            raise UnknownOrder(f"作业没有写明发票卷，或多于 {MOST_VOLUMES} 卷")
        return [_volume(row) for row in rows]


def _volume(row: Any) -> Volume:
    try:
        volume = Volume(str(row["code"]), str(row["number_from"]), int(row["count"]))
        agrees = number_to(volume) == str(row.get("number_to") or number_to(volume))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnknownOrder(f"作业中的发票卷写得不对：{str(row)[:100]}") from error
    if not agrees:
        raise UnknownOrder(f"作业中发票卷的起止号码与份数不符：{str(row)[:100]}")
    return volume


def number_to(volume: Volume) -> str:
    """The last number of a volume."""
    return f"{int(volume.first) + volume.count - 1:08d}"


def row_of(volume: Volume) -> Results:
    """A volume as a row of a result."""
    return {"code": volume.code, "number_from": volume.first, "number_to": number_to(volume), "count": volume.count}


def said(volumes: Sequence[Volume]) -> str:
    """Volumes in a sentence."""
    return "、".join(f"{one.code} {one.first}–{number_to(one)}" for one in volumes) or "无"


def wanted(order: Order) -> list[Wanted]:
    """The cards that an order names; raises UnknownOrder."""
    given = order.given
    owner = {"taxpayer_number": str(given.get("taxpayer_number") or ""), "enterprise_name": str(given.get("enterprise_name") or "")}
    if order.topic == "station.issue_cards":
        owner = {}  # blank cards
    if order.topic == "station.reissue_cards" and given.get("former_taxpayer_number"):
        owner["taxpayer_number"] = str(given["former_taxpayer_number"])
    named = [(kind, given.get(kind)) for kind in (TAX_CARD, IC_CARD)] if "kind" not in given else [(given["kind"], given.get("serial"))]
    found = [Wanted(str(kind), str(serial), month=str(given.get("month") or ""), **owner) for kind, serial in named if serial]
    if order.topic not in JOBS:
        raise UnknownOrder(f"工作站不会办理 {order.topic}")
    if "month" in JOBS[order.topic].needs and not MONTH.fullmatch(str(given.get("month") or "")):
        raise UnknownOrder(f"作业的月份应写作 2006-03，而不是 {str(given.get('month'))[:20]}")
    if READER not in JOBS[order.topic].devices:
        return []
    if not found or any(card.kind not in {TAX_CARD, IC_CARD} or not SERIAL.fullmatch(card.serial) for card in found):
        raise UnknownOrder(f"工作站不会办理 {order.topic}，或作业没有写明卡号")
    return found


def awaited(order: Order) -> list[Wanted]:
    """The same, and the disk that the order names; raises UnknownOrder."""
    cards = wanted(order)
    if DRIVE not in JOBS[order.topic].devices:
        return cards
    label = str(order.given.get("disk_label") or "")
    if not LABEL.fullmatch(label):
        raise UnknownOrder(f"软盘卷标应是不超过 11 个的大写字母和数字，而不是 {label[:20]}")
    return [*cards, Wanted(DISK, label)]


def misfit(cards: Sequence[Card], order: Order) -> ModelledError | None:
    """What is wrong with the cards in the reader: CARD_WRONG where another card of the kind lies there."""
    for card in wanted(order):
        there = [one.serial for one in cards if one.kind == card.kind]
        if there and card.serial not in there:
            return ModelledError(
                CARD_WRONG, f"读卡器里是 {there[0]}，不是 {card.name}；请换上 {card.name} 后再办",
                f"card {there[0]} lies in the reader, not {card.serial}", may_pass=True,
            )  # fmt: skip
    return None
