"""Whether a clerk finds one page about the procedure, with a picture of every process as the model is now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from engine.bpmn import GateResult

_DRAWN = re.compile(r'data-element-id="([^"]+)"')


def readme_faults(folder: Path, result: GateResult) -> Iterator[str]:
    """A missing page, a process that it does not show, a picture that lacks an element or shows one that is gone."""
    readme = folder / "README.md"
    if not readme.is_file():
        yield "没有说明 README.md"
        return
    text = readme.read_text("utf-8")
    for process, model in result.models.items():
        picture = folder / "pictures" / f"{process}.svg"
        if f"pictures/{process}.svg" not in text or not picture.is_file():
            yield f"README.md 没有流程 {process} 的图"
            continue
        there = model.elements.keys() | model.flows.keys()
        drawn = {id_ if id_ in there else id_.removesuffix("_label") for id_ in _DRAWN.findall(picture.read_text("utf-8"))}
        if missing := sorted(there - drawn):
            yield f"图 {picture.name} 没有 {'、'.join(missing)}，请用 app.py pictures 重画"
        known = there | {id_ for id_ in drawn if f'id="{id_}"'.encode() in result.xml[process]}
        if gone := sorted(drawn - known):
            yield f"图 {picture.name} 还有 {'、'.join(gone)}，请用 app.py pictures 重画"
