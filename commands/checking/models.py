"""Whether models, forms and handlers fit together, both ways."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from engine.bpmn import GateResult
from engine.registry import Registry
from engine.tokens.model import Element, ProcessModel
from hardware.jobs import JOBS, JobKind
from web.tasks.views import NOT_VALUES


def form_faults(result: GateResult) -> Iterator[str]:
    """Every task has a form, and every form a task or a start; no field is called like one of the page's own."""
    for key, form in sorted(result.forms.items()):
        yield from (f"表单 {key} 的字段 {name} 与页面自用的名称相同" for name in sorted(NOT_VALUES & {field.key for field in form.fields}))
    used = set()
    for model in result.models.values():
        for element in model.elements.values():
            key = element.form_key or element.id
            if element.kind in {"userTask", "startEvent"}:
                used.add(key)
            if element.kind == "userTask" and key not in result.forms:
                yield f"任务 {element.id} 没有表单 {key}"
    for key in sorted(set(result.forms) - used):
        yield f"表单 {key} 没有任务使用"


def topic_faults(registry: Registry, result: GateResult) -> Iterator[str]:
    """Every topic has a handler, or a station works it and is given what it needs."""
    for model in result.models.values():
        for element in model.elements.values():
            if element.topic in JOBS:
                yield from _station_faults(JOBS[element.topic], element, model)
            elif element.topic and element.topic not in registry.handlers:
                yield f"服务任务 {element.id} 的处理程序 {element.topic} 没有登记"


def _station_faults(job: JobKind, element: Element, model: ProcessModel) -> Iterator[str]:
    given, about = {name for name, _text in element.inputs}, f"工作站任务 {element.id}（{job.topic}）"
    if not element.properties.get("post"):
        yield f"{about}没有用属性 post 写明由哪个岗位的工作站办理"
    if missing := [name for name in job.needs if name not in given]:
        yield f"{about}没有给出输入 {'、'.join(missing)}"
    if unknown := sorted(given - {*job.needs, *job.may}):
        yield f"{about}不认识输入 {'、'.join(unknown)}"
    caught = {
        e.trigger.name for e in model.elements.values()
        if e.trigger.kind == "error" and (e.attached_to == element.id or e.kind == "startEvent")
    }  # fmt: skip
    if uncaught := [code for code in job.errors if not caught & {code, ""}]:
        yield f"{about}没有用边界事件接住错误 {'、'.join(uncaught)}"


def handler_faults(registry: Registry, results: Iterable[GateResult]) -> Iterator[str]:
    """Every operation is the topic of some task; effects are written by operations and stand in no model.

    Handlers of a family that no folder uses wait for its procedure, whose folder may be deleted: they are no fault.
    """
    used: Collection[str] = {e.topic for r in results for m in r.models.values() for e in m.elements.values() if e.topic}
    families = {_family(topic) for topic in used}
    for topic, handler in sorted(registry.handlers.items()):
        if handler.kind == "operation" and topic not in used and _family(topic) in families:
            yield f"处理程序 {topic} 没有任何流程使用"


def _family(topic: str) -> str:
    return topic.partition(".")[0]
