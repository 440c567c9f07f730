"""The papers of the upgrade hall, as data: hand-over sheet, problem sheet, cancellation form, label of the computer, list of what goes back.

Each is made from the variables of the case (`seen`) alone, so that a sheet is what the stations signed. Days and moments are text of the office's zone.

Source of all: Xicheng, 三(一)1, 三(一)3, 三(八).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
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


def handover_sheet(seen: Seen, stations: Stations, *, reception: str = "", ended_at: datetime | None = None) -> dict[str, Any]:
    """《防伪税控一机多票升级工作交接单》: every signature as it happened, the stations that have not signed yet as empty lines, what was compared; at
    the end (`ended_at`) also what was given back and collected.

    Source: Xicheng, 三(一)1, 三(八)1.
    """
    signed = list(seen.get("sheet_signatures") or ())
    done = {str(one["station"]) for one in signed}
    lines = [_line(one["station"], str(one["what"]), str(one["post"]), str(one["name"]), moment(one["at"])) for one in _in_order(signed)]
    lines += [_line(station, what, post[0]) for station, (what, _en, post) in stations.items() if station not in done]
    named = {station: what for station, (what, _en, _post) in stations.items()}
    problems = list(seen.get("problems") or ())
    return {
        **_head(seen), **_signed(seen, reception, ended_at), "tax_office": _text(seen, "tax_office_name"), "service_unit": _text(seen, "service_unit_name"), "tax_card": _text(seen, "tax_card"),
        "ic_card": _text(seen, "ic_card"), "lines": lines, "comparisons": _comparisons(seen, named), "ended": _text(seen, "break_off_because"),
        "returned": _returned(seen) if ended_at else "", "problems": len(problems) if ended_at else 0, "unsolved": sum(not one.get("solved_at") for one in problems),
    }  # fmt: skip


def problem_sheet(seen: Seen, *, reception: str = "", ended_at: datetime | None = None) -> dict[str, Any]:
    """《问题记录单》: each problem with who wrote it down, and how, by whom and when it was solved. Source: Xicheng, 三(一)1."""
    lines = [
        {"station": str(one["station"]), "text": str(one["text"]), "by": str(one["by"]), "at": moment(one["at"]), "solved_at": moment(one.get("solved_at")), "solution": str(one.get("solution") or ""), "solved_by": str(one.get("solved_by") or "")}
        for one in seen.get("problems") or ()
    ]  # fmt: skip
    return {**_head(seen), **_signed(seen, reception, ended_at), "lines": lines}


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


def _signed(seen: Seen, reception: str, ended_at: datetime | None = None) -> dict[str, str]:
    """Who signed for the enterprise and at reception: at the last signature, or when the machine went back without upgrade; nobody before."""
    last = [one for one in seen.get("sheet_signatures") or () if str(one["station"]) == "14"]
    if last:
        at, name = moment(last[-1]["at"]), str(last[-1]["name"])
    else:
        at, name = moment(ended_at), reception if ended_at else ""
    return {"signer": _text(seen, "enterprise_signer") if at else "", "signed_at": at, "reception": name, "received_at": at}


def _in_order(signed: Sequence[Seen]) -> list[Seen]:
    """The signatures as they happened; stations that work at the same time (13a, 13b) stand in the order of their letters."""
    runs = groupby(signed, key=lambda one: str(one["station"]).rstrip("abcdefghijklmnopqrstuvwxyz"))
    return [one for _number, run in runs for one in sorted(run, key=lambda one: str(one["station"]))]


def _returned(seen: Seen) -> str:
    """What went back to the enterprise, and how many sheets are there, with the reason where one is missing."""
    count, because = int(seen.get("sheets_collected") or 0), _text(seen, "sheet_missing_because")
    is_short = count < int(seen.get("sheet_copies") or count)
    return f"计算机主机、资料已退还企业；交接单收回 {count} 份{f'（{because}）' if because and is_short else ''}"


def _comparisons(seen: Seen, named: Mapping[str, str]) -> list[dict[str, Any]]:
    """What was compared, each time; where a station compared the same again, with the number of the time (0: once)."""
    kept = list(seen.get("comparisons_kept") or ())
    of, times = Counter(_same(one) for one in kept), Counter[tuple[str, str]]()
    found = []
    for one in kept:
        times[_same(one)] += 1
        found.append({**_compared(one, named), "round": times[_same(one)] if of[_same(one)] > 1 else 0})
    return found


def _same(one: Seen) -> tuple[str, str]:
    return str(one["station"]), str(one.get("key") or "")


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
