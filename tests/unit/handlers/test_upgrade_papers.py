"""The papers of the upgrade hall: every signature as it happened, every count twice, one page where an office expects one, and a label that a scanner reads.

Source: Xicheng, 三(一)1, 三(一)3, 三(八).
"""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from handlers import upgrade_papers as made
from handlers.upgrade_comparing import ranges, rows
from papers.render import laid_out
from papers.templates import Template, fill
from tests.conftest import missing
from tests.unit.papers.hard import LONG
from tests.unit.papers.reading import MM, Page, page_count, pages

pytestmark = pytest.mark.filterwarnings("ignore:.*sRGB2014:pytest.PytestUnraisableExceptionWarning", "ignore:.*sRGB2014:ResourceWarning")
FOLDER = Path(__file__).parents[3] / "workflows/upgrade/papers"
CAME = datetime(2026, 3, 2, 1, 5, tzinfo=UTC)
NUMBER = "2026-03-02-12"
STATIONS = {
    "1": ("签到、接收主机、贴标签", "", ("签到岗", "")), "2": ("核对专用发票信息，已确认", "", ("主管税务所", "")), "3": ("缴销未用空白普通发票", "", ("主管税务所", "")),
    "4": ("接收企业资料传递袋", "", ("技术服务单位", "")), "5": ("检查主机运行系统", "", ("技术服务单位", "")), "6": ("当月开票数据软盘传出", "", ("技术服务单位", "")),
    "7": ("开票系统原数据备份", "", ("技术服务单位", "")), "8": ("未用空白发票退票", "", ("技术服务单位", "")), "9": ("发票退回", "", ("发票发售岗", "")),
    "10": ("金税卡加载", "", ("技术服务单位", "")), "11": ("税控IC卡解锁、金税卡升级发行、授权", "", ("企业发行岗", "")), "12": ("升级、安装", "", ("技术服务单位", "")),
    "13a": ("发票回购", "", ("发票发售岗", "")), "13b": ("主机、资料送签到岗", "", ("技术服务单位", "")), "14": ("验机、领取主机和资料", "", ("签到岗", "")),
}  # fmt: skip
VOLUME = {"code": "6101034140", "number_from": "00012376", "number_to": "00012400", "count": 25}
ENVELOPE = [
    {"what": "计算机主机", "count": 1, "unit": "台", "tick": "machine_taken"}, {"what": "抄报税汇总表（已确认）", "count": 2, "unit": "份", "tick": "reports"},
    {"what": "抄报税明细表（已确认）", "count": 2, "unit": "份", "tick": "reports"}, {"what": "发票领用存月报表", "count": 1, "unit": "份", "tick": "stock"},
    {"what": "3.5寸软盘", "count": 2, "unit": "张", "tick": "disks"},
]  # fmt: skip
BROUGHT = [
    {"invoice_type": "commercial", "code": "1610103141", "number_from": "00450101", "number_to": "00450150", "count": 50},
    {"invoice_type": "industrial", "code": "1610103142", "number_from": "00031026", "number_to": "00031100", "count": 75},
    {"invoice_type": "commercial", "code": "1610103141", "number_from": "00450076", "number_to": "00450100", "count": 25},
]  # fmt: skip


def signed(*stations: str) -> list[dict[str, Any]]:
    return [{"station": one, "what": STATIONS[one][0], "post": STATIONS[one][2][0], "name": f"办事员{one}", "at": CAME + timedelta(minutes=9 * at)} for at, one in enumerate(stations)]


def compared(station: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"station": station, "made_at": CAME + timedelta(hours=1), "made_by": "张工", "rows": found}


def seen(**other: Any) -> dict[str, Any]:
    """The variables of a case at its end."""
    month = [("份数", "count", Decimal(25), 25), ("金额", "amount", Decimal("1284500.00"), "1284500.00")]
    return {
        "enterprise_name": "西安秦岭机械制造有限公司", "taxpayer_number": "610113220000010", "ticket": 12, "signed_in_at": CAME, "person_name": "张三", "enterprise_signer": "张三",
        "district_name": "西安市雁塔区国家税务局", "tax_office_name": "雁塔区国家税务局第一税务所", "service_unit_name": "西安航天信息有限公司", "tax_card": "JSK-1", "ic_card": "ICK-1", "machine_no": "0",
        "sheet_signatures": signed("1", "2", "3", "4", "5", "2", "4", "5", *list(STATIONS)[5:]),
        "comparisons_kept": [
            compared("2", rows(month)), compared("3", ranges([VOLUME], [VOLUME])), compared("6", rows([*month, ("税额", "tax", Decimal("218365.00"), "218365.10")])), compared("6", rows(month)),
            compared("8", ranges([VOLUME], [VOLUME])), compared("9", ranges([VOLUME], [VOLUME])), compared("13a", ranges([VOLUME], [VOLUME])), compared("14", ranges([VOLUME], [VOLUME])),
        ],
        "problems": [
            {"station": "5", "text": "主机不能启动，风扇积尘", "by": "张工", "at": CAME, "solved_at": CAME + timedelta(minutes=40), "solution": "清理后启动正常", "solved_by": "张工"},
            {"station": "12", "text": "安装程序报错，软盘驱动器读盘慢", "by": "张工", "at": CAME, "solved_at": None, "solution": ""},
        ],
        "machine_taken": True, "reports": True, "stock": True, "disks": False, **other,
    }  # fmt: skip


def made_of(given: dict[str, Any], brought: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        "handover_sheet": made.handover_sheet(given, STATIONS), "problem_sheet": made.problem_sheet(given), "cancellation_form": made.cancellation_form(given, brought, cancelled_by="王所"),
        "host_label": made.host_label(given, NUMBER), "envelope_list": made.envelope_list(given, ENVELOPE),
    }  # fmt: skip


TITLES = {
    "handover_sheet": "防伪税控一机多票升级工作交接单", "problem_sheet": "问题记录单", "cancellation_form": "发票缴销单", "host_label": "升级主机标签", "envelope_list": "升级资料交还清单",
}  # fmt: skip


def rendered(data: dict[str, dict[str, Any]]) -> dict[str, bytes]:  # type: ignore[return]  # `missing` never returns
    """One copy of each, as the renderer makes them."""
    filled = [fill(Template("upgrade", key, TITLES[key], (), "", FOLDER), given, number=NUMBER, copies=()) for key, given in data.items()]
    try:
        return dict(zip(data, laid_out(filled), strict=True))
    except OSError as lacking:
        missing("pango", str(lacking))


def test_the_sheet_has_every_signature_as_it_happened_and_empty_lines_for_the_rest() -> None:
    again = made.handover_sheet(seen(sheet_signatures=signed("1", "2", "2")), STATIONS)["lines"]

    assert [line["station"] for line in again] == ["1", "2", "2", *list(STATIONS)[2:]]
    assert again[1] == {"station": "2", "what": "核对专用发票信息，已确认", "post": "主管税务所", "name": "办事员2", "at": "2026-03-02 09:14"}
    assert {line["name"] for line in again[3:]} == {""}


def test_the_sheet_is_signed_by_the_enterprise_only_at_the_end() -> None:
    before, after = made.handover_sheet(seen(sheet_signatures=signed("1")), STATIONS), made.handover_sheet(seen(), STATIONS)

    assert (before["signer"], before["signed_at"]) == ("", "")
    assert (after["signer"], after["reception"]) == ("张三", "办事员14")


def test_stations_that_work_at_the_same_time_stand_in_the_order_of_their_letters() -> None:
    again = made.handover_sheet(seen(sheet_signatures=signed("2", "3", "2", "13b", "13a", "14")), STATIONS)["lines"]
    assert [line["station"] for line in again[:6]] == ["2", "3", "2", "13a", "13b", "14"]


def test_the_sheet_of_an_upgrade_that_was_broken_off_says_who_took_the_machine_home_and_when() -> None:
    given = seen(sheet_signatures=signed("1", "2"), break_off_because="企业有急事", sheets_collected=1, sheet_copies=2, sheet_missing_because="一份被雨水浸坏")
    blank, final = made.handover_sheet(given, STATIONS, reception="贺喜"), made.handover_sheet(given, STATIONS, reception="贺喜", ended_at=CAME)
    assert (blank["signer"], blank["reception"], blank["returned"]) == ("", "", "")
    assert (final["signer"], final["signed_at"], final["reception"]) == ("张三", "2026-03-02 09:05", "贺喜")
    assert (final["returned"], final["problems"], final["unsolved"]) == ("计算机主机、资料已退还企业；交接单收回 1 份（一份被雨水浸坏）", 2, 1)


def test_the_sheet_tells_each_comparison_in_short() -> None:
    told = made.handover_sheet(seen(), STATIONS)["comparisons"]
    many = made.handover_sheet(seen(comparisons_kept=[compared("8", ranges([{**VOLUME, "code": f"61010341{n}"} for n in range(40, 46)], []))]), STATIONS)["comparisons"]

    assert [(one["station"], one["round"]) for one in told] == [("2", 0), ("3", 0), ("6", 1), ("6", 2), ("8", 0), ("9", 0), ("13a", 0), ("14", 0)]
    assert (told[2]["result"], told[2]["apart"]) == ("2 项相符，1 项不符", "税额 218,365.00 对 218,365.10")
    assert many[0]["apart"].endswith("；等 7 项")
    assert many[0]["apart"].count("对 无") == 4


def test_cancelled_invoices_are_summed_by_type_and_in_capitals() -> None:
    form = made.cancellation_form(seen(), BROUGHT, cancelled_by="王所")

    assert [(line["type"], line["number_from"], line["count"]) for line in form["lines"]] == [("商业企业专用发票", "00450076", 25), ("商业企业专用发票", "00450101", 50), ("工业企业专用发票", "00031026", 75)]
    assert form["sums"] == [{"type": "商业企业专用发票", "count": 75}, {"type": "工业企业专用发票", "count": 75}]
    assert (form["count"], form["capitals_of_count"]) == (150, "壹佰伍拾份")


@pytest.mark.parametrize(("count", "told"), [(0, "零份"), (7, "柒份"), (10_020, "壹万零贰拾份")])
def test_a_count_in_capitals(count: int, told: str) -> None:
    assert made.count_in_capitals(count) == told


def test_what_is_not_in_the_envelope_has_no_tick() -> None:
    assert [(line["what"], line["is_there"]) for line in made.envelope_list(seen(), ENVELOPE)["lines"]][-2:] == [("发票领用存月报表", True), ("3.5寸软盘", False)]


def test_a_day_at_the_edge_of_midnight_is_that_of_the_hall() -> None:
    assert made.problem_sheet(seen(signed_in_at=datetime(2026, 3, 1, 16, 30, tzinfo=UTC)))["day"] == "2026-03-02"


def test_a_sample_has_what_is_made_of_a_case() -> None:
    built = made_of(seen(), BROUGHT)

    samples = {key: json.loads((FOLDER / f"{key}.sample.json").read_text("utf-8")) for key in TITLES}

    assert samples == built


def clipped(page: Page) -> list[str]:
    """What the edge cuts off or a line runs through."""
    return [*page.outside(), *page.crossing()]


def test_each_paper_is_one_page_and_shows_all_that_it_was_given() -> None:
    paper = rendered(made_of(seen(), BROUGHT))

    seen_ = {key: pages(pdf) for key, pdf in paper.items()}
    assert {key: len(found) for key, found in seen_.items()} == dict.fromkeys(TITLES, 1)
    assert {key: clipped(found[0]) for key, found in seen_.items()} == {key: [] for key in TITLES}
    text = {key: found[0].text for key, found in seen_.items()}
    assert all("西安秦岭机械制造有限公司" in one and "610113220000010" in one and "2026年3月2日" in one and NUMBER in one for one in text.values())
    assert all(f"办事员{station}" in text["handover_sheet"] for station in STATIONS)
    assert "壹佰伍拾份" in text["cancellation_form"]
    assert "（未解决）" in text["problem_sheet"]
    assert text["envelope_list"].count("✓") == 4


def test_long_names_and_forty_rows_go_on_under_the_same_heads_and_clip_nothing() -> None:
    long = seen(enterprise_name=LONG, taxpayer_number="91330203MA2AGXXT5X0", ticket=1205, person_name="阿卜杜热西提·买买提", sheet_signatures=signed(*list(STATIONS) * 3), problems=seen()["problems"] * 20)
    paper = rendered(made_of(long, [{**BROUGHT[0], "number_from": f"{n:08}", "number_to": f"{n:08}", "count": 1} for n in range(40)]))

    assert page_count(paper["host_label"]) == page_count(paper["envelope_list"]) == 1
    for key, head in (("handover_sheet", "交接事项"), ("problem_sheet", "发现的问题"), ("cancellation_form", "发票代码")):
        found = pages(paper[key], every=True)
        assert len(found) > 1
        assert [head in page.text for page in found[:2]] == [True, True]
        assert [clipped(page) for page in found] == [[] for _ in found]
    assert list(pages(paper["host_label"])[0].outside()) == []
    assert LONG in pages(paper["host_label"])[0].text


@pytest.mark.parametrize("ticket", [1, 1205])
def test_a_scanner_reads_the_label(ticket: int, tmp_path: Path) -> None:
    for program in ("zbarimg", "pdftoppm"):
        if shutil.which(program) is None:
            missing(program, "apt install zbar-tools poppler-utils")
    pdf = rendered({"host_label": made.host_label(seen(ticket=ticket), NUMBER)})["host_label"]
    (tmp_path / "label.pdf").write_bytes(pdf)
    (page,) = pages(pdf)

    subprocess.run(["pdftoppm", "-r", "203", "-png", "-singlefile", "label.pdf", "label"], cwd=tmp_path, check=True)  # the dots of a label printer
    read = subprocess.run(["zbarimg", "-q", "--raw", "label.png"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    assert (round(page.width / MM), round(page.height / MM)) == (60, 40)
    assert read.strip() == f"JSFS|{ticket}|610113220000010|{NUMBER}"
