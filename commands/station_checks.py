"""The devices of a station are looked at before it asks for work: what cannot be right ends the start, what may come later is said and waited for."""

from __future__ import annotations

import argparse
import importlib
import os
import stat
import tempfile
from pathlib import Path

from commands.mishaps import reason
from commands.progress import say
from commands.station_desk import NoDevice, pin_file
from hardware.carrier import FolderCarrier
from hardware.desk import Desk
from hardware.keys.ports import KeyMachineAway, KeyMachineError
from hardware.printer.ports import FormPrinter, LabelPrinter, PrinterError


def look(options: argparse.Namespace, desk: Desk) -> None:
    """Looks at every device that was named, and at who else may read the secrets; raises NoDevice."""
    secrets = [("--credential", options.credential), ("--pin", options.pin), ("--keys", pin_file(options.keys) if options.keys else None)]
    for option, file in secrets:
        if file is not None:
            _private(option, file)
    if options.drive is not None:
        _drive(options.drive)
    if options.carrier is not None and isinstance(desk.carrier, FolderCarrier):
        _carrier(desk.carrier.folder)
    if options.keys is not None:
        _keys(desk)
    for option, uri, printer in (("--printer", options.printer, desk.printer), ("--labels", options.labels, desk.labels)):
        if uri and printer is not None:
            _printer(option, uri, printer)


def _private(option: str, file: Path) -> None:
    if file.exists() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        say(f"⚠ {option}：{file} 其他用户也能读写，请执行 chmod 600 {file} / {option}: others may read or write {file}: chmod 600 it")


def _drive(path: Path) -> None:
    """A drive may be plugged in later; an image is there or was named wrongly."""
    if path.exists():
        if not os.access(path, os.R_OK):
            raise NoDevice(f"--drive：没有权限读 {path}，请把运行工作站的用户加入 disk 或 floppy 组 / --drive: {path} may not be read by the user of the station")
    elif path.parent == Path("/dev"):
        say(f"⚠ --drive：现在没有 {path}，软驱接上后再用 / --drive: {path} is not there yet")
    else:
        raise NoDevice(f"--drive：没有映像文件 {path}，可用 mkfs.fat -C {path} 1440 新建 / --drive: there is no image {path}; mkfs.fat -C makes one")


def _carrier(folder: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        zh, en = reason(error)
        raise NoDevice(f"--carrier：{folder} 不能写入（{zh}） / --carrier: {folder} cannot be written ({en})") from error


def _keys(desk: Desk) -> None:
    asked = getattr(desk.keys, "look", None)
    try:
        if asked is not None and not asked():
            say("⚠ --keys：密钥机记着试错过的口令，启动时不再试；请先核对 pin_file / --keys: the key machine remembers a wrong PIN and is shown none now: look at pin_file first")
    except KeyMachineAway as away:
        say(f"⚠ --keys：{away}；接上或改正 module 以前不能升级和加载 / --keys: {away.en}; nothing is loaded or upgraded until it answers")
    except KeyMachineError as error:
        raise NoDevice(f"--keys：{error} / --keys: {error.en}") from error


def _printer(option: str, uri: str, printer: FormPrinter | LabelPrinter) -> None:
    try:
        importlib.import_module("hardware.printer.opening").look(printer)  # its libraries are on computers with printers alone
    except PrinterError as error:
        if error.kind == "absent" and uri.startswith("ipp"):  # somebody else answers there
            raise NoDevice(f"{option}：{error} / {option}: {error.en}") from error
        say(f"⚠ {option}：{error}；接好后自动打印 / {option}: {error.en}; it prints when the printer is there")
