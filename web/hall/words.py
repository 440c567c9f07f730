"""What stands on the board, in both languages at once: Chinese large, English small."""

from __future__ import annotations

from datetime import timedelta

WORDS = {
    "hall": ("一机多票升级大厅", "Upgrade hall"),
    "present": ("在场", "In the hall"),
    "waiting": ("等候", "Waiting"),
    "working": ("办理", "In hand"),
    "device": ("设备处理中", "With a device"),
    "gone": ("今日离场", "Left today"),
    "called": ("正在办理", "Now serving"),
    "nobody_called": ("还没有企业在办理", "Nobody is served yet"),
    "leaving": ("请到签到岗验机领机", "Test and collect"),
    "nobody_leaves": ("暂无", "None"),
    "empty": ("今天还没有企业签到", "Nobody has signed in today"),
    "empty_hint": ("签到后，序号和所在环节会显示在这里", "Tickets and their stations will stand here"),
    "no_stations": ("还没有部署升级流程，大厅没有环节", "No procedure with stations is installed"),
    "away": ("网络中断，正在重新连接", "Offline, reconnecting"),
    "other_halls": ("其他大厅", "Other halls"),
    "earlier": ("往日未离场", "Still here from earlier days"),
}


def waited(since: timedelta) -> str:
    """How long an enterprise has waited, short enough for its seat: nothing in its first minute, minutes for two hours, hours for two days, then days; the script of the board says it alike."""
    minutes = max(int(since.total_seconds() // 60), 0)
    if minutes < 120:
        return f"{minutes} 分" if minutes else ""
    return f"{minutes // 60} 小时" if minutes < 2880 else f"{minutes // 1440} 天"
