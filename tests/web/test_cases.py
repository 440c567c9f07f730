"""Cases: who finds them, what their page shows, remarks, files, papers, terms."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from deadlines.rules import TermRule
from engine import history
from engine.link import Link
from tests.web.browsing import Page, Person, upload
from tests.web.office import FILLED, Office

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
PAPER = b"%PDF-1.7 an issued paper"


def titles(page: Page) -> list[str]:
    return [a.text_content() for a in page.tree.xpath("//td[@class='main']/a")]


def done_filling(office: Office, title: str = "年度合同用印") -> str:
    instance_id = office.start(title)
    office.engine.complete(office.task_of(instance_id), {**FILLED, "purpose": title}, office.person("li.na"), f"fill:{title}")
    return instance_id


def attach(person: Person, instance_id: str, name: str, content: bytes = b"%PDF-1.7") -> Page:
    return person.open(f"/cases/{instance_id}").submit(f"/cases/{instance_id}/attachments", file=upload(name, content))


def refusal(page: Page) -> str:
    return " ".join(page.tree.xpath("//*[@id='toast']//*[@role='alert']//text()"))


def test_the_list_holds_the_cases_of_ones_own_office_only(office: Office, clerk: Person, outsider: Person) -> None:
    office.start("海曙的案件")
    office.start("鄞州的案件", login="chen.wei")

    assert titles(clerk.open("/cases")) == ["海曙的案件"]
    assert titles(outsider.open("/cases")) == ["鄞州的案件"]


def test_cases_are_found_by_words_state_and_process(office: Office, clerk: Person) -> None:
    office.start("远航供应链 合同")
    office.start("甬江港务 函")

    assert titles(clerk.open("/cases?q=远航")) == ["远航供应链 合同"]
    assert titles(clerk.open("/cases?q=合同 远航")) == ["远航供应链 合同"]
    assert titles(clerk.open("/cases?q=港务 远航")) == []
    assert titles(clerk.open("/cases?status=completed")) == []
    assert len(titles(clerk.open("/cases?process=seal_request"))) == 2
    assert "没有符合条件的案件" in clerk.open("/cases?process=other").text


def test_long_lists_of_cases_have_pages(office: Office, clerk: Person) -> None:
    for n in range(27):
        office.start(f"第 {n} 件")

    first = clerk.open("/cases")
    second = clerk.open(first.tree.xpath("//a[@rel='next']/@href")[0])

    assert (len(titles(first)), len(titles(second))) == (25, 2)


def test_the_case_page_shows_what_was_entered_and_by_whom(office: Office, clerk: Person) -> None:
    page = clerk.open(f"/cases/{done_filling(office)}")

    assert "办结：填写用印单" in page.text
    assert "李娜" in page.text
    assert "公函" in page.text
    assert "科室审核待认领" in page.text
    assert "在办" in page.text


def test_a_long_history_has_pages_on_which_each_event_stands_once(office: Office, clerk: Person, outsider: Person) -> None:
    instance_id = done_filling(office)
    with office.database.write() as session:
        link = Link(session)
        for n in range(450):
            history.add(link, office.clock.now(), instance_id, "asked", office.person("li.na"), details={"text": f"第 {n} 件小事"})

    page, seen = clerk.open(f"/cases/{instance_id}"), []
    pages = [page]
    while earlier := page.tree.xpath("//a[text()='再早的记录']/@href"):
        page = clerk.open(earlier[0])
        pages.append(page)
    for page in pages:
        seen += [b.text_content() for b in page.tree.xpath("//ol[@class='timeline']/li//b")]

    assert len(pages) == 3
    assert [text for text in seen if text.startswith("第 ")] == [f"第 {n} 件小事" for n in reversed(range(450))]
    assert seen[-1] == "发起案件"
    assert "填" in "".join(pages[0].tree.xpath("//*[contains(@class, 'progress')]//text()"))  # what is done does not depend on the page
    assert outsider.open(f"/cases/{instance_id}/history?before=9").status == 404
    assert clerk.open(f"/cases/{instance_id}/history?before={'9' * 5000}").status == 200
    assert clerk.open(f"/cases?offset={'9' * 5000}").status == 200


def test_a_case_one_may_not_see_looks_like_one_that_is_not_there(office: Office, outsider: Person) -> None:
    refused = outsider.open(f"/cases/{office.start()}")
    missing = outsider.open(f"/cases/{'0' * 32}")

    assert refused.status == missing.status == 404
    assert refused.text == missing.text


def test_the_diagram_tells_the_way_and_the_place(office: Office, clerk: Person, outsider: Person) -> None:
    instance_id = done_filling(office)

    found = clerk.open(f"/cases/{instance_id}/diagram").response.get_json()

    assert found["current"] == ["review"]
    assert set(found["done"]) == {"requested", "fill_request"}
    assert set(found["flows"]) == {"to_fill", "to_review"}
    assert "BPMNPlane" in found["xml"]
    assert outsider.open(f"/cases/{instance_id}/diagram").status == 404


def test_remarks_are_read_by_everyone_who_sees_the_case(office: Office, clerk: Person, colleague: Person) -> None:
    instance_id = office.start()
    clerk.open(f"/cases/{instance_id}").submit(f"/cases/{instance_id}/comments", text="请核对第七条")

    assert "请核对第七条" in colleague.open(f"/cases/{instance_id}").text


def test_a_remark_sent_twice_stands_there_once(office: Office, clerk: Person) -> None:
    instance_id = office.start()
    form = clerk.open(f"/cases/{instance_id}").fields(f"/cases/{instance_id}/comments", text="只说一次")
    for _ in range(2):
        clerk.post(f"/cases/{instance_id}/comments", form)

    assert len(office.engine.case(instance_id, office.person("li.na")).comments) == 1


def test_an_outsider_can_neither_remark_nor_attach(office: Office, outsider: Person) -> None:
    instance_id = office.start()
    form = outsider.open("/profile").fields("/sign-out", key="d" * 32, text="插话")

    assert outsider.post(f"/cases/{instance_id}/comments", form).status == 404
    form["file"] = upload("a.pdf", b"%PDF")
    assert outsider.post(f"/cases/{instance_id}/attachments", form).status == 404


def test_a_file_comes_back_as_it_was_added(office: Office, clerk: Person) -> None:
    instance_id = office.start()
    page = attach(clerk, instance_id, "合同（定稿）.pdf", b"%PDF-1.7 contents")
    (address,) = page.tree.xpath("//a[contains(@href,'/attachments/')]/@href")

    answer = clerk.open(address).response

    assert answer.data == b"%PDF-1.7 contents"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.mimetype == "application/octet-stream"


def test_files_are_for_those_who_see_the_case(office: Office, clerk: Person, outsider: Person) -> None:
    page = attach(clerk, office.start(), "合同.pdf")
    (address,) = page.tree.xpath("//a[contains(@href,'/attachments/')]/@href")

    assert outsider.open(address).status == 404


@pytest.mark.parametrize("name", ["page.html", "run.exe", "macro.xlsm", "picture.svg", "noending", "script.pdf.js"])
def test_web_pages_and_programs_are_not_taken(office: Office, clerk: Person, name: str) -> None:
    instance_id = office.start()
    page = attach(clerk, instance_id, name)

    assert "不接受这种文件" in refusal(page)
    assert page.address == f"/cases/{instance_id}"
    assert office.engine.case(instance_id, office.person("li.na")).attachments == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("程序.xlsx", b"MZ\x90\x00\x03"), ("程序.txt", b"MZ\x90\x00\x03"), ("网页.pdf", b"<html>"), ("图.png", b"\xff\xd8\xff\xe0"), ("包.zip", b"Rar!\x1a\x07\x00"),
        ("文.docx", b"{\\rtf1"), ("版式.ofd", b"%PDF-1.7"), ("照片.jpg", b"GIF89a"), ("扫描.tif", b"BM6"), ("表.csv", b"PK\x03\x04\x14\x00"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_its_name_says_is_refused(office: Office, clerk: Person, name: str, content: bytes) -> None:
    instance_id = office.start()

    assert "文件内容与扩展名不符" in refusal(attach(clerk, instance_id, name, content))
    assert office.engine.case(instance_id, office.person("li.na")).attachments == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("表.xlsx", b"PK\x03\x04\x14\x00"), ("加密的表.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ("旧表.et", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("照片.JPEG", b"\xff\xd8\xff\xe0"), ("清单.csv", "发票代码,号码".encode("gb18030")), ("说明.txt", "说明".encode("utf-16")),
    ],
)  # fmt: skip
def test_what_offices_exchange_is_taken(office: Office, clerk: Person, name: str, content: bytes) -> None:
    assert "附件已上传" in attach(clerk, office.start(), name, content).text


def test_an_empty_remark_is_told_in_our_own_words(office: Office, clerk: Person) -> None:
    instance_id = office.start()
    page = clerk.open(f"/cases/{instance_id}").submit(f"/cases/{instance_id}/comments", text="  ")

    assert "请先填写留言的内容" in refusal(page)
    assert not page.tree.xpath("//textarea[@name='text'][@required]")


def test_nobody_learns_from_a_refused_file_whether_a_case_exists(office: Office, clerk: Person, outsider: Person) -> None:
    instance_id = office.start()
    form = outsider.open("/profile").fields("/sign-out")
    form.add("key", "0" * 32)

    assert outsider.post(f"/cases/{instance_id}/attachments", form).status == 404


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Windows\\con.pdf", "con.pdf"),
        ("发票\u202efdp.xslx.pdf", "发票fdp.xslx.pdf"),
        ("a\x00b\r\nSet-Cookie: x.pdf", "abSet-Cookie x.pdf"),
        (f"{'长' * 300}.pdf", f"{'长' * 120}.pdf"),
    ],
)
def test_names_of_files_lose_what_could_mislead(sent: str, kept: str) -> None:
    from web.cases.attachments import clean_name

    assert clean_name(sent) == kept


def test_an_empty_or_missing_file_is_refused_with_a_sentence(office: Office, clerk: Person) -> None:
    instance_id = office.start()

    assert "这个文件是空的" in attach(clerk, instance_id, "leer.pdf", b"").text
    assert "请先选择文件" in attach(clerk, instance_id, "").text


def test_hostile_words_are_shown_as_words(office: Office, clerk: Person) -> None:
    instance_id = done_filling(office, HOSTILE[:60])
    clerk.open(f"/cases/{instance_id}").submit(f"/cases/{instance_id}/comments", text=HOSTILE)
    attach(clerk, instance_id, f"{HOSTILE[:40]}.pdf")

    for address in (f"/cases/{instance_id}", "/cases", "/tasks?scope=office", f"/tasks?q={HOSTILE}", f"/cases?q={HOSTILE}"):
        page = clerk.open(address)
        assert page.status == 200
        assert not page.tree.xpath("//script[not(@src)]"), address
        assert not page.tree.xpath("//@*[starts-with(name(),'on')]"), address
        assert "49" not in "".join(page.tree.xpath("//p/text()")), address


def test_a_term_is_explained(office: Office, clerk: Person) -> None:
    instance_id = office.start(due_in=30)
    rule = TermRule("seal", "用印期限", "Seal", 1, "month")
    with office.database.write() as session:
        office.deadlines.start(session, instance_id, rule, date(2026, 3, 2))

    page = clerk.open(f"/cases/{instance_id}")

    assert "用印期限" in page.text
    assert "2026-03-02 → 2026-04-02" in page.text


def test_an_urging_stands_on_the_case_with_its_answer(office: Office, clerk: Person) -> None:
    instance_id = office.start()
    with office.database.write() as session:
        urging_id = office.deadlines.urge(session, instance_id, by_id="x", by_name="市局", posts=[], text="请尽快回复").id

    assert "请尽快回复" in clerk.open(f"/cases/{instance_id}").text
    with office.database.write() as session:
        office.deadlines.answer(session, urging_id, by="李娜", text="本周内回复")

    assert "本周内回复" in clerk.open(f"/cases/{instance_id}").text


def issue(office: Office, instance_id: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A paper of the toy; the renderer itself is not what is tried here."""
    monkeypatch.setattr(office.papers, "make", lambda papers: [PAPER for _ in papers])
    with office.database.write() as session:
        paper = office.papers.issue(
            session, "toy", "sheet", {"purpose": "年度合同用印"}, subject_id=instance_id, prefix="用印", issued_by="李娜", once=f"sheet:{instance_id}"
        )  # fmt: skip
    return paper.id


def test_a_paper_being_made_is_listed_and_an_issued_one_opens(
    office: Office, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance_id = office.start()
    paper_id = issue(office, instance_id, monkeypatch)

    assert "制作中" in clerk.open(f"/cases/{instance_id}").text
    assert clerk.open(f"/cases/{instance_id}/papers/{paper_id}").status == 404
    office.papers.render(office.database, paper_id)

    assert "保存至 2031-03-02" in clerk.open(f"/cases/{instance_id}").text  # five years, as procedure.yaml says of it

    answer: Any = clerk.open(f"/cases/{instance_id}/papers/{paper_id}").response
    assert (answer.data, answer.mimetype) == (PAPER, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_paper_opens_only_within_its_own_case(
    office: Office, clerk: Person, outsider: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance_id, other = office.start(), office.start("另一件")
    paper_id = issue(office, instance_id, monkeypatch)
    office.papers.render(office.database, paper_id)

    assert outsider.open(f"/cases/{instance_id}/papers/{paper_id}").status == 404
    assert clerk.open(f"/cases/{other}/papers/{paper_id}").status == 404


def test_a_task_shows_its_form_before_the_diagram_which_stays_open_for_whoever_opened_it(office: Office, clerk: Person) -> None:
    address = f"/tasks/{office.task_of(office.start())}"
    folded = "//details[contains(@class, 'way')]"

    page = clerk.open(address)
    assert [(fold.get("open"), fold.get("data-remember")) for fold in page.tree.xpath(folded)] == [(None, "diagram")]
    assert page.tree.xpath("//bpmn-view/@data-in-hand") == ["fill_request"]  # on which the drawing opens
    assert len(page.tree.xpath("//ol[@class='steps']/li[@data-in-hand]")) == 1

    clerk.client.set_cookie("jinshui_diagram", "1")
    assert [fold.get("open") is not None for fold in clerk.open(address).tree.xpath(folded)] == [True]


def test_the_line_of_steps_shows_what_was_done_what_is_and_what_surely_comes(office: Office, clerk: Person) -> None:
    instance_id = office.start()
    steps = "//ol[@class='steps']/li"

    page = clerk.open(f"/cases/{instance_id}")

    found = [(li.get("class"), li.text_content()) for li in page.tree.xpath(steps)]
    assert found[0] == ("now", "填写用印单")
    assert [state for state, _name in found[1:]] == ["ahead"] * (len(found) - 1)
    assert len(found) >= 3
