"""A DMN file as data: every cell compiled once, the annotation columns (they hold the article) kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from engine.feel import (
    OF_A_CASE,
    Expression,
    FeelLimitError,
    FeelSyntaxError,
    UnaryTests,
    call_faults,
    compile_expression,
    compile_unary_tests,
    unwrap,
)
from engine.xml import child, children, local, read_xml, text_of

POLICIES = ("UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER")
AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")


@dataclass(frozen=True)
class Input:
    """A column of conditions."""

    label: str
    expression: Expression
    values: UnaryTests | None
    type: str = ""  # as the model names it; empty where it does not say


@dataclass(frozen=True)
class Output:
    """A column of results; `values` in order of priority."""

    name: str
    label: str
    values: tuple[Any, ...] = ()
    default: Expression | None = None  # where no rule fits


@dataclass(frozen=True)
class Rule:
    """A row."""

    id: str
    tests: tuple[UnaryTests, ...]
    results: tuple[Expression, ...]
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """One decision: a table, or a literal expression."""

    id: str
    name: str
    requires: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    rules: tuple[Rule, ...] = ()
    policy: str = "UNIQUE"
    aggregation: str = ""
    literal: Expression | None = None
    variable: str = ""


@dataclass(frozen=True)
class DecisionFile:
    """All decisions of a file; `findings` are (element id, Chinese, English)."""

    decisions: Mapping[str, Decision]
    findings: tuple[tuple[str, str, str], ...] = field(default=())

    def order(self, decision_id: str) -> list[str]:
        """A decision after all that it requires, each once, however many ways lead to it."""
        order: list[str] = []
        todo = [(decision_id, iter(self.decisions[decision_id].requires))]
        seen = {decision_id}
        while todo:
            required = next((r for r in todo[-1][1] if r not in seen), None)
            if required is None:
                order.append(todo.pop()[0])
            else:
                seen.add(required)
                todo.append((required, iter(self.decisions[required].requires)))
        return order

    def gives_names(self, decision_id: str) -> bool:
        """Whether the answer is a context whose names a case can take over as variables."""
        return len(self.decisions[decision_id].outputs) > 1


class _Reader:
    def __init__(self) -> None:
        self.findings: list[tuple[str, str, str]] = []

    def fault(self, where: str, zh: str, en: str) -> None:
        self.findings.append((where, zh, en))

    def expression(self, where: str, text: str) -> Expression:
        try:
            found = compile_expression(unwrap(text) or "null")
        except FeelSyntaxError as error:
            self.fault(where, error.sentence_zh, error.sentence_en)
            return compile_expression("null")
        self.calls(where, found)
        return found

    def tests(self, where: str, text: str) -> UnaryTests:
        try:
            found = compile_unary_tests(text)
        except FeelSyntaxError as error:
            self.fault(where, error.sentence_zh, error.sentence_en)
            return compile_unary_tests("-")
        self.calls(where, found)
        return found

    def calls(self, where: str, found: Expression | UnaryTests) -> None:
        for zh, en in call_faults(found.calls, OF_A_CASE):
            self.fault(where, f"“{where}”：{zh}", f"{where}: {en}")

    def listed(self, where: str, text: str) -> tuple[Any, ...]:
        """The values of a list that is written out; what only a case could tell is no such list."""
        try:
            return tuple(self.expression(where, f"[{text}]").evaluate({}) or ())
        except FeelLimitError as error:
            self.fault(where, f"“{where}”的取值列表不能求值：{error}", f"the output values of {where} cannot be evaluated")
            return ()

    def only_feel(self, root: etree._Element) -> None:
        """Cells in another language would be read as FEEL and mean something else."""
        for node in root.iter("{*}*"):
            language = node.get("expressionLanguage", "")
            if language and "feel" not in language.lower():
                where = node.get("id") or local(node)
                self.fault(where, f"“{where}”的语言是 {language[:60]}，只接受 FEEL", f"{where} is not FEEL")
        for node in children(root, "businessKnowledgeModel"):
            where = node.get("id", "")
            self.fault(where, f"暂不支持业务知识模型 {where}", f"business knowledge model {where} is not supported")

    def decision(self, node: etree._Element) -> Decision:
        id_, name = node.get("id", ""), node.get("name", "")
        requires = tuple(
            str(required.get("href", "")).lstrip("#")
            for requirement in children(node, "informationRequirement")
            for required in children(requirement, "requiredDecision")
        )
        variable = child(node, "variable")
        shared: dict[str, object] = {
            "id": id_,
            "name": name,
            "requires": requires,
            "variable": variable.get("name", "") if variable is not None else "",
        }
        literal, table = child(node, "literalExpression"), child(node, "decisionTable")
        if literal is not None:
            return Decision(**shared, literal=self.expression(id_, text_of(child(literal, "text"))))  # type: ignore[arg-type]
        if table is None:
            self.fault(
                id_, f"决策 {name or id_} 既没有决策表也没有表达式", f"decision {id_} has neither a table nor an expression"
            )
            return Decision(**shared)  # type: ignore[arg-type]
        return self.table(table, shared)

    def table(self, table: etree._Element, shared: dict[str, object]) -> Decision:
        id_ = str(shared["id"])
        policy, aggregation = table.get("hitPolicy", "UNIQUE"), table.get("aggregation", "")
        if policy not in POLICIES:
            self.fault(id_, f"决策表 {id_} 的命中策略 {policy} 不存在", f"hit policy {policy} of {id_} does not exist")
        if aggregation and (policy != "COLLECT" or aggregation not in AGGREGATIONS):
            self.fault(id_, f"决策表 {id_} 的汇总方式 {aggregation} 不能用", f"aggregation {aggregation} of {id_} cannot be used")
        inputs = tuple(self.input(i, n) for n, i in enumerate(children(table, "input")))
        outputs = tuple(self.output(o, id_) for o in children(table, "output"))
        rules = tuple(self.rule(r, len(inputs), len(outputs)) for r in children(table, "rule"))
        if policy in {"PRIORITY", "OUTPUT ORDER"} and not all(o.values for o in outputs):
            zh = f"决策表 {id_} 的命中策略 {policy} 要求每个输出列按优先顺序列出取值"
            self.fault(id_, zh, f"hit policy {policy} of {id_} needs output values in order of priority")
        if aggregation and len(outputs) > 1 and aggregation != "COUNT":
            self.fault(id_, f"决策表 {id_} 有多个输出列，不能汇总", f"table {id_} has several outputs and cannot be aggregated")
        if len({o.name for o in outputs}) < len(outputs):
            self.fault(id_, f"决策表 {id_} 有同名的输出列", f"two outputs of {id_} have one name")
        if not outputs:
            self.fault(id_, f"决策表 {id_} 没有输出列", f"table {id_} has no output")
        return Decision(**shared, inputs=inputs, outputs=outputs, rules=rules, policy=policy, aggregation=aggregation)  # type: ignore[arg-type]

    def input(self, node: etree._Element, number: int) -> Input:
        where = node.get("id", f"input {number + 1}")
        expression = child(node, "inputExpression")
        text = text_of(child(expression, "text")) if expression is not None else ""
        if not text:
            self.fault(
                where, f"决策表的输入列 {node.get('label') or where} 没有表达式", f"input column {where} has no expression"
            )
        allowed = child(node, "inputValues")
        values = self.tests(where, text_of(child(allowed, "text"))) if allowed is not None else None
        kind = expression.get("typeRef", "") if expression is not None else ""
        return Input(node.get("label") or text, self.expression(where, text), values, kind)

    def output(self, node: etree._Element, table: str) -> Output:
        name = node.get("name") or node.get("label") or table
        allowed = child(node, "outputValues")
        values: tuple[Any, ...] = ()
        if allowed is not None:
            values = self.listed(table, text_of(child(allowed, "text")))
        otherwise = child(node, "defaultOutputEntry")
        default = self.expression(table, text_of(child(otherwise, "text"))) if otherwise is not None else None
        return Output(name, node.get("label") or name, values, default)

    def rule(self, node: etree._Element, inputs: int, outputs: int) -> Rule:
        id_ = node.get("id", "")
        tests = [self.tests(id_, text_of(child(c, "text"))) for c in children(node, "inputEntry")]
        results = [self.expression(id_, text_of(child(c, "text"))) for c in children(node, "outputEntry")]
        if len(tests) != inputs or len(results) != outputs:
            self.fault(id_, f"规则 {id_} 的列数与表头不符", f"rule {id_} has another number of columns than the table")
        notes = tuple(text_of(child(a, "text")) for a in children(node, "annotationEntry")) or tuple(
            filter(None, [text_of(child(node, "description"))])
        )
        return Rule(id_, tuple(tests), tuple(results), notes)


def parse(content: bytes) -> DecisionFile:
    """Reads DMN 1.1 to 1.5; raises XmlRefused for what is no XML, lists everything else as findings."""
    root, reader = read_xml(content), _Reader()
    if local(root) != "definitions":
        reader.fault("", "这不是 DMN 文件：最外层不是 definitions", "not a DMN file: the root is not definitions")
        return DecisionFile({}, tuple(reader.findings))
    decisions: dict[str, Decision] = {}
    reader.only_feel(root)
    for node in children(root, "decision"):
        decision = reader.decision(node)
        if decision.id in decisions:
            reader.fault(decision.id, f"决策标识 {decision.id} 重复", f"decision id {decision.id} is used twice")
        decisions[decision.id] = decision
    for decision in decisions.values():
        for required in decision.requires:
            if required not in decisions:
                reader.fault(
                    decision.id,
                    f"决策 {decision.id} 依赖的 {required} 不存在",
                    f"{decision.id} requires {required}, which is not there",
                )
        if _requires_itself(decision.id, decisions):
            reader.fault(decision.id, f"决策 {decision.id} 依赖自身", f"decision {decision.id} requires itself")
    if not decisions:
        reader.fault("", "文件里没有决策", "the file has no decision")
    return DecisionFile(decisions, tuple(reader.findings))


def _requires_itself(start: str, decisions: Mapping[str, Decision]) -> bool:
    todo, seen = list(decisions[start].requires), set[str]()
    while todo:
        current = todo.pop()
        if current == start:
            return True
        if current in decisions and current not in seen:
            seen.add(current)
            todo.extend(decisions[current].requires)
    return False
