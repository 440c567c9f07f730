"""A model as its drawing needs it: shapes, lines and names in the language of the page; what the engine alone reads stays here.

A drawing is sent with every page of a case: half the bytes, and no rule or comment of the model is told to whoever may see one.
"""

from __future__ import annotations

from functools import lru_cache

from lxml import etree

from engine.xml import read_xml
from web.languages import is_english

_CHILD = "{*}extensionElements/{*}properties/{*}property[@name='name_en']"
# The drawing finds its lines by their two ends, and its lanes by their place.
_UNDRAWN = tuple(f"{{*}}{name}" for name in ("documentation", "extensionElements", "incoming", "outgoing", "flowNodeRef", "script", "message", "signal", "error", "escalation"))
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
_DRAWN = ("{*}BPMNShape", "{*}BPMNEdge")
_REFERRED = ("messageRef", "signalRef", "errorRef", "escalationRef")  # of an event its kind is drawn, not which one
LETTER = 7  # pixels, of the widest letters but a few
KEPT = 64  # drawings; a process knows few models, each in two languages


def drawn(xml: str) -> str:
    """The same diagram for the page's reader, without what is not drawn."""
    return _drawn(xml, english=is_english())


@lru_cache(KEPT)
def _drawn(xml: str, *, english: bool) -> str:
    root = read_xml(xml.encode())
    if english:
        _translate(root)
    for element in list(root.iter(*_UNDRAWN)):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    for element in root.iter("{*}conditionExpression"):
        element.text = None  # that there is one is drawn
    for element in root.iter(*_DRAWN):
        element.attrib.pop("id", None)
    for element in root.iter("{*}*"):
        for name in [str(name) for name in element.attrib if str(name).startswith(f"{{{CAMUNDA}}}") or name in _REFERRED]:
            del element.attrib[name]
        if str(element.tag).endswith("EventDefinition"):
            element.attrib.pop("id", None)
        element.tail = None
    # A prefix may be used in a value alone: xsi:type="bpmn:tFormalExpression".
    etree.cleanup_namespaces(root, keep_ns_prefixes=[prefix for prefix, uri in root.nsmap.items() if prefix and uri != CAMUNDA])
    return etree.tostring(root, encoding="unicode")


def _translate(root: etree._Element) -> None:
    """The property `name_en` of each element stands in for its Chinese name."""
    english = {element.get("id"): name for element in root.iter("{*}*") if (name := _name_en(element))}
    for element in root.iter("{*}*"):
        found = english.get(element.get("id")) or english.get(element.get("processRef"))  # a pool is called as its process
        if found and element.get("name"):
            element.set("name", found)
    for element in root.iter(*_DRAWN):
        if found := english.get(element.get("bpmnElement")):
            _widen(element, found)


def _widen(shape: etree._Element, name: str) -> None:
    """A label drawn for Chinese holds the longest English word: the drawing would break the word else. Its middle stays."""
    bounds = shape.find("{*}BPMNLabel/{*}Bounds")
    wanted = max(len(word) for word in name.split()) * LETTER + LETTER
    if bounds is not None and (more := wanted - float(bounds.get("width", "0"))) > 0:
        bounds.set("x", f"{float(bounds.get('x', '0')) - more / 2:g}")
        bounds.set("width", f"{wanted:g}")


def _name_en(element: etree._Element) -> str:
    found = element.find(_CHILD)
    return "" if found is None else found.get("value", "")
