"""XML from outside, read so that it can do nothing but be read: no DOCTYPE, no entities, no network, bounded size and depth."""

from __future__ import annotations

from lxml import etree

SIZE_LIMIT = 2_000_000
DEPTH_LIMIT = 100
ATTRIBUTE_LIMIT = 100
_REASONS: dict[int, str] = {
    etree.ErrorTypes.ERR_DOCUMENT_EMPTY: "文件是空的，或者不是以标记开头",
    etree.ErrorTypes.ERR_DOCUMENT_END: "结尾之后还有多余的内容",
    etree.ErrorTypes.ERR_INVALID_CHAR: "含有不允许的字符",
    etree.ErrorTypes.ERR_INVALID_ENCODING: "字符与声明的编码不符",
    etree.ErrorTypes.ERR_UNKNOWN_ENCODING: "不认识声明的编码",
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING: "不支持声明的编码",
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: "用了没有定义的实体",
    etree.ErrorTypes.ERR_ENTITY_LOOP: "实体层层展开，超过限度",
    etree.ErrorTypes.ERR_ATTRIBUTE_REDEFINED: "同一属性写了两次",
    etree.ErrorTypes.ERR_ATTRIBUTE_NOT_STARTED: "属性值没有加引号",
    etree.ErrorTypes.ERR_GT_REQUIRED: "标记没有用“>”结束",
    etree.ErrorTypes.ERR_LT_IN_ATTRIBUTE: "属性值里不能有“<”",
    etree.ErrorTypes.ERR_NAME_REQUIRED: "标记没有名称",
    etree.ErrorTypes.ERR_TAG_NAME_MISMATCH: "开始标记与结束标记不一致",
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED: "标记没有结束，文件可能不完整",
    etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE: "用了没有声明的命名空间前缀",
    etree.ErrorTypes.ERR_RESOURCE_LIMIT: "展开后的内容超过限度",
}


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
        why = _REASONS.get(error.code, error.msg)
        zh = f"第 {line} 行第 {column} 列不是合法的 XML：{why}"
        raise XmlRefused(zh, f"line {line}, column {column}: {error.msg}") from None
    except ValueError as error:
        raise XmlRefused(f"不是合法的 XML：{error}", f"not XML: {error}") from None
    if root.getroottree().docinfo.doctype:
        line = _line_of_doctype(content, root.getroottree().docinfo.encoding or "utf-8")
        raise XmlRefused(f"第 {line} 行含有 DOCTYPE 声明，不予接收", f"line {line} has a DOCTYPE, which is refused")
    _refuse_excess(root)
    return root


def _line_of_doctype(content: bytes, encoding: str) -> int:
    text = content.decode(encoding, "replace")
    return text.count("\n", 0, max(0, text.find("<!DOCTYPE"))) + 1


def _refuse_excess(root: etree._Element) -> None:
    # lxml looks through all attributes of an element for each of them: 100,000 take minutes (measured 2026-11-25).
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEPTH_LIMIT:
            line = element.sourceline
            raise XmlRefused(f"第 {line} 行的元素嵌套超过 {DEPTH_LIMIT} 层", f"line {line} is nested deeper than {DEPTH_LIMIT}")
        if len(element.attrib) > ATTRIBUTE_LIMIT:
            line = element.sourceline
            zh = f"第 {line} 行的元素有 {len(element.attrib)} 个属性，超过上限 {ATTRIBUTE_LIMIT}"
            raise XmlRefused(zh, f"line {line} has more than {ATTRIBUTE_LIMIT} attributes")


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
