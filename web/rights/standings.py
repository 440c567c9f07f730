"""The columns of the table as people read it: who stands before a door, and every cell of the table in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from web.languages import is_english
from web.rights import kinds
from web.rights.model import EVERYBODY, OFFICE, PARTY, PERSON, READER, STATION, About, Answer, Kind, Relation, Row, lent
from web.rights.table import ROWS

_SEES = (PERSON, OFFICE, READER)


@dataclass(frozen=True)
class Standing:
    """Somebody before a door, by the marks that open it; a visitor has none but that everybody has."""

    key: str
    name: object
    marks: frozenset[str]

    @classmethod
    def of(cls, key: str, name: object, *marks: str) -> Standing:
        """With these marks beside the one that everybody has."""
        return cls(key, name, frozenset((EVERYBODY, *marks)))

    def told(self, kind: Kind) -> Answer:
        """What is answered at the door."""
        if kind.lets_in(self.marks):
            return Answer.OPEN
        return kind.shut if PERSON in self.marks or kind.by_credential else Answer.SIGN_IN


STANDINGS = (
    Standing.of("visitor", _l("未登录")),
    Standing.of("staff", _l("办案人员"), *_SEES),
    Standing.of("officer", _l("协查岗"), *_SEES, kinds.OFFICER),
    Standing.of("stock-keeper", _l("金税办"), *_SEES, kinds.STOCK_KEEPER),
    Standing.of("supervisor", _l("督办领导"), *_SEES, "inspection_director"),
    Standing.of("reception", _l("签到岗"), *_SEES, "reception"),
    Standing.of("screen", _l("大厅屏幕"), PERSON, kinds.HALL_SCREEN),
    Standing.of("designer", _l("流程设计"), *_SEES, "process_designer"),
    Standing.of("deputy", _l("只代理他人"), PERSON, READER),
    Standing.of("lent-head", _l("只代理督办领导"), PERSON, READER, lent("inspection_director")),
    Standing.of("party", _l("外部单位"), PERSON, READER, PARTY, "enterprise"),
    Standing.of("station", _l("工作站"), STATION),
    Standing.of("postless", _l("无岗位"), PERSON),
    Standing.of("system", _l("系统管理员"), PERSON, "system_administrator"),
    Standing.of("security", _l("安全管理员"), PERSON, "security_administrator"),
    Standing.of("audit", _l("审计管理员"), PERSON, "audit_administrator"),
)
RELATIONS: dict[Relation, object] = {
    Relation.HOLDER: _l("办理人"),
    Relation.POSTED: _l("同岗，他人已认领"),
    Relation.OFFICE: _l("本机关"),
    Relation.ENDER: _l("本机关，可终止案件、中止计时"),
    Relation.BENEATH: _l("下级机关的案件"),
    Relation.DEPUTY: _l("代理人"),
    Relation.SIGNER: _l("会签人"),
    Relation.ASKED: _l("被征求意见"),
    Relation.COPIED: _l("抄送"),
    Relation.DONE: _l("曾经办理，已调离"),
    Relation.NAMED: _l("案件所载单位"),
    Relation.OTHER: _l("其他机关、其他单位、管理员"),
}
ANSWERS: dict[Answer, object] = {
    Answer.OPEN: _l("可以"),
    Answer.SIGN_IN: _l("须登录"),
    Answer.UNKNOWN: _l("须工作站凭据"),
    Answer.SHUT: _l("拒绝"),
    Answer.GONE: _l("查无此页"),
    Answer.LATE: _l("已不能办"),
}
LISTED = {Answer.OPEN: _l("列出"), Answer.GONE: _l("不列出")}  # of a list: whose cases stand in it
BY_RELATION = frozenset((About.CASE, About.TASK, About.LIST))


def kinds_in_order() -> list[Kind]:
    """The kinds of the table, each once, as the rows bring them."""
    return list({row.kind.key: row.kind for row in ROWS}.values())


def address_of(app: Flask, row: Row) -> str:
    """The address of a row as the router knows it, with the values for which the row stands."""
    rule = next(rule.rule for rule in app.url_map.iter_rules(row.endpoint))
    if row.only is None:
        return rule
    name, values = row.only
    return rule.replace(f"<{name}>", "|".join(sorted(values)))


def told_of(kind: Kind, relation: Relation, *, is_closed: bool) -> object:
    """A cell by relation in words."""
    answer = kind.cell(relation, is_closed=is_closed)
    return LISTED[answer] if kind.about is About.LIST else ANSWERS[answer]


def let_in(kind: Kind) -> str:
    """Who passes the door, in words."""
    outside = [one for one in STANDINGS if one.told(kind) is not Answer.OPEN]
    if not outside:
        return str(_("所有人"))
    if all(PERSON not in one.marks for one in outside):
        return str(_("已登录的所有人"))
    return _listed(one.name for one in STANDINGS if one not in outside)


def turned_away(kind: Kind) -> str:
    """What those who are signed in and not let in are told; empty where there are none."""
    return str(next((ANSWERS[one.told(kind)] for one in STANDINGS if PERSON in one.marks and one.told(kind) is not Answer.OPEN), ""))


def by_answer(kind: Kind, *, is_closed: bool) -> list[tuple[Answer, str, str]]:
    """The answers of a kind, best first: (answer, in words, who is given it by the relation to the case)."""
    found = [(answer, [name for relation, name in RELATIONS.items() if kind.cell(relation, is_closed=is_closed) is answer]) for answer in (Answer.OPEN, Answer.LATE, Answer.SHUT, Answer.GONE)]
    words = LISTED if kind.about is About.LIST else ANSWERS
    kept = [(answer, str(words[answer]), names) for answer, names in found if names]
    return [(answer, text, str(_("其余") if answer is Answer.GONE and len(kept) > 1 else _("任何人") if len(kept) == 1 else _listed(names))) for answer, text, names in kept]


def _listed(names: Iterable[object]) -> str:
    return ("; " if is_english() else "；").join(str(name) for name in names)  # some names have commas in them


def cells(app: Flask) -> Iterator[tuple[str, ...]]:
    """Every cell as a line of a file: address, method, kind, who or in which relation, whether the case is over, what is answered."""
    for row in ROWS:
        about = (address_of(app, row), row.method, str(row.kind.name))
        for standing in STANDINGS:
            yield (*about, str(standing.name), "", str(ANSWERS[standing.told(row.kind)]))
        if row.kind.about not in BY_RELATION:
            continue
        for is_closed, state in ((False, _l("在办")), (True, _l("办结"))):
            for relation, name in RELATIONS.items():
                yield (*about, str(name), str(state), str(told_of(row.kind, relation, is_closed=is_closed)))
