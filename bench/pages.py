"""The pages as a browser asks for them: the worklist over 100,000 open tasks, a case of 1,000 invoices and a task of it.

Session, rights, counts, template and compression are in the time; socket and network are not. Scripts and style come once and are
weighed in tests/browser/test_pages.py.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from app import apart, compose
from bench import machine
from bench.worklist import PROCESSES, TASKS, Population, load
from commands import demo_office
from commands.scenarios.stage import furnish, unrendered
from db.session import Database
from records.offices.model import Office, Post
from tests.procedures.walking import Walk
from tests.web.browsing import Person

INVOICES = 1000
ROUNDS = 15
DISTRICTS = ("hs", "jd", "bl", "szwz")
ROLES = ("coinvestigation_officer", "data_entry", "case_handler", "inspection_director")
OFFICER, CLERK, CITY = "chen.min", "lin.jing", "xu.wei"  # one post; four posts in three districts; a whole city beneath


def population(database: Database) -> Population:
    """The posts of the demonstration office."""
    with database.read() as session:
        rows = session.execute(select(Office.scope, Post.role, Post.id).join(Post).where(Office.code.in_(DISTRICTS), Post.role.in_(ROLES))).all()
    posts = {(role, scope): post for scope, role, post in rows}
    return Population(sorted({scope for scope, _, _ in rows}), ROLES, lambda role, office: posts[role, office])


def asked(client: FlaskClient, address: str) -> dict[str, Any]:
    """Milliseconds of the whole answer, its weight as written and as sent; raises ValueError for any other answer than the page."""
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
        took.append((time.perf_counter() - begun) * 1000)
    if answer.status_code != 200 or answer.headers.get("Content-Encoding") != "gzip":
        raise ValueError(f"expected a compressed page at {address}, but it answered {answer.status}")
    plain = client.get(address, buffered=True)
    return {
        "p50": round(statistics.median(took), 1), "max": round(max(took), 1), "kb": round(len(plain.data) / 1000, 1), "kb_sent": round(len(answer.data) / 1000, 1)
    }  # fmt: skip


def main() -> None:
    """Measures, prints, writes."""
    with tempfile.TemporaryDirectory(prefix="jinshui-pages-") as folder:
        application = compose(apart(Path(folder)), render=unrendered)
        furnish(application)
        load(application.database, TASKS, population(application.database))
        walk = Walk(application, restored=False)
        case = walk.imported(OFFICER, "hs", more=[{"invoice_number": f"{n:08}"} for n in range(2, INVOICES + 1)])
        (task,) = walk.case(case, OFFICER).open_tasks
        web = application.web()

        def at_the_desk(login: str) -> FlaskClient:
            client = web.test_client()
            Person(client).open("/sign-in").submit("/sign-in", login=login, password=demo_office.password(application))
            return client

        officer, clerk, city = (at_the_desk(login) for login in (OFFICER, CLERK, CITY))
        pages = {
            "worklist, mine": asked(officer, "/tasks"),
            "worklist, claimable, four posts": asked(clerk, "/tasks?scope=claimable"),
            "worklist, whole city": asked(city, "/tasks?scope=office"),
            "worklist, whole city, overdue": asked(city, "/tasks?scope=office&term=overdue"),
            "worklist, whole city, one process": asked(city, f"/tasks?scope=office&process={PROCESSES[4]}"),
            "worklist, whole city, a common word": asked(city, "/tasks?scope=office&q=钢材"),
            "worklist, whole city, one number": asked(city, "/tasks?scope=office&q=2026-012345"),
            "task with form, diagram and 1,000 invoices": asked(officer, f"/tasks/{task.id}"),
            "case of 1,000 invoices": asked(officer, f"/cases/{case}"),
        }
        application.database.dispose()
    machine.write("pages", {"open_tasks": TASKS, "pages": pages})


if __name__ == "__main__":
    main()
