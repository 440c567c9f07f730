"""Decision tables by the DMN 1.3 text: seven hit policies, aggregation, required decisions, literal expressions; and whether they are whole."""

from engine.dmn.coverage import Fault, table_faults
from engine.dmn.decide import Look, decide, look
from engine.dmn.errors import DmnError
from engine.dmn.read import Decision, DecisionFile, parse

__all__ = ["Decision", "DecisionFile", "DmnError", "Fault", "Look", "decide", "look", "parse", "table_faults"]
