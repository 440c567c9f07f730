"""Whether every paper of a folder renders its sample, and every template is a paper or a part of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from papers.api import Papers
from papers.render import PapersUnavailable


def paper_faults(papers: Papers, folder: Path, about: Mapping[str, Any]) -> Iterator[str]:
    """Raises PapersUnavailable where this machine cannot render at all."""
    listed = about.get("papers", {})
    for file in sorted((folder / "papers").glob("*.html")):
        if not file.name.startswith("_") and file.stem not in listed:
            yield f"文书模板 {file.name} 没有列入 procedure.yaml"
    for key in listed:
        try:
            papers.preview(folder.name, key)
        except PapersUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 -- outer edge: a template may fail in any way
            yield f"文书 {key} 的样张不能生成：{error}"
