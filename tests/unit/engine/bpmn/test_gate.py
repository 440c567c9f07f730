"""The gate against wrong and hostile files: each is refused in Chinese with file and line or element, in bounded time, and leaves nothing."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.clock import ManualClock
from db.session import Database
from engine.bpmn import Finding, check, check_in_process, gate
from engine.errors import ModelRefused
from engine.people import SYSTEM
from engine.procedures import ProcedureFiles, read_folder
from tests.factories.bpmn import NS, chain, end, flow, form, gateway, process, script, start, sub, user
from tests.factories.kit import Kit
from tests.factories.processes import ROOT, wait_until

GOOD = process(start(), user("a"), end(), chain("begun", "a", "done"))
TEXT = GOOD.decode()
LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
DEEP_FEEL = "[" * 3000 + "1" + "]" * 3000


def dmn(inside: str) -> bytes:
    return f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">{inside}</definitions>'.encode()


def shown(text: str) -> bytes:
    """A script task with that expression."""
    return process(start(), script("x", "v", text), end(), chain("begun", "x", "done"))


# name → (content, code, element, what the sentence says)
HOSTILE: dict[str, tuple[bytes, str, str, str]] = {
    "doctype.bpmn": (b'<?xml version="1.0"?>\n<!DOCTYPE definitions>\n' + GOOD, "bad-xml", "", "第 2 行含有 DOCTYPE"),
    "xxe.bpmn": (b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + TEXT.replace("玩具流程", "&x;").encode(), "bad-xml", "", "第 1 行"),
    "xxe_text.bpmn": (b'<!DOCTYPE d [\n<!ENTITY x SYSTEM "file:///etc/passwd">]>' + TEXT.replace("</process>", "&x;</process>").encode(), "bad-xml", "", "第 1 行含有 DOCTYPE"),
    "laughs.bpmn": (f'<!DOCTYPE d [<!ENTITY l0 "ha">{LAUGHS}]>{TEXT.replace("玩具流程", "&l9;")}'.encode(), "bad-xml", "", "第 1 行"),
    "quadratic.bpmn": (f'<!DOCTYPE d [<!ENTITY x "{"x" * 100_000}">]>{TEXT.replace("玩具流程", "&x;" * 10_000)}'.encode(), "bad-xml", "", "第 1 行"),
    "parameter.dmn": (b'<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd">%p;]>' + dmn(""), "bad-xml", "", "第 1 行含有 DOCTYPE"),
    "depth.bpmn": (b"\n" + f"<definitions {NS}>".encode() + b"<process>" * 5000 + b"</process>" * 5000 + b"</definitions>", "bad-xml", "", "第 2 行"),
    "boxes.bpmn": (process(start(), '<subProcess id="b">' * 150 + "</subProcess>" * 150), "bad-xml", "", "嵌套超过 100 层"),
    "big.bpmn": (GOOD + b" " * 2_000_000, "bad-xml", "", "超过上限 2000000"),
    "text.bpmn": ("不是 XML".encode(), "bad-xml", "", "第 1 行"),
    "empty.bpmn": (b"", "bad-xml", "", "第 1 行"),
    "nul.bpmn": (GOOD.replace(b"begun", b"be\0gun"), "bad-xml", "", "第 1 行"),
    "only_nul.bpmn": (b"\0" * 1000, "bad-xml", "", "第 1 行"),
    "zip.bpmn": (b"PK\x03\x04" + bytes(range(256)), "bad-xml", "", "第 1 行"),
    "cut.bpmn": (TEXT.replace("><", ">\n<").encode()[:-40], "bad-xml", "", "第 12 行"),
    "prefix.bpmn": (b"<bpmn:definitions/>", "bad-xml", "", "命名空间"),
    "mixed.bpmn": (b'<?xml version="1.0" encoding="UTF-8"?>' + TEXT.encode("gb18030"), "bad-xml", "", "第 1 行"),
    "encoding.bpmn": (b'<?xml version="1.0" encoding="KLINGON"?>' + GOOD, "bad-xml", "", "编码"),
    "root.bpmn": (b"<html><body/></html>", "not-bpmn", "", "html"),
    "attributes.bpmn": (f"<definitions {NS}><process id='p' {' '.join(f'a{i}=%s1%s' % (chr(34), chr(34)) for i in range(100_000))}/></definitions>".encode(), "bad-xml", "", "第 1 行的元素有 100001 个属性"),
    "cells.dmn": (dmn('<decision id="d1"><decisionTable><input><inputExpression><text>n</text></inputExpression></input><output name="o"/><rule id="r"/></decisionTable></decision>'), "bad-decision", "r", "列数"),
    "policy.dmn": (dmn('<decision id="d2"><decisionTable hitPolicy="LUCKY"><output name="o"/></decisionTable></decision>'), "bad-decision", "d2", "LUCKY"),
    "circle.dmn": (dmn("".join(f'<decision id="d{a}"><informationRequirement><requiredDecision href="#d{b}"/></informationRequirement><literalExpression><text>1</text></literalExpression></decision>' for a, b in ((3, 4), (4, 5), (5, 3)))), "bad-decision", "d3", "依赖自身"),
    "root.dmn": (b"<html/>", "bad-decision", "", "不是 DMN"),
    "list.form": (b"[1, 2]", "bad-form", "", "components"),
    "number.form": (b"17", "bad-form", "", "components"),
    "broken.form": (b'{"components": [\n{"type": }]}', "bad-form", "", "第 2 行"),
    "twice.form": (b'{"components": [], "components": []}', "bad-form", "components", "两次"),
    "html.form": (b'{"components": [{"type": "html", "key": "h"}]}', "bad-form", "h", "html"),
    "iframe.form": (b'{"components": [{"type": "iframe", "key": "i"}]}', "bad-form", "i", "iframe"),
    "deep.form": (b'{"components": ' + b'[{"type": "group", "components": ' * 60 + b"[]" + b"}]" * 60 + b"}", "bad-form", "", "嵌套超过"),
    "bottomless.form": (b'{"a":' * 90_000, "bad-form", "", "嵌套过深"),
    "slow.form": (b'{"components": [{"type": "textfield", "key": "t", "validate": {"pattern": "(a+b?)+$"}}]}', "bad-form", "t", "过于复杂"),
    "tabs.yaml": (b"a: 1\nb: [\n\tc\n", "bad-yaml", "", "第 4 行"),
    "procedure.yaml": (b"- a\n- list\n", "bad-yaml", "", "键和值"),
    "object.yaml": (b"a: 1\nb: !!python/object/apply:os.system [id]\n", "bad-yaml", "", "第 2 行"),
}  # fmt: skip


@pytest.fixture
def gate_in_process() -> None:
    """Not here: the child is what these tests are about."""


@pytest.fixture(scope="module")
def told() -> list[Finding]:
    """What the child says of all these files at once."""
    files = {name: content for name, (content, *_rest) in HOSTILE.items()}
    begun = time.monotonic()
    result = check(files)
    assert time.monotonic() - begun < gate.WALL_SECONDS
    assert not result.accepted
    assert result.models == {}
    return result.findings


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_named_with_its_line_or_element(told: list[Finding], name: str) -> None:
    _content, code, element, says = HOSTILE[name]

    mine = [f for f in told if f.file == name]
    assert (code, element) in {(f.code, f.element) for f in mine}, mine
    found = next(f for f in mine if (f.code, f.element) == (code, element))
    assert says in found.zh
    assert name in found.zh or element
    assert "root:" not in found.zh + found.en
    assert len(found.zh) < 400


SLOW: dict[str, tuple[bytes, str, str]] = {
    "too many nodes": (process(start(), *(user(f"u{i}") for i in range(500))), "too-many-nodes", "toy"),
    "twenty thousand nodes": (process(start(), *(f'<task id="u{i}"/>' for i in range(20_000)), *(flow(f"u{i}", f"u{i + 1}") for i in range(5_000))), "too-many-nodes", "toy"),
    "one box in itself": (process(start(), sub("box", sub("box", sub("box", user("b"))))), "duplicate-id", "box"),
    "deep FEEL": (shown(DEEP_FEEL), "bad-expression", "x"),
    "long FEEL": (shown("1 + " * 30_000 + "1"), "bad-expression", "x"),
    "nested FEEL": (shown("if true then " * 200 + "1" + " else 1" * 200), "bad-expression", "x"),
    "tokens without end": (process(start(), *(gateway("parallel", f"p{i}") + gateway("exclusive", f"m{i}") + flow(f"p{i}", f"m{i}", id_=f"l{i}") + flow(f"p{i}", f"m{i}", id_=f"r{i}") + flow(f"m{i}", f"p{i + 1}") for i in range(60)), gateway("parallel", "p60"), flow("begun", "p0"), end(), flow("p60", "done")), "token-flood", "m8"),
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
def test_what_is_built_to_be_slow_is_refused_soon_and_by_name(name: str) -> None:
    content, code, element = SLOW[name]
    begun = time.process_time()

    findings = check_in_process({"toy.bpmn": content}).findings

    assert time.process_time() - begun < gate.CPU_SECONDS
    assert (code, element) in {(f.code, f.element) for f in findings}


def test_a_file_that_takes_too_long_is_stopped_and_named() -> None:
    cells = "".join(f"<rule id='r{i}'><inputEntry><text>n &lt; {i} and {i} &gt; {i + 1} or n = {i}.5</text></inputEntry><outputEntry><text>{i} + {i} * {i}</text></outputEntry></rule>" for i in range(9_000))  # fmt: skip
    heavy = dmn(f'<decision id="d"><decisionTable><input><inputExpression><text>n</text></inputExpression></input><output name="o"/>{cells}</decisionTable></decision>')
    begun = time.monotonic()

    (finding,) = check({"a.bpmn": GOOD, "heavy.dmn": heavy}).findings

    assert finding.code in {"too-heavy", "too-slow"}  # on a busy machine the wall clock strikes first
    assert finding.file == "heavy.dmn"
    assert "heavy.dmn" in finding.zh
    assert time.monotonic() - begun < gate.WALL_SECONDS + 10


def test_all_files_together_have_a_limit() -> None:
    (finding,) = check({f"{i}.form": b" " * 490_000 for i in range(20)}).findings

    assert (finding.code, "8000000" in finding.zh) == ("too-large", True)


def test_memory_is_limited_in_the_child() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from engine.bpmn import gate; gate._limit(); x = bytearray(2_000_000_000)"], cwd=ROOT, capture_output=True, check=False
    )

    assert done.returncode != 0
    assert b"MemoryError" in done.stderr


def test_the_child_limits_itself_before_it_reads_a_byte() -> None:
    wanted = {
        resource.RLIMIT_CPU: (gate.CPU_SECONDS, gate.CPU_SECONDS + 1), resource.RLIMIT_AS: (gate.MEMORY_BYTES, gate.MEMORY_BYTES),
        resource.RLIMIT_FSIZE: (0, 0), resource.RLIMIT_NOFILE: (64, 64),
    }  # fmt: skip
    with subprocess.Popen([sys.executable, "-m", "engine.bpmn.gate"], cwd=ROOT, env=gate.ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        wait_until(lambda: {kind: resource.prlimit(child.pid, kind) for kind in wanted} == wanted)
        written, _ = child.communicate(b"{}")

    assert (child.returncode, [row["code"] for row in json.loads(written)]) == (0, ["no-process"])


def test_the_child_is_told_no_secret_of_its_parent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nenv >{tmp_path}/environment\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("JINSHUI_DATABASE", "postgresql+psycopg://jinshui:password@127.0.0.1/office")
    monkeypatch.setattr(sys, "executable", str(python))

    assert check({"t.bpmn": GOOD}).accepted
    names = {line.partition("=")[0] for line in (tmp_path / "environment").read_text().splitlines()}
    assert names - {"PWD", "_", "SHLVL", "OLDPWD"} == {"PATH", "LANG"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "gb18030", "gbk", "big5"])
def test_chinese_in_any_encoding_that_the_file_names_is_read(encoding: str) -> None:
    named = "utf-16" if encoding == "utf-16-le" else encoding
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    content = mark + f'<?xml version="1.0" encoding="{named}"?>\n{TEXT.replace("玩具流程", "協查")}'.encode(encoding)

    assert check_in_process({"t.bpmn": content}).models["toy"].name == "協查"
    kept = ProcedureFiles.of_bytes("t", {"t.bpmn": content})
    assert check_in_process(kept.as_bytes()).models["toy"].name == "協查"


def test_a_file_in_another_encoding_than_it_says_is_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "procedure.yaml").write_bytes("name: 协查".encode("gb18030"))

    with pytest.raises(ModelRefused, match=r"procedure\.yaml：内容不是 UTF-8"):
        read_folder(tmp_path)


def test_a_name_that_two_files_use_is_refused() -> None:
    table = dmn('<decision id="d"><literalExpression><text>1</text></literalExpression></decision>')
    files = {"t.bpmn": GOOD, "forms/a.form": form("n"), "old/a.form": form("m"), "x.dmn": table, "y.dmn": table}

    assert {(f.code, f.element, f.file) for f in check_in_process(files).findings} == {("duplicate-form", "a", "old/a.form"), ("duplicate-decision", "d", "y.dmn")}


def test_capital_letters_do_not_smuggle_a_file_past_the_gate() -> None:
    assert not check_in_process({"t.bpmn": GOOD, "second.BPMN": b"<html/>"}).accepted


@pytest.mark.parametrize("bad", ["laughs.bpmn", "policy.dmn", "html.form", "procedure.yaml"])
def test_a_refused_deployment_leaves_nothing(any_database: Database, clock: ManualClock, bad: str) -> None:
    kit = Kit(any_database, clock)
    kit.deploy(toy_bpmn=GOOD)
    before = [kit.rows(f"SELECT count(*) FROM {table}") for table in ("definition", "instance", "history", "incident")]

    with pytest.raises(ModelRefused, match=HOSTILE[bad][3]) as refusal:
        kit.engine.deploy(ProcedureFiles("toys", {"toy.bpmn": TEXT.replace("玩具", "新"), bad: HOSTILE[bad][0].decode()}), SYSTEM)

    assert refusal.value.findings
    assert [kit.rows(f"SELECT count(*) FROM {table}") for table in ("definition", "instance", "history", "incident")] == before
    assert kit.ready(kit.start()) == ["a"]


def mutations(seed: int) -> Iterator[bytes]:
    """Models with pieces taken out, doubled, swapped or renamed."""
    rng = random.Random(seed)
    drawn = process(
        start(), gateway("exclusive", "g", "g_to_b"), user("a"), user("b"), sub("box", start("s"), user("c"), end("e"), chain("s", "c", "e")), end(), flow("begun", "g"),
        flow("g", "a", "n > 1"), flow("g", "b"), chain("a", "box", "done"), chain("b", "done"),
    ).decode().replace("><", ">\n<").split("\n")  # fmt: skip
    names = ["a", "b", "g", "box", "s", "c", "e", "begun", "done", "toy", "", "nowhere"]
    for _ in range(40):
        lines = list(drawn)
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(1, len(lines))
            act = rng.randrange(4)
            if act == 0:
                del lines[place]
            elif act == 1:
                lines.insert(rng.randrange(1, len(lines)), lines[place])
            elif act == 2:
                other = rng.randrange(1, len(lines))
                lines[place], lines[other] = lines[other], lines[place]
            else:
                lines[place] = lines[place].replace(f'"{rng.choice(names)}"', f'"{rng.choice(names)}"')
        yield "\n".join(lines).encode()


@pytest.mark.parametrize("seed", range(10))
def test_no_broken_model_breaks_the_gate(seed: int) -> None:
    for content in mutations(seed):
        result = check_in_process({"t.bpmn": content})

        assert result.accepted or all(f.zh and f.en for f in result.findings)
        json.dumps([f.as_dict() for f in result.findings])
