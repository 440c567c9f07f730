"""Samples made as hard for the layout as an office will ever make them."""

from __future__ import annotations

from typing import Any

LONG = "新疆维吾尔自治区巴音郭楞蒙古自治州库尔勒经济技术开发区中外合资石油天然气化工机械设备制造安装进出口有限责任公司"
OFFICE = "新疆维吾尔自治区巴音郭楞蒙古自治州库尔勒经济技术开发区国家税务局第一稽查局"
LARGE = "12345678901.23"
ROWS = 60
PARAGRAPH = "该企业自登记以来多次变更法定代表人和经营地址，账簿凭证不全，资金往来去向不明，经多方查找方才取得部分银行流水；" * 6
OFFICES = {"from_office", "to_office", "own_office", "city_office", "delegating_office", "office", "counterpart"}
NAMES = {"case_name", "seller_name", "buyer_name", "enterprise", "name", "areas_text"}
TEXTS = {"demands", "text", "enterprise_facts", "invoice_facts", "falsification_facts", "case_text"}
AMOUNTS = {"amount", "tax", "total", "tax_recovered", "late_fee", "fine"}
OPTIONAL = {"remark", "materials", "opinion", "problem", "mismatch", "extended", "explanation", "organiser_reason", "term", "due_on"}
TABLES = {"invoices", "lines", "cards", "rows"}


def harden(sample: dict[str, Any]) -> dict[str, Any]:
    """Long names, sixty rows, amounts of ten thousand millions, and nothing at all where nothing need be."""
    return {key: _hard(key, value) for key, value in sample.items()}


def _hard(key: str, value: Any) -> Any:
    if key in OPTIONAL:
        return None
    if key in OFFICES:
        return OFFICE
    if key in TEXTS:
        return PARAGRAPH
    if key in AMOUNTS and not isinstance(value, int):
        return LARGE
    if key in NAMES and isinstance(value, str):
        return LONG
    if key == "enterprise":
        return {"id": "91330203MA2AGXXT5X", "name": LONG}
    if key in TABLES:
        return [{**(harden(value[0]) if at % 2 else value[-1]), "ordinal": at} for at in range(1, ROWS + 1)]
    if key == "areas":
        return [harden(value[0]) for _ in range(12)]
    if key == "steps":
        return [{"on": "2026-12-31", "what": PARAGRAPH[:60], "who": "阿卜杜热西提·买买提"} for _ in range(9)]
    if key in {"leader", "handler", "clerk", "inspector", "receiver", "contact", "city_signer"} and isinstance(value, dict):
        return {"name": "阿卜杜热西提·买买提", "on": None}
    return value
