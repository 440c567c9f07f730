"""The papers of the upgrade hall, as data: hand-over sheet, problem sheet, cancellation form, label of the computer, list of what goes back.

Each is made from the variables of the case (`seen`) alone, so that a sheet is what the stations signed. Days and moments are text of the office's zone.

Source of all: Xicheng, 三(一)1, 三(一)3, 三(八).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import segno

from db.clock import SHANGHAI, legal_date
from engine.forms import comparison
from papers.chinese_numerals import amount_in_capitals

Seen = Mapping[str, Any]
Stations = Mapping[str, tuple[str, str, tuple[str, str]]]  # station → what, what_en, (post, post_en), in the order of the sheet
TYPES = {"industrial": "工业企业专用发票", "commercial": "商业企业专用发票", "repair": "修理修配业专用发票", "own_printed": "企业自印发票"}
LABEL = "JSFS"  # what a scanner knows the code of a label by
NAMED = 4  # differences that are named on the sheet; the case has them all
LEVEL = "q"  # a quarter of the code may be scratched: a computer is carried from desk to desk


def handover_sheet(seen: Seen, stations: Stations, *, reception: str = "") -> dict[str, Any]:
    """《防伪税控一机多票升级工作交接单》: every signature as it happened, the stations that have not signed yet as empty lines, what was compared.

    Source: Xicheng, 三(一)1, 三(八)1.
    """
    signed = list(seen.get("sheet_signatures") or ())
    done = {str(one["station"]) for one in signed}
    lines = [_line(one["station"], str(one["what"]), str(one["post"]), str(one["name"]), moment(one["at"])) for one in signed]
    lines += [_line(station, what, post[0]) for station, (what, _en, post) in stations.items() if station not in done]
    named = {station: what for station, (what, _en, _post) in stations.items()}
    return {
        **_head(seen), **_signed(seen, reception), "tax_office": _text(seen, "tax_office_name"), "service_unit": _text(seen, "service_unit_name"), "tax_card": _text(seen, "tax_card"),
        "ic_card": _text(seen, "ic_card"), "lines": lines, "comparisons": [_compared(one, named) for one in seen.get("comparisons_kept") or ()], "ended": _text(seen, "break_off_because"),
    }  # fmt: skip


def problem_sheet(seen: Seen, *, reception: str = "") -> dict[str, Any]:
    """《问题记录单》: each problem with who wrote it down, and how and when it was solved. Source: Xicheng, 三(一)1."""
    lines = [
        {"station": str(one["station"]), "text": str(one["text"]), "by": str(one["by"]), "at": moment(one["at"]), "solved_at": moment(one.get("solved_at")), "solution": str(one.get("solution") or "")}
        for one in seen.get("problems") or ()
    ]  # fmt: skip
    return {**_head(seen), **_signed(seen, reception), "lines": lines}


def cancellation_form(seen: Seen, brought: Iterable[Mapping[str, Any]], *, cancelled_by: str) -> dict[str, Any]:
    """《发票缴销单》: the blank ordinary invoices by type and numbers, sums in figures and capitals. Source: Xicheng, 三(一)3."""
    rows = sorted(brought, key=lambda row: (_type(row), str(row["code"]), str(row["number_from"])))
    lines: list[dict[str, Any]] = [{"type": _type(row), "code": str(row["code"]), "number_from": str(row["number_from"]), "number_to": str(row["number_to"]), "count": int(row["count"])} for row in rows]
    of = Counter[str]()
    for one in lines:
        of[one["type"]] += one["count"]
    count = sum(of.values())
    return {
        **_head(seen), "tax_office": _text(seen, "tax_office_name"), "lines": lines, "sums": [{"type": one, "count": sum_} for one, sum_ in of.items()], "count": count,
        "capitals_of_count": count_in_capitals(count), "filled_by": _text(seen, "person_name"), "cancelled_by": cancelled_by,
    }  # fmt: skip


def host_label(seen: Seen, case_number: str) -> dict[str, Any]:
    """The label on the computer; its code is `JSFS|ticket|taxpayer_number|case number`. Source: Xicheng, 三(一)1; the code is **[chosen]**."""
    head = _head(seen)
    made = segno.make("|".join((LABEL, str(head["ticket"]), head["taxpayer_number"], case_number)), error=LEVEL, mode="byte", encoding="utf-8", eci=True, boost_error=False, micro=False)
    return {**head, "code": made.svg_data_uri(border=4, scale=8, light="#fff")}


def envelope_list(seen: Seen, items: Sequence[Mapping[str, Any]], *, reception: str = "") -> dict[str, Any]:
    """What goes back to the enterprise. `items` as procedure.yaml has them: `what`, `count`, `unit`, and the tick of the form that says it is there.

    Source: Xicheng, 三(八)2.
    """
    lines = [{"what": str(one["what"]), "count": int(one["count"]), "unit": str(one["unit"]), "is_there": seen.get(str(one["tick"])) is True} for one in items]
    return {**_head(seen), **_signed(seen, reception), "tax_card": _text(seen, "tax_card"), "machine_no": _text(seen, "machine_no"), "lines": lines}


def moment(value: Any) -> str:
    """`2026-03-02 09:05` where the hall is; a text stays as it is, nothing is empty."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else "" if value is None else str(value)


def count_in_capitals(count: int) -> str:
    """`125` → 壹佰贰拾伍份."""
    return f"{amount_in_capitals(Decimal(count)).removesuffix('元整')}份"


def _head(seen: Seen) -> dict[str, Any]:
    at = seen.get("signed_in_at")
    day = legal_date(at).isoformat() if isinstance(at, datetime) else at.isoformat() if isinstance(at, date) else str(at or "")
    return {
        "enterprise": _text(seen, "enterprise_name"), "taxpayer_number": _text(seen, "taxpayer_number"), "ticket": int(seen["ticket"]), "day": day, "hall": _text(seen, "district_name"),
    }  # fmt: skip


def _signed(seen: Seen, reception: str) -> dict[str, str]:
    """Who signed for the enterprise and at reception, at the moment of the last signature: nobody before the machine was taken."""
    last = [one for one in seen.get("sheet_signatures") or () if str(one["station"]) == "14"]
    at = moment(last[-1]["at"]) if last else ""
    name = str(last[-1]["name"]) if last else reception
    return {"signer": _text(seen, "enterprise_signer") if last else "", "signed_at": at, "reception": name, "received_at": at}


def _compared(one: Mapping[str, Any], named: Mapping[str, str]) -> dict[str, str]:
    rows, station = comparison.rows_of(one.get("rows")), str(one["station"])
    apart = [f"{row['what']} {_figure(row.get('paper'))} 对 {_figure(row.get('card'))}" for row in rows if row.get("agrees") is not True]
    told = "；".join(apart[:NAMED]) + (f"；等 {len(apart)} 项" if len(apart) > NAMED else "")
    return {"station": station, "what": named.get(station, ""), "result": comparison.headline(rows), "apart": told, "at": moment(one.get("made_at"))}


def _figure(value: Any) -> str:
    return "无" if value is None or value == "" else f"{value:,f}" if isinstance(value, Decimal) else str(value)


def _line(station: Any, what: str, post: str, name: str = "", at: str = "") -> dict[str, str]:
    return {"station": str(station), "what": what, "post": post, "name": name, "at": at}


def _type(row: Mapping[str, Any]) -> str:
    kind = str(row.get("invoice_type") or "")
    return TYPES.get(kind, kind)


def _text(seen: Seen, name: str) -> str:
    value = seen.get(name)
    return "" if value is None else str(value)
