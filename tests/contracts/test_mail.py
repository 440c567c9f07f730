"""Mail against a real server on loopback, on both databases: retries, refusals, a server that hangs or hangs up, quiet hours, the digest."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from time import monotonic, sleep

import pytest
from sqlalchemy import delete, func, select, update

from db.clock import SHANGHAI
from db.queue import TaskQueue
from db.session import Database
from engine.registry import EffectContext
from engine.tables import Epoch, Incident, Outbox
from engine.troubles import Query
from handlers.telling.api import Telling
from notices import smtp, store
from notices.model import NoticeDigest, Told
from notices.rules import Choice, Rules, change_rules, choose
from notices.smtp import Postman
from records.offices.model import PostHolding
from tests.factories.effects import at_work
from tests.factories.mail import DROP, HANG, Post, give_addresses, mail_server, mailed_by
from tests.factories.processes import wait_until
from tests.web.office import Office, open_office

NOW_QUIET = datetime(2026, 3, 2, 21, 0, tzinfo=SHANGHAI)
MORNING = datetime(2026, 3, 3, 7, 30, tzinfo=SHANGHAI)


@dataclass
class Mailed:
    """The toy office with a mail server; Li Na and Zhao Jun have addresses."""

    office: Office
    post: Post
    telling: Telling

    def urge(self, title: str = "合同用印", login: str = "li.na") -> str:
        """A notice that goes by mail, to whoever holds the posts of this person; the case."""
        case = self.office.start(title, key=f"start:{title}:{self.office.clock.now()}", login="li.na")
        with self.office.database.write() as session:
            self.office.deadlines.notify(session, sorted(self.office.person(login).post_ids), case, "urged", "局长催办：快办", "urged")
        return case

    def work(self) -> None:
        """What the pump does, until nothing is due."""
        self.telling.tick()
        self.office.engine.work_effects()

    def later(self, by: timedelta) -> None:
        self.office.clock.advance(by)
        self.work()

    def effects(self) -> list[tuple[str, int]]:
        """(state, attempts) of every letter, the first first."""
        with self.office.database.read() as session:
            return [(row.state, row.attempts) for row in session.scalars(select(Outbox).where(Outbox.topic == "notices.mail").order_by(Outbox.id))]


@pytest.fixture
def mailed(office: Office) -> Iterator[Mailed]:
    give_addresses(office, "li.na", "zhao.jun")
    with mail_server() as post:
        yield Mailed(office, post, mailed_by(office, post.postman()))


@contextmanager
def no_pause(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(smtp, "PAUSE_S", 0.0)
        yield


ON_SQLITE = pytest.mark.parametrize("office", ["sqlite"], indirect=True)


@ON_SQLITE
def test_a_letter_names_the_case_and_an_address_and_nothing_of_its_contents(mailed: Mailed) -> None:
    case = mailed.urge()
    mailed.work()
    mailed.work()

    (letter,) = mailed.post.letters
    text = letter.get_content()
    assert (str(letter["To"]), str(letter["Subject"])) == ("li.na@tax.example", "〔金税流程〕催办：合同用印")
    assert f"https://bpm.example/tasks/{mailed.office.task_of(case)}" in text
    assert "局长" not in text  # who urged, and in which words, is read on the page
    assert letter["From"].addresses[0].addr_spec == "bpm@tax.example"
    assert mailed.effects() == [("done", 1)]


def test_a_server_that_asks_to_come_again_gets_the_same_letter_later(mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    mailed.post.answers += ["451 4.3.0 try again", DROP]  # the second time it takes the letter and hangs up before it says so
    mailed.urge()
    with no_pause(monkeypatch):
        mailed.work()
        assert (mailed.effects(), mailed.post.letters) == ([("pending", 1)], [])
        mailed.later(timedelta(seconds=6))
        assert mailed.effects() == [("pending", 2)]
        mailed.later(timedelta(seconds=30))

    assert mailed.effects() == [("done", 3)]
    first, second = mailed.post.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content() == second.get_content()


def test_an_address_that_the_server_does_not_know_waits_for_an_operator_at_once(mailed: Mailed) -> None:
    mailed.post.unknown.add("li.na@tax.example")
    mailed.urge()
    mailed.urge("另一件", "zhao.jun")
    mailed.work()

    assert sorted(mailed.effects()) == [("done", 1), ("failed", 1)]
    assert mailed.post.to() == ["zhao.jun@tax.example"]
    with mailed.office.database.read() as session:
        (incident,) = session.scalars(select(Incident)).all()
    assert "李娜 <li.na@tax.example>：邮件服务器答复 550 5.1.1 no such user here" in incident.reason
    give_addresses(mailed.office, "gao.bo")
    mailed.work()
    assert mailed.post.to() == ["zhao.jun@tax.example"]  # about a mail that cannot be sent nobody gets a mail
    mailed.post.unknown.clear()
    (trouble,), _more = mailed.office.engine.operations.listed(mailed.office.person("gao.bo"), Query(), 10)
    with mailed.office.database.write() as session:
        mailed.office.engine.operations.retry(session, trouble.kind, trouble.id, mailed.office.person("gao.bo"), "again")
    mailed.work()
    assert mailed.post.to()[-1] == "li.na@tax.example"


@ON_SQLITE
def test_a_server_that_hangs_costs_one_time_out_and_not_one_for_each_letter(mailed: Mailed) -> None:
    mailed.post.answers += [HANG]
    mailed.urge()
    mailed.urge("另一件", "zhao.jun")
    mailed.telling.tick()
    begun = monotonic()
    mailed.office.engine.work_effects()

    assert monotonic() - begun < 2
    assert mailed.effects() == [("pending", 1)] * 2
    assert mailed.post.letters == []


def test_a_letter_goes_before_a_hundred_papers_that_wait(mailed: Mailed) -> None:
    office, came_before = mailed.office, list[int]()
    if not office.database.is_sqlite:
        office.engine.kernel.effects = TaskQueue()

    @office.engine.kernel.registry.effect("toys.paper")
    def draw(_ctx: EffectContext) -> None:
        """As slow as the letter is."""
        until = monotonic() + 5
        while not mailed.post.letters and monotonic() < until and 0 not in came_before:
            sleep(0.01)
        came_before.append(len(mailed.post.letters))

    with office.database.write() as session:
        for n in range(100):
            office.engine.emit(session, "toys.paper", {}, f"paper:{n}")
    mailed.urge()
    mailed.telling.tick()
    with at_work(office.engine, office.database):
        wait_until(lambda: len(came_before) == 100)

    assert came_before == [1] * 100


def test_letters_that_were_asked_for_before_the_server_was_taken_away_wait_for_an_operator(mailed: Mailed) -> None:
    office, engine = mailed.office, mailed.office.engine
    if not office.database.is_sqlite:
        engine.kernel.effects = TaskQueue()
    mailed.urge()
    mailed.telling.tick()
    mailed_by(office, None)  # the worker begins anew, without the setting

    def incidents() -> list[str]:
        with office.database.read() as session:
            return list(session.scalars(select(Incident.reason)))

    with at_work(engine, office.database):
        wait_until(lambda: incidents() != [])

    assert (mailed.effects(), mailed.post.letters) == ([("failed", 1)], [])
    assert "李娜 <li.na@tax.example>：没有设置邮件服务器" in incidents()[0]


@ON_SQLITE
def test_a_server_that_is_not_there_is_tried_again(mailed: Mailed) -> None:
    mailed.telling.mailing.postman = Postman(smtp.SmtpSettings("127.0.0.1", "bpm@tax.example", 1, "none"))
    mailed.urge()
    mailed.work()

    assert mailed.effects() == [("pending", 1)]


def test_in_quiet_hours_mail_waits_and_is_summed_up_and_what_was_read_is_not_sent(mailed: Mailed) -> None:
    mailed.office.clock.set(NOW_QUIET)
    for n in range(3):
        mailed.urge(f"案件 {n}")
    mailed.urge("主任的案件", "zhao.jun")
    mailed.work()
    assert mailed.post.letters == []
    with mailed.office.database.write() as session:
        session.execute(update(Told).where(Told.person_id == mailed.office.person("zhao.jun").person_id).values(read_at=mailed.office.clock.now()))
    mailed.office.clock.set(MORNING - timedelta(minutes=1))
    mailed.work()
    assert mailed.post.letters == []
    mailed.later(timedelta(minutes=1))

    assert mailed.post.subjects() == ["〔金税流程〕您有 3 条新提醒"]
    assert all(f"催办：案件 {n}" in mailed.post.letters[0].get_content() for n in range(3))


@ON_SQLITE
def test_what_is_urgent_may_pass_where_the_rules_say_so_and_a_person_has_hours_of_his_own(mailed: Mailed) -> None:
    mailed.office.clock.set(NOW_QUIET)
    with mailed.office.database.write() as session:
        choose(session, mailed.office.person("zhao.jun").person_id, Choice({}, ("23:00", "06:00")))
    mailed.urge("主任的案件", "zhao.jun")
    mailed.work()
    assert mailed.post.to() == ["zhao.jun@tax.example"]

    with mailed.office.database.write() as session:
        change_rules(session, Rules(urgent_passes=True))
    mailed.urge()
    mailed.work()
    assert mailed.post.to() == ["zhao.jun@tax.example", "li.na@tax.example"]


@ON_SQLITE
def test_who_chose_no_mail_or_lost_sight_of_the_case_reads_no_name(mailed: Mailed) -> None:
    with mailed.office.database.write() as session:
        choose(session, mailed.office.person("zhao.jun").person_id, Choice({"mail:urged": False}))
    mailed.urge("主任的案件", "zhao.jun")
    mailed.urge("机密的案件")
    mailed.telling.tick()
    with mailed.office.database.write() as session:  # she is moved before the letter is written
        session.execute(delete(PostHolding).where(PostHolding.person_id == mailed.office.person("li.na").person_id))
    mailed.office.engine.work_effects()

    (letter,) = mailed.post.letters
    assert str(letter["Subject"]) == "〔金税流程〕催办"
    assert "机密" not in letter.get_content() + str(letter["Subject"])


@ON_SQLITE
def test_what_the_pages_are_not_to_count_goes_by_mail_all_the_same(mailed: Mailed) -> None:
    with mailed.office.database.write() as session:
        choose(session, mailed.office.person("li.na").person_id, Choice({"app:urged": False}))
    mailed.urge()
    mailed.work()

    assert mailed.post.subjects() == ["〔金税流程〕催办：合同用印"]


@ON_SQLITE
def test_a_case_that_is_an_urging_itself_is_not_called_one_twice(mailed: Mailed) -> None:
    mailed.urge("催办：合同用印")
    mailed.work()

    assert mailed.post.subjects() == ["〔金税流程〕催办：合同用印"]


@ON_SQLITE
def test_a_letter_leads_to_the_case_where_the_work_is_somebody_elses_by_now(mailed: Mailed) -> None:
    case = mailed.urge()
    mailed.telling.tick()
    mailed.office.engine.claim(mailed.office.task_of(case), mailed.office.person("wang.fang"), "claim")
    mailed.office.engine.work_effects()

    assert f"https://bpm.example/cases/{case}" in mailed.post.letters[0].get_content()


@ON_SQLITE
def test_what_is_gathered_is_one_letter_until_it_is_read(mailed: Mailed) -> None:
    with mailed.office.database.write() as session:
        choose(session, mailed.office.person("li.na").person_id, Choice({"mail:claimable": True}))
    for n in range(3):
        mailed.office.start(f"案件 {n}", login="wang.fang", key=f"n{n}")
        mailed.work()
    assert mailed.post.subjects() == ["〔金税流程〕岗位有新的待认领任务"]
    with mailed.office.database.write() as session:
        session.execute(update(Told).values(read_at=mailed.office.clock.now()))
    mailed.office.start("又一件", login="wang.fang", key="more")
    mailed.work()
    assert len(mailed.post.letters) == 2


@ON_SQLITE
def test_a_letter_about_what_is_gathered_says_what_came_before_it_was_sent(mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    with mailed.office.database.write() as session:
        choose(session, mailed.office.person("li.na").person_id, Choice({"mail:claimable": True}))
    for n in range(2):  # each is told, and the letter asked for at the first
        mailed.office.start(f"案件 {n}", login="wang.fang", key=f"n{n}")
        mailed.telling.tick()
    mailed.post.answers += ["451 4.3.0 try again"]
    with no_pause(monkeypatch):
        mailed.work()
        assert mailed.effects() == [("pending", 1)]
        mailed.office.start("又一件", login="wang.fang", key="more")
        mailed.later(timedelta(seconds=6))

    assert mailed.post.subjects() == ["〔金税流程〕岗位有新的待认领任务（3 项）"]
    assert mailed.effects() == [("done", 2)]


@ON_SQLITE
def test_a_letter_that_waits_is_taken_back_by_nothing_that_goes_by_no_mail_itself(mailed: Mailed) -> None:
    follower, clerk = mailed.telling.follower, mailed.office.person("li.na").person_id
    mailed.office.clock.set(NOW_QUIET)
    for key, only_pages in (("first", False), ("second", True)):
        with mailed.office.database.write() as session:
            follower.tell(session, [store.Telling("incident", key, mailed.office.clock.now(), {clerk: ""}, gathered="incident", only_pages=only_pages)])
    mailed.office.clock.set(MORNING)
    mailed.work()

    assert mailed.post.subjects() == ["〔金税流程〕办理中断，需要处理（2 项）"]


@ON_SQLITE
def test_what_waited_when_a_backup_was_made_is_sent_by_nobody(mailed: Mailed) -> None:
    mailed.office.clock.set(NOW_QUIET)
    mailed.urge()
    mailed.telling.tick()
    mailed.office.clock.advance(timedelta(minutes=1))
    with mailed.office.database.write() as session:
        session.add(Epoch(number=1, began_at=mailed.office.clock.now(), reason="restored"))
    mailed.office.clock.set(MORNING)
    mailed.work()

    assert (mailed.post.letters, mailed.effects()) == ([], [])


# --- the digest --------------------------------------------------------------------------------------------------------------


def at(mailed: Mailed, text: str) -> None:
    mailed.office.clock.set(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))
    mailed.telling.look_at_dates()
    mailed.office.engine.work_effects()


def digests(mailed: Mailed) -> list[EmailMessage]:
    return [letter for letter in mailed.post.letters if "待办摘要" in str(letter["Subject"])]


def test_the_digest_comes_once_on_each_working_day_and_never_empty(mailed: Mailed) -> None:
    at(mailed, "2026-03-02 12:00")
    assert digests(mailed) == []  # nothing to do
    mailed.office.start("合同用印", due_in=1)
    for moment in ("2026-03-03 08:29", "2026-03-03 08:30", "2026-03-03 08:31", "2026-03-03 12:00"):
        at(mailed, moment)
    assert [(str(letter["To"]), str(letter["Subject"])) for letter in digests(mailed)] == [("li.na@tax.example", "〔金税流程〕2026-03-03 待办摘要：可认领 1")]
    task = mailed.office.task_of(mailed.office.start("再一件", due_in=0, key="more"))
    mailed.office.engine.claim(task, mailed.office.person("li.na"), "claim")
    for moment in ("2026-03-04 08:30", "2026-03-07 08:30", "2026-03-08 09:00", "2026-03-09 15:00"):  # a Saturday, a Sunday, too late on Monday
        at(mailed, moment)

    assert len(digests(mailed)) == 2
    assert "在办 1 项" in digests(mailed)[1].get_content()
    assert "已逾期 1 项" in digests(mailed)[1].get_content()


@ON_SQLITE
def test_who_wants_no_digest_gets_none_and_own_quiet_hours_put_it_off(mailed: Mailed) -> None:
    with mailed.office.database.write() as session:
        choose(session, mailed.office.person("li.na").person_id, Choice({}, ("20:00", "09:00")))
        choose(session, mailed.office.person("zhao.jun").person_id, Choice({}, None, digest=False))
    mailed.office.start("合同用印")
    with mailed.office.database.write() as session:
        mailed.office.deadlines.notify(session, sorted(mailed.office.person("zhao.jun").post_ids), "x" * 32, "matter", "某事", "something")
    mailed.telling.tick()
    at(mailed, "2026-03-03 08:30")
    assert digests(mailed) == []
    at(mailed, "2026-03-03 09:00")

    assert [str(letter["To"]) for letter in digests(mailed)] == ["li.na@tax.example"]


@pytest.mark.parametrize("office", ["postgres"], indirect=True)
def test_two_workers_send_one_digest_and_one_letter(mailed: Mailed) -> None:
    other = Database(mailed.office.database.url.render_as_string(hide_password=False))
    second = open_office(other, mailed.office.clock)
    workers = [mailed.telling, mailed_by(second, mailed.post.postman())]
    mailed.urge()
    mailed.office.clock.set(datetime(2026, 3, 3, 8, 30, tzinfo=SHANGHAI))

    def work(telling: Telling) -> None:
        for _ in range(3):
            telling.tick()
            telling.look_at_dates()
            telling.house.engine.work_effects()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.dispose()

    assert sorted(mailed.post.subjects()) == sorted({*mailed.post.subjects()})
    assert len(digests(mailed)) == 1
    with mailed.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(NoticeDigest)) == 2
