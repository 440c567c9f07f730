"""Offices, people and posts from CSV: in three encodings, whole or not at all, with a report of every wrong row."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from db.session import Database
from records.audit import Who
from records.files import FileRefused
from records.offices import parties, store
from records.offices.errors import ChangeRefused
from records.offices.lists import MOST_BYTES, Fault, ListRefused, take
from records.offices.organisation import load_organisation
from records.taxpayers.store import register, taxpayer

TODAY = date(2026, 3, 2)
WHO = Who("admin", "高博", datetime(2026, 3, 2, 1, tzinfo=UTC))
ROLES = {"检查岗": "inspector", "inspector": "inspector", "系统管理员": "system_administrator"}
DESCRIPTION = {
    "offices": [{"code": "nb", "name": "宁波市局", "level": "city"}, {"code": "hs", "name": "海曙区局", "level": "district", "parent": "nb"}],
    "people": [{"login": "chen", "name": "陈敏", "password": "p", "posts": [{"role": "archivist", "office": "hs"}]}],
}
OFFICES = "编码,机构名称,英文名称,级别,上级编码,地区码\r\nbl,北仑区局,Beilun,区（县）局,nb,330206\r\nbl1,北仑一所,,税务所,bl,\r\n"
PEOPLE = "用户名,姓名,英文名,所属机构编码\r\nli.na,李娜,Li Na,hs\r\nwang.fang,王芳,,nb\r\n"
POSTS = "用户名,岗位,机构编码,起期,止期\r\nchen,检查岗,hs,2026-03-02,\r\nchen,inspector,nb,2026-3-2,2026-12-31\r\n"


@pytest.fixture
def office(any_database: Database) -> Database:
    with any_database.write() as session:
        load_organisation(session, DESCRIPTION)
    return any_database


def enterprise(session: Session, who: Who, number: str, name: str) -> None:
    """As the page has it known."""
    if number == "12":
        raise ChangeRefused("as_said", zh="纳税人识别号应为 15、17、18 或 20 位", en="a number has 15, 17, 18 or 20 characters")
    register(session, who, number, name, today=TODAY)


def taken(database: Database, kind: str, text: str, encoding: str = "utf-8-sig", within: str = "") -> int:
    with database.write() as session:
        return take(session, WHO, kind, text.encode(encoding), "清单.csv", lambda path: path.startswith(within), ROLES, TODAY, enterprise)


def faults(database: Database, kind: str, text: str, within: str = "") -> list[tuple[int, str, str]]:
    with pytest.raises(ListRefused) as refused:
        taken(database, kind, text, within=within)
    return [(fault.line, fault.column, fault.refusal.code) for fault in refused.value.faults]


def counts(database: Database) -> tuple[int, int]:
    with database.read() as session:
        return len(store.offices(session)), len(store.people(session))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_three_lists_in_every_encoding(office: Database, encoding: str) -> None:
    assert taken(office, "offices", OFFICES, encoding) == 2
    assert taken(office, "people", PEOPLE, encoding) == 2
    assert taken(office, "posts", POSTS, encoding) == 2

    with office.read() as session:
        assert [one.scope for one in store.offices(session)] == ["nb/", "nb/bl/", "nb/bl/bl1/", "nb/hs/"]
        chen = store.person_by_login(session, "chen")
        assert chen is not None
        assert sorted(post.role for post in store.held_posts(session, chen.id, TODAY)) == ["archivist", "inspector", "inspector"]
        assert {region: one.code for region, one in store.regions(session).items()} == {"330206": "bl"}


def test_with_one_wrong_row_nothing_is_taken_and_every_wrong_row_is_named(office: Database) -> None:
    before = counts(office)
    text = PEOPLE + "chen,陈敏二,,hs\r\nLI,李,,hs\r\nzhao,,,hs\r\nqian,钱,,xx\r\nli.na,李娜,,hs\r\n"

    assert faults(office, "people", text) == [
        (4, "login", "login_twice"), (5, "login", "login"), (6, "name", "missing"), (7, "office", "office_unknown"), (8, "login", "twice_in_list"),
    ]  # fmt: skip
    assert counts(office) == before


def test_wrong_offices_and_posts_are_told_by_the_same_rules_as_on_the_pages(office: Database) -> None:
    text = OFFICES + "bl2,北仑二所,,区（县）局,bl,\r\nhs,海曙,,税务所,nb,\r\nbl3,三所,,税务所,zz,\r\n"
    assert faults(office, "offices", text) == [(4, "level", "office_above"), (5, "code", "office_twice"), (6, "above", "office_unknown")]

    text = POSTS + "chen,检查岗,hs,2026-06-01,\r\nchen,检查员,hs,2026-03-02,\r\nnobody,检查岗,hs,2026-03-02,\r\nchen,检查岗,nb,2026-02-30,\r\nchen,系统管理员,nb,2026-03-02,\r\n"
    assert faults(office, "posts", text) == [
        (4, "from", "holding_overlaps"), (5, "role", "role"), (6, "login", "person_unknown"), (7, "from", "date"), (8, "role", "administrator_apart"),
    ]  # fmt: skip


def test_a_post_without_an_office_is_refused_with_its_sentence(office: Database) -> None:
    with pytest.raises(ListRefused) as refused:
        taken(office, "posts", POSTS + "chen,检查岗,zz,2026-03-02,\r\nchen,检查岗,,2026-03-02,\r\n")

    said = [(fault.line, fault.column, fault.refusal.say()) for fault in refused.value.faults]
    assert said == [(4, "office", "没有编码为“zz”的机构"), (5, "office", "“机构编码”不能为空")]


PARTIES = (
    "种类,单位代码,单位名称,英文名称,管理机构编码,用户名,账户姓名\r\n技术服务单位,FW001,某服务公司,Service,hs,fw.one,钱一\r\n技术服务单位,fw001,某服务公司,,hs,fw.two,钱二\r\n"
    "collecting_agent,DZ001,某代售点,,nb,,\r\n企业,330203D2143569X,某公司,,hs,firm,应江\r\n"
)


def test_outside_parties_with_their_accounts(office: Database) -> None:
    assert taken(office, "parties", PARTIES) == 4

    with office.read() as session:
        codes = {one.id: one.code for one in store.offices(session)}
        found = [(one.key, one.name, one.name_en, codes[one.office_id]) for one in parties.parties(session, list(codes))]
        accounts = {login: store.person_by_login(session, login) for login in ("fw.one", "fw.two", "firm")}
        assert found == [
            ("collecting_agent:DZ001", "某代售点", "某代售点", "nb"), ("enterprise:330203D2143569X", "某公司", "某公司", "hs"),
            ("service_unit:FW001", "某服务公司", "Service", "hs"),
        ]  # fmt: skip
        assert {login: parties.key_of(session, row.party_id) for login, row in accounts.items() if row} == {
            "fw.one": "service_unit:FW001", "fw.two": "service_unit:FW001", "firm": "enterprise:330203D2143569X",
        }  # fmt: skip
        assert taxpayer(session, "330203D2143569X").name == "某公司"
    header = PARTIES.splitlines()[0]
    assert taken(office, "parties", f"{header}\r\n代征代售单位,DZ001,某代售点,,nb,dz.one,钱三\r\n") == 1  # an account more


def test_of_outside_parties_every_wrong_row_is_named(office: Database) -> None:
    before = counts(office)
    text = PARTIES + (
        "银行,YH001,某行,,hs,,\r\n技术服务单位,F,某服务公司,,hs,,\r\n技术服务单位,FW001,别的公司,,hs,fw.three,钱四\r\n技术服务单位,FW001,某服务公司,,hs,,\r\n"
        "企业,12,某公司,,hs,,\r\n代征代售单位,DZ002,某点,,zz,,\r\n代征代售单位,DZ001,某代售点,,nb,chen,陈\r\n代征代售单位,DZ001,某代售点,,nb,dz.one,\r\n"
        "技术服务单位,FW001,某服务公司,,hs,fw.one,钱一\r\n技术服务单位,FW009,,,hs,,\r\n"
    )

    assert faults(office, "parties", text) == [
        (6, "kind", "party_kind"), (7, "number", "party_number"), (8, "number", "party_twice"), (9, "number", "party_twice"), (10, "number", "as_said"),
        (11, "office", "office_unknown"), (12, "login", "login_twice"), (13, "person", "missing"), (14, "number", "twice_in_list"), (15, "name", "missing"),
    ]  # fmt: skip
    assert counts(office) == before


@pytest.mark.parametrize("cell", ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)"])
def test_a_cell_that_a_spreadsheet_would_calculate_is_refused(office: Database, cell: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    assert faults(office, "people", f"用户名,姓名,英文名,所属机构编码\r\nzhao,{quoted},,hs\r\n") == [(2, "name", "list_formula")]


def test_what_lies_outside_the_realm_looks_as_if_it_were_not_there(office: Database) -> None:
    assert faults(office, "people", PEOPLE, within="nb/hs/") == [(3, "office", "office_unknown")]
    assert faults(office, "posts", POSTS, within="xx/") == [(2, "login", "person_unknown"), (3, "login", "person_unknown")]


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "文件是空的"),
        ("用户名,姓名,英文名,所属机构编码\r\n".encode(), "只有表头"),
        ("用户名,姓名\r\na,b\r\n".encode(), "缺少“所属机构编码”"),
        ("用户名,用户名,姓名,所属机构编码,电话\r\na,b,c,d,e\r\n".encode(), "重复“用户名”；不认识“电话”"),
        (b"x" * (MOST_BYTES + 1), "大于 2 MB"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused_as_a_whole(office: Database, content: bytes, match: str) -> None:
    with pytest.raises(ChangeRefused, match=match), office.write() as session:
        take(session, WHO, "people", content, "a.csv", lambda _path: True, ROLES, TODAY, enterprise)


def test_bytes_that_are_no_text_are_refused_with_their_line(office: Database) -> None:
    with pytest.raises(FileRefused, match="第 2 行"), office.write() as session:
        take(session, WHO, "people", "用户名,姓名\r\n".encode() + b"\xff\xff\xff\r\n", "a.csv", lambda _path: True, ROLES, TODAY, enterprise)


def test_a_row_wider_than_its_header_is_refused(office: Database) -> None:
    assert faults(office, "people", PEOPLE + "zhao,赵,,hs,多,余\r\n") == [(4, "", "list_width")]


def test_a_fault_says_its_sentence_in_both_languages() -> None:
    fault = Fault(3, "login", "chen", ChangeRefused("login_twice", value="chen", name="陈敏"))

    assert fault.refusal.say() == "用户名“chen”已由“陈敏”使用"
    assert "already" in fault.refusal.say("en")
