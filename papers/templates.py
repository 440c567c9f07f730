"""Paper templates of the procedure folders: HTML with a sample beside it, listed in procedure.yaml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from jinja2 import FileSystemLoader, Undefined
from jinja2.sandbox import SandboxedEnvironment

from papers.chinese_numerals import amount_in_capitals


@dataclass(frozen=True)
class Template:
    """One kind of paper."""

    procedure: str
    key: str
    title: str
    copies: tuple[str, ...]
    article: str
    folder: Path
    landscape: bool = False

    def sample(self) -> dict[str, Any]:
        """The data with which the template is shown without a case."""
        found: dict[str, Any] = json.loads((self.folder / f"{self.key}.sample.json").read_text("utf-8"))
        return found


class UnknownTemplate(Exception):
    """没有这种文书"""


def read_templates(workflows: Path) -> dict[str, Template]:
    """procedure/key → template, from every folder's procedure.yaml."""
    found = {}
    for about in sorted(workflows.glob("*/procedure.yaml")):
        listed = (yaml.CSafeLoader(about.read_text("utf-8")).get_single_data() or {}).get("papers", {})
        for key, row in listed.items():
            template = Template(
                about.parent.name, key, row["title"], tuple(row.get("copies", [])), row.get("article", ""), about.parent / "papers",
                bool(row.get("landscape")),
            )  # fmt: skip
            found[f"{template.procedure}/{key}"] = template
    return found


def fill(template: Template, data: Mapping[str, Any], *, number: str, copies: tuple[str, ...]) -> str:
    """The HTML of a paper, one part for each copy; everything in `data` is escaped, and templates can reach nothing else."""
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(template.folder), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(money=money, day=day, capitals=capitals)
    page = environment.get_template(f"{template.key}.html")
    return page.render(**data, number=number, title=template.title, copies=copies or ("",), landscape=template.landscape)


def money(value: Any) -> str:
    """`1234567.5` → 1,234,567.50; empty for nothing."""
    return "" if value in (None, "") or isinstance(value, Undefined) else f"{Decimal(str(value)):,.2f}"


def day(value: Any) -> str:
    """`2026-03-02` → 2026年3月2日; empty for nothing."""
    if not value:
        return ""
    parsed = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    return f"{parsed.year}年{parsed.month}月{parsed.day}日"


def capitals(value: Any) -> str:
    """An amount in 大写; empty for nothing."""
    return "" if value in (None, "") or isinstance(value, Undefined) else amount_in_capitals(Decimal(str(value)))
