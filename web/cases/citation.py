"""Articles as people cite them. Models cite in one form (`Ningbo 2001-19, annex 2, art. 9-10`); a Chinese page writes it the Chinese way."""

from __future__ import annotations

import re

from papers.chinese_numerals import in_words
from web.languages import is_english

REGULATIONS = {
    "Ningbo 2001-19": "甬国税发〔2001〕19号",
    "Xi'an 2002-119": "市国税发〔2002〕119号",
    "Beijing 2010-126": "京国税发〔2010〕126号",
    "Xicheng": "西城局一机多票推行流程",
    "Xi'an": "市国税发〔2002〕119号",
    "Beijing vouchers": "北京市地方税务局税收票证规定",
    "Beijing invoices": "京国税发〔2010〕126号",
}
_CHOSEN = re.compile(r"\s*[（\[(]?所选[）\])]|\s*\[chosen\]")
_ANNEX = re.compile(r"(号)?(,?)\s*annex\s+(\d+)")
_ARTICLES = re.compile(r",?\s*arts?\.\s*([\d\-–, ]*\d)")
_SECTION = re.compile(r"(?<=号),\s*(?=[一二三四五六])")  # of a document in sections: 市国税发〔2002〕119号二(一)3
_NEXT = re.compile(r",\s*(?=[一二三四五六](?:\d|\(|$))")  # another section of the same document
_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)")  # as the regulations number their articles: 第十三条
_LONGEST_FIRST = sorted(REGULATIONS, key=len, reverse=True)


def cited(text: str) -> str:
    """The citation in the language of the page; any other text stays as it is."""
    text = _CHOSEN.sub("", text)  # for designers: a clerk asks what the law says, not who chose where it says nothing
    if is_english() or not any(name in text for name in REGULATIONS):
        return text
    for name in _LONGEST_FIRST:
        text = text.replace(name, REGULATIONS[name])
    text = _ANNEX.sub(lambda found: f"{found[1] or ('、' if found[2] else '')}附件{found[3]}", text)
    text = _NEXT.sub("、", _SECTION.sub("", text))
    return re.sub(r";\s*", "；", _ARTICLES.sub(_as_articles, text))


def _as_articles(found: re.Match[str]) -> str:
    numbers = found[1].strip().replace("-", "至").replace("–", "至").replace(", ", "、").replace(",", "、")
    return f"第{_NUMBER.sub(lambda number: in_words(int(number[0])), numbers)}条"


# The other way round: rules of terms cite in Chinese (`甬国税发〔2001〕19号附件2第十三条`), as their explanations do in both languages.
_CHINESE = re.compile(r"甬国税发[\[〔]2001[\]〕]19号附件(\d)第([一二三四五六七八九十]+)条")
_OF_SECTIONS = re.compile(r"市国税发[\[〔]2002[\]〕]119号(?=[一二三四附])")
_FORM = re.compile(r"(?<=Xi'an 2002-119, )附件(\d+)")
_DIGITS = {digit: number for number, digit in enumerate("一二三四五六七八九", 1)}


def cited_in_english(text: str) -> str:
    """An English text whose citations are Chinese, with these in the form that models use."""
    plain = text.replace("（", " (").replace("）", ")")
    plain = _FORM.sub(r"annex \1", _OF_SECTIONS.sub("Xi'an 2002-119, ", plain))
    return _CHINESE.sub(lambda found: f"Ningbo 2001-19, annex {found[1]}, art. {_number(found[2])}", plain)


def _number(numeral: str) -> int:
    """A Chinese numeral up to 99: `十三` is 13, `二十` is 20."""
    tens, ten, ones = numeral.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)
