"""The bell: reminders and urgings for the posts that a person holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from deadlines.rules import TermRule
from notices.model import Told
from notices.rules import Choice, Rules, choices, rules_of
from records.offices.model import Office as OfficeRow
from records.offices.model import Post, PostHolding
from tests.factories.statements import counted
from tests.web.browsing import Person
from tests.web.conftest import signed_in
from tests.web.office import FILLED, Office


def overdue_case(office: Office, login: str = "li.na") -> str:
    instance_id = office.start("期限已过的案件")
    with office.database.write() as session:
        posts = sorted(office.person(login).post_ids)
        rule = TermRule("seal", "用印期限", "Seal", 3, "day")
        office.deadlines.start(session, instance_id, rule, office.clock.today(), owner_posts=posts)
    office.clock.advance(timedelta(days=10))
    office.deadlines.tick(office.database)
    office.tell()
    return instance_id


def bell(person: Person) -> str:
    return str(person.open("/profile").tree.xpath("//a[@data-go='n']/@aria-label")[0])


def test_a_passed_term_rings_for_those_who_answer_for_it(office: Office) -> None:
    instance_id = overdue_case(office)
    clerk, outsider = signed_in(office, "li.na"), signed_in(office, "chen.wei")

    page = clerk.open("/notices")

    assert "用印期限" in page.text
    assert page.tree.xpath("//ul[@class='notices']//p/span[1]/text()")[0].startswith("期限已过的案件")
    assert page.tree.xpath("//ul[@class='notices']//a/@href") == [f"/tasks/{office.task_of(instance_id)}", f"/notices?case={instance_id}"]
    assert "没有提醒" in outsider.open("/notices").text


def test_the_bell_counts_what_came_since_one_last_looked(office: Office) -> None:
    overdue_case(office)
    clerk = signed_in(office, "li.na")
    before = bell(clerk)
    clerk.open("/notices").submit("/notices/read")

    assert (before, bell(clerk)) == ("提醒，1 条未读", "提醒，0 条未读")


def test_the_same_form_again_leaves_unread_what_came_since(office: Office) -> None:
    overdue_case(office)
    clerk = signed_in(office, "li.na")
    fields = clerk.open("/notices").fields("/notices/read")
    clerk.post("/notices/read", fields)
    urged(office)
    clerk.post("/notices/read", fields)

    assert bell(clerk) == "提醒，1 条未读"


def test_a_passed_term_is_red_and_one_that_ends_today_says_so(office: Office) -> None:
    instance_id = office.start("今天到期的案件")
    with office.database.write() as session:
        rule = TermRule("seal", "用印期限", "Seal", 3, "day", reminders=(0,))
        office.deadlines.start(session, instance_id, rule, office.clock.today(), owner_posts=sorted(office.person("li.na").post_ids))
    office.clock.advance(timedelta(days=3))
    office.deadlines.tick(office.database)
    office.tell()
    clerk = signed_in(office, "li.na")

    page = clerk.open("/notices")
    assert "“用印期限”今日（2026-03-05）届满" in page.text
    assert "0 个工作日" not in page.text
    assert not page.tree.xpath("//li[contains(@class, 'is-late')]")

    office.clock.advance(timedelta(days=1))
    office.deadlines.tick(office.database)
    office.tell()
    assert len(signed_in(office, "li.na").open("/notices").tree.xpath("//li[contains(@class, 'is-late')]")) == 1


def urged(office: Office, title: str = "催办的案件", login: str = "li.na") -> str:
    """A notice for the posts of a person; the case."""
    case = office.start(title, key=f"start:{title}")
    with office.database.write() as session:
        office.deadlines.notify(session, sorted(office.person(login).post_ids), case, "urged", "局长催办：快办", "urged by the head")
    office.tell()
    return case


@pytest.mark.parametrize("kind", ["urged", "returned", "overdue"])
def test_a_notice_leads_to_the_task_where_the_person_has_it_now_and_else_to_the_case(office: Office, kind: str) -> None:
    case = office.start("移来移去的案件")
    task, clerk, colleague = office.task_of(case), signed_in(office, "li.na"), signed_in(office, "wang.fang")
    with office.database.write() as session:
        office.deadlines.notify(session, sorted(office.person("li.na").post_ids), case, kind, "某事", "something")
    office.tell()

    def leads(person: Person) -> list[str]:
        return [str(link) for link in person.open("/notices?show=unread").tree.xpath("//ul[@class='notices']/li[contains(., '某事')]/div/a/@href")]

    assert leads(clerk) == leads(colleague) == [f"/tasks/{task}"]  # both may take it
    office.engine.claim(task, office.person("wang.fang"), "claim")
    assert (leads(clerk), leads(colleague)) == ([f"/cases/{case}"], [f"/tasks/{task}"])
    office.engine.complete(task, FILLED, office.person("wang.fang"), "fill")
    assert leads(clerk) == leads(colleague) == [f"/cases/{case}"]  # it is at another post by now


def test_a_page_about_many_cases_asks_as_few_questions_as_one_about_one(office: Office, clerk: Person) -> None:
    def asked(cases: list[str]) -> int:
        for title in cases:
            urged(office, title)
        with office.database.write() as session:
            session.execute(update(Told).values(for_id=office.person("zhao.jun").person_id))
        clerk.open("/notices")
        with counted(office.database) as sent:
            assert clerk.open("/notices").text.count("代 赵军") >= len(cases)
        return len(sent)

    assert asked(["甲"]) == asked([f"案件 {n}" for n in range(9)])


def test_one_is_read_and_the_others_stay(office: Office, clerk: Person) -> None:
    urged(office, "甲")
    urged(office, "乙")
    page = clerk.open("/notices?show=unread")
    (newest, oldest) = page.tree.xpath("//ul[@class='notices']/li/form/@action")

    after = page.submit(newest)

    assert after.address == "/notices"
    assert after.tree.xpath("//ul[@class='notices']/li/form/@action") == [oldest]
    assert "已标为已读" in after.text
    assert bell(clerk) == "提醒，1 条未读"
    assert len(clerk.open("/notices").tree.xpath("//ul[@class='notices']/li")) == 2


def test_the_notices_of_one_case_and_an_empty_list(office: Office, clerk: Person) -> None:
    case, _other = urged(office, "甲"), urged(office, "乙")

    page = clerk.open(f"/notices?case={case}")

    assert page.tree.xpath("//ul[@class='notices']//p/span[1]/text()") == ["甲"]
    assert page.tree.xpath("//nav[@class='tabs']/a[@aria-current]/text()") == ["甲"]
    assert "没有提醒" in clerk.open("/notices?case=" + "0" * 32).text
    page.submit("/notices/read")
    assert "没有未读的提醒" in clerk.open("/notices?show=unread").text


def test_nobody_sees_or_reads_the_notices_of_others(office: Office, clerk: Person, outsider: Person, visitor: Person) -> None:
    case = urged(office)
    (action,) = clerk.open("/notices").tree.xpath("//ul[@class='notices']/li/form/@action")
    page = outsider.open("/notices")

    assert "催办" not in page.tree.xpath("//main")[0].text_content().replace("任务、期限和催办中", "")
    assert "没有提醒" in outsider.open(f"/notices?case={case}").text
    token = outsider.open("/notices/settings").fields("/notices/settings")["csrf"]
    assert outsider.post(action, {"csrf": token}).status == outsider.post("/notices/999/read", {"csrf": token}).status == 404
    assert "催办" not in outsider.open("/notices/latest?after=0").text
    assert visitor.client.get("/notices/latest").status_code == 303
    assert bell(clerk) == "提醒，1 条未读"


def test_a_case_that_went_out_of_sight_has_no_name_any_more(office: Office) -> None:
    urged(office, "机密的案件")
    with office.database.write() as session:
        person = office.person("li.na")
        session.execute(delete(PostHolding).where(PostHolding.person_id == person.person_id))
    clerk = signed_in(office, "li.na")

    page = clerk.open("/notices")

    assert "这一案件已不在您可以查看的范围内" in page.text
    assert "机密" not in page.text + clerk.open("/notices/latest?after=0").text
    assert "局长催办" not in page.text
    assert page.tree.xpath("//ul[@class='notices']//a") == []


def test_what_is_new_to_an_open_page_is_drawn_for_it_and_keeps_no_session_alive(office: Office, clerk: Person) -> None:
    urged(office, "甲")
    first = clerk.open("/notices/latest?after=0")
    newest = first.tree.xpath("//@data-newest")[0]

    assert (first.tree.xpath("//@data-unread"), first.tree.xpath("//a/text()")) == (["1"], ["局长催办：快办"])
    assert clerk.open(f"/notices/latest?after={newest}").tree.xpath("//a") == []
    for _ in range(3):
        office.clock.advance(timedelta(minutes=50))
        answer = clerk.client.get("/notices/latest?after=0")
    assert answer.status_code == 303  # asked every few minutes, and two hours later nobody has sat there


def test_a_server_without_streams_says_so_and_its_pages_ask_for_none(clerk: Person) -> None:
    assert clerk.client.get("/notices/stream").status_code == 204
    assert clerk.open("/tasks").tree.xpath("//a[@data-bell]/@data-stream") == []


def test_a_person_chooses_ways_hours_and_digest(office: Office, clerk: Person) -> None:
    page = clerk.open("/notices/settings")
    fields = page.fields("/notices/settings", quiet="own", quiet_from="22:00", quiet_until="6:00")
    assert "请按“时:分”填写" in clerk.post("/notices/settings", fields).text
    fields["quiet_until"] = "06:00"
    for name in ("mail:urged", "app:claimable", "digest"):
        fields.poplist(name)
    assert "提醒设置已保存" in clerk.post("/notices/settings", fields).text

    with office.database.read() as session:
        me = office.person("li.na").person_id
        chosen = choices(session, [me])[me]
    assert chosen == Choice({"mail:urged": False, "app:claimable": False}, ("22:00", "06:00"), digest=False)
    office.start("由别人发起", login="wang.fang", key="other")
    office.tell()
    assert bell(clerk) == "提醒，0 条未读"
    assert "可认领的任务" in clerk.open("/notices").text


def test_administrators_read_the_table_and_only_those_of_the_topmost_office_change_the_rules(office: Office, operator: Person, guardian: Person, clerk: Person) -> None:
    page = operator.open("/administration/notices")
    assert "请您会签或加签" in page.text
    assert "没有设置邮件服务器（JINSHUI_SMTP_HOST）" in page.text + operator.open("/operations").text
    assert guardian.open("/administration/notices").status == 200
    assert clerk.open("/administration/notices").status == 403
    fields = page.fields("/administration/notices", quiet_from="21:00")
    assert operator.post("/administration/notices", fields).status == 404  # of a district

    with office.database.write() as session:
        post = session.scalars(select(Post).where(Post.role == "system_administrator")).one()
        post.office_id = session.scalars(select(OfficeRow.id).where(OfficeRow.code == "nb")).one()
    assert "摘要的天数是 0 至 30 的整数" in operator.post("/administration/notices", operator.open("/administration/notices").fields("/administration/notices", digest_days="x")).text
    assert "提醒规则已保存" in operator.open("/administration/notices").submit("/administration/notices", quiet_from="21:00", urgent_passes="1").text
    with office.database.read() as session:
        assert rules_of(session) == Rules(quiet_from="21:00", urgent_passes=True)


def test_the_address_of_a_person_is_kept_by_administrators(office: Office, operator: Person, clerk: Person) -> None:
    here = f"/administration/people/{office.person('li.na').person_id}"
    assert "“li.na”不是一个电子邮箱地址" in operator.open(here).submit(f"{here}/email", email="li.na").text
    assert "li.na@tax.example" in operator.open(here).submit(f"{here}/email", email="li.na@tax.example").text
    assert "没有设置邮件服务器" in clerk.open("/notices/settings").text
