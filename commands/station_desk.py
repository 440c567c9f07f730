"""The devices of a station by the options it was started with. What is missing or wrong is said at the start, before any card is touched."""

from __future__ import annotations

import argparse
import configparser
import dataclasses
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from commands.command_line import both
from commands.progress import say
from db.clock import SystemClock
from hardware.card.layout import is_pin
from hardware.carrier import FolderCarrier
from hardware.clerk import Wanted
from hardware.desk import Desk
from hardware.disk.floppy import MtoolsDrive, tools_missing
from hardware.keys.ports import KeyMachine
from hardware.ports import CardError
from hardware.simulator import Counter, FolderShelf

KEYS = ("module", "token", "key", "pin_file")  # of the section [keys] of the file behind --keys


class NoDevice(Exception):
    """A device cannot be reached from this computer, or what was said of it is wrong; the text says what, in both languages."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """--pin for real readers or --simulator for a whole counter in a folder; --drive, --carrier, --keys, --printer, --labels for what stands beside it."""
    parser.add_argument("--pin", type=Path, metavar="FILE", help=both("真实读卡器：发行岗卡口令文件", "real readers: the file with the PIN of the cards"))
    parser.add_argument("--simulator", type=Path, metavar="DIR", help=both("用文件夹里的模拟设备（只限演示和试验）", "a simulated counter in a folder (demonstrations and trials only)"))
    parser.add_argument("--drive", type=Path, metavar="PATH", help=both("软驱设备或映像文件，如 /dev/fd0", "the floppy drive or an image, as /dev/fd0"))
    parser.add_argument("--carrier", type=Path, metavar="DIR", help=both("存放原数据备份的固定数据载体（文件夹）", "the fixed carrier for backups, a folder"))
    parser.add_argument("--keys", type=Path, metavar="FILE", help=both(
        "密钥机：ini 文件，[keys] 节写明 module、token、key、pin_file", "the key machine: an ini file whose section [keys] has module, token, key and pin_file"))  # fmt: skip
    parser.add_argument("--printer", default="", metavar="URI", help=both("文书打印机 ipp://… 或 needle://…", "the printer of papers, ipp://… or needle://…"))
    parser.add_argument("--labels", default="", metavar="URI", help=both("标签打印机 zpl://…", "the printer of labels, zpl://…"))


def desk_of(options: argparse.Namespace, clock: SystemClock) -> Desk:
    """What stands at the counter; raises NoDevice."""
    given = {name: getattr(options, name) for name in ("drive", "carrier", "keys", "printer", "labels") if getattr(options, name, None)}
    if options.simulator is not None and options.pin is not None:
        raise NoDevice("--pin（真实读卡器）和 --simulator（模拟设备）只能用一个 / --pin and --simulator exclude each other")
    if options.simulator is None and options.pin is None and not {"printer", "labels"} & set(given):
        raise NoDevice("请指明卡的口令文件 --pin（真实读卡器）、模拟设备目录 --simulator 或打印机 / name --pin FILE for real readers, --simulator DIR, or a printer")
    if options.simulator is not None:
        desk = Counter(FolderShelf(options.simulator), clock.today).desk()
    else:
        desk = Desk(clerk=Told()) if options.pin is None else _with_readers(options.pin)
    if desk.reader is None and (useless := sorted({"drive", "carrier", "keys"} & set(given))):
        raise NoDevice(f"{'、'.join(f'--{name}' for name in useless)} 要和读卡器（--pin）一起用 / these go with readers, --pin")
    return dataclasses.replace(desk, **{name: _OPENED[name](value) for name, value in given.items()})


class Told:
    """Says at the counter which cards and disks belong in; the person puts them in."""

    def please_insert(self, wanted: Sequence[Wanted]) -> None:
        say(f"请放入 {'、'.join(one.name for one in wanted)} / please put in: {', '.join(one.name_en for one in wanted)}")


def _with_readers(file: Path) -> Desk:
    try:
        pcsc = importlib.import_module("hardware.card.pcsc")  # built on computers with readers alone
    except ImportError as error:
        raise NoDevice(
            "没有安装读卡器的程序库，请执行 .venv/bin/pip install -r requirements-station.txt / the library for readers is not installed: requirements-station.txt"
        ) from error
    pin = _text_of(file, "口令文件", "the file with the PIN")
    if not is_pin(pin.encode()):
        raise NoDevice(f"--pin：{file} 中的口令应是 4 至 8 位数字 / --pin: the PIN in {file} must be 4 to 8 digits")
    reader = pcsc.PcscReader()
    try:
        slots = reader.slots()
    except CardError as error:
        raise NoDevice(f"读卡器服务没有响应，请检查 pcscd 和读卡器 / {error.en}: look for pcscd and the readers") from error
    if not slots:
        raise NoDevice("没有接上读卡器 / no reader is connected")
    say(f"读卡器：{'、'.join(slots)} / readers: {', '.join(slots)}")
    return Desk(reader, Told(), pin)


def _drive(path: Path) -> MtoolsDrive:
    if missing := tools_missing():
        raise NoDevice(f"--drive：这台电脑没有 {'、'.join(missing)}，请安装 mtools 和 dosfstools / --drive: install mtools and dosfstools")
    if not path.parent.is_dir() or path.is_dir():
        raise NoDevice(f"--drive：{path} 不是软驱或映像文件 / --drive: {path} is no drive and no image")
    return MtoolsDrive(path)


def _carrier(folder: Path) -> FolderCarrier:
    if not folder.is_dir():
        raise NoDevice(f"--carrier：没有文件夹 {folder} / --carrier: there is no folder {folder}")
    return FolderCarrier(folder)


def _keys(file: Path) -> KeyMachine:
    settings = configparser.ConfigParser(interpolation=None)
    try:
        settings.read_string(_text_of(file, "密钥机设置文件", "the file of the key machine", "utf-8"))
        module, token, key, pin_file = (settings["keys"][name] for name in KEYS)
    except (configparser.Error, KeyError) as error:
        raise NoDevice(f"--keys：{file} 应有 [keys] 节，写明 {'、'.join(KEYS)} / --keys: {file} must have a section [keys] with {', '.join(KEYS)}") from error
    if not _is_library(Path(module)):
        raise NoDevice(f"--keys：没有 PKCS#11 程序库 {module}，或这个文件不是程序库 / --keys: {module} is no PKCS#11 library")
    pin = _text_of(file.parent / pin_file, "密钥机口令文件", "the file with the PIN of the key machine")
    try:
        machine: KeyMachine = importlib.import_module("hardware.keys.token").TokenKeyMachine(module, token, key, pin)
    except ImportError as error:
        raise NoDevice(
            "--keys：没有安装密钥机的程序库，请执行 .venv/bin/pip install -r requirements-station.txt / --keys: the library for key machines is not installed: requirements-station.txt"
        ) from error
    return machine


def _is_library(file: Path) -> bool:
    """Whether a file begins as a program of this system does."""
    return file.is_file() and file.read_bytes()[:4] == b"\x7fELF"


def pin_file(file: Path) -> Path | None:
    """Where the PIN of the key machine stands, as the file behind --keys says; None where it says nothing."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(file, "utf-8")
    named = settings.get("keys", "pin_file", fallback="")
    return file.parent / named if named else None


_FORMS = {"--printer": "ipp://主机[:631]/路径、needle://主机[:9100]、needle:///dev/usb/lp0[?sheets=联数]", "--labels": "zpl://主机[:9100][?status=no] 或 zpl:///dev/usb/lp0"}


def _printer(option: str, opener: str) -> Callable[[str], Any]:
    def opened(uri: str) -> Any:
        try:
            return getattr(importlib.import_module("hardware.printer.opening"), opener)(uri, say=lambda zh, en: say(f"{zh} / {en}"))
        except ValueError as error:
            raise NoDevice(f"{option}：地址 {uri[:80]} 写得不对，应写作 {_FORMS[option]} / {option}: {error}") from error
        except ImportError as error:
            raise NoDevice(f"{option}：没有安装打印需要的程序库 {error.name} / {option}: the library {error.name} is not installed") from error

    return opened


_OPENED: dict[str, Callable[[Any], Any]] = {
    "drive": _drive, "carrier": _carrier, "keys": _keys, "printer": _printer("--printer", "open_printer"), "labels": _printer("--labels", "open_labels"),
}  # fmt: skip


def _text_of(file: Path, zh: str, en: str, encoding: str = "ascii") -> str:
    """What a small file says; raises NoDevice where it is empty, for a card would count that as a try."""
    try:
        found = file.read_text(encoding).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoDevice(f"读不到{zh} {file} / {en} cannot be read") from error
    if not found:
        raise NoDevice(f"{zh} {file} 是空的 / {en} is empty")
    return found
