"""Whether the scenarios of a folder go as they say, and together reach every end and take every flow of its models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from commands.scenarios.model import Do, Scenario, Start
from commands.scenarios.play import Played
from commands.scenarios.read import ScenarioFault, files_of, read_scenario
from commands.scenarios.stage import Stage, walk
from engine.bpmn import GateResult


@dataclass
class Walks:
    """The scenarios of a folder, played; `faults` are all that was wrong with files, names and steps."""

    played: list[Played] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, set[str]]:
        """By process, every variable that a case of it was left with."""
        found: dict[str, set[str]] = {}
        for outcome in (one.outcome for one in self.played if one.outcome):
            for process, names in outcome.variables.items():
                found.setdefault(process, set()).update(names)
        return found


def walk_all(stage: Stage, folder: Path, result: GateResult) -> Walks:
    """Reads, checks the names and plays with everything warm forgotten between all steps, the harder way; a file that cannot be read keeps no
    other from being played.
    """
    walks = Walks()
    for file in files_of(folder):
        try:
            scenario = read_scenario(file)
        except ScenarioFault as fault:
            walks.faults.append(str(fault))
            continue
        unknown = list(_unknown_names(scenario, result))
        walks.faults += unknown
        if not unknown:
            played = walk(stage, scenario, restored=True)
            walks.played.append(played)
            walks.faults += played.faults
    return walks


def coverage_faults(walks: Walks, result: GateResult) -> Iterator[str]:
    """Ends that no scenario reaches, flows that none takes."""
    ends, flows = set(), set()
    for case in (case for one in walks.played if one.outcome for case in one.outcome.cases):
        ends |= {(case.process, end) for end in case.ends}
        flows |= {(case.process, flow) for flow in case.flows}
    for process, model in sorted(result.models.items()):
        for element in model.elements.values():
            if element.kind == "endEvent" and (process, element.id) not in ends:
                yield f"没有情景走到 {process} 的结束 {element.id}（{element.name}）"
        yield from (f"没有情景经过 {process} 的连线 {flow}" for flow in sorted(model.flows) if (process, flow) not in flows)


def _unknown_names(scenario: Scenario, result: GateResult) -> Iterator[str]:
    tasks = {e.id: e for model in result.models.values() for e in model.elements.values() if e.kind == "userTask"}
    for step in scenario.steps:
        if isinstance(step, Start) and step.process not in result.models:
            yield str(ScenarioFault(scenario.file, step.place, f"没有流程 {step.process}"))
        if not isinstance(step, Do):
            continue
        if step.task not in tasks:
            yield str(ScenarioFault(scenario.file, step.place, f"没有任务 {step.task}"))
            continue
        form = result.forms.get(tasks[step.task].form_key or step.task)
        unknown = sorted(step.form.keys() - {f.key for f in form.fields}) if form else []
        if unknown:
            yield str(ScenarioFault(scenario.file, step.place, f"任务 {step.task} 的表单没有 {'、'.join(unknown)}"))
