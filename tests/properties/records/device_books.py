"""What the books of devices must say, worked out a second time in plain dictionaries: it reads no table of the product's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

KINDS = {"D0": "tax_card", "D1": "ic_card", "D2": "reader", "D3": "tax_card", "D4": "ic_card"}
REPLACEMENTS = frozenset(("D3",))
LOSES = ("in_stock", "sold", "issued", "in_use", "on_loan", "damaged", "in_repair", "repaired", "scrapped", "collected", "sent_up", "listed", "found")
UNIT, NOBODY, NONE = "unit", "nobody", ""
OFFICES = ("yt1", "yt", "xa", "sn")
ENTERPRISES = ("one", "two")
ABOVE = {"yt1": "yt", "yt": "xa", "xa": "sn"}
# event: from which states, to which; who may be named as the holder afterwards
STAYS, GIVEN = "stays", "given"
MOVES: dict[str, tuple[tuple[str, ...], str, str, tuple[str, ...]]] = {
    "sell": (("in_stock",), "sold", GIVEN, ENTERPRISES),
    "issue": (("sold",), "issued", STAYS, ()),
    "install": (("issued",), "in_use", STAYS, ()),
    "reissue": (("in_use",), "in_use", STAYS, ()),
    "lend": (("in_stock",), "on_loan", GIVEN, ENTERPRISES),
    "give_back": (("on_loan",), "in_stock", GIVEN, (UNIT,)),
    "report_damage": (("in_stock", "issued", "in_use", "damaged"), "damaged", STAYS, ()),
    "restock": (("damaged",), "in_stock", STAYS, ()),
    "keep_in_use": (("damaged",), "in_use", STAYS, ()),
    "keep_issued": (("damaged",), "issued", STAYS, ()),
    "keep_sold": ((), "sold", STAYS, ()),
    "send_to_repair": (("damaged",), "in_repair", GIVEN, (UNIT,)),
    "repaired": (("in_repair",), "repaired", STAYS, ()),
    "swap_back": (("repaired",), "in_use", GIVEN, ENTERPRISES),
    "write_off": (("in_stock", "damaged", "in_repair", "repaired"), "scrapped", STAYS, (UNIT, *OFFICES)),
    "collect": (("sold", "issued", "in_use", "damaged", "repaired", "scrapped"), "collected", GIVEN, OFFICES),
    "send_up": (("collected",), "sent_up", STAYS, ()),
    "confirm": (("sent_up",), "collected", GIVEN, OFFICES),
    "decline_receipt": (("sent_up",), "collected", STAYS, ()),
    "list_for_destruction": (("collected",), "listed", STAYS, ()),
    "strike_off": (("listed",), "collected", STAYS, ()),
    "destroy": (("listed",), "destroyed", NOBODY, ()),
    "report_loss": (LOSES, "lost", NOBODY, ()),
    "find": (("lost",), "found", GIVEN, (UNIT, *OFFICES, *ENTERPRISES)),
    "bury": (("found",), "scrapped", STAYS, (UNIT, *OFFICES)),
    "clear": (("found",), "", STAYS, ()),
}
RIGHTS = frozenset(("sell", "issue", "reissue", "install", "lend", "swap_back"))


@dataclass(frozen=True)
class One:
    """A device: its state, who holds it, how many events it has seen; before a loss what it was and whose."""

    state: str
    holder: str
    events: int = 1
    was: str = ""
    whose: str = ""


@dataclass
class Sheet:
    """Devices under way to an office, or listed at the province."""

    sender: str
    to: str
    serials: tuple[str, ...]
    opened_by: str
    purpose: str
    open: bool = True


@dataclass
class Books:
    """Everything that there is. Each act answers whether it is possible, and does it then."""

    devices: dict[str, One] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    sheets: list[Sheet] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)  # enterprises that are deregistered

    def take_in(self, serial: str, holder: str) -> bool:
        """Into the stock of the unit or an office."""
        if serial in self.devices or serial in self.stopped or holder not in (UNIT, *OFFICES):
            return False
        self.devices[serial] = One("in_stock", holder)
        return True

    def move(self, serial: str, event: str, to: str) -> bool:
        """One event; `to` empty for nobody named."""
        after = self.after(serial, event, to) if serial in self.devices else None
        if after is None:
            return False
        self.devices[serial] = replace(after, events=self.devices[serial].events + 1)
        return True

    def after(self, serial: str, event: str, to: str) -> One | None:
        """The device as an event would leave it; None where that is not possible."""
        one, kind = self.devices[serial], KINDS[serial]
        froms, then, holder, allowed = MOVES[event]
        if kind == "reader" and event in {"install", "report_damage"}:
            froms = (*froms, "sold")
        if kind == "reader" and event == "keep_sold":
            froms = ("damaged",)
        if one.state not in froms or (event in RIGHTS and serial in self.stopped):
            return None
        if event in {"issue", "reissue"} and kind == "reader":
            return None
        if event in {"sell", "lend"} and (one.holder != UNIT or (serial in REPLACEMENTS) != (event == "lend")):
            return None
        if (event == "restock" and one.holder in ENTERPRISES) or (event.startswith("keep_") and one.holder not in ENTERPRISES):
            return None
        if event == "clear":
            return self._cleared(one, to)
        if (holder == GIVEN or to) and to not in allowed:
            return None
        if event in {"sell", "lend", "swap_back"} and to in self.gone:
            return None
        if event == "report_loss":
            return replace(one, state="lost", holder=NOBODY) if one.state == "found" else One("lost", NOBODY, 0, self._remembered(one.state), one.holder)
        return replace(one, state=then, holder=NOBODY if holder == NOBODY else to or one.holder)

    def _remembered(self, state: str) -> str:
        return "collected" if state in {"sent_up", "listed"} else state

    def _cleared(self, one: One, to: str) -> One | None:
        if one.whose in self.gone:
            return One("collected", to) if to in OFFICES else None
        return One(one.was, one.whose) if to in {NONE, one.whose} else None

    def put_on(self, serial: str) -> bool:
        """On the stop list: what is in the books is lost then."""
        if serial in self.stopped or (serial in self.devices and self.devices[serial].state == "destroyed"):
            return False
        if serial in self.devices and self.devices[serial].state != "lost":
            self.move(serial, "report_loss", NONE)
        self.stopped.add(serial)
        return True

    def take_off(self, serial: str) -> bool:
        """Off it, when the device is lost no more."""
        if serial not in self.stopped or (serial in self.devices and self.devices[serial].state == "lost"):
            return False
        self.stopped.remove(serial)
        return True

    def open_sheet(self, sender: str, to: str, serials: tuple[str, ...], who: str) -> bool:
        """Collected devices of an office go to the one above."""
        if ABOVE.get(sender) != to or not serials or any(sheet.open and sheet.sender == sender and sheet.purpose == "up" for sheet in self.sheets):
            return False
        return self._on_sheet(Sheet(sender, to, serials, who, "up"), "sent_up")

    def open_destruction(self, office: str, serials: tuple[str, ...], who: str) -> bool:
        """The province lists what it has."""
        return office == "sn" and bool(serials) and self._on_sheet(Sheet(office, "", serials, who, "list"), "listed")

    def _on_sheet(self, sheet: Sheet, state: str) -> bool:
        found = [self.devices.get(serial) for serial in sheet.serials]
        if any(one is None or (one.state, one.holder) != ("collected", sheet.sender) for one in found):
            return False
        for serial in sheet.serials:
            self._set(serial, state, sheet.sender)
        self.sheets.append(sheet)
        return True

    def close(self, at: int, how: str, who: str) -> bool:
        """A sheet is confirmed or declined, a list destroyed or withdrawn; by somebody else, unless it is withdrawn."""
        sheet = self.sheets[at]
        if not sheet.open or (how in {"confirm", "decline"}) != (sheet.purpose == "up") or (how != "withdraw" and who == sheet.opened_by):
            return False
        sheet.open = False
        waits = "sent_up" if sheet.purpose == "up" else "listed"
        holder = {"confirm": sheet.to, "destroy": NOBODY}.get(how, "")
        for serial in sheet.serials:
            if self.devices[serial].state == waits:
                self._set(serial, "destroyed" if how == "destroy" else "collected", holder or self.devices[serial].holder)
        return True

    def _set(self, serial: str, state: str, holder: str) -> None:
        self.devices[serial] = replace(self.devices[serial], state=state, holder=holder, events=self.devices[serial].events + 1)
