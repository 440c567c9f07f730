"""Taking devices into the warehouse: what a service unit received, or the authority's own cards, typed or as a CSV of kind, serial and version.

Source: Xi'an 2002-119, 三(二)2, 四3.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from records.audit import Who
from records.devices import kinds, rules, store
from records.devices.holders import Holder, area_of
from records.devices.holders import office as office_holder
from records.offices import parties
from records.offices import store as offices
from web import flash, identity, keys, requests
from web.devices.words import two
from web.languages import is_english, named
from web.rights.kinds import STOCK_KEEPER
from web.services import services

MOST = 500  # rows of one form
MOST_BYTES = 200_000
ENCODINGS = ("utf-8-sig", "gb18030")
_KINDS: Mapping[str, str] = {word: kind for kind, (zh, en) in kinds.NAMES.items() for word in (kind, zh, en, zh.upper(), en.upper())} | {"IC卡": "ic_card", "税控ic卡": "ic_card"}


class NotTakenIn(Exception):
    """Nothing was taken in; `faults` says why, line by line."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("; ".join(faults))


@dataclass(frozen=True)
class Entered:
    """A line as it was typed."""

    number: int
    kind: str
    serial: str
    version: str


def install(blueprint: Blueprint) -> None:
    """The page of the family."""
    blueprint.add_url_rule("/take-in", "take_in", page, methods=["GET"])
    blueprint.add_url_rule("/take-in", "taken_in", taken_in, methods=["POST"])


def page() -> BaseResponse:
    """The form."""
    return _page()


def taken_in() -> BaseResponse:
    """Takes everything in, or nothing with a sentence for each line that cannot be; the same form posted twice takes it in once."""
    chosen, replacement = request.form.get("place", ""), request.form.get("replacement") == "1"
    text, fault = _text()
    rows = list(_rows(text)) if not fault else []
    faults = [fault] if fault else list(_shapes(rows))
    try:
        with services().database.write() as session:
            place = dict(_places(session)).get(chosen)
            if place is None:
                faults.insert(0, _("请选择由谁持有。"))
            _refuse(faults)
            if place is not None and keys.is_new(session, "take-in"):
                _refuse(_take_in(session, place[0], rows, replacement=replacement))
    except NotTakenIn as refused:
        return _page(text, chosen, faults=refused.faults, replacement=replacement, status=422)
    return flash.saying(requests.go(url_for("devices.show", book="devices", state="in_stock")), "devices_taken_in")


def _refuse(faults: list[str]) -> None:
    if faults:
        raise NotTakenIn(faults)


def _take_in(session: Session, place: Holder, rows: list[Entered], *, replacement: bool) -> list[str]:
    deps, actor = services(), identity.staff().actor
    who, scope = Who(actor.person_id, actor.name, deps.clock.now()), area_of(session, place) or ""
    arrived = [store.Arrived(row.kind, row.serial, row.version, replacement and kinds.is_card(row.kind)) for row in rows]
    refused = store.take_all_in(session, who, place, scope, deps.clock.today(), arrived)
    return [_line(rows[at], error.en if is_english() else str(error)) for at, error in sorted(refused.items())]


def _places(session: Session) -> Iterator[tuple[str, tuple[Holder, str]]]:
    """(value, (holder, name)) of who may hold what is taken in: at the city its service units, at every level the office itself."""
    for held in identity.staff().posts:
        if held.role != STOCK_KEEPER:
            continue
        office = offices.office(session, held.office_id)
        if office.level == "city":
            for unit in parties.parties(session, [office.id]):
                if unit.kind == "service_unit":
                    yield f"service_unit.{unit.number}", (Holder("service_unit", unit.number, unit.name), named(unit.name, unit.name_en))
        yield f"office.{office.code}", (office_holder(office), _("%(name)s（本机关用卡）", name=named(office.name, office.name_en)))


def _text() -> tuple[str, str]:
    """(what was typed or uploaded, why it cannot be read)."""
    typed, file = request.form.get("rows", "")[:MOST_BYTES], request.files.get("file")
    if file is None or not file.filename:
        return typed, "" if typed.strip() else _("请填写设备编号，或选择清单文件。")
    content = file.stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        return typed, _("清单文件太大，一次最多 %(n)s 行。", n=MOST)
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding), ""
        except UnicodeDecodeError:
            continue
    return typed, _("清单文件应为 UTF-8 或 GB18030 编码的 CSV。")


def _rows(text: str) -> Iterator[Entered]:
    """The lines: kind, serial, version, by commas or tabs; a heading is passed over."""
    plain = text.replace("\x00", "").replace("，", ",").replace("\t", ",")
    for number, cells in enumerate(csv.reader(io.StringIO(plain)), 1):
        kind, serial, version = ([cell.strip() for cell in cells] + ["", "", ""])[:3]
        if not any((kind, serial, version)) or (number == 1 and kind in {"种类", "kind"}):
            continue
        yield Entered(number, _KINDS.get(kind, _KINDS.get(kind.upper(), "")) or kind, serial.upper(), version)


def _shapes(rows: list[Entered]) -> Iterator[str]:
    if not rows:
        yield _("清单里没有设备。")
    if len(rows) > MOST:
        yield _("一次最多 %(n)s 行，但有 %(found)s 行；请分次入库。", n=MOST, found=len(rows))
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.kind not in kinds.NAMES:
            yield _line(row, _("种类应为%(kinds)s之一，但填写的是“%(value)s”", kinds=_kinds(), value=row.kind[:40]))
        elif refusal := rules.serial_refusal(row.serial):
            yield _line(row, refusal[1] if is_english() else refusal[0])
        elif len(row.version) > 40:
            yield _line(row, _("版本最多 40 个字"))
        elif (row.kind, row.serial) in seen:
            yield _line(row, _("与第 %(line)s 行是同一台设备（%(serial)s）", line=seen[row.kind, row.serial], serial=row.serial))
        seen.setdefault((row.kind, row.serial), row.number)


def _kinds() -> str:
    return (", " if is_english() else "、").join(two(kinds.NAMES, key) for key in kinds.NAMES)


def _line(row: Entered, sentence: str) -> str:
    return str(_("第 %(line)s 行：%(sentence)s", line=row.number, sentence=sentence))


def _page(text: str = "", chosen: str = "", *, faults: list[str] | None = None, replacement: bool = False, status: int = 200) -> BaseResponse:
    with services().database.read() as session:
        places = [(value, name) for value, (_holder, name) in _places(session)]
    return requests.page(
        "devices/take_in.html", status=status, places=places, chosen=chosen or (places[0][0] if places else ""), rows=text, faults=faults or [], replacement=replacement,
        most=MOST, kinds=_kinds(),
    )  # fmt: skip
