"""makes the first administrators of an empty installation, once, and says their one-time passwords"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import Any

from commands.command_line import both
from commands.progress import say
from commands.serving.start import prepare
from records.audit import Who
from records.offices.first_administrators import AUDIT, SECURITY, SYSTEM, Founder, NotTheFirst, Seat, make_first
from records.offices.levels import LEVELS

_PERSON = re.compile(r"([a-z0-9][a-z0-9._-]{1,31})=([^/]{1,60})(?:/([^/]{1,60}))?")
_CODE = re.compile(r"[a-z0-9-]{1,20}")
PURPOSE = "为空的系统建立首批管理员，只能一次，并给出一次性密码"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Who they are, and the office above all others. A password is never taken from the command line, where others can read it."""
    person = "LOGIN=姓名[/ENGLISH]"
    parser.add_argument("--system", required=True, metavar=person, help=both("系统管理员：管理机构和人员", "system administrator: makes offices and people"))
    parser.add_argument("--security", required=True, metavar=person, help=both("安全管理员：管理岗位和密码", "security administrator: gives posts and passwords"))
    parser.add_argument("--audit", default="", metavar=person, help=both("审计管理员：查看审计记录，可以以后再定", "audit administrator: reads the trail; may be named later"))
    parser.add_argument("--office-code", required=True, metavar="CODE", help=both("最上级机关的代码：小写字母、数字、连字符", "short code of the office above all others: a-z, 0-9, hyphen"))
    parser.add_argument("--office-name", required=True, metavar="NAME", help=both("机关名称", "its name"))
    parser.add_argument("--office-name-en", default="", metavar="NAME", help=both("机关的英文名称，可以以后再填", "its English name; may be given later"))
    parser.add_argument("--office-level", choices=LEVELS, default="city", help=both("级别，默认为市级", "its level, city by default"))


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Prepares the database and makes the administrators; 1 where there are people, or ever were administrators."""
    founders = [_founder(role, given) for role, given in ((SYSTEM, options.system), (SECURITY, options.security), (AUDIT, options.audit)) if given]
    fault = _fault(options, founders)
    if fault:
        say(f"✗ {fault}")
        return 1
    application = compose()
    prepare(application)
    seat = Seat(options.office_code, options.office_name.strip(), options.office_level, options.office_name_en.strip())
    people = [founder for founder in founders if founder is not None]
    try:
        made = make_first(application.database, people, seat, Who("", "app.py", application.clock.now()), application.clock.today())
    except NotTheFirst:
        say("✗ 系统里已经有用户，或者已经建立过首批管理员，没有改动 / there are people, or were administrators already: nothing was changed")
        return 1
    for login, password in made.items():
        say(f"{login}：一次性密码 / one-time password {password}")
    say("首次登录时须设置自己的密码和第二验证 / an own password and a second factor are set up at the first sign-in")
    return 0


def _founder(role: str, given: str) -> Founder | None:
    found = _PERSON.fullmatch(given.strip())
    return Founder(role, found[1], found[2].strip(), (found[3] or "").strip()) if found and found[2].strip() else None


def _fault(options: argparse.Namespace, founders: list[Founder | None]) -> str:
    if None in founders:
        return "管理员应写成 用户名=姓名，用户名只用小写字母、数字、点和连字符 / write LOGIN=NAME; a login has a-z, 0-9, dot, hyphen"
    if len({founder.login for founder in founders if founder}) < len(founders):
        return "管理员应是不同的人（三员分立）/ the administrators are different people"
    if not _CODE.fullmatch(options.office_code) or not options.office_name.strip():
        return "请填写机关代码（小写字母、数字、连字符）和机关名称 / --office-code (a-z, 0-9, hyphen) and --office-name"
    return ""
