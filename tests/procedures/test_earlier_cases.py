"""Cases that began before matters were sorted keep the model that they began with, and go on to their end with the handlers of today.

`earlier/` holds the model and the form as they were: sign-off and hand-over in one step, all of a matter at one office.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from app import WORKFLOWS
from records.coinvestigation.model import Receipt
from tests.procedures.test_coinvestigation import ARCHIVE, answer, draft, send
from tests.procedures.walking import Walk

EARLIER = Path(__file__).parent / "earlier"


@pytest.fixture
def earlier(straight: Walk, tmp_path: Path) -> Walk:
    """The office with the earlier model in force."""
    folder = Path(shutil.copytree(WORKFLOWS / "coinvestigation", tmp_path / "earlier" / "coinvestigation"))
    shutil.copy(EARLIER / "reply.bpmn", folder)
    shutil.copy(EARLIER / "sign_receipt.form", folder / "forms")
    for form in ("sort_invoices", "redirect_part"):
        (folder / "forms" / f"{form}.form").unlink()
    straight.application.engine.deploy_folders(tmp_path / "earlier")
    return straight


def renew(walk: Walk, tmp_path: Path) -> None:
    """Today's model comes into force."""
    folder = Path(shutil.copytree(WORKFLOWS / "coinvestigation", tmp_path / "today" / "coinvestigation"))
    about = folder / "procedure.yaml"
    about.write_text(about.read_text("utf-8") + "# 新版本\n", "utf-8")
    walk.application.engine.deploy_folders(tmp_path / "today")


def states(walk: Walk) -> list[str]:
    with walk.application.database.read() as session:
        return list(session.scalars(select(Receipt.state).order_by(Receipt.id)))


def test_a_case_of_one_office_goes_on(earlier: Walk, tmp_path: Path) -> None:
    send(earlier)
    earlier.do("shen.yi", "sign_receipt", handled_by="own")
    renew(earlier, tmp_path)
    assert states(earlier) == ["received"]  # it was signed with its order

    draft(earlier, "gu.ning", "shen.yi", "cao.ping")
    assert states(earlier) == ["investigating"]
    earlier.do("tang.wei", "check_reply", entry_checked="on", decision="return", return_reason="份数不符")
    earlier.do("gu.ning", "draft_reply", reply_text="一份发票由其开具")
    earlier.do("tang.wei", "check_reply", entry_checked="on", decision="agree")
    earlier.do("shen.yi", "approve_reply", decision="agree")
    earlier.do("jiang.yan", "archive_receipt", **ARCHIVE, location="B-1")
    assert states(earlier) == ["archived"]


@pytest.mark.parametrize("early", [True, False])
def test_a_case_that_waits_for_a_lower_level_takes_its_reply(earlier: Walk, tmp_path: Path, early: bool) -> None:
    send(earlier, to_office="sz")
    if early:
        earlier.do("shen.yi", "sign_receipt", handled_by="lower", lower_office="szwz")
        renew(earlier, tmp_path)
    else:
        renew(earlier, tmp_path)
        earlier.do("shen.yi", "sign_receipt", handled_by="lower", lower_office="szwz")
    assert states(earlier) == ["passed_down", "received"]

    earlier.do("shen.yi", "sign_receipt", handled_by="own")
    answer(earlier, "gu.ning", "shen.yi", "cao.ping")
    assert states(earlier) == ["passed_down", "replied"]
    earlier.do("gu.ning", "draft_reply", reply_text="据下级核查，交易真实")
    earlier.do("tang.wei", "check_reply", entry_checked="on", decision="agree")
    earlier.do("shen.yi", "approve_reply", decision="agree")
    assert states(earlier) == ["replied", "replied"]
