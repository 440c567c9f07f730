"""What gives a notice: the one table of occasions, each with whom it reaches, by which ways where nobody chose otherwise, and in which words.

The words name the step and who acted; the case is named beside them, to whom may see it. A mail says `name` and nothing of the words.
`for_deputies`: whoever stands in for the person today is told as well. `is_urgent`: may pass the quiet hours where an office allows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Occasion:
    """One row of the table. An empty `text`: the words come along with what happened."""

    key: str
    name: str
    name_en: str
    who: str
    who_en: str
    text: str = ""
    text_en: str = ""
    by_mail: bool = False
    for_deputies: bool = False
    is_urgent: bool = False

    def say(self, values: Mapping[str, str]) -> tuple[str, str]:
        """The words in Chinese and in English; a reason that was given stands at their end."""
        because = values.get("because", "")
        zh = self.text.format_map(_Given(values)) + (f"：{because}" if because else "")
        en = self.text_en.format_map(_Given(values)) + (f": {because}" if because else "")
        return zh, en


class _Given(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return self.get(name.removesuffix("_en"), "") if name.endswith("_en") else ""


HOLDER, HOLDER_EN = "任务的办理人", "the holder of the task"
POSTS, POSTS_EN = "岗位的任职人", "holders of the post"
ASKED, ASKED_EN = "被请的人", "whoever is asked"

TABLE = (
    # --- tasks ---------------------------------------------------------------------------------------------------------------
    Occasion("assigned", "有任务指名由您办理", "A task names you", HOLDER, HOLDER_EN, "“{step}”由您办理", "“{step_en}” is yours to do", by_mail=True, for_deputies=True),
    Occasion("transferred", "任务转办给您", "A task was transferred to you", HOLDER, HOLDER_EN, "{by}把“{step}”转办给您", "{by} transferred “{step_en}” to you", by_mail=True, for_deputies=True),
    Occasion("returned", "任务退回", "A task was returned", POSTS, POSTS_EN, by_mail=True, for_deputies=True),
    Occasion("back", "加签未同意，任务交还给您", "A task is yours again", HOLDER, HOLDER_EN, "“{step}”交还给您", "“{step_en}” is yours again", by_mail=True, for_deputies=True),
    Occasion("claimable", "岗位有新的待认领任务", "New tasks to be claimed at your post", POSTS, POSTS_EN, "新到 {n} 项可认领的任务，最近一项是“{step}”", "{n} new to be claimed, the latest “{step_en}”", for_deputies=True),
    Occasion("withdrawn", "已开始的任务被撤销", "A task that was begun is withdrawn", POSTS, POSTS_EN, for_deputies=True),
    # --- seats beside a task ---------------------------------------------------------------------------------------------------
    Occasion("delegated", "任务委派给您", "A task was delegated to you", ASKED, ASKED_EN, "{by}把“{step}”委派给您", "{by} delegated “{step_en}” to you", by_mail=True),
    Occasion("sign", "请您会签或加签", "You are asked to sign", ASKED, ASKED_EN, "请您签署“{step}”", "you are asked to sign “{step_en}”", by_mail=True),
    Occasion("question", "有人向您沟通询问", "Somebody asks you", ASKED, ASKED_EN, "{by}就“{step}”向您询问", "{by} asks you about “{step_en}”", by_mail=True),
    Occasion("answered", "您请的人已答复", "Whom you asked has answered", "提出的人", "whoever asked", "{by}{result}“{step}”", "{by} {result_en} “{step_en}”"),
    Occasion("copied", "抄送给您", "Copied to you", ASKED, ASKED_EN, "{by}把案件抄送给您", "{by} copied the case to you"),
    # --- terms -----------------------------------------------------------------------------------------------------------------
    Occasion("reminder", "期限临近", "A term comes near", POSTS, POSTS_EN, by_mail=True, for_deputies=True),
    Occasion("due_today", "期限今日届满", "A term ends today", POSTS, POSTS_EN, by_mail=True, for_deputies=True, is_urgent=True),
    Occasion("overdue", "期限已过", "A term has passed", POSTS, POSTS_EN, by_mail=True, for_deputies=True, is_urgent=True),
    Occasion("escalated", "逾期上报", "A passed term is escalated to you", POSTS, POSTS_EN, by_mail=True, for_deputies=True, is_urgent=True),
    Occasion("urged", "催办", "You are urged", "任务的办理人，无人认领时岗位的任职人", "the holder of the task, or of the post where nobody has it", by_mail=True, for_deputies=True, is_urgent=True),
    Occasion("urge_answered", "催办已答复", "An urging was answered", "催办的人和其岗位的任职人", "whoever urged, and the holders of that post", "{by}答复了催办", "{by} answered the urging"),
    Occasion("moved_term", "期限变动或暂定", "A term moved, or is provisional", POSTS, POSTS_EN, for_deputies=True),
    Occasion("matter", "办理中的其他事项", "Another matter of a case", POSTS, POSTS_EN, for_deputies=True),
    Occasion("at_once", "须即知悉的事项", "A matter to be known at once", POSTS, POSTS_EN, by_mail=True, for_deputies=True, is_urgent=True),
    Occasion("party_task", "需要贵单位办理", "Your unit is asked", "案件的当事方", "the parties of the case", "请您办理：{step}", "please do: {step_en}", by_mail=True),
    Occasion("party_paper", "发给贵单位的文书", "A paper for your unit", "案件的当事方", "the parties of the case", by_mail=True),
    Occasion("ended", "贵单位的案件已办结", "A case of yours is settled", "案件的当事方", "the parties of the case", by_mail=True),
    # --- the house -------------------------------------------------------------------------------------------------------------
    Occasion("incident", "办理中断，需要处理", "A step failed and waits for an operator", "系统管理员", "system administrators", "有 {n} 项办理中断，最近一项是“{what}”", "{n} failed, the latest “{what}”", by_mail=True, is_urgent=True),
    Occasion("deputy_begins", "代理开始", "A deputyship begins", "本人和代理人", "both people", "{deputy}开始代{principal}办理，至 {until}", "{deputy} stands in for {principal} until {until}", by_mail=True),
    Occasion("deputy_ends", "代理结束", "A deputyship has ended", "本人和代理人", "both people", "{deputy}代{principal}办理已结束", "{deputy} no longer stands in for {principal}"),
)  # fmt: skip
OCCASIONS = {row.key: row for row in TABLE}
