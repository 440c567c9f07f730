"""FEEL, the expression language of DMN, on Decimal: conditions, mappings, DMN cells, form visibility.

There is no Python in a model. What is supported: the grammar in `grammar.lark`, the functions in `functions.py`.
"""

from engine.feel.calls import NOTHING_MORE, OF_A_CASE, Signatures, call_faults
from engine.feel.errors import FeelError, FeelLimitError, FeelSyntaxError
from engine.feel.evaluation import EvalContext
from engine.feel.expression import Expression, UnaryTests, compile_expression, compile_unary_tests
from engine.feel.parsing import unwrap
from engine.feel.values import Months, Range

__all__ = [
    "NOTHING_MORE",
    "OF_A_CASE",
    "EvalContext",
    "Expression",
    "FeelError",
    "FeelLimitError",
    "FeelSyntaxError",
    "Months",
    "Range",
    "Signatures",
    "UnaryTests",
    "call_faults",
    "compile_expression",
    "compile_unary_tests",
    "unwrap",
]
