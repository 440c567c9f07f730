"""Paper templates of the procedure folders: HTML with a sample beside it, listed in procedure.yaml.

The sheet, the official letter and the pieces that all procedures share lie in `layouts/`; a folder that has a file of the same name uses its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import FileSystemLoader
from jinja2.sandbox import SandboxedEnvironment

from papers import pagination, words
from papers.render import RenderFailed
from papers.seal import seal_uri

LAYOUTS = Path(__file__).parent / "layouts"


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
        for template in _listed(about.parent, about.read_text("utf-8")):
            found[f"{template.procedure}/{template.key}"] = template
    return found


@lru_cache(maxsize=64)
def _listed(folder: Path, about: str) -> list[Template]:
    """The papers of one folder; what was read once is not parsed again while its text is the same, however often the product is put together."""
    return [
        Template(folder.name, key, row["title"], tuple(row.get("copies", [])), row.get("article", ""), folder / "papers", bool(row.get("landscape")))
        for key, row in ((yaml.CSafeLoader(about).get_single_data() or {}).get("papers") or {}).items()
    ]


@lru_cache(maxsize=64)
def _environment(folder: Path) -> SandboxedEnvironment:
    """Keeps what it has compiled of a folder's templates; a file that was written since is read again."""
    environment = SandboxedEnvironment(
        loader=FileSystemLoader([folder, LAYOUTS]), autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=words.plain
    )
    environment.filters.update(
        money=words.money, day=words.day, signing_day=words.signing_day, capitals=words.capitals, seal=seal_uri, sentence=words.sentence,
        paged=pagination.paged, total_of=pagination.total_of,
    )  # fmt: skip
    return environment


def fill(template: Template, data: Mapping[str, Any], *, number: str, copies: tuple[str, ...]) -> list[str]:
    """The HTML of each copy of a paper; everything in `data` is escaped, and templates can reach nothing else. Raises RenderFailed.

    Each copy is a document of its own, so that its pages are counted by themselves (第 n 页 共 m 页). Data may bring a title of their own.
    """
    given = {"title": template.title, **data, "number": number, "landscape": template.landscape}
    try:
        page = _environment(template.folder).get_template(f"{template.key}.html")
        return [page.render(given, copy_name=copy) for copy in copies or ("",)]
    except Exception as error:
        raise RenderFailed(f"文书“{template.title}”的版式有误：{error}") from error
