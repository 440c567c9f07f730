"""The names in a diagram in the language of the page: the property `name_en` of each element stands in for its Chinese name."""

from __future__ import annotations

from lxml import etree

from engine.xml import read_xml
from web.languages import is_english

_CHILD = "{*}extensionElements/{*}properties/{*}property[@name='name_en']"


def in_language(xml: str) -> str:
    """The same diagram with the names that the page's reader understands."""
    if not is_english():
        return xml
    root = read_xml(xml.encode())
    english = {element.get("id"): name for element in root.iter("{*}*") if (name := _name_en(element))}
    for element in root.iter("{*}*"):
        found = english.get(element.get("id")) or english.get(element.get("processRef"))  # a pool is called as its process
        if found and element.get("name"):
            element.set("name", found)
    return etree.tostring(root, encoding="unicode")


def _name_en(element: etree._Element) -> str:
    found = element.find(_CHILD)
    return "" if found is None else found.get("value", "")
