"""Why a change of offices, people, posts or deputies is refused: one table, Chinese first, English beside it. Each names the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SENTENCES: Mapping[str, tuple[str, str]] = {
    "as_said": ("{zh}", "{en}"),  # what the rule of a value says
    "missing": ("“{field}”不能为空", "“{field}” must not be empty"),
    "too_long": ("“{field}”最多 {limit} 个字，但这里有 {length} 个字", "“{field}” takes at most {limit} characters, but there are {length}"),
    "office_code": ("机构编码应由小写字母、数字和连字符组成，最多 20 位，但这里是“{value}”", "an office code is made of a-z, 0-9 and -, at most 20, but this is “{value}”"),
    "office_level": ("级别应为 {choices} 之一，但这里是“{value}”", "the level is one of {choices}, but this is “{value}”"),
    "office_twice": ("编码“{value}”已由“{name}”使用", "the code “{value}” is already that of “{name}”"),
    "office_unknown": ("没有编码为“{value}”的机构", "there is no office with the code “{value}”"),
    "office_closed": ("“{name}”已经撤销", "“{name}” is closed"),
    "office_not_closed": ("“{name}”没有撤销", "“{name}” is not closed"),
    "office_above": ("“{name}”（{level}）不能设在“{above}”（{above_level}）之下：上级的级别应更高", "“{name}” ({level}) cannot stand beneath “{above}” ({above_level}): the one above is of a higher level"),
    "office_root": ("最上级的机构只能有一个，已经是“{name}”", "there is one office at the top, and it is “{name}”"),
    "office_cycle": ("“{name}”不能移到自己的下级“{above}”之下", "“{name}” cannot be moved beneath “{above}”, which lies beneath itself"),
    "office_same": ("“{name}”的上级已经是“{above}”", "“{name}” already stands beneath “{above}”"),
    "office_has_children": ("“{name}”还有 {n} 个未撤销的下级机构（{first}等），请先移走或撤销", "“{name}” still has {n} offices beneath it ({first} …); move or close them first"),
    "office_has_work": (
        "“{name}”还有 {cases} 件未办结的案件、{tasks} 项未办结的任务，办结或改派以后才能撤销",
        "“{name}” still has {cases} running cases and {tasks} open tasks; it can be closed when they are done or reassigned",
    ),
    "office_has_holders": ("“{name}”还有 {n} 人任职（{first}等），请先结束任职", "{n} people still hold posts at “{name}” ({first} …); end these first"),
    "region": ("地区码应为 2、4 或 6 位数字，但这里是“{value}”", "a region is 2, 4 or 6 digits, but this is “{value}”"),
    "region_taken": ("地区码 {value} 已由“{name}”管辖", "the region {value} already belongs to “{name}”"),
    "role": ("没有“{value}”这种岗位", "there is no post “{value}”"),
    "email": ("“{value}”不是一个电子邮箱地址", "“{value}” is no e-mail address"),
    "login": ("用户名应由小写字母、数字、点、连字符和下划线组成，2 至 60 位，但这里是“{value}”", "a login is made of a-z, 0-9, dot, - and _, 2 to 60 characters, but this is “{value}”"),
    "login_twice": ("用户名“{value}”已由“{name}”使用", "the login “{value}” is already that of “{name}”"),
    "person_unknown": ("没有用户名为“{value}”的人员", "nobody has the login “{value}”"),
    "person_left": ("“{name}”已经离职", "“{name}” has left"),
    "person_here": ("“{name}”没有离职", "“{name}” has not left"),
    "date": ("日期应写作 2026-03-02，但这里是“{value}”", "expected a date such as 2026-03-02, but this is “{value}”"),
    "station_posts": ("请至少选择一个岗位", "choose at least one post"),
    "station_post": ("没有“{value}”这个岗位", "there is no post “{value}”"),
    "station_elsewhere": (
        "“{value}”不属于这个机构及其下级，也不是它们主管的技术服务单位：请改选管理机构，或去掉这个岗位",
        "“{value}” belongs neither to this office nor to one beneath it, nor to a service unit that they keep: choose another office, or leave the post out",
    ),
    "station_twice": ("已有名称为“{value}”的工作站", "there is a station named “{value}” already"),
    "station_revoked": ("工作站“{name}”已经停用", "the station “{name}” was revoked already"),
    "period": ("止期 {end} 早于起期 {start}", "the last day {end} lies before the first, {start}"),
    "period_over": ("止期 {end} 已经过去", "the last day {end} has passed already"),
    "holding_overlaps": (
        "“{person}”自 {start} 起已任“{office} · {role}”（至 {end}），起止日期不能重叠",
        "“{person}” already holds “{office} · {role}” from {start} (to {end}); periods must not overlap",
    ),
    "holding_over": ("这次任职已于 {end} 结束", "this ended on {end} already"),
    "holding_not_begun": ("任职自 {start} 起，止期不能早于起期；尚未开始的任职请撤销", "it begins on {start}; one that has not begun is withdrawn instead"),
    "own_leave": ("不能停用自己的账户，请由另一名系统管理员办理", "nobody closes his own account; another system administrator does"),
    "own_post": ("不能给自己任免岗位，请由另一名安全管理员办理", "nobody gives or takes a post himself; another security administrator does"),
    "administrator_apart": (
        "“{person}”任“{held}”，不能再任“{role}”：三员分立，管理员岗位互不兼任，也不与办案岗位兼任",
        "“{person}” is “{held}” and cannot be “{role}” too: the three administrators are apart from each other and from case work",
    ),
    "administrator_deputises": (
        "“{person}”自 {start} 至 {end} 有代理关系，不能任“{role}”：管理员不代人办案，也不由他人代理，请先结束代理",
        "“{person}” deputises or is deputised for from {start} to {end} and cannot be “{role}”: administrators act on no case in anybody's stead; end that first",
    ),
    "party_holds_no_post": ("“{person}”是外部单位账户，不能任职；流程写明某单位为当事人时，该单位即可看到案件", "“{person}” belongs to an outside party and holds no post"),
    "last_holder": (
        "“{person}”是“{office} · {role}”的最后一名任职人员，结束以后该岗位的 {n} 项任务将无人办理；确要结束的，请勾选确认",
        "“{person}” is the last to hold “{office} · {role}”: its {n} open tasks will be nobody's; confirm to end it all the same",
    ),
    "deputy_self": ("不能指定本人代理本人", "nobody deputises for himself"),
    "deputy_administrator": ("“{person}”任管理员岗位，管理员岗位不能代理", "“{person}” is an administrator; such posts are not deputised for"),
    "deputy_no_posts": ("“{person}”在此期间没有可以代理的岗位", "“{person}” holds no post in this period"),
    "deputy_chain": (
        "“{person}”自 {start} 至 {end} 已由“{other}”代理，代理人不能再由他人代理",
        "“{person}” has “{other}” as deputy from {start} to {end}; there is no deputy of a deputy",
    ),
    "deputy_chain_other": (
        "“{person}”自 {start} 至 {end} 正代理“{other}”，同一期间不能再由他人代理；请先结束该项代理",
        "“{person}” deputises for “{other}” from {start} to {end} and cannot have a deputy in that period; end that first",
    ),
    "deputy_twice": (
        "“{person}”自 {start} 至 {end} 已由“{other}”代理同一流程，一个流程同时只能有一名代理人",
        "“{person}” already has “{other}” as deputy in the same procedure from {start} to {end}",
    ),
    "deputy_of_two": (
        "“{person}”自 {start} 至 {end} 在同一流程已代理“{other}”，同一流程不能同时代理两人",
        "“{person}” already deputises for “{other}” in the same procedure from {start} to {end}",
    ),
    "deputy_party": ("外部单位账户不能代理，也不能由他人代理", "accounts of outside parties neither deputise nor have deputies"),
    "deputy_over": ("这项代理已经结束或撤销", "this deputyship is over"),
    "deputy_elsewhere": ("本人只能指定本机构的人员代理；其他人员请由安全管理员指定", "one names a colleague of the same office oneself; anybody else is named by a security administrator"),
    "deputy_not_yours": ("只有本人或安全管理员可以办理代理", "only the person himself or a security administrator may do this"),
    "process_unknown": ("没有“{value}”这个流程", "there is no procedure “{value}”"),
    "party_kind": ("外部单位的种类应为 {choices} 之一，但这里是“{value}”", "the kind of a party is one of {choices}, but this is “{value}”"),
    "party_number": ("单位代码应由 3 至 20 位大写字母、数字组成，但这里是“{value}”", "the code of a party is 3 to 20 capitals and digits, but this is “{value}”"),
    "party_twice": ("“{value}”已登记为“{name}”", "“{value}” is already registered as “{name}”"),
    "party_unknown": ("没有这个外部单位", "there is no such party"),
    "outside_realm": ("“{name}”不在您管理的机构之内", "“{name}” is not among the offices that you administer"),
    "twice_in_list": ("与本文件第 {line} 行重复（{value}）", "the same as line {line} of this file ({value})"),
    "list_formula": ("这一格以“{sign}”开头，会被表格程序当作公式；请改写后重新上传", "this cell begins with “{sign}”, which a spreadsheet takes for a formula; write it otherwise"),
    "list_columns": ("表头有误：{faults}", "the header is wrong: {faults_en}"),
    "list_empty": ("文件是空的，或者只有表头", "the file is empty, or holds a header only"),
    "list_rows": ("数据行超过 {limit} 行，请分成几个文件", "there are more than {limit} rows; split the file"),
    "list_size": ("文件大于 {limit} MB", "the file is larger than {limit} MB"),
    "list_width": ("这一行有 {found} 格，表头只有 {expected} 格", "this row has {found} cells, the header {expected}"),
}


def say(code: str, details: Mapping[str, Any], language: str = "zh") -> str:
    """The sentence of a code; `language` zh or en."""
    return SENTENCES[code][language == "en"].format_map(details)
