"""Pages of open tasks, for a person, for the posts of a person, for an office with all beneath it.

A list is the merge of branches (post × process, office × process), each of them one stretch of an index that is sorted by remaining
term: a page reads its first rows from each branch, and a count stops at a cap, so neither depends on how many tasks there are.
"""

from engine.worklist.model import COUNT_CAP, SCOPES, STATES, TERMS, Seats, TaskRow, WorklistPage, WorklistQuery
from engine.worklist.pages import page
from engine.worklist.rows import of_case, one

__all__ = ["COUNT_CAP", "SCOPES", "STATES", "TERMS", "Seats", "TaskRow", "WorklistPage", "WorklistQuery", "of_case", "one", "page"]
