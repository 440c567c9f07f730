"""What is sent of a model to be drawn."""

from __future__ import annotations

from lxml import etree

from app import WORKFLOWS
from web.cases.diagram import LETTER, _drawn


def test_an_english_word_fits_into_its_label() -> None:
    """A label drawn for two Chinese characters would break the word."""
    for file in sorted((WORKFLOWS / "coinvestigation").glob("*.bpmn")):
        root = etree.fromstring(_drawn(file.read_text("utf-8"), english=True).encode())
        names = {one.get("id"): one.get("name", "") for one in root.iter("{*}*") if one.get("id")}
        labels = [(names[shape.get("bpmnElement")], bounds) for shape in root.iter("{*}BPMNShape", "{*}BPMNEdge") if (bounds := shape.find("{*}BPMNLabel/{*}Bounds")) is not None]
        assert labels
        assert [name for name, bounds in labels if max(map(len, name.split())) * LETTER > float(bounds.get("width"))] == []
