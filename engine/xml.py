"""XML from outside, read so that it can do nothing but be read: no DOCTYPE, no entities, no network, bounded size and depth."""

from __future__ import annotations

from lxml import etree

SIZE_LIMIT = 2_000_000


class XmlRefused(Exception):
    """The bytes are not XML that we read; `sentence_zh` says why and where."""

    def __init__(self, sentence_zh: str, sentence_en: str) -> None:
        super().__init__(sentence_zh)
        self.sentence_zh = sentence_zh
        self.sentence_en = sentence_en


def read_xml(content: bytes) -> etree._Element:
    """The root element; raises XmlRefused."""
    if len(content) > SIZE_LIMIT:
        raise XmlRefused(
            f"文件有 {len(content)} 字节，超过上限 {SIZE_LIMIT}", f"the file has {len(content)} bytes, more than {SIZE_LIMIT}"
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise XmlRefused(
            f"第 {line} 行第 {column} 列不是合法的 XML：{error.msg}", f"line {line}, column {column}: {error.msg}"
        ) from None
    except ValueError as error:
        raise XmlRefused(f"不是合法的 XML：{error}", f"not XML: {error}") from None
    if root.getroottree().docinfo.doctype:
        raise XmlRefused("文件含有 DOCTYPE 声明，不予接收", "the file has a DOCTYPE, which is refused")
    return root


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for comments."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """Direct children of a local name, whatever their namespace."""
    return [child for child in element if local(child) == name]


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first direct child of a local name."""
    return next(iter(children(element, name)), None)


def text_of(element: etree._Element | None) -> str:
    """The text inside, trimmed; empty for None."""
    return "" if element is None else "".join(element.itertext()).strip()
