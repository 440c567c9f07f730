"""Reads scenarios/*.yaml. Whatever is wrong is told with its file and place, in Chinese.

Every scalar is read as the text that a person would type: YAML would make the number 4115 of an invoice 00010023, and `true` of `on`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from commands.scenarios.model import Advance, Attach, Bring, Do, Expected, Scenario, Several, Start, Step, Work
from hardware.simulator import FAULTS

FOLDER = "scenarios"
_TIMES = re.compile(r"(?P<what>.*?)\s+x(?P<times>\d{1,3})")
_POST = re.compile(r"[a-z_]+@[\w-]+")
_KEYS = {
    "": ({"name", "name_en", "on", "begin", "steps", "expect"}, {"given"}),
    "start": ({"start", "by"}, {"office", "about", "form", "refused"}),
    "begin": ({"process", "by", "office"}, {"form", "refused"}),
    "import": ({"import", "source", "by", "office"}, {"as", "refused"}),
    "task": ({"task", "by"}, {"form", "refused"}),
    "attach": ({"attach", "by", "about"}, {"refused"}),
    "station": ({"station"}, {"insert", "broken", "fault"}),
    "on": ({"on"}, {"messages", "chores"}),
    "expect": ({"ends"}, {"open", "papers", "deadlines", "records", "cards"}),
}


class ScenarioFault(Exception):
    """A scenario file that cannot be read, or a step that went otherwise than it says."""

    def __init__(self, file: Path, place: str, what: str) -> None:
        super().__init__(f"{FOLDER}/{file.name} {place}：{what}" if place else f"{FOLDER}/{file.name}：{what}")


def scenarios_of(folder: Path) -> list[Scenario]:
    """Every scenario of a procedure folder, by name of file; raises ScenarioFault."""
    return [read_scenario(file) for file in files_of(folder)]


def files_of(folder: Path) -> list[Path]:
    """The scenario files of a procedure folder."""
    return sorted((folder / FOLDER).glob("*.yaml"))


def read_scenario(file: Path) -> Scenario:
    """One scenario; raises ScenarioFault."""
    try:
        content = yaml.CBaseLoader(file.read_text("utf-8")).get_single_data()
    except yaml.YAMLError as error:
        raise ScenarioFault(file, "", f"不是合法的 YAML：{' '.join(str(error).split())}") from error
    return _Reader(file).scenario(content)


class _Reader:
    def __init__(self, file: Path) -> None:
        self.file = file

    def fault(self, place: str, what: str) -> ScenarioFault:
        return ScenarioFault(self.file, place, what)

    def scenario(self, content: Any) -> Scenario:
        given = self.mapping(content, "", "")
        steps = [self.begin(given["begin"])]
        steps += [self.step(f"第 {n} 步", one) for n, one in enumerate(self.sequence(given["steps"], "steps"), 1)]
        return Scenario(
            file=self.file, procedure=self.file.parents[1].name, name=self.text(given["name"], "name"),
            name_en=self.text(given["name_en"], "name_en"), on=self.day(given["on"], "on"), steps=tuple(steps),
            expected=self.expected(given["expect"]), given=self.books(given.get("given")),
        )  # fmt: skip

    def books(self, content: Any) -> dict[str, Any]:
        """What the books hold before: enterprises, cards and what was stolen of offices, as `commands.scenarios.books` enters them."""
        if content is None:
            return {}
        if not isinstance(content, dict) or content.keys() - {"enterprises", "cards", "stolen"} or not all(isinstance(rows, list) for rows in content.values()):
            raise self.fault("given", "应是 enterprises、cards、stolen 三种列表")
        return content

    # --- steps -------------------------------------------------------------------------------------------------------------

    def begin(self, content: Any) -> Step:
        if isinstance(content, dict) and "import" in content:
            return self.bring("begin", content)
        given = self.mapping(content, "begin", "begin")
        return self.start("begin", {"start": given["process"], **{key: v for key, v in given.items() if key != "process"}})

    def step(self, place: str, content: Any) -> Step:
        kinds: dict[str, Callable[[str, Any], Step]] = {
            "task": self.do, "start": self.start, "import": self.bring, "attach": self.attach, "station": self.work, "on": self.advance,
        }  # fmt: skip
        found = [key for key in kinds if isinstance(content, dict) and key in content]
        if len(found) != 1:
            raise self.fault(place, "应有 task、start、import、attach、station、on 之一")
        return kinds[found[0]](place, content)

    def start(self, place: str, content: Any) -> Start:
        given = self.mapping(content, place, "start")
        if bool(given.get("about")) == bool(given.get("office")):
            raise self.fault(place, "应写明 office（承办机关）或 about（就哪个流程的案件发起），不能都写")
        return Start(
            place, self.text(given["start"], place), self.text(given["by"], place), given.get("office", ""),
            self.form(given.get("form"), place), given.get("about", ""), given.get("refused", ""),
        )  # fmt: skip

    def bring(self, place: str, content: Any) -> Bring:
        given = self.mapping(content, place, "import")
        file, kind = self.file.parent / self.text(given["import"], place), given.get("as", "csv")
        if not file.is_file():
            raise self.fault(place, f"没有清单文件 {given['import']}")
        if kind not in {"csv", "xlsx"}:
            raise self.fault(place, f"as 应为 csv 或 xlsx，而不是 {kind}")
        return Bring(place, file, given["source"], given["by"], given["office"], kind, given.get("refused", ""))

    def do(self, place: str, content: Any) -> Do:
        given = self.mapping(content, place, "task")
        return Do(
            place, self.text(given["task"], place), self.text(given["by"], place), self.form(given.get("form"), place),
            given.get("refused", ""),
        )  # fmt: skip

    def attach(self, place: str, content: Any) -> Attach:
        given = self.mapping(content, place, "attach")
        name, by, about = (self.text(given[key], place) for key in ("attach", "by", "about"))
        if not name.endswith(".pdf"):
            raise self.fault(place, f"附件应是 .pdf 文件，而不是 {name}")
        return Attach(place, name, by, about, given.get("refused", ""))

    def work(self, place: str, content: Any) -> Work:
        given = self.mapping(content, place, "station")
        station = self.text(given["station"], place)
        if not _POST.fullmatch(station):
            raise self.fault(place, f"station 应写作 岗位@机关编码，而不是 {station}")
        if (fault := given.get("fault", "")) and fault not in FAULTS:
            raise self.fault(place, f"没有故障 {fault}，可以用 {'、'.join(FAULTS)}")
        return Work(place, station, given.get("insert", ""), given.get("broken", ""), fault)

    def advance(self, place: str, content: Any) -> Advance:
        given = self.mapping(content, place, "on")
        if given.get("messages", "wait") != "wait":
            raise self.fault(place, "messages 只能是 wait（消息留到下一步之后再送达）")
        if given.get("chores", "done") != "done":
            raise self.fault(place, "chores 只能是 done（这一天办理月份终了自行开始的事项）")
        return Advance(place, self.day(given["on"], place), messages_wait="messages" in given, chores="chores" in given)

    # --- what is expected --------------------------------------------------------------------------------------------------

    def expected(self, content: Any) -> Expected:
        given = self.mapping(content, "expect", "expect")
        return Expected(
            ends=self.by_name(given["ends"], "expect.ends"),
            open=self.by_name(given.get("open", {}), "expect.open"),
            papers=self.several(given.get("papers", []), "expect.papers"),
            deadlines=self.by_name(given.get("deadlines", {}), "expect.deadlines"),
            records=self.by_name(given.get("records", {}), "expect.records"), cards=self.by_name(given.get("cards", {}), "expect.cards"),
        )

    def by_name(self, content: Any, place: str) -> Mapping[str, Several]:
        if not isinstance(content, dict):
            raise self.fault(place, "应是“名称: 值”的列表")
        return {key: self.several(value, f"{place}.{key}") for key, value in content.items()}

    def several(self, content: Any, place: str) -> Several:
        found: list[str] = []
        for one in content if isinstance(content, list) else [content]:
            text = self.text(one, place)
            match = _TIMES.fullmatch(text)
            found += [match["what"]] * int(match["times"]) if match else [text]
        return tuple(sorted(found))

    # --- shapes ------------------------------------------------------------------------------------------------------------

    def mapping(self, content: Any, place: str, kind: str) -> dict[str, Any]:
        needed, allowed = _KEYS[kind]
        if not isinstance(content, dict):
            raise self.fault(place, "应是“键: 值”的形式")
        if missing := sorted(needed - content.keys()):
            raise self.fault(place, f"缺少 {'、'.join(missing)}")
        if unknown := sorted(content.keys() - needed - allowed):
            raise self.fault(place, f"不认识 {'、'.join(unknown)}")
        return content

    def sequence(self, content: Any, place: str) -> list[Any]:
        if not isinstance(content, list):
            raise self.fault(place, "应是列表")
        return content

    def text(self, content: Any, place: str) -> str:
        if not isinstance(content, str) or not content.strip():
            raise self.fault(place, "应是一段文字")
        return content

    def day(self, content: Any, place: str) -> date:
        try:
            return date.fromisoformat(str(content))
        except ValueError as error:
            raise self.fault(place, f"日期应写作 2026-03-02，而不是 {content}") from error

    def form(self, content: Any, place: str) -> dict[str, Any]:
        if content in (None, ""):
            return {}
        if not isinstance(content, dict):
            raise self.fault(place, "form 应是“键: 值”的形式")
        return content
