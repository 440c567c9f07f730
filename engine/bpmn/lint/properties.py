"""Properties: their names are ones that we read, where they stand, and what they name is there.

A property that nobody reads is passed over in silence; where it was to keep somebody from a task, that silence is the fault.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from engine.bpmn.finding import Finding
from engine.bpmn.lint.deck import Deck, id_of, named
from engine.bpmn.properties import ANYBODYS, ANYWHERE, KNOWN, OF_ELEMENTS, OF_PEOPLE, OF_PROCESSES, listed
from engine.bpmn.read import CAMUNDA, NODES
from engine.spelling import meant, nearest
from engine.tokens.model import ProcessModel
from engine.xml import child, children, local

LENGTH_SHOWN = 60
RESUBMITTED = ("choose", "rewalk", "direct")
RETURNED_TO = OF_PEOPLE | {"subProcess", "callActivity"}
_POST = re.compile(r"\w[\w-]*(@\w[\w-]*)?")


def names_are_known(deck: Deck) -> Iterator[Finding]:
    for file, source, model in deck.models():
        for node, name in _names(source.node):
            if not name or name in KNOWN:
                continue
            id_, shown, near = id_of(node), name[:LENGTH_SHOWN], nearest(name, KNOWN)
            if near and (near not in ANYBODYS or _is_read(model, node, near)):
                zh, en = f"“{id_}”的属性 {shown} 应写成 {near}", f"the property {shown} should be {near}"
                yield Finding("misspelt-property", id_, zh, en, file=file)
            else:
                zh, en = f"“{id_}”的属性 {shown} 不起作用", f"the property {shown} has no effect"
                yield Finding("unknown-property", id_, zh, en, "warning", file)


def names_stand_once(deck: Deck) -> Iterator[Finding]:
    for file, source, _model in deck.models():
        for block in source.node.iter("{*}extensionElements"):
            id_ = id_of(block)
            owner = block.getparent()
            if owner is not None and child(owner, "extensionElements") is not block:
                zh, en = f"“{id_}”的扩展（extensionElements）写了不止一处，只有第一处起作用", "only the first extensionElements is read"
                yield Finding("repeated-property", id_, zh, en, file=file)
            for name, count in Counter(name for _node, name in _names(block)).items():
                if count > 1 and name in KNOWN:
                    zh, en = f"“{id_}”的属性 {name} 写了 {count} 次，只有最后一次起作用", f"the property {name} stands {count} times"
                    yield Finding("repeated-property", id_, zh, en, file=file)


def names_stand_where_they_are_read(deck: Deck) -> Iterator[Finding]:
    for file, source, model in deck.models():
        for node, name in _names(source.node):
            if name not in KNOWN - ANYWHERE or _is_read(model, node, name):
                continue
            id_ = id_of(node)
            zh, en = f"“{id_}”的属性 {name} 在这里不起作用", f"the property {name} has no effect here"
            if name in ANYBODYS:
                yield Finding("ignored", id_, zh, en, "warning", file)
            else:
                yield Finding("misplaced-property", id_, zh, en, file=file)


def duties_are_apart(deck: Deck) -> Iterator[Finding]:
    """`not_by` names tasks of people in the same case, of the process itself, of those that it calls, and of those that call it; or its own start."""
    for file, model, element in deck.elements():
        if "not_by" not in element.properties or element.kind not in OF_PEOPLE:
            continue
        tasks = {e.id for one in _same_case(deck, model) for e in one.elements.values() if e.kind in OF_PEOPLE}
        if not element.not_by:
            zh, en = f"{named(element)} 的 not_by 没有写明任务", "not_by names no task"
            yield Finding("bad-not-by", element.id, zh, en, file=file)
        starts = {e.id for e in model.children.get("", ()) if e.kind == "startEvent" and e.trigger.kind == "none"}
        for other in element.not_by:
            if other not in tasks | starts:
                zh, en = meant(other, tasks | starts)
                shown = other[:LENGTH_SHOWN]
                zh = f"{named(element)} 的 not_by 写的 {shown} 不是本案件的人工任务或发起，职责分离不会起作用{zh}"
                yield Finding("bad-not-by", element.id, zh, f"not_by names {shown}, which is no task of people and no start{en}", file=file)


def returns_lead_somewhere(deck: Deck) -> Iterator[Finding]:
    """`return_to` names tasks of people in the same case, or activities that repeat or hold them; `resubmit`, `vouches_for` and `repeatable` say what they may."""
    for file, model, element in deck.elements():
        way, repeatable = element.properties.get("resubmit"), element.properties.get("repeatable")
        if way is not None and way not in RESUBMITTED:
            zh = f"{named(element)} 的 resubmit 写的“{way[:LENGTH_SHOWN] or '（空）'}”应为 {'、'.join(RESUBMITTED)} 之一"
            yield Finding("bad-resubmit", element.id, zh, f"resubmit takes one of {', '.join(RESUBMITTED)}", file=file)
        if repeatable is not None and repeatable != "yes":
            zh = f"{named(element)} 的 repeatable 只能写 yes；不能重复办理的，不写这个属性"
            yield Finding("bad-repeatable", element.id, zh, "repeatable takes yes; leave it away where the work must not be done again", file=file)
        text = element.properties.get("vouches_for")
        if text is not None and not (listed(text) and all(name.isidentifier() for name in listed(text))):
            zh = f"{named(element)} 的 vouches_for 没有写明内容（any、none 或变量名）"
            yield Finding("bad-vouches-for", element.id, zh, "vouches_for names nothing", file=file)
        text = element.properties.get("return_to")
        if text is None or text in {"any", "none"}:
            continue
        steps = {e.id for one in _same_case(deck, model) for e in one.elements.values() if e.kind in RETURNED_TO}
        if not listed(text):
            zh = f"{named(element)} 的 return_to 没有写明环节（any、none 或环节名）"
            yield Finding("bad-return-to", element.id, zh, "return_to names no step", file=file)
        for other in listed(text):
            if other not in steps:
                zh, en = meant(other, steps)
                shown = other[:LENGTH_SHOWN]
                zh = f"{named(element)} 的 return_to 写的 {shown} 不是本案件的环节{zh}"
                yield Finding("bad-return-to", element.id, zh, f"return_to names {shown}, which is no step of the case{en}", file=file)


def hosts_are_there(deck: Deck) -> Iterator[Finding]:
    """A process of another procedure may be the host of an offer; the gate cannot know it, so that is a warning."""
    processes = {model.process_id for _f, _s, model in deck.models()}
    for file, _source, model in deck.models():
        for host in listed(model.properties.get("offered_on", "")):
            if host in processes:
                continue
            id_, shown = model.process_id, host[:LENGTH_SHOWN]
            if near := nearest(host, processes):
                zh, en = f"流程 {id_} 的 offered_on 写的 {shown} 应为 {near}", f"offered_on names {shown}; did you mean {near}?"
                yield Finding("bad-offered-on", id_, zh, en, file=file)
            else:
                zh = f"流程 {id_} 的 offered_on 写的 {shown} 不在这个程序里"
                yield Finding("offered-elsewhere", id_, zh, f"offered_on names {shown}, which is not in this procedure", "warning", file)


def parties_that_start_are_named(deck: Deck) -> Iterator[Finding]:
    """A party that starts a case must be one of those whom the case names, or it would not see what it has started."""
    for file, _source, model in deck.models():
        groups = [group for group in model.starters if group.endswith("@party")]
        if groups and "parties" not in model.properties:
            id_ = model.process_id
            zh = f"流程 {id_} 可由 {groups[0]} 发起，却没有 parties：发起的单位看不到自己的案件"
            yield Finding("starter-not-named", id_, zh, f"{groups[0]} may start {id_}, which names no parties", file=file)


def posts_that_cancel_are_named(deck: Deck) -> Iterator[Finding]:
    for file, model, zh, en in _unnamed_posts(deck, "may_cancel"):
        yield Finding("bad-may-cancel", model.process_id, zh, en, file=file)


def posts_that_stop_clocks_are_named(deck: Deck) -> Iterator[Finding]:
    for file, model, zh, en in _unnamed_posts(deck, "may_stop_clock"):
        yield Finding("bad-may-stop-clock", model.process_id, zh, en, file=file)


def posts_that_transfer_are_named(deck: Deck) -> Iterator[Finding]:
    for file, model, zh, en in _unnamed_posts(deck, "may_transfer"):
        yield Finding("bad-may-transfer", model.process_id, zh, en, file=file)


def _unnamed_posts(deck: Deck, name: str) -> Iterator[tuple[str, ProcessModel, str, str]]:
    """Roles are known to the register of offices only; here, that each is written as one."""
    for file, _source, model in deck.models():
        for post in model.properties[name].split(",") if name in model.properties else ():
            if not _POST.fullmatch(post.strip()):
                shown = post.strip()[:LENGTH_SHOWN] or "（空）"
                zh = f"流程 {model.process_id} 的 {name} 写的“{shown}”应写成 岗位 或 岗位@机关，多个用逗号分开"
                yield file, model, zh, f"{name} takes role or role@office, by commas"


def _names(scope: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Every property inside a node, with its name."""
    for block in scope.iter(f"{CAMUNDA}properties"):
        yield from ((node, str(node.get("name", ""))) for node in children(block, "property"))


def _is_read(model: ProcessModel, node: etree._Element, name: str) -> bool:
    owner = node.getparent()
    while owner is not None and local(owner) in {"properties", "extensionElements"}:
        owner = owner.getparent()
    if owner is None:
        return False
    if local(owner) == "process":
        return name in OF_PROCESSES
    element = model.elements.get(str(owner.get("id", ""))) if local(owner) in NODES else None
    return element is not None and name in OF_ELEMENTS and OF_ELEMENTS[name](element)


def _same_case(deck: Deck, model: ProcessModel) -> list[ProcessModel]:
    """The processes that may run in one case with this one: calls bind them together."""
    models = {one.process_id: one for _f, _s, one in deck.models()}
    bound: dict[str, set[str]] = {id_: set() for id_ in models}
    for one in models.values():
        for element in one.elements.values():
            if element.kind == "callActivity" and element.called_element in models:
                bound[one.process_id].add(element.called_element)
                bound[element.called_element].add(one.process_id)
    seen, todo = {model.process_id}, [model.process_id]
    while todo:
        for other in bound[todo.pop()] - seen:
            seen.add(other)
            todo.append(other)
    return [models[id_] for id_ in sorted(seen)]
