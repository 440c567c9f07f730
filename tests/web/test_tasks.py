"""The form of a task: drawn by the server, checked by the engine, submitted once."""

from __future__ import annotations

from engine.errors import Declined
from tests.web.browsing import Page, Person
from tests.web.office import FILLED, Office


def own_task(office: Office, title: str = "年度合同用印") -> str:
    task_id = office.task_of(office.start(title))
    office.engine.claim(task_id, office.person("li.na"), f"claim:{task_id}")
    return task_id


def reviewed_by(office: Office, login: str, title: str = "年度合同用印") -> str:
    """A case at its review, claimed by somebody."""
    task_id = own_task(office, title)
    instance_id = office.engine.task(task_id, office.person("li.na")).task.instance_id
    office.engine.complete(task_id, {**FILLED, "purpose": title}, office.person("li.na"), f"fill:{task_id}")
    review = office.task_of(instance_id)
    office.engine.claim(review, office.person(login), f"claim:{review}")
    return review


def errors(page: Page) -> dict[str, str]:
    return {p.get("id")[2:]: p.text_content().strip() for p in page.tree.xpath("//p[@class='err']")}


def test_the_form_holds_what_the_case_knows(office: Office, clerk: Person) -> None:
    page = clerk.open(f"/tasks/{own_task(office)}")

    form = page.form(page.address)
    assert form.fields["purpose"] == "年度合同用印"
    assert "份" in page.text
    assert "会印在用印单上" in page.text


def test_whoever_has_not_claimed_sees_the_task_without_its_form(office: Office, colleague: Person) -> None:
    page = colleague.open(f"/tasks/{own_task(office)}")

    assert page.status == 200
    assert "由 李娜 办理中" in page.text
    assert not page.tree.xpath("//form[@id='task-form']")


def test_wrong_entries_come_back_with_sentences_and_lose_nothing(office: Office, clerk: Person) -> None:
    task_id = own_task(office)
    page = clerk.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}", kind="contract", copies="一百", remark="请加急")

    assert page.status == 422
    assert set(errors(page)) == {"copies", "amount", "on", "seal"}
    assert "应填写数字" in errors(page)["copies"]
    form = page.form(f"/tasks/{task_id}")
    assert (form.fields["copies"], form.fields["remark"]) == ("一百", "请加急")
    assert page.tree.xpath("//div[contains(@class,'form-errors')]//a/@href") == ["#f-copies", "#f-amount", "#f-on", "#f-seal"]


def test_what_a_field_wants_stays_beside_what_is_wrong_with_it(office: Office, clerk: Person) -> None:
    task_id = own_task(office)
    page = clerk.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}", **{**FILLED, "remark": "长" * 201})

    (remark,) = page.tree.xpath("//textarea[@name='remark']")
    said = [page.tree.get_element_by_id(place).text_content() for place in remark.get("aria-describedby").split()]
    assert said == ["“备注”最多 200 个字", "会印在用印单上"]


def test_a_hidden_field_is_neither_drawn_nor_demanded(office: Office, clerk: Person) -> None:
    task_id = own_task(office)
    page = clerk.open(f"/tasks/{task_id}")

    assert "合同金额" not in page.text
    assert page.submit(f"/tasks/{task_id}", **FILLED).status == 200


def test_a_watched_choice_redraws_the_form_without_losing_what_was_typed(office: Office, clerk: Person) -> None:
    task_id = own_task(office)
    page = clerk.open(f"/tasks/{task_id}")
    fields = page.fields(f"/tasks/{task_id}", kind="contract", remark="写了一半")

    drawn = clerk.post(f"/tasks/{task_id}/form", fields, **{"HX-Request": "true", "HX-Target": "form#task-form"})

    assert "合同金额" in drawn.text
    assert "写了一半" in drawn.text
    assert drawn.tree.xpath("//input[@name='key']/@value") == [fields["key"]]


def test_submitting_leads_on_to_the_next_step(office: Office, clerk: Person) -> None:
    task_id = own_task(office)
    page = clerk.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}", **FILLED)

    assert "已提交" in page.text
    assert "下一环节：科室审核" in page.text


def test_a_form_posted_twice_acts_once(office: Office, clerk: Person) -> None:
    task_id = own_task(office)
    fields = clerk.open(f"/tasks/{task_id}").fields(f"/tasks/{task_id}", **FILLED)

    answers = [clerk.post(f"/tasks/{task_id}", fields) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    instance_id = office.engine.cases(office.person("li.na"))[0][0].instance_id
    done = [row for row in office.engine.case(instance_id, office.person("li.na")).history if row.kind == "completed_task"]
    assert len(done) == 1


def test_a_used_form_cannot_be_sent_again_with_other_values(office: Office, clerk: Person) -> None:
    task_id = own_task(office)
    fields = clerk.open(f"/tasks/{task_id}").fields(f"/tasks/{task_id}", **FILLED)
    clerk.post(f"/tasks/{task_id}", fields)
    fields["copies"] = "30"

    page = clerk.post(f"/tasks/{task_id}", fields)

    assert page.status == 409
    assert "这张表单已经用过" in page.text


def test_a_colleague_cannot_complete_what_the_clerk_holds(office: Office, clerk: Person, colleague: Person) -> None:
    task_id = own_task(office)
    fields = colleague.open("/profile").fields("/sign-out", **FILLED, key="b" * 32)

    assert colleague.post(f"/tasks/{task_id}", fields).status == 409
    assert office.engine.task(task_id, office.person("li.na")).task.state == "open"


def test_an_outsider_who_tries_is_refused_and_stands_in_the_trail(office: Office, outsider: Person) -> None:
    task_id = own_task(office)
    fields = outsider.open("/profile").fields("/sign-out", **FILLED, key="c" * 32)

    page = outsider.post(f"/tasks/{task_id}", fields)

    assert page.status == 404
    assert "您无权查看" in page.text
    instance_id = office.engine.task(task_id, office.person("li.na")).task.instance_id
    trail = office.engine.case(instance_id, office.person("li.na")).history[-1]
    assert (trail.kind, trail.person_name) == ("refused", "陈伟")


def test_a_draft_is_there_when_one_comes_back(office: Office, clerk: Person) -> None:
    task_id = own_task(office)
    clerk.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}", to=f"/tasks/{task_id}/draft", remark="下午再写")

    page = clerk.open(f"/tasks/{task_id}")

    assert page.form(f"/tasks/{task_id}").fields["remark"] == "下午再写"
    assert "已取出草稿" in page.text


def test_the_page_itself_is_told_when_the_draft_was_saved(office: Office, clerk: Person) -> None:
    task_id = own_task(office)
    fields = clerk.open(f"/tasks/{task_id}").fields(f"/tasks/{task_id}")

    assert clerk.post(f"/tasks/{task_id}/draft", fields, **{"HX-Request": "true"}).text == "已暂存 09:00:00"


def test_a_step_that_fails_keeps_the_entries_and_shows_why(office: Office, head: Person) -> None:
    task_id = reviewed_by(office, "zhao.jun")
    office.stamp.broken = True

    page = head.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}", decision="approve", opinion="同意用印")

    assert page.status == 409
    assert "印章柜打不开" in page.text
    assert page.form(f"/tasks/{task_id}").fields["opinion"] == "同意用印"
    office.stamp.broken = False
    assert page.submit(f"/tasks/{task_id}").status == 200


def test_a_refusal_that_names_its_field_stands_there_and_one_that_does_not_above_the_form(office: Office, head: Person) -> None:
    task_id = reviewed_by(office, "zhao.jun")
    office.stamp.refusal = Declined("同意用印须写明份数", "say how many", at="opinion")

    page = head.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}", decision="approve", opinion="同意用印")
    office.stamp.refusal = Declined("今天不用印", "no seal today", at="a_field_of_another_form")
    above = page.submit(f"/tasks/{task_id}")

    assert (page.status, errors(page), "按规定不能办理" in page.text) == (422, {"opinion": "同意用印须写明份数"}, False)
    assert (above.status, errors(above), "按规定不能办理：今天不用印" in above.text) == (422, {}, True)


def test_a_failure_that_was_not_written_for_people_is_a_number(office: Office, head: Person) -> None:
    task_id = reviewed_by(office, "zhao.jun")
    office.stamp.broken, office.stamp.reason = True, "(sqlite3.IntegrityError) UNIQUE 约束 [SQL: INSERT INTO secret_table]"

    page = head.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}", decision="approve", opinion="同意用印")

    assert "请把编号" in page.text
    assert "secret_table" not in page.text


def test_an_incident_is_shown_on_the_case_and_can_be_tried_again(office: Office, head: Person) -> None:
    task_id = reviewed_by(office, "zhao.jun")
    office.stamp.broken = True
    head.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}", decision="approve", opinion="同意用印")
    instance_id = office.engine.task(task_id, office.person("zhao.jun")).task.instance_id
    office.stamp.broken = False

    page = head.open(f"/cases/{instance_id}")
    (retry,) = [form.action for form in page.tree.forms if "/incidents/" in form.action]
    after = page.submit(retry)

    assert "登记用印" in page.text
    assert "已重试" in after.text
    assert "办理中断" not in after.text


def test_only_who_did_the_step_tries_it_again(office: Office, head: Person, clerk: Person) -> None:
    task_id = reviewed_by(office, "zhao.jun")
    office.stamp.broken = True
    head.open(f"/tasks/{task_id}").submit(f"/tasks/{task_id}", decision="approve", opinion="同意用印")
    office.stamp.broken = False

    page = clerk.open(f"/cases/{office.engine.cases(office.person('li.na'))[0][0].instance_id}")
    (retry,) = [form.action for form in page.tree.forms if "/incidents/" in form.action]

    assert "请由原办理人重试" in page.submit(retry).text


def test_whoever_prepared_does_not_approve(office: Office, outsider: Person) -> None:
    actor = office.person("chen.wei")  # holds both posts at Yinzhou
    instance_id = office.start("自己报自己批", login="chen.wei")
    office.engine.complete(office.task_of(instance_id, "chen.wei"), FILLED, actor, "fill")

    page = outsider.open(f"/tasks/{office.task_of(instance_id, 'chen.wei')}")

    assert "您办理过“填写用印单”" in page.text
    assert not page.tree.xpath("//form[@id='task-form']")
    assert "认领后由您办理" not in page.text


def test_a_task_that_is_over_says_what_became_of_it(office: Office, clerk: Person) -> None:
    task_id = own_task(office)
    office.engine.complete(task_id, FILLED, office.person("li.na"), "fill")

    page = clerk.open(f"/tasks/{task_id}")

    assert page.status == 200
    assert "这项任务已经办结" in page.text


def test_a_task_that_somebody_else_did_meanwhile_names_who_and_when_and_leads_to_the_case(
    office: Office, clerk: Person, colleague: Person
) -> None:
    instance_id = office.start("年度合同用印")
    task_id = office.task_of(instance_id)
    opened = clerk.open(f"/tasks/{task_id}")
    wang = office.person("wang.fang")
    office.engine.claim(task_id, wang, "claim")
    office.engine.complete(task_id, FILLED, wang, "fill")

    pages = [
        clerk.open(f"/tasks/{task_id}"),
        opened.submit(f"/tasks/{task_id}/claim"),
        clerk.post(f"/tasks/{task_id}", opened.fields(f"/tasks/{task_id}/claim", **FILLED)),
    ]

    assert [page.status for page in pages] == [200, 409, 409]
    for page in pages:
        assert "“填写用印单”由 王芳 于 2026-03-02 09:00 办结" in page.text
        assert page.tree.xpath(f"//div[contains(@class, 'blank')]//a[contains(@class, 'btn')][@href='/cases/{instance_id}']")


def test_the_sheet_of_a_task_prints_case_and_form(office: Office, clerk: Person) -> None:
    page = clerk.open(f"/tasks/{own_task(office)}/sheet")

    assert "任务办理单" in page.text
    assert "用印事由" in page.text


def kept(office: Office, task_id: str) -> str:
    draft = office.engine.task(task_id, office.person("li.na")).draft
    assert draft is not None
    return str(draft["remark"])


def test_a_second_window_does_not_write_over_what_the_first_has_kept(office: Office, clerk: Person) -> None:
    task_id, here = (task := own_task(office)), f"/tasks/{task}"
    first, second = clerk.open(here), clerk.open(here)
    by_itself, by_button = {"HX-Request": "true"}, {"HX-Request": "true", "HX-Target": "span#saved"}
    mark = second.tree.xpath("//input[@name='draft-mark']/@value")[0]
    clerk.post(f"{here}/draft", first.fields(here, **{"draft-mark": mark, "remark": "甲窗"}))

    fields = second.fields(here, **{"draft-mark": mark, "remark": "乙窗"})
    for _ in range(2):  # the page that saves by itself never goes over it
        told = clerk.post(f"{here}/draft", fields, **by_itself)
        assert (told.status, told.tree.xpath("//input/@value")) == (412, [mark])
    asked = clerk.post(f"{here}/draft", fields, **by_button)
    assert "请再点一次“暂存”" in asked.text
    assert kept(office, task_id) == "甲窗"
    fields["draft-mark"] = asked.tree.xpath("//input/@value")[0]
    saved = clerk.post(f"{here}/draft", fields, **by_button)
    assert (saved.status, kept(office, task_id)) == (200, "乙窗")

    plain = clerk.post(f"{here}/draft", first.fields(here, **{"draft-mark": mark, "remark": "丙窗"}))
    assert (plain.status, plain.form(here).fields["remark"]) == (409, "丙窗")
    fields["draft-mark"] = plain.tree.xpath("//input[@name='draft-mark']/@value")[0]
    assert clerk.post(f"{here}/draft", {**fields, "remark": "丙窗"}).status == 200
    assert kept(office, task_id) == "丙窗"


def test_a_draft_says_at_once_what_is_too_long(office: Office, clerk: Person) -> None:
    here = f"/tasks/{own_task(office)}"
    fields = clerk.open(here).fields(here, remark="长" * 201)

    assert "超过字数、提交前须缩短：备注" in clerk.post(f"{here}/draft", fields, **{"HX-Request": "true"}).text
