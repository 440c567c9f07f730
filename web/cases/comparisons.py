"""The comparisons of a case, as they were made: what was compared once stays to be read, however often it was compared again.

The variable `comparisons_kept` holds them: `{station, task, key, made_at, made_by, rows}`; `key` is that of the component that showed it, whose
heads and name are taken, `task` the step that was compared at. A case that keeps none shows those that its forms show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from engine.forms import Field, comparison
from engine.reads import CaseView
from engine.tokens.model import Element
from web import formats
from web.cases.words import Words
from web.languages import is_english

KEPT = "comparisons_kept"


@dataclass(frozen=True)
class Kept:
    """One comparison: at which step, when and by whom, and what it found."""

    what: str
    step: str
    when: str
    by: str
    compared: comparison.Compared


def comparisons_of(case: CaseView, words: Words) -> list[Kept]:
    """Every comparison of the case, the latest first."""
    shown = [(element, field) for element, field in words.fields({}) if field.kind == comparison.KIND]
    rows = comparison.rows_of(case.variables.get(KEPT))
    rounds, often = Counter[str](), Counter(str(row.get("key")) for row in rows)
    kept = list[Kept]()
    for row in rows:
        rounds[key := str(row.get("key"))] += 1
        kept.append(_kept(row, shown, words, rounds[key] if often[key] > 1 else 0))
    return kept[::-1] or list(_of_forms(case, shown, words))


def _of_forms(case: CaseView, shown: list[tuple[Element | None, Field]], words: Words) -> Iterator[Kept]:
    seen = set[str]()
    for element, field in shown:
        if field.key not in seen and comparison.rows_of(case.variables.get(field.key)):
            seen.add(field.key)
            yield _drawn(field, element, case.variables[field.key], words)


def _kept(row: Mapping[str, Any], shown: list[tuple[Element | None, Field]], words: Words, nth: int) -> Kept:
    key, station, at = row.get("key"), str(row.get("station") or ""), row.get("made_at")
    of_station = [one for one in shown if one[0] is not None and station and one[0].properties.get("station") == station]
    element, field = next(iter([one for one in of_station if one[1].key == key] or [one for one in shown if one[1].key == key] or of_station), (None, None))
    when = formats.moment(at) if isinstance(at, datetime) else str(at or "")
    drawn = _drawn(field, words.element(str(row.get("task") or "")) or element, row.get("rows"), words, station=station, when=when, by=str(row.get("made_by") or ""))
    return replace(drawn, step=_("%(step)s（第 %(n)s 次）", step=drawn.step, n=nth)) if nth else drawn


def _drawn(field: Field | None, element: Element | None, rows: Any, words: Words, *, station: str = "", when: str = "", by: str = "") -> Kept:
    locale = "en" if is_english() else "zh"
    heads = field.properties if field else {"paper": str(_("一方")), "card": str(_("另一方"))}
    step = words.step(element.id, element.name) if element else str(_("第 %(n)s 岗", n=station)) if station else ""
    return Kept(field.title(locale) if field else str(_("核对")), step, when, by, comparison.read(heads, rows, locale))
