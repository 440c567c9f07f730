"""Whether every paper of a folder renders its sample and has a copy for each party that it is for, and every template is a paper or a part of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from papers.api import Papers
from papers.copies import copy_faults
from papers.render import PapersUnavailable


def paper_faults(papers: Papers, folder: Path, about: Mapping[str, Any]) -> Iterator[str]:
    """Raises PapersUnavailable where this machine cannot render at all."""
    listed = about.get("papers", {})
    for file in sorted((folder / "papers").glob("*.html")):
        if not file.name.startswith("_") and file.stem not in listed:
            yield f"文书模板 {file.name} 没有列入 procedure.yaml"
    yield from copy_faults(listed)
    yield from _samples(papers, folder.name, list(listed))


def _samples(papers: Papers, procedure: str, keys: Sequence[str]) -> Iterator[str]:
    """All together, which costs one start of the renderer; only if that fails, one by one to know which."""
    try:
        papers.previews(procedure, keys)
    except PapersUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 -- outer edge: a template may fail in any way
        if len(keys) == 1:
            yield f"文书 {keys[0]} 的样张不能生成：{error}"
        else:
            for key in keys:
                yield from _samples(papers, procedure, [key])
