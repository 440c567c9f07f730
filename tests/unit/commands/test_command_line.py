"""What is typed wrongly at the terminal, and what the system will not let a command do, is told in Chinese and with 1 or 2, never with a traceback."""

from __future__ import annotations

import argparse
import errno
from pathlib import Path

import pytest

from app import main
from commands import mishaps
from commands.command_line import in_chinese


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a database and its key, and beside it a file that is not what a command wants."""
    monkeypatch.delenv("JINSHUI_DATABASE", raising=False)
    assert main(["--data", str(tmp_path / "var"), "migrate"]) == 0
    (tmp_path / "var" / "secret").write_text("00" * 32)
    (tmp_path / "file").write_text("{")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], data: Path, *words: str) -> tuple[int, str]:
    """(exit code, what a person reads); `@` in a word stands for the folder."""
    capsys.readouterr()
    try:
        code = main(["--data", str(data / "var"), *(word.replace("@", str(data)) for word in words)])
    except SystemExit as ended:
        code = int(str(ended.code))
    out = capsys.readouterr()
    return code, out.out + out.err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("calendar", "@/nowhere"), 1, "不能读取 @/nowhere：没有这个文件或文件夹 /"),
        (("calendar", "@"), 1, "不能读取 @：这是文件夹，不是文件 /"),
        (("calendar", "@/file"), 1, "@/file 第 1 行第 2 列不是正确的 JSON /"),
        (("backup", "@/file/copy"), 1, "不能读写 @/file/copy.part：路径中有一段不是文件夹 /"),
        (("run", "--no-demo", "--data", "@/file"), 1, "不能读写 @/file：已有同名的文件 /"),
        (("restore", "@/nowhere"), 1, "@/nowhere 不是备份"),
        (("bench", "nothing"), 1, "没有名为 nothing 的测量"),
        (("nothing",), 2, "COMMAND 没有 'nothing'，可以用 'run', 'worker'"),
        ((), 2, "缺少 COMMAND"),
        (("calendar",), 2, "缺少 FILE"),
        (("calendar", "a", "b"), 2, "不认识 b"),
        (("run", "--port", "abc"), 2, "--port 'abc' 不是整数"),
        (("run", "--port"), 2, "--port 后面要跟一个值"),
    ],
)
def test_a_refusal_of_the_command_line_is_a_chinese_sentence(
    data: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, sentence: str
) -> None:
    found, text = said(capsys, data, *words)

    assert (found, sentence.replace("@", str(data)) in text, "Traceback" in text) == (code, True, False), text


@pytest.mark.parametrize("address", ["garbage", "mysql://x/y", "postgresql+asyncpg://jinshui:secret@127.0.0.1/x"])
def test_an_address_of_no_database_is_told_and_not_repeated(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("JINSHUI_DATABASE", address)

    code, text = said(capsys, data, "migrate")

    assert (code, "JINSHUI_DATABASE 应写成" in text, address in text) == (1, True, False)


@pytest.mark.parametrize("words", [("--help",), ("run", "--help")])
def test_the_help_can_be_read_in_chinese_and_in_english(
    data: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, text = said(capsys, data, *words)

    assert code == 0
    assert all(
        one in text
        for one in ("用法 / usage: app.py", "启动系统", "serves the application", "数据文件夹（默认 var）", "选项 / options")
    )


def test_every_command_and_option_is_explained_in_both_languages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    helps: list[str] = []
    plain = argparse.ArgumentParser.add_argument

    def noted(self: argparse.ArgumentParser, *names: str, **how: object) -> argparse.Action:
        if how.get("help") is not argparse.SUPPRESS:
            helps.append(f"{names} {how.get('help')}")
        return plain(self, *names, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(argparse.ArgumentParser, "add_argument", noted)
    with pytest.raises(SystemExit):
        main(["--help"])

    assert len(helps) > 30
    assert [text for text in helps if "\n" not in text or text.isascii()] == []


def test_what_a_later_python_says_is_still_a_chinese_sentence() -> None:
    assert in_chinese("argument --port: something quite new") == "--port 写法不对"


def test_a_mishap_that_nobody_thought_of_is_told_by_its_number() -> None:
    assert mishaps.reason(OSError(errno.EXDEV, "x"))[0] == f"系统错误 {errno.EXDEV}"
