"""From BPMN XML to a model that runs rightly, or to findings that say why it cannot."""

from engine.bpmn.finding import Finding
from engine.bpmn.gate import GateResult, check, check_in_process
from engine.bpmn.read import read_processes

__all__ = ["Finding", "GateResult", "check", "check_in_process", "read_processes"]
