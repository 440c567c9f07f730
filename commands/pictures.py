"""draws the picture of every process beside its model, for the README of the folder (needs Chromium)"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands.command_line import both
from commands.progress import say
from engine.bpmn import check
from engine.procedures import folders, read_folder
from web import assets

FOLDER = "pictures"
HOST = "http://pictures.invalid"  # never asked: every request is answered here
PAGE = "<!doctype html><meta charset=utf-8><div id=host src=/model style='width:1600px;height:900px'></div>"
DRAW = """async (script) => {
  const { mount } = await import(script);
  const host = document.getElementById('host');
  await mount(host);
  return (await host.viewer.saveSVG()).svg;
}"""
PURPOSE = "把每个流程的图画在模型旁边，供文件夹的说明使用（需要 Chromium）"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--procedure."""
    parser.add_argument("--procedure", default="", help=both("只画这个流程文件夹", "only this folder"))


def main(compose: Callable[..., Any], options: argparse.Namespace) -> int:
    """1 where there is no browser to draw with."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- a tool of development, absent in an office
    except ImportError:
        say("✗ 缺少 playwright，请先安装 / playwright is missing: pip install -r requirements-dev.txt")
        return 1
    chosen = [folder for folder in folders(compose().workflows) if options.procedure in {"", folder.name}]
    if not chosen:
        say(f"✗ 没有名为 {options.procedure} 的流程文件夹 / no procedure folder of the name {options.procedure}")
        return 1
    program = shutil.which("chromium")
    if program is None:
        say("✗ 缺少 Chromium，请先安装 / Chromium is missing: apt install chromium")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for folder in chosen:
            _draw(browser, folder)
        browser.close()
    return 0


def _draw(browser: Any, folder: Path) -> None:
    (folder / FOLDER).mkdir(exist_ok=True)
    for process, xml in check(read_folder(folder).as_bytes()).xml.items():
        file = folder / FOLDER / f"{process}.svg"
        file.write_text(_svg(browser, xml.decode()) + "\n", "utf-8")
        say(f"{folder.name}: {file.name}, {file.stat().st_size // 1024} kB")


def _svg(browser: Any, xml: str) -> str:
    """The diagram as bpmn-js draws it in the pages."""
    model = {"xml": xml, "done": [], "flows": [], "current": [], "incidents": []}
    page = browser.new_page()
    page.route("**/*", lambda route: _answer(route, json.dumps(model)))
    page.goto(f"{HOST}/")
    svg: str = page.evaluate(DRAW, f"/{assets.manifest()['viewer.js']['file']}")
    page.close()
    return svg


def _answer(route: Any, model: str) -> None:
    path = route.request.url.removeprefix(HOST)
    if path == "/":
        route.fulfill(body=PAGE, content_type="text/html")
    elif path == "/model":
        route.fulfill(body=model, content_type="application/json")
    else:
        route.fulfill(path=assets.DIST / path.rsplit("/", 1)[-1])
