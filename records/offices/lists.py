"""Offices, people, holdings and outside parties from a list (CSV): every row goes through the same rules as a change on the pages, and either all stand or none.

The caller's transaction is rolled back where a row is refused; the report then names every such row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from records import audit
from records.audit import Who
from records.csv_file import open_csv
from records.errors import RecordsError
from records.offices import fields, holdings, parties, people, store, tree
from records.offices.errors import ChangeRefused
from records.offices.levels import LEVEL_NAMES
from records.offices.model import Office, Person
from records.rows import Row

MB = 1024 * 1024
MOST_BYTES = 2 * MB
MOST_ROWS = 5_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Within = Callable[[str], bool]
Enterprise = Callable[[Session, Who, str, str], None]

# kind → key of the column → (heading, English heading, whether it must be filled in)
COLUMNS: Mapping[str, Mapping[str, tuple[str, str, bool]]] = {
    "offices": {
        "code": ("编码", "code", True), "name": ("机构名称", "name", True), "name_en": ("英文名称", "English name", False),
        "level": ("级别", "level", True), "above": ("上级编码", "code above", True), "regions": ("地区码", "regions", False),
    },
    "people": {
        "login": ("用户名", "login", True), "name": ("姓名", "name", True), "name_en": ("英文名", "English name", False),
        "office": ("所属机构编码", "office", True),
    },
    "posts": {
        "login": ("用户名", "login", True), "role": ("岗位", "post", True), "office": ("机构编码", "office", True),
        "from": ("起期", "from", True), "to": ("止期", "to", False),
    },
    "parties": {
        "kind": ("种类", "kind", True), "number": ("单位代码", "number", True), "name": ("单位名称", "name", True), "name_en": ("英文名称", "English name", False),
        "office": ("管理机构编码", "office", True), "login": ("用户名", "login", False), "person": ("账户姓名", "name of the account", False),
    },
}  # fmt: skip
EXAMPLES: Mapping[str, Sequence[str]] = {
    "offices": ("hs1", "海曙区第一税务所", "Haishu Office 1", "税务所", "hs", "330203"),
    "people": ("li.na", "李娜", "Li Na", "hs"),
    "posts": ("li.na", "协查岗", "hs", "2026-03-02", ""),
    "parties": ("技术服务单位", "FW001", "某技术服务公司", "", "hs", "service.one", "钱进"),
}
# In which column a refusal stands, where the rule is about one value.
_AT = {
    "office_code": "code", "office_twice": "code", "office_level": "level", "office_above": "level", "region": "regions", "region_taken": "regions",
    "login": "login", "login_twice": "login", "person_unknown": "login", "person_left": "login", "party_holds_no_post": "login", "own_post": "login",
    "role": "role", "administrator_apart": "role", "holding_overlaps": "from", "period": "to",
    "party_kind": "kind", "party_number": "number", "party_twice": "number", "as_said": "number",
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row: where, what stood there, and the refusal."""

    line: int
    column: str
    value: str
    refusal: ChangeRefused


class ListRefused(RecordsError):
    """Nothing of the list is taken; `faults` names every row that is wrong."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__(f"expected a list without faults, but {len(self.faults)} were found")


def take(
    session: Session, who: Who, kind: str, content: bytes, file_name: str, within: Within, roles: Mapping[str, str], today: date, enterprise: Enterprise
) -> int:
    """Takes a whole list in; returns how many rows. `within` says of a path whether the reader looks after it, `roles` gives keys for names,
    `enterprise` has one that becomes a party known as a taxpayer, by number and name.

    Raises: FileRefused or ChangeRefused for a file that is no such list, ListRefused naming the rows that are wrong.
    """
    if len(content) > MOST_BYTES:
        raise ChangeRefused("list_size", limit=MOST_BYTES // MB)
    rows = list(open_csv(content).rows) if content else []
    if len(rows) < 2:
        raise ChangeRefused("list_empty")
    if len(rows) - 1 > MOST_ROWS:
        raise ChangeRefused("list_rows", limit=MOST_ROWS)
    keys, taking, faults = _match(kind, rows[0]), _Taking(session, who, within, roles, today, enterprise), list[Fault]()
    for row in rows[1:]:
        texts = dict(zip(keys, row.texts, strict=False))
        try:
            _refuse_shape(kind, keys, row)
            taking.take(kind, row.line, texts)
        except _Wrong as wrong:
            faults.append(Fault(row.line, wrong.column, texts.get(wrong.column, "")[:80], wrong.refusal))
        except ChangeRefused as refused:
            column = _AT.get(refused.code, "")
            faults.append(Fault(row.line, column, texts.get(column, "")[:80], refused))
    if faults:
        raise ListRefused(faults)
    audit.note(session, who, "offices:list:imported", "administration", kind, new={"kind": kind, "name": file_name[-100:], "rows": len(rows) - 1})
    return len(rows) - 1


class _Wrong(Exception):
    def __init__(self, column: str, refusal: ChangeRefused) -> None:
        self.column, self.refusal = column, refusal
        super().__init__(str(refusal))


@dataclass
class _Taking:
    """What is remembered from row to row."""

    session: Session
    who: Who
    within: Within
    roles: Mapping[str, str]
    today: date
    enterprise: Enterprise

    def __post_init__(self) -> None:
        self._seen: dict[str, int] = {}

    def take(self, kind: str, line: int, texts: Mapping[str, str]) -> None:
        {"offices": self._office, "people": self._person, "posts": self._holding, "parties": self._party}[kind](line, texts)

    def _office(self, line: int, texts: Mapping[str, str]) -> None:
        self._once("code", texts["code"], line)
        above = self._known("above", texts["above"])
        levels = {name: level for level, name in LEVEL_NAMES.items()}
        level = levels.get(texts["level"], texts["level"])
        row = tree.create(self.session, self.who, texts["code"], texts["name"], texts.get("name_en", ""), level, above)
        if regions := texts.get("regions", "").replace("、", " ").replace("；", " ").split():
            tree.set_regions(self.session, self.who, row.id, regions)

    def _person(self, line: int, texts: Mapping[str, str]) -> None:
        self._once("login", texts["login"], line)
        at = self._known("office", texts["office"])
        people.create(self.session, self.who, texts["login"], texts["name"], texts.get("name_en", ""), at)

    def _holding(self, line: int, texts: Mapping[str, str]) -> None:
        self._once("login", "|".join((texts["login"], texts["role"], texts["office"], texts["from"])), line)
        row, at = self._somebody(texts["login"]), self._known("office", texts["office"])
        if not (role := self.roles.get(texts["role"], "")):
            raise _Wrong("role", ChangeRefused("role", value=texts["role"][:40]))
        start, end = (self._day(column, texts.get(column, "")) for column in ("from", "to"))
        post = holdings.make_post(self.session, self.who, role, at)
        holdings.appoint(self.session, self.who, row.id, post, start or self.today, end)

    def _party(self, line: int, texts: Mapping[str, str]) -> None:
        """A row for each account, or one without where there is none yet; the first of a party registers it."""
        kinds = {word: kind for kind, words in parties.KINDS.items() for word in words}
        kind, number, login = kinds.get(texts["kind"], texts["kind"]), texts["number"].upper(), texts.get("login", "")
        self._once("number", "|".join((number, kind, login)), line)
        at, row = self._known("office", texts["office"]), parties.known(self.session, kind, number)
        if row is None:
            if kind == "enterprise":
                self.enterprise(self.session, self.who, number, texts["name"])
            row = parties.register(self.session, self.who, kind, number, texts["name"], texts.get("name_en", ""), at)
        elif not login or (row.name, row.office_id) != (texts["name"], at.id):
            raise ChangeRefused("party_twice", value=number, name=row.name)
        if login:
            if not texts.get("person", ""):
                raise _Wrong("person", ChangeRefused("missing", field=COLUMNS["parties"]["person"][0]))
            people.create(self.session, self.who, login, texts.get("person", ""), "", at, row)

    def _once(self, column: str, value: str, line: int) -> None:
        first = self._seen.setdefault(value, line)
        if first != line:
            raise _Wrong(column, ChangeRefused("twice_in_list", line=first, value=value.replace("|", " ")[:80]))

    def _known(self, column: str, code: str) -> Office:
        found = store.office_by_code(self.session, code)
        if found is None or not self.within(found.scope):  # one of elsewhere looks as if it were not there
            raise _Wrong(column, ChangeRefused("office_unknown", value=code[:40]))
        return found

    def _somebody(self, login: str) -> Person:
        found = store.person_by_login(self.session, login)
        at = self.session.get(Office, found.office_id) if found is not None and found.office_id else None
        if found is None or at is None or not self.within(at.scope):
            raise _Wrong("login", ChangeRefused("person_unknown", value=login[:60]))
        return found

    @staticmethod
    def _day(column: str, text: str) -> date | None:
        try:
            return fields.day(text)
        except ChangeRefused as refused:
            raise _Wrong(column, refused) from refused


def _match(kind: str, header: Row) -> list[str]:
    """The key of each column; raises ChangeRefused naming every heading that is unknown, missing or there twice."""
    columns = COLUMNS[kind]
    known = {zh: key for key, (zh, _en, _must) in columns.items()} | {en: key for key, (_zh, en, _must) in columns.items()} | {key: key for key in columns}
    keys = [known.get(text.strip("* "), "") for text in header.texts]
    unknown = [text or "（空）" for text, key in zip(header.texts, keys, strict=True) if not key]
    missing = [key for key, (_zh, _en, must) in columns.items() if must and key not in keys]
    twice = sorted({key for key in keys if key and keys.count(key) > 1})
    parts = [("缺少", "missing", missing), ("重复", "twice", twice)]
    zh = [f"{word}“{'”“'.join(columns[key][0] for key in found)}”" for word, _en, found in parts if found]
    en = [f"{word}: {', '.join(columns[key][1] for key in found)}" for _zh, word, found in parts if found]
    if unknown:
        zh.append(f"不认识“{'”“'.join(unknown)}”")
        en.append(f"unknown: {', '.join(unknown)}")
    if zh:
        raise ChangeRefused("list_columns", faults="；".join(zh), faults_en="; ".join(en))
    return keys


def _refuse_shape(kind: str, keys: Sequence[str], row: Row) -> None:
    """A row as wide as its header, nothing missing that must be there, nothing that a spreadsheet would calculate."""
    if len(row.texts) > len(keys):
        raise _Wrong("", ChangeRefused("list_width", found=len(row.texts), expected=len(keys)))
    texts = dict(zip(keys, [*row.texts, *[""] * (len(keys) - len(row.texts))], strict=True))
    for key, text in texts.items():
        if text.startswith(_FORMULA):
            raise _Wrong(key, ChangeRefused("list_formula", sign=text[:1]))
        if COLUMNS[kind][key][2] and not text:
            raise _Wrong(key, ChangeRefused("missing", field=COLUMNS[kind][key][0]))
