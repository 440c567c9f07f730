"""What a station may answer: every result that its topic has and no other, and lists whose rows are whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.services import StationJob


def fault(kind: StationJob, results: Mapping[str, Any]) -> str:
    """Why these are not the results of the job; nothing where they are."""
    if unknown := sorted(results.keys() - set(kind.gives)):
        return f"作业没有结果 {'、'.join(unknown)[:200]}"
    if missing := [name for name in kind.gives if results.get(name) is None]:
        return f"缺少结果 {'、'.join(missing)}"
    return next((sentence for name, columns in kind.rows.items() if (sentence := _rows_fault(name, columns, results[name]))), "")


def _rows_fault(name: str, columns: Mapping[str, tuple[type, ...]], rows: Any) -> str:
    if not isinstance(rows, list):
        return f"结果 {name} 应为清单"
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            return f"结果 {name} 第 {number} 行应为一条记录"
        for column, types in columns.items():
            if type(row.get(column)) not in types:
                return f"结果 {name} 第 {number} 行缺少 {column}，或类型不对"
        if more := sorted(row.keys() - columns.keys()):
            return f"结果 {name} 第 {number} 行没有 {'、'.join(more)[:200]} 这一栏"
    return ""
