"""works the jobs of a counter with its devices: fetches them from the house, works cards, disks and printers, answers; on the computer at the counter"""

from __future__ import annotations

import argparse
import random
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands import station_checks, station_desk, station_house
from commands.command_line import both
from commands.mishaps import reason
from commands.progress import say
from commands.serving.supervisor import end_with_supervisor
from db.clock import SystemClock
from hardware.door import DoorShut, NotOurs, NotTaken, TurnedAway
from hardware.http_door import HttpDoor
from hardware.jobs import DEVICE_NAMES
from hardware.simulator import SIMULATOR
from hardware.station import Station

PURPOSE = "在柜台电脑上办理写卡、软盘、打印等作业：从系统领取、操作设备、回报结果"
PCSC = "pcsc"  # what the station tells the house that drives its cards
WAIT_S = 10.0
_CREDENTIAL = re.compile(r"[\w-]{1,200}", re.ASCII)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


class NoCredential(Exception):
    """The file holds none; the text says why, in both languages."""


class Stopped(Exception):
    """The station was told to stop while it asked for work: there is nothing to wait for."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """--server, --credential; --post and --office for some of the posts of the credential; the devices (`commands.station_desk`)."""
    parser.add_argument("--server", required=True, metavar="URL", help=both("系统的地址 http(s)://…", "the address of the house, http(s)://…"))
    parser.add_argument("--credential", required=True, type=Path, metavar="FILE", help=both("凭据文件（在“工作站”页面领取）", "file with the credential from the page of stations"))
    parser.add_argument("--post", default="", metavar="ROLE", help=both("只办这个岗位的作业，如 card_issuance", "only jobs of this post, as card_issuance"))
    parser.add_argument("--office", default="", metavar="CODE", help=both("岗位所在机构的编码", "the code of the office of that post"))
    station_desk.arguments(parser)
    parser.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)


def main(_compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """Works until SIGTERM or SIGINT; a job in hand is given back. 1 where the house does not know the credential."""
    if bool(options.post) != bool(options.office):
        say("✗ --post 和 --office 要一起用 / --post and --office go together")
        return 1
    posts, clock = [f"{options.post}@{options.office}"] if options.post else [], SystemClock()
    say("正在启动，查看凭据和设备 / starting, looking at the credential and the devices")
    try:
        credential = _read(options.credential)
        station_house.require_address(options.server)
        desk = station_desk.desk_of(options, clock)
        station_checks.look(options, desk)
    except NoCredential as missing:
        say(f"✗ --credential: {missing}")
        return 1
    except (station_desk.NoDevice, station_house.NoAddress) as missing:
        say(f"✗ {missing}")
        return 1
    door = HttpDoor(options.server, credential, posts, driver=PCSC if options.simulator is None else SIMULATOR, devices=desk.devices)
    if options.supervised:
        end_with_supervisor()
    ending = threading.Event()

    def stop(*_: object) -> None:
        ending.set()
        if door.is_asking:
            raise Stopped

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    station = Station(door, desk, clock.now, lambda zh, en: say(f"{zh} / {en}"), ending=ending)
    names, names_en = "、".join(DEVICE_NAMES[one][0] for one in desk.devices), ", ".join(DEVICE_NAMES[one][1] for one in desk.devices)
    say(f"工作站已启动，连接 {options.server}，设备：{names} / station is up, asking {options.server}, devices: {names_en}")
    if why := station_house.unreachable(options.server):
        say(f"⚠ --server：{why[0]} / --server: {why[1]}")
    return run(station, door)


def _read(file: Path) -> str:
    """The credential in a file; raises NoCredential."""
    try:
        found = file.read_text("ascii").strip()
    except OSError as error:
        zh, en = reason(error)
        raise NoCredential(f"读不到凭据文件 {file}：{zh} / the file cannot be read: {en}") from error
    except UnicodeDecodeError as error:
        raise NoCredential(f"{file} 不是凭据文件：凭据只由字母、数字、- 和 _ 组成 / this is no file with a credential") from error
    if not found:
        raise NoCredential(f"凭据文件 {file} 是空的 / the file with the credential is empty")
    if not _CREDENTIAL.fullmatch(found):
        raise NoCredential(f"{file} 不是凭据文件：里面应只有一行凭据，由字母、数字、- 和 _ 组成 / this is no file with a credential: it holds one line of letters, digits, - and _")
    return found


def run(station: Station, door: HttpDoor) -> int:
    """Asks, works, and asks again; ever more seldom while nobody answers."""
    pause, is_away = FIRST_PAUSE_S, False
    while not station.ending.is_set():
        try:
            station.work_off(WAIT_S)
        except (DoorShut, NotTaken) as shut:
            if not is_away:
                zh, en = station_house.why(shut)
                say(f"连不上系统，稍后再试：{zh} / the house does not answer, trying again: {en}")
            is_away = True
            station.ending.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 -- so that all stations do not come back at one moment
            pause = min(pause * 2, LONGEST_PAUSE_S)
            continue
        except TurnedAway as turned:
            say(f"✗ 系统不接受这台工作站：{turned} / the house does not take this station: {turned.en or turned}")
            return 1
        except Stopped:
            break
        except NotOurs:
            continue
        if is_away:
            say("已重新连上系统 / the house answers again")
        pause, is_away = FIRST_PAUSE_S, False
        station.ending.wait(door.ask_again_in)
    say("工作站已停止 / the station has stopped")
    return 0
